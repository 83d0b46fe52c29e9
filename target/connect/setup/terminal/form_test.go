package terminal

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"golang.org/x/term"

	"target-s3/target/connect/setup/terminal/ptytest"
	"target-s3/target/connect/setup/terminal/tty"
)

// However a page is left, the terminal is as it was.
func TestTerminalRestored(t *testing.T) {
	left := errors.New("left")
	for name, test := range map[string]struct {
		keys string
		put  func(cancel func())
		want error
	}{
		"next":      {keys: ptytest.Enter},
		"back":      {keys: ptytest.Escape},
		"ctrl-c":    {keys: ptytest.CtrlC, want: ErrAborted},
		"cancelled": {keys: "x", put: func(cancel func()) { cancel() }, want: left},
		"panic":     {keys: "x", put: func(func()) { panic(left) }, want: left},
	} {
		t.Run(name, func(t *testing.T) {
			x := ptytest.New(t, 80, 24)
			before, err := term.GetState(int(x.Tty.Fd()))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			q := &question{label: "Label", put: func(text string) error {
				if text != "" {
					test.put(func() { cancel(left) })
				}
				return nil
			}}
			ended := make(chan error)
			go func() {
				defer func() {
					if r := recover(); r != nil {
						err, _ = r.(error)
					}
					ended <- err
				}()
				f := &form{terminal: tty.New(x.Tty, x.Tty), out: x.Tty}
				_, err = f.ask(ctx, &page{title: "Title", questions: []*question{q}})
			}()
			x.Await("Title", "ctrl+c")
			if raw, err := term.GetState(int(x.Tty.Fd())); err != nil || reflect.DeepEqual(before, raw) {
				t.Errorf("the terminal is not raw: %v", err)
			}
			x.Type(test.keys)
			if err := <-ended; !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			if after, err := term.GetState(int(x.Tty.Fd())); err != nil || !reflect.DeepEqual(before, after) {
				t.Errorf("%+v, %v, was %+v", after, err, before)
			}
		})
	}
}
