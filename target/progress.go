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

// event is the progress as it is told, beside what is durable.
func (p *progress) event(durable Counts) Progress {
	e := Progress{
		Counts: durable, Open: p.open.Load(), Held: p.held.Load(),
		// A checkpoint may have been cut within the chunk that is being taken.
		Staged: Counts{Records: max(0, p.records.Load()-durable.Records), Rejected: max(0, p.rejected.Load()-durable.Rejected)},
	}
	if since := p.waiting.Load(); since != 0 {
		e.Silent = time.Since(time.Unix(0, since))
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
			l.tell.event(l.pipe.progress.event(l.summary.durable()))
		case <-ctx.Done():
			return
		}
	}
}
