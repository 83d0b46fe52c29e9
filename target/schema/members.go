package schema

import (
	"sync/atomic"

	"target-s3/singer/jsonscan"
)

// Most records are written as the one before: the same members, in one order, and
// the same white space between them. So the whole text from one value to the next,
// with the name that is expected there, is compared at once. Where it differs, the
// name is taken apart.

// object scans an object. What is met goes onto the stacks of the Prover, and
// comes off at the end of the object.
func (p *Prover) object(o *objectPlan, c *columns, b []byte, i int) int {
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
			i = p.value(o.others, nil, b, from)
			p.regular = p.regular && c == nil
			p.others = p.others || p.depth == 0
		} else {
			follows = &member.next
			if !p.first(&m, member.index) || (member.notNull && b[from] == 'n') {
				return failed
			}
			if c == nil {
				i = p.value(member.node, nil, b, from)
			} else {
				i = p.column(member, c, b, from)
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
	if expected := follows.Load(); expected != nil {
		if from := expected.begins(b, i, true); from >= 0 {
			p.dense = b[from-1] == ':'
			return expected, from
		}
	}
	if i >= len(b) || b[i] != '"' {
		return nil, failed
	}
	end, escaped, err := p.scan.Text(b, i)
	if err != nil || escaped {
		return nil, failed
	}
	name := b[i+1 : end-1]
	if i = jsonscan.SkipSpace(b, end); i >= len(b) || b[i] != ':' {
		return nil, failed
	}
	i = within(b, jsonscan.SkipSpace(b, i+1))
	if member := o.byName[string(name)]; member != nil {
		follows.Store(member)
		return member, i
	}
	if o.others == nil {
		return nil, failed
	}
	p.hashes = append(p.hashes, hash(name))
	return nil, i
}

// begins looks for the property as the first member of an object, at b[i], and
// returns where its value begins, or failed where the text is not the expected
// one.
func (q *property) begins(b []byte, i int, dense bool) int {
	if q == nil {
		return failed
	}
	lead := q.lead[len(", "):]
	if dense {
		lead = lead[:len(lead)-1]
	}
	return follow(b, i, lead)
}

// continues is begins for a member that follows another, whose value ends at i.
func (q *property) continues(b []byte, i int, dense bool) int {
	if !dense {
		return follow(b, i, q.lead)
	}
	if i >= len(b) || b[i] != ',' {
		return failed
	}
	return follow(b, i+1, q.lead[len(", "):len(q.lead)-1])
}

// follow returns the index after the text, where b has it at i, and after the white
// space behind it. That index is within b.
func follow(b []byte, i int, text string) int {
	end := i + len(text)
	if end >= len(b) || string(b[i:end]) != text {
		return failed
	}
	if b[end] <= ' ' {
		return within(b, jsonscan.SkipSpace(b, end))
	}
	return end
}
