package target

import (
	"context"
	"runtime"
)

// Most chunks are handed over as a whole. But a few bytes of input can make a hundred
// times as many of rows: the elements of an array in csv, each with the keys of the
// record. So what a chunk has come to is handed over whenever it has grown large, and
// the worker goes on once the appender has taken it. The appender waits for the oldest
// chunk, so that one's worker never waits for long.

// piece is what a worker hands over of a chunk.
type piece struct {
	last   bool  // the chunk is done
	within bool  // the last record has more rows
	marks  int   // how many of the chunk's marks precede its end
	next   place // of the line that comes then
	room   int64 // that the next row takes, where it is a large one
}

// rowOverhead is the size of an entry in a chunk's rows.
const rowOverhead = 40

// isFull reports whether what the chunk has come to is to be handed over.
func (c *chunk) isFull(most int) bool { return len(c.out)+rowOverhead*len(c.rows) >= most }

// handOver hands over what there is of the chunk's rows, and goes on with none.
func (w *worker) handOver(ctx context.Context, c *chunk, within bool) {
	c.piece.within = within
	c.done <- struct{}{}
	select {
	case <-c.more:
	case <-ctx.Done(): // and the appender may still have the rows
		runtime.Goexit()
	}
	if c.out, c.rows = c.out[:0], c.rows[:0]; c.given {
		c.out, c.given = nil, false
	}
}

// pieces takes the pieces of a chunk but for the last.
func (a *appender) pieces(ctx context.Context, stop <-chan struct{}, c *chunk) error {
	within, next := false, place{c.firstLine, c.block.Offset}
	for {
		if err := a.await(ctx, stop, c, within, next); err != nil || c.piece.last {
			return err
		}
		within, next = c.piece.within, c.piece.next
		if err := a.piece(ctx, c); err != nil {
			return err
		}
		if c.piece.room > 0 {
			if err := a.memory.relieve(ctx, c.piece.room); err != nil {
				return err
			}
		}
		c.more <- struct{}{}
	}
}
