package format

import (
	"encoding/binary"
	"slices"

	"target-s3/target/spans"
)

const (
	// atOnce is how much is copied at once, whether it is needed or not. Nearly all
	// numbers are no longer.
	atOnce = 16
	// shortString is a size up to which a string is copied before it is known whether
	// that is all there is to do. In a longer one there is more likely something.
	shortString = 64
)

// appendColumns appends the values of the columns. Most of them are copied as they are:
// numbers, words, and strings without anything that has to be decoded or needs quotes.
func (l *CSV) appendColumns(dst []byte, notes *spans.Notes, block int) []byte {
	text, found := notes.Text, notes.Block(block)
	out, n := dst[:cap(dst)], len(dst)
	for i := range l.columns {
		c := &l.columns[i]
		from, to := found[c.slot].From, found[c.slot].To
		if room := to - from + atOnce + 1; len(out)-n < room {
			dst = slices.Grow(out[:n], room)
			out = dst[:cap(dst)]
		}
		if i > 0 || l.lead > 0 {
			out[n] = l.delimiter
			n++
		}
		if from == to {
			continue
		}
		first := text[from]
		switch {
		case first == '{' && c.object, first == '[' && c.array:
			continue
		case l.forceQuote:
		case first == '"':
			if size := to - from - 2; size <= shortString && copyPlain(out[n:], text[from+1:to-1], l.delimiter) {
				n += size
				continue
			}
		case first <= '9', first == 't', first == 'f':
			if to-from <= atOnce && len(text)-from >= atOnce {
				*(*[atOnce]byte)(out[n:]) = *(*[atOnce]byte)(text[from:])
				n += to - from
			} else {
				n += copy(out[n:], text[from:to])
			}
			continue
		}
		if escapes := notes.EscapesOf(found[c.slot].How()); escapes != nil && first == '"' {
			dst = l.appendEscaped(out[:n], text, from+1, to-1, escapes)
		} else {
			dst = l.appendValue(out[:n], text, from, to)
		}
		out, n = dst[:cap(dst)], len(dst)
	}
	return out[:n]
}

// copyPlain copies the text of a string, and reports whether the field is no more than
// that: nothing in it has to be decoded, and it needs no quotes.
func copyPlain(dst, text []byte, delimiter byte) bool {
	if len(text) == 0 || text[0] == ' ' || text[len(text)-1] == ' ' {
		return false
	}
	last := len(text) - wordSize
	if last < 0 {
		return copyTiny(dst, text, delimiter)
	}
	stops, marks := uint64(delimiter)*ones, uint64(0)
	for i := 0; ; i += 4 * wordSize { // without a branch for each: where there is no next word it is the last one again
		a, b, c, d := min(i, last), min(i+wordSize, last), min(i+2*wordSize, last), min(i+3*wordSize, last)
		marks |= copyWord(dst[a:], text[a:], stops) | copyWord(dst[b:], text[b:], stops) |
			copyWord(dst[c:], text[c:], stops) | copyWord(dst[d:], text[d:], stops)
		if d == last || marks&highs != 0 {
			return marks&highs == 0
		}
	}
}

// copyWord copies a word. It has a high bit set in the result if a byte is a backslash or
// the one that stops, which are both ASCII.
func copyWord(dst, text []byte, stops uint64) uint64 {
	w := binary.LittleEndian.Uint64(text)
	binary.LittleEndian.PutUint64(dst, w)
	return (((w ^ stops) - ones) | ((w ^ '\\'*ones) - ones)) &^ w
}

// copyTiny is copyPlain for less than a word.
func copyTiny(dst, text []byte, delimiter byte) bool {
	for i, c := range text {
		if c == delimiter || c == '\\' {
			return false
		}
		dst[i] = c
	}
	return true
}
