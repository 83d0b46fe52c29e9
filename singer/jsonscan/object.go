package jsonscan

import (
	"bytes"
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
