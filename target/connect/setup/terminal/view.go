package terminal

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"target-s3/singer/printable"
	"target-s3/target/connect/setup"
)

// indent is what stands before everything but titles.
const indent = "  "

// The styles use the sixteen colours that the person has chosen for their
// terminal, and say nothing that the text does not say.
var (
	heading = lipgloss.NewStyle().Bold(true)
	accent  = lipgloss.NewStyle().Foreground(lipgloss.Cyan)
	caution = lipgloss.NewStyle().Foreground(lipgloss.Yellow)
	bad     = lipgloss.NewStyle().Foreground(lipgloss.Red)
	aside   = lipgloss.NewStyle().Faint(true)
	cursor  = lipgloss.NewStyle().Reverse(true)
)

func styled(s lipgloss.Style, text string) string { return s.Render(text) }

// fit cuts lines down to as many as there is room for: the title, the last one, and
// of the others those around the question that has the keyboard, which are from to
// to.
func fit(lines []string, from, to, most int) []string {
	if len(lines) <= most {
		return lines
	}
	room, end := max(most-2, 1), len(lines)-1
	first := max(1, min(from, to-room))
	title, keys := lines[:1:1], lines[end]
	return append(append(title, lines[first:min(first+room, end)]...), keys)
}

// lines draws the page. The question that has the keyboard is from one of them to
// before another.
func (m *model) lines() (lines []string, from, to int) {
	title := styled(heading, m.page.title)
	if m.page.place != "" {
		title += styled(aside, "  "+m.page.place)
	}
	lines = append(lines, title)
	lines = m.add(lines, lipgloss.NewStyle(), m.page.text)
	for _, note := range m.page.notes {
		lines = m.add(lines, lipgloss.NewStyle(), note)
	}
	for i, q := range m.page.visible() {
		lines = append(lines, "")
		begin := len(lines)
		lines = m.question(lines, q, i == m.at)
		if i == m.at {
			from, to = begin, len(lines)
		}
	}
	if m.page.sample != nil {
		lines = append(lines, "")
		lines = m.add(lines, lipgloss.NewStyle(), m.page.sample())
	}
	if len(m.page.below) > 0 {
		lines = append(lines, "")
	}
	for _, line := range m.page.below {
		lines = m.add(lines, lipgloss.NewStyle(), line)
	}
	return append(lines, "", styled(aside, m.keys())), from, to
}

// add appends a text, broken where the screen ends.
func (m *model) add(lines []string, style lipgloss.Style, text string) []string {
	if text == "" {
		return lines
	}
	for _, line := range broken(text, m.width-len(indent)) {
		lines = append(lines, indent+styled(style, line))
	}
	return lines
}

func (m *model) question(lines []string, q *question, focused bool) []string {
	label := "  " + q.label
	if focused {
		label = styled(accent, "> "+q.label)
	}
	if q.label != "" {
		lines = append(lines, label)
	}
	if len(q.choices) > 0 {
		lines = m.choices(lines, q, focused)
	} else {
		lines = append(lines, m.typing(q, focused)...)
	}
	if q.problem != nil && (q.value != "" || m.asked) {
		for _, problem := range setup.Lines(q.problem) {
			lines = m.add(lines, bad, "✗ "+problem)
		}
		return lines
	}
	if m.unsure == q {
		lines = m.add(lines, caution, "! "+q.warning()+". Enter keeps it.")
	}
	return m.add(lines, aside, q.help)
}

// typing is what is being typed, on as many lines as it takes, and the cursor.
func (m *model) typing(q *question, focused bool) (lines []string) {
	text := m.inputs[q].runes
	at := -1
	if focused {
		at = m.inputs[q].at
		text = append(slices.Clip(text), ' ') // also behind the last one
	}
	line, used := indent, len(indent)
	for i, r := range text {
		shown := printable.Line(string(r))
		if wide := lipgloss.Width(shown); used+wide > max(20, m.width) {
			lines, line, used = append(lines, line), indent, len(indent)
		}
		used += lipgloss.Width(shown)
		if i == at {
			shown = styled(cursor, shown)
		}
		line += shown
	}
	return append(lines, line)
}

func (m *model) choices(lines []string, q *question, focused bool) []string {
	for i, c := range q.choices {
		switch {
		case i != q.chosen():
			lines = append(lines, indent+"( ) "+c.Label)
		case focused:
			lines = append(lines, indent+styled(accent, "(•) "+c.Label))
		default:
			lines = append(lines, indent+"(•) "+c.Label)
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
