package jsonscan

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// String scans the string whose opening quote is b[i].
func (s *Scanner) String(b []byte, i int) (int, error) {
	end, _, err := s.Text(b, i)
	return end, err
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// Special has the high bit set in the lowest byte of w that is a quote, a
// backslash, a control character or not ASCII. Bytes above that one may be
// marked wrongly (borrows run upwards), so only the lowest mark may be used.
func Special(w uint64) uint64 {
	control := (w ^ 2*ones) - 0x21*ones // a quote less bit 1 is a space, and a space no longer one
	slash := (w ^ '\\'*ones) - ones
	return (control | slash | w) & highs
}

// Text is String that also says whether there was a backslash.
func (s *Scanner) Text(b []byte, i int) (end int, escaped bool, err error) {
	return s.Rest(b, i+1)
}

// Rest is Text from some byte of the string on.
func (s *Scanner) Rest(b []byte, i int) (end int, escaped bool, err error) {
	for {
		for i+8 <= len(b) {
			if m := Special(binary.LittleEndian.Uint64(b[i:])); m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(b) {
			return i, escaped, syntaxError(b, i, "the closing quote of the string")
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1, escaped, nil
		case c == '\\':
			escaped = true
			if n := len(s.Escapes); n < cap(s.Escapes) {
				s.Escapes = s.Escapes[:n+1]
				s.Escapes[n] = i
			}
			if i, err = s.escapes(b, i); err != nil {
				return i, escaped, err
			}
		case c == '\n' || (c == '\r' && hasPrefix(b[i:], "\r\n")):
			return i, escaped, &SyntaxError{i, "the line ends in the middle of a string"}
		case c < 0x20:
			return i, escaped, &SyntaxError{i, fmt.Sprintf("control character 0x%02x in a string (it must be written \\u%04x)", c, c)}
		case c < utf8.RuneSelf:
			i++
		default:
			i = s.runes(b, i)
		}
	}
}

// runes takes characters that are not ASCII. There are often many in a row.
func (s *Scanner) runes(b []byte, i int) int {
	for i < len(b) && b[i] >= utf8.RuneSelf {
		_, n := utf8.DecodeRune(b[i:])
		if n == 1 {
			s.Unusual |= InvalidUTF8
		}
		i += n
	}
	return i
}

// escapes takes one escape sequence after the other: text in other alphabets is
// written in nothing else. The first one's backslash is b[i].
func (s *Scanner) escapes(b []byte, i int) (_ int, err error) {
	for i+6 <= len(b) && b[i] == '\\' {
		switch c := b[i+1]; {
		case shortEscapes[c]:
			i += 2
		case c == 'u' && b[i+2]|0x20 != 'd' && areHex(binary.LittleEndian.Uint32(b[i+2:])):
			i += 6
		default:
			if i, err = s.escape(b, i); err != nil {
				return i, err
			}
		}
	}
	if i < len(b) && b[i] == '\\' {
		return s.escape(b, i)
	}
	return i, nil
}

// shortEscapes are what may stand alone behind a backslash.
var shortEscapes = [256]bool{'"': true, '\\': true, '/': true, 'b': true, 'f': true, 'n': true, 'r': true, 't': true}

// areHex reports whether all four bytes are hexadecimal digits, without a branch for
// each: they come in no order that a processor could learn.
func areHex(w uint32) bool {
	const lows, highs = 0x7f7f7f7f, 0x80808080
	digits, letters := w^0x30303030, (w|0x20202020)^0x60606060 // 0 to 9, and 1 to 6
	noDigit := digits&lows + 0x76767676
	noLetter := letters&lows + 0x79797979
	someLetter := letters&lows + 0x7f7f7f7f
	return (noDigit&(noLetter|^someLetter)|w)&highs == 0
}

// escape scans the escape sequence whose backslash is b[i].
func (s *Scanner) escape(b []byte, i int) (int, error) {
	if i+1 >= len(b) {
		return i + 1, syntaxError(b, i+1, "the rest of the escape sequence")
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2, nil
	case 'u':
		for j := i + 2; j < i+6; j++ {
			if j >= len(b) || !isHex(b[j]) {
				return j, syntaxError(b, j, "four hexadecimal digits after \\u")
			}
		}
		if b[i+2]|0x20 == 'd' && b[i+3] >= '8' {
			return s.surrogate(b, i), nil
		}
		return i + 6, nil
	}
	return i + 1, syntaxError(b, i+1, `one of "\/bfnrtu after the backslash`)
}

// surrogate takes a pair of \uXXXX whose first half's backslash is b[i], or notes
// that it is none and takes that half.
func (s *Scanner) surrogate(b []byte, i int) int {
	isLow := func(c byte) bool { return c-'c' <= 'f'-'c' }
	if !isLow(b[i+3]|0x20) && i+12 <= len(b) && b[i+6] == '\\' && b[i+7] == 'u' &&
		b[i+8]|0x20 == 'd' && isLow(b[i+9]|0x20) && isHex(b[i+10]) && isHex(b[i+11]) {
		return i + 12
	}
	s.Unusual |= LoneSurrogate
	return i + 6
}

func isHex(c byte) bool {
	return c-'0' <= 9 || c|0x20-'a' <= 5
}
