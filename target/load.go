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
	"time"

	"target-s3/singer"
	"target-s3/target/config"
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

	// Schemas has SCHEMA messages that are in force before the first line of the input,
	// which may be a piece without those of the whole. Nil: there are none.
	Schemas io.Reader

	// BatchFiles opens what BATCH messages name. Nil: such a message is an error.
	BatchFiles BatchFiles

	// Tap says that the input comes from a program, which the signal that stops the load
	// may end as well.
	Tap bool

	// Locate, where set, says in which file of several the byte at an offset of the
	// input is, and how many lines and bytes come before that file. It may be called
	// from any goroutine.
	Locate func(offset int64) (file string, lines, bytes int64)

	// Checksums has the objects that Event is told of have their checksum, which a
	// store may not compute otherwise.
	Checksums bool

	Workers int // goroutines that parse and that compress; 0: one a CPU

	// Beat is how often Event is told of the Progress; 0: never.
	Beat time.Duration

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
// everything before it has been committed. A SchemasError came before any input was
// read, and before the first event.
func Load(ctx context.Context, input io.Reader, stop <-chan struct{}, o Options) (Summary, error) {
	l, err := newLoad(o)
	if err != nil {
		return Summary{}, err
	}
	registry := newRegistry(l.all, l.tell.event)
	if o.Schemas != nil {
		if err := registry.give(o.Schemas, l.limits.line); err != nil {
			return Summary{}, err
		}
	}
	err = l.run(ctx, input, stop, registry)
	l.tell.locateError(err)
	s := l.summary.finish(l.options.Now())
	if s.States > 0 {
		s.State = l.tell.at("", s.State.Line, s.stateAt)
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
	if unmet := l.all.notMet(); len(unmet) > 0 && how != Failed {
		l.tell.event(UnmetPatterns{unmet})
	}
	l.tell.event(Ended{s, how, !l.pipe.anything.Load()})
	return s, err
}

func isClosed(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

// load puts the parts of the engine together. They know each other as their
// constructors say, and none knows the load.
type load struct {
	options Options // with defaults
	limits  limits
	start   time.Time
	all     *allSettings
	cipher  cipher.Block // makes __sdc_primary_key of _sdc_sequence
	pipe    *pipe
	tell    *teller
	summary *tally
}

func newLoad(o Options) (*load, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	o.Patience = cmp.Or(o.Patience, 5*time.Second)
	all, err := newAllSettings(o.Config, o.Workers)
	if err != nil {
		return nil, err
	}
	l := &load{options: o, limits: newLimits(all, o.Workers), all: all, tell: &teller{tell: o.Event, locate: o.Locate}}
	if l.cipher, err = aes.NewCipher(o.RunKey[:]); err != nil {
		return nil, err
	}
	l.start = o.Now()
	l.summary = newTally(l.start)
	l.pipe = newPipe(o.Workers, l.limits.reading)
	return l, nil
}

// run starts the goroutines, appends in this one, and ends them all but for a
// reader that is blocked in a Read.
func (l *load) run(ctx context.Context, input io.Reader, stop <-chan struct{}, registry *registry) error {
	ctx, fail := context.WithCancelCause(ctx) // with the first error
	defer fail(nil)
	o := &l.options
	area := l.newArea(fail)
	checkpoints := make(chan *checkpoint, 1)
	rules := newRules(l.all.validates(), l.limits.judging, rejectedStream(l.all.base))
	committer := &committer{area, o.Journal, singer.NewStateWriter(o.State), o.Store.Location, l.summary, l.tell, o.Now}

	var helpers, committing sync.WaitGroup
	go newReading(input, l.limits, l.pipe, registry, l.tell, o).run(ctx, stop)
	for range o.Workers {
		go newWorker(l.pipe.work, rules, l.start, l.cipher, &l.limits).run(ctx) // it is not waited for: what it checks may take long
		helpers.Go(func() { area.Compress(ctx) })
	}
	helpers.Go(func() { l.tellProgress(ctx, o.Beat) })
	committing.Go(func() { committer.run(ctx, checkpoints, fail) })

	err := l.newAppender(area, checkpoints).run(ctx, stop)
	close(checkpoints)
	committing.Wait()
	if cause := context.Cause(ctx); cause != nil {
		err = firstOf(cause, err)
	} else if err != nil && !o.Whole {
		err = l.unlessStopped(err, stop)
	}
	fail(errors.New("the load has ended"))
	helpers.Wait()
	area.AbortAll(ctx, func(f *staging.File, err error) { l.tell.event(NotAborted{f.Key(), err}) })
	return err
}

// unlessStopped returns how the input ended, unless that was the same signal as stops the
// load: mostly it reaches the tap as well, and the end of what that was writing may be seen
// first. All that came before is committed.
func (l *load) unlessStopped(err error, stop <-chan struct{}) error {
	var left *UncoveredError
	if !errors.As(err, &left) && !errors.Is(err, singer.ErrCutOff) || !isStopped(stop) {
		return err
	}
	if left != nil {
		l.tell.event(LeftUncovered{left.Streams})
	}
	return nil
}

// isStopped reports whether the signal that may have ended the tap stops the load as well.
func isStopped(stop <-chan struct{}) bool {
	const sameSignal = 100 * time.Millisecond // is how much later it may come
	if stop == nil {
		return false
	}
	select {
	case <-stop:
		return true
	case <-time.After(sameSignal):
		return false
	}
}

func (l *load) newArea(fail func(error)) *staging.Area {
	o := &l.options
	return staging.New(staging.Options{
		Store: o.Store, Durable: o.Journal != nil, Checksums: o.Checksums, Requests: o.Config.MaxParallelUploads, Workers: o.Workers,
		PartSize: l.limits.partSize, Group: l.limits.held / int64(o.Workers), Failed: fail,
	})
}

func (l *load) newAppender(area *staging.Area, checkpoints chan<- *checkpoint) *appender {
	o := &l.options
	c := &o.Config
	b := newBatches(area, newKeys(o.Now), l.limits.files)
	a := &appender{
		pipe: l.pipe, batches: b, memory: &memory{l.limits, b, o.Workers}, summary: l.summary, tell: l.tell,
		whole: o.Whole, tap: o.Tap, checkpoints: checkpoints, since: newCounts(), before: map[string]StreamProgress{}, warned: map[string]bool{},
	}
	if c.DiscardsUncovered() && !o.Whole {
		a.uncovered = &uncovered{most: l.limits.uncovered, rows: l.pipe.chunks.new()}
	}
	most := c.MaxUncommitted
	if o.Journal != nil || a.uncovered != nil { // to which a commit without a STATE is of no use
		most = 0
	}
	a.clocks = newClocks(c.BatchWaitLimit, most, o.Patience, o.Whole)
	return a
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
