package schema

import (
	"regexp"
	"regexp/syntax"
)

// Watch has it told what memory is taken by what is made of the text, whenever it is
// made: what it is now, and again after a Forget. It must be called before the schema
// is used. made may be called from any goroutine, and may call Forget.
func (s *Schema) Watch(made func(bytes int)) {
	s.proof.Made = func(p *proof) { made(p.bytes()) }
	s.library.Made = func(j *library) { made(int(j.bytes)) }
	if p := s.proof.Peek(); p != nil {
		s.proof.Made(p)
	}
	if j := s.library.Peek(); j != nil {
		s.library.Made(j)
	}
}

// What plans take, measured.
const (
	bytesOfNode     = 600
	bytesOfProperty = 450 // with its names and its spot
	bytesOfChoices  = 700
	bytesOfChoice   = 100 // of an enum
	bytesOfSieved   = 200 // a member in a sieve
	bytesOfRefusal  = 100 // and a look at its value
)

// bytes is about what memory the proof takes.
func (p *proof) bytes() int {
	m := measure{nodes: map[*node]bool{}, rules: map[*textRule]bool{}, refusals: map[*refusal]bool{}}
	m.node(p.plan)
	for len(m.pending) > 0 {
		o := m.pending[len(m.pending)-1]
		m.pending = m.pending[:len(m.pending)-1]
		m.object(o)
	}
	return m.bytes
}

// measure adds up what a plan takes. Its nodes may contain themselves.
type measure struct {
	nodes   map[*node]bool
	rules   map[*textRule]bool
	pending []*objectPlan
	bytes   int

	refusals map[*refusal]bool
}

func (m *measure) node(n *node) {
	for ; n != nil && !m.nodes[n]; n = m.array(n) {
		m.nodes[n] = true
		m.bytes += bytesOfNode
		for _, r := range n.text {
			if !m.rules[r] {
				m.rules[r] = true
				m.bytes += r.bytes
			}
		}
		for _, v := range n.values {
			m.bytes += bytesOfChoices + bytesOfChoice*(len(v.texts)+len(v.literals))
		}
		for _, g := range n.groups {
			for _, one := range g.nodes {
				m.node(one)
			}
			for _, all := range g.refuses {
				m.refused(all...)
			}
		}
		if n.sieve != nil {
			m.sieve(n.sieve)
		}
		if n.object != nil {
			m.pending = append(m.pending, n.object)
		}
		m.pending = append(m.pending, n.objects...)
	}
}

func (m *measure) sieve(s *sieve) {
	for name, member := range s.members {
		m.bytes += bytesOfSieved + len(name)
		for _, t := range member.tests {
			m.refused(t.refusal)
		}
	}
}

func (m *measure) refused(all ...*refusal) {
	for _, r := range all {
		m.bytes += bytesOfRefusal
		if !m.refusals[r] {
			m.refusals[r] = true
			m.bytes += bytesOfChoice * (len(r.values.texts) + len(r.values.literals))
		}
	}
}

// array looks at the elements of a node's arrays, and leaves one node of these to its
// caller: how deep they nest is up to the schema.
func (m *measure) array(n *node) (next *node) {
	for _, a := range append(n.arrays[:len(n.arrays):len(n.arrays)], n.array) {
		if a == nil {
			continue
		}
		for _, e := range a.first {
			m.node(e)
		}
		if next != nil {
			m.node(next)
		}
		next = a.items
	}
	return next
}

func (m *measure) object(o *objectPlan) {
	for _, p := range o.properties {
		m.bytes += bytesOfProperty + 3*len(p.name)
		m.node(p.node)
	}
	for _, n := range o.matched {
		m.node(n)
	}
	m.node(o.others)
}

// What Go's regular expressions take where each text has one way through them: for
// each state, and for each end of a range of characters that a state has, for it is
// the state's own.
const (
	bytesOfOneWay   = 280
	bytesOfRangeEnd = 14
	mostOneWay      = 1000 // states, from which on they are as others
)

// memoryOf is about what memory a pattern takes once it is compiled, and whether each
// text has one way through it.
func memoryOf(re *syntax.Regexp) (bytes int64, oneWay bool) {
	states := sizeOf(re)
	if states >= mostOneWay || !begins(re) {
		return int64(states) * bytesOfState, false
	}
	return rangesOf(re), true
}

// begins reports whether a pattern matches at the beginning of a text alone.
func begins(re *syntax.Regexp) bool {
	for re.Op == syntax.OpConcat || re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	return re.Op == syntax.OpBeginText
}

// rangesOf is what the states take, repetitions spelled out.
func rangesOf(re *syntax.Regexp) (bytes int64) {
	bytes = bytesOfOneWay
	switch re.Op {
	case syntax.OpLiteral:
		bytes *= int64(len(re.Rune))
	case syntax.OpCharClass:
		bytes += int64(len(re.Rune)) * bytesOfRangeEnd
	default:
	}
	for _, sub := range re.Sub {
		bytes += rangesOf(sub)
	}
	if re.Op == syntax.OpRepeat {
		bytes *= int64(max(re.Min, re.Max, 1))
	}
	return bytes
}

// mostPattern is how much memory a pattern of ours may take to be quick.
const mostPattern = 256 << 10

// newPattern compiles a pattern for a rule. Where that would take much memory it is
// compiled so that it takes little: whatever begins with two ways goes no single one.
func newPattern(text string, tree *syntax.Regexp) (re *regexp.Regexp, bytes int) {
	size, oneWay := memoryOf(tree)
	if oneWay && size > mostPattern {
		text, size = `(?:\b|\B)(?:`+text+`)`, int64(sizeOf(tree))*bytesOfState
	}
	re, _ = regexp.Compile(text) // the library also does
	return re, int(size)
}
