package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/connect"
	"target-s3/target/store"
	"target-s3/target/webhook"
)

// sideFiles are the files that say what a load did, as far as they are wanted.
type sideFiles struct {
	report  *reportFile
	metrics *metricsFile
}

// loading is a load whose settings are known.
type loading struct {
	process process
	flags   flags
	config  config.Config
	side    sideFiles
	display *display
	log     *slog.Logger // the display's
}

// errStopped is why there was no load.
var errStopped = errors.New("stopped by a signal")

// untilSignal loads, and says so where a signal is what ended it.
func (l *loading) untilSignal(ctx context.Context) error {
	stop := make(chan struct{})
	p := l.process
	exit := p.exit
	p.exit = func(code int) {
		erased := make(chan struct{})
		go func() {
			l.display.close()
			close(erased)
		}()
		select {
		case <-erased:
		case <-time.After(time.Second): // nobody reads what goes to the terminal
		}
		exit(code)
	}
	ended := watchSignals(p, func(s syscall.Signal) {
		l.log.Warn("signal received: ending the load; a second one ends at once", "signal", s.String())
		close(stop)
	})
	err := l.until(ctx, stop)
	var rejected *target.TooManyRejected
	if s := ended(); s != 0 && (err == nil || errors.As(err, &rejected) || errors.Is(err, errStopped)) {
		return &signalError{signal: s, covered: l.config.DiscardsUncovered()}
	}
	return err
}

// until loads until the input ends, or stop is closed.
func (l *loading) until(ctx context.Context, stop <-chan struct{}) error {
	g, err := l.openGiven()
	if err != nil {
		return err
	}
	defer g.close()
	preparing, cancel := withStop(ctx, stop)
	defer cancel()
	bucket, closeStore, err := l.openBucket(preparing)
	if err != nil {
		return l.unprepared(preparing, err)
	}
	defer closeStore()
	limitMemory(l.process.getenv, l.config)
	l.tellStart(bucket)
	j, done, err := l.prepareJournal(preparing, bucket, g)
	switch {
	case done:
		return cmp.Or(context.Cause(preparing), err)
	case err != nil:
		return l.unprepared(preparing, err)
	}
	return l.read(ctx, stop, bucket, g, j)
}

// unprepared is why a load has not begun to read.
func (l *loading) unprepared(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, errStopped) && l.flags.once != "" {
		return target.ErrNotWhole
	}
	return cmp.Or(cause, err)
}

// given is what the flags name beside settings and messages.
type given struct {
	states    io.Writer
	schemas   *schemasFile // nil: none
	tapState  *tapState    // nil: none
	stateFile *stateFile   // nil: none
}

// openGiven opens all of it, before anything is asked of a bucket.
func (l *loading) openGiven() (g given, err error) {
	defer func() {
		if err != nil {
			g.close()
		}
	}()
	p, f := l.process, l.flags
	g.states = stateWriter(p.stdout)
	kept := l.config.ExactlyOnce != "" || f.once != "" || f.stateFile != ""
	switch file, ok := p.stdout.(*os.File); {
	case ok && readOnly(file):
		return g, errReadOnly
	case ok && !kept && maybeClosed(file):
		return g, errNoStates
	}
	if f.once != "" {
		if _, err := config.CheckPipeline(f.once); err != nil {
			return g, &usageError{fmt.Errorf("--once %q: %w", f.once, err)}
		}
	}
	if g.schemas, err = openSchemas(f.schemas); err != nil {
		return g, err
	}
	if g.tapState, err = readTapState(f, l.config); err != nil {
		return g, err
	}
	if err := checkInputs(p, f.inputs); err != nil {
		return g, err
	}
	if f.stateFile != "" {
		file, err := openStateFile(f.stateFile, p.stdout)
		if err != nil {
			return g, err
		}
		g.stateFile, g.states = file, bothWriter{file, g.states}
	}
	return g, nil
}

func (g given) close() {
	g.schemas.close()
	if g.stateFile != nil {
		_ = g.stateFile.close() // the system does the rest
	}
}

// openBucket opens the bucket and tries whether a load may begin. The function ends it.
func (l *loading) openBucket(ctx context.Context) (bucket store.Store, end func(), err error) {
	if bucket, end, err = connect.Open(ctx, l.config, l.storeLog()); err != nil {
		return nil, nil, err
	}
	if r := l.side.report; r != nil {
		r.run.Destination = bucket.Location(l.config.S3KeyPrefix)
	}
	if err := connect.Try(ctx, bucket, l.config); err != nil {
		end()
		return nil, nil, err
	}
	return bucket, end, nil
}

// prepareJournal makes the journal ready, where commits have one. It is done if there is
// nothing to load any more.
func (l *loading) prepareJournal(ctx context.Context, bucket store.Store, g given) (j *journaled, done bool, err error) {
	j, done, err = openJournal(ctx, bucket, l.config, l.flags.once, g.states, l.log)
	if r := l.side.report; done && r != nil && !j.journal.IsOpen() {
		r.recovered(j.journal, bucket)
	}
	if err == nil && g.tapState != nil {
		err = g.tapState.check(j.journal, g.states)
	}
	if err == nil && done && len(l.flags.inputs) == 0 {
		err = skip(ctx, l.process.stdin)
	}
	if err == nil && done {
		err = tooManyRejected(j.journal, l.config)
	}
	return j, done, err
}

// read reads the input into the bucket.
func (l *loading) read(ctx context.Context, stop <-chan struct{}, bucket store.Store, g given, j *journaled) error {
	events, end := l.receivers(ctx)
	defer end()
	batchFiles, closeFiles := connect.OpenBatchFiles(l.config, l.storeLog())
	defer closeFiles()
	o := target.Options{
		Config: l.config, Store: bucket, State: g.states, Event: events, Beat: l.display.beat(),
		Checksums: l.side.report != nil, RunKey: newRunKey(), Whole: l.flags.once != "",
		Tap: fromTap(l.process.stdin, l.flags.inputs),
	}
	if batchFiles != nil {
		o.BatchFiles = batchFiles
	}
	if g.schemas != nil {
		o.Schemas = g.schemas.messages
	}
	input := l.process.stdin
	if files := l.display.files; files != nil {
		input, o.Locate = files, files.locate
	}
	widenPipe(input)
	if j != nil {
		defer j.end(ctx, l.log)
		o.Journal = j
	}
	_, err := target.Load(ctx, input, stop, o)
	return g.schemas.named(err)
}

// withStop returns a context that also ends when stop is closed.
func withStop(ctx context.Context, stop <-chan struct{}) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-stop:
			cancel(errStopped)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// receivers are all that are told of events, as one. The function ends them.
func (l *loading) receivers(ctx context.Context) (tell func(target.Event), end func()) {
	all, end := l.display.receivers(), func() {}
	if l.side.report != nil {
		all = append(all, l.side.report.document.Tell)
	}
	if l.side.metrics != nil {
		all = append(all, l.side.metrics.tell)
	}
	if !l.config.PostLoadWebhookURL.IsZero() {
		hook := webhook.New(ctx, webhook.Options{
			URL: l.config.PostLoadWebhookURL.Reveal(), Integration: l.config.IntegrationName, Log: l.log,
			Timeout: 10 * time.Second, Wait: time.Second, Tries: 4, Queue: 1000,
		})
		all = append(all, hook.Tell)
		end = func() {
			if failed := hook.Close(30 * time.Second); failed > 0 {
				l.log.Warn("the post-load webhook was not told of everything", "requests", failed)
			}
		}
	}
	return func(e target.Event) {
		for _, tell := range all {
			tell(e)
		}
	}, end
}

// storeLog is the log of what is asked of a service, whose tries the metrics count.
func (l *loading) storeLog() *slog.Logger {
	if l.side.metrics == nil {
		return l.log
	}
	return l.side.metrics.counting(l.log)
}

func (l *loading) tellStart(bucket store.Store) {
	c := l.config
	attrs := []any{"version", buildVersion(), "destination", bucket.Location(c.S3KeyPrefix)}
	if c.DisplayName != "" {
		attrs = append(attrs, "name", c.DisplayName)
	}
	if c.Description != "" {
		attrs = append(attrs, "description", c.Description)
	}
	l.log.Info("start", attrs...)
}

// beside is what the program needs beyond memory_limit_bytes: code, stacks, the
// AWS client and what the collector has not come to yet.
const beside = 64 << 20

// limitMemory makes the collector work harder rather than exceed the limit,
// where the user has not decided for themselves. It begins earlier by the room
// for one large record, which is asked for at once, before it can have ended.
func limitMemory(getenv func(string) string, c config.Config) {
	if getenv("GOMEMLIMIT") == "" {
		record := c.LargestRecord() / 4 * 5 // as the reader makes it
		debug.SetMemoryLimit(c.MemoryLimitBytes + beside - min(record, c.MemoryLimitBytes/4))
	}
}

func newRunKey() (key [16]byte) {
	_, _ = rand.Read(key[:]) // never fails
	return key
}
