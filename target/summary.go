package target

import (
	"sync"
	"time"
)

// Summary is what a load did, as far as it is durable.
type Summary struct {
	Counts
	Objects  int64
	Bytes    int64 // of the objects, as stored
	States   int64 // written
	Duration time.Duration
	Streams  map[string]*StreamSummary
	Table    TableSummary // that the rejected records are in

	State   Position // of the last state that was written; line 0: none was
	stateAt int64    // the offset of that line
}

// StreamSummary is one stream's part of it.
type StreamSummary struct {
	TableSummary
	Counts
	Reasons []Reason // the commonest why records were rejected

	// How the records that were loaded, durable or not yet, were found valid:
	// proven while they were scanned, or asked about, which takes many times as
	// long. Slow are the keywords of the last schema that are always asked about.
	Proven, Asked int64
	Slow          []string
}

// TableSummary is what there is of a table, its subtables included.
type TableSummary struct {
	Objects, Bytes int64
	Last           Object // that was committed last, of no subtable
}

// tally counts from several goroutines.
type tally struct {
	mu     sync.Mutex
	start  time.Time
	sum    Summary
	counts *counts
}

func newTally(start time.Time) *tally {
	return &tally{start: start, sum: Summary{Streams: map[string]*StreamSummary{}}, counts: newCounts()}
}

func (t *tally) stream(name string) *StreamSummary {
	s := t.sum.Streams[name]
	if s == nil {
		s = &StreamSummary{}
		t.sum.Streams[name] = s
	}
	return s
}

// judged counts how the rows of a chunk were found valid.
func (t *tally) judged(dests []dest) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range dests {
		d := &dests[i]
		if d.proven+d.asked == 0 {
			continue
		}
		if d.stream.summary == nil {
			d.stream.summary = t.stream(d.stream.name)
		}
		sum := d.stream.summary
		sum.Proven += d.proven
		sum.Asked += d.asked
		sum.Slow = d.stream.schema.Slow()
	}
}

func (t *tally) commit(cp *checkpoint, location func(key string) string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts.merge(cp.counts)
	if cp.state != nil {
		t.sum.States++
		t.sum.State.Line, t.sum.stateAt = cp.stateAt.line, cp.stateAt.offset
	}
	for _, f := range cp.files {
		to := &t.sum.Table
		if f.key.table != rejectedTable { // a folder that no tap can have
			to = &t.stream(f.stream.name).TableSummary
		}
		o := f.written(location)
		to.Objects++
		to.Bytes += o.Bytes
		t.sum.Objects++
		t.sum.Bytes += o.Bytes
		if f.stream.parent == nil {
			to.Last = o
		}
	}
}

// durable are the counts so far, and the bytes of the objects.
func (t *tally) durable() (Counts, int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts.Counts, t.sum.Bytes
}

// addBytes adds the bytes of their objects to streams.
func (t *tally) addBytes(to map[string]StreamProgress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, s := range to {
		if sum := t.sum.Streams[name]; sum != nil {
			s.Bytes = sum.Bytes
			to[name] = s
		}
	}
}

func (t *tally) finish(now time.Time) Summary {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Duration = now.Sub(t.start)
	t.sum.Counts = t.counts.Counts
	for name, c := range t.counts.streams {
		s := t.stream(name)
		s.Counts, s.Reasons = c.Counts, c.reasons.sorted()
	}
	return t.sum
}
