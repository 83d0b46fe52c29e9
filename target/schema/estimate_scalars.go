package schema

import (
	"encoding/json"
	"math/big"
	"regexp/syntax"
	"strconv"
	"strings"
)

func (w *estimate) text(t *textRule, v string, path int) {
	w.steps += int64(len(v)/16) + int64(len(v))*int64(t.steps)
	if t.format == "regex" {
		w.regex(v)
	}
	if w.over() {
		return
	}
	if !t.allows([]byte(v)) {
		w.fail(path, t.quoted, true)
		for range t.keywords() - 1 { // each may have its own
			w.fail(path, 0, false)
		}
	}
}

// regex counts what it takes to compile a text as a pattern.
func (w *estimate) regex(v string) {
	w.steps += int64(len(v) * parsing(v))
	w.passing(int64(len(v)) * bytesOfParsing)
	if w.over() {
		return
	}
	if tree, err := syntax.Parse(v, syntax.Perl); err == nil {
		size := int64(sizeOf(tree))
		w.steps += size * stepsOfState / 2
		w.passing(size * bytesOfState)
	}
}

// passing is for memory that is free again before the next is taken.
func (w *estimate) passing(n int64) {
	if w.bytes+n > w.maxBytes {
		w.bytes += n
	}
}

func (w *estimate) number(m *model, v json.Number, path int) {
	digits := digitsOf(v)
	w.steps += stepsOfNumber(digits)
	if m.notNumber {
		w.fail(path, 0, true)
	}
	n := m.number
	if n == nil || w.over() {
		return
	}
	value, ok := new(big.Rat).SetString(string(v))
	if !ok {
		w.cannot = "it has a number that is too large to be judged"
		return
	}
	if n.of != nil {
		w.steps += 10 + 7*int64(digits+n.ofSize)
		if w.over() {
			return
		}
		if !new(big.Rat).Quo(value, n.of).IsInt() {
			w.outside(n.ofSize, path)
		}
	}
	for i := range n.bounds {
		b := &n.bounds[i]
		w.steps += 5 + 2*int64(digits+b.size)
		if w.over() {
			return
		}
		c := value.Cmp(b.Rat)
		if b.lower {
			c = -c
		}
		if c > 0 || (c == 0 && b.exclusive) {
			w.outside(b.size, path)
		}
	}
}

// outside counts an error that quotes a number of the schema in decimal, which
// takes a time that grows with the square of its digits.
func (w *estimate) outside(digits, path int) {
	w.steps += 2_000 + int64(digits)*int64(digits)/3
	w.fail(path, 0, true)
}

func (w *estimate) literals(values *valuesModel, v any, path int) {
	size := w.literal(v)
	if values.both { // once for each
		w.literal(v)
	}
	w.passing(size * 8)
	if values.count > 0 {
		w.steps += int64(values.count)*3/5 + int64(values.count)*size/256
	}
	if w.over() {
		return
	}
	found, sure := values.set.holds(v)
	if found {
		return
	}
	if values.count > 0 {
		w.fail(path, values.bytes, sure && !values.both)
	}
	if values.count == 0 || values.both {
		w.fail(path, values.bytes, sure && !values.both)
	}
}

// holds reports whether a value is in the set; it is sure about texts.
func (set valueSet) holds(v any) (found, sure bool) {
	t := token{kind: kindNull}
	switch v := v.(type) {
	case string:
		return set.texts[v], true
	case nil:
		t.text = []byte("null")
	case bool:
		t.text = strconv.AppendBool(nil, v)
	case json.Number:
		t.text = []byte(v)
	}
	return set.has(&t), false
}

// literal is about how many bytes the text has by which the library compares a
// value: it encodes it, decodes that, and encodes it again.
func (w *estimate) literal(v any) (size int64) {
	w.steps += stepsOfLiteral
	if w.over() {
		return 0
	}
	switch v := v.(type) {
	case string:
		size = int64(len(v)) + 2
		w.steps += size * 3 / 2
	case json.Number:
		size = int64(len(v))
		if strings.ContainsAny(string(v), "eE") || len(v) > 300 {
			if _, err := strconv.ParseFloat(string(v), 64); err != nil {
				w.cannot = "it has a number beyond the range of a float64 where its schema compares values (enum, const, uniqueItems)"
			}
		}
	case []any:
		for _, e := range v {
			size += w.literal(e) + 1
		}
	case map[string]any:
		for name, e := range v {
			size += int64(len(name)) + 3 + w.literal(e)
		}
		w.steps += int64(len(v)) * stepsOfLiteral // sorted twice
		return size
	default:
		size = 5
	}
	return size
}
