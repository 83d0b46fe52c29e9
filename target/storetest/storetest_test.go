package storetest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"target-s3/target/objectkey"
	"target-s3/target/store"
	"target-s3/target/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func fixture(m *storetest.Memory, s store.Store) storetest.Fixture {
	return storetest.Fixture{
		Store: s,
		Read: func(t *testing.T, key string) []byte {
			b, err := m.Object(key)
			if err != nil {
				t.Fatal(err)
			}
			return b
		},
		Keys:   func(*testing.T) []string { return m.Keys() },
		Staged: func(*testing.T) []string { return m.Staged() },
	}
}

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Fixture {
		m := storetest.NewMemory()
		return fixture(m, m)
	})
}

func TestFaultyWithoutFaults(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Fixture {
		m := storetest.NewMemory()
		return fixture(m, &storetest.Faulty{Store: m})
	})
}

// The suite is worth something only if it finds what it is there to find. Each
// of these stores breaks one clause of the contract; the subtest named runs on it
// in a process of its own, where it must fail.
var broken = map[string]struct {
	caughtBy string
	store    func(*storetest.Memory) store.Store
}{
	"visible at first write": {"NothingVisibleBeforePublish", func(m *storetest.Memory) store.Store {
		return wrapped{m, func(u *upload) {
			u.onWrite = func(ctx context.Context, p store.Part) error {
				return store.Commit(ctx, m.Create(u.object), p)
			}
		}}
	}},
	"second stage ignored": {"StageTwice", func(m *storetest.Memory) store.Store {
		return wrapped{m, func(u *upload) {
			var once sync.Once
			u.onStage = func(ctx context.Context, p store.Part) (err error) {
				once.Do(func() { err = u.Upload.Stage(ctx, p) })
				return err
			}
		}}
	}},
	"visible when staged": {"NothingVisibleBeforePublish", func(m *storetest.Memory) store.Store {
		return wrapped{m, func(u *upload) {
			u.onStage = func(ctx context.Context, p store.Part) error { return store.Commit(ctx, u.Upload, p) }
		}}
	}},
	"published once more": {"PublishTwice", func(m *storetest.Memory) store.Store {
		return wrapped{m, func(u *upload) {
			u.onPublish = func(ctx context.Context) error {
				if u.object.Next != nil && m.Head(ctx, u.object.Key) == nil {
					return store.Commit(ctx, m.Create(store.Object{Key: u.object.Next()}), store.Part{})
				}
				return u.Upload.Publish(ctx)
			}
		}}
	}},
	"receipt of nothing": {"Resume", func(m *storetest.Memory) store.Store {
		return wrapped{m, func(u *upload) { u.onReceipt = func() store.Receipt { return store.Receipt{Key: u.object.Key} } }}
	}},
	"conflict taken for success": {"KeyTaken", func(m *storetest.Memory) store.Store {
		return wrapped{m, func(u *upload) {
			u.onPublish = func(ctx context.Context) error {
				if err := u.Upload.Publish(ctx); !errors.Is(err, fs.ErrExist) {
					return err
				}
				return nil
			}
		}}
	}},
	"conflict without its sentinel": {"KeyTakenConcurrently", func(m *storetest.Memory) store.Store {
		return wrapped{m, func(u *upload) {
			u.onPublish = func(ctx context.Context) error {
				if err := u.Upload.Publish(ctx); err != nil {
					return errors.New(err.Error())
				}
				return nil
			}
		}}
	}},
	"body retained": {"BodiesNotRetained", func(m *storetest.Memory) store.Store {
		return wrapped{m, func(u *upload) {
			var late []store.Part
			u.onWrite = func(_ context.Context, p store.Part) error {
				late = append(late, p)
				return nil
			}
			u.onStage = func(ctx context.Context, p store.Part) error {
				for _, l := range late {
					if err := u.Upload.Write(ctx, l); err != nil {
						return err
					}
				}
				return u.Upload.Stage(ctx, p)
			}
		}}
	}},
	"abort does nothing": {"Abort", func(m *storetest.Memory) store.Store {
		return wrapped{m, func(u *upload) { u.onAbort = func(context.Context) error { return nil } }}
	}},
	"abort after publish fails": {"AbortAfterPublish", func(m *storetest.Memory) store.Store {
		return wrapped{m, func(u *upload) {
			u.onAbort = func(ctx context.Context) error {
				if m.Head(ctx, u.object.Key) == nil {
					return errors.New("gone")
				}
				return u.Upload.Abort(ctx)
			}
		}}
	}},
	"broken body passes": {"BodyFails", func(m *storetest.Memory) store.Store {
		return wrapped{m, func(u *upload) {
			u.onWrite = func(ctx context.Context, p store.Part) error {
				b, _ := io.ReadAll(p.Body)
				b = append(b, make([]byte, p.Size-int64(len(b)))...)
				p.Body = bytes.NewReader(b)
				return u.Upload.Write(ctx, p)
			}
		}}
	}},
	"context ignored": {"ContextCancelled", func(m *storetest.Memory) store.Store {
		return wrapped{m, func(u *upload) {
			u.onStage = func(_ context.Context, p store.Part) error { return u.Upload.Stage(context.Background(), p) }
			u.onPublish = func(context.Context) error { return u.Upload.Publish(context.Background()) }
		}}
	}},
}

func TestSuiteCatches(t *testing.T) {
	for name, c := range broken {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBroken$/^"+c.caughtBy+"$")
			cmd.Env = append(os.Environ(), "STORETEST_BROKEN="+name)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatal("it passed")
			}
			if !strings.Contains(string(out), "--- FAIL: TestBroken/"+c.caughtBy+" ") {
				t.Errorf("it failed, but not in %s:\n%s", c.caughtBy, out)
			}
		})
	}
}

// TestBroken is run by TestSuiteCatches alone.
func TestBroken(t *testing.T) {
	c, ok := broken[os.Getenv("STORETEST_BROKEN")]
	if !ok {
		t.Skip("for TestSuiteCatches")
	}
	storetest.Run(t, func(*testing.T) storetest.Fixture {
		m := storetest.NewMemory()
		return fixture(m, c.store(m))
	})
}

// wrapped is a Memory whose uploads are tampered with.
type wrapped struct {
	*storetest.Memory
	tamper func(*upload)
}

func (w wrapped) Create(o store.Object) store.Upload {
	u := &upload{Upload: w.Memory.Create(o), object: o}
	u.onWrite, u.onStage, u.onReceipt = u.Upload.Write, u.Upload.Stage, u.Upload.Receipt
	u.onPublish, u.onAbort = u.Upload.Publish, u.Upload.Abort
	w.tamper(u)
	return u
}

type upload struct {
	store.Upload
	object             store.Object
	onWrite, onStage   func(context.Context, store.Part) error
	onReceipt          func() store.Receipt
	onPublish, onAbort func(context.Context) error
}

func (u *upload) Write(ctx context.Context, p store.Part) error { return u.onWrite(ctx, p) }
func (u *upload) Stage(ctx context.Context, p store.Part) error { return u.onStage(ctx, p) }
func (u *upload) Receipt() store.Receipt                        { return u.onReceipt() }
func (u *upload) Publish(ctx context.Context) error             { return u.onPublish(ctx) }
func (u *upload) Abort(ctx context.Context) error               { return u.onAbort(ctx) }

func part(number int, offset int64, s string) store.Part {
	return store.Part{Number: number, Offset: offset, Size: int64(len(s)), Body: strings.NewReader(s)}
}

func TestMemoryHoldsPartsToTheContract(t *testing.T) {
	for name, c := range map[string]struct {
		parts   []store.Part
		tail    store.Part
		problem string
	}{
		"too small":    {[]store.Part{part(1, 0, "abc")}, part(2, 3, "d"), "less than the minimum"},
		"number zero":  {[]store.Part{part(0, 0, "abcd")}, store.Part{}, "part 0"},
		"number again": {[]store.Part{part(1, 0, "abcd")}, part(1, 4, "d"), "written twice"},
		"missing":      {[]store.Part{part(1, 0, "abcd")}, part(3, 4, "d"), "part 2: missing"},
		"gap":          {[]store.Part{part(1, 0, "abcd")}, part(2, 5, "d"), "offset is 5, must be 4"},
		"short body":   {nil, store.Part{Number: 1, Size: 9, Body: strings.NewReader("abc")}, "after 3 of 9 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			u := storetest.NewMemoryMinPart(4).Create(store.Object{Key: "k"})
			var err error
			for _, p := range c.parts {
				err = errors.Join(err, u.Write(t.Context(), p))
			}
			err = errors.Join(err, store.Commit(t.Context(), u, c.tail))
			if err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("error = %v, want one with %q", err, c.problem)
			}
		})
	}
}

func TestMemoryLooks(t *testing.T) {
	m := storetest.NewMemoryMinPart(1)
	staged := m.Create(store.Object{Key: "staged"})
	if err := staged.Write(t.Context(), part(1, 0, "a")); err != nil {
		t.Fatal(err)
	}
	if err := store.Commit(t.Context(), m.Create(store.Object{Key: "k", ContentType: "text/csv"}), part(1, 0, "abc")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"staged"}, m.Staged()); diff != "" {
		t.Error("Staged (-want +got):\n", diff)
	}
	if got := m.ContentType("k"); got != "text/csv" {
		t.Errorf("ContentType = %q", got)
	}
	b, err := m.Object("k")
	if err != nil || string(b) != "abc" {
		t.Errorf("Read = %q, %v", b, err)
	}
	clear(b) // is a copy
	if b, _ = m.Object("k"); string(b) != "abc" {
		t.Errorf("Read again = %q", b)
	}
	if _, err := m.Object("staged"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read of what is staged = %v", err)
	}
}

func TestFaultyAsksItsHooks(t *testing.T) {
	var before, after []storetest.Call
	m := storetest.NewMemoryMinPart(1)
	f := &storetest.Faulty{
		Store:  m,
		Before: func(_ context.Context, c storetest.Call) error { before = append(before, c); return nil },
		After:  func(_ context.Context, c storetest.Call) error { after = append(after, c); return nil },
	}
	u := f.Create(store.Object{Key: "k"})
	failed := f.Head(t.Context(), "k") // an operation that fails by itself has no After
	err := errors.Join(
		u.Write(t.Context(), part(1, 0, "a")),
		store.Commit(t.Context(), u, part(2, 1, "b")),
		u.Abort(t.Context()),
		store.Commit(t.Context(), f.Create(store.Object{Key: "empty"}), store.Part{Number: 7}),
	)
	if failed == nil || err != nil {
		t.Fatalf("Head = %v, others = %v", failed, err)
	}
	want := []storetest.Call{
		{Op: storetest.OpHead, Key: "k"},
		{Op: storetest.OpWrite, Key: "k", Part: 1},
		{Op: storetest.OpStage, Key: "k", Part: 2},
		{Op: storetest.OpPublish, Key: "k"},
		{Op: storetest.OpAbort, Key: "k"},
		{Op: storetest.OpStage, Key: "empty"},
		{Op: storetest.OpPublish, Key: "empty"},
	}
	if diff := cmp.Diff(want, before); diff != "" {
		t.Error("Before (-want +got):\n", diff)
	}
	if diff := cmp.Diff(want[1:], after); diff != "" {
		t.Error("After (-want +got):\n", diff)
	}
}

func TestFaultyFails(t *testing.T) {
	fault := errors.New("fault")
	hook := func(_ context.Context, c storetest.Call) error {
		if c.Op == storetest.OpPublish {
			return fault
		}
		return nil
	}
	m := storetest.NewMemory()
	commit := func(f *storetest.Faulty) error {
		return store.Commit(t.Context(), f.Create(store.Object{Key: "k"}), part(1, 0, "a"))
	}
	if err := commit(&storetest.Faulty{Store: m, Before: hook}); !errors.Is(err, fault) || len(m.Keys()) != 0 {
		t.Errorf("fault before: %v, keys %q, want the fault and no object", err, m.Keys())
	}
	if err := commit(&storetest.Faulty{Store: m, After: hook}); !errors.Is(err, fault) || len(m.Keys()) != 1 {
		t.Errorf("fault after: %v, keys %q, want the fault and the object", err, m.Keys())
	}
}

// What the suite tries as a key is exactly what a key may hold.
func TestKeyCharacters(t *testing.T) {
	for c := rune(0); c < 0x250; c++ {
		permitted := objectkey.CheckPrefix("a"+string(c)+"a") == nil
		if tried := strings.ContainsRune(storetest.KeyCharacters, c); permitted != tried {
			t.Errorf("%q: objectkey permits it: %v; the suite tries it: %v", c, permitted, tried)
		}
	}
}
