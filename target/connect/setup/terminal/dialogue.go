package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"target-s3/singer/printable"
	"target-s3/target/config"
	"target-s3/target/connect"
	"target-s3/target/connect/setup"
	"target-s3/target/connect/setup/terminal/tty"
	"target-s3/target/objectkey"
)

// ErrAborted says that the person left before anything was saved.
var ErrAborted = errors.New("setup was left, nothing was saved")

// Options are what Run works with.
type Options struct {
	Form    *setup.Form
	Actions connect.Actions
	In      *os.File // the terminal
	Out     *os.File // the same
	NoColor bool
	Plain   bool // print questions, and never move the cursor
	Now     func() time.Time

	Principal   string // whom the bucket is to let in, to begin with
	SaveAs      string // file to save to, to begin with
	Overwrite   bool   // without asking
	WithSecrets bool   // without asking
}

// Run asks for everything, and returns the file that was saved. Where the person
// leaves before that, the error is ErrAborted, and where ctx ends, its cause.
func Run(ctx context.Context, o Options) (saved string, err error) {
	d := &dialogue{Options: o, ask: &form{terminal: tty.New(o.In, o.Out), out: o.Out, noColor: o.NoColor}}
	if o.Plain {
		d.ask = &plain{in: bufio.NewReader(o.In), out: o.Out}
	}
	if err := d.run(ctx); err != nil {
		d.sayWhatStays()
		return "", err
	}
	return d.SaveAs, nil
}

// dialogue is one run of the form.
type dialogue struct {
	Options
	ask asker

	config  config.Config // of the answers, once they are complete
	granted string        // what was last printed to grant access
	made    []string      // what this run has made in the service
	heading move          // the direction in which a stage was entered
	secrets bool          // to be saved
}

// stage is a part of the dialogue that can be gone back to.
type stage func(context.Context) (move, error)

// restart goes from any stage to the first.
const restart move = -100

func (d *dialogue) run(ctx context.Context) error {
	fmt.Fprintf(d.Out, "%s\n\n", intro)
	var stages []stage
	for i, step := range setup.Steps() {
		stages = append(stages, func(ctx context.Context) (move, error) { return d.step(ctx, i, step) })
	}
	stages = append(stages, d.complete, d.principal, d.grant, d.check, d.keepSecrets, d.save)
	d.heading = next
	for i := 0; i < len(stages); {
		m, err := stages[i](ctx)
		if err != nil {
			return err
		}
		d.heading = max(back, min(next, m))
		i = max(0, i+int(m))
	}
	return nil
}

const intro = "This connects a bucket: it asks where the files go and how, shows how to grant\n" +
	"access, checks it, and saves the settings. Nothing is saved before the end."

// step asks the fields of a step of the form.
func (d *dialogue) step(ctx context.Context, i int, step setup.Step) (move, error) {
	p := &page{place: place(i), title: step.Title, text: step.Text, first: i == 0}
	for _, field := range step.Fields {
		value := d.Form.Text(field.Setting)
		p.questions = append(p.questions, &question{
			label: field.Label, help: field.Help, choices: withValue(field.Choices, value), value: value,
			put:   func(text string) error { return d.Form.Put(field.Setting, text) },
			warn:  func(text string) string { return d.Form.Warn(field.Setting, text) },
			asked: func() bool { return d.Form.Asks(field) },
		})
		switch field.Setting {
		case "s3_key_format_string":
			p.sample, p.below = d.sample, elements()
		case "s3_bucket":
			p.notes = d.Form.Notes()
		}
	}
	return d.ask.ask(ctx, p)
}

// withValue has the value that a setting has among its choices, so that looking
// at a page changes nothing.
func withValue(choices []setup.Choice, value string) []setup.Choice {
	if len(choices) == 0 || slices.ContainsFunc(choices, func(c setup.Choice) bool { return c.Value == value }) {
		return choices
	}
	return append(slices.Clone(choices), setup.Choice{Value: value, Label: printable.Line(value)})
}

// place says how far a person has come. Two parts come after the steps.
func place(i int) string {
	return fmt.Sprintf("step %d of %d", i+1, len(setup.Steps())+2)
}

// sample is a key that the answers so far make.
func (d *dialogue) sample() string {
	sample, err := d.Form.SampleKey(d.Now())
	if err != nil {
		sample = "–"
	}
	return "Sample: " + printable.Line(sample)
}

// elements are what the key can be made of.
func elements() (lines []string) {
	for _, e := range objectkey.Elements() {
		required := ""
		if e.Required {
			required = ", required"
		}
		lines = append(lines, fmt.Sprintf("%-19s %s%s", "["+e.Name+"]", e.Meaning, required))
	}
	return lines
}

// complete puts the answers together. What is wrong with all of them together is
// said, and leads back.
func (d *dialogue) complete(context.Context) (move, error) {
	if d.heading == back {
		return back, nil
	}
	c, err := d.Form.Config()
	if err != nil {
		fmt.Fprintln(d.Out, "These settings do not go together:")
		fail(d.Out, err)
		return back, nil
	}
	d.config = c
	return next, nil
}

// sayWhatStays names what was made before the person left: it is not lost.
func (d *dialogue) sayWhatStays() {
	for _, what := range d.made {
		fmt.Fprint(d.Out, prose(printable.Line(what)+" was made, and stays."))
	}
}

// choose asks one question with nothing to type.
func (d *dialogue) choose(ctx context.Context, p page, choices ...setup.Choice) (string, move, error) {
	q := &question{choices: choices}
	p.questions, p.choice = []*question{q}, true
	m, err := d.ask.ask(ctx, &p)
	return q.value, m, err
}
