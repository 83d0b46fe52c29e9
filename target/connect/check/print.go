package check

import (
	"fmt"
	"io"

	"target-s3/singer/printable"
	"target-s3/target/s3store"
)

// Mark is how an outcome is shown in front of a line.
func (o Outcome) Mark() string {
	switch o {
	case OK:
		return "✓"
	case Failed:
		return "✗"
	}
	return "-"
}

// Remedy is something that can be created to mend what a check has found.
type Remedy string

// The remedies.
const (
	CreateBucket        Remedy = "bucket"
	CreateChallengeFile Remedy = "challenge"
)

// Remedy is what would mend a check that failed; empty: a person has to.
func (r Result) Remedy() Remedy {
	switch {
	case r.Outcome != Failed:
	case r.Name == Bucket && r.Code == s3store.CodeNoSuchBucket:
		return CreateBucket
	case r.Name == ChallengeFile:
		return CreateChallengeFile
	}
	return ""
}

// Printer prints results as they come: a line each, and below it what is wrong and
// how to mend it.
type Printer struct {
	W io.Writer
	// Names puts the name of each check into its line, and below those that failed
	// why they are made. Otherwise the line has the title.
	Names bool
	// Hang breaks a text into lines that begin below the end of its beginning. Nil:
	// it is one line.
	Hang func(begin, text string) string
}

// Print prints one result.
func (p Printer) Print(r Result) error {
	lines := []string{p.line(r)}
	more := func(label, text string) {
		if text != "" {
			lines = append(lines, p.hang(fmt.Sprintf("    %-5s ", label+":"), text))
		}
	}
	if r.Outcome == Failed {
		more("what", r.Detail)
		more("code", r.Code)
	}
	more("fix", r.Fix)
	if r.Outcome == Failed && p.Names {
		more("why", r.Why)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(p.W, line); err != nil {
			return err
		}
	}
	return nil
}

// line is the first one. What is wrong is below it.
func (p Printer) line(r Result) string {
	mark, title, detail := r.Outcome.Mark(), printable.Line(r.Title), printable.Line(r.Detail)
	switch {
	case p.Names && r.Outcome == Failed:
		return fmt.Sprintf("%s %-18s  %s", mark, r.Name, title)
	case p.Names:
		return fmt.Sprintf("%s %-18s  %s", mark, r.Name, detail)
	case r.Outcome == Failed:
		return mark + " " + title
	}
	begin := fmt.Sprintf("%s %-28s ", mark, title)
	if line := p.hang(begin, detail); line == begin+detail {
		return line
	}
	return mark + " " + title + "\n" + p.hang("    ", detail)
}

func (p Printer) hang(begin, text string) string {
	text = printable.Line(text)
	if p.Hang == nil {
		return begin + text
	}
	return p.Hang(begin, text)
}
