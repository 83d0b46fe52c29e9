package check

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"

	"target-s3/singer/printable"
	"target-s3/target/config"
)

// Report prints the results of one run: lines as they come, or one JSON document at
// the end.
type Report struct {
	w      io.Writer
	asJSON bool
	err    error // of the first write that failed
	doc    document
	failed int
}

// document is the JSON document.
type document struct {
	OK          bool     `json:"ok"`
	Name        string   `json:"display_name,omitempty"`
	Description string   `json:"description,omitempty"`
	Bucket      string   `json:"bucket"`
	Checks      []Result `json:"checks"`
}

// NewReport begins a report about settings.
func NewReport(w io.Writer, asJSON bool, c config.Config) *Report {
	r := &Report{w: w, asJSON: asJSON, doc: document{
		Name: c.DisplayName, Description: c.Description, Bucket: c.S3Bucket, Checks: []Result{},
	}}
	switch {
	case c.DisplayName != "" && c.Description != "":
		r.line("%s – %s", c.DisplayName, c.Description)
	case c.DisplayName != "" || c.Description != "":
		r.line("%s%s", c.DisplayName, c.Description)
	}
	return r
}

// line prints one line, whatever a setting has in it.
func (r *Report) line(format string, args ...any) {
	if r.asJSON || r.err != nil {
		return
	}
	_, r.err = io.WriteString(r.w, printable.Line(fmt.Sprintf(format, args...))+"\n")
}

// Add takes a result.
func (r *Report) Add(v Result) {
	r.doc.Checks = append(r.doc.Checks, v)
	if v.Outcome == Failed {
		r.failed++
	}
	if !r.asJSON && r.err == nil {
		r.err = Printer{W: r.w, Names: true}.Print(v)
	}
}

// Refuse takes what is wrong with the settings, where that is so much that nothing
// can be tried.
func (r *Report) Refuse(wrong config.Errors) {
	for _, e := range wrong {
		r.Add(Result{
			Name: Settings, Title: cmp.Or(e.Setting, "Settings"), Outcome: Failed, Detail: e.Error(),
			Fix: "Correct the setting; target-s3 --about lists all of them",
		})
	}
}

// End prints what can be said about all results together.
func (r *Report) End(ok bool) error {
	r.doc.OK = ok
	if r.asJSON {
		e := json.NewEncoder(r.w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(r.doc)
	}
	if ok {
		r.line("Ready to load into %s.", r.doc.Bucket)
	} else {
		r.line("%d of %d checks failed.", r.failed, len(r.doc.Checks))
	}
	return r.err
}
