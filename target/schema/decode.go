package schema

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"unicode/utf8"

	"target-s3/singer/jsonscan"
)

// tooMuchMemory says that a text was not decoded, because its values would take
// more than the given bytes.
type tooMuchMemory struct{ limit int64 }

func (e tooMuchMemory) Error() string {
	return fmt.Sprintf("decoded, it takes more than the %d bytes of memory available", e.limit)
}

// decode makes of a text the values that the library works on: those of
// encoding/json with UseNumber. It is held to a memory limit, it takes a third of
// the memory and of the time, and it counts the members that are left once the
// last of each name has won. The text must have passed a jsonscan.Scanner.
func decode(text []byte, limit int64) (doc any, d *decoder, err error) {
	d = newDecoder(text, limit)
	doc, err = d.decode()
	return doc, d, err
}

func newDecoder(text []byte, limit int64) *decoder {
	return &decoder{src: text, limit: limit, list: []any{}, object: map[string]any{}}
}

func (d *decoder) decode() (doc any, err error) {
	if !d.spend(len(d.src)) {
		return nil, tooMuchMemory{d.limit}
	}
	d.text = string(d.src)
	doc, _, ok := d.value(jsonscan.SkipSpace(d.src, 0))
	if !ok {
		return nil, tooMuchMemory{d.limit}
	}
	return doc, nil
}

type decoder struct {
	src     []byte
	text    string // src; the values are parts of it
	scan    jsonscan.Scanner
	limit   int64
	size    int64 // bytes taken
	members int

	values []any // of the arrays and objects that are open
	keys   []string

	list, object any // empty ones: they are never changed

	leaves *leaves // of schemas; nil: it is none
}

// Bytes that values take beside their text, on 64-bit machines.
const (
	bytesOfString = 16 // its header, boxed
	bytesOfSlice  = 24
	bytesOfValue  = 16 // in a slice
	bytesOfMap    = 48
	bytesOfGroup  = 288 // eight members
	bytesOfMember = 34
)

func (d *decoder) spend(n int) bool {
	d.size += int64(n)
	return d.size <= d.limit
}

// value decodes the value that begins at src[i] and returns the index after it.
// It is not ok where that takes too much memory.
func (d *decoder) value(i int) (v any, end int, ok bool) {
	switch d.src[i] {
	case '{':
		return d.decodeObject(i)
	case '[':
		return d.decodeArray(i)
	case '"':
		s, end := d.string(i)
		return s, end, d.spend(bytesOfString)
	case 'n':
		return nil, i + len("null"), true
	case 't':
		return true, i + len("true"), true
	case 'f':
		return false, i + len("false"), true
	}
	end, _ = d.scan.Value(d.src, i)
	return json.Number(d.text[i:end]), end, d.spend(bytesOfString)
}

func (d *decoder) string(i int) (s string, end int) {
	end, escaped, _ := d.scan.Text(d.src, i)
	s = d.text[i+1 : end-1]
	if escaped {
		s = string(jsonscan.Unquote(d.src[i+1 : end-1]))
		d.size += int64(len(s))
	}
	if !utf8.ValidString(s) {
		s = string([]rune(s)) // U+FFFD for each byte that is wrong
		d.size += int64(len(s))
	}
	return s, end
}

func (d *decoder) decodeArray(i int) (v any, end int, ok bool) {
	first := len(d.values)
	i = jsonscan.SkipSpace(d.src, i+1)
	if d.src[i] == ']' {
		return d.list, i + 1, true
	}
	for d.src[i] != ']' {
		if i, ok = d.push(i); !ok {
			return nil, i, false
		}
	}
	list := make([]any, len(d.values)-first)
	copy(list, d.values[first:])
	d.pop(first)
	return list, i + 1, d.spend(bytesOfSlice + bytesOfValue*len(list))
}

// push decodes a value onto the stack and returns the index of what comes after
// it and its comma.
func (d *decoder) push(i int) (int, bool) {
	v, i, ok := d.value(i)
	if !ok {
		return i, false
	}
	if d.values, ok = room(d, d.values, bytesOfValue); !ok {
		return i, false
	}
	d.values = append(d.values, v)
	if i = jsonscan.SkipSpace(d.src, i); d.src[i] == ',' {
		i = jsonscan.SkipSpace(d.src, i+1)
	}
	return i, true
}

// room makes room for one more on a stack, if there is memory for it. It doubles,
// so that less is thrown away than append would.
func room[E any](d *decoder, stack []E, size int) ([]E, bool) {
	n := len(stack)
	if n < cap(stack) {
		return stack, true
	}
	if !d.spend(size * max(2*n, 64)) {
		return stack, false
	}
	d.size -= int64(size * n) // what is copied is free then
	return append(make([]E, 0, max(2*n, 64)), stack...), true
}

// pop forgets what is on the stack, so that it keeps nothing alive.
func (d *decoder) pop(first int) {
	clear(d.values[first:])
	d.values = d.values[:first]
}

func (d *decoder) decodeObject(i int) (v any, end int, ok bool) {
	first, firstKey, start := len(d.values), len(d.keys), i
	i = jsonscan.SkipSpace(d.src, i+1)
	if d.src[i] == '}' {
		return d.object, i + 1, true
	}
	leaf := ""
	if d.leaves != nil {
		leaf = leafAt(d.text, start)
		if known := d.leaves.byText[leaf]; known != nil {
			return known.object, start + len(leaf), true
		}
	}
	for d.src[i] == '"' {
		key, colon := d.string(i)
		if d.keys, ok = room(d, d.keys, bytesOfString); !ok {
			return nil, i, false
		}
		d.keys = append(d.keys, key)
		i = jsonscan.SkipSpace(d.src, jsonscan.SkipSpace(d.src, colon)+1)
		if i, ok = d.push(i); !ok {
			return nil, i, false
		}
	}
	n := len(d.values) - first
	if !d.spend(bytesOfObject(n)) {
		return nil, i, false
	}
	m := make(map[string]any, n)
	for at, key := range d.keys[firstKey:] {
		m[key] = d.values[first+at]
	}
	d.members += len(m)
	d.pop(first)
	d.keys = d.keys[:firstKey]
	if start+len(leaf) == i+1 && isLeaf(m) {
		m = d.leaves.add(leaf)
	}
	return m, i + 1, true
}

// bytesOfObject is what a map of n members takes: it doubles beyond seven
// eighths of its room.
func bytesOfObject(n int) int {
	if n <= 8 {
		return bytesOfMap + bytesOfGroup
	}
	return bytesOfMap + bytesOfMember<<bits.Len(uint(n*8/7))
}
