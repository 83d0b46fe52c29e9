package schema

import "math"

// exponent scans what follows the e, and returns its value.
func exponent(b []byte, i int) (by, end int) {
	negative := i < len(b) && b[i] == '-'
	if i < len(b) && (b[i] == '+' || b[i] == '-') {
		i++
	}
	first := i
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		if i == first+3 {
			return 0, failed
		}
		by = by*10 + int(b[i]-'0')
	}
	if i == first {
		return 0, failed
	}
	if negative {
		by = -by
	}
	return by, i
}

// raise multiplies by a power of ten, and says what that makes of the number. It
// remains one with an exponent where its digits are too many.
func (d *decimal) raise(by int) kind {
	switch {
	case d.scaled < 0:
		return kindExponent
	case d.scaled == 0:
		d.whole, d.digits = 0, 0
		return kindInteger
	}
	by -= d.digits
	for ; by < 0 && d.scaled%10 == 0; by++ {
		d.scaled /= 10
	}
	if by < 0 {
		d.whole, d.digits = 0, -by
		if d.digits <= maxDigits {
			d.whole = d.scaled / int64(powers[d.digits])
		}
		return kindFraction
	}
	for ; by > 0 && d.scaled >= 0; by-- {
		if d.scaled > math.MaxInt64/10 {
			d.scaled = -1
			break
		}
		d.scaled *= 10
	}
	d.whole, d.digits = d.scaled, 0
	return kindInteger
}
