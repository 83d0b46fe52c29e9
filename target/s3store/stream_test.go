package s3store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// shelf is a service with one object, whose connections break.
type shelf struct {
	content  []byte
	etag     string
	breaks   int  // a connection has so many bytes; 0: all
	atOnce   int  // connections that have none, from the second on
	ranges   bool // Range is honoured
	matches  bool // If-Match is
	noLength bool
	first    func() // called once the first connection is over
	asked    []string
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked = append(s.asked, r.Header.Get("Range")+" "+r.Header.Get("If-Match"))
	w.Header().Set("X-Amz-Request-Id", "x")
	if s.content == nil {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<Error><Code>NoSuchKey</Code></Error>")
		return
	}
	if match := r.Header.Get("If-Match"); s.matches && match != "" && match != s.etag {
		w.WriteHeader(http.StatusPreconditionFailed)
		_, _ = io.WriteString(w, "<Error><Code>PreconditionFailed</Code></Error>")
		return
	}
	from, status := 0, http.StatusOK
	if text, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok && s.ranges {
		from, _ = strconv.Atoi(strings.TrimSuffix(text, "-"))
		status = http.StatusPartialContent
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(s.content)-1, len(s.content)))
	}
	w.Header().Set("Etag", s.etag)
	if !s.noLength {
		w.Header().Set("Content-Length", strconv.Itoa(len(s.content)-from))
	}
	w.WriteHeader(status)
	rest := s.content[from:]
	if n := len(s.asked); n > 1 && n <= s.atOnce+1 {
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	if s.breaks > 0 && len(rest) > s.breaks {
		_, _ = w.Write(rest[:s.breaks])
		w.(http.Flusher).Flush()
		if s.first != nil {
			s.first()
			s.first = nil
		}
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(rest)
}

func (s *shelf) read(t *testing.T) ([]byte, error) {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	body, err := openStore(t, loaderConfig(server.URL)).Stream(t.Context(), objectKey)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(iotest.OneByteReader(body))
}

func TestStream(t *testing.T) {
	c := content(1, 10_000)
	for name, s := range map[string]*shelf{
		"whole":                 {content: c},
		"of unknown length":     {content: c, noLength: true},
		"empty":                 {content: []byte{}},
		"broken":                {content: c, breaks: 3000, ranges: true, matches: true},
		"broken, no conditions": {content: c, breaks: 3000, ranges: true},
		"broken at once":        {content: c, breaks: 3000, atOnce: 1, ranges: true, matches: true},
		"broken often":          {content: c, breaks: 100, ranges: true, matches: true},
	} {
		s.etag = `"abc"`
		got, err := s.read(t)
		if err != nil || !bytes.Equal(got, s.content) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		for i, asked := range s.asked {
			if i == 0 && asked != " " || i > 0 && !strings.HasSuffix(asked, `- "abc"`) {
				t.Errorf("%s: request %d has %s", name, i, asked)
			}
		}
	}
}

func TestStreamEnds(t *testing.T) {
	c := content(1, 10_000)
	change := func(s *shelf) { s.first = func() { s.etag = `"new"` } }
	for name, v := range map[string]struct {
		shelf  shelf
		change func(*shelf)
		want   string
	}{
		"changed":                {shelf{matches: true, ranges: true}, change, "the object was changed or removed while it was read"},
		"changed, no conditions": {shelf{ranges: true}, change, "the object was changed or removed while it was read"},
		"removed":                {shelf{matches: true, ranges: true}, func(s *shelf) { s.first = func() { s.content = nil } }, "the object was changed or removed while it was read"},
		"no ranges":              {shelf{matches: true}, nil, "the connection broke after 3000 bytes, and the service does not go on from there"},
		"broken for good":        {shelf{matches: true, ranges: true, atOnce: 9}, nil, "unexpected EOF"},
	} {
		s := &v.shelf
		s.content, s.etag, s.breaks = c, `"abc"`, 3000
		if v.change != nil {
			v.change(s)
		}
		got, err := s.read(t)
		if err == nil || !strings.Contains(err.Error(), v.want) || !strings.Contains(err.Error(), "s3://"+bucketName+"/"+objectKey) {
			t.Errorf("%s: %v", name, err)
		}
		if len(got) != 3000 || !bytes.Equal(got, c[:3000]) {
			t.Errorf("%s: %d bytes", name, len(got))
		}
		if len(s.asked) > 1+readTries {
			t.Errorf("%s: %d requests", name, len(s.asked))
		}
	}
	_, err := (&shelf{}).read(t)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestStreamFollowsNoRedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was followed") }))
	defer elsewhere.Close()
	for _, header := range []string{"X-Amz-Request-Id", "X-Other"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(header, "x")
			w.Header().Set("Location", elsewhere.URL+"/x")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}))
		if _, err := openStore(t, loaderConfig(server.URL)).Stream(t.Context(), objectKey); err == nil {
			t.Errorf("%s: no error", header)
		}
		server.Close()
	}
}

func TestStreamIsCancelled(t *testing.T) {
	reading := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amz-Request-Id", "x")
		w.Header().Set("Etag", `"abc"`)
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("abc"))
		w.(http.Flusher).Flush()
		close(reading)
		<-r.Context().Done()
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	body, err := openStore(t, loaderConfig(server.URL)).Stream(ctx, objectKey)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	go func() {
		<-reading
		cancel()
	}()
	if _, err := io.ReadAll(body); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// While an object is not being read its connection may stand still, but not while it
// is.
func TestWatchOfAnObjectRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const stall = 30 * time.Second
		r, w := io.Pipe()
		ctx, watch := (&watchfulClient{stall: stall}).watch(t.Context(), nil)
		body := &answerBody{ReadCloser: r, watch: watch, left: -1}
		defer body.Close()
		go func() {
			for range 3 {
				_, _ = w.Write([]byte("x"))
			}
			<-ctx.Done()
			_ = w.CloseWithError(ctx.Err())
		}()
		for range 3 {
			if _, err := body.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * stall) // of the bubble
		}
		if ctx.Err() != nil {
			t.Error("it ended while nobody read")
		}
		var stalled *stalledError
		if _, err := body.Read(make([]byte, 1)); !errors.As(err, &stalled) {
			t.Error(err)
		}
	})
}
