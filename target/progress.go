package target

import (
	"context"
	"sync/atomic"
	"time"
)

// progress is how far a load is, for those who watch it. It is noted by the goroutines
// that know, once a chunk. Its clock is that of timers and not Options.Now.
type progress struct {
	records, rejected atomic.Int64 // that were taken from the input, durable or not
	open, held        atomic.Int64 // files, and the bytes that they have in memory
	waiting           atomic.Int64 // for input, since then; 0: the reader does not wait

	// What there is to say of streams costs as much as there are of them. So the
	// appender is asked for it, and answers between two chunks.
	asked   chan struct{}
	streams atomic.Pointer[map[string]StreamProgress] // its last answer
}

// wait notes that the reader waits for input, and read that it no longer does.
func (p *progress) wait() { p.waiting.Store(time.Now().UnixNano()) }
func (p *progress) read() { p.waiting.Store(0) }

// take notes a chunk that the appender has done, and what files there are now.
func (p *progress) take(c *chunk, b *batches) {
	p.records.Add(c.records)
	for i := range c.rejects {
		p.rejected.Add(c.rejects[i].count)
	}
	p.open.Store(int64(len(b.open)))
	p.held.Store(b.area.Held())
}

// ask asks the appender for its answer, which may take until it is free.
func (p *progress) ask() {
	select {
	case p.asked <- struct{}{}:
	default: // it was asked before
	}
}

// answer is what the appender says of streams: what it took before the last
// checkpoint, and since, and the files that are open.
func (p *progress) answer(before map[string]StreamProgress, since *counts, b *batches) {
	all := make(map[string]StreamProgress, len(before))
	for name, s := range before {
		all[name] = s.plus(since.streams[name])
	}
	for name, s := range since.streams {
		if _, known := all[name]; !known {
			all[name] = StreamProgress{}.plus(s)
		}
	}
	for key, f := range b.open {
		if key.table != rejectedTable {
			s := all[f.stream.name]
			s.Open++
			all[f.stream.name] = s
		}
	}
	p.streams.Store(&all)
}

func (s StreamProgress) plus(c *streamCounts) StreamProgress {
	if c != nil {
		s.Records += c.Records
		s.Rejected += c.Rejected
	}
	return s
}

// event is the progress as it is told, beside what is durable.
func (p *progress) event(t *tally) Progress {
	durable, bytes := t.durable()
	e := Progress{
		Counts: durable, Bytes: bytes, Open: p.open.Load(), Held: p.held.Load(),
		// A checkpoint may have been cut within the chunk that is being taken.
		Staged: Counts{Records: max(0, p.records.Load()-durable.Records), Rejected: max(0, p.rejected.Load()-durable.Rejected)},
	}
	if since := p.waiting.Load(); since != 0 {
		e.Silent = time.Since(time.Unix(0, since))
	}
	if streams := p.streams.Swap(nil); streams != nil {
		e.Streams = *streams
		t.addBytes(e.Streams)
	}
	return e
}

// tellProgress tells of it at every beat, until ctx ends.
func (l *load) tellProgress(ctx context.Context, beat time.Duration) {
	if beat == 0 {
		return
	}
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			e := l.pipe.progress.event(l.summary)
			if e.Complete = l.pipe.complete.Load(); e.Complete {
				e.Silent = 0
			}
			l.tell.event(e)
			l.pipe.progress.ask()
		case <-ctx.Done():
			return
		}
	}
}
