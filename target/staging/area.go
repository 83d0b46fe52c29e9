package staging

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"target-s3/target/compress"
	"target-s3/target/store"
)

// Options are what an Area works with.
type Options struct {
	Store   store.Store
	Durable bool // objects are staged so that another process can publish them

	Checksums bool // the Sums of files have the checksum, whatever the store

	Requests int // parts that are uploaded at the same time
	Workers  int // that compress, each a call of Compress

	PartSize int64

	// Group is how much memory a row group may take while it is made that others are
	// made beside.
	Group int64

	// Failed is told, from any goroutine, that a part could not be uploaded.
	Failed func(error)
}

// Area is where files are until they are published.
type Area struct {
	options  Options
	jobs     chan *job     // blocks and row groups to compress
	requests chan struct{} // one token a request in flight
	held     int64         // memory of the files that were not handed over
	onTheWay Gauge         // memory that only the store still needs
	most     atomic.Int64  // of it, as was said last
	buffers  sync.Pool
	windows  sync.Pool
	results  results
	large    sync.Mutex // of whoever makes a row group that takes more
	widened  []byte     // the last row that was, for the goroutine that appends

	mu     sync.Mutex
	remain map[*File]struct{} // that would leave something behind
}

// New returns an Area without files.
func New(o Options) *Area {
	a := &Area{
		options: o, jobs: make(chan *job, o.Workers), requests: make(chan struct{}, max(1, o.Requests)),
		buffers: sync.Pool{New: func() any { return new([bufferSize]byte) }},
		windows: sync.Pool{New: func() any { return new([windowSize]byte) }},
		remain:  map[*File]struct{}{},
	}
	a.most.Store(math.MaxInt64)
	return a
}

// Held is the memory that files take which were not handed over. It is for the
// goroutine that owns them.
func (a *Area) Held() int64 { return a.held }

// Await returns when at most so much memory is on its way, or ctx ends. Files that are
// completed meanwhile, or until the next call, keep to it as well: what many small ones
// come to may take more memory than their rows did.
func (a *Area) Await(ctx context.Context, most int64) error {
	a.most.Store(most)
	return a.onTheWay.Await(ctx, most)
}

// isFull reports whether more memory is on its way than there should be.
func (a *Area) isFull() bool { return a.onTheWay.now() > a.most.Load() }

const (
	// bufferSize leaves room for the row that fills a block and goes beyond it.
	bufferSize = compress.BlockSize + 32<<10
	// windowSize is what the codecs make use of.
	windowSize = 32 << 10
)

func (a *Area) newBuffer() []byte { return a.buffers.Get().(*[bufferSize]byte)[:0] }

func (a *Area) freeBuffer(b []byte) {
	if cap(b) == bufferSize { // the others grew for a long row
		a.buffers.Put((*[bufferSize]byte)(b[:bufferSize]))
	}
}

// request calls the store when one of the permitted requests is free.
func (a *Area) request(ctx context.Context, call func() error) error {
	select {
	case a.requests <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-a.requests }()
	return call()
}

// StageAll completes and stages files that were handed over. After it only their
// publishing is missing; nothing of them is visible.
func (a *Area) StageAll(ctx context.Context, files []*File) error {
	if err := each(ctx, files, cap(a.requests), (*File).complete); err != nil {
		return err
	}
	return each(ctx, files, store.MostPublishing, (*File).stage)
}

// PublishAll makes staged files visible. After an error some may be.
func (a *Area) PublishAll(ctx context.Context, files []*File) error {
	return each(ctx, files, store.MostPublishing, (*File).publish)
}

// each does something with all files, so many at once. It returns when all are done
// or the first error, which stops the others, has come back.
func each(ctx context.Context, files []*File, atOnce int, do func(*File, context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	var once sync.Once
	var first error
	free := make(chan struct{}, atOnce)
	for _, f := range files {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			if err := do(f, ctx); err != nil {
				once.Do(func() { first = err; cancel(err) })
			}
		})
	}
	all.Wait()
	return first
}

// cleanUp bounds the time that is taken after a failure, which may be that the store
// is out of reach.
const cleanUp = 30 * time.Second

// RetractAll takes back what PublishAll has made visible, where the store can; it
// tells of each file that could not be taken back. It works on after ctx ended.
func (a *Area) RetractAll(ctx context.Context, files []*File, failed func(*File, error)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUp)
	defer cancel()
	for _, f := range files {
		err := f.upload.Retract(ctx)
		if errors.Is(err, errors.ErrUnsupported) {
			return // nor the others
		}
		if err != nil {
			failed(f, err)
		}
	}
}

// Leave has AbortAll leave these files alone: they are published, or somebody else
// will see to them.
func (a *Area) Leave(files []*File) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range files {
		delete(a.remain, f)
	}
}

// AbortAll removes what was staged and not published, and tells of each file that
// left something behind. It works on after ctx ended, or nothing would ever be
// cleaned up. No other call may be under way.
func (a *Area) AbortAll(ctx context.Context, failed func(*File, error)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUp)
	defer cancel()
	var all sync.WaitGroup
	var mu sync.Mutex
	var again []*File
	free := make(chan struct{}, 8)
	for f := range a.remain {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			f.parts.Wait()
			if err := f.upload.Abort(ctx); err != nil {
				mu.Lock()
				defer mu.Unlock()
				again = append(again, f)
			}
		})
	}
	all.Wait()
	// One at a time: what there is too little of, such as descriptors of open files,
	// is free now.
	for _, f := range again {
		if err := f.upload.Abort(ctx); err != nil {
			failed(f, err)
		}
	}
}
