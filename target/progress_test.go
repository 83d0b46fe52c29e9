package target_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"target-s3/target"
)

// TestProgress holds that a load says at every beat what is durable, what is not,
// and how long the tap has been quiet. Nothing comes after the end.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []any
		b := newBench(t)
		b.o.Config.BatchWaitLimit = 0
		b.o.Beat = time.Minute
		b.o.Event = func(e target.Event) {
			switch e := e.(type) {
			case target.Progress:
				e.Held = 0 // the page of a file
				told = append(told, e)
			case target.Ended:
				told = append(told, e.Outcome == target.Succeeded)
			}
		}
		b.start()
		sleep(time.Minute)
		b.write(schemaLine("a"), rowLine("a", 1), stateLine(1), rowLine("a", 2), rowLine("a", 3))
		sleep(time.Minute)
		sleep(30 * time.Second)
		b.write("\n")
		sleep(30 * time.Second)
		_ = b.input.Close()
		if err := b.end(); err != nil {
			t.Error(err)
		}
		sleep(time.Hour)
		one, two := target.Counts{Records: 1}, target.Counts{Records: 2}
		want := []any{
			target.Progress{Silent: time.Minute},
			target.Progress{Counts: one, Staged: two, Open: 1, Silent: time.Minute},
			target.Progress{Counts: one, Staged: two, Open: 1, Silent: 30 * time.Second},
			true,
		}
		if !slices.Equal(told, want) {
			t.Errorf("told %+v, want %+v", told, want)
		}
	})
}
