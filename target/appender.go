package target

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"target-s3/singer"
	"target-s3/target/format"
)

// appender is the goroutine that owns the files: it appends rows in input order,
// closes files, and cuts checkpoints.
//
// What it decides must not depend on how fast others are, so that the objects
// are the same however many workers there are: wherever a decision hangs on the
// size of compressed blocks, it first waits for those blocks.
type appender struct {
	load       *load
	files      map[tableKey]*file // open
	closed     []*file            // since the last checkpoint
	state      []byte             // the last STATE, nil once it is on its way out
	exact      bool               // no row came after that STATE
	covered    bool               // a STATE came
	begun      bool               // the clocks run
	uncovered  *uncovered         // nil: rows that no STATE covers are committed as well
	due        bool               // the next STATE is a checkpoint
	wait, most *time.Timer        // until due, and until there need be no STATE
	late       <-chan time.Time   // once the load is stopped: when no chunk is waited for any longer
	since      *counts            // the last checkpoint
	stateAt    place              // of the last STATE
	warned     map[string]bool    // streams of which a rejected record was warned of
}

func newAppender(l *load) *appender {
	a := &appender{
		load:  l,
		files: map[tableKey]*file{}, since: newCounts(), warned: map[string]bool{},
		wait: time.NewTimer(time.Hour), most: time.NewTimer(time.Hour),
	}
	a.wait.Stop()
	a.most.Stop()
	if l.config.DiscardsUncovered() && !l.whole {
		a.uncovered = &uncovered{most: l.limits.uncovered, rows: l.chunks.new()}
	}
	return a
}

// run appends until the input ends, and commits what came. The error is that of
// the input; what else fails ends ctx.
func (a *appender) run(ctx context.Context, stop <-chan struct{}) error {
	err := a.receive(ctx, stop)
	late := errors.Is(err, errLate)
	if late {
		err = nil
	}
	a.wait.Stop()
	a.most.Stop()
	if ctx.Err() != nil {
		return err
	}
	if a.load.whole && (err != nil || late || !a.load.complete.Load()) {
		return cmp.Or(err, errNotWhole)
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
		case c, ok := <-a.load.queue:
			if !ok {
				return nil
			}
			if err := a.take(ctx, stop, c); err != nil {
				return err
			}
		case <-a.wait.C:
			a.due = true
			if a.exact {
				if err := a.cut(ctx); err != nil {
					return err
				}
			}
		case <-a.most.C:
			a.load.tell(NoState{a.since.Counts})
			if err := a.cut(ctx); err != nil {
				return err
			}
		case <-stop:
			if a.load.whole {
				return errNotWhole
			}
			return a.drain(ctx, stop)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// errNotWhole is that of an input that is loaded as a whole or not at all.
var errNotWhole = errors.New("stopped before the end of the input, of which nothing is loaded then (--once)")

// drain takes what had been read when the load was stopped.
func (a *appender) drain(ctx context.Context, stop <-chan struct{}) error {
	for {
		select {
		case c, ok := <-a.load.queue:
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

// await waits for a chunk's rows. Once the load is stopped that lasts only so long,
// for all chunks together.
func (a *appender) await(ctx context.Context, stop <-chan struct{}, c *chunk) error {
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-stop:
	}
	if a.late == nil {
		a.late = time.After(a.load.patience)
	}
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-a.late:
		a.load.tell(LeftUnchecked{c.firstLine})
		return errLate
	}
}

// take waits for a chunk's rows and appends them.
func (a *appender) take(ctx context.Context, stop <-chan struct{}, c *chunk) error {
	if err := a.await(ctx, stop, c); err != nil {
		return err
	}
	err := a.chunk(ctx, c)
	if err == nil {
		err = c.err
	}
	a.load.reading.Add(-c.size)
	c.reader.Free(c.block)
	a.load.chunks.free(c)
	return err
}

func (a *appender) chunk(ctx context.Context, c *chunk) error {
	at, rejects := 0, 0
	for i := range c.marks {
		m := &c.marks[i]
		if err := a.pass(ctx, c, at, m.row, c.rejects[rejects:m.rejects]); err != nil {
			return err
		}
		at, rejects = m.row, m.rejects
		switch m.kind {
		case markState:
			if a.uncovered != nil {
				if singer.EmptyState(m.state) { // which covers nothing
					continue
				}
				if err := a.cover(ctx); err != nil {
					return err
				}
			}
			if !singer.EmptyState(m.state) { // one that says nothing supersedes nothing
				a.covered = true
				a.state, a.stateAt = m.state, place{m.line, c.block.Offset + int64(m.at)}
				a.since.cover()
			}
			a.exact = true
			if a.due && a.since.any() {
				if err := a.cut(ctx); err != nil {
					return err
				}
			}
		case markActivate:
			if u := a.uncovered; u != nil && !u.apart {
				u.keepMark(m)
			} else {
				a.activate(m.stream, m.version)
			}
		case markSkip, markSchema, markTooLong:
		}
	}
	if err := a.pass(ctx, c, at, len(c.rows), c.rejects[rejects:]); err != nil {
		return err
	}
	for i := range c.dests {
		d := &c.dests[i]
		a.load.summary.judged(d.stream, d.proven, d.asked)
	}
	if a.exact && !a.since.any() && !a.load.whole { // a state that nothing stands in the way of
		return a.cut(ctx)
	}
	return nil
}

// append appends rows from to until of a chunk.
func (a *appender) append(ctx context.Context, c *chunk, from, until int) error {
	if from == until {
		return nil
	}
	if !a.begun {
		a.begin()
	}
	a.exact = false
	start := 0
	if from > 0 {
		start = c.rows[from-1].end
	}
	for i := from; i < until; i++ {
		r := &c.rows[i]
		d := &c.dests[r.dest]
		before := a.load.area.Held()
		if err := a.provide(ctx, d, r.extra); err != nil {
			return err
		}
		if r.batchedAt >= 0 {
			copy(c.out[r.batchedAt:], d.file.opened[:])
		}
		if err := d.file.Append(c.out[start:r.end], d.file.extra && !r.extra); err != nil {
			return err
		}
		d.rows++
		size := int64(r.end - start)
		start = r.end
		if err := a.grown(ctx, d.file, before, size); err != nil {
			return err
		}
	}
	for i := range c.dests {
		if d := &c.dests[i]; d.rows > 0 {
			if d.stream.parent == nil && d.stream != a.load.rejected {
				a.since.load(d.stream.name, d.rows)
			}
			d.rows = 0
		}
	}
	return nil
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
			a.load.tell(Rejection{r.stream, r.reason, a.load.at(r.line, r.offset)})
		}
	}
}

// begin starts the clocks of a checkpoint, with its first row. There are none where
// the only one is at the end.
func (a *appender) begin() {
	a.begun = true
	if a.load.whole {
		return
	}
	c := a.load.config
	a.due = c.BatchWaitLimit == 0
	if !a.due {
		a.wait.Reset(c.BatchWaitLimit)
	}
	if c.MaxUncommitted > 0 && a.load.journal == nil && a.uncovered == nil { // which is of no use without states
		a.most.Reset(c.MaxUncommitted)
	}
}

// provide sees to it that d.file is open, for the row's stream and columns.
func (a *appender) provide(ctx context.Context, d *dest, extra bool) error {
	if f := d.file; f != nil && !f.closed && (f.extra || !extra) {
		return nil
	}
	key := tableKey{d.stream.table, d.version}
	f := a.files[key]
	if f != nil && (f.stream != d.stream || (extra && !f.extra)) {
		a.close(f)
		f = nil
	}
	if f == nil {
		var err error
		if f, err = a.open(key, d.stream, extra); err != nil {
			return err
		}
	}
	d.file = f
	return nil
}

// open opens a file.
func (a *appender) open(key tableKey, s *stream, extra bool) (*file, error) {
	f, err := a.load.openFile(key, s, extra)
	if err != nil {
		return nil, err
	}
	a.files[key] = f
	return f, nil
}

// grown is called after every row: it ends blocks, parts and files that are
// large enough, and sees to it that there is memory for what is held now beyond
// what was before the row, of that size.
func (a *appender) grown(ctx context.Context, f *file, before, row int64) error {
	most := a.load.config.BatchSizeRows
	full := most > 0 && f.Rows() >= most
	if !full && !f.IsBlockFull() {
		if a.load.area.Held() <= before {
			return nil
		}
		return a.relieve(ctx, row)
	}
	if err := f.Flush(ctx); err != nil {
		return err
	}
	large, err := f.IsLarge(ctx)
	if err != nil {
		return err
	}
	if full || large {
		if err := f.Encode(ctx); err != nil {
			return err
		}
		a.close(f)
	}
	f.ShipParts(ctx)
	return a.relieve(ctx, row)
}

// close ends a file: its rows wait for the checkpoint.
func (a *appender) close(f *file) {
	f.closed = true
	delete(a.files, f.key)
	a.closed = append(a.closed, f)
}

// activate closes the stream's files of other versions.
func (a *appender) activate(name string, version int64) {
	for _, f := range a.openFiles() {
		if f.stream.name == name && f.stream != a.load.rejected && f.key.version != version {
			a.close(f)
		}
	}
}

// openFiles returns the open files in the order of their keys.
func (a *appender) openFiles() []*file {
	files := slices.Collect(maps.Values(a.files))
	sortFiles(files)
	return files
}

// relieve keeps memory within its limits, after a row of that size. What it does to
// the files hangs on that and on what is held alone, and on the latter only once no block is
// pending.
func (a *appender) relieve(ctx context.Context, row int64) error {
	limits := &a.load.limits
	large := limits.large(row)
	held := max(0, limits.held-large)
	if a.uncovered != nil {
		held -= min(held, 2*a.uncovered.most) // the buffer for it may just have grown
	}
	if a.load.area.Held() > held {
		if err := a.settle(ctx); err != nil {
			return err
		}
	}
	if a.load.area.Held() > held {
		if err := a.squeeze(ctx); err != nil {
			return err
		}
		// Well below the limit, or the next row would be here again.
		if err := a.giveWay(ctx, held/4*3); err != nil {
			return err
		}
	}
	return a.load.area.Await(ctx, limits.total-large-a.load.area.Held())
}

// settle waits until nothing is pending.
func (a *appender) settle(ctx context.Context) error {
	for _, f := range slices.Concat(a.closed, a.openFiles()) {
		if err := f.Settle(ctx); err != nil {
			return err
		}
		f.ShipParts(ctx)
	}
	return nil
}

const (
	// squeezeBlock is the smallest block worth compressing before it is full.
	squeezeBlock = 16 << 10
	// squeezeGroup is that of row groups, each of which has metadata of its own, or
	// squeezeColumn for each of its columns if that is more.
	squeezeGroup, squeezeColumn = 64 << 10, 1 << 10
)

// squeezable is how much a file must have that is worth compressing before it is due.
func (f *file) squeezable() int64 {
	if layout, ok := f.stream.layout.(format.Grouped); ok {
		return max(squeezeGroup, int64(layout.Columns())*squeezeColumn)
	}
	return squeezeBlock
}

// squeeze compresses what is open: many files that have little each take more
// memory so than in any other way.
func (a *appender) squeeze(ctx context.Context) error {
	var busy []*file // as many as keep the compressors busy
	for _, f := range a.openFiles() {
		if !f.Encodes() || f.Unencoded() < f.squeezable() {
			continue
		}
		if err := f.Encode(ctx); err != nil {
			return err
		}
		if busy = append(busy, f); len(busy) > 2*a.load.workers {
			if err := busy[0].Settle(ctx); err != nil {
				return err
			}
			busy = busy[1:]
		}
	}
	return a.settle(ctx)
}

// giveWay ends files, the largest first, and uploads what they have in memory as
// their last part, until so much is held at most.
func (a *appender) giveWay(ctx context.Context, until int64) error {
	files := slices.Concat(a.closed, a.openFiles())
	sortFiles(files)
	slices.SortStableFunc(files, func(a, b *file) int { return cmp.Compare(b.Held(), a.Held()) })
	for _, f := range files {
		if a.load.area.Held() <= until || f.Held() == 0 {
			break
		}
		if !f.closed {
			a.close(f)
		}
		if err := f.ShipAll(ctx); err != nil {
			return err
		}
	}
	return nil
}

// cut ends all files and hands them over, with the state that they are covered
// by, to be committed while reading goes on.
func (a *appender) cut(ctx context.Context) error {
	for _, f := range a.openFiles() {
		a.close(f)
	}
	sortFiles(a.closed)
	for _, f := range a.closed {
		f.HandOver()
	}
	cp := &checkpoint{files: a.closed, state: a.state, stateAt: a.stateAt, counts: a.since}
	a.closed, a.state, a.since = nil, nil, a.since.next()
	a.exact, a.due, a.begun = false, false, false
	a.wait.Stop()
	a.most.Stop()
	if len(cp.files) == 0 && cp.state == nil {
		return nil
	}
	select {
	case a.load.checkpoints <- cp:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
