package parquet

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// boundBytes is the longest text that is kept as a minimum or maximum: they are
// in the footer, which every reader has to read.
const boundBytes = 64

// bounds are the minimum and the maximum of a page's values, or a column's.
type bounds struct {
	any      bool
	low      uint64 // of numbers
	high     uint64
	min, max []byte // of texts and wide decimals
}

// numbers takes numbers into account.
func (b *bounds) numbers(values []uint64, kind kind) {
	if len(values) == 0 {
		return
	}
	if !b.any {
		b.any, b.low, b.high = true, values[0], values[0]
	}
	if kind == kindDouble {
		low, high := math.Float64frombits(b.low), math.Float64frombits(b.high)
		for _, v := range values {
			f := math.Float64frombits(v)
			low, high = min(low, f), max(high, f)
		}
		b.low, b.high = math.Float64bits(low), math.Float64bits(high)
		return
	}
	low, high := int64(b.low), int64(b.high)
	for _, v := range values {
		low, high = min(low, int64(v)), max(high, int64(v))
	}
	b.low, b.high = uint64(low), uint64(high)
}

// texts takes texts into account; values say where they stand.
func (b *bounds) texts(values []uint64, from []byte, kind kind) {
	if len(values) == 0 {
		return
	}
	compare := comparison(kind)
	low, high := at(values[0], from), at(values[0], from)
	lowKey, highKey := sortKey(low), sortKey(high)
	for _, v := range values[1:] {
		text := at(v, from)
		key := sortKey(text)
		if kind == kindDecimal {
			key, lowKey, highKey = 0, 0, 0
		}
		if key <= lowKey && (key < lowKey || compare(text, low) < 0) {
			low, lowKey = text, key
		}
		if key >= highKey && (key > highKey || compare(text, high) > 0) {
			high, highKey = text, key
		}
	}
	b.text(low, compare)
	b.text(high, compare)
}

// sortKey is the beginning of a text, as a number that sorts like it.
func sortKey(text []byte) uint64 {
	if len(text) >= 8 {
		return binary.BigEndian.Uint64(text)
	}
	var b [8]byte
	copy(b[:], text)
	return binary.BigEndian.Uint64(b[:])
}

// text takes one text into account. Of a long one no more is kept than it takes to
// see that it is too long.
func (b *bounds) text(v []byte, compare func(a, b []byte) int) {
	v = v[:min(len(v), boundBytes+utf8.UTFMax)]
	if !b.any || compare(v, b.min) < 0 {
		b.min = append(b.min[:0], v...)
	}
	if !b.any || compare(v, b.max) > 0 {
		b.max = append(b.max[:0], v...)
	}
	b.any = true
}

// merge takes the bounds of a page into those of its column.
func (b *bounds) merge(page *bounds, kind kind) {
	switch {
	case !page.any:
	case kind.isBytes():
		b.text(page.min, comparison(kind))
		b.text(page.max, comparison(kind))
	default:
		b.numbers([]uint64{page.low, page.high}, kind)
	}
}

// comparison is the order of a kind's bytes: that of texts, or of numbers with a
// sign, the highest byte first.
func comparison(kind kind) func(a, b []byte) int {
	if kind != kindDecimal {
		return bytes.Compare
	}
	return func(a, b []byte) int {
		if c := cmp.Compare(int8(a[0]), int8(b[0])); c != 0 {
			return c
		}
		return bytes.Compare(a, b)
	}
}

// encoded are the bounds as statistics have them, if there are any. Those of numbers
// are put into room.
func (b *bounds) encoded(l *leaf, room []byte) (low, high []byte, ok bool) {
	switch {
	case !b.any:
		return nil, nil, false
	case l.kind.isBytes():
		return b.min, b.max, true
	case l.kind == kindBoolean:
		room = append(room, byte(b.low), byte(b.high))
		return room[:1], room[1:], true
	case l.kind == kindDouble: // as the format has it, for readers that look for either zero
		if math.Float64frombits(b.low) == 0 {
			b.low = 1 << 63
		}
		if math.Float64frombits(b.high) == 0 {
			b.high = 0
		}
	}
	room = appendNumber(appendNumber(room, b.low, l.width), b.high, l.width)
	return room[:l.width], room[l.width:], true
}

// shortened are bounds that are not longer than boundBytes: the lower one may be
// less than the minimum, and the upper one more than the maximum. There may be no
// such upper one.
func shortened(low, high []byte) (lower, upper []byte, ok bool) {
	low, ok = low[:cut(low)], true
	if n := cut(high); n < len(high) {
		high = next(high[:n])
		ok = high != nil
	}
	return low, high, ok
}

// cut is how much of a text is kept: at most boundBytes, of whole characters.
func cut(text []byte) int {
	if len(text) <= boundBytes {
		return len(text)
	}
	n := boundBytes
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return n
}

// next is a text that is more than all that begin with this one.
func next(text []byte) []byte {
	for len(text) > 0 {
		r, size := utf8.DecodeLastRune(text)
		text = text[:len(text)-size]
		if r == utf8.MaxRune {
			continue
		}
		if r == 0xD7FF { // surrogates follow, which are not characters
			r = 0xDFFF
		}
		return utf8.AppendRune(text[:len(text):len(text)], r+1)
	}
	return nil
}
