package parquet

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
)

// numeric appends a number. Decimals are also taken from strings: that is how
// taps write those that floats cannot hold.
func (w *rowWriter) numeric(dst, v []byte, c *column) ([]byte, error) {
	text := v
	switch {
	case v[0] == '"' && c.precision > 0:
		text = w.unquote(v)
	case v[0] != '-' && (v[0] < '0' || v[0] > '9'):
		return dst, w.refuse(v, c, "")
	}
	if n, ok := parseShort(text); ok {
		if v, ok := n.stored(c); ok {
			return c.appendNumber(dst, v), nil
		}
	}
	if c.kind == kindDouble {
		f, why := parseDouble(text)
		if why != "" {
			return dst, w.refuse(v, c, why)
		}
		return appendInt64(dst, int64(math.Float64bits(f))), nil
	}
	n, ok := w.parseNumber(text)
	if !ok {
		return dst, w.refuse(v, c, "it is not a number")
	}
	return w.exact(dst, v, n, c)
}

// appendNumber appends a number as rows have it.
func (c *column) appendNumber(dst []byte, v uint64) []byte {
	if c.kind == kindDecimal32 {
		return binary.LittleEndian.AppendUint32(append(dst, 1), uint32(v))
	}
	return appendInt64(dst, int64(v))
}

// exact appends a number that has to fit to its last digit.
func (w *rowWriter) exact(dst, v []byte, n number, c *column) ([]byte, error) {
	if n.exponent+c.scale < 0 {
		if c.scale == 0 {
			return dst, w.refuse(v, c, "it is not an integer")
		}
		return dst, w.refuse(v, c, "it has more than "+strconv.Itoa(c.scale)+" digits after the point")
	}
	precision := c.precision
	if c.kind == kindInteger {
		precision = 19
	}
	if len(n.digits) > 0 && len(n.digits)+n.exponent+c.scale > precision {
		return dst, w.refuse(v, c, "it is too large")
	}
	hi, lo := n.unscaled(c.scale)
	if n.negative {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	switch c.kind {
	case kindDecimal:
		var b [16]byte
		binary.BigEndian.PutUint64(b[:], hi)
		binary.BigEndian.PutUint64(b[8:], lo)
		return append(append(dst, 1), b[16-c.width:]...), nil
	case kindDecimal32:
		return binary.LittleEndian.AppendUint32(append(dst, 1), uint32(lo)), nil
	}
	if int64(hi) != int64(lo)>>63 { // 19 digits can be more than 64 bits hold
		return dst, w.refuse(v, c, "it is too large")
	}
	return appendInt64(dst, int64(lo)), nil
}

// short is a number of up to 18 digits and no exponent, as nearly all are.
type short struct {
	negative bool
	digits   uint64
	fraction int // how many of the digits come after the point
}

func parseShort(text []byte) (n short, ok bool) {
	if len(text) > 0 && text[0] == '-' {
		n.negative = true
		text = text[1:]
	}
	if len(text) == 0 || len(text) > 19 || text[0] == '.' {
		return n, false
	}
	for i, c := range text {
		switch {
		case c-'0' <= 9:
			n.digits = n.digits*10 + uint64(c-'0')
		case c == '.' && n.fraction == 0 && i+1 < len(text):
			n.fraction = len(text) - i - 1
		default:
			return n, false
		}
	}
	return n, n.fraction > 0 || len(text) < 19
}

// powers are those of ten that an int64 holds, and a double exactly.
var powers = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// stored is the number as a column stores it, if that is easily told: doubles of
// which both digits and power are exact, and so the quotient is the nearest; and
// whole numbers of units of a decimal.
func (n short) stored(c *column) (v uint64, ok bool) {
	switch c.kind {
	case kindDouble:
		f := float64(n.digits) / float64(powers[n.fraction])
		if n.negative {
			f = -f
		}
		return math.Float64bits(f), n.digits < 1<<53
	case kindInteger:
		v, ok = n.digits, n.fraction == 0
	case kindDecimal32, kindDecimal64:
		if n.fraction > c.scale {
			return 0, false
		}
		power := powers[c.scale-n.fraction]
		v, ok = n.digits*power, n.digits < powers[c.precision]/power
	}
	if n.negative {
		v = -v
	}
	return v, ok
}

// number is digits × 10^exponent, without zeros at either end of the digits.
// Zero has none.
type number struct {
	negative bool
	digits   []byte
	exponent int
}

// parseNumber takes the grammar of JSON and, of strings, also a plus sign, zeros
// in front, and nothing on one side of the point. The digits are valid until the
// next call of unquote or parseNumber.
func (w *rowWriter) parseNumber(text []byte) (n number, ok bool) {
	i := 0
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		n.negative = text[i] == '-'
		i++
	}
	w.digits = w.digits[:0]
	seen := false
	for point := false; i < len(text); i++ {
		c := text[i]
		if c == '.' && !point {
			point = true
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		seen = true
		if point {
			n.exponent--
		}
		if c != '0' || len(w.digits) > 0 {
			w.digits = append(w.digits, c)
		}
	}
	e, ok := parseExponent(text[i:])
	if !seen || !ok {
		return n, false
	}
	n.exponent += e
	n.digits = w.digits
	for len(n.digits) > 0 && n.digits[len(n.digits)-1] == '0' {
		n.digits = n.digits[:len(n.digits)-1]
		n.exponent++
	}
	if len(n.digits) == 0 {
		n.exponent, n.negative = 0, false
	}
	return n, true
}

// parseExponent takes the rest of a number: nothing, or an exponent. A huge one
// is cut down to one that is still huge.
func parseExponent(text []byte) (int, bool) {
	if len(text) == 0 {
		return 0, true
	}
	if text[0]|0x20 != 'e' || len(text) < 2 {
		return 0, false
	}
	const most = 1 << 40
	e, sign, digits := 0, 1, text[1:]
	switch digits[0] {
	case '-':
		sign, digits = -1, digits[1:]
	case '+':
		digits = digits[1:]
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		e = min(e*10+int(c-'0'), most)
	}
	return sign * e, len(digits) > 0
}

// unscaled is the absolute value times 10^scale, which has 38 digits at most.
func (n number) unscaled(scale int) (hi, lo uint64) {
	add := func(digit uint64) {
		h, l := bits.Mul64(lo, 10)
		var carry uint64
		lo, carry = bits.Add64(l, digit, 0)
		hi = hi*10 + h + carry
	}
	for _, c := range n.digits {
		add(uint64(c - '0'))
	}
	if len(n.digits) > 0 {
		for range n.exponent + scale {
			add(0)
		}
	}
	return hi, lo
}

// parseDouble rounds a number to the nearest double, as every reader of JSON
// does, where that changes no more than digits after the sixteenth or so. It
// says why where it would change units: integers have to be exact.
func parseDouble(text []byte) (f float64, why string) {
	f, err := strconv.ParseFloat(string(text), 64)
	switch {
	case err != nil:
		return 0, "it is too large"
	case f == 0 && hasDigits(text):
		return 0, "it is too small"
	case math.Abs(f) < 1<<53 || isDouble(text, f):
		return f, ""
	}
	return 0, "it would be rounded to " + strconv.FormatFloat(f, 'f', -1, 64)
}

// hasDigits reports whether a number's text has digits other than 0 before its
// exponent.
func hasDigits(text []byte) bool {
	for _, c := range text {
		if c >= '1' && c <= '9' {
			return true
		}
		if c|0x20 == 'e' {
			break
		}
	}
	return false
}

// isDouble reports whether a large number's text is that of the double: exactly,
// or as the shortest text that means it, which is how floats are written.
func isDouble(text []byte, f float64) bool {
	var w rowWriter
	n, ok := w.parseNumber(text)
	if !ok {
		return false
	}
	for _, precision := range [...]int{-1, 0} {
		var x rowWriter
		m, _ := x.parseNumber(strconv.AppendFloat(nil, f, 'f', precision, 64))
		if n.exponent == m.exponent && string(n.digits) == string(m.digits) {
			return true
		}
	}
	return false
}
