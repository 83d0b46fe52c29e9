package journal

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"target-s3/target/store"
	"target-s3/target/storetest"
)

// TestNamed finds the uploads of open journals, and of those alone.
func TestNamed(t *testing.T) {
	s := storetest.NewMemory()
	open := func(key, name string, uploads ...string) *Journal {
		t.Helper()
		j, err := Read(t.Context(), s, key, name)
		if err != nil {
			t.Fatal(err)
		}
		var objects []Object
		for _, u := range uploads {
			objects = append(objects, Object{Table: "t", Version: 1, Rows: 1, Receipt: store.Receipt{Key: "lake/" + u, Upload: u, Token: "t"}})
		}
		if err := j.Commit(t.Context(), objects, json.RawMessage(`{"a":1}`)); err != nil {
			t.Fatal(err)
		}
		return j
	}
	open(Key("lake/", "shop"), "shop", "u1", "u2")
	open(OnceKey("lake/", "piece-1"), "piece-1", "u3")
	open(Key("", "elsewhere"), "elsewhere", "u4")
	if err := open(Key("lake/", "crm"), "crm", "u5").Done(t.Context()); err != nil {
		t.Fatal(err)
	}
	named, err := Named(t.Context(), s, "lake/")
	if got := slices.Sorted(maps.Keys(named)); err != nil || !slices.Equal(got, []string{"u1", "u2", "u3"}) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := s.Replace(t.Context(), Key("lake/", "broken"), []byte("{}"), ""); err != nil {
		t.Fatal(err)
	}
	if named, err := Named(t.Context(), s, "lake/"); err == nil {
		t.Errorf("with a journal that cannot be read: %v", named)
	}
}
