package parquet

import (
	"strings"
	"testing"
)

// TestShortened: the empty text is a bound like any other, also where it has no memory.
func TestShortened(t *testing.T) {
	long := strings.Repeat("a", boundBytes)
	most := strings.Repeat("\U0010FFFF", boundBytes)
	for name, tt := range map[string]struct {
		low, high, lower, upper string
		ok                      bool
	}{
		"empty":                {"", "", "", "", true},
		"short":                {"a", "b", "a", "b", true},
		"long":                 {long + "a", long + "b", long, long[1:] + "b", true},
		"more than all others": {"a", most, "a", "", false},
	} {
		lower, upper, ok := shortened([]byte(tt.low), []byte(tt.high))
		if string(lower) != tt.lower || string(upper) != tt.upper || ok != tt.ok {
			t.Errorf("%s: %q, %q, %v", name, lower, upper, ok)
		}
	}
	if _, _, ok := shortened(nil, nil); !ok {
		t.Error("nil: not taken for the empty text")
	}
}
