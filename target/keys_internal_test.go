package target

import (
	"fmt"
	"testing"
	"time"
)

// TestKeysForgotten holds that a run which goes on for long does not know every folder
// that it ever wrote to, and that those which may still meet are kept.
func TestKeysForgotten(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	k := newKeys(func() time.Time { return now })
	for n := range 100_000 {
		now = now.Add(50 * time.Millisecond)
		first := k.moment(fmt.Sprint(n), now.UnixMilli())
		if second := k.moment(fmt.Sprint(n), now.UnixMilli()); second != first+1 {
			t.Fatalf("kind %d: %d after %d", n, second, first)
		}
		if n > 1000 {
			before := first - 1000*50 // and one more: these the kind has had
			if again := k.moment(fmt.Sprint(n-1000), before); again < before+2 {
				t.Fatalf("kind %d: %d is used twice", n-1000, again)
			}
		}
	}
	if n := len(k.last); n > 5000 {
		t.Errorf("%d kinds are kept", n)
	}
}
