package target

import (
	"maps"
	"testing"
)

// TestCounts follows records through checkpoints with and without a STATE: loaded
// and rejected ones belong to one checkpoint, uncovered ones to all until a STATE.
func TestCounts(t *testing.T) {
	total, since := newCounts(), newCounts()
	checkpoint := func(want Counts, streams map[string]Counts) {
		t.Helper()
		if since.Counts != want || !maps.Equal(since.byStream(), streams) {
			t.Errorf("%+v %+v, want %+v %+v", since.Counts, since.byStream(), want, streams)
		}
		total.merge(since)
		since = since.next()
		if since.any() {
			t.Error("the next checkpoint begins with records")
		}
	}
	since.load("a", 3)
	since.reject("b", "no", 1)
	since.cover()
	since.load("a", 2)
	checkpoint(Counts{5, 1, 2}, map[string]Counts{"a": {5, 0, 2}, "b": {0, 1, 0}})

	since.load("c", 4)
	checkpoint(Counts{4, 0, 6}, map[string]Counts{"a": {0, 0, 2}, "c": {4, 0, 4}})

	since.cover()
	since.reject("c", "", 1)
	checkpoint(Counts{0, 1, 1}, map[string]Counts{"a": {}, "c": {0, 1, 1}})

	want := map[string]Counts{"a": {5, 0, 0}, "b": {0, 1, 0}, "c": {4, 1, 1}}
	if total.Counts != (Counts{9, 2, 1}) || !maps.Equal(total.byStream(), want) {
		t.Errorf("%+v %+v", total.Counts, total.byStream())
	}
}
