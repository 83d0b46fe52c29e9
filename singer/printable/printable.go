// Package printable makes text that others wrote fit to be shown: names and
// values of the input, answers of a server, arguments, settings. Whatever a
// terminal would act upon, what begins a line, and what cannot be seen is
// written as an escape, as JSON and Go have them: \n, \u001b, \u202e.
package printable

import (
	"io"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Line returns text as a part of a line. Text of visible characters and spaces
// is returned as it is.
func Line(text string) string { return Short(text, 0) }

// Short is Line, at most this many bytes of it: what is longer ends in
// an ellipsis. The work is also bounded by most, if that is not 0.
func Short(text string, most int) string {
	if (most <= 0 || len(text) <= most) && clean(text, false) {
		return text
	}
	return string(appendText(nil, text, most, false))
}

// Lines is Line for a text whose newlines are our own.
func Lines(text string) string {
	if clean(text, true) {
		return text
	}
	return string(appendText(nil, text, 0, true))
}

// Error returns an error whose text is one line, of err.
func Error(err error) error {
	if err == nil || clean(err.Error(), false) {
		return err
	}
	return &lineError{err}
}

type lineError struct{ err error }

func (e *lineError) Error() string { return Line(e.err.Error()) }
func (e *lineError) Unwrap() error { return e.err }

// NewWriter returns a writer that passes on the Lines of what it is given, which
// must not be cut within a character. It is the last door to a terminal, behind
// those who make a line of what is not theirs. It may be written to from several
// goroutines: what one Write is given stays together.
func NewWriter(w io.Writer) io.Writer { return &writer{w: w} }

type writer struct {
	mu sync.Mutex
	w  io.Writer
}

func (w *writer) Write(p []byte) (int, error) {
	text := string(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	if clean(text, true) {
		return w.w.Write(p)
	}
	if _, err := w.w.Write(appendText(nil, text, 0, true)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// clean reports whether there is nothing to escape in text.
func clean(text string, lines bool) bool {
	for i, r := range text {
		if !visible(text[i:], r) && !(lines && r == '\n') {
			return false
		}
	}
	return true
}

// visible reports whether r, the first rune of text, can be shown as it is.
func visible(text string, r rune) bool {
	if r < utf8.RuneSelf {
		return r >= ' ' && r < 0x7f
	}
	if r == utf8.RuneError {
		_, size := utf8.DecodeRuneInString(text)
		return size > 1 // or it is a byte that is not UTF-8
	}
	return unicode.IsPrint(r)
}

const ellipsis = "…"

func appendText(dst []byte, text string, most int, lines bool) []byte {
	fits := 0 // bytes of dst that leave room for the ellipsis
	for i, r := range text {
		switch {
		case visible(text[i:], r), lines && r == '\n':
			dst = utf8.AppendRune(dst, r)
		case r == utf8.RuneError:
			dst = append(dst, `\x`...)
			dst = append(dst, hex(uint32(text[i]), 2)...)
		default:
			dst = appendEscape(dst, r)
		}
		if most > 0 && len(dst) > most {
			return append(dst[:fits], ellipsis...)
		}
		if len(dst)+len(ellipsis) <= most {
			fits = len(dst)
		}
	}
	return dst
}

// appendEscape writes JSON's escape of r, which is also Go's, but for characters
// beyond 16 bits.
func appendEscape(dst []byte, r rune) []byte {
	if at := strings.IndexRune("\n\r\t", r); at >= 0 {
		return append(dst, '\\', "nrt"[at])
	}
	const beyond = 0x10000
	if r >= beyond {
		r -= beyond
		dst = appendEscape(dst, 0xd800+r>>10)
		r = 0xdc00 + r&0x3ff
	}
	return append(append(dst, `\u`...), hex(uint32(r), 4)...)
}

func hex(n uint32, digits int) string {
	var b [8]byte
	for i := digits - 1; i >= 0; i-- {
		b[i] = "0123456789abcdef"[n&0xf]
		n >>= 4
	}
	return string(b[:digits])
}
