package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"target-s3/target/config"
	"target-s3/target/connect"
	"target-s3/target/connect/check"
	"target-s3/target/connect/setup"
	"target-s3/target/connect/setup/page"
)

// onPage is a form that is being shown.
type onPage struct {
	url     string
	signals chan os.Signal
	exits   chan int
	rest    chan string // what was printed after the address
	ended   chan struct{}
	saved   string
	err     error
}

// showPage starts setupOnPage and reads the address that it prints.
func showPage(t *testing.T, o page.Options) *onPage {
	t.Helper()
	r, w := io.Pipe()
	f := &onPage{signals: make(chan os.Signal), exits: make(chan int, 1), rest: make(chan string, 1), ended: make(chan struct{})}
	go func() {
		defer close(f.ended)
		defer w.Close()
		f.saved, f.err = setupOnPage(t.Context(), process{stderr: w, signals: f.signals, exit: func(code int) { f.exits <- code }}, o)
	}()
	var text []byte
	address := regexp.MustCompile(`\n  (http://127\.0\.0\.1:\d+/\?token=\w+)\n(?s:.*)without saving\.\n$`)
	for f.url == "" {
		b := make([]byte, 1024)
		n, err := r.Read(b)
		if text = append(text, b[:n]...); err != nil {
			t.Fatalf("%v after %s; %v", err, text, f.err)
		}
		if m := address.FindSubmatch(text); m != nil {
			f.url = string(m[1])
		}
	}
	go func() {
		b, _ := io.ReadAll(r)
		f.rest <- string(b)
	}()
	return f
}

func (f *onPage) wait(t *testing.T) {
	t.Helper()
	select {
	case <-f.ended:
	case <-time.After(20 * time.Second):
		t.Fatal("the page goes on")
	}
}

// TestSetupOnPage saves settings with a browser's requests and loads with them.
func TestSetupOnPage(t *testing.T) {
	dir := t.TempDir()
	c := config.Default()
	endpoint, _ := config.Lookup("aws_endpoint_url")
	if err := endpoint.Set(&c, "file://"+dir); err != nil {
		t.Fatal(err)
	}
	form := setup.New(c, setup.Surroundings{})
	saveAs := filepath.Join(dir, "config.json")
	f := showPage(t, page.Options{
		Form: form, SaveAs: saveAs,
		Actions: connect.Actions{Check: func(_ context.Context, c config.Config, _ func(check.Result)) bool {
			challenge := filepath.Join(dir, c.S3Bucket, c.SentinelKey)
			return errors.Join(os.MkdirAll(filepath.Dir(challenge), 0o755), os.WriteFile(challenge, nil, 0o644)) == nil
		}},
	})
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	browser := &http.Client{Transport: transport}
	at := "" // where the last page was
	request := func(method, address, form string) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse(f.url)
		r.Header.Set("Origin", "http://"+u.Host)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := browser.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		at = resp.Request.URL.String()
		return string(body)
	}
	request("GET", f.url, "")
	folder := strings.TrimSuffix(at, "destination")
	request("POST", folder+"bucket", "s3_bucket=x-bucket&aws_region=")
	for answer := request("POST", folder+"check", ""); !strings.Contains(answer, "tap-x | target-s3 --config ") || !strings.Contains(answer, saveAs); { // in quotes, if it has backslashes
		answer = request("GET", folder+"check", "")
	}
	f.wait(t)
	if f.saved != saveAs || f.err != nil {
		t.Fatalf("saved %q, %v", f.saved, f.err)
	}
	out, log, err := runQuietly(t, "--config", saveAs, "--input", "../../examples/quickstart/shop.singer")
	if err != nil || out == "" {
		t.Errorf("%v %s", err, log)
	}
}

func TestSetupOnPageEndsBySignal(t *testing.T) {
	o := page.Options{Form: setup.New(config.Default(), setup.Surroundings{}), SaveAs: filepath.Join(t.TempDir(), "config.json")}
	f := showPage(t, o)
	f.signals <- syscall.SIGTERM
	f.wait(t)
	if exitCode(f.err) != 143 || f.saved != "" || !errors.As(f.err, new(*reportedError)) {
		t.Errorf("%v", f.err)
	}
	if rest := <-f.rest; rest != "target-s3: ended by signal 15 (terminated); nothing was saved\n" {
		t.Errorf("%q", rest)
	}
}

func TestSecondSignalEndsTheProcess(t *testing.T) {
	signals, exits := make(chan os.Signal), make(chan int, 1)
	ctx, stop := untilSignal(t.Context(), process{signals: signals, exit: func(code int) { exits <- code }}, func(s syscall.Signal) error { return &signalError{signal: s} })
	defer stop()
	signals <- syscall.SIGINT
	<-ctx.Done()
	for {
		select {
		case signals <- syscall.SIGINT: // until it is late enough to be the second
		case code := <-exits:
			if code != exitFailed {
				t.Errorf("exit %d", code)
			}
			return
		}
	}
}
