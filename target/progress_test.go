package target_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

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
				e.Held, e.Bytes = 0, min(e.Bytes, 1) // the page of a file, and whether there is one
				for name, s := range e.Streams {
					s.Bytes = min(s.Bytes, 1)
					e.Streams[name] = s
				}
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
		sleep(time.Minute)
		_ = b.input.Close()
		if err := b.end(); err != nil {
			t.Error(err)
		}
		sleep(time.Hour)
		one, two := target.Counts{Records: 1}, target.Counts{Records: 2}
		streams := map[string]target.StreamProgress{"a": {Records: 3, Open: 1, Bytes: 1}}
		want := []any{
			target.Progress{Silent: time.Minute},
			target.Progress{Counts: one, Staged: two, Bytes: 1, Open: 1, Silent: time.Minute, Streams: map[string]target.StreamProgress{}},
			target.Progress{Counts: one, Staged: two, Bytes: 1, Open: 1, Silent: 30 * time.Second, Streams: streams},
			target.Progress{Counts: one, Staged: two, Bytes: 1, Open: 1, Silent: 90 * time.Second, Streams: streams},
			true,
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("told what differs from what is wanted:\n%s", diff)
		}
	})
}
