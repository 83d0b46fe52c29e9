package schema

import (
	"bytes"
	"sync/atomic"

	"target-s3/singer/jsonscan"
)

// Most records are written as the one before: the same members, in one order, and
// the same white space between them. So the whole text from one value to the next,
// with the name that is expected there, is compared at once. Where it differs, the
// name is taken apart.

// object scans an object. What is met goes onto the stacks of the Prover, and
// comes off at the end of the object.
func (p *Prover) object(o *objectPlan, at *spot, b []byte, i int) int {
	m := met{bits: len(p.bits), hashes: len(p.hashes)}
	for range o.words {
		p.bits = append(p.bits, 0)
	}
	member := o.first.Load()
	from := member.begins(b, i+1, p.dense)
	follows := &o.first
	if from < 0 {
		i = jsonscan.SkipSpace(b, i+1)
		if i < len(b) && b[i] == '}' {
			return when(p.close(o, &m), i+1)
		}
		if member, from = p.key(o, follows, b, i); from < 0 {
			return failed
		}
	}
	for {
		if member == nil {
			if at == nil {
				i = p.value(p.other, nil, b, from)
			} else {
				i = p.unknown(p.other, at, b, from)
			}
			p.others = p.others || p.depth == 0
		} else {
			follows = &member.next
			if member.notNull && b[from] == 'n' {
				return failed
			}
			if !p.first(&m, member.index) {
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
		if expected := follows.Load(); expected != nil {
			if from = expected.continues(b, i, p.dense); from >= 0 {
				member = expected
				continue
			}
		}
		if i = jsonscan.SkipSpace(b, i); i >= len(b) {
			return failed
		}
		if b[i] == '}' {
			return when(p.close(o, &m), i+1)
		}
		if b[i] != ',' {
			return failed
		}
		if member, from = p.key(o, follows, b, jsonscan.SkipSpace(b, i+1)); from < 0 {
			return failed
		}
	}
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
		name := expected.lead[len(", ") : len(expected.lead)-len(": ")]
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
	if p.other = o.other(name); p.other == nil {
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

// begins looks for the property as the first member of an object, at b[i], and
// returns where its value begins, or failed where the text is not the expected
// one.
func (q *property) begins(b []byte, i int, dense bool) int {
	if q == nil {
		return failed
	}
	text := q.lead[len(", "):]
	if dense {
		text = text[:len(text)-1]
	}
	end := i + len(text)
	if end >= len(b) || string(b[i:end]) != text || b[end] <= ' ' {
		return failed
	}
	return end
}

// continues is begins for a member that follows another, whose value ends at i.
func (q *property) continues(b []byte, i int, dense bool) int {
	text := q.lead
	if dense {
		text = text[len(", ") : len(text)-1]
		if i >= len(b) || b[i] != ',' {
			return failed
		}
		i++
	}
	end := i + len(text)
	if end >= len(b) || string(b[i:end]) != text || b[end] <= ' ' {
		return failed
	}
	return end
}
