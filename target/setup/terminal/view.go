package terminal

import (
	"strings"

	"charm.land/bubbles/v2/textinput"
	"charm.land/lipgloss/v2"
)

// indent is what stands before everything but titles.
const indent = "  "

// The styles use the sixteen colours that the person has chosen for their
// terminal, and say nothing that the text does not say.
var (
	heading = lipgloss.NewStyle().Bold(true)
	accent  = lipgloss.NewStyle().Foreground(lipgloss.Cyan)
	good    = lipgloss.NewStyle().Foreground(lipgloss.Green)
	bad     = lipgloss.NewStyle().Foreground(lipgloss.Red)
	aside   = lipgloss.NewStyle().Faint(true)
)

func styled(s lipgloss.Style, text string) string { return s.Render(text) }

func inputStyles() textinput.Styles {
	return textinput.Styles{
		Focused: textinput.StyleState{Placeholder: aside, Suggestion: aside},
		Blurred: textinput.StyleState{Placeholder: aside, Suggestion: aside},
	}
}

func wrap(text string, width int) string { return lipgloss.Wrap(text, max(20, width), "/") }

// lines draws the page.
func (m *model) lines() (lines []string) {
	title := styled(heading, m.page.title)
	if m.page.place != "" {
		title += styled(aside, "  "+m.page.place)
	}
	lines = append(lines, title)
	lines = m.add(lines, lipgloss.NewStyle(), m.page.text)
	for i, q := range m.page.visible() {
		lines = append(lines, "")
		lines = m.question(lines, q, i == m.at)
	}
	if m.page.below != nil {
		lines = append(append(lines, ""), m.clipped(m.page.below())...)
	}
	return append(lines, "", styled(aside, m.keys()))
}

// add appends a text, broken where the screen ends.
func (m *model) add(lines []string, style lipgloss.Style, text string) []string {
	if text == "" {
		return lines
	}
	for line := range strings.SplitSeq(wrap(text, m.width-len(indent)-1), "\n") {
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
		lines = append(lines, indent+m.inputs[q].View())
	}
	if q.problem != nil && (q.value != "" || m.asked) {
		return m.add(lines, bad, "✗ "+printable(q.problem.Error()))
	}
	return m.add(lines, aside, q.help)
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

// clipped are lines of a table, which breaking would only make harder to read.
func (m *model) clipped(lines []string) (out []string) {
	for _, line := range lines {
		out = append(out, lipgloss.NewStyle().MaxWidth(max(20, m.width-1)).Render(indent+line))
	}
	return out
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
