package target

import (
	"log/slog"
	"maps"
	"slices"
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
}

// StreamSummary is one stream's part of it. Rejected records count for their
// own stream; the objects that they are in are those of _sdc_rejected.
type StreamSummary struct {
	Records, Rejected, Objects, Bytes int64

	LastKey string // of the object that was committed last, of this stream

	// How the records that were loaded, durable or not yet, were found valid:
	// proven while they were scanned, or asked about, which takes many times as
	// long. Slow are the keywords of the last schema that are always asked about.
	Proven, Asked int64
	Slow          []string
}

// tally counts from several goroutines.
type tally struct {
	mu    sync.Mutex
	start time.Time
	sum   Summary
}

func newTally(start time.Time) *tally {
	return &tally{start: start, sum: Summary{Streams: map[string]*StreamSummary{}}}
}

func (t *tally) stream(name string) *StreamSummary {
	s := t.sum.Streams[name]
	if s == nil {
		s = &StreamSummary{}
		t.sum.Streams[name] = s
	}
	return s
}

// reject counts rejected records and warns of the first ones of a stream.
func (t *tally) reject(log *slog.Logger, r reject) {
	t.mu.Lock()
	s := t.stream(r.stream)
	first := s.Rejected == 0
	s.Rejected += r.count
	t.sum.Rejected += r.count
	t.mu.Unlock()
	if first {
		log.Warn("records do not fit their schema and go to table "+rejectedTable, "stream", r.stream, "line", r.line, "reason", r.reason)
	}
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
	if state {
		t.sum.States++
	}
	for _, f := range cp.files {
		s := t.stream(f.stream.name)
		s.Objects++
		s.Bytes += f.offset
		t.sum.Objects++
		t.sum.Bytes += f.offset
		if f.stream.parent != nil {
			continue // parts of records that are counted in their own table
		}
		s.LastKey = f.object.String()
		s.Records += f.rows
		if f.stream != f.load.rejected { // the name alone a tap may use too
			t.sum.Records += f.rows
		}
	}
}

func (t *tally) finish(now time.Time) Summary {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Duration = now.Sub(t.start)
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
		bytes += f.offset
		l.log.Debug("object", "location", l.store.Location(f.object.String()), "rows", f.rows, "bytes", f.offset)
	}
	if len(cp.files) == 0 {
		l.log.Debug("state written, nothing was waiting for it")
		return
	}
	l.log.Info("checkpoint", "records", cp.rows, "objects", len(cp.files), "bytes", bytes, "seconds", took.Seconds(), "state", state)
	for _, name := range slices.Sorted(maps.Keys(cp.counts)) {
		l.metric("counter", "record_count", float64(cp.counts[name]), map[string]string{"stream": name})
	}
	l.metric("timer", "batch_processing_time", took.Seconds(), map[string]string{"status": "succeeded"})
}

func (l *load) logSummary(s Summary, err error) {
	for _, name := range slices.Sorted(maps.Keys(s.Streams)) {
		v := s.Streams[name]
		last := ""
		if v.LastKey != "" {
			last = l.store.Location(v.LastKey)
		}
		l.log.Info("stream", "stream", name, "records", v.Records, "rejected", v.Rejected, "objects", v.Objects, "bytes", v.Bytes, "last_object", last)
		if v.Proven+v.Asked > 0 {
			l.log.Debug("validation", "stream", name, "proven", v.Proven, "asked_gojsonschema", v.Asked, "keywords_always_asked", v.Slow)
		}
	}
	status := "succeeded"
	if err != nil {
		status = "failed"
	}
	l.log.Info("load ended", "status", status, "records", s.Records, "rejected", s.Rejected, "objects", s.Objects, "bytes", s.Bytes,
		"states", s.States, "seconds", s.Duration.Seconds())
	l.metric("timer", "job_duration", s.Duration.Seconds(), map[string]string{"status": status})
}
