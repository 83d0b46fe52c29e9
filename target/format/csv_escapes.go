package format

import (
	"slices"

	"target-s3/singer/jsonscan"
)

// copiedAtOnce is how much is copied at once, whether it is needed or not.
const copiedAtOnce = 32

// appendEscaped is appendString where it is known where the escapes begin, and where
// those of the strings after it do. Nearly always one of them is a line end or a quote, so
// that the text between them only has to be copied.
func (l *CSV) appendEscaped(dst, text []byte, from, to int, escapes []int) []byte {
	if !l.forceQuote && !needsQuotesFor(text, to, escapes) {
		return l.appendString(dst, text, from, to)
	}
	dst = slices.Grow(dst, to-from+2+copiedAtOnce) // what is decoded, and a quote that is doubled, takes no more than was written
	out, n := dst[:cap(dst)], len(dst)
	out[n] = '"'
	n++
	for _, at := range escapes {
		if at >= to {
			break
		}
		n = copyBetween(out, n, text, from, at)
		for from = at; text[from] == '\\'; {
			decoded := n
			if from, n = jsonscan.Unescape(out, n, text, from); out[decoded] == '"' {
				out[n] = '"'
				n++
			}
		}
	}
	n = copyBetween(out, n, text, from, to)
	out[n] = '"'
	return out[:n+1]
}

// needsQuotesFor reports whether quotes are needed for one of the escapes. They may be for
// something else.
func needsQuotesFor(text []byte, to int, escapes []int) bool {
	for _, at := range escapes {
		if at >= to {
			return false
		}
		if c := text[at+1]; c == '"' || c == 'n' || c == 'r' {
			return true
		}
	}
	return false
}

// copyBetween copies what is between two escapes, and returns where it ends. There is room
// for more.
func copyBetween(out []byte, n int, text []byte, from, to int) (end int) {
	const long = 4 * copiedAtOnce // a call takes less
	end = n + to - from
	if to-from > long || len(text)-to < copiedAtOnce {
		copy(out[n:], text[from:to])
		return end
	}
	for ; from < to; from, n = from+copiedAtOnce, n+copiedAtOnce {
		*(*[copiedAtOnce]byte)(out[n:]) = *(*[copiedAtOnce]byte)(text[from:])
	}
	return end
}
