package storetest

import (
	"bytes"
	"errors"
	"io/fs"
	"strconv"
	"testing"

	"target-s3/target/store"
)

// Failing is something that can go wrong below a store.
type Failing struct {
	// Open opens the bucket of a fixture so that one of the things that the store asks
	// of its system fails: the one of that number, from 1. Reached reports whether
	// there were so many, and ends the failures.
	Open func(t *testing.T, at int) (s store.Store, reached func() bool)
	// Stays says that what comes after it also fails, so that nothing can be removed.
	Stays bool
}

// testFailing has every single thing fail that a store asks for. What it says must be
// so, and once the system works again nothing may be left that nobody knows of.
func testFailing(t *testing.T, open func(t *testing.T) Fixture) {
	for name, failing := range open(t).Failing {
		if testing.Short() && failing.Stays {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel() // they wait for the disk most of the time
			for use, test := range map[string]func(*testing.T, Fixture, store.Store, func()){
				"Publish": failPublish, "Durable": failDurable, "Replace": failReplace,
			} {
				t.Run(use, func(t *testing.T) {
					for at, more := 1, true; more; at++ {
						more = t.Run(strconv.Itoa(at), func(t *testing.T) {
							f := open(t)
							s, reached := f.Failing[name].Open(t, at)
							test(t, f, s, func() { more = reached() })
							if f.Failing[name].Stays {
								f.sweep(t)
							}
							f.wantNothingStaged(t)
						}) && more
					}
				})
			}
		})
	}
}

// failPublish publishes two objects, or takes them back.
func failPublish(t *testing.T, f Fixture, s store.Store, reached func()) {
	want := map[string][]byte{"a/one": Content(1, 100), "b/two": Content(2, 100)}
	uploads := map[string]store.Upload{"a/one": s.Create(store.Object{Key: "a/one"}), "b/two": s.Create(store.Object{Key: "b/two"})}
	var failure error
	for key, u := range uploads {
		if failure == nil {
			failure = u.Stage(t.Context(), part(1, 0, want[key]))
		}
	}
	if failure != nil {
		f.wantObjects(t, nil)
	}
	for _, u := range uploads {
		if failure == nil {
			failure = u.Publish(t.Context())
		}
	}
	var unclear error
	if failure != nil {
		for _, u := range uploads {
			unclear = errors.Join(unclear, u.Retract(t.Context()), u.Abort(t.Context()))
		}
	}
	reached()
	if failure == nil {
		f.wantObjects(t, want)
		return
	}
	for _, u := range uploads { // also where the first time it failed: there is no more to do
		if unclear != nil {
			must(t, "Retract", u.Retract(t.Context()))
			must(t, "Abort", u.Abort(t.Context()))
		}
	}
	f.wantObjects(t, nil)
}

// failDurable publishes an object that others can publish as well.
func failDurable(t *testing.T, f Fixture, s store.Store, reached func()) {
	c := Content(1, 100)
	u := s.Create(store.Object{Key: key, Durable: true})
	if err := u.Stage(t.Context(), part(1, 0, c)); err != nil {
		unclear := u.Abort(t.Context())
		reached()
		if unclear != nil {
			must(t, "Abort", u.Abort(t.Context()))
		}
		f.wantObjects(t, nil)
		return
	}
	f.wantObjects(t, nil)
	err := u.Publish(t.Context())
	if err == nil {
		f.wantObjects(t, map[string][]byte{key: c})
	}
	// It is there: an error may say anything but that it is gone, or another's.
	again := s.Resume(u.Receipt()).Publish(t.Context())
	for _, err := range []error{err, again} {
		if errors.Is(err, store.ErrGone) || errors.Is(err, fs.ErrExist) {
			must(t, "Publish", err)
		}
	}
	reached()
	must(t, "Publish once more", f.handOver(t, u.Receipt()).Publish(t.Context()))
	f.wantObjects(t, map[string][]byte{key: c})
}

// sweep removes what was staged and could not be removed at the time.
func (f Fixture) sweep(t *testing.T) {
	t.Helper()
	for u, err := range f.Store.Uploads(t.Context(), "") {
		must(t, "Uploads", err)
		must(t, "Abort", f.Store.Resume(store.Receipt{Key: u.Key, Upload: u.Upload}).Abort(t.Context()))
	}
}

// failReplace replaces an object that can be replaced.
func failReplace(t *testing.T, f Fixture, s store.Store, reached func()) {
	const key = "_target_s3/name.json"
	first, err := f.Store.Replace(t.Context(), key, []byte("one"), "")
	must(t, "Replace", err)
	second, err := s.Replace(t.Context(), key, []byte("two"), first)
	seen, version, unread := s.Read(t.Context(), key, 100)
	reached()
	now := f.Read(t, key)
	switch {
	case err == nil && (string(now) != "two" || second == first):
		t.Errorf("replaced by %q, version %q", now, second)
	case errors.Is(err, store.ErrChanged):
		t.Errorf("Replace: %v, and nobody else changed it", err)
	case errors.Is(err, store.ErrRefused) && string(now) != "one":
		t.Errorf("Replace: %v, and it is %q", err, now)
	case string(now) != "one" && string(now) != "two":
		t.Errorf("replaced by %q", now)
	case unread == nil && (!bytes.Equal(seen, now) || (version == first) != (string(now) == "one")):
		t.Errorf("read %q, version %q; it is %q", seen, version, now)
	}
}
