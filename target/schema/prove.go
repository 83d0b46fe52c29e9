package schema

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"target-s3/singer/jsonscan"
	"target-s3/target/spans"
)

// Prover proves records valid while it scans them for the first time. It may say
// yes where the library would; where it does not, nothing is known. One that it
// proved is grammatically correct and has no findings. Where a key is repeated each of
// its values is proven, and so the last one, which counts, is.
//
// The zero value is ready; a Prover must not be used by two goroutines.
type Prover struct {
	// LookedUp counts the keys that did not come where they were expected, or not
	// spaced as they were.
	LookedUp int

	scan      jsonscan.Scanner
	scratch   []byte   // for the text of a string with escapes
	bits      []uint64 // of the properties met beyond the first 64, for each object that is open
	hashes    []uint64 // of other members' keys, for each object that is open
	depth     int
	tries     int   // of this place in the text, at most
	otherwise *node // of a member that is not a property, whose value comes next
	dense     bool  // no white space is expected behind names, rather than Python's

	others   bool // the record has members that are not properties
	escaped  bool // a name had to be decoded
	repeated bool // one may be there twice

	notes notes
}

const (
	failed = -1
	// maxProven is the nesting that is followed: beyond it the library is asked.
	maxProven = 100
	// fewOthers are compared each with each, more are sorted.
	fewOthers = 12
)

// Prove scans the record that begins at b[i] and returns the index after it, and
// whether it is proven to be valid.
func (p *Prover) Prove(s *Schema, b []byte, i int) (end int, proven bool) {
	with := s.proven()
	if with.plan == nil || i >= len(b) || b[i] != '{' {
		return 0, false
	}
	p.scan.Reset()
	p.bits, p.hashes, p.depth = p.bits[:0], p.hashes[:0], 0
	p.others, p.escaped, p.repeated = false, false, false
	p.tries = 1
	at := p.begin(with.spots)
	if end = p.object(with.plan.object, at, b[i:], 0); end < 0 || p.scan.Unusual != 0 {
		return i + end, false
	}
	p.finish(with.spots, b[i:i+end])
	return i + end, true
}

// Others reports whether the record that was proven last has members that its
// schema does not name.
func (p *Prover) Others() bool { return p.others }

// Escaped reports whether a name in the record that was proven last has escapes,
// but for those of properties whose names are not plain ASCII.
func (p *Prover) Escaped() bool { return p.escaped }

// Repeated reports whether an object of the record that was proven last may have a key
// twice. If not, none has.
func (p *Prover) Repeated() bool { return p.repeated }

// value scans a value and returns the index after it, or failed.
func (p *Prover) value(n *node, at *spot, b []byte, i int) int {
	if i >= len(b) {
		return failed
	}
	switch b[i] {
	case '"':
		return p.string(n, b, i)
	case '{':
		if n.kinds&kindObject == 0 || p.depth == maxProven {
			return failed
		}
		p.depth++
		var end int
		switch {
		case n.objects == nil:
			end = p.object(n.object, at, b, i)
		case n.sieve == nil:
			end = p.anyObject(n, b, i)
		default:
			end = p.oneObject(n, b, i)
		}
		p.depth--
		return end
	case '[':
		if n.kinds&kindArray == 0 || p.depth == maxProven {
			return failed
		}
		p.depth++
		var end int
		if n.arrays == nil {
			end = p.array(n.array, at, b, i)
		} else {
			end = p.anyArray(n, b, i)
		}
		p.depth--
		return end
	case 'n':
		return scanWord(n, kindNull, nullWord, b, i, i)
	case 't':
		return scanWord(n, kindBool, trueWord, b, i, i)
	case 'f':
		return scanWord(n, kindBool, falseEnd, b, i, i+1)
	}
	return p.number(n, b, i)
}

func when(proven bool, end int) int {
	if proven {
		return end
	}
	return failed
}

// The words as they stand in a text, of false what follows its first letter.
const (
	nullWord = 'n' | 'u'<<8 | 'l'<<16 | 'l'<<24
	trueWord = 't' | 'r'<<8 | 'u'<<16 | 'e'<<24
	falseEnd = 'a' | 'l'<<8 | 's'<<16 | 'e'<<24
)

// scanWord scans a word that begins at b[i] and has these four letters from b[at] on.
func scanWord(n *node, k kind, letters uint32, b []byte, i, at int) int {
	end := at + 4
	if end > len(b) || binary.LittleEndian.Uint32(b[at:]) != letters {
		return failed
	}
	if n.unchecked&k != 0 {
		return end
	}
	t := token{kind: k, text: b[i:end]}
	return when(n.proves(&t), end)
}

// string scans a string. What is left of it after plain text is for the general
// scan, and what its length does not prove is looked at.
func (p *Prover) string(n *node, b []byte, i int) int {
	for end := i + 1; end+16 <= len(b); end += 16 {
		first := jsonscan.Special(binary.LittleEndian.Uint64(b[end:]))
		second := jsonscan.Special(binary.LittleEndian.Uint64(b[end+8:]))
		if first|second == 0 {
			continue
		}
		plain := bits.TrailingZeros64(first) >> 3 // 8 where there is none
		end += plain + bits.TrailingZeros64(second)>>3&-(plain>>3)
		if b[end] != '"' {
			return p.text(n, b, i, end)
		}
		if size := end - i - 1; n.least <= size && size <= n.most {
			return end + 1
		}
		return when(p.provesText(n, b[i+1:end], false), end+1)
	}
	return p.text(n, b, i, i+1)
}

// text scans a string that is plain up to b[from].
func (p *Prover) text(n *node, b []byte, i, from int) int {
	first := len(p.scan.Escapes)
	end, escaped, err := p.scan.Rest(b, from)
	if err != nil {
		return failed
	}
	if escaped {
		p.notes.escapedAt, p.notes.escapes = i, first
	}
	return when(p.provesText(n, b[i+1:end-1], escaped), end)
}

func (p *Prover) provesText(n *node, text []byte, escaped bool) bool {
	if size := len(text); n.least <= size && size <= n.most {
		return true
	}
	if n.only != nil && !escaped {
		return n.only.allows(text)
	}
	t := token{kind: kindString, text: text, escaped: escaped, scratch: &p.scratch}
	return n.proves(&t)
}

func (p *Prover) number(n *node, b []byte, i int) int {
	if end := n.short.end(b, i); end >= 0 {
		return end
	}
	d, k, end := scanNumber(b, i)
	if end < 0 || n.unchecked&k != 0 {
		return end
	}
	if n.numeric {
		return when(n.kinds&k != 0 && n.allowsNumber(k, d), end)
	}
	t := token{kind: k, text: b[i:end], number: d}
	return when(n.proves(&t), end)
}

func (p *Prover) array(a *arrayPlan, at *spot, b []byte, i int) int {
	if !a.isPlain() {
		return p.list(a, b, i)
	}
	count := 0
	var list spans.List
	i = jsonscan.SkipSpace(b, i+1)
	if i < len(b) && b[i] == ']' {
		return when(a.min == 0, i+1)
	}
	for {
		if at == nil {
			i = p.value(a.items, nil, b, i)
		} else {
			i = p.element(a.items, at, &list, b, i)
		}
		if i < 0 {
			return failed
		}
		count++
		if i+2 < len(b) && b[i] == ',' && b[i+1] == ' ' && b[i+2] > ' ' {
			i += 2
			continue
		}
		i = jsonscan.SkipSpace(b, i)
		if i >= len(b) {
			return failed
		}
		if b[i] == ']' {
			return when(count >= a.min && (a.max < 0 || count <= a.max), i+1)
		}
		if b[i] != ',' {
			return failed
		}
		i = jsonscan.SkipSpace(b, i+1)
	}
}

// met is what an object has had so far.
type met struct {
	count        int
	low          uint64 // a bit for each of the first 64 properties
	bits, hashes int    // where those of the others begin on the stacks
}

// first notes that a property is met, and reports whether it was not before.
func (p *Prover) first(m *met, q *property) bool {
	word := &m.low
	if q.word > 0 {
		word = &p.bits[m.bits+q.word-1]
	}
	before := *word
	*word |= q.bit
	return before&q.bit == 0
}

// close ends an object and reports whether it has all that it must, and no more
// members than it may.
func (p *Prover) close(o *objectPlan, m *met) bool {
	ok := m.count >= o.min && (o.max < 0 || m.count <= o.max) && m.low&o.low == o.low
	if len(p.bits) == m.bits && len(p.hashes) == m.hashes {
		return ok
	}
	for i, must := range o.words {
		ok = ok && p.bits[m.bits+i]&must == must
	}
	if !distinct(p.hashes[m.hashes:]) { // so m.count is not known
		p.repeated = true
		ok = ok && o.min == 0 && o.max < 0
	}
	p.bits, p.hashes = p.bits[:m.bits], p.hashes[:m.hashes]
	if m.hashes == 0 && cap(p.hashes) > mostOthers {
		p.hashes = nil
	}
	return ok
}

// mostOthers is for how many other members memory is kept for the next object.
const mostOthers = 64 << 10

// distinct reports whether no two hashes are the same. It may sort them.
func distinct(hashes []uint64) bool {
	if len(hashes) > fewOthers {
		slices.Sort(hashes)
		return len(slices.Compact(hashes)) == len(hashes)
	}
	for i := 1; i < len(hashes); i++ {
		if slices.Contains(hashes[:i], hashes[i]) {
			return false
		}
	}
	return true
}

// hash is FNV-1a: keys are short, and two that collide only cost the proof.
func hash(key []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range key {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}
