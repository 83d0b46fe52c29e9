package target_test

import (
	"bytes"
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// epoch is the moment at which the loads of tests begin.
var epoch = time.Date(2024, 2, 29, 12, 30, 0, 123_000_000, time.UTC)

// stopped is the clock of loads that are to be repeatable.
func stopped() time.Time { return epoch }

// options are those of a load whose outcome depends on its input alone. What the
// test is about it changes.
func options(store store.Store, states io.Writer) target.Options {
	c := config.Default()
	c.S3Bucket = "bucket"
	return target.Options{
		Config: c, Store: store, State: states,
		Now: stopped, RunKey: [16]byte{1, 2, 3}, Workers: 2,
	}
}

// stateLog is a writer of states that can be looked at while the load runs.
type stateLog struct {
	mu    sync.Mutex
	lines []string
	err   error  // what Write returns from now on
	hook  func() // called by each Write, before it counts
}

func (s *stateLog) Write(b []byte) (int, error) {
	if s.hook != nil {
		s.hook()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	s.lines = append(s.lines, string(bytes.TrimSuffix(b, []byte("\n"))))
	return len(b), nil
}

func (s *stateLog) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.lines...)
}

// result is what Load returned.
type result struct {
	summary target.Summary
	err     error
}

// start runs a load in the background.
func start(ctx context.Context, input io.Reader, stop <-chan struct{}, o target.Options) <-chan result {
	done := make(chan result, 1)
	go func() {
		s, err := target.Load(ctx, input, stop, o)
		done <- result{s, err}
	}()
	return done
}

// await fails the test, with all stacks, where a load hangs.
func await(t *testing.T, done <-chan result) result {
	t.Helper()
	select {
	case r := <-done:
		return r
	case <-time.After(30 * time.Second):
		panic("the load hangs") // shows where each goroutine waits
	}
}
