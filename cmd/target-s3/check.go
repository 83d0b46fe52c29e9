package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/spf13/cobra"

	"target-s3/singer/printable"
	"target-s3/target/config"
	"target-s3/target/connect/check"
)

const checkLong = `Verifies by real use that a load with these settings will work: settings, service,
clock, credentials, region, bucket, each privilege, conditional writes, encryption
and the challenge file. For each it prints a line: ✓ if all is well, ✗ with the S3
error code and how to mend it if not, - if it could not be tried or does not apply.

It needs the privileges of a load and no others, and writes no object unless it may
delete it again. What a service refuses to remove is named.

Exit codes: 0 nothing failed; 1 a check failed; 2 wrong usage or settings; 129,
130 and 143 ended by SIGHUP, SIGINT or SIGTERM.`

const checkExample = `  target-s3 check --config config.json
  target-s3 check --config config.json --json | jq '.checks[] | select(.outcome == "failed")'`

// checkFlags are the options of the command check.
type checkFlags struct {
	configs []string
	json    bool
}

// checkCommand is the command that verifies settings.
func checkCommand(p process) *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use: "check", Short: "Verify bucket, permissions and challenge file", Long: checkLong, Example: checkExample,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return runCheck(cmd.Context(), p, f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	configFlag(cmd, &f.configs)
	flags.BoolVar(&f.json, "json", false, "print one JSON document instead of lines")
	return cmd
}

// errCheckFailed is the exit code; what failed has been said.
var errCheckFailed = errors.New("a check failed")

func runCheck(ctx context.Context, p process, f checkFlags) error {
	c, notices, err := settings(p, f.configs)
	var wrong config.Errors
	if errors.As(err, &wrong) {
		return reportSettings(printable.NewWriter(p.stdout), f.json, wrong)
	}
	if err != nil {
		return err
	}
	tellNotices(p, notices)

	ctx, stop := untilSignal(ctx, p, func(s syscall.Signal) error { return &signalError{s} })
	report := newReport(printable.NewWriter(p.stdout), f.json, c)
	ok := check.Run(ctx, check.Options{Config: c}, report.add)
	if s := stop(); s != 0 {
		fmt.Fprintf(p.stderr, "target-s3: check ended by signal %d (%v)\n", int(s), s)
		return &reportedError{&signalError{s}}
	}
	if err := report.end(ok); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	if !ok {
		return &reportedError{errCheckFailed}
	}
	return nil
}

// reportSettings says what is wrong with the settings, where that is so much
// that there is nothing to try.
func reportSettings(w io.Writer, asJSON bool, wrong config.Errors) error {
	report := newReport(w, asJSON, config.Config{})
	for _, e := range wrong {
		report.add(check.Result{
			Name: check.Settings, Title: cmp.Or(e.Setting, "Settings"), Outcome: check.Failed, Detail: e.Error(),
			Fix: "Correct the setting; target-s3 --about lists all of them",
		})
	}
	if err := report.end(false); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	return &reportedError{wrong}
}

// report prints results: lines as they come, or a document at the end.
type report struct {
	w      io.Writer
	asJSON bool
	err    error // of the first write that failed

	doc    document
	failed int
}

// document is what --json prints.
type document struct {
	OK          bool           `json:"ok"`
	Name        string         `json:"display_name,omitempty"`
	Description string         `json:"description,omitempty"`
	Bucket      string         `json:"bucket"`
	Checks      []check.Result `json:"checks"`
}

func newReport(w io.Writer, asJSON bool, c config.Config) *report {
	r := &report{w: w, asJSON: asJSON, doc: document{
		Name: c.DisplayName, Description: c.Description, Bucket: c.S3Bucket, Checks: []check.Result{},
	}}
	switch {
	case c.DisplayName != "" && c.Description != "":
		r.line("%s – %s", c.DisplayName, c.Description)
	case c.DisplayName != "" || c.Description != "":
		r.line("%s%s", c.DisplayName, c.Description)
	}
	return r
}

// line prints one line, whatever a setting or an answer has in it.
func (r *report) line(format string, args ...any) {
	if r.asJSON || r.err != nil {
		return
	}
	_, r.err = io.WriteString(r.w, printable.Line(fmt.Sprintf(format, args...))+"\n")
}

var marks = map[check.Outcome]string{check.OK: "✓", check.Failed: "✗", check.Skipped: "-"}

func (r *report) add(v check.Result) {
	r.doc.Checks = append(r.doc.Checks, v)
	first := v.Detail
	if v.Outcome == check.Failed {
		r.failed++
		first = v.Title
	}
	r.line("%s %-18s  %s", marks[v.Outcome], v.Name, first)
	if v.Outcome == check.Failed {
		r.more("what", v.Detail)
		r.more("code", v.Code)
	}
	r.more("fix", v.Fix)
	if v.Outcome == check.Failed {
		r.more("why", v.Why)
	}
}

// more prints a line that belongs to the one before.
func (r *report) more(label, text string) {
	if text != "" {
		r.line("    %-5s %s", label+":", text)
	}
}

// end prints what there is to say about all of them.
func (r *report) end(ok bool) error {
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
