package target

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"target-s3/target/store"
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
	if err := l.stageFiles(ctx, cp.files); err != nil {
		return err
	}
	if err := l.enter(ctx, cp); err != nil {
		return err
	}
	if err := l.publishFiles(ctx, cp.files); err != nil {
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
		files[i] = Staged{f.key.table, f.key.version, f.rows, f.upload.Receipt()}
	}
	err := l.journal.Commit(ctx, files, cp.state)
	if err == nil || errors.Is(err, ErrUncertain) {
		for _, f := range cp.files {
			l.uploads.remove(f)
		}
	}
	return err
}

// each does something with all files, so many at once. It returns when all are done
// or one failed, which stops the others.
func (l *load) each(files []*file, atOnce int, do func(*file) error) error {
	var all sync.WaitGroup
	var once sync.Once
	var first error
	free := make(chan struct{}, atOnce)
	for _, f := range files {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			if err := do(f); err != nil {
				once.Do(func() { first = err; l.fail(err) })
			}
		})
	}
	all.Wait()
	return first
}

// stageFiles does all that is long and may fail: after it only publishing is missing.
// Nothing is visible yet.
func (l *load) stageFiles(ctx context.Context, files []*file) error {
	return l.each(files, cap(l.uploading), func(f *file) error { return f.stage(ctx) })
}

func (f *file) stage(ctx context.Context) error {
	if err := f.finish(ctx); err != nil {
		return err
	}
	f.writes.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var tail store.Part
	if f.size > 0 {
		tail, f.tail = f.cut(f.size)
	}
	return f.load.request(ctx, func() error { return f.upload.Stage(ctx, tail) })
}

// publishFiles makes the files visible. Where one cannot be published, and the store
// can take objects back, none of them is: a rerun would bring them all again. With
// a journal there is no way back, since its entry says that they are published.
func (l *load) publishFiles(ctx context.Context, files []*file) error {
	err := l.each(files, store.MostPublishing, func(f *file) error { return f.publish(ctx) })
	if err != nil && l.journal == nil {
		l.retract(ctx, files)
	}
	return err
}

func (f *file) publish(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := f.upload.Publish(ctx); err != nil {
		return err
	}
	f.load.uploads.remove(f)
	f.load.shipping.add(-f.tailHeld)
	for _, b := range f.tail {
		freePage(b)
	}
	f.tail = nil
	return nil
}

// retract takes back what was published. A store that cannot says so of the first.
func (l *load) retract(ctx context.Context, files []*file) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	for _, f := range files {
		err := f.upload.Retract(ctx)
		if errors.Is(err, errors.ErrUnsupported) {
			return
		}
		if err != nil {
			l.log.Warn("a file of the commit that failed could not be taken back: no state covers it, and a rerun brings its rows again",
				"location", l.store.Location(f.object.String()), "error", err)
		}
	}
}

// uploadSet are the files that would leave something behind.
type uploadSet struct {
	mu    sync.Mutex
	files map[*file]struct{}
}

func (u *uploadSet) add(f *file) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.files == nil {
		u.files = map[*file]struct{}{}
	}
	u.files[f] = struct{}{}
}

func (u *uploadSet) remove(f *file) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.files, f)
}

// abortTimeout bounds the cleaning up after a failure, which may be that the
// store is out of reach.
const abortTimeout = 30 * time.Second

// abortAll removes what was staged and not committed. It works on after ctx was
// cancelled, or nothing would ever be cleaned up.
func (u *uploadSet) abortAll(ctx context.Context, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	var all sync.WaitGroup
	free := make(chan struct{}, 8)
	for f := range u.files { // nobody adds or removes any more
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			f.writes.Wait()
			if err := f.upload.Abort(ctx); err != nil {
				log.Warn("an upload could not be aborted; its parts cost storage until a lifecycle rule removes them",
					"key", f.object.String(), "error", err)
			}
		})
	}
	all.Wait()
}
