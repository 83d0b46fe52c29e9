package schema

import (
	"encoding/binary"
	"math/bits"
)

// shortNumber is what proves a number by how many digits it has, so that its value
// need not be known.
type shortNumber struct {
	whole    int // digits in front of the point, at most; 0: no number is proven so
	fraction int // digits after it
	negative bool
}

// shortNumbers finds the longest that nothing of the node refuses.
func (n *node) shortNumbers() (s shortNumber) {
	switch {
	case n.unchecked&kindInteger != 0:
		s = shortNumber{maxDigits, 0, true}
	case n.kinds&kindInteger != 0 && n.numeric:
		s = shortNumber{maxDigits, 0, true}
		for _, r := range n.numbers {
			s.whole = min(s.whole, r.wholeDigits())
			s.negative = s.negative && r.min <= -int64(powers[s.whole])
		}
	}
	const either = kindInteger | kindFraction // 1.0 is an integer
	switch {
	case n.unchecked&either == either:
		s.fraction = maxDigits
	case n.kinds&either == either && n.numeric:
		s.fraction = maxDigits
		for _, r := range n.numbers {
			if r.factor != 0 {
				s.fraction = min(s.fraction, r.digits)
			}
		}
	}
	return s
}

// wholeDigits are so many that a number with no more of them is not too large. It is a
// multiple as well, unless its fraction has too many digits.
func (r *numberRule) wholeDigits() (n int) {
	if r.never || r.min > 0 || r.factor > 1 {
		return 0
	}
	for n < maxDigits && int64(powers[n+1]) <= r.max {
		n++
	}
	return n
}

// end returns where the number that begins at b[i] ends, if it is proven by its
// digits alone, which are then fewer than eight on each side of the point. Else it
// is failed.
func (s *shortNumber) end(b []byte, i int) int {
	if b[i] == '-' && s.negative {
		i++
	}
	if i+8 >= len(b) {
		return failed
	}
	count := digitsIn8(binary.LittleEndian.Uint64(b[i:]))
	if count == 0 || count > s.whole || count == 8 || (b[i] == '0' && count > 1) {
		return failed
	}
	i += count
	if b[i] == '.' {
		if i+9 >= len(b) {
			return failed
		}
		count = digitsIn8(binary.LittleEndian.Uint64(b[i+1:]))
		if count == 0 || count > s.fraction || count == 8 {
			return failed
		}
		i += 1 + count
	}
	if b[i]|0x20 == 'e' {
		return failed
	}
	return i
}

// digitsIn8 counts the digits that come first.
func digitsIn8(w uint64) int { return bits.TrailingZeros64(othersThanDigits(w^eightZeros)) >> 3 }
