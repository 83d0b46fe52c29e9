package lazy_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"target-s3/target/lazy"
)

func TestValue(t *testing.T) {
	var made, told int
	v := lazy.Value[int]{
		Make: func() (*int, error) { made++; n := made; return &n, nil },
		Made: func(n *int) { told = *n },
	}
	if v.Peek() != nil {
		t.Error("it is there before anybody asked")
	}
	for want := 1; want <= 3; want++ {
		for range 2 {
			if got, err := v.Get(); err != nil || *got != want || told != want {
				t.Errorf("got %d, told %d, want %d; %v", *got, told, want, err)
			}
		}
		if got := v.Peek(); got == nil || *got != want {
			t.Errorf("Peek: %v, want %d", got, want)
		}
		v.Forget()
	}
	seven := 7
	v.Set(&seven)
	if got, _ := v.Get(); got != &seven || made != 3 || told != 3 {
		t.Errorf("after Set: %d; %d were made, told of %d", *got, made, told)
	}
}

func TestValueError(t *testing.T) {
	failed := errors.New("failed")
	err := failed
	v := lazy.Value[int]{
		Make: func() (*int, error) { return new(int), err },
		Made: func(*int) {
			if err != nil {
				t.Error("told of what was not made")
			}
		},
	}
	if got, err := v.Get(); got != nil || !errors.Is(err, failed) {
		t.Errorf("got %v, %v", got, err)
	}
	err = nil
	if got, err := v.Get(); got == nil || err != nil {
		t.Errorf("the error was remembered: %v", err)
	}
}

// TestValueAtOnce has many ask at the same time: it is made once, and told once, by one
// who may forget it.
func TestValueAtOnce(t *testing.T) {
	for range 100 {
		var made, told atomic.Int32
		var v lazy.Value[int]
		v.Make = func() (*int, error) { made.Add(1); return new(int), nil }
		v.Made = func(*int) {
			if told.Add(1) == 1 {
				v.Forget()
			}
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if got, err := v.Get(); got == nil || err != nil {
					t.Errorf("got %v, %v", got, err)
				}
			})
		}
		all.Wait()
		if made.Load() != told.Load() || made.Load() > 2 {
			t.Errorf("made %d times, told %d times", made.Load(), told.Load())
		}
	}
}
