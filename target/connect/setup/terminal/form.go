package terminal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"target-s3/singer/printable"
	"target-s3/target/connect/setup/terminal/tty"
)

// form is the asker for a terminal that can move its cursor.
type form struct {
	terminal *tty.Terminal
	out      io.Writer // the same
	noColor  bool
}

func (f *form) ask(ctx context.Context, p *page) (move, error) {
	p.begin()
	m := newModel(p)
	m.noColor = f.noColor
	err := f.show(ctx, m)
	switch {
	case errors.Is(err, io.EOF), err == nil && m.aborted:
		return 0, ErrAborted
	case err != nil:
		return 0, err
	case m.move == next:
		for _, line := range broken(p.summary(), m.width) {
			fmt.Fprintln(f.out, printable.Line(line))
		}
	}
	return m.move, nil
}

// show has the terminal until the page is left.
func (f *form) show(ctx context.Context, m *model) (err error) {
	// Also where it panics, or it would be left raw.
	defer func() { err = cmp.Or(err, f.terminal.Close()) }()
	if err := f.terminal.Open(); err != nil {
		return err
	}
	if m.page.sudden {
		if err := f.terminal.Forget(); err != nil {
			return err
		}
	}
	for !m.left() {
		m.width, m.height = f.terminal.Size()
		if !f.terminal.More() {
			if err := f.terminal.Draw(m.view()); err != nil {
				return err
			}
		}
		key, err := f.terminal.Key(ctx)
		if err != nil {
			return err
		}
		m.update(key)
	}
	return nil
}

// model is a page on the screen.
type model struct {
	page    *page
	inputs  map[*question]*text // of the questions that take a text
	at      int                 // which of the visible questions has the keyboard
	asked   bool                // the page was to be left with an answer missing
	unsure  *question           // whose warning has stopped the person
	width   int
	height  int
	noColor bool

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

// left reports whether there is nothing more to ask.
func (m *model) left() bool { return m.aborted || m.move != 0 }

// update acts upon a key.
func (m *model) update(k tty.Key) {
	m.press(k)
	if !m.left() && !m.steers(k) {
		m.typed(k)
	}
}

// typed hands a key to the text that has the keyboard, and lets the answer be
// checked as it is then.
func (m *model) typed(k tty.Key) {
	q := m.current()
	input, ok := m.inputs[q]
	if !ok {
		return
	}
	input.press(k)
	if text := input.String(); text != q.value {
		q.answer(text)
		m.unsure = nil
	}
}

// steers reports whether a key moves about instead of typing.
func (m *model) steers(k tty.Key) bool {
	switch k.Name {
	case "enter", "tab", "shift+tab", "esc", "up", "down":
		return true
	}
	return len(m.current().choices) > 0
}

// press acts upon a key that does not type.
func (m *model) press(k tty.Key) {
	q := m.current()
	switch k.Name {
	case "ctrl+c":
		m.aborted = true
	case "enter", "tab":
		m.forward()
	case "shift+tab":
		if m.at > 0 {
			m.at--
			return
		}
		m.leave(back)
	case "esc":
		m.leave(back)
	case "up", "left":
		m.step(q, k, -1)
	case "down", "right":
		m.step(q, k, 1)
	}
}

// step goes to the choice before or after, or from text to text.
func (m *model) step(q *question, k tty.Key, by int) {
	if n := len(q.choices); n > 0 {
		q.answer(q.choices[min(max(q.chosen()+by, 0), n-1)].Value)
		return
	}
	if s := k.Name; s == "up" || s == "down" {
		m.at = min(max(m.at+by, 0), len(m.page.visible())-1)
	}
}

// forward goes to the next question, or on from the last one where no answer is
// refused.
func (m *model) forward() {
	if m.current().problem != nil {
		m.asked = true
		return
	}
	if q := m.current(); q.warning() != "" {
		if m.unsure != q {
			m.unsure = q
			return
		}
		q.warned, m.unsure = true, nil
	}
	if m.at < len(m.page.visible())-1 {
		m.at++
		return
	}
	if i := m.page.wrong(); i >= 0 {
		m.asked = true
		m.at = i
		return
	}
	m.leave(next)
}

// leave ends the page, if there is something in that direction. Going back takes
// no right answers.
func (m *model) leave(to move) {
	if to == back && m.page.first {
		return
	}
	m.move = to
}

func (m *model) current() *question {
	visible := m.page.visible()
	return visible[min(m.at, len(visible)-1)]
}

// view is the page, as far as there is room.
func (m *model) view() []string {
	lines, focus := m.lines()
	return fit(lines, focus, m.height-1)
}
