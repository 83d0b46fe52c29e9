package target

import (
	"cmp"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"target-s3/singer"
	"target-s3/target/compress"
	"target-s3/target/config"
	"target-s3/target/format/parquet"
	"target-s3/target/staging"
	"target-s3/target/store"
)

// Options are what a load works with.
type Options struct {
	Config config.Config // as config.Load returned it
	Store  store.Store
	State  io.Writer   // gets the states, each in one unbuffered Write
	Event  func(Event) // is told what happens, as Event says; nil: nobody is

	Journal Journal // nil: a crash inside a commit may leave rows that a rerun brings again

	// Whole has the input loaded as a whole or not at all: nothing is committed before
	// its end, nor where it fails or is stopped before.
	Whole bool

	// What makes two loads of the same input differ comes in here.
	Now    func() time.Time // nil: time.Now
	RunKey [16]byte         // random; the __sdc_primary_key values derive from it

	// Locate, where set, says in which file of several the byte at an offset of the
	// input is, and how many lines and bytes come before that file. It may be called
	// from any goroutine.
	Locate func(offset int64) (file string, lines, bytes int64)

	Workers int // goroutines that parse and that compress; 0: one a CPU

	// Patience is how long a load that is stopped waits for records that are being
	// checked: one may take a minute. 0: 5 seconds.
	Patience time.Duration
}

// TooManyRejected says that a load is complete and durable, but that more of its
// records were rejected than max_rejected_records allows.
type TooManyRejected struct{ Rejected, Allowed int64 }

func (e *TooManyRejected) Error() string {
	return fmt.Sprintf("more records were rejected (%d) than max_rejected_records allows (%d); everything else is loaded, and the rejected records are in table %s",
		e.Rejected, e.Allowed, rejectedTable)
}

// Load reads Singer messages from input until its end, until stop is closed, or
// until something fails, and makes their records durable in the store. When it
// returns nothing staged is left behind, as far as the store can be reached.
//
// Closing stop ends a load as the end of input does: what was read is committed,
// but for records that take longer than Patience to be checked, and those behind
// them. Neither a Read that blocks nor such a record delays that; both may go on
// after Load has returned, to no effect. Cancelling ctx gives up at once; what
// is not yet committed is dropped, and no state that covers it is written.
//
// The error is the first thing that went wrong. Where that was in the input,
// everything before it has been committed.
func Load(ctx context.Context, input io.Reader, stop <-chan struct{}, o Options) (Summary, error) {
	l, err := newLoad(o)
	if err != nil {
		return Summary{}, err
	}
	err = l.run(ctx, input, stop)
	l.locateError(err)
	s := l.summary.finish(l.now())
	if l.locate != nil && s.States > 0 {
		file, lines, _ := l.locate(s.stateAt)
		s.State = Position{file, s.State.Line - lines}
	}
	how := Succeeded
	if allowed := o.Config.MaxRejectedRecords; err == nil && allowed != nil && s.Rejected > *allowed {
		err = &TooManyRejected{s.Rejected, *allowed}
		how = Rejected
	} else if err != nil {
		how = Failed
	}
	if how != Failed && isClosed(stop) {
		how = Interrupted
	}
	l.tell(Ended{s, how, !l.anything.Load()})
	return s, err
}

// locateError has an error of a line say which line of which file.
func (l *load) locateError(err error) {
	var line *singer.LineError
	if l.locate == nil || !errors.As(err, &line) {
		return
	}
	file, lines, bytes := l.locate(line.Offset)
	line.File, line.Line, line.Offset = file, line.Line-lines, line.Offset-bytes
}

func isClosed(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

// load is what the goroutines of one load share. All of it is set before they
// start; what changes is safe to use from all of them.
type load struct {
	config   config.Config
	store    store.Store
	event    func(Event)
	telling  sync.Mutex // held while event is told
	now      func() time.Time
	locate   func(offset int64) (file string, lines, bytes int64) // nil: the input is one
	start    time.Time
	cipher   cipher.Block // makes __sdc_primary_key of _sdc_sequence
	workers  int
	patience time.Duration
	keys     *keys
	area     *staging.Area
	codec    compress.Codec // nil: none
	pages    *parquet.Pages // nil: the files are not Parquet
	limits   limits
	rejected *stream

	journal     Journal
	whole       bool
	states      *singer.StateWriter
	queue       chan *chunk // in input order; its capacity bounds the chunks in flight
	work        chan *chunk // the same chunks, for whichever worker is free
	chunks      chunkPool
	checkpoints chan *checkpoint

	reading  staging.Gauge // bytes of input on their way to the appender
	summary  *tally
	complete atomic.Bool             // all of the input is queued
	anything atomic.Bool             // came from the input, but for white space
	fail     context.CancelCauseFunc // ends the load with its first error
}

func newLoad(o Options) (*load, error) {
	c := o.Config
	template, err := c.Keys()
	if err != nil {
		return nil, err
	}
	l := &load{
		config: c, store: o.Store, event: o.Event, now: o.Now, workers: o.Workers,
		locate: o.Locate, journal: o.Journal, whole: o.Whole, limits: newLimits(c), rejected: rejectedStream(), states: singer.NewStateWriter(o.State),
	}
	if l.now == nil {
		l.now = time.Now
	}
	if l.workers == 0 {
		l.workers = runtime.GOMAXPROCS(0)
	}
	l.patience = cmp.Or(o.Patience, 5*time.Second)
	if c.OutputFileFormat == config.FormatParquet { // which compresses within its files
		l.pages, err = parquet.NewPages(c.Compression, c.CompressionLevel)
	} else {
		l.codec, err = compress.New(c.Compression, c.CompressionLevel, l.workers)
	}
	if err != nil {
		return nil, err
	}
	if l.cipher, err = aes.NewCipher(o.RunKey[:]); err != nil {
		return nil, err
	}
	l.keys = newKeys(template, l.now)
	l.area = staging.New(staging.Options{
		Store: o.Store, Durable: o.Journal != nil, Requests: c.MaxParallelUploads, Workers: l.workers, FileSize: c.BatchSizeBytes,
		PartSize: l.limits.partSize, GroupSize: l.limits.group, GroupLag: l.limits.groupLag,
		Failed: func(err error) { l.fail(err) },
	})
	l.start = l.now()
	l.summary = newTally(l.start)
	l.queue = make(chan *chunk, 2*l.workers+1)
	l.work = make(chan *chunk, cap(l.queue)+1) // so that sending to it never waits
	l.checkpoints = make(chan *checkpoint, 1)
	return l, nil
}

// run starts the goroutines, appends in this one, and ends them all but for a
// reader that is blocked in a Read.
func (l *load) run(ctx context.Context, input io.Reader, stop <-chan struct{}) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l.fail = cancel

	var helpers, committing sync.WaitGroup
	go newReading(l, input).run(ctx, stop)
	rules := newRules(l.config, l.limits.judging, l.rejected)
	for range l.workers {
		go newWorker(l.work, rules, l.start, l.cipher).run(ctx) // it is not waited for: what it checks may take long
		helpers.Go(func() { l.area.Compress(ctx) })
	}
	committing.Go(func() { l.commitAll(ctx) })

	err := newAppender(l).run(ctx, stop)
	close(l.checkpoints)
	committing.Wait()
	if cause := context.Cause(ctx); cause != nil {
		err = firstOf(cause, err)
	}
	cancel(errors.New("the load has ended"))
	helpers.Wait()
	l.area.AbortAll(ctx, func(f *staging.File, err error) { l.tell(NotAborted{f.Key(), err}) })
	return err
}

// firstOf makes one error of what cancelled a load and of what its appender
// returned: the same, nothing, or an error in the input. The latter came first,
// but its promise that all before it is committed was not kept.
func firstOf(cause, err error) error {
	if err == nil || errors.Is(err, cause) {
		return cause
	}
	return fmt.Errorf("%w; before that, the input ended with: %w", cause, err)
}
