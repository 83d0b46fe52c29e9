package storetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"target-s3/target/store"
)

func testAbort(t *testing.T, f Fixture) {
	untouched, written := f.create(key), f.create(key)
	must(t, "Write", written.Write(t.Context(), part(1, 0, Content(1, store.MinPartSize))))
	for _, u := range []store.Upload{untouched, written} {
		for range 3 {
			must(t, "Abort", u.Abort(t.Context()))
		}
	}
	f.wantObjects(t, nil)
	f.wantNothingStaged(t)

	// The key is free for another upload.
	must(t, "Commit", store.Commit(t.Context(), f.create(key), part(1, 0, Content(2, 10))))
	f.wantObjects(t, map[string][]byte{key: Content(2, 10)})
}

func testAbortAfterPublish(t *testing.T, f Fixture) {
	small, large := Content(1, 10), Content(2, store.MinPartSize)
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
	whole := Content(1, store.MinPartSize+10)
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

func testContextCancelled(t *testing.T, f Fixture) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	whole := Content(1, store.MinPartSize+10)
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
		p := part(1, 0, Content(1, size))
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
