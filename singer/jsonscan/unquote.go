package jsonscan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// AppendUnquoted appends the decoded text of a string to dst. It is never longer than
// the text, and there may be some bytes more behind it, in the capacity of dst.
func AppendUnquoted(dst, text []byte) []byte {
	const slack = 8 // a word is copied before it is known how much of it counts
	n := len(dst)
	dst = slices.Grow(dst, len(text)+slack)
	out := dst[n : n+len(text)+slack]
	to := 0
	for from := 0; ; {
		size, found := copyPlain(out[to:], text[from:])
		from, to = from+size, to+size
		if !found {
			return dst[:n+to]
		}
		from, to = Unescape(out, to, text, from)
		for from < len(text) && text[from] == '\\' { // escapes often follow each other
			from, to = Unescape(out, to, text, from)
		}
	}
}

// copyPlain copies what comes before the first backslash, and reports whether there is
// one. dst has room for 8 bytes more.
func copyPlain(dst, text []byte) (n int, found bool) {
	const (
		near = 64 // beyond it a call is worth it
		ones = 0x0101010101010101
	)
	for n < near && n+8 <= len(text) {
		word := binary.LittleEndian.Uint64(text[n:])
		binary.LittleEndian.PutUint64(dst[n:], word)
		word ^= '\\' * ones
		if zero := (word - ones) &^ word & (0x80 * ones); zero != 0 {
			return n + bits.TrailingZeros64(zero)/8, true
		}
		n += 8
	}
	rest := text[n:]
	i := bytes.IndexByte(rest, '\\')
	if i >= 0 {
		rest = rest[:i]
	}
	return n + copy(dst[n:], rest), i >= 0
}

// Unescape decodes the escape in the text at an index, and returns the indexes after
// it. dst has room for 4 bytes.
func Unescape(dst []byte, to int, text []byte, from int) (afterFrom, afterTo int) {
	c := text[from+1]
	if c != 'u' {
		dst[to] = escaped[c]
		return from + 2, to + 1
	}
	r, n := hex4(text[from+2:]), 6
	if r&0xf800 == 0xd800 {
		r, n = surrogates(r, text[from:])
	}
	switch {
	case r < 0x80:
		dst[to] = byte(r)
		return from + n, to + 1
	case r < 0x800: // in one store, as the next ones
		binary.LittleEndian.PutUint16(dst[to:], uint16(0x80c0|r>>6|r&0x3f<<8))
		return from + n, to + 2
	case r < 0x10000:
		binary.LittleEndian.PutUint32(dst[to:], uint32(0x8080e0|r>>12|r>>6&0x3f<<8|r&0x3f<<16))
		return from + n, to + 3
	}
	return from + n, to + utf8.EncodeRune(dst[to:], r)
}

// Escape decodes the escape sequence at the start of a string's text, which the scanner
// accepted, and says how many bytes it takes. A lone surrogate is U+FFFD.
func Escape(text []byte) (r rune, n int) {
	if c := text[1]; c != 'u' {
		return rune(escaped[c]), 2
	}
	r = hex4(text[2:])
	if r&0xf800 == 0xd800 {
		return surrogates(r, text)
	}
	return r, 6
}

// escaped is what a character after a backslash means.
var escaped = [256]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', '"': '"', '\\': '\\', '/': '/'}

// surrogates decodes a pair of \uXXXX, of which the first one is given, at the start of
// b, and says how many bytes it took. One alone is U+FFFD.
func surrogates(first rune, b []byte) (rune, int) {
	if first <= 0xdbff && len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
		if low := hex4(b[8:]); low >= 0xdc00 && low <= 0xdfff {
			return (first-0xd800)<<10 + (low - 0xdc00) + 0x10000, 12
		}
	}
	return utf8.RuneError, 6
}

// hex4 is the value of four hexadecimal digits, without a branch for each: they come in
// no order that a processor could learn.
func hex4(b []byte) rune {
	w := binary.BigEndian.Uint32(b)
	w = w&0x0f0f0f0f + 9*(w>>6&0x01010101) // the value of each, in a byte of its own
	w = (w | w>>4) & 0x00ff00ff            // of two
	return rune((w | w>>8) & 0xffff)
}
