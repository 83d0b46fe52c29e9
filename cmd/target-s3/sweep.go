package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"target-s3/singer/printable"
	"target-s3/target/connect"
)

const sweepLong = `Aborts the uploads that crashed loads left behind: their parts are in no listing of
objects, and are paid for until somebody aborts them. On a folder it removes the
hidden .part files. It touches only those whose key begins like the keys of these
settings, and which are older than --older-than. It never touches what the open journal
of a load with exactly_once names. It prints a line for each upload.

A load that runs keeps its uploads open from one checkpoint to the next: --older-than
must be longer than that.

On S3 it needs more than a load does: s3:ListBucketMultipartUploads and
s3:AbortMultipartUpload. target-s3 policy --sweep prints the policy with both.

Exit codes: 0 all were aborted; 1 not all; 2 wrong usage or settings; 129, 130 and
143 ended by SIGHUP, SIGINT or SIGTERM.`

const sweepExample = `  target-s3 sweep --config config.json --dry-run
  target-s3 sweep --config config.json --older-than 72h`

// sweepFlags are the options of the command sweep.
type sweepFlags struct {
	configs   []string
	olderThan string
	dryRun    bool
}

// sweepCommand is the command that removes what crashed loads left behind.
func sweepCommand(p process) *cobra.Command {
	var f sweepFlags
	cmd := &cobra.Command{
		Use: "sweep", Short: "Abort uploads that crashed loads left behind", Long: sweepLong, Example: sweepExample,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return runSweep(cmd.Context(), p, f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	configFlag(cmd, &f.configs)
	flags.StringVar(&f.olderThan, "older-than", "24h", "abort uploads that are older than this `DURATION`, such as 24h or 90m")
	flags.BoolVar(&f.dryRun, "dry-run", false, "list them, and abort nothing")
	return cmd
}

func runSweep(ctx context.Context, p process, f sweepFlags) error {
	olderThan, err := time.ParseDuration(f.olderThan)
	if err != nil || olderThan < 0 {
		return &usageError{fmt.Errorf("--older-than %q: must be a duration such as 24h or 90m", f.olderThan)}
	}
	c, notices, err := settings(p, f.configs)
	if err != nil {
		return err
	}
	tellNotices(p, notices)
	ctx, stop := untilSignal(ctx, p, func(s syscall.Signal) error { return &signalError{signal: s} })
	swept, err := func() (connect.Swept, error) {
		bucket, closeStore, err := connect.Open(ctx, c, slog.New(slog.DiscardHandler))
		if err != nil {
			return connect.Swept{}, err
		}
		defer closeStore()
		sweep := connect.Sweep{Store: bucket, Config: c, OlderThan: olderThan, DryRun: f.dryRun, Now: time.Now()}
		out := printable.NewWriter(p.stdout)
		return sweep.Run(ctx, func(l connect.Leftover) { printLeftover(out, l, bucket.Location(l.Key), f.dryRun) })
	}()
	if s := stop(); s != 0 {
		fmt.Fprintf(p.stderr, "target-s3: sweep ended by signal %d (%v)\n", int(s), s)
		return &reportedError{&signalError{signal: s}}
	}
	switch {
	case errors.Is(err, connect.ErrNoBeginning):
		return &usageError{err}
	case err != nil:
		return blame(p, f.configs, fmt.Errorf("sweep: %w", err))
	}
	if _, err := io.WriteString(p.stdout, sweepSummary(swept, f)); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	if swept.Failed > 0 {
		return fmt.Errorf("sweep: %d of %d uploads could not be aborted", swept.Failed, swept.Failed+swept.Aborted)
	}
	return nil
}

// printLeftover is the line of one upload.
func printLeftover(w io.Writer, l connect.Leftover, place string, dryRun bool) {
	what, note := "aborted", ""
	switch {
	case l.Err != nil:
		what, note = "failed", ": "+l.Err.Error()
	case l.Kept:
		what, note = "kept", ": an open journal names it, and the next load completes it"
	case dryRun:
		what = "found"
	}
	line := fmt.Sprintf("%-7s  %s  age %s  upload %s%s", what, place, age(l.Age), l.Upload, note)
	fmt.Fprintln(w, printable.Line(line)) // a failure shows in the summary, which is checked
}

// age is a duration as people say it, to the hour or the minute.
func age(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= 2*day {
		return fmt.Sprintf("%dd%dh", d/day, d%day/time.Hour)
	}
	return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
}

func sweepSummary(swept connect.Swept, f sweepFlags) string {
	verb := "aborted"
	if f.dryRun {
		verb = "to abort"
	}
	text := fmt.Sprintf("%s %s", count(swept.Aborted, "upload"), verb)
	if swept.Failed > 0 {
		text += fmt.Sprintf(", %d could not be aborted", swept.Failed)
	}
	if swept.Kept > 0 {
		text += fmt.Sprintf(", %d kept for open journals", swept.Kept)
	}
	if swept.Young > 0 {
		text += fmt.Sprintf(", %d not older than %s", swept.Young, f.olderThan)
	}
	return text + ".\n"
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
