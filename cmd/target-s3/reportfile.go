package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"target-s3/singer/printable"
	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/journal"
	"target-s3/target/report"
	"target-s3/target/store"
)

// reportFile is the file of --report. It is there when the run has ended and says
// what the run did; during the run, and after a crash, there is none.
type reportFile struct {
	wholeFile
	objects  *os.File // where the document's objects wait
	document *report.Document
	run      report.Run
}

// openReport removes the report of the run before: what is there says what this run
// did, or nothing.
func openReport(name string, stdout io.Writer) (*reportFile, error) {
	r := &reportFile{wholeFile: wholeFile{flag: "--report", what: "report", name: name}}
	if err := r.open(stdout); err != nil {
		return nil, err
	}
	err := removeIfThere(r.path)
	if err == nil {
		r.objects, err = os.OpenFile(r.waiting(), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	}
	if err != nil {
		_ = r.close()
		return nil, &usageError{r.named(err)}
	}
	r.document = report.NewDocument(r.objects)
	r.run.Started = time.Now()
	return r, nil
}

func (r *reportFile) waiting() string { return r.path + ".objects" }

// begin notes what the settings say.
func (r *reportFile) begin(c config.Config) error {
	settings, err := config.Encode(c, false)
	r.run.Version, r.run.RunID, r.run.Settings = buildVersion(), c.RunID, settings
	return err
}

// recovered tells of a commit that another run has made and this one finished, or
// found finished.
func (r *reportFile) recovered(j *journal.Journal, s store.Store) {
	e := target.Checkpoint{State: j.State()}
	for _, o := range j.Objects() {
		e.Objects = append(e.Objects, target.Object{
			Key: o.Key, Location: s.Location(o.Key), Table: o.Table, Version: o.Version, Rows: o.Rows, Bytes: o.Size, Sums: store.Sums{CRC32C: o.CRC32C},
		})
	}
	r.document.Tell(e)
}

// end writes the report of a run that ended with an error, or nil, and returns how
// it ends now. Of wrong usage there is no report: nothing was read.
func (r *reportFile) end(err error) error {
	defer func() {
		_ = r.objects.Close()
		_ = os.Remove(r.waiting())
		_ = r.close()
	}()
	r.run.Ended, r.run.Err, r.run.ExitCode = time.Now(), err, exitCode(err)
	if r.run.ExitCode == exitUsage {
		return err
	}
	r.run.Status = endStatus(r.run.ExitCode)
	failure := r.replace(func(w io.Writer) error { return r.document.Write(w, r.run) })
	switch {
	case failure == nil:
		return err
	case err == nil:
		return fmt.Errorf("report to --report %s: %w. The load itself succeeded, its state was written, and running again is safe",
			printable.Line(r.name), printable.Error(failure))
	}
	return errors.Join(err, fmt.Errorf("report to --report %s: %w", printable.Line(r.name), printable.Error(failure)))
}

// endStatus is an exit code in a word.
func endStatus(code int) string {
	switch {
	case code == 0:
		return "succeeded"
	case code == exitRejected:
		return "rejected"
	case code == exitFinished:
		return "finished"
	case code > exitSignal:
		return "interrupted"
	}
	return "failed"
}
