package jsonscan

import (
	"bytes"
	"encoding/binary"
	"iter"
	"unicode/utf8"
)

// Members yields the members of the object that obj holds, in order: the key's
// text between its quotes, as it is written, and the value's text. The object must
// have passed Scanner.Value.
func Members(obj []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		var s Scanner
		i := SkipSpace(obj, SkipSpace(obj, 0)+1)
		for i < len(obj) && obj[i] == '"' {
			end, _ := s.String(obj, i)
			key := obj[i+1 : end-1]
			i = SkipSpace(obj, SkipSpace(obj, end)+1)
			end, err := s.Value(obj, i)
			if err != nil || !yield(key, obj[i:end]) {
				return
			}
			i = SkipSpace(obj, SkipSpace(obj, end)+1)
		}
	}
}

// Elements is Members for the elements of an array.
func Elements(arr []byte) iter.Seq[[]byte] {
	return func(yield func(value []byte) bool) {
		var s Scanner
		i := SkipSpace(arr, SkipSpace(arr, 0)+1)
		for i < len(arr) && arr[i] != ']' {
			end, err := s.Value(arr, i)
			if err != nil || !yield(arr[i:end]) {
				return
			}
			i = SkipSpace(arr, SkipSpace(arr, end)+1)
		}
	}
}

// Unquote returns the text of a string as it is written between its quotes. It
// returns its argument where nothing is escaped, and decodes as encoding/json
// does where something is: a lone surrogate becomes U+FFFD.
func Unquote(text []byte) []byte {
	if bytes.IndexByte(text, '\\') < 0 {
		return text
	}
	return AppendUnquoted(nil, text)
}

// AppendUnquoted appends the decoded text of a string to dst.
func AppendUnquoted(dst, text []byte) []byte {
	for {
		i := 0
		if len(text) == 0 || text[0] != '\\' { // escapes often follow each other
			if i = bytes.IndexByte(text, '\\'); i < 0 {
				return append(dst, text...)
			}
		}
		dst = append(dst, text[:i]...)
		r, n := Escape(text[i:])
		dst = utf8.AppendRune(dst, r)
		text = text[i+n:]
	}
}

// Escape decodes the escape sequence at the start of a string's text, which the scanner
// accepted, and says how many bytes it takes. A lone surrogate is U+FFFD.
func Escape(text []byte) (r rune, n int) {
	switch c := text[1]; c {
	case 'u':
		return unicodeEscape(text)
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	default:
		return rune(c), 2
	}
}

// unicodeEscape decodes \uXXXX, or a pair of them that is a surrogate pair, at
// the start of b and says how many bytes it took.
func unicodeEscape(b []byte) (rune, int) {
	r := hex4(b[2:])
	if r < 0xd800 || r > 0xdfff {
		return r, 6
	}
	if r <= 0xdbff && len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
		if low := hex4(b[8:]); low >= 0xdc00 && low <= 0xdfff {
			return (r-0xd800)<<10 + (low - 0xdc00) + 0x10000, 12
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

// AppendString appends text as a JSON string. Bytes that are not UTF-8 become
// U+FFFD.
func AppendString(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ' || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRune(text[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		}
		i++
	}
	return append(dst, '"')
}

// QuotedSize is how much AppendString appends.
func QuotedSize(text []byte) int {
	n := 2
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			n += 2
		case c < ' ' || c == 0x7f:
			n += 6
		case c < utf8.RuneSelf:
			n++
		default:
			r, size := utf8.DecodeRune(text[i:])
			n += utf8.RuneLen(r)
			i += size
			continue
		}
		i++
	}
	return n
}
