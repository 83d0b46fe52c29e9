package storetest

import (
	"encoding/json"
	"errors"
	"strconv"
	"testing"

	"target-s3/target/crc32c"
	"target-s3/target/store"
)

// sizes are those of an object that is staged as one piece, and of one in parts.
var sizes = []int64{0, 100, store.MinPartSize + 100}

// stage returns an upload that is staged, in parts if it is large enough.
func (f Fixture) stage(t *testing.T, o store.Object, c []byte) store.Upload {
	t.Helper()
	u, tail := f.Store.Create(o), part(1, 0, c)
	if len(c) > store.MinPartSize {
		var first store.Part
		first, tail = split(c, store.MinPartSize)
		must(t, "Write", u.Write(t.Context(), first))
	}
	must(t, "Stage", u.Stage(t.Context(), tail))
	return u
}

func testPublishTwice(t *testing.T, f Fixture) {
	want := map[string][]byte{}
	for i, size := range sizes {
		keys := &series{name: "twice/" + strconv.Itoa(i), most: 9}
		want[keys.last()] = Content(byte(i), size)
		u := f.stage(t, store.Object{Key: keys.last(), Next: keys.next}, want[keys.last()])
		for range 3 {
			must(t, "Publish", u.Publish(t.Context()))
		}
	}
	f.wantObjects(t, want)
	f.wantNothingStaged(t)
}

func testPublishUnstaged(t *testing.T, f Fixture) {
	unstaged := f.create(key)
	mustFail(t, "Publish before Stage", unstaged.Publish(t.Context()))
	for _, size := range sizes {
		u := f.stage(t, store.Object{Key: key}, Content(1, size))
		must(t, "Abort", u.Abort(t.Context()))
		mustFail(t, "Publish after Abort", u.Publish(t.Context()))
	}
	f.wantObjects(t, nil)
	f.wantNothingStaged(t)
}

// A store that cannot take back says so, and the object stays.
func testRetract(t *testing.T, f Fixture) {
	for i, size := range sizes {
		o := store.Object{Key: "retract/" + strconv.Itoa(i), ContentType: "text/csv"}
		u := f.stage(t, o, Content(1, size))
		must(t, "Publish", u.Publish(t.Context()))
		err := u.Retract(t.Context())
		if errors.Is(err, errors.ErrUnsupported) {
			must(t, "Head", f.Store.Head(t.Context(), o.Key))
			continue
		}
		must(t, "Retract", err)
		f.wantAbsent(t, o.Key)
		mustFail(t, "Publish after Retract", u.Publish(t.Context()))
		must(t, "Abort", u.Abort(t.Context()))
		f.wantObjects(t, nil)
	}
	f.wantNothingStaged(t)
}

// testSums has each store know the checksum of what it published, or of what another
// process staged and it published.
func testSums(t *testing.T, f Fixture) {
	for i, size := range sizes {
		for _, durable := range []bool{false, true} {
			o := store.Object{Key: "sums/" + strconv.Itoa(i) + strconv.FormatBool(durable), Checksum: true, Durable: durable}
			c := Content(byte(i), size)
			u := f.stage(t, o, c)
			if durable {
				u = f.handOver(t, u.Receipt())
			}
			must(t, "Publish", u.Publish(t.Context()))
			if got, want := u.Sums().CRC32C, crc32c.Hex(crc32c.Of(c)); got != want {
				t.Errorf("%s: the checksum is %q, want %q", o.Key, got, want)
			}
		}
	}
	f.wantNothingStaged(t)
}

// handOver sends a receipt through its text, as from one process to another.
func (f Fixture) handOver(t *testing.T, r store.Receipt) store.Upload {
	t.Helper()
	text, err := json.Marshal(r)
	must(t, "Marshal", err)
	var got store.Receipt
	must(t, "Unmarshal", json.Unmarshal(text, &got))
	again := f.Store
	if f.Again != nil {
		again = f.Again(t)
	}
	return again.Resume(got)
}

func testResume(t *testing.T, f Fixture) {
	want := map[string][]byte{}
	for i, size := range sizes {
		key := "resume/" + strconv.Itoa(i) + ".jsonl"
		want[key] = Content(byte(i), size)
		u := f.stage(t, store.Object{Key: key, Durable: true}, want[key])
		f.wantAbsent(t, key)
		resumed := f.handOver(t, u.Receipt())
		must(t, "Publish", resumed.Publish(t.Context()))
		must(t, "Publish again", resumed.Publish(t.Context()))
		must(t, "Abort", resumed.Abort(t.Context()))
	}
	f.wantObjects(t, want)
	f.wantNothingStaged(t)

	aborted := f.stage(t, store.Object{Key: "resume/aborted", Durable: true}, Content(1, 100))
	must(t, "Abort", f.handOver(t, aborted.Receipt()).Abort(t.Context()))
	f.wantObjects(t, want)
	f.wantNothingStaged(t)
}

func testResumePublished(t *testing.T, f Fixture) {
	want := map[string][]byte{}
	for i, size := range sizes {
		key := "resume/" + strconv.Itoa(i) + ".jsonl"
		want[key] = Content(byte(i), size)
		u := f.stage(t, store.Object{Key: key, Durable: true}, want[key])
		must(t, "Publish", u.Publish(t.Context()))
		for range 2 {
			must(t, "Publish of what is published", f.handOver(t, u.Receipt()).Publish(t.Context()))
		}
	}
	f.wantObjects(t, want)
	f.wantNothingStaged(t)
}

func testResumeGone(t *testing.T, f Fixture) {
	some := sizes
	if testing.Short() { // a store may look for the object for a while
		some = sizes[:1]
	}
	for _, size := range some {
		u := f.stage(t, store.Object{Key: key, Durable: true}, Content(1, size))
		r := u.Receipt()
		must(t, "Abort", u.Abort(t.Context()))
		if err := f.handOver(t, r).Publish(t.Context()); !errors.Is(err, store.ErrGone) {
			t.Errorf("Publish of what was aborted: %v, want an error matching ErrGone", err)
		}
	}
	f.wantObjects(t, nil)

	// What another made under that key is not taken for what is gone.
	u := f.stage(t, store.Object{Key: key, Durable: true}, Content(1, 100))
	r := u.Receipt()
	must(t, "Abort", u.Abort(t.Context()))
	must(t, "Commit", store.Commit(t.Context(), f.create(key), part(1, 0, Content(2, 100))))
	mustFail(t, "Publish of what is gone", f.handOver(t, r).Publish(t.Context()))
	f.wantObjects(t, map[string][]byte{key: Content(2, 100)})
}

func testResumeTogether(t *testing.T, f Fixture) {
	want := map[string][]byte{}
	for i, size := range sizes {
		key := "together/" + strconv.Itoa(i) + ".jsonl"
		want[key] = Content(byte(i), size)
		u := f.stage(t, store.Object{Key: key, Durable: true}, want[key])
		var publish []func() error
		for range 4 {
			resumed := f.handOver(t, u.Receipt())
			publish = append(publish, func() error { return resumed.Publish(t.Context()) })
		}
		publish = append(publish, func() error { return u.Publish(t.Context()) })
		for _, err := range together(publish) {
			must(t, "Publish", err)
		}
	}
	f.wantObjects(t, want)
	f.wantNothingStaged(t)
}

// The key of a durable object is free when it is staged, and stays.
func testDurableKey(t *testing.T, f Fixture) {
	want := map[string][]byte{"next/key/0": Content(1, 10)}
	must(t, "Commit", store.Commit(t.Context(), f.create("next/key/0"), part(1, 0, Content(1, 10))))
	for i := range 2 {
		keys := &series{name: "next/key", most: 9}
		u := f.stage(t, store.Object{Key: keys.last(), Next: keys.next, Durable: true}, Content(byte(i), 100))
		r := u.Receipt()
		if wanted := "next/key/" + strconv.Itoa(i+1); r.Key != wanted || keys.last() != wanted {
			t.Fatalf("the receipt's key is %s, the last one given is %s, want %s", r.Key, keys.last(), wanted)
		}
		must(t, "Publish", u.Publish(t.Context()))
		want[r.Key] = Content(byte(i), 100)
	}
	taken := f.stage(t, store.Object{Key: key, Next: (&series{name: "x", most: 9}).next, Durable: true}, Content(3, 100))
	want[key] = Content(4, 100)
	must(t, "Commit", store.Commit(t.Context(), f.create(key), part(1, 0, want[key])))
	mustExist(t, taken.Publish(t.Context()))
	must(t, "Abort", taken.Abort(t.Context()))
	f.wantObjects(t, want)
	f.wantNothingStaged(t)
}
