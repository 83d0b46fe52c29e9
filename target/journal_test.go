package target_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"target-s3/target"
	"target-s3/target/storetest"
)

// book is a journal that writes down what it is told, and fails its n-th commit.
type book struct {
	entries []string
	visible func() []string
	n       int
	fail    map[int]error
}

func (j *book) Commit(_ context.Context, files []target.Staged, state []byte) error {
	j.n++
	if err := j.fail[j.n]; err != nil {
		return err
	}
	var tables []string
	for _, f := range files {
		tables = append(tables, fmt.Sprintf("%s/%d has %d rows", f.Table, f.Version, f.Rows))
		if f.Receipt.Upload == "" || slices.Contains(j.visible(), f.Receipt.Key) {
			tables = append(tables, "which are not staged")
		}
	}
	j.entries = append(j.entries, fmt.Sprintf("commit %s: %s", strings.Join(tables, ", "), state))
	return nil
}

func (j *book) Released(state []byte) {
	j.entries = append(j.entries, fmt.Sprintf("released %s, %d objects", state, len(j.visible())))
}

// TestJournal holds the order of a commit's steps.
func TestJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.o.Config.MaxUncommitted = time.Minute
		j := &book{visible: b.memory.Keys}
		b.o.Journal = j
		b.start()
		b.write(stateLine(0))
		b.write(schemaLine("a"), schemaLine("b"), rowLine("a", 1), rowLine("b", 1), rowLine("b", 2), stateLine(1), rowLine("a", 2))
		sleep(time.Hour) // the clock commits nothing that no state covers
		b.wantRows("a", 1)
		b.write(stateLine(2))
		want := []string{
			`released {"at":0}, 0 objects`,
			`commit a/1 has 1 rows, b/1 has 2 rows: {"at":1}`, `released {"at":1}, 2 objects`,
			`commit a/1 has 1 rows: {"at":2}`, `released {"at":2}, 3 objects`,
		}
		if !slices.Equal(j.entries, want) {
			t.Errorf("the journal has %q, want %q", j.entries, want)
		}
		_ = b.input.Close()
		if err := b.end(); err != nil {
			t.Error(err)
		}
	})
}

// TestJournalFails makes the second commit fail, or leaves open whether it did.
func TestJournalFails(t *testing.T) {
	for _, uncertain := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			err := errBoom
			if uncertain {
				err = fmt.Errorf("%w: %w", errBoom, target.ErrUncertain)
			}
			b.o.Journal = &book{visible: b.memory.Keys, fail: map[int]error{2: err}}
			b.start()
			b.write(schemaLine("a"), rowLine("a", 1), stateLine(1), rowLine("a", 2), stateLine(2))
			if r := <-b.done; !errors.Is(r.err, errBoom) {
				t.Errorf("error %v", r.err)
			}
			b.cancel(nil)
			_ = b.input.Close()
			b.wantStates(`{"at":1}`)
			b.wantRows("a", 1)
			if left := len(b.memory.Staged()); (left == 1) != uncertain { // somebody may finish it
				t.Errorf("uncertain %v: %d uploads are left", uncertain, left)
			}
		})
	}
}

// TestJournaledFilesArePublishedOrLeft makes a publication fail: the next load finishes
// the commit, so that nothing is taken back and nothing aborted.
func TestJournaledFilesArePublishedOrLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.o.Journal = &book{visible: b.memory.Keys}
		var calls atomic.Int64
		b.store.Before = nth(2, storetest.OpPublish, &calls)
		b.start()
		b.write(schemaLine("a"), schemaLine("b"), rowLine("a", 1), rowLine("b", 1), stateLine(1))
		if r := <-b.done; !errors.Is(r.err, errBoom) {
			t.Errorf("error %v", r.err)
		}
		b.cancel(nil)
		_ = b.input.Close()
		b.wantStates()
		if visible, left := len(b.memory.Keys()), len(b.memory.Staged()); visible+left != 2 || left == 0 {
			t.Errorf("%d objects are visible, and %d uploads left", visible, left)
		}
	})
}
