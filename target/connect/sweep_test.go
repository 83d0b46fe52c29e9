package connect

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"testing"
	"time"

	"target-s3/target/config"
	"target-s3/target/journal"
	"target-s3/target/store"
	"target-s3/target/storetest"
)

// forgetful is a service that knows no prefixes, does not say when an upload of
// "timeless" was begun, and aborts none of "stuck".
type forgetful struct{ store.Store }

func (f forgetful) Uploads(ctx context.Context, _ string) iter.Seq2[store.Staged, error] {
	return func(yield func(store.Staged, error) bool) {
		for u, err := range f.Store.Uploads(ctx, "") {
			if u.Key == "shop/timeless" {
				u.Since = time.Time{}
			}
			if !yield(u, err) {
				return
			}
		}
	}
}

func (f forgetful) Resume(r store.Receipt) store.Upload {
	if r.Key == "shop/stuck" {
		return stuck{}
	}
	return f.Store.Resume(r)
}

type stuck struct{ store.Upload }

func (stuck) Abort(context.Context) error { return errStuck }

var errStuck = errors.New("AccessDenied")

// TestSweep: what others have staged, what is young or of no known age, and what an
// open journal names, is left alone; one that cannot be aborted keeps no other.
func TestSweep(t *testing.T) {
	memory := storetest.NewMemory()
	receipts := make(map[string]store.Receipt)
	for _, key := range []string{"shop/a", "shop/b", "shop/named", "shop/stuck", "shop/timeless", "shopping/a", "other/a"} {
		u := memory.Create(store.Object{Key: key, Durable: true})
		if err := u.Stage(t.Context(), store.Part{}); err != nil {
			t.Fatal(err)
		}
		receipts[key] = u.Receipt()
	}
	j, err := journal.Read(t.Context(), memory, journal.Key("", "pipe"), "pipe")
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Commit(t.Context(), []journal.Object{{Table: "named", Version: 1, Rows: 1, Receipt: receipts["shop/named"]}}, []byte(`{"a":1}`)); err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.IntegrationName = "shop"
	now := time.Now()
	run := func(s Sweep) (map[string]Leftover, Swept) {
		t.Helper()
		s.Store, s.Config, s.OlderThan = forgetful{memory}, c, time.Hour
		found := make(map[string]Leftover)
		swept, err := s.Run(t.Context(), func(l Leftover) { found[l.Key] = l })
		if err != nil {
			t.Fatal(err)
		}
		return found, swept
	}
	staged := func() (keys []string) {
		for u, err := range memory.Uploads(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, u.Key)
		}
		slices.Sort(keys)
		return keys
	}
	if found, swept := run(Sweep{Now: now}); len(found) > 0 || swept != (Swept{Young: 5}) {
		t.Errorf("young ones: %v, %+v", found, swept)
	}
	before := staged()
	later := now.Add(2 * time.Hour)
	found, swept := run(Sweep{Now: later, DryRun: true})
	if swept != (Swept{Aborted: 3, Kept: 1, Young: 1}) || !slices.Equal(staged(), before) {
		t.Errorf("dry: %v, %+v", found, swept)
	}
	found, swept = run(Sweep{Now: later})
	if swept != (Swept{Aborted: 2, Kept: 1, Young: 1, Failed: 1}) || !found["shop/named"].Kept || !errors.Is(found["shop/stuck"].Err, errStuck) {
		t.Errorf("%v, %+v", found, swept)
	}
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, []string{"shop/a", "shop/b", "shop/named", "shop/stuck"}) {
		t.Errorf("found %q", got)
	}
	if got := staged(); !slices.Equal(got, []string{"other/a", "shop/named", "shop/stuck", "shop/timeless", "shopping/a"}) {
		t.Errorf("left %q", got)
	}
	// What the journal named can still be finished.
	if err := j.Recover(t.Context(), func([]byte) error { return nil }); err != nil {
		t.Error(err)
	}
	if err := memory.Head(t.Context(), "shop/named"); err != nil {
		t.Error(err)
	}
}

// TestSweepBesideOtherPrefixes has pipelines whose keys begin alike, and whose journals are
// in other folders.
func TestSweepBesideOtherPrefixes(t *testing.T) {
	memory := storetest.NewMemory()
	const key = "lake/raw/shop/orders/1"
	u := memory.Create(store.Object{Key: key, Durable: true})
	if err := u.Stage(t.Context(), store.Part{}); err != nil {
		t.Fatal(err)
	}
	for _, prefix := range []string{"", "lake/", "lake/raw/", "lake/raw/shop/orders/"} {
		t.Run(prefix, func(t *testing.T) {
			j, err := journal.Read(t.Context(), memory, journal.Key(prefix, "pipe"), "pipe")
			if err != nil {
				t.Fatal(err)
			}
			if err := j.Commit(t.Context(), []journal.Object{{Table: "orders", Version: 1, Rows: 1, Receipt: u.Receipt()}}, []byte(`{"a":1}`)); err != nil {
				t.Fatal(err)
			}
			c := config.Default()
			c.S3KeyPrefix, c.IntegrationName = "lake/", "raw"
			swept, err := Sweep{Store: memory, Config: c, Now: time.Now()}.Run(t.Context(), func(Leftover) {})
			if err != nil || swept != (Swept{Kept: 1}) {
				t.Errorf("%+v, %v", swept, err)
			}
			if err := j.Done(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
	c := config.Default()
	c.S3KeyPrefix, c.IntegrationName = "lake/", "raw"
	if swept, err := (Sweep{Store: memory, Config: c, Now: time.Now()}).Run(t.Context(), func(Leftover) {}); err != nil || swept != (Swept{Aborted: 1}) {
		t.Errorf("%+v, %v", swept, err)
	}
}
