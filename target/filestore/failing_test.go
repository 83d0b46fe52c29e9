package filestore_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"testing"

	"target-s3/target/filestore"
	"target-s3/target/filestore/disk"
	"target-s3/target/store"
	"target-s3/target/storetest"
)

// failures are those of a disk: the system refuses a step, or does it and says that
// it failed, as a network file system may; once, or from then on.
func failures(dir string) map[string]storetest.Failing {
	all := map[string]storetest.Failing{}
	for name, err := range map[string]error{
		"ENOSPC": syscall.ENOSPC, "EDQUOT": syscall.EDQUOT, "EIO": syscall.EIO, "EROFS": syscall.EROFS, "EACCES": syscall.EACCES,
		"short write": disk.Short{Err: syscall.ENOSPC},
	} {
		all[name+" once"] = storetest.Failing{Open: failing(dir, fault{err: err})}
		all[name+" from then on"] = storetest.Failing{Open: failing(dir, fault{err: err, stays: true}), Stays: true}
	}
	all["EIO of what was done"] = storetest.Failing{Open: failing(dir, fault{err: syscall.EIO, done: true})}
	return all
}

// fault is what one of the steps meets.
type fault struct {
	err   error
	stays bool // the steps after it also fail
	done  bool // the step is done in spite of it
}

func failing(dir string, f fault) func(*testing.T, int) (store.Store, func() bool) {
	return func(t *testing.T, at int) (store.Store, func() bool) {
		var mu sync.Mutex
		seen, on := 0, false // the store tries the folder when it is opened
		strike := func(step disk.Step) error {
			mu.Lock()
			defer mu.Unlock()
			if !on {
				return nil
			}
			seen++
			if seen == at || f.stays && seen > at {
				return f.err
			}
			return nil
		}
		never := func(disk.Step, string) error { return nil }
		ask := func(step disk.Step, _ string) error { return strike(step) }
		s, err := filestore.NewOn(dir, "bucket", func(d disk.Disk) disk.Disk {
			if f.done {
				return disk.Stepped{Disk: d, Before: never, After: ask}
			}
			return disk.Stepped{Disk: d, Before: ask, After: never}
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		on = true
		return s, func() bool {
			mu.Lock()
			defer mu.Unlock()
			on = false
			return seen >= at
		}
	}
}

// A process was killed when it had linked a file. What the next one cannot look at is
// not said to be another's, or gone.
func TestFailingAfterALink(t *testing.T) {
	dir := t.TempDir()
	for at, more := 1, true; more; at++ {
		first := open(t, dir)
		key := fmt.Sprintf("a/%d", at)
		u := first.Create(store.Object{Key: key, Durable: true})
		if err := u.Stage(t.Context(), part(1, 0, "abc")); err != nil {
			t.Fatal(err)
		}
		if err := os.Link(first.Location(u.Receipt().Upload), first.Location(key)); err != nil {
			t.Fatal(err)
		}
		s, reached := failing(dir, fault{err: syscall.EIO})(t, at)
		err := s.Resume(u.Receipt()).Publish(t.Context())
		if more = reached(); errors.Is(err, fs.ErrExist) || errors.Is(err, store.ErrGone) {
			t.Errorf("step %d fails: %v", at, err)
		}
		if err := first.Resume(u.Receipt()).Publish(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
