package schema

import (
	"bytes"
	"encoding/binary"
	"sync/atomic"

	"target-s3/singer/jsonscan"
)

// Most records are written as the one before: the same members, in one order, and
// the same white space behind their names. So the name that is expected, with its quotes,
// its colon and what follows that, is compared at once. Where it differs, it is taken
// apart.

// object scans an object. What is met goes onto the stacks of the Prover, and
// comes off at the end of the object.
func (p *Prover) object(o *objectPlan, at *spot, b []byte, i int) int {
	m := met{bits: len(p.bits), hashes: len(p.hashes)}
	for range o.words {
		p.bits = append(p.bits, 0)
	}
	follows := &o.first
	for i++; ; {
		member, from := follows.Load(), failed
		if member != nil { // this is not a function of its own because it would not be inlined
			n := member.labeled
			if p.dense {
				n--
			}
			if s := b[i:]; uint(n) < uint(len(masks)) && len(s) >= len(masks) {
				if member.isLabel((*[len(masks)]byte)(s), &masks[n]) && s[n] > ' ' {
					from = i + n
				}
			} else {
				from = member.longLabel(b, i, n)
			}
		}
		if from < 0 {
			if i = jsonscan.SkipSpace(b, i); i < len(b) && b[i] == '}' && m.count == 0 {
				return when(p.close(o, &m), i+1)
			}
			if member, from = p.key(o, follows, b, i); from < 0 {
				return failed
			}
		}
		if member == nil {
			i = p.other(at, b, from)
		} else {
			follows = &member.next
			if member.notNull && b[from] == 'n' {
				return failed
			}
			if !p.first(&m, member) {
				p.repeated = true
				m.count--
			}
			switch {
			case at != nil:
				i = p.known(member, at, b, from)
			case b[from] == '"':
				i = p.string(member.node, b, from)
			case b[from] <= '9':
				i = p.number(member.node, b, from)
			default:
				i = p.value(member.node, nil, b, from)
			}
		}
		if i < 0 {
			return failed
		}
		m.count++
		if i+1 < len(b) && b[i] == ',' && b[i+1] == ' ' {
			i += 2
			continue
		}
		if i = jsonscan.SkipSpace(b, i); i >= len(b) || (b[i] != ',' && b[i] != '}') {
			return failed
		}
		if b[i] == '}' {
			return when(p.close(o, &m), i+1)
		}
		i++
	}
}

// other scans the value of a member that is not a property.
func (p *Prover) other(at *spot, b []byte, i int) int {
	p.others = p.others || p.depth == 0
	if at == nil {
		return p.value(p.otherwise, nil, b, i)
	}
	return p.unknown(p.otherwise, at, b, i)
}

// key scans the name of a member up to where its value begins, which is within
// b. The property is nil for one that the plan does not have and allows.
func (p *Prover) key(o *objectPlan, follows *atomic.Pointer[property], b []byte, i int) (*property, int) {
	p.LookedUp++
	member, i := p.name(o, follows, b, i)
	if i < 0 {
		return nil, failed
	}
	if i = jsonscan.SkipSpace(b, i); i >= len(b) || b[i] != ':' {
		return nil, failed
	}
	if i = jsonscan.SkipSpace(b, i+1); i >= len(b) {
		return nil, failed
	}
	p.dense = b[i-1] == ':'
	return member, i
}

// name scans the name of a member. From now on its property is the one that is expected
// there.
func (p *Prover) name(o *objectPlan, follows *atomic.Pointer[property], b []byte, i int) (*property, int) {
	if expected := follows.Load(); expected != nil {
		name := expected.text[:len(expected.text)-len(": ")]
		if end := i + len(name); end < len(b) && string(b[i:end]) == name {
			return expected, end
		}
	}
	if i >= len(b) || b[i] != '"' {
		return nil, failed
	}
	end, escaped, err := p.scan.Text(b, i)
	if err != nil {
		return nil, failed
	}
	name := b[i+1 : end-1]
	member := o.byName[string(name)]
	if escaped {
		if member, name = p.unescaped(o, name); p.notes.root != nil {
			name = bytes.Clone(name) // it is noted, and its memory is for the next one
		}
	}
	if member != nil {
		follows.Store(member)
		return member, end
	}
	if p.otherwise = o.other(name); p.otherwise == nil {
		return nil, failed
	}
	p.hashes = append(p.hashes, hash(name))
	p.notes.name = name
	return nil, end
}

// unescaped finds the property of a name with escapes, and the name without them.
// It is rarely that of a property, if it is not spelled as expected.
func (p *Prover) unescaped(o *objectPlan, text []byte) (member *property, name []byte) {
	if member = o.escaped[string(text)]; member != nil {
		return member, text
	}
	p.escaped = true
	p.scratch = jsonscan.AppendUnquoted(p.scratch[:0], text)
	return o.byName[string(p.scratch)], p.scratch
}

// labelWords is how many words of a label are compared at once. Most names are
// shorter.
const labelWords = 3

// masks are for a word of a label, by how many of its bytes and of those after it belong
// to the label.
var masks = func() (m [8*labelWords + 1][labelWords]uint64) {
	for n := range m {
		for k := range n {
			m[n][k/8] |= 0xff << (k % 8 * 8)
		}
	}
	return m
}()

func (q *property) setLabel(text string) {
	q.text, q.labeled = text, len(text)
	begin := append([]byte(text), make([]byte, 8*labelWords)...)
	for k := range q.label {
		q.label[k] = binary.LittleEndian.Uint64(begin[8*k:])
	}
}

// isLabel reports whether s begins with the label's bytes for which that mask is.
func (q *property) isLabel(s *[len(masks)]byte, m *[labelWords]uint64) bool {
	return (binary.LittleEndian.Uint64(s[:])^q.label[0])&m[0]|
		(binary.LittleEndian.Uint64(s[8:])^q.label[1])&m[1]|
		(binary.LittleEndian.Uint64(s[16:])^q.label[2])&m[2] == 0
}

// longLabel looks for n bytes of the label at b[i], and returns where the value begins,
// or failed where the text is not the expected one.
func (q *property) longLabel(b []byte, i, n int) int {
	end := i + n
	if end >= len(b) || string(b[i:end]) != q.text[:n] || b[end] <= ' ' {
		return failed
	}
	return end
}
