package terminal

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"target-s3/target/connect/setup/terminal/tty"
)

// text is an answer that is being typed, on one line.
type text struct {
	runes []rune
	at    int // the cursor stands before this one
}

func newText(s string) *text {
	runes := []rune(s)
	return &text{runes: runes, at: len(runes)}
}

func (t *text) String() string { return string(t.runes) }

// press edits as a key says, those of Emacs among them, as in a shell.
func (t *text) press(k tty.Key) {
	switch k.Name {
	case "left", "ctrl+b":
		t.at = t.before()
	case "right", "ctrl+f":
		t.at = t.after()
	case "home", "ctrl+a":
		t.at = 0
	case "end", "ctrl+e":
		t.at = len(t.runes)
	case "alt+left", "ctrl+left", "alt+b":
		t.at = t.wordBefore()
	case "alt+right", "ctrl+right", "alt+f":
		t.at = t.wordAfter()
	case "backspace", "ctrl+h":
		t.remove(t.before(), t.at)
	case "delete", "ctrl+d":
		t.remove(t.at, t.after())
	case "alt+backspace", "ctrl+w":
		t.remove(t.wordBefore(), t.at)
	case "alt+delete", "alt+d":
		t.remove(t.at, t.wordAfter())
	case "ctrl+u":
		t.remove(0, t.at)
	case "ctrl+k":
		t.remove(t.at, len(t.runes))
	default:
		t.insert(k.Text)
	}
}

// insert puts a text where the cursor is. It stays one line, without characters that
// steer a terminal.
func (t *text) insert(s string) {
	var more []rune
	for _, r := range strings.ReplaceAll(s, "\r\n", " ") {
		switch {
		case r == '\n', r == '\r', r == '\t':
			r = ' '
		case r == unicode.ReplacementChar, unicode.IsControl(r):
			continue
		}
		more = append(more, r)
	}
	t.runes = slices.Insert(t.runes, t.at, more...)
	t.at += len(more)
}

// remove takes out a part and puts the cursor there.
func (t *text) remove(from, to int) {
	t.runes = slices.Delete(t.runes, from, to)
	t.at = from
}

// before is where the character before the cursor begins, with the accents that it
// has.
func (t *text) before() int {
	begin, at := 0, 0
	for character := range tty.Characters(t.String()) {
		if at >= t.at {
			break
		}
		begin = at
		at += utf8.RuneCountInString(character)
	}
	return begin
}

// after is where the character at the cursor ends.
func (t *text) after() int {
	at := 0
	for character := range tty.Characters(t.String()) {
		if at += utf8.RuneCountInString(character); at > t.at {
			break
		}
	}
	return at
}

// wordBefore is where the word before the cursor begins.
func (t *text) wordBefore() int {
	at := t.at
	for at > 0 && unicode.IsSpace(t.runes[at-1]) {
		at--
	}
	for at > 0 && !unicode.IsSpace(t.runes[at-1]) {
		at--
	}
	return at
}

// wordAfter is where the word after the cursor ends.
func (t *text) wordAfter() int {
	at := t.at
	for at < len(t.runes) && unicode.IsSpace(t.runes[at]) {
		at++
	}
	for at < len(t.runes) && !unicode.IsSpace(t.runes[at]) {
		at++
	}
	return at
}
