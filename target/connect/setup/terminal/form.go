package terminal

import (
	"context"
	"errors"
	"io"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// form is the asker for a terminal that can move its cursor.
type form struct {
	in      io.Reader
	out     io.Writer
	environ []string
}

func (f *form) ask(ctx context.Context, p *page) (move, error) {
	p.begin()
	m := newModel(p)
	program := tea.NewProgram(m,
		tea.WithInput(f.in), tea.WithOutput(f.out), tea.WithEnvironment(f.environ),
		tea.WithoutSignalHandler(), // signals belong to the process
	)
	// With a context of its own it would not wait for its reader to end.
	stop := context.AfterFunc(ctx, func() { program.Send(cancelled{}) })
	defer stop()
	_, err := program.Run()
	switch {
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case err != nil && errors.Is(err, io.EOF), m.aborted:
		return 0, ErrAborted
	case err != nil:
		return 0, err
	}
	return m.move, nil
}

// cancelled is the message that nobody wants the page any more.
type cancelled struct{}

// model is a page on the screen, as Bubble Tea wants it.
type model struct {
	page   *page
	inputs map[*question]*text // of the questions that take a text
	at     int                 // which of the visible questions has the keyboard
	asked  bool                // the page was to be left with an answer missing
	unsure *question           // whose warning has stopped the person
	width  int
	height int

	move    move // 0: not yet
	aborted bool
}

func newModel(p *page) *model {
	m := &model{page: p, inputs: make(map[*question]*text), width: 80, height: 24}
	for _, q := range p.questions {
		if len(q.choices) > 0 {
			continue
		}
		m.inputs[q] = newText(q.value)
	}
	return m
}

// Init implements tea.Model.
func (m *model) Init() tea.Cmd { return nil }

// Update implements tea.Model.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		return m, nil
	case cancelled:
		m.aborted = true
		return m, tea.Quit
	case tea.KeyPressMsg:
		if done := m.press(msg); done {
			return m, tea.Quit
		}
		if m.steers(msg) {
			return m, nil
		}
	}
	m.typed(msg)
	return m, nil
}

// typed hands a message to the text that has the keyboard, and lets the answer be
// checked as it is then.
func (m *model) typed(msg tea.Msg) {
	q := m.current()
	input, ok := m.inputs[q]
	if !ok {
		return
	}
	input.update(msg)
	if text := input.String(); text != q.value {
		q.answer(text)
		m.unsure = nil
	}
}

// steers reports whether a key moves about instead of typing.
func (m *model) steers(k tea.KeyPressMsg) bool {
	switch k.String() {
	case "enter", "tab", "shift+tab", "esc", "up", "down":
		return true
	}
	return len(m.current().choices) > 0
}

// press acts upon a key, and reports whether the page is left.
func (m *model) press(k tea.KeyPressMsg) bool {
	q := m.current()
	switch k.String() {
	case "ctrl+c":
		m.aborted = true
		return true
	case "enter", "tab":
		return m.forward()
	case "shift+tab":
		if m.at > 0 {
			m.at--
			return false
		}
		return m.leave(back)
	case "esc":
		return m.leave(back)
	case "up", "left":
		m.step(q, k, -1)
	case "down", "right":
		m.step(q, k, 1)
	}
	return false
}

// step goes to the choice before or after, or from text to text.
func (m *model) step(q *question, k tea.KeyPressMsg, by int) {
	if n := len(q.choices); n > 0 {
		q.answer(q.choices[min(max(q.chosen()+by, 0), n-1)].Value)
		return
	}
	if s := k.String(); s == "up" || s == "down" {
		m.at = min(max(m.at+by, 0), len(m.page.visible())-1)
	}
}

// forward goes to the next question, or on from the last one where no answer is
// refused.
func (m *model) forward() bool {
	if m.current().problem != nil {
		m.asked = true
		return false
	}
	if q := m.current(); q.warning() != "" {
		if m.unsure != q {
			m.unsure = q
			return false
		}
		q.warned, m.unsure = true, nil
	}
	if m.at < len(m.page.visible())-1 {
		m.at++
		return false
	}
	if i := m.page.wrong(); i >= 0 {
		m.asked = true
		m.at = i
		return false
	}
	return m.leave(next)
}

// leave ends the page, if there is something in that direction. Going back takes
// no right answers.
func (m *model) leave(to move) bool {
	if to == back && m.page.first {
		return false
	}
	m.move = to
	return true
}

func (m *model) current() *question {
	visible := m.page.visible()
	return visible[min(m.at, len(visible)-1)]
}

// View implements tea.Model. It draws the page, or what stays of it.
func (m *model) View() tea.View {
	switch {
	case m.aborted, m.move == back:
		return tea.NewView("")
	case m.move == next:
		return tea.NewView(strings.Join(broken(m.page.summary(), m.width), "\n") + "\n")
	}
	lines, from, to := m.lines()
	return tea.NewView(strings.Join(fit(lines, from, to, m.height-1), "\n"))
}
