package target

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"target-s3/singer"
	"target-s3/target/staging"
)

// checkpoint is a set of closed files and the state that covers them. The
// committer owns it.
type checkpoint struct {
	files   []*file
	state   []byte // nil: none
	stateAt place  // of the last STATE
	counts  *counts
}

// place is a line of the input, and where it begins.
type place struct{ line, offset int64 }

// event is the checkpoint as it is told.
func (cp *checkpoint) event(location func(key string) string, took time.Duration) Checkpoint {
	e := Checkpoint{Counts: cp.counts.Counts, Streams: cp.counts.byStream(), State: cp.state, Took: took}
	for _, f := range cp.files {
		e.Objects = append(e.Objects, f.written(location))
	}
	return e
}

// written is the file as an object.
func (f *file) written(location func(key string) string) Object {
	o := Object{
		Key: f.Key(), Location: location(f.Key()), Table: f.key.table, Version: f.key.version,
		Rows: f.Rows(), Bytes: f.Size(), Sums: f.Sums(), First: f.first, Last: f.last, BatchedAt: string(f.opened[:]),
	}
	if o.Table != rejectedTable {
		o.Stream, o.Schema = f.stream.name, hex.EncodeToString(f.stream.fingerprint())
	}
	return o
}

// committer is the goroutine that makes promises: checkpoint after checkpoint it
// completes the objects, and only then lets the state out.
type committer struct {
	area     *staging.Area
	journal  Journal // nil: none
	states   *singer.StateWriter
	location func(key string) string
	summary  *tally
	tell     *teller
	now      func() time.Time
}

// run commits until there are no more checkpoints. An error ends the load.
func (c *committer) run(ctx context.Context, checkpoints <-chan *checkpoint, fail func(error)) {
	for cp := range checkpoints {
		if ctx.Err() != nil {
			continue // what failed, failed; the rest is aborted
		}
		if err := c.commit(ctx, cp); err != nil {
			fail(err)
		}
	}
}

// commit stages all files, says so in the journal, publishes all files, and writes
// the state.
func (c *committer) commit(ctx context.Context, cp *checkpoint) error {
	begin := c.now()
	files := staged(cp.files)
	if err := c.area.StageAll(ctx, files); err != nil {
		return err
	}
	if err := c.enter(ctx, cp); err != nil {
		return err
	}
	if err := c.publish(ctx, files); err != nil {
		return err
	}
	written := cp.state != nil
	if written {
		if err := c.states.Write(cp.state); err != nil {
			return fmt.Errorf("%w; %s", err, c.afterLostState(cp))
		}
	}
	if c.journal != nil {
		c.journal.Released(cp.state)
	}
	c.summary.commit(cp, c.location)
	c.tell.event(cp.event(c.location, c.now().Sub(begin)))
	return nil
}

// afterLostState says what becomes of a checkpoint whose state could not be written.
func (c *committer) afterLostState(cp *checkpoint) string {
	switch {
	case len(cp.files) == 0:
		return "no records hang on that state, and a rerun begins with the one before"
	case c.journal != nil:
		return "what that state covers is in the bucket, and the journal has the state: the next run writes it and ends with exit code 75, and nothing comes twice"
	}
	return "what that state covers is in the bucket, and a rerun brings it again"
}

// enter makes the entry in the journal, where there is one. From then on the files
// are published and never aborted, by this load or by one that finds the entry.
func (c *committer) enter(ctx context.Context, cp *checkpoint) error {
	if c.journal == nil || len(cp.files) == 0 {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	files := make([]Staged, len(cp.files))
	for i, f := range cp.files {
		files[i] = Staged{f.key.table, f.key.version, f.Rows(), f.Receipt()}
	}
	err := c.journal.Commit(ctx, files, cp.state)
	if err == nil || errors.Is(err, ErrUncertain) {
		c.area.Leave(staged(cp.files))
	}
	return err
}

// publish makes the files visible. Where one cannot be published, and the store can
// take objects back, none of them is: a rerun would bring them all again. With a
// journal there is no way back, since its entry says that they are published.
func (c *committer) publish(ctx context.Context, files []*staging.File) error {
	err := c.area.PublishAll(ctx, files)
	if err != nil && c.journal == nil {
		c.area.RetractAll(ctx, files, func(f *staging.File, err error) {
			c.tell.event(NotRetracted{c.location(f.Key()), err})
		})
	}
	return err
}
