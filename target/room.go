package target

import (
	"context"
	"fmt"
	"runtime"

	"target-s3/target/format"
	"target-s3/target/schema"
)

// A record can make a row that is many times as large: in Parquet a number of one digit is
// eight bytes, and an object without members a byte for each of its columns; and before
// each member that has no column stand the names that lead to it. Such a row is
// counted first. Its worker then waits until the appender has come to it, so that there is
// no other such row, and has made room. Where there cannot be enough the record is
// rejected.

// roomBeside is what a large row may take beyond memory_limit_bytes, of the 96 MiB that the
// program may: it leaves what the program itself takes, and nothing for garbage.
const roomBeside = 72 << 20

// collected is the size of a row from which on what was let go of is collected before it
// is made: the garbage of a few such rows would be all that there is room for.
const collected = 16 << 20

// makeRoom has room made for the row of a record, which begins there in the chunk's input.
func (w *worker) makeRoom(ctx context.Context, c *chunk, s *stream, at place) error {
	size, encoded := s.layout.(format.Sized).Size(&w.row)
	// It, and the next one, as the reader has them, are there as well.
	takes, record := int64(size+encoded), int64(len(w.row.Record))*5/2
	if room := w.room - record; takes > room {
		return &schema.Invalid{Reason: fmt.Sprintf("its row takes %d bytes of memory on its way to a file, and memory_limit_bytes leaves %d: set it to %d or more",
			takes, max(0, room), takes+record-roomBeside)}
	}
	next := c.piece.next
	c.piece.next, c.piece.room = at, takes
	w.handOver(ctx, c, false)
	c.piece.next, c.piece.room = next, 0
	c.out = nil
	if size > collected {
		runtime.GC() // what is asked for at once is there before a collection can have ended
	}
	c.out, w.row.Most = make([]byte, 0, size), 0
	return nil
}
