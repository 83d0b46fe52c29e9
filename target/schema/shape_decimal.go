package schema

import (
	"math/big"
	"strconv"
	"strings"

	"target-s3/singer/jsonscan"
)

// decimalClaim is what a schema says of the digits of a number, as it is
// written there.
type decimalClaim struct {
	multipleOf       string
	low, high        string
	lowOut, highOut  bool // the bounds themselves are excluded
	precision, scale string
}

// and fills what is missing from another claim for the same values.
func (c decimalClaim) and(d decimalClaim) decimalClaim {
	if c.multipleOf == "" {
		c.multipleOf = d.multipleOf
	}
	if c.low == "" {
		c.low, c.lowOut = d.low, d.lowOut
	}
	if c.high == "" {
		c.high, c.highOut = d.high, d.highOut
	}
	if c.scale == "" || c.precision == "" {
		c.precision, c.scale = d.precision, d.scale
	}
	return c
}

// decimalClaimOf reads a schema's keywords: those of JSON Schema, the precision
// and scale that the Meltano SDK writes, and the scale_precision of taps that
// descend from pipelinewise.
func decimalClaimOf(s []byte) (c decimalClaim) {
	exclusive := map[string]string{}
	for key, value := range jsonscan.Members(s) {
		switch name := string(jsonscan.Unquote(key)); name {
		case "multipleOf":
			c.multipleOf = string(value)
		case "minimum":
			c.low = string(value)
		case "maximum":
			c.high = string(value)
		case "exclusiveMinimum", "exclusiveMaximum": // true or, since draft 6, the bound
			exclusive[name] = string(value)
		case "precision":
			c.precision = string(value)
		case "scale":
			c.scale = string(value)
		case "additionalProperties":
			if isObject(value) {
				c.setScalePrecision(member(value, "scale_precision"))
			}
		}
	}
	c.low, c.lowOut = bound(c.low, exclusive["exclusiveMinimum"])
	c.high, c.highOut = bound(c.high, exclusive["exclusiveMaximum"])
	return c
}

func bound(inclusive, exclusive string) (text string, out bool) {
	switch {
	case exclusive == "true":
		return inclusive, inclusive != ""
	case inclusive == "" && exclusive != "" && exclusive != "false":
		return exclusive, true
	}
	return inclusive, false
}

// setScalePrecision takes apart a string of the form "(12,4)", the precision
// first whatever its name says.
func (c *decimalClaim) setScalePrecision(v []byte) {
	if len(v) < 2 || v[0] != '"' {
		return
	}
	inner, ok := strings.CutPrefix(string(v[1:len(v)-1]), "(")
	inner, closed := strings.CutSuffix(inner, ")")
	if p, s, two := strings.Cut(inner, ","); ok && closed && two {
		c.precision, c.scale = strings.TrimSpace(p), strings.TrimSpace(s)
	}
}

const (
	// maxPrecision is what DECIMAL has in every engine that has it.
	maxPrecision = 38
	// maxUnboundedScale is the largest scale for which numbers without bounds are
	// decimals: beyond it taps mean floats (they write 17 for want of knowledge),
	// and what is left of 38 digits is no longer enough for any integer.
	maxUnboundedScale = 9
)

// given are the precision and the scale that the schema states.
func (c decimalClaim) given() (Shape, bool) {
	p, err := strconv.Atoi(c.precision)
	s, err2 := strconv.Atoi(c.scale)
	return Shape{Kind: Decimal, Precision: p, Scale: s}, err == nil && err2 == nil && p >= 1 && p <= maxPrecision && s >= 0 && s <= p
}

// digits is how many digits the numbers between the bounds have when they are
// written as integers of the scale; 0 where a bound is missing.
func (c decimalClaim) digits(scale int) int {
	low, ok := unscaled(c.low, scale, c.lowOut)
	high, ok2 := unscaled(c.high, scale, c.highOut)
	if !ok || !ok2 {
		return 0
	}
	return max(len(low), len(high), 1)
}

// unscaled is the absolute value of a bound times 10 to the scale, rounded down.
func unscaled(text string, scale int, out bool) (string, bool) {
	r, ok := parseNumber(text)
	if !ok {
		return "", false
	}
	r.Abs(r)
	r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)))
	n := new(big.Int).Quo(r.Num(), r.Denom())
	if out && r.IsInt() && n.Sign() > 0 {
		n.Sub(n, big.NewInt(1))
	}
	return n.String(), true
}

// parseNumber takes numbers of a size that a bound or a step may sensibly have.
func parseNumber(text string) (*big.Rat, bool) {
	const longest, farthest = 200, 200
	if text == "" || len(text) > longest || (text[0] != '-' && (text[0] < '0' || text[0] > '9')) {
		return nil, false
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		if e, err := strconv.Atoi(text[i+1:]); err != nil || e > farthest || e < -farthest {
			return nil, false
		}
	}
	return new(big.Rat).SetString(text)
}

// scaleOf is how many digits after the point multiples of a step have at most.
func scaleOf(step string) (int, bool) {
	r, ok := parseNumber(step)
	if !ok || r.Sign() <= 0 {
		return 0, false
	}
	ten := big.NewRat(10, 1)
	for s := 0; s <= maxPrecision; s++ {
		if r.IsInt() {
			return s, true
		}
		r.Mul(r, ten)
	}
	return 0, false
}

// number is the shape of numbers: decimals where it is known how many digits
// they have, and that is a number of digits that columns can have.
func (c claim) number() Shape {
	if s, ok := c.decimal.given(); ok {
		return s
	}
	scale, ok := scaleOf(c.decimal.multipleOf)
	if !ok {
		return Shape{Kind: Number}
	}
	switch digits := max(c.decimal.digits(scale), scale); {
	case c.decimal.digits(scale) == 0 && scale <= maxUnboundedScale:
		return Shape{Kind: Decimal, Precision: maxPrecision, Scale: scale}
	case c.decimal.digits(scale) == 0 || digits > maxPrecision:
		return Shape{Kind: Number}
	default:
		return Shape{Kind: Decimal, Precision: max(digits, 1), Scale: scale}
	}
}

var (
	minInt64 = new(big.Rat).SetInt64(-1 << 63)
	maxInt64 = new(big.Rat).SetInt64(1<<63 - 1)
)

// integer is the shape of integers: decimals where the schema says that they can
// be larger than 64 bits.
func (c claim) integer() Shape {
	d := c.decimal
	low, ok := parseNumber(d.low)
	beyond := ok && low.Cmp(minInt64) < 0 && !(d.lowOut && new(big.Rat).Sub(minInt64, low).Cmp(big.NewRat(1, 1)) == 0)
	if high, ok := parseNumber(d.high); ok && high.Cmp(maxInt64) > 0 {
		beyond = beyond || !d.highOut || new(big.Rat).Sub(high, maxInt64).Cmp(big.NewRat(1, 1)) != 0
	}
	if !beyond {
		return Shape{Kind: Integer}
	}
	if digits := d.digits(0); digits > 0 && digits <= maxPrecision {
		return Shape{Kind: Decimal, Precision: digits}
	}
	return Shape{Kind: Decimal, Precision: maxPrecision}
}

func (c claim) text() Shape {
	switch c.format {
	case "date-time":
		return Shape{Kind: DateTime}
	case "date":
		return Shape{Kind: Date}
	}
	return c.scalars()
}

// scalars is the shape of scalars that may be strings: text, as it keeps all of
// them, but for decimals, which taps write as numbers and as strings.
func (c claim) scalars() Shape {
	if c.format == "singer.decimal" || c.format == "x-singer.decimal" {
		if s, ok := c.decimal.given(); ok && c.types&kindBool == 0 {
			return s
		}
	}
	return Shape{Kind: Text}
}
