package s3store

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"target-s3/target/store"
)

func targetObject() store.Object { return store.Object{Key: objectKey} }

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
	const beat, stall = 5 * time.Second, 12 * time.Second
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
	for name, test := range map[string]struct {
		answer []string // each a beat after the one before
		stalls bool
	}{
		"slow":  {[]string{head, "x", "x", "x", "x"}, false},
		"half":  {[]string{head, "x"}, true},
		"never": {nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := watchfulOn(stall, func(conn net.Conn) {
					for _, text := range test.answer {
						time.Sleep(beat)
						_, _ = io.WriteString(conn, text)
					}
				})
				defer c.closeIdle()
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://s3.test", &slowReader{4, beat})
				if err != nil {
					t.Fatal(err)
				}
				resp, err := c.Do(req)
				if err == nil {
					_, err = io.ReadAll(resp.Body)
					_ = resp.Body.Close()
				}
				if stalled := (*stalledError)(nil); errors.As(err, &stalled) != test.stalls {
					t.Error(err)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		c := watchfulOn(stall, func(net.Conn) {})
		defer c.closeIdle()
		ctx, cancel := context.WithTimeout(t.Context(), beat)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://s3.test", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(req)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("cancelled: %v", err)
		}
		if err == nil {
			_ = resp.Body.Close()
		}
	})
}

// watchfulOn is a client of a service that takes one request, answers, and then
// says nothing.
func watchfulOn(stall time.Duration, answer func(net.Conn)) *watchfulClient {
	return &watchfulClient{stall: stall, transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			req, err := http.ReadRequest(bufio.NewReader(theirs))
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, req.Body)
			answer(theirs)
			_, _ = io.Copy(io.Discard, theirs)
		}()
		return ours, nil
	}}}
}
