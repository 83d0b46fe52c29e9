package target

import (
	"context"
	"errors"
	"fmt"

	"target-s3/target/staging"
)

// checkpoint is a set of closed files and the state that covers them. The
// committer owns it.
type checkpoint struct {
	files   []*file
	state   []byte // nil: none
	stateAt place  // of the last STATE
	after   int64  // rows since that
	counts  counts
}

// place is a line of the input, and where it begins.
type place struct{ line, offset int64 }

// counts are the records of a checkpoint.
type counts struct {
	records  map[string]int64 // that are loaded, by stream
	rejected rejections
}

func newCounts() counts { return counts{map[string]int64{}, rejections{}} }

func (c counts) merge(other counts) {
	for stream, n := range other.records {
		c.records[stream] += n
	}
	c.rejected.merge(other.rejected)
}

func (c counts) totals() (records, rejected int64) {
	for _, n := range c.records {
		records += n
	}
	for _, s := range c.rejected {
		rejected += s.total
	}
	return records, rejected
}

// commitAll is the goroutine that makes promises: checkpoint after checkpoint it
// completes the objects, and only then lets the state out.
func (l *load) commitAll(ctx context.Context) {
	for cp := range l.checkpoints {
		if ctx.Err() != nil {
			continue // what failed, failed; the rest is aborted
		}
		if err := l.commit(ctx, cp); err != nil {
			l.fail(err)
		}
	}
}

// commit stages all files, has the journal say so, publishes all files, and lets
// the state out.
func (l *load) commit(ctx context.Context, cp *checkpoint) error {
	begin := l.now()
	files := staged(cp.files)
	if err := l.area.StageAll(ctx, files); err != nil {
		return err
	}
	if err := l.enter(ctx, cp); err != nil {
		return err
	}
	if err := l.publish(ctx, files); err != nil {
		return err
	}
	written := cp.state != nil
	if written {
		if err := l.states.Write(cp.state); err != nil {
			return fmt.Errorf("%w; what that state covers is in the bucket, and a rerun brings it again", err)
		}
	}
	if l.journal != nil {
		l.journal.Released(cp.state)
	}
	l.summary.commit(cp, written)
	l.logCheckpoint(cp, written, l.now().Sub(begin))
	return nil
}

// enter makes the entry in the journal, where there is one. From then on the files
// are published and never aborted, by this load or by one that finds the entry.
func (l *load) enter(ctx context.Context, cp *checkpoint) error {
	if l.journal == nil || len(cp.files) == 0 {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	files := make([]Staged, len(cp.files))
	for i, f := range cp.files {
		files[i] = Staged{f.key.table, f.key.version, f.Rows(), f.Receipt()}
	}
	err := l.journal.Commit(ctx, files, cp.state)
	if err == nil || errors.Is(err, ErrUncertain) {
		l.area.Leave(staged(cp.files))
	}
	return err
}

// publish makes the files visible. Where one cannot be published, and the store can
// take objects back, none of them is: a rerun would bring them all again. With a
// journal there is no way back, since its entry says that they are published.
func (l *load) publish(ctx context.Context, files []*staging.File) error {
	err := l.area.PublishAll(ctx, files)
	if err != nil && l.journal == nil {
		l.area.RetractAll(ctx, files, func(f *staging.File, err error) {
			l.log.Warn("a file of the commit that failed could not be taken back: no state covers it, and a rerun brings its rows again",
				"location", l.store.Location(f.Key()), "error", err)
		})
	}
	return err
}
