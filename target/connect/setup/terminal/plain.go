package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"target-s3/singer/printable"
	"target-s3/target/connect/setup"
)

// plain is the asker for screen readers and for terminals that only print: one
// question after the other.
type plain struct {
	in  *bufio.Reader
	out io.Writer
}

func (a *plain) ask(ctx context.Context, p *page) (move, error) {
	p.begin()
	fmt.Fprintf(a.out, "\n%s", p.title)
	if p.place != "" {
		fmt.Fprintf(a.out, " (%s)", p.place)
	}
	fmt.Fprintf(a.out, "\n%s", prose(p.text))
	for _, note := range p.notes {
		fmt.Fprint(a.out, prose(note))
	}
	fmt.Fprint(a.out, "Enter takes what is in brackets, \"\" empties it, < goes back.\n")
	for _, line := range p.below {
		fmt.Fprintln(a.out, line)
	}
	for i := 0; i < len(p.visible()); {
		m, err := a.question(ctx, p.visible()[i])
		if err != nil {
			return 0, err
		}
		if i += int(m); i < 0 && !p.first {
			return back, nil
		}
		i = max(i, 0)
	}
	if p.sample != nil {
		fmt.Fprint(a.out, prose(p.sample()))
	}
	return next, nil
}

// question asks until there is an answer that is not refused.
func (a *plain) question(ctx context.Context, q *question) (move, error) {
	for {
		a.prompt(q)
		line, err := a.line(ctx)
		if err != nil {
			return 0, err
		}
		if line == "<" {
			return back, nil
		}
		wrong := q.take(line)
		for _, line := range setup.Lines(wrong) {
			fmt.Fprintln(a.out, hang("✗ ", line, columns-1))
		}
		if warning := q.warning(); warning != "" {
			fmt.Fprintln(a.out, hang("! ", warning+". Enter keeps it.", columns-1))
			q.warned = true
			continue
		}
		if wrong == nil {
			return next, nil
		}
	}
}

func (a *plain) prompt(q *question) {
	if q.help != "" {
		fmt.Fprint(a.out, prose(q.help))
	}
	if len(q.choices) == 0 {
		fmt.Fprintf(a.out, "%s [%s]: ", q.label, printable.Line(q.value))
		return
	}
	for i, c := range q.choices {
		fmt.Fprintf(a.out, "%d  %s\n", i+1, c.Label)
	}
	fmt.Fprintf(a.out, "%s [%d]: ", strings.TrimSpace(q.label+" number"), q.chosen()+1)
}

// take understands what was typed as an answer.
func (q *question) take(line string) error {
	switch {
	case line == "":
		return q.problem // of what is in brackets
	case len(q.choices) > 0:
		n, err := strconv.Atoi(line)
		if err != nil || n < 1 || n > len(q.choices) {
			return fmt.Errorf("must be one of the numbers 1 to %d", len(q.choices))
		}
		line = q.choices[n-1].Value
	case line == `""`:
		line = ""
	}
	q.answer(line)
	return q.problem
}

// line reads a line, and gives up when ctx ends. The read is left behind then:
// there is no way to call it off, and the process is about to end.
func (a *plain) line(ctx context.Context) (string, error) {
	type read struct {
		line string
		err  error
	}
	lines := make(chan read, 1)
	go func() {
		line, err := a.in.ReadString('\n')
		lines <- read{line, err}
	}()
	select {
	case r := <-lines:
		if errors.Is(r.err, io.EOF) {
			return "", ErrAborted
		}
		return setup.Trim(r.line), r.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
