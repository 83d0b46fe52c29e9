package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"target-s3/target/store"
)

// KeyCharacters are all the characters that a key may consist of. (Package
// objectkey lets only these through.)
const KeyCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" +
	"/\"'()+,-.:;<=>?_`{|}~"

// Fixture is a store to test, and ways to look into it that do not pass
// through the store itself.
type Fixture struct {
	// Store is empty: nothing else is in its bucket.
	Store store.Store
	// Again opens the same bucket as another process would; nil: Store does.
	Again func(t *testing.T) store.Store
	// Read returns the bytes of a visible object.
	Read func(t *testing.T, key string) []byte
	// Keys lists every object that is visible, in any order.
	Keys func(t *testing.T) []string
	// Staged lists whatever is stored and not visible: temporary files,
	// uncompleted uploads. Nil where that cannot be seen.
	Staged func(t *testing.T) []string
}

// Run tests a store against the contract of store.Store. It calls open for
// each of its subtests; what open starts, open cleans up by t.Cleanup.
//
// The suite keeps a few parts of store.MinPartSize in memory and sends about
// 100 MB in all.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, f Fixture)
	}{
		{"NothingVisibleBeforePublish", testNothingVisibleBeforePublish},
		{"WholeObjectByTail", testWholeObjectByTail},
		{"PartsAndTail", testPartsAndTail},
		{"PartsWithoutTail", testPartsWithoutTail},
		{"PartsOutOfOrder", testPartsOutOfOrder},
		{"PartsConcurrent", testPartsConcurrent},
		{"ObjectsConcurrent", testObjectsConcurrent},
		{"BodiesNotRetained", testBodiesNotRetained},
		{"StageTwice", testStageTwice},
		{"StageAfterAbort", testStageAfterAbort},
		{"PublishTwice", testPublishTwice},
		{"PublishUnstaged", testPublishUnstaged},
		{"Retract", testRetract},
		{"Resume", testResume},
		{"ResumePublished", testResumePublished},
		{"ResumeGone", testResumeGone},
		{"ResumeTogether", testResumeTogether},
		{"DurableKey", testDurableKey},
		{"Replace", testReplace},
		{"ReplaceTogether", testReplaceTogether},
		{"KeyTaken", testKeyTaken},
		{"KeyTakenByTheSameBytes", testKeyTakenByTheSameBytes},
		{"KeyTakenConcurrently", testKeyTakenConcurrently},
		{"NextKey", testNextKey},
		{"NextKeyOfParts", testNextKeyOfParts},
		{"NextKeyConcurrently", testNextKeyConcurrently},
		{"Abort", testAbort},
		{"AbortAfterPublish", testAbortAfterPublish},
		{"BodyFails", testBodyFails},
		{"Head", testHead},
		{"ContextCancelled", testContextCancelled},
		{"ContextCancelledWithinBody", testContextCancelledWithinBody},
		{"Keys", testKeys},
		{"Location", testLocation},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// key is what most tests store. The slashes make a file store create folders.
const key = "singer/orders/1_1519235654474.jsonl"

func testNothingVisibleBeforePublish(t *testing.T, f Fixture) {
	u := f.create(key)
	f.wantObjects(t, nil)
	first, tail := split(content(1, store.MinPartSize+10), store.MinPartSize)
	must(t, "Write", u.Write(t.Context(), first))
	f.wantObjects(t, nil)
	f.wantAbsent(t, key)
	must(t, "Stage", u.Stage(t.Context(), tail))
	f.wantObjects(t, nil)
	f.wantAbsent(t, key)
	must(t, "Publish", u.Publish(t.Context()))
	f.wantObjects(t, map[string][]byte{key: content(1, store.MinPartSize+10)})
	must(t, "Head", f.Store.Head(t.Context(), key))
	f.wantNothingStaged(t)
}

func testWholeObjectByTail(t *testing.T, f Fixture) {
	want := map[string][]byte{
		"size/0.jsonl":    {},
		"size/1.jsonl":    content(1, 1),
		"size/1000.jsonl": content(2, 1000),
		"size/5M.jsonl":   content(3, store.MinPartSize),
	}
	for key, c := range want {
		must(t, "Commit", store.Commit(t.Context(), f.create(key), part(1, 0, c)))
	}
	f.wantObjects(t, want)
	f.wantNothingStaged(t)
}

func testPartsAndTail(t *testing.T, f Fixture) {
	want := content(1, store.MinPartSize+1)
	first, tail := split(want, store.MinPartSize)
	u := f.create(key)
	must(t, "Write", u.Write(t.Context(), first))
	must(t, "Commit", store.Commit(t.Context(), u, tail))
	f.wantObjects(t, map[string][]byte{key: want})
	f.wantNothingStaged(t)
}

func testPartsWithoutTail(t *testing.T, f Fixture) {
	full, odd := content(1, store.MinPartSize), content(2, store.MinPartSize+7)

	u := f.create("one/part.jsonl")
	must(t, "Write", u.Write(t.Context(), part(1, 0, full)))
	must(t, "Commit", store.Commit(t.Context(), u, store.Part{}))

	// Here the last part is one that was written, so it may be small.
	first, last := split(odd, store.MinPartSize)
	u = f.create("two/parts.jsonl")
	must(t, "Write", u.Write(t.Context(), first))
	must(t, "Write", u.Write(t.Context(), last))
	must(t, "Commit", store.Commit(t.Context(), u, store.Part{}))

	f.wantObjects(t, map[string][]byte{"one/part.jsonl": full, "two/parts.jsonl": odd})
	f.wantNothingStaged(t)
}

func testPartsOutOfOrder(t *testing.T, f Fixture) {
	want := content(1, 2*store.MinPartSize+100)
	u := f.create(key)
	must(t, "Write", u.Write(t.Context(), part(2, store.MinPartSize, want[store.MinPartSize:2*store.MinPartSize])))
	must(t, "Write", u.Write(t.Context(), part(1, 0, want[:store.MinPartSize])))
	must(t, "Commit", store.Commit(t.Context(), u, part(3, 2*store.MinPartSize, want[2*store.MinPartSize:])))
	f.wantObjects(t, map[string][]byte{key: want})
}

func testPartsConcurrent(t *testing.T, f Fixture) {
	const parts = 3
	// Parts of different sizes show offsets that were taken for granted.
	sizes := [parts]int64{store.MinPartSize, store.MinPartSize + 3, store.MinPartSize + 1}
	want := content(1, sizes[0]+sizes[1]+sizes[2]+50)
	u := f.create(key)

	var offset int64
	var writes []func() error
	for i, size := range sizes {
		p := part(i+1, offset, want[offset:offset+size])
		writes = append(writes, func() error { return u.Write(t.Context(), p) })
		offset += size
	}
	for _, err := range together(writes) {
		must(t, "Write", err)
	}
	must(t, "Commit", store.Commit(t.Context(), u, part(parts+1, offset, want[offset:])))
	f.wantObjects(t, map[string][]byte{key: want})
}

func testObjectsConcurrent(t *testing.T, f Fixture) {
	want := map[string][]byte{}
	var commits []func() error
	for i := range 16 {
		// All in the same new folders, which a file store creates meanwhile.
		key := "singer/deep/er/" + string(rune('a'+i)) + ".jsonl"
		want[key] = content(byte(i), 1000+int64(i))
		u, tail := f.create(key), part(1, 0, want[key])
		commits = append(commits, func() error { return store.Commit(t.Context(), u, tail) })
	}
	for _, err := range together(commits) {
		must(t, "Commit", err)
	}
	f.wantObjects(t, want)
}

func testBodiesNotRetained(t *testing.T, f Fixture) {
	want := content(1, store.MinPartSize+100)
	buffer := bytes.Clone(want)
	first, tail := split(buffer, store.MinPartSize)
	watched := [2]*lentBody{{body: first.Body}, {body: tail.Body}}
	first.Body, tail.Body = watched[0], watched[1]

	u := f.create(key)
	must(t, "Write", u.Write(t.Context(), first))
	watched[0].giveBack()
	clear(buffer[:store.MinPartSize])
	must(t, "Commit", store.Commit(t.Context(), u, tail))
	watched[1].giveBack()
	clear(buffer)

	f.wantObjects(t, map[string][]byte{key: want})
	for _, w := range watched {
		if w.late.Load() {
			t.Error("a Body was used after the call it was given to had returned")
		}
	}
}

func testStageTwice(t *testing.T, f Fixture) {
	small, large := content(1, 10), content(2, store.MinPartSize+10)
	u := f.create("small.jsonl")
	must(t, "Commit", store.Commit(t.Context(), u, part(1, 0, small)))
	mustFail(t, "second Commit", store.Commit(t.Context(), u, part(1, 0, content(3, 10))))

	first, tail := split(large, store.MinPartSize)
	u = f.create("large.jsonl")
	must(t, "Write", u.Write(t.Context(), first))
	must(t, "Commit", store.Commit(t.Context(), u, tail))
	mustFail(t, "second Commit", store.Commit(t.Context(), u, store.Part{}))

	f.wantObjects(t, map[string][]byte{"small.jsonl": small, "large.jsonl": large})
}

func testStageAfterAbort(t *testing.T, f Fixture) {
	untouched := f.create(key)
	must(t, "Abort", untouched.Abort(t.Context()))
	mustFail(t, "Commit after Abort", store.Commit(t.Context(), untouched, part(1, 0, content(1, 10))))

	first, tail := split(content(2, store.MinPartSize+10), store.MinPartSize)
	written := f.create(key)
	must(t, "Write", written.Write(t.Context(), first))
	must(t, "Abort", written.Abort(t.Context()))
	mustFail(t, "Commit after Abort", store.Commit(t.Context(), written, tail))

	f.wantObjects(t, nil)
	f.wantNothingStaged(t)
}

// rival is one of several uploads of one key.
type rival struct {
	upload  store.Upload
	content []byte
	tail    store.Part
}

// newRival prepares an upload, and writes a part of it if it is large enough.
func newRival(t *testing.T, f Fixture, key string, content []byte) rival {
	t.Helper()
	r := rival{upload: f.create(key), content: content, tail: part(1, 0, content)}
	if len(content) > store.MinPartSize {
		var first store.Part
		first, r.tail = split(content, store.MinPartSize)
		must(t, "Write", r.upload.Write(t.Context(), first))
	}
	return r
}

func (r rival) commit(ctx context.Context) error { return store.Commit(ctx, r.upload, r.tail) }

// rivals returns uploads of one key, all different, every other one with a part
// that is written already.
func rivals(t *testing.T, f Fixture, key string, n int) []rival {
	t.Helper()
	var all []rival
	for i := range n {
		size := int64(100)
		if i%2 == 1 {
			size += store.MinPartSize
		}
		all = append(all, newRival(t, f, key, content(byte(10+i), size)))
	}
	return all
}

func testKeyTaken(t *testing.T, f Fixture) {
	small, large := content(1, 100), content(2, store.MinPartSize+100)
	for _, winner := range [][]byte{small, large} {
		key := "won-by/" + strconv.Itoa(len(winner)) + ".jsonl"
		rivals := rivals(t, f, key, 3)
		must(t, "Commit", newRival(t, f, key, winner).commit(t.Context()))
		for _, r := range rivals {
			mustExist(t, r.commit(t.Context()))
			must(t, "Abort", r.upload.Abort(t.Context()))
		}
		late := newRival(t, f, key, large)
		mustExist(t, late.commit(t.Context()))
		must(t, "Abort", late.upload.Abort(t.Context()))
	}
	f.wantObjects(t, map[string][]byte{"won-by/100.jsonl": small, "won-by/5242980.jsonl": large})
	f.wantNothingStaged(t)
}

// Equal bytes do not make it the same upload: two batches of equal rows under
// one key would be one batch too few.
func testKeyTakenByTheSameBytes(t *testing.T, f Fixture) {
	small, large := content(1, 100), content(2, store.MinPartSize+100)
	want := map[string][]byte{"small.jsonl": small, "large.jsonl": large}
	for key, c := range want {
		must(t, "Commit", newRival(t, f, key, c).commit(t.Context()))
		second := newRival(t, f, key, c)
		mustExist(t, second.commit(t.Context()))
		must(t, "Abort", second.upload.Abort(t.Context()))
	}
	f.wantObjects(t, want)
	f.wantNothingStaged(t)
}

func testKeyTakenConcurrently(t *testing.T, f Fixture) {
	rivals := rivals(t, f, key, 4)
	var commits []func() error
	for _, r := range rivals {
		commits = append(commits, func() error { return r.commit(t.Context()) })
	}
	var won [][]byte
	for i, err := range together(commits) {
		if err == nil {
			won = append(won, rivals[i].content)
			continue
		}
		mustExist(t, err)
		must(t, "Abort", rivals[i].upload.Abort(t.Context()))
	}
	if len(won) != 1 {
		t.Fatalf("%d of %d uploads of one key committed, want exactly 1", len(won), len(rivals))
	}
	f.wantObjects(t, map[string][]byte{key: won[0]})
	f.wantNothingStaged(t)
}

// series gives the keys of an upload: name/0, name/1, … as far as there are so
// many. What the last one is the test reads from last.
type series struct {
	name   string
	most   int
	number atomic.Int32
}

func (s *series) last() string { return s.name + "/" + strconv.Itoa(int(s.number.Load())) }

func (s *series) next() string {
	if int(s.number.Load())+1 >= s.most {
		return ""
	}
	s.number.Add(1)
	return s.last()
}

func (f Fixture) createOneOf(s *series) store.Upload {
	return f.Store.Create(store.Object{Key: s.last(), Next: s.next, ContentType: "application/x-ndjson"})
}

func testNextKey(t *testing.T, f Fixture) {
	want := map[string][]byte{}
	for i := range 3 { // the second finds one key taken, the third two
		keys := &series{name: "next/key", most: 3}
		must(t, "Commit", store.Commit(t.Context(), f.createOneOf(keys), part(1, 0, content(byte(i), 100))))
		want["next/key/"+strconv.Itoa(i)] = content(byte(i), 100)
		if got := keys.last(); want[got] == nil || int(keys.number.Load()) != i {
			t.Errorf("the key that was given last is %s", got)
		}
	}
	last := f.createOneOf(&series{name: "next/key", most: 3})
	mustExist(t, store.Commit(t.Context(), last, part(1, 0, content(9, 100))))
	must(t, "Abort", last.Abort(t.Context()))
	f.wantObjects(t, want)
	f.wantNothingStaged(t)
}

// A key that is taken when the first part comes is no obstacle. One that is taken
// after that may be, and is not overwritten.
func testNextKeyOfParts(t *testing.T, f Fixture) {
	want := map[string][]byte{"next/key/0": content(1, 100)}
	must(t, "Commit", store.Commit(t.Context(), f.create("next/key/0"), part(1, 0, want["next/key/0"])))
	first, tail := split(content(2, store.MinPartSize+100), store.MinPartSize)

	keys := &series{name: "next/key", most: 3}
	u := f.createOneOf(keys)
	must(t, "Write", u.Write(t.Context(), first))
	must(t, "Commit", store.Commit(t.Context(), u, tail))
	want["next/key/1"] = content(2, store.MinPartSize+100)
	f.wantObjects(t, want)

	keys = &series{name: "next/key", most: 4}
	u = f.createOneOf(keys)
	first, tail = split(content(3, store.MinPartSize+100), store.MinPartSize)
	must(t, "Write", u.Write(t.Context(), first))
	want["next/key/2"] = content(4, 100)
	must(t, "Commit", store.Commit(t.Context(), f.create("next/key/2"), part(1, 0, want["next/key/2"])))
	if err := store.Commit(t.Context(), u, tail); err == nil {
		want["next/key/3"] = content(3, store.MinPartSize+100)
	} else {
		mustExist(t, err)
		must(t, "Abort", u.Abort(t.Context()))
	}
	f.wantObjects(t, want)
	f.wantNothingStaged(t)
}

func testNextKeyConcurrently(t *testing.T, f Fixture) {
	const uploads = 8
	var all [uploads]*series
	var commits []func() error
	for i := range all {
		all[i] = &series{name: "next/key", most: uploads}
		u := f.createOneOf(all[i])
		commits = append(commits, func() error { return store.Commit(t.Context(), u, part(1, 0, content(byte(i), 100))) })
	}
	for _, err := range together(commits) {
		must(t, "Commit", err)
	}
	want := map[string][]byte{}
	for i, keys := range all {
		want[keys.last()] = content(byte(i), 100)
	}
	f.wantObjects(t, want)
	f.wantNothingStaged(t)
}

func testAbort(t *testing.T, f Fixture) {
	untouched, written := f.create(key), f.create(key)
	must(t, "Write", written.Write(t.Context(), part(1, 0, content(1, store.MinPartSize))))
	for _, u := range []store.Upload{untouched, written} {
		for range 3 {
			must(t, "Abort", u.Abort(t.Context()))
		}
	}
	f.wantObjects(t, nil)
	f.wantNothingStaged(t)

	// The key is free for another upload.
	must(t, "Commit", store.Commit(t.Context(), f.create(key), part(1, 0, content(2, 10))))
	f.wantObjects(t, map[string][]byte{key: content(2, 10)})
}

func testAbortAfterPublish(t *testing.T, f Fixture) {
	small, large := content(1, 10), content(2, store.MinPartSize)
	u := f.create("small.jsonl")
	must(t, "Commit", store.Commit(t.Context(), u, part(1, 0, small)))
	must(t, "Abort", u.Abort(t.Context()))

	u = f.create("large.jsonl")
	must(t, "Write", u.Write(t.Context(), part(1, 0, large)))
	must(t, "Commit", store.Commit(t.Context(), u, store.Part{}))
	must(t, "Abort", u.Abort(t.Context()))
	must(t, "Abort", u.Abort(t.Context()))

	f.wantObjects(t, map[string][]byte{"small.jsonl": small, "large.jsonl": large})
}

func testBodyFails(t *testing.T, f Fixture) {
	broken := func(p store.Part) store.Part {
		p.Body = &brokenBody{ReadSeeker: p.Body, left: p.Size / 2}
		return p
	}
	whole := content(1, store.MinPartSize+10)
	first, tail := split(whole, store.MinPartSize)

	inTail := f.create("in/whole-tail.jsonl")
	mustFail(t, "Commit", store.Commit(t.Context(), inTail, broken(part(1, 0, whole))))

	inWrite := f.create("in/write.jsonl")
	mustFail(t, "Write", inWrite.Write(t.Context(), broken(first)))

	inLast := f.create("in/last-tail.jsonl")
	first.Body = bytes.NewReader(whole[:store.MinPartSize])
	must(t, "Write", inLast.Write(t.Context(), first))
	mustFail(t, "Commit", store.Commit(t.Context(), inLast, broken(tail)))

	f.wantObjects(t, nil)
	for _, u := range []store.Upload{inTail, inWrite, inLast} {
		must(t, "Abort", u.Abort(t.Context()))
	}
	f.wantObjects(t, nil)
	f.wantNothingStaged(t)
}

func testHead(t *testing.T, f Fixture) {
	f.wantAbsent(t, "a/b/c.jsonl")
	must(t, "Commit", store.Commit(t.Context(), f.create("a/b/c.jsonl"), part(1, 0, content(1, 10))))
	must(t, "Head", f.Store.Head(t.Context(), "a/b/c.jsonl"))
	// Neither a prefix of an object's key nor what begins with it is an object.
	for _, absent := range []string{"a", "a/b", "a/b/c", "a/b/c.jsonl.gz", "a/b/c.jsonl/d", "b"} {
		f.wantAbsent(t, absent)
	}
}

func testContextCancelled(t *testing.T, f Fixture) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	whole := content(1, store.MinPartSize+10)
	first, tail := split(whole, store.MinPartSize)

	mustFail(t, "Head", f.Store.Head(cancelled, key))

	unwritten := f.create("un/written.jsonl")
	mustFail(t, "Write", unwritten.Write(cancelled, first))
	small := f.create("small.jsonl")
	mustFail(t, "Commit", store.Commit(cancelled, small, part(1, 0, whole[:10])))
	large := f.create("large.jsonl")
	first.Body = bytes.NewReader(whole[:store.MinPartSize])
	must(t, "Write", large.Write(t.Context(), first))
	mustFail(t, "Commit", store.Commit(cancelled, large, tail))

	for _, u := range []store.Upload{unwritten, small, large} {
		must(t, "Abort", u.Abort(t.Context()))
	}
	f.wantObjects(t, nil)
	f.wantNothingStaged(t)
}

func testContextCancelledWithinBody(t *testing.T, f Fixture) {
	cancelling := func(size int64) (context.Context, store.Part) {
		ctx, cancel := context.WithCancel(t.Context())
		p := part(1, 0, content(1, size))
		p.Body = &cancellingBody{ReadSeeker: p.Body, cancel: cancel}
		return ctx, p
	}
	ctx, first := cancelling(store.MinPartSize)
	inWrite := f.create("in/write.jsonl")
	mustFail(t, "Write", inWrite.Write(ctx, first))

	ctx, whole := cancelling(10)
	inTail := f.create("in/tail.jsonl")
	mustFail(t, "Commit", store.Commit(ctx, inTail, whole))

	for _, u := range []store.Upload{inWrite, inTail} {
		must(t, "Abort", u.Abort(t.Context()))
	}
	f.wantObjects(t, nil)
	f.wantNothingStaged(t)
}

func testKeys(t *testing.T, f Fixture) {
	keys := []string{
		"plain.jsonl",
		"singer/orders/line_items/tax_lines/1_1519235654474.csv.gz",
		"year=2026/month=01/day=31/table=orders/1_1.jsonl",
		".hidden/.file",
		"...dots/a..b/..c...",
		"of/all/characters/" + strings.ReplaceAll(KeyCharacters, "/", ""),
		strings.Repeat(strings.Repeat("n", 49)+"/", 9) + strings.Repeat("m", 50), // 500 characters
		"one/long/segment/" + strings.Repeat("s", 255),                           // all that file systems take
	}
	for _, c := range strings.ReplaceAll(KeyCharacters, "/", "") {
		// The code keeps a and A apart where the file system does not.
		keys = append(keys, fmt.Sprintf("each/%02x%c", c, c))
	}
	want := map[string][]byte{}
	for i, key := range keys {
		want[key] = content(byte(i), 20)
		must(t, "Commit "+key, store.Commit(t.Context(), f.create(key), part(1, 0, want[key])))
		must(t, "Head "+key, f.Store.Head(t.Context(), key))
	}
	f.wantObjects(t, want)
}

func testLocation(t *testing.T, f Fixture) {
	if got := filepath.ToSlash(f.Store.Location(key)); !strings.Contains(got, key) {
		t.Errorf("Location(%q) = %q does not name the key", key, got)
	}
}

func (f Fixture) create(key string) store.Upload {
	return f.Store.Create(store.Object{Key: key, ContentType: "application/x-ndjson"})
}

// wantObjects checks that these objects and no others are visible, whole.
func (f Fixture) wantObjects(t *testing.T, want map[string][]byte) {
	t.Helper()
	keys := f.Keys(t)
	slices.Sort(keys)
	var expected []string
	for key := range want {
		expected = append(expected, key)
	}
	slices.Sort(expected)
	if !slices.Equal(keys, expected) {
		t.Fatalf("visible objects:\n  %q\nwant:\n  %q", keys, expected)
	}
	for key, w := range want {
		if got := f.Read(t, key); !bytes.Equal(got, w) {
			t.Errorf("object %s: %d bytes that differ from the %d bytes written", key, len(got), len(w))
		}
	}
}

func (f Fixture) wantNothingStaged(t *testing.T) {
	t.Helper()
	if f.Staged == nil {
		return
	}
	if left := f.Staged(t); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func (f Fixture) wantAbsent(t *testing.T, key string) {
	t.Helper()
	if err := f.Store.Head(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Head(%q) = %v, want an error matching fs.ErrNotExist", key, err)
	}
}

func must(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func mustFail(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		t.Fatalf("%s: no error", what)
	}
}

func mustExist(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, fs.ErrExist) {
		t.Fatalf("Commit to a key that is taken: %v, want an error matching fs.ErrExist", err)
	}
}

// content returns bytes that differ at every place and from seed to seed, so
// that parts in the wrong place show.
func content(seed byte, size int64) []byte {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b) // never fails, says its documentation
	return b
}

func part(number int, offset int64, b []byte) store.Part {
	return store.Part{Number: number, Offset: offset, Size: int64(len(b)), Body: bytes.NewReader(b)}
}

// split makes two parts of an object, the second being its last.
func split(b []byte, at int64) (first, last store.Part) {
	return part(1, 0, b[:at]), part(2, at, b[at:])
}

// together runs the functions at the same time, the last one first as far as
// that can be had, and returns their errors in the order of the functions.
func together(functions []func() error) []error {
	errs := make([]error, len(functions))
	start := make(chan struct{})
	var wait sync.WaitGroup
	for i := len(functions) - 1; i >= 0; i-- {
		wait.Go(func() {
			<-start
			errs[i] = functions[i]()
		})
	}
	close(start)
	wait.Wait()
	return errs
}

// lentBody notices when it is used after it was given back.
type lentBody struct {
	body       io.ReadSeeker
	back, late atomic.Bool
}

func (b *lentBody) giveBack() { b.back.Store(true) }

func (b *lentBody) Read(p []byte) (int, error) {
	if b.back.Load() {
		b.late.Store(true)
	}
	return b.body.Read(p)
}

func (b *lentBody) Seek(offset int64, whence int) (int64, error) {
	if b.back.Load() {
		b.late.Store(true)
	}
	return b.body.Seek(offset, whence)
}

var errBody = errors.New("body that fails in the middle")

// brokenBody fails once it was read half through, and for good.
type brokenBody struct {
	io.ReadSeeker
	left int64
}

func (b *brokenBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errBody
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadSeeker.Read(p)
	b.left -= int64(n)
	return n, err
}

// cancellingBody cancels the context of the call that reads it.
type cancellingBody struct {
	io.ReadSeeker
	cancel context.CancelFunc
}

func (b *cancellingBody) Read(p []byte) (int, error) {
	b.cancel()
	return b.ReadSeeker.Read(p)
}
