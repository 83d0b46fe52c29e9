package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/spf13/cobra"

	"target-s3/singer/printable"
	"target-s3/target/config"
	"target-s3/target/connect/check"
)

const checkLong = `Verifies by real use that a load with these settings will work: settings, service,
clock, credentials, region, bucket, each privilege, conditional writes, encryption
and the challenge file. For each it prints a line: ✓ if all is well, ✗ with the S3
error code and how to fix it if not, - if it could not be tried or does not apply.

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
		report := check.NewReport(printable.NewWriter(p.stdout), f.json, config.Config{})
		report.Refuse(wrong)
		return reported(report.End(false), wrong)
	}
	if err != nil {
		return err
	}
	tellNotices(p, notices)

	ctx, stop := untilSignal(ctx, p, func(s syscall.Signal) error { return &signalError{signal: s} })
	report := check.NewReport(printable.NewWriter(p.stdout), f.json, c)
	ok := check.Run(ctx, check.Options{Config: c}, report.Add)
	if s := stop(); s != 0 {
		fmt.Fprintf(p.stderr, "target-s3: check ended by signal %d (%v)\n", int(s), s)
		return &reportedError{&signalError{signal: s}}
	}
	if err := report.End(ok); err != nil || ok {
		return reported(err, nil)
	}
	return reported(nil, errCheckFailed)
}

// reported is the failure that a report has told, or the one of writing it.
func reported(err, failure error) error {
	switch {
	case err != nil:
		return fmt.Errorf("check: %w", err)
	case failure != nil:
		return &reportedError{failure}
	}
	return nil
}
