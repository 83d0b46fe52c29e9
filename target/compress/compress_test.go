package compress_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	kgzip "github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"

	"target-s3/target/compress"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// file compresses text in blocks, as the engine does.
func file(t testing.TB, c compress.Codec, text []byte, block int) []byte {
	t.Helper()
	var sum compress.Sum
	out := c.Begin(nil)
	var before []byte
	for len(text) > 0 {
		n := min(block, len(text))
		out = append(out, c.Block(nil, before, text[:n])...)
		sum.Add(text[:n])
		before = text[max(0, n-32<<10):n]
		text = text[n:]
	}
	return c.End(out, sum)
}

func codec(t testing.TB, name string, level int) compress.Codec {
	t.Helper()
	c, err := compress.New(name, level, 2)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func read(name string, b []byte) ([]byte, error) {
	if name == "gzip" {
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		r.Multistream(false) // one member is promised
		return io.ReadAll(r)
	}
	r, err := zstd.NewReader(bytes.NewReader(b), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func text(n int) []byte {
	rnd := rand.New(rand.NewPCG(3, 4))
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, `{"id": %d, "name": "customer %d", "email": "someone%d@example.com", "amount": %.2f, "created_at": "2021-01-%02dT00:00:00Z"}`+"\n",
			i, rnd.IntN(1e6), rnd.IntN(1e5), rnd.Float64()*1000, 1+i%28)
	}
	return b.Bytes()[:n]
}

func TestRoundTrip(t *testing.T) {
	noise := make([]byte, 300_000)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	for _, c := range []struct {
		name  string
		level int
	}{{"gzip", 1}, {"gzip", 5}, {"gzip", 9}, {"zstd", 1}, {"zstd", 3}, {"zstd", 22}} {
		for what, in := range map[string][]byte{"one byte": {'x'}, "text": text(1_500_000), "noise": noise, "zeros": make([]byte, 700_000)} {
			for _, block := range []int{100_000, compress.BlockSize, 1 << 20} {
				got, err := read(c.name, file(t, codec(t, c.name, c.level), in, block))
				if err != nil || !bytes.Equal(got, in) {
					t.Errorf("%s %d, %s in blocks of %d: %d bytes, %v, want %d", c.name, c.level, what, block, len(got), err, len(in))
				}
			}
		}
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("some text, some text"), 7, true)
	f.Fuzz(func(t *testing.T, in []byte, block int, zst bool) {
		if block < 1 || len(in) == 0 {
			return
		}
		name := "gzip"
		if zst {
			name = "zstd"
		}
		got, err := read(name, file(t, codec(t, name, 1), in, max(block, len(in)/50+1)))
		if err != nil || !bytes.Equal(got, in) {
			t.Fatalf("%d bytes, %v, want %d", len(got), err, len(in))
		}
	})
}

// Blocks must cost next to nothing in size. The bound of the design is 1.02.
func TestGzipSize(t *testing.T) {
	in := text(8 << 20)
	var one bytes.Buffer
	w, _ := kgzip.NewWriterLevel(&one, 1)
	_, _ = w.Write(in)
	_ = w.Close()
	blocks := file(t, codec(t, "gzip", 1), in, compress.BlockSize)
	ratio := float64(len(blocks)) / float64(one.Len())
	t.Logf("size of blocks / size of one stream: %.4f", ratio)
	if ratio > 1.02 {
		t.Errorf("blocks take %.4f of one stream", ratio)
	}
}

func TestCodecServesManyGoroutines(t *testing.T) {
	in := text(600_000)
	for _, name := range []string{"gzip", "zstd"} {
		c := codec(t, name, 1)
		want := file(t, c, in, compress.BlockSize)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if got := file(t, c, in, compress.BlockSize); !bytes.Equal(got, want) {
					t.Errorf("%s: the bytes differ from goroutine to goroutine", name)
				}
			})
		}
		all.Wait()
	}
}

func TestNew(t *testing.T) {
	if c, err := compress.New("none", 0, 1); c != nil || err != nil {
		t.Error(c, err)
	}
	if _, err := compress.New("bzip2", 1, 1); err == nil {
		t.Error("bzip2 is not known")
	}
	if _, err := compress.New("gzip", 77, 1); err == nil {
		t.Error("there is no level 77")
	}
}

func TestNewReader(t *testing.T) {
	in := text(300_000)
	for name, b := range map[string][]byte{
		"a.gz": file(t, codec(t, "gzip", 1), in, 100_000), "a.zst": file(t, codec(t, "zstd", 1), in, 100_000), "a.singer": in,
	} {
		r, err := compress.NewReader(name, bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, in) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		_ = r.Close()
	}
	if _, err := compress.NewReader("a.gz", strings.NewReader("not gzip")); err == nil {
		t.Error("what is not gzip must be an error")
	}
}

func BenchmarkBlock(b *testing.B) {
	in := text(compress.BlockSize)
	for _, c := range []struct {
		name  string
		level int
	}{{"gzip", 1}, {"gzip", 6}, {"zstd", 1}, {"zstd", 3}} {
		b.Run(fmt.Sprintf("codec=%s/level=%d", c.name, c.level), func(b *testing.B) {
			codec := codec(b, c.name, c.level)
			var out []byte
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				out = codec.Block(out[:0], in[:32<<10], in)
			}
			b.ReportMetric(float64(len(out))/float64(len(in)), "size")
		})
	}
}
