package target

import (
	"bytes"
	"cmp"
	"context"
	"errors"

	"target-s3/singer"
	"target-s3/target/staging"
)

// appender is the goroutine that owns the files: it appends rows in input order,
// closes files, and cuts checkpoints.
//
// What it decides must not depend on how fast others are, so that the objects
// are the same however many workers there are: wherever a decision hangs on the
// size of compressed blocks, it first waits for those blocks.
type appender struct {
	pipe        *pipe
	batches     *batches
	memory      *memory
	clocks      *clocks
	summary     *tally
	tell        *teller
	whole       bool // nothing is committed before the end of the input
	tap         bool // which a signal may be the reason for
	checkpoints chan<- *checkpoint

	uncovered *uncovered                // nil: rows that no STATE covers are committed as well
	state     []byte                    // the last STATE, nil once it is on its way out
	stateAt   place                     // of the last STATE
	covered   bool                      // a STATE came
	hollow    bool                      // an empty one came, which covers nothing
	exact     bool                      // no row came after that STATE
	torn      bool                      // the files have what no commit may make visible
	since     *counts                   // the last checkpoint
	before    map[string]StreamProgress // of the streams, until the last checkpoint
	warned    map[string]bool           // streams that had a warning about a rejected record
}

// run appends until the input ends, and commits what came. The error is that of
// the input; what else fails ends ctx.
func (a *appender) run(ctx context.Context, stop <-chan struct{}) error {
	err := a.receive(ctx, stop)
	late := errors.Is(err, errLate)
	if late {
		err = nil
	}
	a.clocks.stop()
	if ctx.Err() != nil {
		return err
	}
	if a.torn {
		return err
	}
	if a.whole && (err != nil || late || !a.pipe.complete.Load() || a.tap && isStopped(stop)) {
		return cmp.Or(err, ErrNotWhole)
	}
	if a.uncovered != nil {
		if left := a.endUncovered(stop); err == nil {
			err = left
		}
	}
	if cutErr := a.cut(ctx); err == nil {
		err = cutErr
	}
	return err
}

func (a *appender) receive(ctx context.Context, stop <-chan struct{}) error {
	for {
		select {
		case c, ok := <-a.pipe.queue:
			if !ok {
				return nil
			}
			if err := a.take(ctx, stop, c); err != nil {
				return err
			}
		case <-a.clocks.due():
			a.clocks.isDue = true
			if a.exact {
				if err := a.cut(ctx); err != nil {
					return err
				}
			}
		case <-a.clocks.overdue():
			a.tell.event(NoState{a.since.Counts})
			if err := a.cut(ctx); err != nil {
				return err
			}
		case <-a.pipe.progress.asked:
			a.pipe.progress.answer(a.before, a.since, a.batches)
		case <-stop:
			if a.whole {
				return ErrNotWhole
			}
			return a.drain(ctx, stop)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// ErrNotWhole is that of an input that is loaded as a whole or not at all.
var ErrNotWhole = errors.New("stopped before the end of the input; with --once nothing of it is loaded")

// drain takes what had been read when the load was stopped.
func (a *appender) drain(ctx context.Context, stop <-chan struct{}) error {
	for {
		select {
		case c, ok := <-a.pipe.queue:
			if !ok {
				return nil
			}
			if err := a.take(ctx, stop, c); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// errLate is that of a chunk which is not waited for any longer.
var errLate = errors.New("the load was stopped while records were checked")

// await waits for the next piece of a chunk, which begins there. Once the load is
// stopped that lasts only so long, for all chunks together, but for the rest of a record.
func (a *appender) await(ctx context.Context, stop <-chan struct{}, c *chunk, within bool, next place) error {
	if within {
		stop = nil
	}
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-stop:
	}
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-a.clocks.late():
		a.tell.event(LeftUnchecked{a.tell.at(c.file(), next.line, next.offset)})
		return errLate
	}
}

// take waits for a chunk's rows and appends them.
func (a *appender) take(ctx context.Context, stop <-chan struct{}, c *chunk) error {
	if err := a.pieces(ctx, stop, c); err != nil {
		return err
	}
	c.reader.Free(c.block) // all that is left of it is in the rows
	c.block.Data = nil
	err := a.chunk(ctx, c)
	if err == nil {
		err = c.err
	}
	a.pipe.progress.take(c, a.batches)
	a.pipe.free(c)
	return err
}

// piece takes what the worker handed over last.
func (a *appender) piece(ctx context.Context, c *chunk) error {
	at := 0
	for ; c.passed < c.piece.marks; c.passed++ {
		m := &c.marks[c.passed]
		if err := a.pass(ctx, c, at, m.row, c.rejects[c.reported:m.rejects]); err != nil {
			return err
		}
		at, c.reported = m.row, m.rejects
		switch m.kind {
		case markState:
			if err := a.reach(ctx, m.state, place{m.line, c.block.Offset + int64(m.at)}); err != nil {
				return err
			}
		case markActivate:
			if u := a.uncovered; u != nil && !u.apart {
				u.keepMark(m)
			} else {
				a.batches.activate(m.stream, m.version)
			}
		case markSkip, markSchema, markTooLong:
		}
	}
	var rejects []reject
	if c.piece.last {
		rejects = c.rejects[c.reported:]
	}
	err := a.pass(ctx, c, at, len(c.rows), rejects)
	if err != nil && !c.piece.last {
		a.reject(c.takeBack(c.rejects[c.reported:], len(c.rows)))
	}
	return err
}

// chunk takes the last piece of a chunk.
func (a *appender) chunk(ctx context.Context, c *chunk) error {
	if err := a.piece(ctx, c); err != nil {
		return err
	}
	a.summary.judged(c.dests)
	if a.exact && !a.since.any() && !a.whole { // a state that nothing stands in the way of
		return a.cut(ctx)
	}
	return nil
}

// reach comes to a STATE. One that is empty supersedes nothing, and covers nothing.
func (a *appender) reach(ctx context.Context, state []byte, at place) error {
	empty := singer.EmptyState(state)
	a.hollow = a.hollow || empty
	if a.uncovered != nil {
		if empty {
			return nil
		}
		if err := a.cover(ctx); err != nil {
			return err
		}
	}
	if !empty {
		a.covered = true
		a.state, a.stateAt = state, at
		a.since.cover()
	}
	a.exact = true
	if (a.clocks.isDue || a.batches.areMany() && !a.whole) && a.since.any() {
		return a.cut(ctx)
	}
	return nil
}

// append appends rows from to until of a chunk.
func (a *appender) append(ctx context.Context, c *chunk, from, until int) error {
	if from == until {
		return nil
	}
	a.clocks.start()
	a.exact = false
	start := 0
	if from > 0 {
		start = c.rows[from-1].end
	}
	for rows := c.rows[from:until]; len(rows) > 0; {
		d := &c.dests[rows[0].dest]
		if n := a.batches.alike(d, rows, start); n > 0 {
			end := rows[n-1].end
			d.file.set(c.out, rows[:n])
			d.file.AppendMany(c.out[start:end], n)
			d.rows += int64(n)
			start, rows = end, rows[n:]
			continue
		}
		end := rows[0].end
		if err := a.appendOne(ctx, c, start, rows[:1]); err != nil {
			a.torn = a.tears(d)
			a.load(c)
			c.appended = until - len(rows)
			return err
		}
		start, rows = end, rows[1:]
	}
	a.load(c)
	return nil
}

// load counts the records whose rows were appended.
func (a *appender) load(c *chunk) {
	for i := range c.dests {
		if d := &c.dests[i]; d.rows > 0 {
			if d.stream.parent == nil && d.stream.table != rejectedTable {
				a.since.load(d.stream.name, d.rows)
			}
			d.rows = 0
		}
	}
}

// tears reports whether a row that cannot be appended leaves behind, in files that would
// be committed, a part of its record, or rows that wait for the STATE after it.
func (a *appender) tears(d *dest) bool {
	if a.uncovered != nil {
		return !a.uncovered.apart
	}
	return d.stream.parent != nil
}

// appendOne appends a row, which begins there in the output of its chunk.
func (a *appender) appendOne(ctx context.Context, c *chunk, start int, r []row) error {
	d, out := &c.dests[r[0].dest], c.out[:r[0].end]
	before := a.batches.area.Held()
	if err := a.batches.provide(d, r[0].extra); err != nil {
		return err
	}
	f := d.file
	f.set(out, r)
	text := out[start:]
	if len(text) > staging.LargeRow {
		if start > len(text) { // and all of it would stay in memory
			text = bytes.Clone(text)
		} else {
			c.given = true
		}
	}
	if err := f.Append(text, f.extra && !r[0].extra); err != nil {
		return err
	}
	d.rows++
	limits := &a.memory.limits
	return a.grown(ctx, f, before, max(limits.large(int64(len(text))), limits.largeRecord(int64(r[0].large)<<20)))
}

// reject counts rejected records, and warns of the first ones of a stream.
func (a *appender) reject(rejects []reject) {
	for _, r := range rejects {
		reason := r.reason
		if r.many {
			reason = ""
		}
		a.since.reject(r.stream, reason, r.count)
		if !a.warned[r.stream] {
			a.warned[r.stream] = true
			a.tell.event(Rejection{r.stream, r.reason, a.tell.at(r.file, r.line, r.offset)})
		}
	}
}

// grown is called after every row: it ends blocks, parts and files that are
// large enough, and sees to it that there is memory for what is held now beyond
// what was before the row. So much memory is taken by the row, or by its record.
func (a *appender) grown(ctx context.Context, f *file, before, large int64) error {
	if !a.batches.isFull(f) {
		if a.batches.area.Held() <= before {
			return nil
		}
	} else if err := a.batches.advance(ctx, f); err != nil {
		return err
	}
	return a.memory.relieve(ctx, large)
}

// cut ends all files and hands them over, with the state that they are covered
// by, to be committed while reading goes on.
func (a *appender) cut(ctx context.Context) error {
	for name, s := range a.since.streams {
		a.before[name] = a.before[name].plus(s)
	}
	cp := &checkpoint{files: a.batches.handOver(), state: a.state, stateAt: a.stateAt, counts: a.since}
	a.state, a.since, a.exact = nil, a.since.next(), false
	a.clocks.stop()
	if len(cp.files) == 0 && cp.state == nil {
		return nil
	}
	select {
	case a.checkpoints <- cp:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
