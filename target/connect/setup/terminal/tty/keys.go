package tty

import (
	"strings"
	"unicode/utf8"
)

// Key is a key that was pressed, or a text that was pasted.
type Key struct {
	// Name is the character that was typed, or such as "enter", "ctrl+a", "alt+left"
	// and "ctrl+alt+shift+left". It is "paste" for a text that was pasted, and empty
	// where no key was pressed.
	Name string
	Text string // what it types
}

// What is kept of a sequence. It is read to its end all the same.
const (
	maxPaste  = 1 << 16
	maxParams = 32
)

const (
	escape    = 0x1b
	ctrlC     = 0x03
	bell      = 0x07
	backspace = 0x7f
)

// Decoder makes keys of the bytes that a terminal sends, however they are split into
// reads. It knows the sequences of xterm, VT220, rxvt, the Linux console and what
// emulates them. Sequences that are no key of a form are dropped whole, and so are
// bytes that are not UTF-8.
type Decoder struct {
	state  state
	mods   mods   // Alt, where an escape came before
	params []byte // of a control sequence
	opener byte   // of a string, such as the ] of ESC ]
	begun  bool   // something has come of the string
	skip   int    // bytes that are still to come of a sequence
	char   []byte // a part of a character
	paste  []byte
	ended  int  // bytes of endOfPaste that have come
	last   byte // of a paste
	keys   []Key
}

type state int

const (
	ground         state = iota
	inEscape             // after ESC
	inControl            // after ESC [
	inSingle             // after ESC O
	inString             // after ESC ] and the like
	inStringEscape       // after ESC within a string: \ ends it
	inSkip               // bytes that belong to a sequence after its end
	inChar               // within a character
	inPaste
)

const endOfPaste = "\x1b[201~"

// Feed takes bytes and returns the keys that are complete.
func (d *Decoder) Feed(data []byte) []Key {
	for _, b := range data {
		d.take(b)
	}
	return d.complete()
}

func (d *Decoder) complete() []Key {
	keys := d.keys
	d.keys = nil
	return keys
}

// Flush returns the keys that are complete if nothing follows for now: a lone ESC is a
// key, and the beginning of a sequence is a key that was pressed together with Alt. A
// character goes on, and so does a paste, but for Ctrl-C: where the end of a paste was
// lost it must be possible to leave.
func (d *Decoder) Flush() []Key {
	switch d.state {
	case inEscape, inStringEscape:
		d.lone()
		d.emit("esc", 0)
	case inControl:
		d.opened('[')
	case inSingle:
		d.opened('O')
	case inString:
		if !d.begun {
			d.opened(d.opener)
		}
	case inPaste:
		if d.last != ctrlC {
			return nil
		}
		d.emit("c", ctrl)
	case inChar:
		return nil
	}
	d.reset(ground)
	return d.complete()
}

// lone emits an escape that turned out not to belong to the one that followed it.
func (d *Decoder) lone() {
	if d.mods != 0 {
		d.emit("esc", 0)
	}
}

// opened emits what seemed to open a sequence, if nothing more has come of it.
func (d *Decoder) opened(opener byte) {
	if len(d.params) == 0 {
		d.lone()
		d.emit(string(opener), alt)
	}
}

func (d *Decoder) reset(to state) { *d = Decoder{state: to, keys: d.keys} }

func (d *Decoder) take(b byte) {
	switch d.state {
	case ground:
		d.plain(b)
	case inEscape:
		d.afterEscape(b)
	case inControl, inSingle:
		d.sequence(b)
	case inString:
		switch {
		case b == bell:
			d.reset(ground)
		case b == escape:
			d.reset(inStringEscape)
		case b < ' ': // no string has it, so this one is over
			d.again(b)
		default:
			d.begun = true
		}
	case inStringEscape:
		if b == '\\' {
			d.reset(ground)
			return
		}
		d.reset(inEscape)
		d.take(b)
	case inSkip:
		if d.skip--; b < ' ' {
			d.again(b)
		} else if d.skip == 0 {
			d.reset(ground)
		}
	case inChar:
		d.character(b)
	case inPaste:
		d.pasted(b)
	}
}

// again takes a byte as the first one of something new.
func (d *Decoder) again(b byte) {
	d.reset(ground)
	d.take(b)
}

// plain takes a byte outside of sequences, or right after ESC.
func (d *Decoder) plain(b byte) {
	switch {
	case b == escape:
		d.state = inEscape
		return
	case b >= utf8.RuneSelf:
		d.state = inChar
		d.char = append(d.char, b)
		return
	case b == '\r', b == '\n':
		// A newline is what the terminal made of Enter before the form had it for
		// itself.
		d.emit("enter", d.mods)
	case b == '\t':
		d.emit("tab", d.mods)
	case b == backspace:
		d.emit("backspace", d.mods)
	case b < ' ':
		d.emit(strings.ToLower(string(b+'@')), d.mods|ctrl)
	default:
		d.emit(string(b), d.mods)
	}
	d.reset(ground)
}

func (d *Decoder) afterEscape(b byte) {
	switch b {
	case '[':
		d.state = inControl
	case 'O':
		d.state = inSingle
	case ']', 'P', '_', '^', 'X':
		d.lone()
		d.reset(inString)
		d.opener = b
	case escape: // the first one may be Alt, and the second one begin a sequence
		d.lone()
		d.mods = alt
	default:
		d.lone()
		d.mods = alt
		d.plain(b)
	}
}

// character takes a byte that should belong to a character.
func (d *Decoder) character(b byte) {
	d.char = append(d.char, b)
	if !utf8.FullRune(d.char) {
		return
	}
	r, size := utf8.DecodeRune(d.char)
	rest := d.char[size:]
	if r != utf8.RuneError {
		d.emit(string(r), d.mods)
	}
	d.reset(ground)
	for _, b := range rest { // of what was no character
		d.take(b)
	}
}

// sequence takes a byte of a control sequence.
func (d *Decoder) sequence(b byte) {
	// This is not the end of other sequences, whose parameters begin with ? or the like.
	rxvt := b == '$' && d.state == inControl && len(d.params) > 0 && d.params[0] >= '0' && d.params[0] <= '9'
	switch {
	case b < ' ' || b >= backspace:
		d.again(b)
	case b >= '@', rxvt:
		d.end(b)
	case len(d.params) < maxParams:
		d.params = append(d.params, b)
	}
}

// end ends a control sequence.
func (d *Decoder) end(final byte) {
	bare := d.state == inControl && len(d.params) == 0
	switch {
	case d.state == inControl && final == '~' && string(d.params) == "200":
		d.reset(inPaste)
		return
	case bare && final == '[': // function keys of the Linux console have one more
		d.reset(inSkip)
		d.skip = 1
		return
	case bare && final == 'M': // a mouse has its button and its place
		d.reset(inSkip)
		d.skip = 3
		return
	}
	if base, m := lookUp(d.state == inSingle, final, d.params); base != "" {
		d.emit(base, m|d.mods)
	}
	d.reset(ground)
}

// pasted takes a byte of a text that is pasted.
func (d *Decoder) pasted(b byte) {
	d.last = b
	if b == endOfPaste[d.ended] {
		if d.ended++; d.ended == len(endOfPaste) {
			text := string(d.paste)
			d.reset(ground)
			d.keys = append(d.keys, Key{Name: "paste", Text: text})
		}
		return
	}
	d.keep(endOfPaste[:d.ended]) // which was not the end
	d.ended = 0
	if b == endOfPaste[0] {
		d.ended = 1
		return
	}
	d.keep(string([]byte{b}))
}

func (d *Decoder) keep(s string) {
	d.paste = append(d.paste, s[:min(len(s), maxPaste-len(d.paste))]...)
}

// emit adds a key. With Ctrl or Alt held down a character types nothing.
func (d *Decoder) emit(base string, m mods) {
	key := Key{Name: m.String() + base}
	if m == 0 && utf8.RuneCountInString(base) == 1 {
		key.Text = base
	}
	d.keys = append(d.keys, key)
}
