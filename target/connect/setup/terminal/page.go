package terminal

import (
	"context"
	"strings"

	"target-s3/singer/printable"
	"target-s3/target/connect/setup"
)

// page is what is asked at once.
type page struct {
	place     string // such as "step 2 of 6"
	title     string
	text      string
	notes     []string
	questions []*question
	sample    func() string // what follows from the answers so far; nil: nothing
	below     []string      // a table that explains
	first     bool          // there is no way back
	choice    bool          // of what is done next; else answers that are right
	sudden    bool          // nobody can have answered it before it was shown
}

// question is a field to fill in, or a choice.
type question struct {
	label, help string
	choices     []setup.Choice // none: any text
	value       string
	// put takes the answer, right or wrong, and returns what is wrong with it.
	// It is called with each character that is typed.
	put   func(string) error
	warn  func(string) string // what deserves a second look; nil: nothing
	asked func() bool         // nil: always

	problem error // of value
	warned  bool  // the person was told, and stays with it
}

// answer stores an answer and what is wrong with it.
func (q *question) answer(text string) {
	q.warned = q.warned && text == q.value
	q.value = text
	q.problem = nil
	if q.put != nil {
		q.problem = q.put(text)
	}
}

// warning is what the person was not told yet.
func (q *question) warning() string {
	if q.warn == nil || q.warned || q.problem != nil {
		return ""
	}
	return q.warn(q.value)
}

// chosen is the index of the answer among the choices.
func (q *question) chosen() int {
	for i, c := range q.choices {
		if c.Value == q.value {
			return i
		}
	}
	return 0
}

// show is the answer as a person would say it.
func (q *question) show() string {
	if len(q.choices) > 0 {
		return q.choices[q.chosen()].Label
	}
	return printable.Line(setup.Trim(q.value))
}

// visible are the questions that matter with the answers so far.
func (p *page) visible() (questions []*question) {
	for _, q := range p.questions {
		if q.asked == nil || q.asked() {
			questions = append(questions, q)
		}
	}
	return questions
}

// begin answers each question with what it begins with, which may be wrong.
func (p *page) begin() {
	for _, q := range p.questions {
		if len(q.choices) > 0 {
			q.value = q.choices[q.chosen()].Value
		}
		q.answer(q.value)
	}
}

// wrong is the index of the first visible question whose answer is refused, or -1.
func (p *page) wrong() int {
	for i, q := range p.visible() {
		if q.problem != nil {
			return i
		}
	}
	return -1
}

// summary is what stays on the screen of a page that has been answered. What is
// to be done next has not been done yet, and may fail.
func (p *page) summary() string {
	mark := "✓ "
	if p.choice {
		mark = "→ "
	}
	return mark + p.answers()
}

func (p *page) answers() string {
	var answers []string
	for _, q := range p.visible() {
		if text := q.show(); text != "" {
			answers = append(answers, text)
		}
	}
	if len(answers) == 0 {
		return p.title + ": –"
	}
	return p.title + ": " + strings.Join(answers, ", ")
}

// move is where a person wants to go.
type move int

const (
	next move = 1
	back move = -1
)

// asker shows pages and takes the answers.
type asker interface {
	// ask returns when the page is answered, with no problem left, or the person
	// wants to go back. Its error is errAborted where they want to leave.
	ask(ctx context.Context, p *page) (move, error)
}
