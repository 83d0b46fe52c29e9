package target_test

import (
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"target-s3/target/storetest"
)

// The clock of a bubble stands still until nothing moves, so that "at once" and
// "not a nanosecond before" can be held.

// clocked starts a load with these settings, in a bubble.
func clocked(t *testing.T, wait, most time.Duration, f func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.o.Config.BatchWaitLimit, b.o.Config.MaxUncommitted = wait, most
		b.o.Now = time.Now
		b.start()
		f(b)
		_ = b.input.Close()
		if err := b.end(); err != nil {
			t.Error(err)
		}
	})
}

// sleep lets time pass, and what is due then happen.
func sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestCheckpointAtTheNextStateOnceDue(t *testing.T) {
	clocked(t, 10*time.Second, 0, func(b *bench) {
		sleep(time.Hour) // the clock starts with the first record
		b.write(schemaLine("a"), rowLine("a", 1), stateLine(1), rowLine("a", 2))
		sleep(9 * time.Second)
		b.write(stateLine(2), rowLine("a", 3)) // not yet due
		sleep(time.Second)
		b.wantRows("a", 0) // due, but the last message was not a state
		sleep(time.Hour)
		b.wantStates()
		b.write(rowLine("a", 4), stateLine(3), rowLine("a", 5))
		b.wantStates(`{"at":3}`)
		b.wantRows("a", 4)

		b.write(stateLine(4)) // the clock started again, with the fifth row
		sleep(10*time.Second - 1)
		b.wantStates(`{"at":3}`)
		sleep(1)
		b.wantStates(`{"at":3}`, `{"at":4}`)
		b.wantRows("a", 5)
	})
}

func TestCheckpointAtOnceWhenDueAndIdle(t *testing.T) {
	clocked(t, 10*time.Second, 0, func(b *bench) {
		b.write(schemaLine("a"), rowLine("a", 1))
		sleep(5 * time.Second)
		// What is not a record does not stand between a state and its checkpoint.
		b.write(stateLine(1), "\n", schemaLine("b"), `{"type":"ACTIVATE_VERSION","stream":"a","version":1}`+"\n")
		sleep(5*time.Second - 1)
		b.wantStates()
		b.wantRows("a", 0)
		sleep(1)
		b.wantStates(`{"at":1}`)
		b.wantRows("a", 1)
		sleep(time.Hour)
		b.wantStates(`{"at":1}`)
	})
}

func TestStateThatNothingStandsInTheWayOf(t *testing.T) {
	clocked(t, time.Hour, 0, func(b *bench) {
		b.write(stateLine(1))
		b.wantStates(`{"at":1}`)
		b.write(schemaLine("a"), stateLine(2))
		b.wantStates(`{"at":1}`, `{"at":2}`)
		b.write(rowLine("a", 1), stateLine(3))
		b.wantStates(`{"at":1}`, `{"at":2}`)
	})
}

func TestEmptyStatesTakeNothingBack(t *testing.T) {
	clocked(t, time.Hour, 0, func(b *bench) {
		b.write(schemaLine("a"), rowLine("a", 1), stateLine(1), `{"type":"STATE","value":{}}`+"\n", rowLine("a", 2))
		close(b.stop)
		synctest.Wait()
		b.wantStates(`{"at":1}`)
		b.wantRows("a", 2)
	})
	clocked(t, 0, 0, func(b *bench) { // but they are a moment for a checkpoint
		b.write(schemaLine("a"), rowLine("a", 1), `{"type":"STATE","value":{}}`+"\n", rowLine("a", 2))
		b.wantStates()
		b.wantRows("a", 1)
	})
}

func TestCommitWithoutAState(t *testing.T) {
	clocked(t, 10*time.Second, time.Minute, func(b *bench) {
		b.write(schemaLine("a"), rowLine("a", 1))
		sleep(time.Minute - 1)
		b.wantRows("a", 0)
		sleep(1)
		b.wantRows("a", 1)
		b.wantStates()

		b.write(rowLine("a", 2), stateLine(1)) // may go out with whatever commits its rows
		sleep(time.Second)
		b.write(rowLine("a", 3))
		sleep(59*time.Second - 1)
		b.wantStates()
		b.wantRows("a", 1)
		sleep(1)
		b.wantStates(`{"at":1}`)
		b.wantRows("a", 3)

		b.write(stateLine(2)) // covers what is committed already
		b.wantStates(`{"at":1}`, `{"at":2}`)
		sleep(time.Hour)
		b.wantStates(`{"at":1}`, `{"at":2}`)
	})
}

func TestCheckpointStopsBothClocks(t *testing.T) {
	clocked(t, 10*time.Second, time.Minute, func(b *bench) {
		b.write(schemaLine("a"), rowLine("a", 1))
		sleep(59 * time.Second)
		b.write(stateLine(1))
		b.wantStates(`{"at":1}`)
		b.write(rowLine("a", 2)) // a minute from here, not from the first row
		sleep(time.Minute - 1)
		b.wantRows("a", 1)
		sleep(1)
		b.wantRows("a", 2)
	})
}

func TestZeroIsAtEveryStateAndNever(t *testing.T) {
	clocked(t, 0, 0, func(b *bench) {
		b.write(schemaLine("a"), rowLine("a", 1))
		sleep(100_000 * time.Hour)
		b.wantRows("a", 0)
		b.write(stateLine(1))
		b.wantStates(`{"at":1}`)
		b.wantRows("a", 1)
		b.write(rowLine("a", 2), stateLine(2), rowLine("a", 3), stateLine(3))
		b.wantStates(`{"at":1}`, `{"at":2}`, `{"at":3}`)
	})
}

// TestDueWhileTheAppenderIsBusy lets both clocks run out while memory is full and
// the store takes nothing.
func TestDueWhileTheAppenderIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		c := &b.o.Config
		c.BatchWaitLimit, c.MaxUncommitted, c.MemoryLimitBytes = time.Second, time.Minute, 10_000
		release, waiting := make(chan struct{}), atomic.Int64{}
		b.store.Before = hold(storetest.OpWrite, release, &waiting)
		b.start()
		go func() {
			_, _ = io.WriteString(b.input, schemaLine("a"))
			for n := range 100 {
				_, _ = io.WriteString(b.input, rowLine("a", n))
			}
			_, _ = io.WriteString(b.input, stateLine(1))
		}()
		sleep(time.Hour)
		if waiting.Load() == 0 {
			t.Fatal("memory is not full")
		}
		b.wantStates()
		close(release)
		sleep(time.Minute)
		b.wantStates(`{"at":1}`)
		b.wantRows("a", 100)
		_ = b.input.Close()
		if err := b.end(); err != nil {
			t.Error(err)
		}
		b.wantStates(`{"at":1}`)
	})
}
