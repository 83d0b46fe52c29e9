package format_test

import (
	"testing"

	"target-s3/target/format"
)

// TestMembersForgetValues opens an object within one, which has the stack grow, and
// then one that has nothing.
func TestMembersForgetValues(t *testing.T) {
	outer, inner := format.NewProperties([]string{"a", "o"}), format.NewProperties([]string{"b", "c", "d", "e"})
	var m format.Members
	values, _ := m.Open([]byte(`{"a":1,"o":{"b":2,"e":3}}`), &outer, false)
	within, others := m.Open(values[1], &inner, false)
	if string(within[0]) != "2" || within[1] != nil || string(within[3]) != "3" || len(others) != 0 {
		t.Fatalf("got %q and %q", within, others)
	}
	m.Close(within)
	m.Close(values)
	for range 2 {
		values, others = m.Open([]byte(`{"b":1,"\u0062":2}`), &outer, true)
		if values[0] != nil || values[1] != nil || len(others) != 1 || string(others[0].Value) != "2" {
			t.Fatalf("got %q and %q", values, others)
		}
	}
	m.Reset()
}
