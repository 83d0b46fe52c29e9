package format

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"

	"target-s3/singer/jsonscan"
)

// appendValue appends the JSON value that stands there in the text as a field: a
// string's text, anything else as it is written, null as nothing.
func (l *CSV) appendValue(dst, text []byte, from, to int) []byte {
	if from == to {
		return dst
	}
	switch text[from] {
	case 'n':
		return dst
	case '{', '[':
		return l.appendText(dst, text[from:to])
	case '"':
		return l.appendString(dst, text, from+1, to-1)
	}
	return l.appendBare(dst, text[from:to])
}

// appendBare appends a field that has no need of quotes.
func (l *CSV) appendBare(dst, text []byte) []byte {
	if !l.forceQuote {
		return append(dst, text...)
	}
	return append(append(append(dst, '"'), text...), '"')
}

// appendString appends the text of a JSON string, which stands there in the text
// without its quotes. It decodes and copies at once, and finds out on the way
// whether the field needs quotes: see appendText.
func (l *CSV) appendString(dst, text []byte, from, to int) []byte {
	start := len(dst)
	dst = slices.Grow(dst, to-from+2+wordSize) // what is decoded, and a quote that is doubled, takes no more than was written
	quoted, stop := l.forceQuote, l.delimiter
	if quoted {
		dst, stop = append(dst, '"'), '\\'
	}
	for from < to {
		switch text[from] {
		case '\\':
			r, n := jsonscan.Escape(text[from:to])
			if !quoted && (r == '"' || r == '\n' || r == '\r' || r == rune(l.delimiter)) {
				dst, quoted, stop = quote(dst, start), true, '\\'
			}
			if dst = utf8.AppendRune(dst, r); r == '"' {
				dst = append(dst, '"')
			}
			from += n
		case stop:
			dst, quoted, stop = quote(dst, start), true, '\\'
		default:
			dst, from = copyUntil(dst, text, from, to, stop)
		}
	}
	if !quoted {
		if !isOddField(dst[start:]) {
			return dst
		}
		dst = quote(dst, start)
	}
	return append(dst, '"')
}

// quote puts a quote before what was appended.
func quote(dst []byte, start int) []byte {
	dst = append(dst, 0)
	copy(dst[start+1:], dst[start:])
	dst[start] = '"'
	return dst
}

const wordSize = 8

// Eight bytes at a time: a byte of w is zero where (w-ones)&^w has its high bit, or
// one of those below it is.
const ones, highs = 0x0101010101010101, 0x8080808080808080

// copyUntil appends the text as far as there is neither a backslash nor the byte that
// stops it, and says where it came to. It needs room in dst for a word more.
func copyUntil(dst, text []byte, from, to int, stop byte) (out []byte, at int) {
	n, out := len(dst), dst[:cap(dst)]
	stops := uint64(stop) * ones
	for ; to-from >= wordSize; n, from = n+wordSize, from+wordSize {
		w := binary.LittleEndian.Uint64(text[from:])
		binary.LittleEndian.PutUint64(out[n:], w)
		if marks := marksOf(w, stops); marks != 0 {
			count := bits.TrailingZeros64(marks) / 8
			return out[:n+count], from + count
		}
	}
	if from < to && from+wordSize <= len(text) { // what is behind the text does no harm
		w := binary.LittleEndian.Uint64(text[from:])
		binary.LittleEndian.PutUint64(out[n:], w)
		count := min(bits.TrailingZeros64(marksOf(w, stops))/8, to-from)
		return out[:n+count], from + count
	}
	for from < to && text[from] != stop && text[from] != '\\' {
		out[n] = text[from]
		n, from = n+1, from+1
	}
	return out[:n], from
}

// marksOf has the high bit set in the lowest byte of w that is a backslash or stops.
func marksOf(w, stops uint64) uint64 {
	d, b := w^stops, w^'\\'*ones
	return ((d-ones)&^d | (b-ones)&^b) & highs
}

// appendText appends a field, in quotes where it needs them: the empty string,
// so that it is not null; what contains a delimiter, a quote or a line end; what
// begins or ends with a space, which some readers would trim; and `\.`, which
// ends the data for PostgreSQL.
func (l *CSV) appendText(dst, text []byte) []byte {
	if !l.forceQuote && !l.needsQuotes(text) {
		return append(dst, text...)
	}
	return append(appendQuoted(append(dst, '"'), text), '"')
}

// appendQuoted appends text that is in quotes.
func appendQuoted(dst, text []byte) []byte {
	for piece := range slices.Chunk(text, pieceOfText) {
		dst = slices.Grow(dst, 2*len(piece))
		out, n := dst[:cap(dst)], len(dst)
		for _, c := range piece { // without a branch: in JSON quotes are many, and come in no order
			out[n], out[n+1] = c, '"'
			n += 1 + int((uint32(c^'"')-1)>>31)
		}
		dst = out[:n]
	}
	return dst
}

// pieceOfText bounds the room that is made for quotes which may not be there.
const pieceOfText = 4 << 10

func (l *CSV) needsQuotes(text []byte) bool {
	if isOddField(text) {
		return true
	}
	i := 0
	for delimiter := uint64(l.delimiter) * ones; i+8 <= len(text); i += 8 {
		w := binary.LittleEndian.Uint64(text[i:])
		d, q := w^delimiter, w^'"'*ones
		if ((d-ones)&^d|(q-ones)&^q|(w-0x20*ones)&^w)&highs != 0 { // or another control character
			break
		}
	}
	for _, c := range text[i:] {
		if c == l.delimiter || c == '"' || c == '\n' || c == '\r' {
			return true
		}
	}
	return false
}

// isOddField reports whether a field needs quotes though no character of it does.
func isOddField(text []byte) bool {
	return len(text) == 0 || text[0] == ' ' || text[len(text)-1] == ' ' || string(text) == `\.`
}
