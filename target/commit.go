package target

import (
	"context"
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

func (l *load) commit(ctx context.Context, cp *checkpoint) error {
	begin := l.now()
	if err := l.commitFiles(ctx, cp.files); err != nil {
		return err
	}
	written := cp.state != nil
	if written {
		if err := l.states.Write(cp.state); err != nil {
			return fmt.Errorf("%w; what that state covers is in the bucket, and a rerun brings it again", err)
		}
	}
	l.summary.commit(cp, written)
	l.logCheckpoint(cp, written, l.now().Sub(begin))
	return nil
}

// commitFiles commits in parallel, and returns when all are done or one failed.
func (l *load) commitFiles(ctx context.Context, files []*file) error {
	var all sync.WaitGroup
	var once sync.Once
	var first error
	free := make(chan struct{}, cap(l.uploading))
	for _, f := range files {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			if err := f.commit(ctx); err != nil {
				once.Do(func() { first = err; l.fail(err) }) // stops the others too
			}
		})
	}
	all.Wait()
	return first
}

// commit makes the file visible.
func (f *file) commit(ctx context.Context) error {
	held := f.held
	if err := f.finish(ctx); err != nil {
		return err
	}
	f.writes.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var tail store.Part
	var pages [][]byte
	if f.size > 0 {
		tail, pages = f.cut(f.size)
	}
	if err := f.load.request(ctx, func() error { return store.Commit(ctx, f.upload, tail) }); err != nil {
		return err
	}
	f.load.uploads.remove(f)
	f.load.shipping.add(-held)
	for _, b := range pages {
		freePage(b)
	}
	return nil
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
