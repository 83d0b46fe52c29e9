package target

import (
	"context"
	"sync"

	"target-s3/target/config"
	"target-s3/target/store"
)

// limits is how memory_limit_bytes is shared out. Together the parts stay below
// it, with an eighth left for what is not counted: workers' output, buffers that
// grew beyond what they hold, the store's own.
type limits struct {
	line     int   // the longest line that is read whole
	reading  int64 // input between the reader and the appender
	held     int64 // rows of files that can still grow, or that wait for a checkpoint
	total    int64 // rows in memory, held or being uploaded
	judging  int64 // a record, decoded, while gojsonschema has it, and the errors found in it
	partSize int64
	group    int64 // rows that make a row group
	groupLag int   // row groups of one file that may be on their way
}

func newLimits(c config.Config) limits {
	m := c.MemoryLimitBytes
	const envelope = 64 << 10 // what a message has around its record
	group, lag := groupLimits(m, c.BatchSizeBytes)
	return limits{
		group: group, groupLag: lag,
		line:     int(min(max(m/8, c.MaxRecordBytes+envelope), m)),
		reading:  m / 8,
		held:     m / 2,
		total:    m / 4 * 3,
		judging:  min(max(m/8, 2*c.MaxRecordBytes), m/2),
		partSize: max(store.MinPartSize, c.BatchSizeBytes/(store.MaxParts-100)),
	}
}

// large is what a row of that size takes of the memory for files, since the input
// has not enough for it: while it is written its line is still there, and so is
// the next one, which is read meanwhile.
func (l *limits) large(row int64) int64 { return max(0, 3*row-l.reading) }

// gauge counts bytes in use. The zero value is an empty one.
type gauge struct {
	mu      sync.Mutex
	n       int64
	changed chan struct{} // closed at the next decrease, nil while nobody waits
}

func (g *gauge) add(n int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n += n
	if n < 0 && g.changed != nil {
		close(g.changed)
		g.changed = nil
	}
}

// await returns when at most limit bytes are in use, or ctx ends.
func (g *gauge) await(ctx context.Context, limit int64) error {
	for {
		g.mu.Lock()
		if g.n <= max(0, limit) {
			g.mu.Unlock()
			return nil
		}
		if g.changed == nil {
			g.changed = make(chan struct{})
		}
		changed := g.changed
		g.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
