package config

import (
	"fmt"
	"strings"

	"target-s3/singer/printable"
	"target-s3/target/pattern"
)

// FieldError is one problem with the settings.
type FieldError struct {
	Place   string // file:line:column or environment variable; empty where nothing was given
	Setting string // as it was written; empty if the document as a whole is wrong
	Value   string // as it can be shown: secrets masked, long texts cut; empty where there is none
	Problem string // what is wrong and what is accepted
}

// Error is one line: names and values may be anything.
func (e FieldError) Error() string {
	var b strings.Builder
	if e.Place != "" {
		b.WriteString(e.Place + ": ")
	}
	if e.Setting != "" {
		b.WriteString(e.Setting)
		if e.Value != "" {
			b.WriteString(" " + e.Value)
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Problem)
	return printable.Line(b.String())
}

// Errors are all problems that one Load has found; there is at least one.
type Errors []FieldError

func (e Errors) Error() string {
	if len(e) == 1 {
		return e[0].Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d problems with the settings:", len(e))
	for _, f := range e {
		b.WriteString("\n" + f.Error())
	}
	return b.String()
}

// Unwrap lets errors.As find the single problems.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, f := range e {
		errs[i] = f
	}
	return errs
}

// Notice is something about the settings that is worth a line in the log and
// does not stop the run.
type Notice struct {
	Place   string
	Setting string
	Text    string
}

func (n Notice) String() string { return FieldError{Place: n.Place, Problem: n.Text}.Error() }

// maxShown is the number of characters of a value that a message shows.
const maxShown = 120

var (
	userInfo = pattern.New(`(?s)(//|^[^/]*:).*@`)
	urlQuery = pattern.New(`(?s)(://[^?]*)\?.*`)
)

// show is a value as a message may have it. User and password in an address
// are masked, and so is its query, which signs where the address is presigned.
func (s Setting) show(text string, quote func(string) string) string {
	if s.Kind == SecretString {
		return mask
	}
	text = urlQuery.Regexp().ReplaceAllString(text, "${1}?"+mask) // first: masking users can take the // that it needs
	text = userInfo.Regexp().ReplaceAllString(text, "${1}"+mask+"@")
	if runes := []rune(text); len(runes) > maxShown {
		text = string(runes[:maxShown]) + "…"
	}
	return quote(text)
}
