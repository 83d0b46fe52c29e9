package tty

import (
	"iter"
	"strconv"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

const (
	hideCursor      = "\x1b[?25l"
	showCursor      = "\x1b[?25h"
	pasteInBrackets = "\x1b[?2004h"
	pasteAsTyped    = "\x1b[?2004l"
	eraseBelow      = "\r\x1b[J" // from this line on
	eraseLine       = "\x1b[K"   // at its beginning
	clipLines       = "\x1b[?7l"
	wrapLines       = "\x1b[?7h"
)

// Width is how many columns a text takes. Sequences that style it take none.
func Width(s string) int { return measure.String(s) }

var measure = displaywidth.Options{ControlSequences: true}

// Characters are those that people see in a text, a letter with its accents and the like,
// and how many columns each takes.
func Characters(s string) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for g := displaywidth.StringGraphemes(s); g.Next(); {
			if !yield(g.Value(), g.Width()) {
				return
			}
		}
	}
}

// Draw shows lines below what the terminal showed before it was opened, in place of
// those that were drawn last. What there is no room for is cut off.
func (t *Terminal) Draw(lines []string) error {
	lines = lines[:min(len(lines), t.rows)]
	cut := make([]string, len(lines))
	for i, line := range lines {
		cut[i] = measure.TruncateString(line, t.columns, "")
	}
	frame := frame(t.drawn, cut)
	t.drawn = cut
	if frame == "" {
		return nil
	}
	return t.write(frame)
}

// frame replaces lines by others. The cursor, which nobody sees, is at the beginning of
// the first one before and after. There it stays also where the terminal breaks the
// lines anew because its size has changed, so that all of them can be erased.
//
// No line is wrapped by the terminal: its widths of characters may be others than ours,
// and then there would be more lines on the screen than were drawn.
func frame(old, lines []string) string {
	var b strings.Builder
	at := 0 // line that the cursor is in
	down := func(to int) {
		b.WriteString(strings.Repeat("\r\n", to-at))
		at = to
	}
	for i, line := range lines {
		if i < len(old) && old[i] == line {
			continue
		}
		down(i)
		b.WriteString(eraseLine + line)
	}
	if len(old) > len(lines) {
		down(len(lines))
		b.WriteString(eraseBelow)
	}
	if old == nil {
		return eraseBelow + clipLines + b.String() + wrapLines + up(at)
	}
	if b.Len() == 0 {
		return ""
	}
	return clipLines + b.String() + wrapLines + up(at)
}

func up(lines int) string {
	if lines == 0 {
		return "\r"
	}
	return "\r\x1b[" + strconv.Itoa(lines) + "A"
}
