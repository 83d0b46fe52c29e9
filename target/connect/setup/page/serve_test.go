package page

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"target-s3/target/config"
	"target-s3/target/connect"
	"target-s3/target/connect/check"
	"target-s3/target/connect/setup"
)

// patience is for what takes milliseconds, on a machine that is busy.
const patience = 20 * time.Second

var moment = time.UnixMilli(1519235654474)

// fixture is a form that is being served.
type fixture struct {
	url    string // with the token
	origin string
	saveAs string
	stop   context.CancelFunc
	ended  chan struct{}
	saved  string
	err    error
}

// serve shows a form whose bucket is a folder, which edit changes, until the test
// has ended.
func serve(t *testing.T, settings map[string]string, edit func(*Options)) *fixture {
	t.Helper()
	base := config.Default()
	for name, text := range settings {
		setting, _ := config.Lookup(name)
		if err := setting.Set(&base, text); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	f := &fixture{stop: cancel, ended: make(chan struct{}), saveAs: filepath.Join(t.TempDir(), "config.json")}
	address := make(chan string, 1)
	o := Options{
		Form: setup.New(base, setup.Surroundings{}), SaveAs: f.saveAs, Now: func() time.Time { return moment },
		Actions:  connect.Actions{Check: allGood},
		Announce: func(u string) { address <- u },
	}
	if edit != nil {
		edit(&o)
	}
	go func() {
		defer close(f.ended)
		f.saved, f.err = Serve(ctx, o)
	}()
	t.Cleanup(func() {
		cancel()
		<-f.ended
	})
	select {
	case f.url = <-address:
	case <-f.ended:
		t.Fatalf("Serve: %v", f.err)
	}
	f.origin, _, _ = strings.Cut(f.url, "/?")
	return f
}

// end waits for Serve to return.
func (f *fixture) end(t *testing.T) {
	t.Helper()
	select {
	case <-f.ended:
	case <-time.After(patience):
		t.Fatal("the server goes on")
	}
}

// allGood is a check that finds nothing wrong.
func allGood(_ context.Context, c config.Config, each func(check.Result)) bool {
	each(check.Result{Name: check.Credentials, Title: "Credentials", Outcome: check.OK, Detail: "found"})
	each(check.Result{Name: check.Bucket, Title: "Bucket " + c.S3Bucket, Outcome: check.OK, Detail: "exists"})
	return true
}

// client is a browser without JavaScript that has opened the form.
type client struct {
	*http.Client
	t      *testing.T
	origin string
	folder string // of the pages, "/" and its name; empty: it knows none
}

// answer is what the server has said in the end.
type answer struct {
	status int
	path   string
	body   string
	header http.Header
}

func (f *fixture) open(t *testing.T) *client {
	t.Helper()
	c := f.stranger(t)
	a := c.do(http.MethodGet, strings.TrimPrefix(f.url, f.origin), nil, nil)
	if a.status != http.StatusOK {
		t.Fatalf("opening: %d %s", a.status, a.body)
	}
	c.folder = strings.TrimSuffix(a.path, "/destination")
	return c
}

// stranger is a browser that has opened nothing.
func (f *fixture) stranger(t *testing.T) *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{Client: &http.Client{Jar: jar, Transport: transport, Timeout: patience}, t: t, origin: f.origin}
}

func (c *client) get(path string) answer { return c.do(http.MethodGet, path, nil, nil) }

// post sends a form; values alternate between names and texts.
func (c *client) post(path string, values ...string) answer {
	form := url.Values{}
	for i := 0; i < len(values); i += 2 {
		form.Add(values[i], values[i+1])
	}
	return c.do(http.MethodPost, path, form, nil)
}

func (c *client) do(method, path string, form url.Values, change func(*http.Request)) answer {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.origin+c.folder+path, strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Origin", c.origin)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if change != nil {
		change(r)
	}
	resp, err := c.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{resp.StatusCode, strings.TrimPrefix(resp.Request.URL.Path, c.folder), string(body), resp.Header}
}

// has fails the test unless the answer is the page of the path and has the texts.
func (a answer) has(t *testing.T, path string, texts ...string) {
	t.Helper()
	if a.path != path {
		t.Fatalf("at %s, want %s: %d %s", a.path, path, a.status, a.body)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Fatalf("%s lacks %q:\n%s", path, text, a.body)
		}
	}
}

// await gets a page until it has the text.
func (c *client) await(path, text string) answer {
	c.t.Helper()
	return c.awaitAfter(c.get(path), path, text)
}

// check presses the button and waits for what comes of it.
func (c *client) check(text string) answer {
	c.t.Helper()
	return c.awaitAfter(c.post("/check"), "/check", text)
}

// awaitAfter has the page that came first, which may be the last one there is.
func (c *client) awaitAfter(a answer, path, text string) answer {
	c.t.Helper()
	for deadline := time.Now().Add(patience); !strings.Contains(a.body, text); a = c.get(path) {
		if time.Now().After(deadline) {
			c.t.Fatalf("%s never has %q:\n%s", path, text, a.body)
		}
	}
	return a
}
