package target

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestReasons holds the bounds of what is remembered, and that a reason which is
// common from some record on is found among a thousand that occur once.
func TestReasons(t *testing.T) {
	all := newCounts()
	for i := range 1000 {
		part := newCounts()
		part.reject("s", fmt.Sprintf("value %d is wrong", i), 1)
		if i >= 500 {
			part.reject("s", "common", 2)
		}
		part.reject("s", "", 3)
		all.merge(part)
	}
	all.reject("t", strings.Repeat("x\n", maxReasonBytes), 1)
	s := all.streams["s"]
	if s.Rejected != 1000+1000+3000 || len(s.reasons) > maxReasons || s.reasons.sorted()[0] != (Reason{"common", 1000}) {
		t.Errorf("%d, %v", s.Rejected, s.reasons.sorted())
	}
	if text := all.streams["t"].reasons.sorted()[0].Text; len(text) > maxReasonBytes || strings.Contains(text, "\n") {
		t.Errorf("%q", text)
	}
}

// TestChunkCounts holds that nothing is lost where there are more reasons than a
// chunk tells apart, and that what comes after a mark is counted apart.
func TestChunkCounts(t *testing.T) {
	c := &chunk{}
	for i := range 1000 {
		c.count(fmt.Sprintf("s%d", i%2), int64(i), 0, fmt.Sprintf("reason %d", i%500))
	}
	total := map[string]int64{}
	for _, r := range c.rejects {
		total[r.stream] += r.count
	}
	if total["s0"] != 500 || total["s1"] != 500 || len(c.rejects) != maxChunkRejects+2 {
		t.Errorf("%v in %d entries", total, len(c.rejects))
	}
	c.counted = len(c.rejects)
	c.count("s0", 1001, 7, "reason 0")
	c.count("s0", 1002, 8, "reason 0")
	if last := c.rejects[c.counted:]; !slices.Equal(last, []reject{{stream: "s0", count: 2, line: 1001, offset: 7, reason: "reason 0"}}) {
		t.Errorf("%v", last)
	}
}
