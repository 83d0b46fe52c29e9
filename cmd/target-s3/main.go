// Command target-s3 loads the output of a Singer tap into Amazon S3.
//
//	tap-x | target-s3 --config config.json
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"syscall"

	"target-s3/target"
	"target-s3/target/config"
)

func main() {
	abortOnCrash()
	signals := make(chan os.Signal, 2)
	p := process{
		args: os.Args[1:], getenv: os.Getenv, environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		signals: signals, exit: os.Exit,
	}
	p.catch = sync.OnceFunc(func() {
		notifySignals(signals)
		dumpOnQuit(p)
	})
	ignoreBrokenPipes()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // it gets what net/http says of servers, in no form that was asked for
	os.Exit(execute(context.Background(), p))
}

// execute runs the program and returns the exit code.
func execute(ctx context.Context, p process) int { return exitCode(run(ctx, p)) }

// The exit codes are part of what users can rely on.
const (
	exitFailed   = 1
	exitUsage    = 2
	exitRejected = 3
	exitFinished = 75  // EX_TEMPFAIL
	exitSignal   = 128 // plus the signal's number
)

func exitCode(err error) int {
	var (
		usage    *usageError
		settings config.Errors
		rejected *target.TooManyRejected
		signaled *signalError
		left     *leftError
		finished *finishedError
		movedOn  *movedOnError
	)
	switch {
	case err == nil:
		return 0
	case errors.As(err, &signaled):
		return exitSignal + int(signaled.signal)
	case errors.As(err, &left):
		return exitSignal + int(left.signal)
	case errors.As(err, &usage), errors.As(err, &settings):
		return exitUsage
	case errors.As(err, &finished), errors.As(err, &movedOn):
		return exitFinished
	case errors.As(err, &rejected):
		return exitRejected
	}
	return exitFailed
}

// usageError is a command line that cannot be understood.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// reportedError has been told to the user.
type reportedError struct{ err error }

func (e *reportedError) Error() string { return e.err.Error() }
func (e *reportedError) Unwrap() error { return e.err }

// signalError says that a load was ended by a signal, after committing what had
// been read.
type signalError struct {
	signal  syscall.Signal
	covered bool // only what a STATE covers was committed
}

func (e *signalError) Error() string {
	upTo := ""
	if e.covered {
		upTo = ", up to its last STATE,"
	}
	return fmt.Sprintf("ended by signal %d (%v); what was read before%s is committed, and running again is safe", int(e.signal), e.signal, upTo)
}
