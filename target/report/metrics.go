package report

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"target-s3/target"
	"target-s3/target/objectkey"
)

// Metrics are what a run did so far, in the text format of Prometheus. Tell is told of
// events as they happen; Write may be called at any moment, from anywhere.
//
// The format is written here: the official library makes the program 1.7 MB larger and
// its start longer for every load, for a page of text. A test has the library read it.
type Metrics struct {
	mu          sync.Mutex
	o           MetricsOptions
	streams     map[string]*streamMetrics
	checkpoints int64
	states      int64
	last        map[string]float64 // moments in Unix seconds, by what happened then
	progress    target.Progress
	ended       time.Time // zero: the run goes on
	exitCode    int
}

// MetricsOptions are what Metrics know of a run beside its events.
type MetricsOptions struct {
	Integration string // a label of all series: it keeps pipelines apart
	Version     string
	Started     time.Time
	Now         func() time.Time
	Retries     func() int64 // requests that were tried again so far
	Before      []byte       // what the run before has written, if anything
}

// streamMetrics are a stream's part.
type streamMetrics struct{ records, rejected, objects, bytes int64 }

// The moments that the next run knows of.
const (
	lastCheckpoint = "last_checkpoint"
	lastState      = "last_state"
	lastSuccess    = "last_success"
)

// NewMetrics returns the metrics of a run that begins.
func NewMetrics(o MetricsOptions) *Metrics {
	m := &Metrics{o: o, streams: map[string]*streamMetrics{}, last: map[string]float64{}}
	for _, what := range []string{lastCheckpoint, lastState, lastSuccess} {
		begin := m.series(what+"_timestamp_seconds") + " "
		for line := range bytes.Lines(o.Before) {
			if text, ok := strings.CutPrefix(string(line), begin); ok {
				if at, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil && at > 0 && at < 1e12 {
					m.last[what] = at
				}
			}
		}
	}
	return m
}

// Tell is a receiver of events.
func (m *Metrics) Tell(event target.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch e := event.(type) {
	case target.Checkpoint:
		m.checkpoint(e)
	case target.Progress:
		m.progress = e
	case target.Ended:
		m.progress = target.Progress{}
	}
}

func (m *Metrics) checkpoint(e target.Checkpoint) {
	now := seconds(m.o.Now())
	m.checkpoints++
	m.last[lastCheckpoint] = now
	if e.State != nil {
		m.states++
		m.last[lastState] = now
	}
	for name, c := range e.Streams {
		s := m.stream(name)
		s.records += c.Records
		s.rejected += c.Rejected
	}
	for i := range e.Objects {
		o := &e.Objects[i]
		name := o.Stream
		if name == "" {
			name = objectkey.RejectedTable
		}
		s := m.stream(name)
		s.objects++
		s.bytes += o.Bytes
	}
}

func (m *Metrics) stream(name string) *streamMetrics {
	s := m.streams[name]
	if s == nil {
		s = &streamMetrics{}
		m.streams[name] = s
	}
	return s
}

// End says that the run is over.
func (m *Metrics) End(exitCode int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended, m.exitCode = m.o.Now(), exitCode
	if exitCode == 0 {
		m.last[lastSuccess] = seconds(m.ended)
	}
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// Write writes them.
func (m *Metrics) Write(w io.Writer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := &exposition{m: m}
	now, running := m.o.Now(), 1.0
	if !m.ended.IsZero() {
		now, running = m.ended, 0
	}
	p.one("build_info", "gauge", "The version of target-s3.", 1, "version", m.o.Version)
	p.one("running", "gauge", "1 while the run goes on, 0 when it has ended. After a crash it stays 1 and the file gets old.", running)
	p.one("start_time_seconds", "gauge", "When the run began, in Unix time.", seconds(m.o.Started))
	p.one("duration_seconds", "gauge", "How long the run has taken so far.", now.Sub(m.o.Started).Seconds())
	if running == 0 {
		p.one("exit_code", "gauge", "The exit code of the run; missing while it goes on.", float64(m.exitCode))
	}
	p.moment(lastCheckpoint, "When records were last made durable, in Unix time; also by a run before.")
	p.moment(lastState, "When a state was last written, in Unix time; also by a run before.")
	p.moment(lastSuccess, "When a run last ended with exit code 0, in Unix time.")
	p.one("checkpoints_total", "counter", "Checkpoints of the run.", float64(m.checkpoints))
	p.one("states_total", "counter", "States that the run has written.", float64(m.states))
	p.one("retries_total", "counter", "Requests to the store that were tried again.", float64(m.o.Retries()))
	p.one("staged_records", "gauge", "Records that were read and are not durable yet.", float64(m.progress.Staged.Records+m.progress.Staged.Rejected))
	p.one("open_files", "gauge", "Files that take rows.", float64(m.progress.Open))
	p.one("held_bytes", "gauge", "Bytes that these have in memory.", float64(m.progress.Held))
	p.one("input_silent_seconds", "gauge", "How long the tap has sent nothing.", m.progress.Silent.Seconds())
	p.streams("records_total", "Records that are durable, without those that were rejected.", func(s *streamMetrics) int64 { return s.records })
	p.streams("rejected_records_total", "Records that were rejected.", func(s *streamMetrics) int64 { return s.rejected })
	p.streams("objects_total", "Objects that are visible; those of rejected records are of stream "+objectkey.RejectedTable+".", func(s *streamMetrics) int64 { return s.objects })
	p.streams("stored_bytes_total", "Bytes of these objects, as stored.", func(s *streamMetrics) int64 { return s.bytes })
	_, err := w.Write(p.text.Bytes())
	return err
}

// exposition makes the text format.
type exposition struct {
	text bytes.Buffer
	m    *Metrics
}

func (p *exposition) head(name, kind, help string) {
	fmt.Fprintf(&p.text, "# HELP target_s3_%s %s\n# TYPE target_s3_%s %s\n", name, help, name, kind)
}

func (p *exposition) sample(value float64, name string, labels ...string) {
	fmt.Fprintf(&p.text, "%s %s\n", p.m.series(name, labels...), strconv.FormatFloat(value, 'f', -1, 64))
}

func (p *exposition) one(name, kind, help string, value float64, labels ...string) {
	p.head(name, kind, help)
	p.sample(value, name, labels...)
}

// moment writes when something happened, if it did.
func (p *exposition) moment(what, help string) {
	if at, ok := p.m.last[what]; ok {
		p.one(what+"_timestamp_seconds", "gauge", help, at)
	}
}

func (p *exposition) streams(name, help string, value func(*streamMetrics) int64) {
	p.head(name, "counter", help)
	for _, stream := range slices.Sorted(maps.Keys(p.m.streams)) {
		p.sample(float64(value(p.m.streams[stream])), name, "stream", stream)
	}
}

// series is a metric with its labels, whose names and values take turns.
func (m *Metrics) series(name string, labels ...string) string {
	var b strings.Builder
	b.WriteString("target_s3_" + name)
	between := "{"
	labels = append([]string{"integration", m.o.Integration}, labels...)
	for i := 0; i < len(labels); i += 2 {
		b.WriteString(between + labels[i] + `="` + labelValue(labels[i+1]) + `"`)
		between = ","
	}
	return b.String() + "}"
}

// labelValue is a text as it stands in a label: UTF-8, with the three escapes of the
// format.
func labelValue(text string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(strings.ToValidUTF8(text, "\ufffd"))
}
