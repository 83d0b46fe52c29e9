package jsonscan

import (
	"encoding/binary"
	"math/bits"
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

// TestSpecial puts every byte into every place, behind others that could lend to it.
func TestSpecial(t *testing.T) {
	for _, text := range []string{"aaaaaaaa", "        ", "!!!!!!!!", "########", "~\x7f~\x7f~\x7f~\x7f", "]]]]]]]]"} {
		for at := range text {
			for c := range 256 {
				b := []byte(text)
				b[at] = byte(c)
				want := 8
				if c < ' ' || c == '"' || c == '\\' || c > 0x7f {
					want = at
				}
				if got := bits.TrailingZeros64(Special(binary.LittleEndian.Uint64(b))) / 8; got != want {
					t.Errorf("%q: %d, want %d", b, got, want)
				}
			}
		}
	}
}
