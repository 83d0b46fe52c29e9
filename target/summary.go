package target

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Summary is what a load did, as far as it is durable.
type Summary struct {
	Records  int64 // loaded, without the rejected ones
	Rejected int64
	Objects  int64
	Bytes    int64 // of the objects, as stored
	States   int64 // written
	Duration time.Duration
	Streams  map[string]*StreamSummary
	Table    TableSummary // that the rejected records are in

	StateLine int64 // where the last state that was written stands in the input; 0: none was
	stateAt   int64 // the offset of that line
	Uncovered int64 // records that were committed after it: a rerun may bring them again
}

// StreamSummary is one stream's part of it.
type StreamSummary struct {
	TableSummary
	Records, Rejected int64
	Reasons           []Reason // the commonest why records were rejected

	// How the records that were loaded, durable or not yet, were found valid:
	// proven while they were scanned, or asked about, which takes many times as
	// long. Slow are the keywords of the last schema that are always asked about.
	Proven, Asked int64
	Slow          []string
}

// TableSummary is what there is of a table, its subtables included.
type TableSummary struct {
	Objects, Bytes int64
	LastKey        string // of the object that was committed last, of no subtable
}

// tally counts from several goroutines.
type tally struct {
	mu       sync.Mutex
	start    time.Time
	sum      Summary
	rejected rejections
}

func newTally(start time.Time) *tally {
	return &tally{start: start, sum: Summary{Streams: map[string]*StreamSummary{}}, rejected: rejections{}}
}

func (t *tally) stream(name string) *StreamSummary {
	s := t.sum.Streams[name]
	if s == nil {
		s = &StreamSummary{}
		t.sum.Streams[name] = s
	}
	return s
}

func (t *tally) judged(s *stream, proven, asked int64) {
	if proven+asked == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	sum := t.stream(s.name)
	sum.Proven += proven
	sum.Asked += asked
	sum.Slow = s.schema.Slow()
}

func (t *tally) commit(cp *checkpoint, state bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	records, rejected := cp.counts.totals()
	t.sum.Records += records
	t.sum.Rejected += rejected
	t.rejected.merge(cp.counts.rejected)
	for name, n := range cp.counts.records {
		t.stream(name).Records += n
	}
	if state {
		t.sum.States++
		t.sum.StateLine, t.sum.stateAt = cp.stateAt.line, cp.stateAt.offset
	}
	t.sum.Uncovered = cp.after
	for _, f := range cp.files {
		to := &t.sum.Table
		if f.key.table != rejectedTable { // a folder that no tap can have
			to = &t.stream(f.stream.name).TableSummary
		}
		to.Objects++
		to.Bytes += f.Size()
		t.sum.Objects++
		t.sum.Bytes += f.Size()
		if f.stream.parent == nil {
			to.LastKey = f.Key()
		}
	}
}

func (t *tally) finish(now time.Time) Summary {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Duration = now.Sub(t.start)
	for name, r := range t.rejected {
		s := t.stream(name)
		s.Rejected, s.Reasons = r.total, r.sorted()
	}
	return t.sum
}

// Metric is a line of the Singer metrics convention: a counter or a timer.
type Metric struct {
	Type  string            `json:"type"`
	Name  string            `json:"metric"`
	Value float64           `json:"value"`
	Tags  map[string]string `json:"tags"`
}

// MetricKey is the attribute under which a Metric is logged, so that a handler
// can put it into the form that the runner reads.
const MetricKey = "metric_info"

func (l *load) metric(kind, name string, value float64, tags map[string]string) {
	l.log.Info("METRIC", MetricKey, Metric{kind, name, value, tags})
}

func (l *load) logCheckpoint(cp *checkpoint, state bool, took time.Duration) {
	var bytes int64
	for _, f := range cp.files {
		bytes += f.Size()
		l.log.Debug("object", "location", l.store.Location(f.Key()), "rows", f.Rows(), "bytes", f.Size())
	}
	if len(cp.files) == 0 {
		l.log.Debug("state written, nothing was waiting for it")
		return
	}
	records, rejected := cp.counts.totals()
	l.log.Info("checkpoint", "records", records, "rejected", rejected, "objects", len(cp.files), "bytes", bytes, "seconds", took.Seconds(), "state", state)
	for _, name := range slices.Sorted(maps.Keys(cp.counts.records)) {
		l.metric("counter", "record_count", float64(cp.counts.records[name]), map[string]string{"stream": name})
	}
	l.metric("timer", "batch_processing_time", took.Seconds(), map[string]string{"status": "succeeded"})
}

// status is how a load ended, as its exit code says it, in a word.
type status string

const (
	succeeded   status = "succeeded"
	rejected    status = "rejected" // too many of its records
	interrupted status = "interrupted"
	failed      status = "failed"
)

func (l *load) logSummary(s Summary, how status) {
	for _, name := range slices.Sorted(maps.Keys(s.Streams)) {
		v := s.Streams[name]
		l.log.Info("stream", "stream", name, "records", v.Records, "rejected", v.Rejected, "objects", v.Objects, "bytes", v.Bytes, "last_object", l.place(v.TableSummary))
		if v.Proven+v.Asked > 0 {
			l.log.Debug("validation", "stream", name, "proven", v.Proven, "asked_gojsonschema", v.Asked, "keywords_always_asked", v.Slow)
		}
	}
	l.warnRejected(s)
	if how == succeeded && !l.anything.Load() {
		l.log.Warn("not one message came; did the tap start?")
	}
	attrs := []any{
		"status", string(how), "records", s.Records, "rejected", s.Rejected, "objects", s.Objects, "bytes", s.Bytes, "states", s.States,
	}
	line := s.StateLine
	if l.locate != nil && s.States > 0 {
		file, lines, _ := l.locate(s.stateAt)
		attrs = append(attrs, "last_state_file", file)
		line -= lines
	}
	l.log.Info("load ended", append(attrs, "last_state_line", line, "records_after_it", s.Uncovered, "seconds", s.Duration.Seconds())...)
	metric := succeeded // the convention knows but two
	if how != succeeded {
		metric = failed
	}
	l.metric("timer", "job_duration", s.Duration.Seconds(), map[string]string{"status": string(metric)})
}

// place is where a table's last object is.
func (l *load) place(t TableSummary) string {
	if t.LastKey == "" {
		return ""
	}
	return l.store.Location(t.LastKey)
}

// warnRejected says what was rejected, why, and where it is.
func (l *load) warnRejected(s Summary) {
	for _, name := range slices.Sorted(maps.Keys(s.Streams)) {
		v := s.Streams[name]
		if v.Rejected == 0 {
			continue
		}
		attrs := []any{
			"stream", name, "rejected", v.Rejected, "of", v.Records + v.Rejected, "reasons", v.why(),
			"objects", s.Table.Objects, "last_object", l.place(s.Table),
		}
		if v.Records == 0 {
			l.log.Warn("all records of the stream were rejected; with max_rejected_records such a load exits with code 3", attrs...)
		} else {
			l.log.Warn("records of the stream were rejected", attrs...)
		}
	}
}

// why are the commonest reasons, each with how often it was one.
func (s *StreamSummary) why() string {
	var parts []string
	rest := s.Rejected
	for _, r := range s.Reasons[:min(len(s.Reasons), shownReasons)] {
		parts = append(parts, fmt.Sprintf("%s (%d)", r.Text, r.Count))
		rest -= r.Count
	}
	if rest > 0 {
		parts = append(parts, fmt.Sprintf("others (%d)", rest))
	}
	return strings.Join(parts, "; ")
}
