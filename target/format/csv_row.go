package format

import (
	"bytes"
	"encoding/binary"
	"slices"

	"target-s3/target/spans"
)

const (
	// shortNumber is how much of a number is copied at once, whether it is needed or not,
	// and shortString how much of a string. Most are no longer.
	shortNumber = 2 * wordSize
	shortString = 4 * wordSize
)

// upTo are for the words of a short string, by its size: those of its bytes that count.
var upTo = func() (m [shortString + 1][4]uint64) {
	for n := range m {
		for k := range n {
			m[n][k/wordSize] |= 0xff << (k % wordSize * 8)
		}
	}
	return m
}()

// appendColumns appends the values of the columns, which have no more than so many bytes
// in the text, with a delimiter for each. Most of them are copied as they are: numbers,
// words, and strings without anything that has to be decoded or needs quotes.
func (l *CSV) appendColumns(dst []byte, notes *spans.Notes, block, size int) []byte {
	text, found, stops := notes.Text, notes.Block(block), uint64(l.delimiter)*ones
	dst = slices.Grow(dst, size+shortString)
	out, n := dst[:cap(dst)], len(dst)
	before := min(l.lead, 1) // delimiters
	for i := range l.columns {
		c := &l.columns[i]
		s := &found[c.slot]
		from, to := s.From, s.To
		out[n] = l.delimiter
		n += before
		before = 1
		if from == to {
			continue
		}
		switch first := text[from]; {
		case l.forceQuote:
		case first == '"':
			inside := to - from - len(`""`)
			if uint(inside) >= uint(len(upTo)) || s.How() != spans.AsItStands || len(text)-from <= shortString {
				break
			}
			of, m := (*[shortString]byte)(text[from+1:]), &upTo[inside]
			*(*[shortString]byte)(out[n:]) = *of
			stop := stopIn(of[:], stops)&m[0] | stopIn(of[8:], stops)&m[1] | stopIn(of[16:], stops)&m[2] | stopIn(of[24:], stops)&m[3]
			if stop&highs == 0 && inside > 0 && of[0] != ' ' && text[to-2] != ' ' {
				n += inside
				continue
			}
		case first <= '9', first == 't', first == 'f':
			if to-from <= shortNumber && len(text)-from >= shortNumber {
				*(*[shortNumber]byte)(out[n:]) = *(*[shortNumber]byte)(text[from:])
				n += to - from
			} else {
				n += copy(out[n:], text[from:to])
			}
			continue
		case first == 'n':
			continue
		}
		if c.isApart(text[from]) {
			continue
		}
		size -= to - from
		dst = slices.Grow(l.appendColumn(out[:n], notes, s), size+shortString)
		out, n = dst[:cap(dst)], len(dst)
	}
	return out[:n]
}

// stopIn has the high bit set in the lowest byte of a word that is the one that stops,
// which is ASCII. Those above it may have it set as well.
func stopIn(b []byte, stops uint64) uint64 {
	w := binary.LittleEndian.Uint64(b)
	return ((w ^ stops) - ones) &^ w
}

// appendColumn appends the value of a column, whatever it is.
func (l *CSV) appendColumn(dst []byte, notes *spans.Notes, s *spans.Span) []byte {
	text, from, to := notes.Text, s.From, s.To
	switch first := text[from]; {
	case first == '"' && s.How() == spans.AsItStands && !l.forceQuote:
		return l.appendPlain(dst, text[from+1:to-1])
	case first == '"':
		if escapes := notes.EscapesOf(s.How()); escapes != nil {
			return l.appendEscaped(dst, text, from+1, to-1, escapes)
		}
	}
	return l.appendValue(dst, text, from, to)
}

// appendPlain appends the text of a string without escapes.
func (l *CSV) appendPlain(dst, text []byte) []byte {
	if bytes.IndexByte(text, l.delimiter) < 0 && !isOddField(text) {
		return append(dst, text...)
	}
	return append(append(append(dst, '"'), text...), '"')
}
