package report

import (
	"testing"
	"time"
)

func TestTexts(t *testing.T) {
	for got, want := range map[string]string{
		number(0): "0", number(-1): "-1", number(999): "999", number(1000): "1,000", number(-123456): "-123,456", number(1234567890): "1,234,567,890",
		size(0): "0 B", size(1023): "1023 B", size(1024): "1.0 KiB", size(1<<20 - 1): "1.0 MiB", size(1 << 20): "1.0 MiB", size(5 << 40): "5.0 TiB", size(1<<63 - 1): "8.0 EiB",
		age(-time.Second): "-1s", age(999 * time.Millisecond): "0s", age(59 * time.Second): "59s", age(61 * time.Second): "1m01s",
		age(time.Hour + 2*time.Minute): "1h02m", age(49 * time.Hour): "2d01h",
		count(1, "file", "files"): "1 file", count(0, "file", "files"): "0 files", count(1000, "file", "files"): "1,000 files",
		cut("orders", 6): "orders", cut("orders", 5): "orde…", cut("売上高", 6): "売上高", cut("売上高", 5): "売上…", cut("売上高", 4): "売…", cut("orders", 1): "…", cut("orders", 0): "",
		cut("e\u0301e\u0301", 2): "e\u0301e\u0301",
		pad("売上", 6, true):       "  売上", pad("abc", 2, false): "abc", pad("a", 3, false): "a  ",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
