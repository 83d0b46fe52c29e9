package page

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// chromium finds a browser, or skips the test.
func chromium(t *testing.T) string {
	t.Helper()
	names := []string{"chromium", "google-chrome", "google-chrome-stable", "chromium-browser", "headless_shell", "chrome-headless-shell"}
	if named := os.Getenv("CHROME"); named != "" {
		names = []string{named}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const advice = "no Chromium (%s): install the Debian package chromium, or name a browser by $CHROME"
	if os.Getenv("TEST_TARGET_S3_REQUIRE_BROWSER") != "" {
		t.Fatalf(advice, strings.Join(names, ", "))
	}
	t.Skipf(advice, strings.Join(names, ", "))
	return ""
}

// browser is started by the first test that needs it and serves all of them.
type browser struct {
	context.Context
	profile string
	cancel  context.CancelFunc
}

var shared browser

// start starts the browser if nobody has.
func (b *browser) start(path string) (err error) {
	if b.Context != nil {
		return nil
	}
	if b.profile, err = os.MkdirTemp("", "target-s3-browser-"); err != nil {
		return err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(b.profile))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // which root cannot have
	}
	started, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, leave := chromedp.NewContext(started)
	b.Context, b.cancel = ctx, func() { leave(); stop() }
	return chromedp.Do(ctx) // without a deadline, which would be the browser's
}

// quit ends the browser, if there is one, and removes what it has stored.
func (b *browser) quit() error {
	if b.Context == nil {
		return nil
	}
	ctx, done := context.WithTimeout(b.Context, patience)
	defer done()
	err := chromedp.Cancel(ctx)
	b.cancel()
	return errors.Join(err, os.RemoveAll(b.profile))
}

// tab is where a test is in the browser.
type tab struct {
	context.Context
	t       *testing.T
	refused bool // requests are meant to be
}

// newTab opens a tab for the test. What the browser complains about there, such as
// contents that the policy forbids, fails the test.
func newTab(t *testing.T) *tab {
	t.Helper()
	if err := shared.start(chromium(t)); err != nil {
		t.Fatal(err)
	}
	ctx, leave := chromedp.NewContext(shared.Context)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("the tab does not close: %v", err)
		}
		leave()
	})
	b := &tab{Context: ctx, t: t}
	if err := chromedp.Do(ctx, send(log.Enable, cdp.Empty{}), send(runtime.Enable, cdp.Empty{})); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, b.complain); err != nil {
		t.Fatal(err)
	}
	return b
}

// complain fails the test for what the browser finds wrong with a page. That an
// answer is 422 is what some tests are about.
func (b *tab) complain(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.t.Errorf("script: %v", e.ExceptionDetails)
	case *log.EventEntryAdded:
		meant := strings.Contains(e.Entry.Text, "status of 422") || b.refused && strings.Contains(e.Entry.Text, "status of 403")
		if e.Entry.Level == log.EntryLevelError && !meant {
			b.t.Errorf("browser: %s (%v)", e.Entry.Text, e.Entry.URL)
		}
	}
}

// send is a command of the protocol as an action.
func send[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, command, params)
		return err
	})
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// value is what an expression is in the page.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression to be true, on this page or one that follows.
func (b *tab) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression, chromedp.EvalAwaitPromise))
		if err == nil && yes {
			return
		}
		select {
		case <-tick.C: // an error is one of a page that has gone while it was asked
		case <-ctx.Done():
			b.t.Fatalf("waited for %s: %v\n%s", expression, err, b.text("body"))
		}
	}
}

// text is what a place on the page says.
func (b *tab) text(place string) string {
	b.t.Helper()
	return value[string](b, `document.querySelector(`+quoted(place)+`)?.innerText ?? ""`)
}

func quoted(s string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"` }

// at waits until the page of a name is there with its script.
func (b *tab) at(name string) {
	b.t.Helper()
	b.until(`location.pathname.endsWith(` + quoted(name) + `) && document.readyState === "complete"`)
}

// visit goes to another page of the form.
func (b *tab) visit(name string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](`location.assign(` + quoted(name) + `)`))
	b.at("/" + name)
}

// enter puts a text in the place of the one in a field, as pasting does.
func (b *tab) enter(name, text string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](`document.getElementById(` + quoted(name) + `).focus()`))
	b.do(chromedp.Evaluate[chromedp.Void](`document.getElementById(` + quoted(name) + `).select()`))
	if text == "" {
		b.do(chromedp.KeyEvent(kb.Delete))
		return
	}
	b.do(send(input.InsertText, input.InsertTextParams{Text: text}))
}

func (b *tab) click(place string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(place)))
}

// look sets the width and the colours.
func (b *tab) look(width int64, scheme string) {
	b.t.Helper()
	b.do(
		chromedp.EmulateViewport(width, 800),
		send(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}),
	)
}
