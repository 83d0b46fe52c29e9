package jsonscan

import (
	"encoding/binary"
	"testing"
)

// TestAreHex puts every byte into every place.
func TestAreHex(t *testing.T) {
	for _, text := range []string{"0000", "9aF0", "fA9f", "zzzz"} {
		for at := range text {
			for c := range 256 {
				b := []byte(text)
				b[at] = byte(c)
				want := isHex(b[0]) && isHex(b[1]) && isHex(b[2]) && isHex(b[3])
				if got := areHex(binary.LittleEndian.Uint32(b)); got != want {
					t.Errorf("%q: %v", b, got)
				}
			}
		}
	}
}
