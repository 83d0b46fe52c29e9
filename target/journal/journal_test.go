package journal

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"target-s3/target/store"
	"target-s3/target/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "raw/_target_s3/shop.json"

func open(t *testing.T, s store.Store) *Journal {
	t.Helper()
	j, err := Read(t.Context(), s, Key("raw/", "shop"), "shop")
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func begin(t *testing.T, s store.Store) *Journal {
	t.Helper()
	j := open(t, s)
	if err := j.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	return j
}

// stage stages durable objects of one byte.
func stage(t *testing.T, s store.Store, keys ...string) (objects []Object) {
	t.Helper()
	for _, k := range keys {
		u := s.Create(store.Object{Key: k, Durable: true})
		if err := u.Stage(t.Context(), store.Part{Number: 1, Size: 1, Body: strings.NewReader("x")}); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, Object{Table: "t", Version: 1, Rows: 1, Receipt: u.Receipt()})
	}
	return objects
}

func publish(t *testing.T, s store.Store, objects ...Object) {
	t.Helper()
	for _, o := range objects {
		if err := s.Resume(o.Receipt).Publish(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func commit(t *testing.T, j *Journal, objects []Object, state string) {
	t.Helper()
	if err := j.Commit(t.Context(), objects, []byte(state)); err != nil {
		t.Fatal(err)
	}
}

func recovered(t *testing.T, j *Journal) (states []string) {
	t.Helper()
	err := j.Recover(t.Context(), func(state []byte) error {
		states = append(states, string(state))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return states
}

func wantKeys(t *testing.T, s *storetest.Memory, want ...string) {
	t.Helper()
	got := slices.DeleteFunc(s.Keys(), func(k string) bool { return k == key })
	if !slices.Equal(want, got) {
		t.Errorf("visible: %q, want %q", got, want)
	}
}

func TestKeys(t *testing.T) {
	if k := Key("raw/", "shop"); k != key {
		t.Error(k)
	}
	if k := OnceKey("", "2024-01"); k != "_target_s3/once/2024-01.json" {
		t.Error(k)
	}
}

func TestReadingLeavesNothing(t *testing.T) {
	s := storetest.NewMemory()
	j := open(t, s)
	if j.Exists() || j.IsOpen() || j.State() != nil || len(s.Keys()) > 0 {
		t.Errorf("%+v, objects %q", j.doc, s.Keys())
	}
	if states := recovered(t, j); len(states) > 0 || j.Done(t.Context()) != nil || len(s.Keys()) > 0 {
		t.Errorf("states %q, objects %q", states, s.Keys())
	}
}

func TestCommits(t *testing.T) {
	s := storetest.NewMemory()
	j := begin(t, s)
	if !j.Exists() || j.IsOpen() || j.State() != nil {
		t.Errorf("%+v", j.doc)
	}
	first := stage(t, s, "a/1", "b/1")
	commit(t, j, first, `{"n": 1}`)
	if other := open(t, s); !other.IsOpen() || string(other.State()) != `{"n": 1}` {
		t.Errorf("%+v", other.doc)
	}
	publish(t, s, first...)
	second := stage(t, s, "a/2")
	commit(t, j, second, "") // no state: the pipeline keeps the one it has
	publish(t, s, second...)
	if err := j.Done(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := open(t, s)
	if other.IsOpen() || string(other.State()) != `{"n": 1}` || other.doc.Commit != 2 || len(other.Objects()) != 1 {
		t.Errorf("%+v", other.doc)
	}
	if o := other.Objects()[0]; o.Key != "a/2" || o.Rows != 1 || o.Upload != "" || o.Parts != nil {
		t.Errorf("%+v", o)
	}
	wantKeys(t, s, "a/1", "a/2", "b/1")
}

// A state that no object had to wait for costs no request of its own.
func TestStateWithoutObjects(t *testing.T) {
	s := storetest.NewMemory()
	j := begin(t, s)
	j.Released([]byte("1"))
	if other := open(t, s); other.State() != nil {
		t.Errorf("state %s", other.State())
	}
	objects := stage(t, s, "a/1")
	commit(t, j, objects, "") // has none of its own
	if other := open(t, s); string(other.State()) != "1" || string(other.doc.Previous) != "1" {
		t.Errorf("%+v", other.doc)
	}
	publish(t, s, objects...)
	for _, state := range []string{"2", "", "3"} {
		j.Released([]byte(state))
	}
	if err := j.Done(t.Context()); err != nil {
		t.Fatal(err)
	}
	if other := open(t, s); string(other.State()) != "3" || other.IsOpen() {
		t.Errorf("%+v", other.doc)
	}
	j.Released([]byte("4"))
	if err := j.Done(t.Context()); err != nil || string(open(t, s).State()) != "4" {
		t.Error(err, "the state of a load that loaded nothing is not there")
	}
}

// Whoever finds an open journal finishes it: nothing, some or all of it was done.
func TestRecover(t *testing.T) {
	for published := range 4 {
		s := storetest.NewMemory()
		j := begin(t, s)
		objects := stage(t, s, "a/1", "b/1", "c/1")
		commit(t, j, objects, `{"n": 1}`)
		publish(t, s, objects[:published]...)

		one, two := open(t, s), open(t, s)
		for _, j := range []*Journal{one, two, open(t, s)} {
			was := j.IsOpen()
			want := []string{`{"n": 1}`}
			if !was {
				want = nil
			}
			if diff := cmp.Diff(want, recovered(t, j)); diff != "" {
				t.Error(diff)
			}
			wantKeys(t, s, "a/1", "b/1", "c/1")
		}
		if other := open(t, s); other.IsOpen() || string(other.State()) != `{"n": 1}` || len(s.Staged()) > 0 {
			t.Errorf("%+v, staged %q", other.doc, s.Staged())
		}
		if err := j.Done(t.Context()); err != nil {
			t.Errorf("the load that had made the commit: %v", err)
		}
	}
}

// A state that cannot be written is not released, and comes again.
func TestRecoverWithoutRelease(t *testing.T) {
	s := storetest.NewMemory()
	commit(t, begin(t, s), stage(t, s, "a/1"), `{"n": 1}`)
	closed := errors.New("closed")
	if err := open(t, s).Recover(t.Context(), func([]byte) error { return closed }); !errors.Is(err, closed) {
		t.Error(err)
	}
	if !open(t, s).IsOpen() {
		t.Error("the journal is done")
	}
}

func TestSecondLoad(t *testing.T) {
	s := storetest.NewMemory()
	one, two := begin(t, s), begin(t, s)
	commit(t, one, stage(t, s, "a/1"), `{"n": 1}`)
	err := two.Commit(t.Context(), stage(t, s, "a/2"), []byte(`{"n": 1}`))
	if changed := (*ChangedError)(nil); !errors.As(err, &changed) || !strings.Contains(err.Error(), "exactly_once") {
		t.Errorf("error %v", err)
	}
	wantKeys(t, s)
}

// A load whose last commit somebody else has finished goes on, since its journal is open
// from one commit to the next, and whoever starts another load, or asks for the state, takes
// it for crashed. It does so only while nobody has made a commit.
func TestFinishedByAnother(t *testing.T) {
	s := storetest.NewMemory()
	first := begin(t, s)
	one := stage(t, s, "a/1")
	commit(t, first, one, "1")
	publish(t, s, one...)
	if got := recovered(t, open(t, s)); !slices.Equal(got, []string{"1"}) {
		t.Fatalf("released %q", got)
	}
	second := open(t, s) // begins where the first one is
	two := stage(t, s, "a/2")
	commit(t, first, two, "2")
	publish(t, s, two...)
	var changed *ChangedError
	if err := second.Commit(t.Context(), stage(t, s, "b/1"), []byte("3")); !errors.As(err, &changed) {
		t.Errorf("the second load: %v", err)
	}
	if err := first.Done(t.Context()); err != nil {
		t.Error(err)
	}
	if j := open(t, s); j.IsOpen() || string(j.State()) != "2" || j.Commits() != 2 {
		t.Errorf("%+v", j.doc)
	}

	// Whoever was quicker wins.
	commit(t, first, stage(t, s, "a/3"), "3")
	recovered(t, open(t, s))
	third := open(t, s)
	commit(t, third, stage(t, s, "b/2"), "4")
	if err := first.Commit(t.Context(), stage(t, s, "a/4"), []byte("5")); !errors.As(err, &changed) {
		t.Errorf("the first load: %v", err)
	}
}

// A commit that was given up is not one that was finished.
func TestGivenUpByAnother(t *testing.T) {
	s := storetest.NewMemory()
	first := begin(t, s)
	commit(t, first, stage(t, s, "a/1"), "1")
	other := open(t, s)
	if err := other.replace(t.Context(), document{Commit: other.doc.Commit, Status: statusDone, State: other.doc.Previous}); err != nil {
		t.Fatal(err)
	}
	if err := first.Commit(t.Context(), stage(t, s, "a/2"), nil); !errors.As(err, new(*ChangedError)) {
		t.Errorf("error %v", err)
	}
}

func TestRemovedMeanwhile(t *testing.T) {
	s := storetest.NewMemory()
	j := begin(t, s)
	j.key = "elsewhere" // as if
	err := j.Commit(t.Context(), nil, []byte("1"))
	if changed := (*ChangedError)(nil); !errors.As(err, &changed) || !strings.Contains(err.Error(), "was removed") {
		t.Errorf("error %v", err)
	}
}

// Answers of the store to the requests of one commit, in their order.
func TestAnswers(t *testing.T) {
	lost := errors.New("connection reset")
	refused := store.Refused(lost)
	for name, tt := range map[string]struct {
		before, after []error // of each Replace
		unreadable    bool
		uncertain     bool
		refused       bool
		committed     bool
	}{
		"refused":                   {before: []error{refused}, refused: true},
		"refused, after one lost":   {before: []error{lost, refused, refused}, uncertain: true},
		"lost on the way there":     {before: []error{lost}, committed: true},
		"lost on the way back":      {after: []error{lost}, committed: true},
		"asked twice by the store":  {after: []error{store.ErrChanged}, committed: true},
		"lost again and again":      {before: []error{lost, lost, lost}, uncertain: true},
		"lost, and then no reading": {after: []error{lost}, unreadable: true, uncertain: true, committed: true},
	} {
		t.Run(name, func(t *testing.T) {
			memory := storetest.NewMemory()
			objects := stage(t, memory, "a/1")
			j := begin(t, memory)
			n := 0
			next := func(errs []error) error {
				if n < len(errs) {
					return errs[n]
				}
				return nil
			}
			j.store = &answering{Store: memory, replace: func(do func() (string, error)) (string, error) {
				defer func() { n++ }()
				if err := next(tt.before); err != nil {
					return "", err
				}
				version, err := do()
				if failure := next(tt.after); err == nil && failure != nil {
					return "", failure
				}
				return version, err
			}, unreadable: tt.unreadable}
			err := j.Commit(t.Context(), objects, []byte("1"))
			if uncertain := (*UncertainError)(nil); errors.As(err, &uncertain) != tt.uncertain || (err != nil) != (tt.uncertain || tt.refused) {
				t.Errorf("error %v", err)
			}
			if err != nil && (!errors.Is(err, lost) || !tt.refused && !strings.Contains(err.Error(), key)) {
				t.Errorf("error %v", err)
			}
			if is := open(t, memory).IsOpen(); is != tt.committed {
				t.Errorf("committed: %v", is)
			}
			if err == nil {
				commit(t, j, nil, "2") // it knows the version
			}
		})
	}
}

// TestTryingEnds has a store that tries for a minute by itself, in vain: it is not asked to
// do so again, since a load whose service is gone must end.
func TestTryingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := storetest.NewMemory()
		objects := stage(t, memory, "a/1")
		j := begin(t, memory)
		asked := 0
		j.store = &answering{Store: memory, replace: func(func() (string, error)) (string, error) {
			asked++
			time.Sleep(time.Minute)
			return "", errors.New("SlowDown")
		}}
		err := j.Commit(t.Context(), objects, []byte("1"))
		if uncertain := (*UncertainError)(nil); !errors.As(err, &uncertain) || asked != 1 {
			t.Errorf("asked %d times, error %v", asked, err)
		}
	})
}

type answering struct {
	store.Store
	replace    func(func() (string, error)) (string, error)
	unreadable bool
}

func (a *answering) Replace(ctx context.Context, key string, body []byte, version string) (string, error) {
	return a.replace(func() (string, error) { return a.Store.Replace(ctx, key, body, version) })
}

func (a *answering) Read(ctx context.Context, key string, most int64) ([]byte, string, error) {
	if a.unreadable {
		return nil, "", errors.New("no route")
	}
	return a.Store.Read(ctx, key, most)
}

// A load that was given up still finds out whether it has committed.
func TestGivenUp(t *testing.T) {
	memory := storetest.NewMemory()
	j := begin(t, memory)
	ctx, cancel := context.WithCancel(t.Context())
	j.store = &answering{Store: memory, replace: func(do func() (string, error)) (string, error) {
		_, _ = do()
		cancel()
		return "", ctx.Err()
	}}
	if err := j.Commit(ctx, nil, []byte("1")); err != nil {
		t.Error(err)
	}
}

func TestStoresWithoutConditions(t *testing.T) {
	for name, replace := range map[string]func(*storetest.Memory, func() (string, error)) (string, error){
		"refused": func(*storetest.Memory, func() (string, error)) (string, error) {
			return "", errors.Join(errors.New("501"), errors.ErrUnsupported)
		},
		"ignored": func(_ *storetest.Memory, do func() (string, error)) (string, error) {
			version, err := do()
			if errors.Is(err, store.ErrChanged) {
				return "2", nil
			}
			return version, err
		},
	} {
		memory := storetest.NewMemory()
		j := open(t, memory)
		j.store = &answering{Store: memory, replace: func(do func() (string, error)) (string, error) { return replace(memory, do) }}
		err := j.Begin(t.Context())
		if no := (*UnconditionalError)(nil); !errors.As(err, &no) || !strings.Contains(err.Error(), "conditional writes") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestUploadsAreGone(t *testing.T) {
	s := storetest.NewMemory()
	j := begin(t, s)
	first := stage(t, s, "a/1")
	commit(t, j, first, `{"n": 1}`)
	publish(t, s, first...)
	objects := stage(t, s, "a/2", "b/2", "c/2")
	commit(t, j, objects, `{"n": 2}`)
	publish(t, s, objects[0])
	_ = s.Resume(objects[1].Receipt).Abort(t.Context()) // a lifecycle rule

	release := func([]byte) error {
		t.Error("a state was released")
		return nil
	}
	j = open(t, s)
	j.publish = 1
	err := j.Recover(t.Context(), release)
	gone := (*GoneError)(nil)
	if !errors.As(err, &gone) || !errors.Is(err, store.ErrGone) {
		t.Fatalf("error %v", err)
	}
	if diff := cmp.Diff([][]string{{"memory:a/2"}, {"memory:b/2", "memory:c/2"}}, [][]string{gone.Visible, gone.Missing}); diff != "" {
		t.Error(diff)
	}
	for _, word := range []string{"memory:a/2", "memory:b/2", "--give-up"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %v lacks %q", err, word)
		}
	}
	if !open(t, s).IsOpen() {
		t.Error("the journal is done")
	}

	if err := open(t, s).GiveUp(t.Context(), release); !errors.As(err, &gone) {
		t.Errorf("given up, while an object is visible: %v", err)
	}
	for _, o := range objects[:1] { // somebody removes it
		u := s.Resume(o.Receipt)
		if err := errors.Join(u.Publish(t.Context()), u.Retract(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	if err := open(t, s).GiveUp(t.Context(), release); err != nil {
		t.Fatal(err)
	}
	if j := open(t, s); j.IsOpen() || string(j.State()) != `{"n": 1}` || len(s.Staged()) > 0 {
		t.Errorf("%+v, staged %q", j.doc, s.Staged())
	}
	wantKeys(t, s, "a/1")
}

// What can be finished is not given up.
func TestGiveUpNothing(t *testing.T) {
	s := storetest.NewMemory()
	commit(t, begin(t, s), stage(t, s, "a/1"), `{"n": 1}`)
	released := 0
	if err := open(t, s).GiveUp(t.Context(), func([]byte) error { released++; return nil }); err != nil || released != 1 {
		t.Errorf("released %d times, %v", released, err)
	}
	wantKeys(t, s, "a/1")
}

// A key that another load has taken meanwhile is in the way of the commit.
func TestKeyIsTaken(t *testing.T) {
	s := storetest.NewMemory()
	commit(t, begin(t, s), stage(t, s, "a/1", "b/1"), `{"n": 1}`)
	if _, err := s.Replace(t.Context(), "b/1", []byte("x"), ""); err != nil {
		t.Fatal(err)
	}
	err := open(t, s).Recover(t.Context(), func([]byte) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "b/1") || !strings.Contains(err.Error(), "move that object") {
		t.Errorf("error %v", err)
	}
	if !open(t, s).IsOpen() {
		t.Error("the journal is done")
	}
}

func TestNoJournal(t *testing.T) {
	s := storetest.NewMemory()
	if _, err := s.Replace(t.Context(), key, []byte("<html>\n\x1b[2J"), ""); err != nil {
		t.Fatal(err)
	}
	_, err := Read(t.Context(), s, key, "shop")
	if err == nil || !strings.Contains(err.Error(), "memory:"+key+" is not a journal") || strings.ContainsAny(err.Error(), "\n\x1b") {
		t.Errorf("error %v", err)
	}
}
