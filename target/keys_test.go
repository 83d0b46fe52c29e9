package target_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"target-s3/target"
	"target-s3/target/store"
	"target-s3/target/storetest"
)

// Where another run has the key, the next millisecond that is free is used. The
// rows keep their moment, and the summary says which key it is.
func TestKeyTakenByAnotherRun(t *testing.T) {
	memory := storetest.NewMemory()
	milli := stopped().UnixMilli()
	for run := range 3 {
		// Two commits a run: the second of this run is in the way of the first of
		// the next, and both are of each other.
		o := options(memory, &stateLog{})
		o.Config.BatchWaitLimit = 0
		input := schemaLine("a") + rowLine("a", 2*run) + stateLine(1) + rowLine("a", 2*run+1) + stateLine(2)
		s, err := target.Load(t.Context(), strings.NewReader(input), nil, o)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := s.Streams["a"].Last.Key, fmt.Sprintf("singer/a/1_%d.jsonl", milli+int64(2*run)+1); got != want {
			t.Errorf("the last key is %s, want %s", got, want)
		}
	}
	var want []string
	for i := range 6 {
		want = append(want, fmt.Sprintf("singer/a/1_%d.jsonl", milli+int64(i)))
	}
	if got := memory.Keys(); !slices.Equal(got, want) {
		t.Fatalf("keys %q, want %q", got, want)
	}
	for i, key := range want {
		text, _ := memory.Object(key)
		batched := stopped().Format(`"_sdc_batched_at":"2006-01-02T15:04:05.`)
		if !strings.Contains(string(text), fmt.Sprintf(`"n":%d,`, i)) || !strings.Contains(string(text), batched) {
			t.Errorf("%s has %s", key, text)
		}
	}
}

// A store in which every key is taken ends the load, sooner or later.
func TestEveryKeyTaken(t *testing.T) {
	store := &takenStore{Memory: storetest.NewMemory()}
	_, err := target.Load(t.Context(), strings.NewReader(schemaLine("a")+rowLine("a", 1)), nil, options(store, io.Discard))
	if !errors.Is(err, fs.ErrExist) || store.asked < 100 || store.asked > 10000 {
		t.Errorf("error %v after %d keys", err, store.asked)
	}
}

// takenStore has an object under every key.
type takenStore struct {
	*storetest.Memory
	asked int
}

func (s *takenStore) Create(o store.Object) store.Upload { return &takenUpload{store: s, object: o} }

type takenUpload struct {
	store.Upload // nothing else is called
	store        *takenStore
	object       store.Object
}

func (u *takenUpload) Write(context.Context, store.Part) error { return nil }
func (u *takenUpload) Stage(context.Context, store.Part) error { return nil }
func (u *takenUpload) Retract(context.Context) error           { return nil }
func (u *takenUpload) Abort(context.Context) error             { return nil }

func (u *takenUpload) Publish(context.Context) error {
	for u.object.Next() != "" {
		u.store.asked++
	}
	return fs.ErrExist
}

// A folder on macOS or Windows takes these for one name.
func TestKeysThatDifferInCase(t *testing.T) {
	memory := storetest.NewMemory()
	input := schemaLine("a") + schemaLine("A") + rowLine("a", 1) + rowLine("A", 2)
	if _, err := target.Load(t.Context(), strings.NewReader(input), nil, options(memory, io.Discard)); err != nil {
		t.Fatal(err)
	}
	keys := memory.Keys()
	if len(keys) != 2 || strings.EqualFold(keys[0], keys[1]) {
		t.Errorf("keys %q", keys)
	}
}
