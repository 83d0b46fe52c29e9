package singer_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"go.uber.org/goleak"

	"target-s3/singer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// readAll joins the blocks, checking that each is whole lines at its offset.
func readAll(t *testing.T, r *singer.Reader) (string, error) {
	t.Helper()
	var all bytes.Buffer
	for {
		b, err := r.Next()
		if err != nil {
			return all.String(), err
		}
		if b.Offset != int64(all.Len()) {
			t.Fatalf("block at offset %d, want %d", b.Offset, all.Len())
		}
		if b.Missing == 0 && all.Len() > 0 && all.Bytes()[all.Len()-1] != '\n' {
			t.Fatalf("block at offset %d begins within a line", b.Offset)
		}
		all.Write(b.Data)
		r.Free(b)
	}
}

func TestReaderCutsWholeLines(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var in strings.Builder
	for in.Len() < 4<<20 {
		in.WriteString(strings.Repeat("x", rnd.IntN(1<<rnd.IntN(20))))
		in.WriteByte('\n')
	}
	in.WriteString("no newline at the end")
	for name, src := range map[string]io.Reader{
		"whole": strings.NewReader(in.String()), "one byte": iotest.OneByteReader(strings.NewReader(in.String())),
		"halves": iotest.HalfReader(strings.NewReader(in.String())), "data with EOF": iotest.DataErrReader(strings.NewReader(in.String())),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readAll(t, singer.NewReader(src, 16<<20))
			if !errors.Is(err, io.EOF) || got != in.String() {
				t.Errorf("got %d bytes, %v, want %d", len(got), err, in.Len())
			}
		})
	}
}

func TestReaderHandsOverWhatIsThere(t *testing.T) {
	pr, pw := io.Pipe()
	defer pw.Close()
	r := singer.NewReader(pr, 1<<20)
	go func() { _, _ = pw.Write([]byte("one\ntwo\nthr")) }()
	b, err := r.Next() // the pipe stays open: this must not wait for more
	if err != nil || string(b.Data) != "one\ntwo\n" {
		t.Fatalf("got %q, %v", b.Data, err)
	}
	go func() { _, _ = pw.Write([]byte("ee\n")) }()
	if b, err = r.Next(); err != nil || string(b.Data) != "three\n" {
		t.Fatalf("got %q, %v", b.Data, err)
	}
}

func TestReaderDropsAPartialLineBeforeAnError(t *testing.T) {
	broken := errors.New("broken")
	src := io.MultiReader(strings.NewReader("one\ntw"), iotest.ErrReader(broken))
	got, err := readAll(t, singer.NewReader(src, 1<<20))
	if got != "one\n" || !errors.Is(err, broken) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestReaderCutsALineThatIsTooLong(t *testing.T) {
	long := strings.Repeat("y", 3*singer.BlockSize+17)
	for _, end := range []string{"\n", "\nafter\nmore\n", ""} {
		r := singer.NewReader(strings.NewReader("before\n"+long+end), singer.BlockSize)
		var got []singer.Block
		for {
			b, err := r.Next()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					t.Fatal(err)
				}
				break
			}
			got = append(got, b)
		}
		if string(got[0].Data) != "before\n" {
			t.Fatalf("first block %q", got[0].Data)
		}
		cut := got[1]
		if want := int64(len(long) + min(1, len(end)) - singer.BlockSize); cut.Missing != want || len(cut.Data) != singer.BlockSize {
			t.Errorf("cut %d of %d bytes, want %d", cut.Missing, len(cut.Data), want)
		}
		var rest strings.Builder
		next := cut.Offset + int64(len(cut.Data)) + cut.Missing
		for _, b := range got[2:] {
			if b.Offset != next {
				t.Errorf("offset %d, want %d", b.Offset, next)
			}
			next += int64(len(b.Data))
			rest.Write(b.Data)
		}
		if rest.String() != strings.TrimPrefix(end, "\n") {
			t.Errorf("after the long line: %q, want %q", rest.String(), end)
		}
	}
}

// An error that comes in one Read with the end of a long line and more lines must
// not take those with it.
func TestReaderKeepsLinesAfterALongOneBeforeAnError(t *testing.T) {
	broken := errors.New("broken")
	long := strings.Repeat("y", singer.BlockSize)
	src := &withError{[]byte(long + "y\nafter\nmore\npartial"), broken}
	r := singer.NewReader(src, singer.BlockSize)
	var got strings.Builder
	for {
		b, err := r.Next()
		if err != nil {
			if !errors.Is(err, broken) {
				t.Fatal(err)
			}
			break
		}
		if b.Missing == 0 {
			got.Write(b.Data)
		}
	}
	if got.String() != "after\nmore\n" {
		t.Errorf("got %q", got.String())
	}
}

// withError gives its error together with the last bytes.
type withError struct {
	text []byte
	err  error
}

func (w *withError) Read(p []byte) (int, error) {
	n := copy(p, w.text)
	w.text = w.text[n:]
	if len(w.text) == 0 {
		return n, w.err
	}
	return n, nil
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("a\nb\n\nc"), uint8(3))
	f.Fuzz(func(t *testing.T, in []byte, step uint8) {
		src := stepReader{bytes.NewReader(in), int(step) + 1}
		got, err := readAll(t, singer.NewReader(src, 1<<20))
		if !errors.Is(err, io.EOF) || got != string(in) {
			t.Fatalf("got %q, %v, want %q", got, err, in)
		}
	})
}

type stepReader struct {
	r io.Reader
	n int
}

func (s stepReader) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), s.n)]) }

func BenchmarkReader(b *testing.B) {
	line := strings.Repeat("x", 199) + "\n"
	in := []byte(strings.Repeat(line, 50_000))
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		r := singer.NewReader(bytes.NewReader(in), 1<<20)
		for {
			blk, err := r.Next()
			if err != nil {
				break
			}
			r.Free(blk)
		}
	}
}

// TestReaderKeepsMemoryForLongLines counts what is allocated for lines that are a
// little longer than a block: hardly more than for the first ones.
func TestReaderKeepsMemoryForLongLines(t *testing.T) {
	const lines = 200
	line := strings.Repeat("x", singer.BlockSize*9/8) + "\n"
	r := singer.NewReader(strings.NewReader(strings.Repeat(line, lines)), 16<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for size := 0; size < lines*len(line); {
		b, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		size += len(b.Data)
		r.Free(b)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > lines*singer.BlockSize {
		t.Errorf("%d bytes are allocated for %d lines", n, lines)
	}
}
