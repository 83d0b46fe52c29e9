package terminal_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"target-s3/target/config"
	"target-s3/target/connect/check"
	"target-s3/target/connect/setup/terminal"
	"target-s3/target/connect/setup/terminal/ptytest"
)

// Answers may be typed before they are asked for, those to all pages at once.
func TestTypedAhead(t *testing.T) {
	enter := ptytest.Enter
	r := start(t, 150, options(t, ready(), nil))
	r.Type("Lake", enter, "漢字", enter, enter, enter, enter, enter, enter, enter, "123456789012", enter, enter)
	c := r.savedConfig()
	if c.DisplayName != "Lake" || c.Description != "漢字" || c.S3Bucket != "my-bucket" {
		t.Errorf("%+v", c)
	}
	r.Await("arn:aws:iam::123456789012:root")
}

// What was typed during a check is no answer to what nobody could know before it.
func TestTypedDuringCheck(t *testing.T) {
	s := &service{mayCreate: true}
	o := options(t, s, nil)
	typed := make(chan struct{})
	o.Actions.Check = func(ctx context.Context, c config.Config, each func(check.Result)) bool {
		<-typed
		return s.check(ctx, c, each)
	}
	r := start(t, 60, o)
	r.toGrant()
	r.Type(ptytest.Enter)
	r.Await("Trying what a load does")
	r.Type(ptytest.Enter, ptytest.Enter, ptytest.Enter)
	r.AwaitStill() // the terminal has echoed it
	close(typed)
	r.Await("(•) Create the bucket, or see how", "ctrl+c")
	r.AwaitStill()
	r.Await("(•) Create the bucket, or see how", "ctrl+c")
	r.Type(ptytest.CtrlC)
	if _, err := r.end(); !errors.Is(err, terminal.ErrAborted) || s.bucket.Load() {
		t.Errorf("%v, bucket %v", err, s.bucket.Load())
	}
}

// Lines that are pasted are one answer, and no Enter.
func TestPastedLines(t *testing.T) {
	r := start(t, 50, options(t, ready(), nil))
	r.Await("step 1 of 6", "ctrl+c")
	if !strings.Contains(r.Output(), "\x1b[?2004h") {
		t.Error("nothing says that it can be told what is pasted")
	}
	r.Type("\x1b[200~one\r\ntwo\nthr\x1b[Aee\x1b[201~", "!")
	r.Await("> Display name", "one two thr[Aee!")
	r.Type(ptytest.CtrlC)
	_, _ = r.end()
	r.AwaitGone("> Display name")
	if out := r.Output(); strings.LastIndex(out, "\x1b[?2004l") < strings.LastIndex(out, "\x1b[?2004h") ||
		strings.LastIndex(out, "\x1b[?25h") < strings.LastIndex(out, "\x1b[?25l") {
		t.Error("the terminal was left as it was for the form")
	}
}

// When the window changes its size, the page is drawn for that, and only once, whatever
// the terminal has made of its lines.
func TestResize(t *testing.T) {
	r := start(t, 50, options(t, ready(), nil))
	r.page("step 1 of 6", ptytest.Enter, ptytest.Enter)
	r.page("step 2 of 6", strings.Repeat("x", 60))
	r.Await("✗ the name of a bucket has 3 to 63 characters")
	for _, test := range []struct {
		columns, rows int
		want          string
	}{
		{40, 50, "need\n  not exist yet."},
		{120, 50, "need not exist yet."},
		{30, 40, "The\n  bucket"},
		{40, 8, "> Bucket name"},
		{12, 3, "\n  xx"},
		{80, 50, "> Bucket name"},
		{80, 49, "> Bucket name"},
	} {
		r.AwaitStill()
		if _, err := r.Tty.WriteString("broken anew"); err != nil {
			t.Fatal(err)
		}
		r.Await("broken anew")
		r.Resize(test.columns, test.rows)
		r.AwaitGone("broken anew")
		r.Await(test.want)
		r.AwaitStill()
		if n := strings.Count(r.Text(), "Bucket"); n > 2 {
			t.Errorf("%d by %d: the page is there more than once\n%s", test.columns, test.rows, r.Text())
		}
	}
	r.Await("> Bucket name", "ctrl+c quit, nothing is saved")
	r.Type(ptytest.CtrlC)
	_, _ = r.end()
}

func TestHangUp(t *testing.T) {
	r := start(t, 50, options(t, ready(), nil))
	r.Await("step 1 of 6", "ctrl+c")
	r.HangUp()
	if _, err := r.end(); !errors.Is(err, terminal.ErrAborted) {
		t.Errorf("%v", err)
	}
	r.nothingSaved()
}
