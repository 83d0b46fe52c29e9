package storetest

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"target-s3/target/store"
)

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
	// Failing has what can go wrong below the store, by name. Nil where a store's own
	// tests have its failures.
	Failing map[string]Failing
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
		{"Sums", testSums},
		{"Resume", testResume},
		{"ResumePublished", testResumePublished},
		{"ResumeGone", testResumeGone},
		{"ResumeTogether", testResumeTogether},
		{"DurableKey", testDurableKey},
		{"Replace", testReplace},
		{"ReplaceTogether", testReplaceTogether},
		{"List", testList},
		{"Uploads", testUploads},
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
	t.Run("Failing", func(t *testing.T) { testFailing(t, open) })
}

// key is what most tests store. The slashes make a file store create folders.
const key = "singer/orders/1_1519235654474.jsonl"

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

// Content returns bytes that differ from seed to seed. They are random, and begin anew
// after 65,537 bytes, which no part is a multiple of: so parts in the wrong place show,
// and to make 5 MiB of them costs little.
func Content(seed byte, size int64) []byte {
	random := make([]byte, min(size, 65_537))
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(random) // never fails, says its documentation
	b := make([]byte, 0, size)
	for int64(len(b)) < size {
		b = append(b, random[:min(int64(len(random)), size-int64(len(b)))]...)
	}
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
