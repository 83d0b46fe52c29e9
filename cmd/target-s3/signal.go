package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// notifySignals asks for the signals that end the program, on the channel. One
// that hangs up is none of them where it was ignored from the start, by nohup.
func notifySignals(signals chan<- os.Signal) {
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
}

// ignoreBrokenPipes makes a write to a runner that is gone an error, to be reported
// after cleaning up, and not the end of the process.
func ignoreBrokenPipes() { signal.Ignore(syscall.SIGPIPE) }

// catchSignals keeps signals from ending the process at once. It is for commands that
// have something to finish: of the others a signal is the end, and Go's threads for
// signals take a twentieth of the time of one that prints and ends.
func (p process) catchSignals() {
	if p.catch != nil {
		p.catch()
	}
}

// dumpOnQuit has SIGQUIT print the stacks of all goroutines, as Go does, but not
// end with its exit code, 2, which says that nothing was read.
func dumpOnQuit(p process) {
	quit := make(chan os.Signal, 1)
	signal.Notify(quit, syscall.SIGQUIT)
	go func() {
		<-quit
		stacks := make([]byte, 16<<20)
		_, _ = p.stderr.Write(stacks[:runtime.Stack(stacks, true)])
		p.exit(exitSignal + int(syscall.SIGQUIT))
	}()
}

// sameSignal is how soon after the first one a signal is taken for the same:
// timeout(1) sends its own to the program, and then to the group that it is in.
const sameSignal = 100 * time.Millisecond

// watchSignals calls first at the first signal. At the second the process ends;
// one that hangs up is never the second, for the kernel sends it and then the
// shell. What it returns stops watching, waits for first to return, and says which
// signal came first, 0 if none did.
func watchSignals(p process, first func(syscall.Signal)) (ended func() syscall.Signal) {
	p.catchSignals()
	over := make(chan struct{})
	result := make(chan syscall.Signal, 1)
	told := make(chan struct{})
	go func() {
		var came syscall.Signal
		var at time.Time
		defer func() { result <- came }()
		for {
			select {
			case s := <-p.signals:
				n, _ := s.(syscall.Signal)
				switch {
				case came == 0:
					came, at = n, time.Now()
					go func() { // it may wait for a reader of the log who has stopped reading
						defer close(told)
						first(n)
					}()
				case n != syscall.SIGHUP && time.Since(at) >= sameSignal:
					p.exit(exitFailed)
				}
			case <-over:
				return
			}
		}
	}()
	return func() syscall.Signal {
		close(over)
		s := <-result
		if s != 0 {
			<-told
		}
		return s
	}
}

// untilSignal returns a context that ends at the first signal, with what cause
// makes of it. stop says which one came first, 0 if none.
func untilSignal(ctx context.Context, p process, cause func(syscall.Signal) error) (_ context.Context, stop func() syscall.Signal) {
	ctx, cancel := context.WithCancelCause(ctx)
	ended := watchSignals(p, func(s syscall.Signal) { cancel(cause(s)) })
	return ctx, func() syscall.Signal {
		s := ended()
		cancel(nil)
		return s
	}
}
