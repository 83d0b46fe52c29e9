package s3store

import (
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"target-s3/target/store"
)

func targetObject() store.Object { return store.Object{Key: objectKey} }

func TestCombine(t *testing.T) {
	c := content(1, 100_000)
	for _, at := range []int{0, 1, 2, 3, 7, 64, 4095, 65536, 99_999, 100_000} {
		a, b := crc32.Checksum(c[:at], castagnoli), crc32.Checksum(c[at:], castagnoli)
		if got, want := combine(a, b, int64(len(c)-at)), crc32.Checksum(c, castagnoli); got != want {
			t.Errorf("split at %d: %08x, want %08x", at, got, want)
		}
	}
}

func FuzzCombine(f *testing.F) {
	f.Add([]byte(nil), []byte(nil))
	f.Add([]byte("a"), []byte("bc"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		got := combine(crc32.Checksum(a, castagnoli), crc32.Checksum(b, castagnoli), int64(len(b)))
		if want := crc32.Checksum(append(bytes.Clone(a), b...), castagnoli); got != want {
			t.Errorf("%08x, want %08x", got, want)
		}
	})
}

func BenchmarkCombine(b *testing.B) {
	for b.Loop() {
		combine(1, 2, 8<<20)
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		"  plain text  ":         "plain text",
		"a\nb\r\tc":              "a b c",
		"\x1b[31m\x7f":           `\u001b[31m\u007f`,
		"bad\xff utf8 \xc3":      `bad\xff utf8 \xc3`,
		"umlaut ü and 漢字":        "umlaut ü and 漢字",
		strings.Repeat("x", 20):  strings.Repeat("x", 20),
		strings.Repeat("x", 21):  strings.Repeat("x", 17) + "…",
		strings.Repeat("ü", 11):  strings.Repeat("ü", 8) + "…",
		strings.Repeat("x", 1e6): strings.Repeat("x", 17) + "…",
	} {
		if got := clean(in, 20); got != want {
			t.Errorf("clean(%.40q) = %q, want %q", in, got, want)
		}
	}
}

func TestStrays(t *testing.T) {
	since := time.Now()
	upload := func(key, id, by string, at time.Time) types.MultipartUpload {
		return types.MultipartUpload{Key: &key, UploadId: &id, Initiator: &types.Initiator{ID: &by}, Initiated: &at}
	}
	server := since.Add(-time.Hour) // the clock of the service
	list := []types.MultipartUpload{
		upload("key", "mine", "me", server),
		upload("key", "stray", "me", server),
		upload("key", "old", "me", server.Add(-time.Hour)),
		upload("key", "later", "me", server.Add(time.Minute)),
		upload("key", "another's", "you", server),
		upload("key/2", "longer", "me", server),
		{},
	}
	if got := strays(list, "key", &multipart{id: "mine", since: since}); !slices.Equal(got, []string{"stray"}) {
		t.Errorf("with the upload in hand: %q", got)
	}
	list = []types.MultipartUpload{
		upload("key", "stray", "me", since.Add(time.Second)),
		upload("key", "old", "me", since.Add(-time.Hour)),
		upload("key/2", "longer", "me", since),
	}
	if got := strays(list, "key", &multipart{since: since}); !slices.Equal(got, []string{"stray"}) {
		t.Errorf("without: %q", got)
	}
}

// slowReader gives a byte every so often.
type slowReader struct {
	left  int
	every time.Duration
}

func (r *slowReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	time.Sleep(r.every)
	r.left--
	p[0] = 'x'
	return 1, nil
}

// An attempt may take long, as long as something moves.
func TestWatchfulClient(t *testing.T) {
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			_, _ = io.Copy(io.Discard, r.Body)
			for range 4 {
				_, _ = io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				time.Sleep(100 * time.Millisecond)
			}
		case "/half":
			_, _ = io.WriteString(w, "x")
			w.(http.Flusher).Flush()
			<-stop
		case "/never":
			<-stop
		}
	}))
	defer server.Close()
	defer close(stop)
	c := &watchfulClient{stall: 250 * time.Millisecond, transport: &http.Transport{}}
	defer c.closeIdle()

	for path, stalls := range map[string]bool{"/slow": false, "/half": true, "/never": true} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, server.URL+path, &slowReader{4, 100 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(req)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			_ = resp.Body.Close()
		}
		var stalled *stalledError
		if errors.As(err, &stalled) != stalls {
			t.Errorf("%s: %v", path, err)
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/never", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err == nil {
		_ = resp.Body.Close()
	}
}
