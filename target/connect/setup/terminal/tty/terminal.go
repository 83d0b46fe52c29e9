package tty

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// pause is how long nothing must come for what came to be complete: people do not
// press a key as soon as that after Escape, and a sequence arrives at once. It is also
// how often the size and the context are looked at.
const pause = 50 * time.Millisecond

// Terminal is a terminal that is open from time to time. It is for one goroutine.
type Terminal struct {
	out     *os.File
	input   input
	decoder Decoder
	keys    []Key // that came, and that nobody has asked for yet

	restore       func() error // nil: it is not open
	columns, rows int
	drawn         []string
}

// New returns a terminal with these two sides.
func New(in, out *os.File) *Terminal {
	return &Terminal{out: out, input: input{file: in}}
}

// Open takes the terminal: keys come as they are pressed, unseen, and none of them is a
// signal. Close gives it back.
func (t *Terminal) Open() error {
	in := int(t.input.file.Fd())
	before, err := term.MakeRaw(in)
	if err != nil {
		return err
	}
	restoreOutput, err := prepareOutput(t.out)
	if err != nil {
		return errors.Join(err, term.Restore(in, before))
	}
	t.restore = func() error { return errors.Join(restoreOutput(), term.Restore(in, before)) }
	t.drawn = nil
	return t.write(hideCursor + pasteInBrackets)
}

// Close erases what was drawn and leaves the terminal as it was before Open. Keys that
// nobody has asked for are kept.
func (t *Terminal) Close() error {
	if t.restore == nil {
		return nil
	}
	written := t.write(eraseBelow + pasteAsTyped + showCursor)
	restored := t.restore()
	t.restore = nil
	return errors.Join(restored, written)
}

// Size is how many columns and rows there are. Draw reckons with them.
func (t *Terminal) Size() (columns, rows int) {
	columns, rows = t.size()
	if columns != t.columns || rows != t.rows {
		t.drawn = nil // which the terminal may have broken elsewhere
	}
	t.columns, t.rows = columns, rows
	return columns, rows
}

// size asks the terminal. One that does not know is as most are.
func (t *Terminal) size() (columns, rows int) {
	columns, rows, err := term.GetSize(int(t.out.Fd()))
	if err != nil || columns <= 0 || rows <= 0 {
		return 80, 24
	}
	return columns, rows
}

// Key waits for a key. It returns the one without a name when the size has changed. The
// error is io.EOF where the terminal is gone, and the cause of ctx where that has ended.
func (t *Terminal) Key(ctx context.Context) (Key, error) {
	for {
		if ctx.Err() != nil {
			return Key{}, context.Cause(ctx)
		}
		if len(t.keys) > 0 {
			key := t.keys[0]
			t.keys = t.keys[1:]
			return key, nil
		}
		if columns, rows := t.size(); columns != t.columns || rows != t.rows {
			return Key{}, nil
		}
		if _, err := t.read(pause); err != nil {
			return Key{}, err
		}
	}
}

// More reports whether there are keys that came together with the last one.
func (t *Terminal) More() bool { return len(t.keys) > 0 }

// Forget drops what was typed and not asked for.
func (t *Terminal) Forget() error {
	const most = 100 // reads: input may also be endless
	for range most {
		more, err := t.read(0)
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	t.keys, t.decoder = nil, Decoder{}
	return nil
}

// read takes what has come, or comes within this time.
func (t *Terminal) read(within time.Duration) (some bool, err error) {
	data, err := t.input.read(within)
	if len(data) > 0 {
		t.keys = append(t.keys, t.decoder.Feed(data)...)
		return true, nil
	}
	if err == nil {
		t.keys = append(t.keys, t.decoder.Flush()...)
	}
	return false, err
}

func (t *Terminal) write(s string) error {
	_, err := io.WriteString(t.out, s)
	return err
}
