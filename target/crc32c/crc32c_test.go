package crc32c_test

import (
	"bytes"
	"testing"

	"target-s3/target/crc32c"
)

func TestCombine(t *testing.T) {
	c := bytes.Repeat([]byte("0123456789abc"), 8000)[:100_000]
	for _, at := range []int{0, 1, 2, 3, 7, 64, 4095, 65536, 99_999, 100_000} {
		a, b := crc32c.Of(c[:at]), crc32c.Of(c[at:])
		if got, want := crc32c.Combine(a, b, int64(len(c)-at)), crc32c.Of(c); got != want {
			t.Errorf("split at %d: %08x, want %08x", at, got, want)
		}
	}
}

func FuzzCombine(f *testing.F) {
	f.Add([]byte(nil), []byte(nil))
	f.Add([]byte("a"), []byte("bc"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		got := crc32c.Combine(crc32c.Of(a), crc32c.Of(b), int64(len(b)))
		if want := crc32c.Of(append(bytes.Clone(a), b...)); got != want {
			t.Errorf("%08x, want %08x", got, want)
		}
	})
}

func BenchmarkCombine(b *testing.B) {
	for b.Loop() {
		crc32c.Combine(1, 2, 8<<20)
	}
}
