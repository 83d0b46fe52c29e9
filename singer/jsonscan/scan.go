// Package jsonscan finds its way through JSON text without decoding it: it
// checks the grammar of RFC 8259, says where values begin and end, and notes
// what makes a text unusual. It never recurses, never allocates for texts up to
// 64 levels deep, and makes no copy.
package jsonscan

import (
	"fmt"
)

// Unusual is a set of findings about a text that is grammatically correct.
type Unusual uint8

const (
	// InvalidUTF8 says that a string holds bytes that are not UTF-8.
	InvalidUTF8 Unusual = 1 << iota
	// EscapedKey says that an object key is written with a backslash, so that
	// keys cannot be compared by their bytes.
	EscapedKey
	// HugeNumber says that a number has an exponent beyond MaxExponent or more
	// than MaxNumberBytes bytes: big-number arithmetic on it would take long.
	HugeNumber
	// TooDeep says that arrays and objects nest beyond MaxDepth levels.
	TooDeep
	// LoneSurrogate says that a string has half of a surrogate pair, such as \ud83d
	// without the other half behind it: UTF-8 has no form for it, and decoders
	// that do not fail put U+FFFD in its place.
	LoneSurrogate
	// NaN says that there is such a number, which JSON does not have. Only a Scanner
	// with Python set takes it.
	NaN
	// Infinity is NaN for Infinity and -Infinity.
	Infinity
)

const (
	// MaxDepth is the nesting that encoding/json also accepts at most.
	MaxDepth = 10_000
	// MaxExponent is far beyond a float64 (308) and still quick as a big.Rat;
	// an exponent of 999,999 takes 178 ms a number.
	MaxExponent = 9_999
	// MaxNumberBytes bounds the digits of one number in the same way.
	MaxNumberBytes = 10_000
)

// SyntaxError is a place at which a text is not JSON.
type SyntaxError struct {
	Offset  int // of the offending byte in the scanned text
	Problem string
}

func (e *SyntaxError) Error() string { return e.Problem }

// Scanner scans values and gathers what it saw since the last Reset.
// The zero value is ready; a Scanner must not be used by two goroutines.
type Scanner struct {
	Unusual Unusual
	Members int // object members, at any depth

	// Python has NaN, Infinity and -Infinity taken for numbers, as Python's json
	// writes them: so that it can be told where a value ends that has such.
	Python bool

	// Escapes are where the escapes in strings begin, those that follow each other taken
	// as one, as far as its capacity goes. They stay until they are taken away.
	Escapes []int

	// nest has one bit a level beyond the innermost 64, which Value keeps in a
	// register: 1 is an object, 0 an array.
	nest []uint64
}

// Reset forgets what was seen.
func (s *Scanner) Reset() {
	s.Unusual, s.Members = 0, 0
}

// Value scans the value that begins at or after i, where white space may come
// first, and returns the index of the first byte after it.
func (s *Scanner) Value(b []byte, i int) (int, error) {
	var err error
	depth, level := 0, uint64(0) // level: the innermost 64 levels, lowest bit innermost

value:
	i = SkipSpace(b, i)
	if i >= len(b) {
		return i, syntaxError(b, i, "a value")
	}
	switch c := b[i]; c {
	case '"':
		if i, err = s.String(b, i); err != nil {
			return i, err
		}
	case '{', '[':
		if depth&63 == 0 && depth > 0 {
			s.nest = append(s.nest[:depth>>6-1], level)
		}
		depth++
		if depth > MaxDepth {
			s.Unusual |= TooDeep
		}
		level = level<<1 | uint64(c>>5&1) // '{' is 0x7b, '[' is 0x5b: bit 5 tells them apart
		i = SkipSpace(b, i+1)
		if i < len(b) && b[i] == c+2 { // '}' and ']' stand two after their openers
			goto closing
		}
		if c == '{' {
			goto key
		}
		goto value
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		if i, err = s.number(b, i); err != nil {
			return i, err
		}
	default:
		if i, err = s.literal(b, i); err != nil {
			return i, err
		}
	}

after:
	if depth == 0 {
		return i, nil
	}
	i = SkipSpace(b, i)
	if i >= len(b) {
		return i, syntaxError(b, i, "',' or the end of the "+container(level))
	}
	if b[i] == ',' {
		i++
		if level&1 == 0 {
			goto value
		}
		goto key
	}
	if b[i] != ']'+byte(level&1)<<5 {
		return i, syntaxError(b, i, "',' or the end of the "+container(level))
	}

closing:
	i++
	depth--
	level >>= 1
	if depth&63 == 0 && depth > 0 {
		level = s.nest[depth>>6-1]
	}
	goto after

key:
	if i, err = s.key(b, i); err != nil {
		return i, err
	}
	goto value
}

// key scans `"name" :` and returns the index after the colon.
func (s *Scanner) key(b []byte, i int) (int, error) {
	i = SkipSpace(b, i)
	if i >= len(b) || b[i] != '"' {
		return i, syntaxError(b, i, "a member name in double quotes")
	}
	end, escaped, err := s.Text(b, i)
	if err != nil {
		return end, err
	}
	if escaped {
		s.Unusual |= EscapedKey
	}
	s.Members++
	i = SkipSpace(b, end)
	if i >= len(b) || b[i] != ':' {
		return i, syntaxError(b, i, "':'")
	}
	return i + 1, nil
}

// number scans a number whose first byte is b[i].
func (s *Scanner) number(b []byte, i int) (int, error) {
	start := i
	if b[i] == '-' {
		i++
	}
	if i < len(b) && b[i] == '0' {
		i++
	} else {
		end := digits(b, i)
		if end == i {
			if hasPrefix(b[i:], "Infinity") {
				return s.notJSON(start, "-Infinity", Infinity)
			}
			if isCut(b[i:], "Infinity") {
				return len(b), syntaxError(b, len(b), "the rest of -Infinity")
			}
			return i, syntaxError(b, i, "a digit")
		}
		i = end
	}
	if i < len(b) && b[i] == '.' {
		end := digits(b, i+1)
		if end == i+1 {
			return end, syntaxError(b, end, "a digit after the decimal point")
		}
		i = end
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		end := digits(b, i)
		if end == i {
			return end, syntaxError(b, end, "a digit in the exponent")
		}
		if hugeExponent(b[i:end]) {
			s.Unusual |= HugeNumber
		}
		i = end
	}
	if i-start > MaxNumberBytes {
		s.Unusual |= HugeNumber
	}
	return i, nil
}

func digits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

// hugeExponent reports whether the digits make more than MaxExponent.
func hugeExponent(d []byte) bool {
	for len(d) > 0 && d[0] == '0' {
		d = d[1:]
	}
	return len(d) > 4
}

// literal scans true, false or null.
func (s *Scanner) literal(b []byte, i int) (int, error) {
	for _, word := range [...]string{"null", "true", "false"} {
		if hasPrefix(b[i:], word) {
			return i + len(word), nil
		}
	}
	for _, word := range [...]string{"null", "true", "false", "NaN", "Infinity"} {
		if isCut(b[i:], word) {
			return len(b), syntaxError(b, len(b), "the rest of "+word)
		}
	}
	switch {
	case hasPrefix(b[i:], "NaN"):
		return s.notJSON(i, "NaN", NaN)
	case hasPrefix(b[i:], "Infinity"):
		return s.notJSON(i, "Infinity", Infinity)
	}
	return i, syntaxError(b, i, "a value")
}

// isCut reports whether the text ends within the word.
func isCut(b []byte, word string) bool { return len(b) < len(word) && word[:len(b)] == string(b) }

// notJSON is about a word that stands at i for a number.
func (s *Scanner) notJSON(i int, word string, finding Unusual) (int, error) {
	if s.Python {
		s.Unusual |= finding
		return i + len(word), nil
	}
	return i, &SyntaxError{i, word + " is not JSON (the tap must write null or a string)"}
}

// SkipSpace returns the index of the first byte from i on that is not JSON
// white space.
func SkipSpace(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

func hasPrefix(b []byte, s string) bool {
	return len(b) >= len(s) && string(b[:len(s)]) == s
}

func container(level uint64) string {
	if level&1 == 1 {
		return "object"
	}
	return "array"
}

func syntaxError(b []byte, i int, want string) error {
	if i >= len(b) {
		return &SyntaxError{len(b), "the text ends where " + want + " must follow"}
	}
	return &SyntaxError{i, fmt.Sprintf("must be %s, is %s", want, describe(b[i]))}
}

func describe(c byte) string {
	if c < ' ' || c >= 0x7f {
		return fmt.Sprintf("byte 0x%02x", c)
	}
	return fmt.Sprintf("%q", rune(c))
}
