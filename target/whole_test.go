package target_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"target-s3/singer"
)

// TestWhole holds that nothing is committed before the end of an input that is loaded
// as a whole: not by a state, nor by a clock.
func TestWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.o.Whole = true
		b.o.Config.MaxUncommitted = time.Minute
		b.start()
		b.write(stateLine(0), schemaLine("a"), rowLine("a", 1), stateLine(1), rowLine("a", 2))
		sleep(time.Hour)
		b.wantStates()
		b.wantRows("a", 0)
		_ = b.input.Close()
		if err := b.end(); err != nil {
			t.Error(err)
		}
		b.wantStates(`{"at":1}`)
		b.wantRows("a", 2)
	})
}

// TestWholeOrNothing ends the input in other ways than at its end.
func TestWholeOrNothing(t *testing.T) {
	for name, end := range map[string]func(*bench) error{
		"a line that is none": func(b *bench) error {
			b.write("?\n")
			_ = b.input.Close()
			err := b.end()
			if line := (*singer.LineError)(nil); !errors.As(err, &line) {
				b.t.Errorf("error %v", err)
			}
			return err
		},
		"a signal": func(b *bench) error {
			close(b.stop)
			err := b.end()
			if err == nil || !strings.Contains(err.Error(), "--once") {
				b.t.Errorf("error %v", err)
			}
			return err
		},
		"a signal that ends the tap first": func(b *bench) error {
			_ = b.input.Close()
			time.AfterFunc(50*time.Millisecond, func() { close(b.stop) })
			err := b.end()
			if err == nil || !strings.Contains(err.Error(), "--once") {
				b.t.Errorf("error %v", err)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.o.Whole, b.o.Tap = true, true
				b.start()
				b.write(schemaLine("a"), rowLine("a", 1), stateLine(1), rowLine("a", 2))
				if end(b) == nil {
					t.Error("no error")
				}
				b.wantStates()
				b.wantRows("a", 0)
			})
		})
	}
}
