package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/report"
	"target-s3/target/s3store"
)

// metricsFile is the file of --metrics, for the textfile collector of Prometheus'
// node_exporter. It is written anew after each checkpoint, now and then between them,
// and at the end, by a goroutine of its own: the load waits for none of it. What goes
// wrong then is a warning.
type metricsFile struct {
	wholeFile
	metrics *report.Metrics // nil: there are no settings yet
	log     *slog.Logger
	retries atomic.Int64
	wake    chan struct{}
	written chan struct{} // closed when the goroutine has ended
	told    time.Time     // when it was last woken
	warned  bool
}

// betweenMetrics is how long the file stays as it is at least, but for checkpoints.
const betweenMetrics = 15 * time.Second

// openMetrics finds out whether the file can be replaced. What the run before has
// written stays until there is something to say.
func openMetrics(name string, stdout io.Writer) (*metricsFile, error) {
	m := &metricsFile{
		wholeFile: wholeFile{flag: "--metrics", what: "file of metrics", name: name},
		wake:      make(chan struct{}, 1), written: make(chan struct{}),
	}
	return m, m.open(stdout)
}

// begin writes the file for the first time.
func (m *metricsFile) begin(c config.Config, log *slog.Logger) {
	before, err := os.ReadFile(m.path)
	if err != nil {
		before = nil // as of the first run
	}
	m.log = log
	m.metrics = report.NewMetrics(report.MetricsOptions{
		Integration: c.IntegrationName, Version: buildVersion(), Started: time.Now(), Now: time.Now, Retries: m.retries.Load, Before: before,
	})
	go func() {
		defer close(m.written)
		for range m.wake {
			m.write()
		}
	}()
	m.wake <- struct{}{}
}

// tell is a receiver of events.
func (m *metricsFile) tell(e target.Event) {
	m.metrics.Tell(e)
	switch e.(type) {
	case target.Checkpoint:
	case target.Progress:
		if time.Since(m.told) < betweenMetrics {
			return
		}
	default:
		return
	}
	m.told = time.Now()
	select {
	case m.wake <- struct{}{}:
	default: // the goroutine is about to write, and will have this
	}
}

// write replaces the file. The first failure of a run is told of.
func (m *metricsFile) write() {
	if err := m.replace(m.metrics.Write); err != nil && !m.warned {
		m.warned = true
		m.log.Warn("the metrics could not be written; the load goes on", "error", m.named(err))
	}
}

// end writes the file for the last time, of a run that ended with an error, or nil.
func (m *metricsFile) end(err error) error {
	if m.metrics != nil {
		close(m.wake)
		<-m.written
		m.metrics.End(exitCode(err))
		m.write()
	}
	_ = m.close() // the system does the rest
	return err
}

// counting returns a log for a store, which counts what is tried again.
func (m *metricsFile) counting(log *slog.Logger) *slog.Logger {
	return slog.New(&retryCounter{log.Handler(), &m.retries})
}

// retryCounter is a handler that counts the lines of requests that are tried again,
// whether they are shown or not.
type retryCounter struct {
	to slog.Handler
	n  *atomic.Int64
}

func (h *retryCounter) Enabled(context.Context, slog.Level) bool { return true }

func (h *retryCounter) Handle(ctx context.Context, r slog.Record) error {
	if s3store.IsRetry(r.Message) {
		h.n.Add(1)
	}
	if !h.to.Enabled(ctx, r.Level) {
		return nil
	}
	return h.to.Handle(ctx, r)
}

func (h *retryCounter) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &retryCounter{h.to.WithAttrs(attrs), h.n}
}

func (h *retryCounter) WithGroup(name string) slog.Handler {
	return &retryCounter{h.to.WithGroup(name), h.n}
}
