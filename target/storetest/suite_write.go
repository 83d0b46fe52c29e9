package storetest

import (
	"bytes"
	"io"
	"sync/atomic"
	"testing"

	"target-s3/target/store"
)

func testNothingVisibleBeforePublish(t *testing.T, f Fixture) {
	u := f.create(key)
	f.wantObjects(t, nil)
	first, tail := split(Content(1, store.MinPartSize+10), store.MinPartSize)
	must(t, "Write", u.Write(t.Context(), first))
	f.wantObjects(t, nil)
	f.wantAbsent(t, key)
	must(t, "Stage", u.Stage(t.Context(), tail))
	f.wantObjects(t, nil)
	f.wantAbsent(t, key)
	must(t, "Publish", u.Publish(t.Context()))
	f.wantObjects(t, map[string][]byte{key: Content(1, store.MinPartSize+10)})
	must(t, "Head", f.Store.Head(t.Context(), key))
	f.wantNothingStaged(t)
}

func testWholeObjectByTail(t *testing.T, f Fixture) {
	want := map[string][]byte{
		"size/0.jsonl":    {},
		"size/1.jsonl":    Content(1, 1),
		"size/1000.jsonl": Content(2, 1000),
		"size/5M.jsonl":   Content(3, store.MinPartSize),
	}
	for key, c := range want {
		must(t, "Commit", store.Commit(t.Context(), f.create(key), part(1, 0, c)))
	}
	f.wantObjects(t, want)
	f.wantNothingStaged(t)
}

func testPartsAndTail(t *testing.T, f Fixture) {
	want := Content(1, store.MinPartSize+1)
	first, tail := split(want, store.MinPartSize)
	u := f.create(key)
	must(t, "Write", u.Write(t.Context(), first))
	must(t, "Commit", store.Commit(t.Context(), u, tail))
	f.wantObjects(t, map[string][]byte{key: want})
	f.wantNothingStaged(t)
}

func testPartsWithoutTail(t *testing.T, f Fixture) {
	full, odd := Content(1, store.MinPartSize), Content(2, store.MinPartSize+7)

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
	want := Content(1, 2*store.MinPartSize+100)
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
	want := Content(1, sizes[0]+sizes[1]+sizes[2]+50)
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
		want[key] = Content(byte(i), 1000+int64(i))
		u, tail := f.create(key), part(1, 0, want[key])
		commits = append(commits, func() error { return store.Commit(t.Context(), u, tail) })
	}
	for _, err := range together(commits) {
		must(t, "Commit", err)
	}
	f.wantObjects(t, want)
}

func testBodiesNotRetained(t *testing.T, f Fixture) {
	want := Content(1, store.MinPartSize+100)
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
	small, large := Content(1, 10), Content(2, store.MinPartSize+10)
	u := f.create("small.jsonl")
	must(t, "Commit", store.Commit(t.Context(), u, part(1, 0, small)))
	mustFail(t, "second Commit", store.Commit(t.Context(), u, part(1, 0, Content(3, 10))))

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
	mustFail(t, "Commit after Abort", store.Commit(t.Context(), untouched, part(1, 0, Content(1, 10))))

	first, tail := split(Content(2, store.MinPartSize+10), store.MinPartSize)
	written := f.create(key)
	must(t, "Write", written.Write(t.Context(), first))
	must(t, "Abort", written.Abort(t.Context()))
	mustFail(t, "Commit after Abort", store.Commit(t.Context(), written, tail))

	f.wantObjects(t, nil)
	f.wantNothingStaged(t)
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
