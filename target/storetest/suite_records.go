package storetest

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"target-s3/target/store"
)

func testReplace(t *testing.T, f Fixture) {
	const key, most = "_target_s3/name.json", 1000
	_, _, err := f.Store.Read(t.Context(), key, most)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("Read of nothing: %v, want an error matching fs.ErrNotExist", err)
	}
	mustChanged(t, f.replace(t, key, "x", `"0123456789abcdef0123456789abcdef"`))
	var version string
	for i, body := range []string{"one", "two", "", "four"} {
		version, err = f.Store.Replace(t.Context(), key, []byte(body), version)
		must(t, "Replace", err)
		got, read, err := f.Store.Read(t.Context(), key, most)
		must(t, "Read", err)
		if string(got) != body || read != version || version == "" {
			t.Fatalf("Read: %q, version %q; want %q, %q", got, read, body, version)
		}
		mustChanged(t, f.replace(t, key, "x", ""))
		mustChanged(t, f.replace(t, key, "x", `"0123456789abcdef0123456789abcdef"`))
		f.wantObjects(t, map[string][]byte{key: []byte(body)})
		must(t, "Head "+strconv.Itoa(i), f.Store.Head(t.Context(), key))
	}
	_, err = f.Store.Replace(t.Context(), key, bytes.Repeat([]byte("x"), most+1), version)
	must(t, "Replace", err)
	if _, _, err := f.Store.Read(t.Context(), key, most); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read of more than is read: %v", err)
	}
	f.wantNothingStaged(t)
}

func (f Fixture) replace(t *testing.T, key, body, version string) error {
	_, err := f.Store.Replace(t.Context(), key, []byte(body), version)
	return err
}

func mustChanged(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, store.ErrChanged) {
		t.Fatalf("Replace of another version: %v, want an error matching ErrChanged", err)
	}
}

func testReplaceTogether(t *testing.T, f Fixture) {
	const key = "_target_s3/name.json"
	version := ""
	for round := range 4 {
		const rivals = 4
		var replace []func() error
		for i := range rivals {
			body := strconv.Itoa(round*rivals + i)
			replace = append(replace, func() error { return f.replace(t, key, body, version) })
		}
		won := 0
		for _, err := range together(replace) {
			if err == nil {
				won++
			}
		}
		if won != 1 {
			t.Fatalf("%d of %d replacements of one version succeeded, want exactly 1", won, rivals)
		}
		_, is, err := f.Store.Read(t.Context(), key, 100)
		must(t, "Read", err)
		version = is
	}
}

func testList(t *testing.T, f Fixture) {
	want := []string{"list/a.jsonl", "list/a/.hidden", "list/a/b.jsonl", "list/ab.jsonl", "other.jsonl"}
	for _, key := range want {
		must(t, "Commit", store.Commit(t.Context(), f.create(key), part(1, 0, Content(1, 10))))
	}
	must(t, "Replace", f.replace(t, "list/a/record.json", "x", ""))
	want = append(want, "list/a/record.json")
	staged := f.stage(t, store.Object{Key: "list/staged", Durable: true}, Content(1, 10))
	for _, prefix := range []string{"", "list/", "list/a", "list/a/", "list/a/r", "list/a.jsonl", "list/b", "none/", "list/none/x"} {
		below := slices.DeleteFunc(slices.Sorted(slices.Values(want)), func(key string) bool { return !strings.HasPrefix(key, prefix) })
		got, err := f.Store.List(t.Context(), prefix, 100)
		must(t, "List", err)
		slices.Sort(got)
		if !slices.Equal(got, below) {
			t.Errorf("List(%q) = %q, want %q", prefix, got, below)
		}
		some, err := f.Store.List(t.Context(), prefix, 2)
		must(t, "List", err)
		if len(some) != min(2, len(below)) {
			t.Errorf("List(%q) of at most 2 = %q", prefix, some)
		}
	}
	must(t, "Abort", staged.Abort(t.Context()))
}

func testUploads(t *testing.T, f Fixture) {
	begun := time.Now()
	written, staged := f.create("sweep/written.jsonl"), f.create("sweep/a/staged.jsonl")
	first, tail := split(Content(1, store.MinPartSize+10), store.MinPartSize)
	must(t, "Write", written.Write(t.Context(), first))
	first, _ = split(Content(1, store.MinPartSize+10), store.MinPartSize)
	must(t, "Write", staged.Write(t.Context(), first))
	must(t, "Stage", staged.Stage(t.Context(), tail))
	durable := f.stage(t, store.Object{Key: "sweep/durable.jsonl", Durable: true}, Content(1, 10))
	published := f.stage(t, store.Object{Key: "sweep/published.jsonl", Durable: true}, Content(2, 10))
	must(t, "Publish", published.Publish(t.Context()))

	for prefix, want := range map[string]string{
		"": "sweep/a/staged.jsonl sweep/durable.jsonl sweep/written.jsonl", "sweep/a/": "sweep/a/staged.jsonl",
		"sweep/d": "sweep/durable.jsonl", "none/": "",
	} {
		if got := strings.Join(keysOf(f.uploads(t, prefix)), " "); got != want {
			t.Errorf("Uploads(%q) are %q, want %q", prefix, got, want)
		}
	}
	for _, s := range f.uploads(t, "") {
		if age := s.Since.Sub(begun); age.Abs() > time.Hour {
			t.Errorf("%s was begun at %v, which is not now", s.Key, s.Since)
		}
		if s.Key == durable.Receipt().Key && s.Upload != durable.Receipt().Upload {
			t.Errorf("the upload is %q, its receipt says %q", s.Upload, durable.Receipt().Upload)
		}
		for range 2 {
			must(t, "Abort", f.Store.Resume(store.Receipt{Key: s.Key, Upload: s.Upload}).Abort(t.Context()))
		}
	}
	f.wantNothingStaged(t)
	f.wantObjects(t, map[string][]byte{"sweep/published.jsonl": Content(2, 10)})
	mustFail(t, "Publish after an Abort by another", staged.Publish(t.Context()))
}

func (f Fixture) uploads(t *testing.T, prefix string) (all []store.Staged) {
	t.Helper()
	for s, err := range f.Store.Uploads(t.Context(), prefix) {
		must(t, "Uploads", err)
		all = append(all, s)
	}
	return all
}

func keysOf(uploads []store.Staged) (keys []string) {
	for _, s := range uploads {
		keys = append(keys, s.Key)
	}
	slices.Sort(keys)
	return keys
}
