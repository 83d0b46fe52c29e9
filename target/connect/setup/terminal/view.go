package terminal

import (
	"strings"
	"unicode/utf8"

	"target-s3/singer/printable"
	"target-s3/target/connect/setup"
	"target-s3/target/connect/setup/terminal/tty"
)

// indent is what stands before everything but titles.
const indent = "  "

// style is how a text is drawn, as terminals number it. Colours are among the sixteen
// that the person has chosen for their terminal. Styles say nothing that the text does
// not say.
type style string

const (
	plainly style = ""
	heading style = "1"
	aside   style = "2" // faint
	cursor  style = "7" // reversed
	bad     style = "31"
	caution style = "33"
	accent  style = "36"
)

// of draws a text, none of which a terminal acts upon.
func (s style) of(text string) string {
	text = printable.Line(text)
	if s == plainly || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[m"
}

// style draws a text, without colour where none is wanted.
func (m *model) style(s style, text string) string {
	if colour := len(s) > 1; colour && m.noColor {
		s = plainly
	}
	return s.of(text)
}

// area is a part of the lines of a page.
type area struct {
	from, to int // before that one
	at       int // the line of it that matters most
}

// fit cuts lines down to as many as there is room for: the title, the last one, and
// of the others those around the question that has the keyboard.
func fit(lines []string, focus area, most int) []string {
	if len(lines) <= most {
		return lines
	}
	room, end := most-2, len(lines)-1
	if room < 1 {
		return lines[focus.at:][:max(most, 1)]
	}
	first := max(1, min(focus.from, focus.to-room), focus.at-room+1)
	title, keys := lines[:1:1], lines[end]
	return append(append(title, lines[first:min(first+room, end)]...), keys)
}

// lines draws the page. The focus is the question that has the keyboard.
func (m *model) lines() (lines []string, focus area) {
	title := m.style(heading, m.page.title)
	if m.page.place != "" {
		title += m.style(aside, "  "+m.page.place)
	}
	lines = append(lines, title)
	lines = m.add(lines, plainly, m.page.text)
	for _, note := range m.page.notes {
		lines = m.add(lines, plainly, note)
	}
	for i, q := range m.page.visible() {
		lines = append(lines, "")
		begin := len(lines)
		var at int
		lines, at = m.question(lines, q, i == m.at)
		if i == m.at {
			focus = area{from: begin, to: len(lines), at: at}
		}
	}
	if m.page.sample != nil {
		lines = append(lines, "")
		lines = m.add(lines, plainly, m.page.sample())
	}
	if len(m.page.below) > 0 {
		lines = append(lines, "")
	}
	for _, line := range m.page.below {
		lines = m.add(lines, plainly, line)
	}
	return append(lines, "", m.style(aside, m.keys())), focus
}

// add appends a text, broken where the screen ends.
func (m *model) add(lines []string, s style, text string) []string {
	if text == "" {
		return lines
	}
	for _, line := range broken(text, m.width-len(indent)) {
		lines = append(lines, indent+m.style(s, line))
	}
	return lines
}

// question draws a question. Line at is where it is answered.
func (m *model) question(lines []string, q *question, focused bool) (_ []string, at int) {
	label := m.style(plainly, "  "+q.label)
	if focused {
		label = m.style(accent, "> "+q.label)
	}
	if q.label != "" {
		lines = append(lines, label)
	}
	at = len(lines)
	if len(q.choices) > 0 {
		at += q.chosen()
		lines = m.choices(lines, q, focused)
	} else {
		answer, row := m.typing(q, focused)
		lines, at = append(lines, answer...), at+row
	}
	if q.problem != nil && (q.value != "" || m.asked) {
		for _, problem := range setup.Lines(q.problem) {
			lines = m.add(lines, bad, "✗ "+problem)
		}
		return lines, at
	}
	if m.unsure == q {
		lines = m.add(lines, caution, "! "+q.warning()+". Enter keeps it.")
	}
	return m.add(lines, aside, q.help), at
}

// typing is what is being typed, on as many lines as it takes, and which of them has
// the cursor.
func (m *model) typing(q *question, focused bool) (lines []string, row int) {
	input := m.inputs[q]
	text := input.String()
	if focused {
		text += " " // the cursor may be behind the last one
	}
	line, used, at := indent, len(indent), 0
	for character := range tty.Characters(text) {
		shown := printable.Line(character)
		wide := tty.Width(shown)
		if used > len(indent) && used+wide > m.width {
			lines, line, used = append(lines, line), indent, len(indent)
		}
		used += wide
		begin := at
		if at += utf8.RuneCountInString(character); focused && begin <= input.at && input.at < at {
			shown, row = m.style(cursor, shown), len(lines)
		}
		line += shown
	}
	return append(lines, line), row
}

func (m *model) choices(lines []string, q *question, focused bool) []string {
	for i, c := range q.choices {
		switch {
		case i != q.chosen():
			lines = append(lines, indent+m.style(plainly, "( ) "+c.Label))
		case focused:
			lines = append(lines, indent+m.style(accent, "(•) "+c.Label))
		default:
			lines = append(lines, indent+m.style(plainly, "(•) "+c.Label))
		}
	}
	return lines
}

// keys says what the keys do.
func (m *model) keys() string {
	texts := []string{"enter next"}
	if len(m.current().choices) > 0 {
		texts = append(texts, "↑ ↓ choose")
	}
	if !m.page.first {
		texts = append(texts, "esc back")
	}
	return strings.Join(append(texts, "ctrl+c quit, nothing is saved"), " · ")
}
