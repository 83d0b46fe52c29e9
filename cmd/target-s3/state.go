package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"target-s3/singer"
	"target-s3/target/config"
	"target-s3/target/connect"
	"target-s3/target/report"
)

const stateLong = `Prints the state of the pipeline that the setting exactly_once names: what to give
to the tap. It is {} if nothing has been loaded yet. If a load crashed inside a
commit, that commit is finished first.

With --give-up a commit that cannot be finished, because its uploads are gone, is
dropped. The pipeline then returns to the state before it.

Exit codes: 0 the state was printed; 1 failed; 2 wrong usage or settings; 129, 130
and 143 ended by SIGHUP, SIGINT or SIGTERM. Running again is always safe.`

const stateExample = `  target-s3 state --config config.json > state.json
  tap-postgres --config tap.json --state state.json | target-s3 --config config.json`

// stateFlags are the options of the command state.
type stateFlags struct {
	configs []string
	giveUp  bool
}

// stateCommand is the command that prints a pipeline's state.
func stateCommand(p process) *cobra.Command {
	var f stateFlags
	cmd := &cobra.Command{
		Use: "state", Short: "Finish what a crash left, and print the pipeline's state", Long: stateLong, Example: stateExample,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return runState(cmd.Context(), p, f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	configFlag(cmd, &f.configs)
	flags.BoolVar(&f.giveUp, "give-up", false, "drop a commit that cannot be finished")
	return cmd
}

func runState(ctx context.Context, p process, f stateFlags) error {
	c, notices, err := settings(p, f.configs)
	if err != nil {
		return err
	}
	if c.ExactlyOnce == "" {
		return &usageError{errNoPipeline}
	}
	tellNotices(p, notices)

	ctx, stop := untilSignal(ctx, p, func(s syscall.Signal) error { return &signalError{signal: s} })
	state, err := bucketState(ctx, p, f, c)
	if s := stop(); s != 0 && err != nil {
		fmt.Fprintf(p.stderr, "target-s3: state ended by signal %d (%v)\n", int(s), s)
		return &reportedError{&signalError{signal: s}}
	}
	if err != nil {
		return blame(p, f.configs, err)
	}
	return singer.NewStateWriter(stateWriter(p.stdout)).Write(state)
}

// bucketState finishes what is open, and returns the state that the bucket has. It
// is written when the journal says that all is done: should that fail, it can be
// asked for again.
func bucketState(ctx context.Context, p process, f stateFlags, c config.Config) ([]byte, error) {
	limitMemory(p.getenv, c)
	log := report.NewLogger(p.stderr, c, os.Getpid())
	bucket, closeStore, err := connect.Open(ctx, c, log)
	if err != nil {
		return nil, err
	}
	defer closeStore()
	if err := connect.Try(ctx, bucket, c); err != nil {
		return nil, err
	}
	j, err := readJournal(ctx, bucket, c, "")
	if err != nil {
		return nil, err
	}
	switch {
	case j.IsOpen() && f.giveUp:
		err = j.GiveUp(ctx, func([]byte) error { return nil })
	case j.IsOpen():
		err = finish(ctx, j, io.Discard, log)
	}
	if j.State() == nil {
		return []byte("{}"), err
	}
	return j.State(), err
}
