package target

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"target-s3/target/staging"
)

// uncovered are the rows that came after the last STATE, where they are not to be
// published before another covers them. They wait outside of the files until then.
// Where they become too many the files that there are take no more rows: what comes
// goes into files of its own, which are dropped as a whole where no STATE follows.
//
// Which of the two it is hangs on the size of the rows alone, and not on how the
// input arrives.
type uncovered struct {
	most  int64   // bytes that may wait
	rows  *chunk  // that wait, with what is to happen between them
	size  int64   // of these
	apart bool    // they are in files of their own
	files int     // of batches.closed, that a STATE covers; where they are apart
	since *counts // what is in those
}

// UncoveredError says that the input ended with records that no STATE covers, and
// that they were left to the next run.
type UncoveredError struct {
	Streams map[string]int64 // how many, by stream
	NoState bool             // not one STATE came, but for empty ones
	Hollow  bool             // empty ones came: they cover nothing
}

func (e *UncoveredError) Error() string {
	const most = 20
	var parts []string
	names := slices.Sorted(maps.Keys(e.Streams))
	for _, name := range names[:min(len(names), most)] {
		parts = append(parts, fmt.Sprintf("%d of stream %q", e.Streams[name], name))
	}
	if n := len(names) - most; n > 0 {
		parts = append(parts, fmt.Sprintf("those of %d more streams", n))
	}
	left := strings.Join(parts, ", ")
	if e.NoState {
		what, never := "no STATE", "a STATE"
		if e.Hollow {
			what, never = "no STATE but empty ones, which cover nothing", "another"
		}
		return "the tap sent " + what + ", so its records were not loaded: " + left +
			". If this tap never sends " + never + ", set uncovered_records to commit; each run then loads all that the tap sends. Otherwise the tap failed: see its own messages, and run again"
	}
	what := "a STATE"
	if e.Hollow {
		what = "a STATE (an empty one covers nothing)"
	}
	return "the input ended without " + what + " for its last records, so they were not loaded and are left to the next run: " + left +
		". If the tap failed, see its own messages, and run again. If it does not end with a STATE, set uncovered_records to commit; the next run may then bring these records again"
}

// pass takes rows from to until of a chunk, and the rejected records among them: to
// the files, or to wait.
func (a *appender) pass(ctx context.Context, c *chunk, from, until int, rejects []reject) error {
	u := a.uncovered
	if u == nil || u.apart {
		err := a.append(ctx, c, from, until)
		if err != nil {
			rejects = c.takeBack(rejects, until)
		}
		a.reject(rejects)
		return err
	}
	err := a.keep(ctx, c, from, until)
	if u.apart { // by now
		a.reject(rejects)
	} else {
		u.rows.rejects = append(u.rows.rejects, rejects...)
	}
	return err
}

// keep has rows from to until of a chunk wait for a STATE.
func (a *appender) keep(ctx context.Context, c *chunk, from, until int) error {
	if from == until {
		return nil
	}
	a.clocks.start()
	a.exact = false
	u := a.uncovered
	for i := from; i < until; i++ {
		start := 0
		if i > 0 {
			start = c.rows[i-1].end
		}
		r := &c.rows[i]
		size := int64(r.end-start) + rowOverhead
		if u.size+size > u.most || size > staging.LargeRow {
			if err := a.setApart(ctx); err != nil {
				return err
			}
			return a.append(ctx, c, i, until)
		}
		u.size += size
		d := &c.dests[r.dest]
		out := append(u.rows.out, c.out[start:r.end]...) //nolint:gocritic // it becomes that of rows
		at := r.batchedAt
		if at >= 0 {
			at += len(u.rows.out) - start
		}
		u.rows.out = out
		u.rows.rows = append(u.rows.rows, row{len(out), at, r.sequence, u.rows.dest(d.destKey), r.extra, r.large})
	}
	return nil
}

// keepMark has what is to happen between rows wait with them.
func (u *uncovered) keepMark(m *mark) {
	kept := *m
	kept.row, kept.rejects = len(u.rows.rows), len(u.rows.rejects)
	u.rows.marks = append(u.rows.marks, kept)
}

// setApart ends the files that a STATE covers, and begins others with what waits.
func (a *appender) setApart(ctx context.Context) error {
	u := a.uncovered
	a.batches.closeAll()
	u.apart, u.files, u.since = true, len(a.batches.closed), a.since
	a.since = newCounts()
	return a.release(ctx)
}

// cover is what a STATE does: all rows before it are for the next checkpoint.
func (a *appender) cover(ctx context.Context) error {
	u := a.uncovered
	if u.apart {
		u.since.merge(a.since)
		a.since, u.since, u.apart = u.since, nil, false
		return nil
	}
	return a.release(ctx)
}

// release appends what waits to files.
func (a *appender) release(ctx context.Context) error {
	u := a.uncovered
	waiting := u.rows
	u.rows, u.size = a.pipe.chunks.new(), 0
	at, rejects := 0, 0
	for i := range waiting.marks { // of activations alone
		m := &waiting.marks[i]
		if err := a.append(ctx, waiting, at, m.row); err != nil {
			return err
		}
		a.reject(waiting.rejects[rejects:m.rejects])
		at, rejects = m.row, m.rejects
		a.batches.activate(m.stream, m.version)
	}
	if err := a.append(ctx, waiting, at, len(waiting.rows)); err != nil {
		return err
	}
	a.reject(waiting.rejects[rejects:])
	a.pipe.chunks.free(waiting)
	return nil
}

// dropUncovered drops what no STATE covers, and returns how many records that are, by
// stream. The uploads of files are aborted with all that are not published.
func (a *appender) dropUncovered() map[string]int64 {
	u, left := a.uncovered, map[string]int64{}
	if u.apart {
		for stream, n := range a.since.streams {
			left[stream] = n.Records + n.Rejected
		}
		clear(a.batches.open)
		a.batches.closed, a.since = a.batches.closed[:u.files], u.since
	}
	for i := range u.rows.rows {
		if s := u.rows.dests[u.rows.rows[i].dest].stream; s.parent == nil && s.table != rejectedTable {
			left[s.name]++
		}
	}
	for _, r := range u.rows.rejects {
		left[r.stream] += r.count
	}
	return left
}

// endUncovered drops what no STATE covers, and says so: by an error where the input
// ended with it. Where the load was stopped that is as it should be.
func (a *appender) endUncovered(stop <-chan struct{}) error {
	left := a.dropUncovered()
	if len(left) == 0 {
		return nil
	}
	if !isClosed(stop) && a.pipe.complete.Load() {
		return &UncoveredError{Streams: left, NoState: !a.covered, Hollow: a.hollow}
	}
	a.tell.event(LeftUncovered{left})
	return nil
}
