package storetest

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"target-s3/target/store"
)

// KeyCharacters are all the characters that a key may consist of. (Package
// objectkey lets only these through.)
const KeyCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" +
	"/\"'()+,-.:;<=>?_`{|}~"

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
		all = append(all, newRival(t, f, key, Content(byte(10+i), size)))
	}
	return all
}

func testKeyTaken(t *testing.T, f Fixture) {
	small, large := Content(1, 100), Content(2, store.MinPartSize+100)
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
	small, large := Content(1, 100), Content(2, store.MinPartSize+100)
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
		must(t, "Commit", store.Commit(t.Context(), f.createOneOf(keys), part(1, 0, Content(byte(i), 100))))
		want["next/key/"+strconv.Itoa(i)] = Content(byte(i), 100)
		if got := keys.last(); want[got] == nil || int(keys.number.Load()) != i {
			t.Errorf("the key that was given last is %s", got)
		}
	}
	last := f.createOneOf(&series{name: "next/key", most: 3})
	mustExist(t, store.Commit(t.Context(), last, part(1, 0, Content(9, 100))))
	must(t, "Abort", last.Abort(t.Context()))
	f.wantObjects(t, want)
	f.wantNothingStaged(t)
}

// A key that is taken when the first part comes is not an obstacle. One that is taken
// after that may be, and is not overwritten.
func testNextKeyOfParts(t *testing.T, f Fixture) {
	want := map[string][]byte{"next/key/0": Content(1, 100)}
	must(t, "Commit", store.Commit(t.Context(), f.create("next/key/0"), part(1, 0, want["next/key/0"])))
	first, tail := split(Content(2, store.MinPartSize+100), store.MinPartSize)

	keys := &series{name: "next/key", most: 3}
	u := f.createOneOf(keys)
	must(t, "Write", u.Write(t.Context(), first))
	must(t, "Commit", store.Commit(t.Context(), u, tail))
	want["next/key/1"] = Content(2, store.MinPartSize+100)
	f.wantObjects(t, want)

	keys = &series{name: "next/key", most: 4}
	u = f.createOneOf(keys)
	first, tail = split(Content(3, store.MinPartSize+100), store.MinPartSize)
	must(t, "Write", u.Write(t.Context(), first))
	want["next/key/2"] = Content(4, 100)
	must(t, "Commit", store.Commit(t.Context(), f.create("next/key/2"), part(1, 0, want["next/key/2"])))
	if err := store.Commit(t.Context(), u, tail); err == nil {
		want["next/key/3"] = Content(3, store.MinPartSize+100)
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
		commits = append(commits, func() error { return store.Commit(t.Context(), u, part(1, 0, Content(byte(i), 100))) })
	}
	for _, err := range together(commits) {
		must(t, "Commit", err)
	}
	want := map[string][]byte{}
	for i, keys := range all {
		want[keys.last()] = Content(byte(i), 100)
	}
	f.wantObjects(t, want)
	f.wantNothingStaged(t)
}

func testHead(t *testing.T, f Fixture) {
	f.wantAbsent(t, "a/b/c.jsonl")
	must(t, "Commit", store.Commit(t.Context(), f.create("a/b/c.jsonl"), part(1, 0, Content(1, 10))))
	must(t, "Head", f.Store.Head(t.Context(), "a/b/c.jsonl"))
	// Neither a prefix of an object's key nor what begins with it is an object.
	for _, absent := range []string{"a", "a/b", "a/b/c", "a/b/c.jsonl.gz", "a/b/c.jsonl/d", "b"} {
		f.wantAbsent(t, absent)
	}
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
	if runtime.GOOS == "windows" { // which has no such names
		keys = slices.DeleteFunc(keys, func(key string) bool {
			return strings.ContainsAny(key, `<>:"|?*\`) || strings.HasSuffix(key, ".") || strings.HasSuffix(key, " ")
		})
	}
	want := map[string][]byte{}
	for i, key := range keys {
		want[key] = Content(byte(i), 20)
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
