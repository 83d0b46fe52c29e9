package schema

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// decimal is what the digits of a number say. Of one with an exponent that is too
// large or small for these they are those in front of it.
type decimal struct {
	negative bool
	whole    int64 // the integer part's amount; -1: an int64 has no room for it, and one more
	scaled   int64 // all digits as one number; -1: too many of them
	digits   int   // after the point
}

const (
	// maxDigits are the digits that fit an int64, whatever they are.
	maxDigits = 18
	// maxDigitsProven bounds the numbers that are looked at.
	maxDigitsProven = 300
	// maxPower is the power of ten that numbers must be less than: the library cannot
	// compare those with a list that a float64 has no room for.
	maxPower = 308
)

// scanNumber scans the number that begins at b[i]. end is failed where there is
// none.
func scanNumber(b []byte, i int) (d decimal, k kind, end int) {
	start := i
	if d.negative = b[i] == '-'; d.negative {
		i++
	}
	first := i
	n, i := digitsAt(b, i)
	power := i - first
	if i == first || (b[first] == '0' && i > first+1) {
		return d, 0, failed
	}
	d.whole = int64(n)
	if i-first > maxDigits && (i-first > maxDigits+1 || n >= math.MaxInt64) {
		d.whole = -1
	}
	d.scaled = d.whole
	k = kindInteger
	if i < len(b) && b[i] == '.' {
		point := i
		if n, i = digitsAt(b, i+1); i == point+1 {
			return d, 0, failed
		}
		if i-first <= maxDigits+1 {
			d.digits = i - point - 1
			d.scaled = d.whole*int64(powers[d.digits]) + int64(n)
			if n != 0 {
				k = kindFraction
			}
		} else {
			k = d.long(b[point+1:i], point-first)
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		by, after := exponent(b, i+1)
		if after < 0 || power+by > maxPower {
			return d, 0, failed
		}
		i, k = after, d.raise(by)
	}
	if i-start > maxDigitsProven {
		return d, 0, failed
	}
	return d, k, i
}

// long adds a long fraction to an integer part of so many digits.
func (d *decimal) long(fraction []byte, digits int) kind {
	for len(fraction) > 0 && fraction[len(fraction)-1] == '0' {
		fraction = fraction[:len(fraction)-1]
	}
	if d.digits = len(fraction); d.digits == 0 {
		return kindInteger
	}
	if digits+d.digits > maxDigits {
		d.scaled = -1
		return kindFraction
	}
	n, _ := digitsAt(fraction, 0)
	d.scaled = d.whole*int64(powers[d.digits]) + int64(n)
	return kindFraction
}

// powers are those of ten.
var powers = func() (p [maxDigits + 1]uint64) {
	n := uint64(1)
	for i := range p {
		p[i] = n
		n *= 10
	}
	return p
}()

const eightZeros = 0x3030303030303030

// digitsAt reads digits from b[i] on, eight at a time. It returns their number,
// modulo 2^64, and the index after them.
func digitsAt(b []byte, i int) (n uint64, end int) {
	for i+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[i:]) ^ eightZeros // digits are now 0 to 9
		others := othersThanDigits(w)
		if others == 0 {
			n = n*powers[8] + eightDigits(w)
			i += 8
			continue
		}
		count := bits.TrailingZeros64(others) >> 3
		return n*powers[count] + eightDigits(w<<(64-8*count)), i + count
	}
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		n = n*10 + uint64(b[i]-'0')
	}
	return n, i
}

// othersThanDigits has the high bit of each byte set that is more than 9.
func othersThanDigits(w uint64) uint64 { return (w&lows + 0x7676767676767676 | w) & highs }

// eightDigits makes a number of eight bytes from 0 to 9. The lowest byte is the first
// digit. It adds up pairs, then fours, then all.
func eightDigits(w uint64) uint64 {
	w = w*10 + w>>8
	const pairs = 0x000000ff000000ff
	return (w&pairs*(100+1_000_000<<32) + w>>16&pairs*(1+10_000<<32)) >> 32
}
