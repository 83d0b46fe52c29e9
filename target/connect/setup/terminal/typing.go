package terminal

import (
	"slices"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
)

// text is an answer that is being typed, on one line. The library's own input starts
// programs to reach a clipboard, and looks for them whenever target-s3 is started;
// terminals paste by themselves.
type text struct {
	runes []rune
	at    int // the cursor stands before this one
}

func newText(s string) *text {
	runes := []rune(s)
	return &text{runes: runes, at: len(runes)}
}

func (t *text) String() string { return string(t.runes) }

// update edits as a key says, those of Emacs among them, as in a shell.
func (t *text) update(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		t.insert(msg.Content)
	case tea.KeyPressMsg:
		t.press(msg)
	}
}

func (t *text) press(k tea.KeyPressMsg) {
	switch k.String() {
	case "left", "ctrl+b":
		t.at = max(t.at-1, 0)
	case "right", "ctrl+f":
		t.at = min(t.at+1, len(t.runes))
	case "home", "ctrl+a":
		t.at = 0
	case "end", "ctrl+e":
		t.at = len(t.runes)
	case "alt+left", "ctrl+left", "alt+b":
		t.at = t.wordBefore()
	case "alt+right", "ctrl+right", "alt+f":
		t.at = t.wordAfter()
	case "backspace", "ctrl+h":
		t.remove(max(t.at-1, 0), t.at)
	case "delete", "ctrl+d":
		t.remove(t.at, min(t.at+1, len(t.runes)))
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
	for _, r := range strings.ReplaceAll(s, "\r\n", " ") {
		switch {
		case r == '\n', r == '\r', r == '\t':
			r = ' '
		case r == unicode.ReplacementChar, unicode.IsControl(r):
			continue
		}
		t.runes = slices.Insert(t.runes, t.at, r)
		t.at++
	}
}

// remove takes out a part and puts the cursor there.
func (t *text) remove(from, to int) {
	t.runes = slices.Delete(t.runes, from, to)
	t.at = from
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
