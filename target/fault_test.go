package target_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"target-s3/singer"
	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/store"
	"target-s3/target/storetest"
)

var errBoom = errors.New("boom")

func schemaLine(stream string) string {
	return `{"type":"SCHEMA","stream":"` + stream + `","schema":{"properties":{"n":{"type":"integer"}}},"key_properties":["n"]}` + "\n"
}

func rowLine(stream string, n int) string {
	return fmt.Sprintf(`{"type":"RECORD","stream":"%s","record":{"n":%d}}`+"\n", stream, n)
}

func stateLine(n int) string {
	return fmt.Sprintf(`{"type":"STATE","value":{"at":%d}}`+"\n", n)
}

// bench is a load in a bubble of testing/synctest, with a pipe to write its
// input to. In a bubble a load that hangs fails at once, and so does a goroutine
// that is left behind.
type bench struct {
	t      *testing.T
	memory *storetest.Memory
	store  *storetest.Faulty
	states *stateLog
	input  *io.PipeWriter
	stop   chan struct{}
	cancel context.CancelCauseFunc
	done   <-chan result
	o      target.Options
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, memory: storetest.NewMemory(), states: &stateLog{}, stop: make(chan struct{})}
	b.store = &storetest.Faulty{Store: b.memory}
	b.o = options(b.store, b.states)
	b.o.Config.BatchWaitLimit = 0
	return b
}

func (b *bench) start() {
	ctx, cancel := context.WithCancelCause(b.t.Context())
	reader, writer := io.Pipe()
	b.input, b.cancel = writer, cancel
	b.done = start(ctx, reader, b.stop, b.o)
}

// write writes lines and waits until nothing moves any more.
func (b *bench) write(lines ...string) {
	b.t.Helper()
	if _, err := io.WriteString(b.input, strings.Join(lines, "")); err != nil {
		b.t.Error(err)
	}
	synctest.Wait()
}

// end waits for the end of the load and lets go of its reader.
func (b *bench) end() error {
	b.t.Helper()
	r := <-b.done
	b.cancel(nil)
	_ = b.input.Close()
	if staged := b.memory.Staged(); len(staged) > 0 {
		b.t.Errorf("still staged: %q", staged)
	}
	return r.err
}

func (b *bench) wantStates(want ...string) {
	b.t.Helper()
	if got := b.states.all(); fmt.Sprint(got) != fmt.Sprint(want) {
		b.t.Errorf("states %q, want %q", got, want)
	}
}

// wantRows counts what is visible.
func (b *bench) wantRows(stream string, want int) {
	b.t.Helper()
	rows, err := newView(b.memory, b.o.Config).tables()
	if err != nil {
		b.t.Error(err)
	}
	if got := len(rows[table{stream, 1}]); got != want {
		b.t.Errorf("%d rows of %s are visible, want %d", got, stream, want)
	}
}

// nth fails the n-th call of an operation, from 1.
func nth(n int64, op storetest.Op, calls *atomic.Int64) storetest.Hook {
	return func(_ context.Context, call storetest.Call) error {
		if call.Op == op && calls.Add(1) == n {
			return errBoom
		}
		return nil
	}
}

// TestStoreFailure fails each Write and each Commit of a load in turn.
func TestStoreFailure(t *testing.T) {
	g := newGenerator(7)
	g.config.MemoryLimitBytes = 12_000 // so that files give way, and there are parts
	g.config.Compression, g.config.CompressionLevel = config.CompressionGzip, 1
	for i := range 12 {
		g.interleaved(g.out.Len()+10_000, 4, 2)
		g.put(fmt.Sprintf(`{"type":"STATE","value":{"at":%d}}`, i))
	}
	input := g.out.Bytes()
	g.config.BatchWaitLimit = 0
	want := model(g.config, input, maxLine(g.config))
	step := int64(6)
	if raceDetector || testing.Short() {
		step = 1
	}

	for _, op := range []storetest.Op{storetest.OpWrite, storetest.OpStage, storetest.OpPublish} {
		for _, late := range []bool{false, true} { // the answer is lost
			for _, blocked := range []bool{false, true} { // there is more input, but it does not come
				t.Run(fmt.Sprintf("%s/late=%v/blocked=%v", op, late, blocked), func(t *testing.T) {
					if (raceDetector || testing.Short()) && late && blocked {
						t.Skip("for -short and the race detector each by itself is enough")
					}
					n := int64(1)
					for ; failNth(t, g.config, input, want, n, op, late, blocked); n += 1 + n/step {
						if t.Failed() {
							t.Fatalf("at number %d", n)
						}
					}
					if n < 20 {
						t.Errorf("there were only %d calls", n-1)
					}
				})
			}
		}
	}
}

// failNth reports whether there was an n-th call.
func failNth(t *testing.T, c config.Config, input []byte, want outcome, n int64, op storetest.Op, late, blocked bool) bool {
	var calls atomic.Int64
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if late {
			b.store.After = nth(n, op, &calls)
		} else {
			b.store.Before = nth(n, op, &calls)
		}
		check := &stateCheck{view: newView(b.memory, c), want: want, log: b.states}
		b.o.Config, b.o.State = c, check
		b.start()
		go func() {
			_, _ = b.input.Write(input)
			if !blocked || calls.Load() < n {
				_ = b.input.Close()
			}
		}()
		err := b.end()
		if check.err != nil {
			t.Error(check.err)
		}
		if calls.Load() < n {
			if err != nil {
				t.Errorf("without a failure: %v", err)
			}
			return
		}
		if err != errBoom {
			t.Errorf("error %v", err)
		}
		if got := len(b.states.all()); got == len(want.states) {
			t.Errorf("all states came out")
		}
		covered := 0 // lines: all of them are visible, and no others
		if check.found > 0 {
			covered = want.states[check.found-1].line
		}
		if err := check.view.check(want, covered, covered); err != nil {
			t.Errorf("beyond the last state: %v", err)
		}
	})
	return calls.Load() >= n
}

// TestPublishedFilesStay is about a store that takes nothing back: what the failed
// commit has published is there, and nothing is that was not even staged.
func TestPublishedFilesStay(t *testing.T) {
	for op, want := range map[storetest.Op]int{storetest.OpStage: 0, storetest.OpPublish: 1} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			b.memory.KeepPublished()
			b.store.Before = func(_ context.Context, call storetest.Call) error {
				if call.Op == op && strings.Contains(call.Key, "/b/") {
					time.Sleep(time.Second) // the others are done
					return errBoom
				}
				return nil
			}
			b.start()
			b.write(schemaLine("a"), schemaLine("b"), rowLine("a", 1), rowLine("b", 1), stateLine(1))
			time.Sleep(time.Minute)
			if err := b.end(); err != errBoom {
				t.Errorf("%s: error %v", op, err)
			}
			b.wantStates()
			b.wantRows("a", want)
			b.wantRows("b", 0)
		})
	}
}

// TestManyAtOnce holds the number of requests that a commit has under way: for what is
// small, and for publishing, it has a bound of its own.
func TestManyAtOnce(t *testing.T) {
	for _, tt := range []struct {
		op   storetest.Op
		size int // of a file
		want int64
	}{
		{storetest.OpPublish, 1, store.MostPublishing},
		{storetest.OpStage, 1, store.MostPublishing},
		{storetest.OpStage, 2 << 20, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			b.o.Config.MaxParallelUploads = 2
			release, waiting := make(chan struct{}), atomic.Int64{}
			b.store.Before = hold(tt.op, release, &waiting)
			b.start()
			for n := range 100 {
				if stream := fmt.Sprint("s", n); n < 5 || tt.size == 1 {
					b.write(schemaLine(stream), fmt.Sprintf(`{"type":"RECORD","stream":%q,"record":{"n":%d,"text":"%s"}}`+"\n", stream, n, strings.Repeat("x", tt.size)))
				}
			}
			b.write(stateLine(1))
			if n := waiting.Load(); n != tt.want {
				t.Errorf("%s of %d bytes: %d requests at once, want %d", tt.op, tt.size, n, tt.want)
			}
			close(release)
			_ = b.input.Close()
			if err := b.end(); err != nil {
				t.Error(err)
			}
			b.wantStates(`{"at":1}`)
		})
	}
}

// TestNoStateAfterAFailure makes a commit fail while later checkpoints wait.
func TestNoStateAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		release := make(chan struct{})
		b.store.Before = func(_ context.Context, call storetest.Call) error {
			if call.Op == storetest.OpPublish && strings.Contains(call.Key, "/b/") {
				<-release
				return errBoom
			}
			return nil
		}
		b.start()
		b.write(schemaLine("a"), schemaLine("b"), rowLine("a", 1), stateLine(1))
		b.write(rowLine("b", 1), stateLine(2))
		b.write(rowLine("a", 2), stateLine(3))
		b.write(rowLine("a", 3), stateLine(4))
		b.wantStates(`{"at":1}`)
		close(release)
		if err := b.end(); err != errBoom {
			t.Error(err)
		}
		b.wantStates(`{"at":1}`)
		b.wantRows("a", 1)
	})
}

// hold makes an operation wait until release is closed, and counts those that do.
func hold(op storetest.Op, release <-chan struct{}, waiting *atomic.Int64) storetest.Hook {
	return func(ctx context.Context, call storetest.Call) error {
		if call.Op != op {
			return nil
		}
		waiting.Add(1)
		defer waiting.Add(-1)
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// TestReadingGoesOnWhileACommitTakesLong writes far more than all queues hold.
func TestReadingGoesOnWhileACommitTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		release, waiting := make(chan struct{}), atomic.Int64{}
		b.store.Before = hold(storetest.OpPublish, release, &waiting)
		b.start()
		b.write(schemaLine("a"), rowLine("a", 0), stateLine(0))
		if waiting.Load() != 1 {
			t.Fatal("no commit is on its way")
		}
		rows, blocks := 1, 100
		if raceDetector || testing.Short() {
			blocks = 10
		}
		for range blocks { // a bubble fails where this blocks
			var block strings.Builder
			for range 1000 {
				block.WriteString(rowLine("a", rows))
				rows++
			}
			b.write(block.String())
		}
		b.write(stateLine(1))
		b.wantStates()
		close(release)
		_ = b.input.Close()
		if err := b.end(); err != nil {
			t.Error(err)
		}
		b.wantStates(`{"at":0}`, `{"at":1}`)
		b.wantRows("a", rows)
	})
}

// TestBackpressure has a store that takes nothing: the input must stop before
// memory is full, and go on when the store does.
func TestBackpressure(t *testing.T) {
	limit := 16 << 20
	if raceDetector || testing.Short() {
		limit = 1 << 20
	}
	for _, tt := range []struct {
		name        string
		op          storetest.Op
		streams     int
		compression string
		every       int // bytes between states; 0: none
	}{
		{"parts/one stream", storetest.OpWrite, 1, config.CompressionNone, 0},
		{"parts/one stream, gzip", storetest.OpWrite, 1, config.CompressionGzip, 0},
		{"parts/200 streams", storetest.OpWrite, 200, config.CompressionNone, 0},
		{"commits/one stream", storetest.OpPublish, 1, config.CompressionNone, 0},
		{"commits/200 streams", storetest.OpPublish, 200, config.CompressionNone, limit / 3},
		{"commits/200 streams, gzip", storetest.OpPublish, 200, config.CompressionGzip, limit / 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				c := &b.o.Config
				c.MemoryLimitBytes, c.AddRecordMetadata, c.ValidateRecords = int64(limit), false, false
				c.Compression, c.CompressionLevel = tt.compression, 1
				c.MaxUncommitted = 0
				release, waiting := make(chan struct{}), atomic.Int64{}
				b.store.Before = hold(tt.op, release, &waiting)
				b.start()

				g := newGenerator(1)
				b.write(string(g.interleaved(0, tt.streams, tt.streams)))
				rows := 0
				var accepted atomic.Int64
				go func() {
					for size, since := 0, 0; size < 3*limit; {
						g.out.Reset()
						for g.out.Len() < 20_000 {
							g.row(g.IntN(tt.streams), rows)
							rows++
						}
						if since += g.out.Len(); tt.every > 0 && since > tt.every {
							since = 0
							g.out.WriteString(stateLine(size))
						}
						n, err := b.input.Write(g.out.Bytes())
						if err != nil {
							t.Error(err)
						}
						size += n
						accepted.Add(int64(n))
					}
					_ = b.input.Close()
				}()
				synctest.Wait()
				if waiting.Load() == 0 {
					t.Fatal("the store was not asked")
				}
				stalled := accepted.Load()
				t.Logf("%.1f MiB were read with a limit of %d MiB", float64(stalled)/(1<<20), limit>>20)
				if tt.op == storetest.OpWrite || tt.every > 0 {
					most := int64(limit)
					if tt.compression != config.CompressionNone { // to three quarters of what is read
						most = most / 3 * 4
					}
					if stalled > most {
						t.Errorf("%d bytes were read, at most %d may be", stalled, most)
					}
				}
				close(release)
				if err := b.end(); err != nil {
					t.Error(err)
				}
				got, err := newView(b.memory, *c).tables()
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range got {
					rows -= len(r)
				}
				if rows != 0 {
					t.Errorf("%d rows are missing", rows)
				}
			})
		})
	}
}

// TestStateWriterFails is about a runner that is gone.
func TestStateWriterFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.start()
		b.write(schemaLine("a"), rowLine("a", 1), stateLine(1))
		b.states.mu.Lock()
		b.states.err = errBoom
		b.states.mu.Unlock()
		b.write(rowLine("a", 2), stateLine(2))
		if err := b.end(); !errors.Is(err, errBoom) {
			t.Errorf("error %v", err)
		}
		b.wantStates(`{"at":1}`)
		b.wantRows("a", 2) // and stay
	})
}

// TestCancel gives up in different situations.
func TestCancel(t *testing.T) {
	for _, op := range []storetest.Op{"", storetest.OpWrite, storetest.OpPublish} {
		t.Run("during "+string(op), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.o.Config.MemoryLimitBytes = 10_000
				var waiting atomic.Int64
				var armed atomic.Bool
				holding := hold(op, nil, &waiting)
				b.store.Before = func(ctx context.Context, call storetest.Call) error {
					if !armed.Load() {
						return nil
					}
					return holding(ctx, call)
				}
				b.start()
				b.write(schemaLine("a"), rowLine("a", 1), stateLine(1))
				armed.Store(true)
				go func() {
					for n := range 100 {
						_, _ = io.WriteString(b.input, rowLine("a", n))
					}
					if op == storetest.OpPublish {
						_, _ = io.WriteString(b.input, stateLine(2))
					}
				}()
				synctest.Wait()
				if (op != "") != (waiting.Load() > 0) {
					t.Errorf("%d calls are waiting", waiting.Load())
				}
				b.cancel(errBoom)
				r := <-b.done
				if r.err != errBoom {
					t.Errorf("error %v", r.err)
				}
				b.wantStates(`{"at":1}`)
				b.wantRows("a", 1)
				_ = b.input.Close()
				if staged := b.memory.Staged(); len(staged) > 0 {
					t.Errorf("still staged: %q", staged)
				}
			})
		})
	}
}

// TestTheReaderEnds lets a Read go on when the load is long over: what it brings
// must be the last that is taken from the input.
func TestTheReaderEnds(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			b.start()
			b.write(schemaLine("a"), rowLine("a", 1))
			b.cancel(errBoom)
			<-b.done
			b.write(rowLine("a", 2)) // whoever reads on never ends: nothing comes any more
		})
	}
}

// TestInputFails has an error in the middle of a line.
func TestInputFails(t *testing.T) {
	for _, half := range []string{"", rowLine("a", 3)[:20], strings.TrimSpace(rowLine("a", 3))} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			b.o.Config.BatchWaitLimit = time.Hour
			lines := schemaLine("a") + rowLine("a", 1) + stateLine(1) + rowLine("a", 2) + half
			_, err := target.Load(t.Context(), io.MultiReader(strings.NewReader(lines), iotest.ErrReader(errBoom)), nil, b.o)
			if !errors.Is(err, errBoom) || !strings.Contains(err.Error(), "after line 4") {
				t.Errorf("error %v", err)
			}
			b.wantStates(`{"at":1}`)
			b.wantRows("a", 2)
		})
	}
}

// TestInputFailsAndThenTheStore is about which of two errors counts: what the
// input had to say must not be lost.
func TestInputFailsAndThenTheStore(t *testing.T) {
	b := newBench(t)
	var calls atomic.Int64
	b.store.Before = nth(1, storetest.OpPublish, &calls)
	_, err := target.Load(t.Context(), strings.NewReader(schemaLine("a")+rowLine("a", 1)+"oops\n"), nil, b.o)
	var line *singer.LineError
	if !errors.Is(err, errBoom) || !errors.As(err, &line) {
		t.Errorf("error %v", err)
	}
}

// TestStop ends a load whose input is blocked in the middle of a line.
func TestStop(t *testing.T) {
	for _, half := range []string{"", `{"type":"REC`} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			b.o.Config.BatchWaitLimit = time.Hour
			b.start()
			b.write(schemaLine("a"), rowLine("a", 1), stateLine(1), rowLine("a", 2), stateLine(2), rowLine("a", 3), half)
			b.wantStates()
			began := time.Now()
			close(b.stop)
			if err := b.end(); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took > 0 {
				t.Errorf("it took %v", took)
			}
			b.wantStates(`{"at":2}`)
			b.wantRows("a", 3)
		})
	}
}

// TestStopThatEndsTheTapFirst has a signal reach the tap as well as the load, which sees
// the end of the tap's output first. That is not what ends it.
func TestStopThatEndsTheTapFirst(t *testing.T) {
	for name, c := range map[string]struct {
		last    string
		discard bool
		whole   bool
		after   time.Duration
		rows    int
		err     string
	}{
		"a cut line":                {`{"type":"REC`, false, false, 50 * time.Millisecond, 2, ""},
		"a record without STATE":    {rowLine("a", 3), true, false, 50 * time.Millisecond, 2, ""},
		"both":                      {rowLine("a", 3) + `{"type":"REC`, true, false, 50 * time.Millisecond, 2, ""},
		"a line that is wrong":      {"nonsense\n", false, false, 50 * time.Millisecond, 2, "not a Singer message"},
		"with --once":               {`{"type":"REC`, false, true, 50 * time.Millisecond, 0, "ends in the middle"},
		"a signal that is no tap's": {`{"type":"REC`, false, false, time.Second, 2, "ends in the middle"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.o.Config.BatchWaitLimit, b.o.Whole = time.Hour, c.whole
				if c.discard {
					b.o.Config.UncoveredRecords = config.UncoveredDiscard
				}
				b.start()
				b.write(schemaLine("a"), rowLine("a", 1), rowLine("a", 2), stateLine(1), c.last)
				_ = b.input.Close()
				time.AfterFunc(c.after, func() { close(b.stop) })
				err := b.end()
				if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
					t.Errorf("error %v, want %q", err, c.err)
				}
				b.wantRows("a", c.rows)
				if c.rows > 0 {
					b.wantStates(`{"at":1}`)
				}
				time.Sleep(2 * time.Second)
			})
		})
	}
}

// TestStopWithoutInput stops before anything was read.
func TestStopWithoutInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.start()
		close(b.stop)
		if err := b.end(); err != nil {
			t.Error(err)
		}
		b.wantStates()
	})
}

// TestStopWhileACommitRuns does not give up on it.
func TestStopWhileACommitRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		release, waiting := make(chan struct{}), atomic.Int64{}
		b.store.Before = hold(storetest.OpPublish, release, &waiting)
		b.start()
		b.write(schemaLine("a"), rowLine("a", 1), stateLine(1))
		b.write(rowLine("a", 2), stateLine(2), rowLine("a", 3))
		close(b.stop)
		synctest.Wait()
		if len(b.done) > 0 {
			t.Error("the load has ended")
		}
		close(release)
		if err := b.end(); err != nil {
			t.Error(err)
		}
		b.wantStates(`{"at":1}`, `{"at":2}`)
		b.wantRows("a", 3)
	})
}

// TestStopWithChunksQueued stops while the appender waits for the store: what has
// been read by then is committed, but for what the reader could not hand over.
func TestStopWithChunksQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.o.Config.MemoryLimitBytes = 100_000
		release, waiting := make(chan struct{}), atomic.Int64{}
		b.store.Before = hold(storetest.OpWrite, release, &waiting)
		b.start()
		accepted := 0
		go func() {
			_, _ = io.WriteString(b.input, schemaLine("a"))
			for {
				if _, err := io.WriteString(b.input, rowLine("a", accepted)); err != nil {
					return
				}
				accepted++
			}
		}()
		synctest.Wait()
		if waiting.Load() == 0 {
			t.Fatal("the store was not asked")
		}
		want := accepted - 1
		close(b.stop)
		synctest.Wait()
		close(release)
		if err := b.end(); err != nil {
			t.Error(err)
		}
		b.wantRows("a", want)
	})
}

// TestStopUnderLoad closes stop at random moments of an input that never ends.
// What is visible afterwards must be a beginning of the input, and no shorter
// than the last state says.
func TestStopUnderLoad(t *testing.T) {
	rounds := 60
	if raceDetector || testing.Short() {
		rounds = 20
	}
	for seed := range rounds {
		g := newGenerator(uint64(5000 + seed))
		g.settings()
		c := &g.config
		c.InvalidRecords, c.MaxRejectedRecords = config.InvalidReject, nil
		input := g.input(600)
		want := model(*c, input, maxLine(*c))
		if want.ends >= 0 {
			continue
		}
		store, states := storetest.NewMemory(), &stateLog{}
		check := &stateCheck{view: newView(store, *c), want: want, log: states}
		o := options(store, check)
		o.Config = *c
		reader, writer := io.Pipe()
		stop := make(chan struct{})
		done := start(t.Context(), reader, stop, o)
		go func() {
			at := g.IntN(len(input))
			_, _ = writer.Write(input[:at])
			close(stop)
			_, _ = writer.Write(input[at:])
		}()
		r := await(t, done)
		_ = reader.Close()
		if r.err != nil || check.err != nil {
			t.Errorf("seed %d: %v, %v", seed, r.err, check.err)
		}
		from := -1
		if all := states.all(); len(all) > 0 {
			from = want.states[check.found-1].line
		}
		if err := check.view.check(want, from, math.MaxInt); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if staged := store.Staged(); len(staged) > 0 {
			t.Errorf("seed %d: still staged: %q", seed, staged)
		}
	}
}

// TestAbortFails must neither hang nor hide what went wrong.
func TestAbortFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		var calls atomic.Int64
		fail := nth(1, storetest.OpStage, &calls)
		b.store.Before = func(ctx context.Context, call storetest.Call) error {
			if call.Op == storetest.OpAbort {
				<-ctx.Done() // the store is out of reach
				return ctx.Err()
			}
			return fail(ctx, call)
		}
		b.start()
		b.write(schemaLine("a"), rowLine("a", 1), stateLine(1))
		if err := b.end(); err != errBoom {
			t.Error(err)
		}
		b.wantStates()
	})
}
