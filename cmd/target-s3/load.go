package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"target-s3/singer/printable"
	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/connect"
	"target-s3/target/s3store"
	"target-s3/target/store"
	"target-s3/target/webhook"
)

// sideFiles are the files that say what a load did, as far as they are wanted.
type sideFiles struct {
	report  *reportFile
	metrics *metricsFile
}

// load is the main job: settings, store, input, and then the engine. What failed is
// told as the settings say, as far as they are known.
func load(ctx context.Context, p process, f flags) error {
	how := config.Config{LogFormat: config.LogAuto}
	err := loadMeasured(ctx, p, f, &how)
	return failed(p, how, err)
}

// loadMeasured loads, and where metrics are wanted they say how that ended.
func loadMeasured(ctx context.Context, p process, f flags, how *config.Config) error {
	if f.metrics == "" {
		return loadReported(ctx, p, f, sideFiles{}, how)
	}
	m, err := openMetrics(f.metrics, p.stdout)
	if err != nil {
		return err
	}
	return m.end(loadReported(ctx, p, f, sideFiles{metrics: m}, how))
}

// loadReported loads, and where a report is wanted it says how that ended.
func loadReported(ctx context.Context, p process, f flags, side sideFiles, how *config.Config) (err error) {
	if f.report == "" {
		return loadSet(ctx, p, f, side, how)
	}
	if side.report, err = openReport(f.report, p.stdout); err != nil {
		return err
	}
	return side.report.end(loadSet(ctx, p, f, side, how))
}

func loadSet(ctx context.Context, p process, f flags, side sideFiles, how *config.Config) error {
	c, notices, err := settings(p, f.configs)
	*how = c
	if err != nil {
		return err // and no word of what is no error: it comes with the next run
	}
	c.RunID = cmp.Or(c.RunID, config.NewRunID())
	if side.report != nil {
		if err := side.report.begin(c); err != nil {
			return err
		}
	}
	c.LogFormat = logFormat(p, c.LogFormat)
	d := newDisplay(p, f, c)
	defer d.close()
	if side.metrics != nil {
		side.metrics.begin(c, d.log)
	}
	for _, n := range notices {
		d.log.Warn("settings", "notice", n.String())
	}
	return blame(p, f.configs, loadWith(ctx, p, f, c, side, d))
}

// loadWith loads, and says so where a signal is what ended it.
func loadWith(ctx context.Context, p process, f flags, c config.Config, side sideFiles, d *display) error {
	stop := make(chan struct{})
	exit := p.exit
	p.exit = func(code int) {
		d.close()
		exit(code)
	}
	ended := watchSignals(p, func(s syscall.Signal) {
		d.log.Warn("signal received: ending the load; a second one ends at once", "signal", s.String())
		close(stop)
	})
	err := loadUntil(ctx, stop, p, f, c, side, d)
	var rejected *target.TooManyRejected
	if s := ended(); s != 0 && (err == nil || errors.As(err, &rejected) || errors.Is(err, errStopped)) {
		return &signalError{s}
	}
	return err
}

// blame names the setting, and where it stands, for an error that came of using
// it.
func blame(p process, configs []string, err error) error {
	var profile *s3store.ProfileError
	if !errors.As(err, &profile) {
		return err
	}
	if !profile.FromConfig {
		return &usageError{profile}
	}
	sources, failure := settingSources(p, configs)
	if failure != nil {
		return &usageError{profile}
	}
	return config.Blame("aws_profile", profile.Problem(), sources...)
}

// errStopped is why there was no load.
var errStopped = errors.New("stopped by a signal")

func loadUntil(ctx context.Context, stop <-chan struct{}, p process, f flags, c config.Config, side sideFiles, d *display) error {
	log, r := d.log, side.report
	states, err := stateWriter(p.stdout)
	if err != nil {
		return err
	}
	if f.once != "" {
		if _, err := config.CheckPipeline(f.once); err != nil {
			return &usageError{fmt.Errorf("--once %q: %w", f.once, err)}
		}
	}
	schemas, err := openSchemas(f.schemas)
	if err != nil {
		return err
	}
	defer schemas.close()
	given, err := readTapState(f, c)
	if err != nil {
		return err
	}
	if err := checkInputs(p, f.inputs); err != nil {
		return err
	}
	if f.stateFile != "" {
		file, err := openStateFile(f.stateFile, p.stdout)
		if err != nil {
			return err
		}
		defer func() { _ = file.close() }() // the system does the rest
		states = bothWriter{file, states}
	}
	preparing, cancel := withStop(ctx, stop)
	defer cancel()
	bucket, closeStore, err := connect.Open(preparing, c, side.storeLog(log))
	if err == nil {
		defer closeStore()
		if r != nil {
			r.run.Destination = bucket.Location(c.S3KeyPrefix)
		}
		err = connect.Try(preparing, bucket, c)
	}
	if err != nil {
		return cmp.Or(context.Cause(preparing), err)
	}
	limitMemory(p.getenv, c)
	logStart(log, c, bucket)
	events, end := receivers(ctx, c, side, d)
	defer end()

	o := target.Options{Config: c, Store: bucket, State: states, Event: events, Checksums: r != nil, Beat: d.beat(), RunKey: newRunKey(), Whole: f.once != ""}
	batchFiles, closeFiles := connect.OpenBatchFiles(c, log)
	defer closeFiles()
	if batchFiles != nil {
		o.BatchFiles = batchFiles
	}
	input := p.stdin
	if schemas != nil {
		o.Schemas = schemas.messages
	}
	if d.files != nil {
		input, o.Locate = d.files, d.files.locate
	}
	j, done, err := openJournal(preparing, bucket, c, f.once, states, log)
	if done && r != nil && !j.journal.IsOpen() {
		r.recovered(j.journal, bucket)
	}
	if err == nil && given != nil {
		err = given.check(j.journal, states)
	}
	if err == nil && done && len(f.inputs) == 0 {
		err = skip(preparing, input)
	}
	if err != nil || done {
		return cmp.Or(context.Cause(preparing), err)
	}
	if j != nil {
		defer j.end(ctx, log)
		o.Journal = j
	}
	_, err = target.Load(ctx, input, stop, o)
	return schemas.named(err)
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
func receivers(ctx context.Context, c config.Config, side sideFiles, d *display) (tell func(target.Event), end func()) {
	all, end := d.receivers(), func() {}
	if side.report != nil {
		all = append(all, side.report.document.Tell)
	}
	if side.metrics != nil {
		all = append(all, side.metrics.tell)
	}
	if !c.PostLoadWebhookURL.IsZero() {
		hook := webhook.New(ctx, webhook.Options{
			URL: c.PostLoadWebhookURL.Reveal(), Integration: c.IntegrationName, Log: d.log,
			Timeout: 10 * time.Second, Wait: time.Second, Tries: 4, Queue: 1000,
		})
		all = append(all, hook.Tell)
		end = func() {
			if failed := hook.Close(30 * time.Second); failed > 0 {
				d.log.Warn("the post-load webhook was not told of everything", "requests", failed)
			}
		}
	}
	return func(e target.Event) {
		for _, tell := range all {
			tell(e)
		}
	}, end
}

// storeLog is the log of the store, whose tries the metrics count.
func (s sideFiles) storeLog(log *slog.Logger) *slog.Logger {
	if s.metrics == nil {
		return log
	}
	return s.metrics.counting(log)
}

func logStart(log *slog.Logger, c config.Config, bucket store.Store) {
	attrs := []any{"version", buildVersion(), "destination", bucket.Location(c.S3KeyPrefix)}
	if c.DisplayName != "" {
		attrs = append(attrs, "name", c.DisplayName)
	}
	if c.Description != "" {
		attrs = append(attrs, "description", c.Description)
	}
	log.Info("start", attrs...)
}

// settings reads the sources in their order. With an error they say only how to log.
func settings(p process, names []string) (config.Config, []config.Notice, error) {
	if len(names) == 0 {
		return config.Config{LogFormat: config.LogAuto}, nil, &usageError{errors.New("no settings: give --config FILE, or --config ENV to read them from TARGET_S3_… variables (see config.sample.json and target-s3 --about)")}
	}
	sources, err := settingSources(p, names)
	if err != nil {
		return config.Config{LogFormat: config.LogAuto}, nil, err
	}
	return config.Load(sources...)
}

// tellNotices is for commands that do not log.
func tellNotices(p process, notices []config.Notice) {
	for _, n := range notices {
		fmt.Fprintf(p.stderr, "target-s3: note: %s\n", n)
	}
}

// settingSources are what --config names.
func settingSources(p process, names []string) ([]config.Source, error) {
	sources := make([]config.Source, 0, len(names)+1)
	for _, name := range names {
		if name == "ENV" {
			sources = append(sources, config.Env(p.environ))
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, &usageError{fmt.Errorf("settings: %w", printable.Error(err))}
		}
		sources = append(sources, config.JSON(name, text))
	}
	if !slices.Contains(names, "ENV") {
		sources = append(sources, config.EnvNames(p.environ))
	}
	return sources, nil
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
