package staging_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"target-s3/target/compress"
	"target-s3/target/format"
	"target-s3/target/format/parquet"
	"target-s3/target/schema"
	"target-s3/target/staging"
	"target-s3/target/store"
	"target-s3/target/storetest"
)

var errBoom = errors.New("boom")

const partSize = 100_000

// area returns an Area with compressors, and the first error that it tells of.
func area(t *testing.T, s store.Store, change func(*staging.Options)) (*staging.Area, func() error) {
	var mu sync.Mutex
	var failed error
	o := staging.Options{
		Store: s, Requests: 3, Workers: 2, PartSize: partSize,
		Failed: func(err error) {
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
		},
	}
	if change != nil {
		change(&o)
	}
	a := staging.New(o)
	ctx, cancel := context.WithCancel(t.Context())
	var workers sync.WaitGroup
	for range o.Workers {
		workers.Go(func() { a.Compress(ctx) })
	}
	t.Cleanup(func() { cancel(); workers.Wait() })
	return a, func() error {
		mu.Lock()
		defer mu.Unlock()
		return failed
	}
}

func spec(t *testing.T, key string, layout format.Layout, compression string) staging.Spec {
	codec, err := compress.New(compression, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	return staging.Spec{
		Object: store.Object{Key: key}, Layout: layout, Codec: codec, Opened: format.NewTimestamp(time.Unix(1, 0)), Version: 1,
		Sizes: staging.Sizes{File: 1 << 30, Group: 300_000, GroupLag: 1},
	}
}

func lines() format.Layout {
	return format.NewJSONL(schema.Describe([]byte(`{}`), nil), format.Options{})
}

func row(n int) []byte { return fmt.Appendf(nil, `{"n":%d,"text":"%x"}`+"\n", n, n*n*7919) }

// fill appends rows as the engine does, and returns them.
func fill(t *testing.T, f *staging.File, rows int) []byte {
	t.Helper()
	var all []byte
	for n := range rows {
		all = append(all, row(n)...)
		if err := f.Append(row(n), false); err != nil {
			t.Fatal(err)
		}
		if !f.IsBlockFull() {
			continue
		}
		if err := f.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := f.IsLarge(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.ShipParts(t.Context())
	}
	return all
}

// TestLargeRowsAreTakenOver has rows that become blocks of their own among others.
func TestLargeRowsAreTakenOver(t *testing.T) {
	for _, compression := range []string{"none", "gzip", "zstd"} {
		s := storetest.NewMemoryMinPart(partSize)
		a, failed := area(t, s, nil)
		f := a.Open(spec(t, "k", lines(), compression))
		want := fill(t, f, 10)
		for n := range 3 {
			large := append(bytes.Repeat([]byte{byte('a' + n)}, 3*staging.LargeRow+n), '\n')
			want = append(want, large...)
			if err := f.Append(large, false); err != nil || !f.IsBlockFull() {
				t.Fatal(err, f.IsBlockFull())
			}
			if err := f.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			want = append(want, fill(t, f, 10+n*10_000)...)
		}
		commit(t, a, f)
		stored, err := s.Object("k")
		if err != nil {
			t.Fatal(err)
		}
		r, err := compress.NewReader(map[string]string{"none": "k", "gzip": "k.gz", "zstd": "k.zst"}[compression], bytes.NewReader(stored))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v, %d bytes, want %d", compression, err, len(got), len(want))
		}
		if f.Rows() != 10+3+10+10_010+20_010 || failed() != nil {
			t.Errorf("%d rows, %v", f.Rows(), failed())
		}
		wantNoMemory(t, a)
	}
}

func commit(t *testing.T, a *staging.Area, files ...*staging.File) {
	t.Helper()
	for _, f := range files {
		f.HandOver()
	}
	if err := a.StageAll(t.Context(), files); err != nil {
		t.Fatal(err)
	}
	if err := a.PublishAll(t.Context(), files); err != nil {
		t.Fatal(err)
	}
}

// wantNoMemory checks that every byte that was counted was given back.
func wantNoMemory(t *testing.T, a *staging.Area) {
	t.Helper()
	if held := a.Held(); held != 0 {
		t.Errorf("%d bytes are held", held)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if a.Await(ctx, 0) != nil {
		t.Error("there are bytes on their way")
	}
}

// TestWhatIsAppendedIsPublished holds bytes and memory, for small and large files.
func TestWhatIsAppendedIsPublished(t *testing.T) {
	for _, compression := range []string{"none", "gzip", "zstd"} {
		for _, rows := range []int{1, 1000, 60_000} {
			t.Run(fmt.Sprintf("%s/%d", compression, rows), func(t *testing.T) {
				memory := storetest.NewMemoryMinPart(partSize)
				a, failed := area(t, memory, nil)
				s := spec(t, "a", lines(), compression)
				suffix := ""
				if s.Codec != nil {
					suffix = s.Codec.Suffix()
				}
				one, other := a.Open(s), a.Open(spec(t, "b", lines(), compression))
				want := fill(t, one, rows)
				fill(t, other, 10)
				if keys := memory.Keys(); len(keys) > 0 {
					t.Errorf("visible: %q", keys)
				}
				commit(t, a, one, other)
				if failed() != nil || one.Rows() != int64(rows) {
					t.Errorf("%v, %d rows", failed(), one.Rows())
				}
				stored, err := memory.Object("a")
				if err != nil {
					t.Fatal(err)
				}
				if int64(len(stored)) != one.Size() {
					t.Errorf("%d bytes, size %d", len(stored), one.Size())
				}
				r, err := compress.NewReader("x"+suffix, bytes.NewReader(stored))
				if err != nil {
					t.Fatal(err)
				}
				if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%d bytes, want %d, error %v", len(got), len(want), err)
				}
				wantNoMemory(t, a)
			})
		}
	}
}

// TestMemoryOfRowGroups holds that a columnar file gives all of its memory back, with
// what its groups take while they are made.
func TestMemoryOfRowGroups(t *testing.T) {
	pages, err := parquet.NewPages("none", 0, new(parquet.Spare))
	if err != nil {
		t.Fatal(err)
	}
	layout := parquet.New([]byte(`{"properties":{"n":{"type":"integer"}}}`), nil, parquet.Options{Pages: pages})
	memory := storetest.NewMemoryMinPart(partSize)
	a, _ := area(t, memory, nil)
	f := a.Open(spec(t, "a", layout, "none"))
	var scratch format.Scratch
	for n := range 200_000 {
		out, mark := layout.AppendRow(nil, &format.Row{Record: fmt.Appendf(nil, `{"n":%d}`, n)}, &scratch)
		if mark.Refused != "" {
			t.Fatal(mark.Refused)
		}
		if err := f.Append(out, false); err != nil {
			t.Fatal(err)
		}
		if f.IsBlockFull() {
			if err := f.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := f.IsLarge(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	commit(t, a, f)
	if stored, err := memory.Object("a"); err != nil || !bytes.HasPrefix(stored, []byte("PAR1")) {
		t.Errorf("%d bytes, %v", len(stored), err)
	}
	wantNoMemory(t, a)
}

// TestGivingWay uploads all that a file has, and the file goes on to its commit.
func TestGivingWay(t *testing.T) {
	memory := storetest.NewMemory()
	a, _ := area(t, memory, nil)
	f := a.Open(spec(t, "a", lines(), "gzip"))
	fill(t, f, 5000)
	if err := f.ShipAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a.Held() != 0 {
		t.Errorf("%d bytes are held", a.Held())
	}
	commit(t, a, f)
	if len(memory.Keys()) != 1 {
		t.Error("it is not there")
	}
	wantNoMemory(t, a)
}

// TestAnErrorSticks: every call after a failure returns the first error.
func TestAnErrorSticks(t *testing.T) {
	memory := storetest.NewMemoryMinPart(partSize)
	faulty := &storetest.Faulty{Store: memory, Before: func(_ context.Context, c storetest.Call) error {
		if c.Op == storetest.OpWrite {
			return errBoom
		}
		return nil
	}}
	told := make(chan error, 100)
	a, _ := area(t, faulty, func(o *staging.Options) { o.Failed = func(err error) { told <- err } })
	f := a.Open(spec(t, "a", lines(), "none"))
	for range 1000 {
		if err := f.Append(bytes.Repeat([]byte("x"), 1000), false); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.ShipParts(t.Context())
	if err := <-told; err != errBoom {
		t.Errorf("it tells of %v", err)
	}
	again := errors.New("the second error")
	cancelled, cancel := context.WithCancelCause(t.Context())
	cancel(again)
	for name, call := range map[string]func() error{
		"Settle":  func() error { return f.Settle(t.Context()) },
		"Flush":   func() error { return f.Flush(cancelled) },
		"Encode":  func() error { return f.Encode(t.Context()) },
		"Append":  func() error { return f.Append(row(1), false) },
		"ShipAll": func() error { return f.ShipAll(t.Context()) },
		"IsLarge": func() error { _, err := f.IsLarge(cancelled); return err },
	} {
		if name == "Append" {
			_ = f.Flush(t.Context()) // what fails elsewhere a row does not see
		}
		if err := call(); err != errBoom {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.HandOver()
	for name, all := range map[string]func(context.Context, []*staging.File) error{"StageAll": a.StageAll, "PublishAll": a.PublishAll} {
		if err := all(t.Context(), []*staging.File{f}); err != errBoom {
			t.Errorf("%s: %v", name, err)
		}
	}
	a.AbortAll(cancelled, func(_ *staging.File, err error) { t.Error(err) })
	if left := memory.Staged(); len(left) > 0 || len(memory.Keys()) > 0 {
		t.Errorf("left: %q, visible: %q", left, memory.Keys())
	}
}

// TestNothingIsVisibleBeforeAllIsStaged makes the staging of one of many files fail.
func TestNothingIsVisibleBeforeAllIsStaged(t *testing.T) {
	memory := storetest.NewMemory()
	var aborted sync.Map
	faulty := &storetest.Faulty{Store: memory, Before: func(_ context.Context, c storetest.Call) error {
		if c.Op == storetest.OpStage && c.Key == "f7" {
			return errBoom
		}
		if c.Op == storetest.OpAbort {
			if _, again := aborted.LoadOrStore(c.Key, true); !again {
				return errBoom // too many at once; it is tried again
			}
		}
		return nil
	}}
	a, _ := area(t, faulty, nil)
	var files []*staging.File
	for n := range 20 {
		f := a.Open(spec(t, fmt.Sprint("f", n), lines(), "none"))
		fill(t, f, 10)
		f.HandOver()
		files = append(files, f)
	}
	if err := a.StageAll(t.Context(), files); err != errBoom {
		t.Errorf("error %v", err)
	}
	if keys := memory.Keys(); len(keys) > 0 {
		t.Errorf("visible: %q", keys)
	}
	a.AbortAll(t.Context(), func(_ *staging.File, err error) { t.Error(err) })
	if left := memory.Staged(); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// TestRetractAll takes all back where that can be done, and tells of what it cannot.
func TestRetractAll(t *testing.T) {
	for _, stay := range []bool{false, true} {
		memory := storetest.NewMemory()
		if stay {
			memory.KeepPublished()
		}
		faulty := &storetest.Faulty{Store: memory, Before: func(_ context.Context, c storetest.Call) error {
			if c.Op == storetest.OpRetract && strings.HasPrefix(c.Key, "stuck") {
				return errBoom
			}
			return nil
		}}
		a, _ := area(t, faulty, nil)
		files := []*staging.File{a.Open(spec(t, "a", lines(), "none")), a.Open(spec(t, "stuck", lines(), "none")), a.Open(spec(t, "z", lines(), "none"))}
		commit(t, a, files...)
		var told []string
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		a.RetractAll(cancelled, files, func(f *staging.File, err error) { told = append(told, fmt.Sprint(f.Key(), ": ", err)) })
		want, left := "[stuck: boom]", "[stuck]"
		if stay {
			want, left = "[]", "[a stuck z]"
		}
		if fmt.Sprint(told) != want || fmt.Sprint(memory.Keys()) != left {
			t.Errorf("visible %q, want %s; told %q, want %s", memory.Keys(), left, told, want)
		}
	}
}

// TestKeyMovesOn holds that the key is the one that the store asked for last.
func TestKeyMovesOn(t *testing.T) {
	memory := storetest.NewMemory()
	a, _ := area(t, memory, nil)
	commit(t, a, a.Open(spec(t, "a", lines(), "none")))
	s := spec(t, "a", lines(), "none")
	s.Object.Next = func() string { return "a2" }
	f := a.Open(s)
	if f.Key() != "a" {
		t.Errorf("key %q before", f.Key())
	}
	commit(t, a, f)
	if f.Key() != "a2" || fmt.Sprint(memory.Keys()) != "[a a2]" {
		t.Errorf("key %q, objects %q", f.Key(), memory.Keys())
	}
}

// TestManySmallFiles has many small columnar files, whose columns take far more than
// their rows. Once they are to be completed they must not take more memory than there
// is, and are uploaded before their commit.
func TestManySmallFiles(t *testing.T) {
	pages, err := parquet.NewPages("none", 0, new(parquet.Spare))
	if err != nil {
		t.Fatal(err)
	}
	var columns strings.Builder
	for i := range 100 {
		fmt.Fprintf(&columns, `,"column_%d":{"type":"integer"}`, i)
	}
	layout := parquet.New([]byte(`{"properties":{`+columns.String()[1:]+`}}`), nil, parquet.Options{Pages: pages})
	row, _ := layout.AppendRow(nil, &format.Row{Record: []byte(`{"column_1":1}`)}, &format.Scratch{})
	for _, most := range []int64{200_000, 1 << 30} {
		var written atomic.Int64
		memory := &storetest.Faulty{Store: storetest.NewMemory(), Before: func(_ context.Context, c storetest.Call) error {
			if c.Op == storetest.OpWrite {
				written.Add(1)
			}
			return nil
		}}
		a, failed := area(t, memory, nil)
		var files []*staging.File
		for n := range 50 {
			f := a.Open(spec(t, fmt.Sprint("key", n), layout, "none"))
			if err := f.Append(row, false); err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		if err := a.Await(t.Context(), most); err != nil {
			t.Fatal(err)
		}
		commit(t, a, files...)
		if n := written.Load(); (n > 30) != (most == 200_000) || n > 0 && most > 200_000 {
			t.Errorf("%d parts are uploaded where %d bytes may be on their way", n, most)
		}
		if failed() != nil {
			t.Error(failed())
		}
		wantNoMemory(t, a)
	}
}

// TestWaitingParts counts what each part takes that waits for its turn, beside its
// bytes: of thousands of small files that is most of the memory.
func TestWaitingParts(t *testing.T) {
	const files, least = 20, 8 << 10 // a goroutine's stack
	free := make(chan struct{})
	slow := &storetest.Faulty{Store: storetest.NewMemory(), Before: func(context.Context, storetest.Call) error {
		<-free
		return nil
	}}
	a, failed := area(t, slow, nil)
	var all []*staging.File
	for n := range files {
		f := a.Open(spec(t, fmt.Sprint("key", n), lines(), "none"))
		if err := f.Append(row(n), false); err != nil {
			t.Fatal(err)
		}
		if err := f.ShipAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Await(ended, files*least); err == nil {
		t.Errorf("%d parts that wait take no more than %d bytes", files, files*least)
	}
	close(free)
	if err := a.Await(t.Context(), 0); err != nil || failed() != nil {
		t.Error(err, failed())
	}
	commit(t, a, all...)
	wantNoMemory(t, a)
}
