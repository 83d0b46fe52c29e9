package nearest

import (
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	known := []string{"check", "setup", "policy", "s3_bucket"}
	for name, want := range map[string]string{
		"check": "check", "chek": "check", "CHECK": "check", "stup": "setup", "chekc": "check", "hceck": "check", "polciy": "policy", "s3_bukcet": "s3_bucket",
		"": "", "x": "", "load": "", "checkers": "", strings.Repeat("check", 100000): "",
	} {
		if got := Of(name, known); got != want {
			t.Errorf("%.20q: %q, want %q", name, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for pair, want := range map[[2]string]int{
		{"", ""}: 0, {"a", ""}: 1, {"", "abc"}: 3, {"kitten", "sitting"}: 3, {"ab", "ba"}: 1, {"abc", "bca"}: 2, {"ca", "abc"}: 3, {"flaw", "lawn"}: 2,
	} {
		if got := Distance(pair[0], pair[1]); got != want || Distance(pair[1], pair[0]) != want {
			t.Errorf("%q: %d, want %d", pair, got, want)
		}
	}
}
