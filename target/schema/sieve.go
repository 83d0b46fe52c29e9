package schema

import (
	"bytes"
	"encoding/json"
	"math/bits"
	"slices"
	"unicode/utf8"

	"target-s3/singer/jsonscan"
)

// Of a oneOf exactly one alternative must hold, so all others must be refused for sure:
// by a member that is missing, or there and must not be, or has a value of another kind
// or none of those that are listed. Most alternatives are told apart by such a thing.

// sieve tells which alternatives an object is not. They have a bit each.
type sieve struct {
	members  map[string]*sieved
	unknown  uint64   // those that have no member of another name
	needs    []uint64 // of each the bits of the names that it requires
	required int      // names
	plans    []sievedPlan
}

// sieved is a member by its name.
type sieved struct {
	bit   uint64 // of the name among the required ones
	never uint64 // the alternatives that must not have it
	tests []sievedValue
}

type sievedValue struct {
	alternative uint64
	*refusal
}

// sievedPlan is for objects that are some alternatives and are not others.
type sievedPlan struct{ are, not uint64 }

// refusal is what a schema refuses for sure of values, of scalars alone once their kind
// is known.
type refusal struct {
	kinds  kind // that it may allow
	listed kind // of these, where the value must be listed
	values valueSet
}

// maxAlternatives is how many a sieve has bits for.
const maxAlternatives = 64

// newSieve makes a sieve of the ways to plan for the objects of a node. It is nil where
// no alternative has to be refused, and not ok where one has to be that never is.
func (p *planner) newSieve(ways []way) (s *sieve, ok bool) {
	s = &sieve{members: map[string]*sieved{}}
	var all []*node
	bit := map[*node]uint64{}
	mask := func(nodes []*node) (m uint64) {
		for _, n := range nodes {
			if bit[n] == 0 {
				bit[n] = 1 << len(all) // 0 beyond the last one
				all = append(all, n)
			}
			m |= bit[n]
		}
		return m
	}
	for _, w := range ways {
		s.plans = append(s.plans, sievedPlan{mask(w.are), mask(w.not)})
	}
	switch {
	case !slices.ContainsFunc(ways, func(w way) bool { return len(w.not) > 0 }):
		return nil, true
	case len(all) > maxAlternatives:
		return nil, false
	}
	can := uint64(0) // be refused
	s.needs = make([]uint64, len(all))
	for i, n := range all {
		if p.sieveFor(s, n, i) {
			can |= 1 << i
		}
	}
	return s, slices.ContainsFunc(s.plans, func(w sievedPlan) bool { return w.not&^can == 0 })
}

// sieveFor adds what an alternative refuses, and reports whether that is anything.
func (p *planner) sieveFor(s *sieve, n *node, number int) (refuses bool) {
	alternative := uint64(1) << number
	for _, part := range n.parts {
		for _, name := range asArray(part["required"]) {
			text, _ := name.(string)
			m := s.member(text)
			if m.bit == 0 {
				m.bit = 1 << s.required // 0 beyond the last one
				s.required++
			}
			s.needs[number] |= m.bit
		}
		properties := asObject(part["properties"])
		p.work -= len(s.members) + len(properties)
		if part["additionalProperties"] == false && len(asObject(part["patternProperties"])) == 0 {
			s.close(properties, alternative)
			refuses = true
		}
		for name, v := range properties {
			for _, r := range p.refusals(v) {
				m := s.member(name)
				m.tests = append(m.tests, sievedValue{alternative, r})
				refuses = true
			}
		}
	}
	return refuses || s.needs[number] != 0
}

// close says that an alternative has no members but these.
func (s *sieve) close(properties map[string]any, alternative uint64) {
	for name := range properties {
		s.member(name) // so that it is not an unknown one
	}
	for name, m := range s.members {
		if _, there := properties[name]; !there {
			m.never |= alternative
		}
	}
	s.unknown |= alternative
}

func (s *sieve) member(name string) *sieved {
	m := s.members[name]
	if m == nil {
		m = &sieved{never: s.unknown}
		s.members[name] = m
	}
	return m
}

// refusals are what a schema refuses, by itself and by what it refers to.
func (p *planner) refusals(v any) (all []*refusal) {
	parts, never := p.expand([]any{v})
	if never {
		return nil
	}
	for _, part := range parts {
		if r := p.refusal(part); r.kinds != kindAny || r.listed != 0 {
			all = append(all, r)
		}
	}
	return all
}

// refusal is what one schema refuses. It is made once: a list may be long.
func (p *planner) refusal(s map[string]any) *refusal {
	id := identity(s)
	r := p.refused[id]
	if r == nil {
		r = &refusal{kinds: p.kindsOf(s)}
		if list := p.listed(s); len(list) > 0 {
			r.list(list)
		}
		p.refused[id] = r
	}
	return r
}

// list refuses all but these values.
func (r *refusal) list(values []any) {
	r.listed = kindNull | kindBool | kindInteger | kindString
	r.values = valueSet{map[string]bool{}, map[string]bool{}}
	for _, v := range values {
		r.values.add(v)
		switch v := v.(type) {
		case string:
			if !utf8.ValidString(v) { // the library writes it otherwise
				r.listed &^= kindString
			}
		case json.Number:
			if !r.values.literals[string(v)] {
				r.listed &^= kindInteger
			}
		}
	}
}

// listed are the values that a schema allows, if it has a list of them.
func (p *planner) listed(s map[string]any) []any {
	list := asArray(s["enum"])
	if v, there := s["const"]; there && len(list) == 0 && p.draft() != draft4 {
		return []any{v}
	}
	return list
}

// kindsOf are the kinds of values that a schema does not refuse by their kind alone.
func (p *planner) kindsOf(s map[string]any) kind {
	list := p.listed(s)
	if len(list) == 0 {
		return typesOf(s)
	}
	id := identity(s)
	k := p.kinds[id]
	if k == 0 {
		for _, v := range list {
			k |= kindOf(v)
		}
		p.kinds[id] = k
	}
	return k & typesOf(s)
}

func kindOf(v any) kind {
	switch v.(type) {
	case nil:
		return kindNull
	case bool:
		return kindBool
	case json.Number:
		return kindNumber
	case string:
		return kindString
	case []any:
		return kindArray
	}
	return kindObject
}

// refuses reports whether the value is refused for sure.
func (r *refusal) refuses(t *token) bool {
	switch {
	case r.kinds&t.kind == 0:
		return true
	case r.listed&t.kind == 0 || t.kind == kindInteger && !t.isUsual():
		return false
	}
	return !r.values.has(t)
}

func refuse(all []*refusal, t *token) bool {
	return slices.ContainsFunc(all, func(r *refusal) bool { return r.refuses(t) })
}

// isUsual reports whether an integer is written as those of a valueSet are.
func (t *token) isUsual() bool {
	const exact = 1 << 53
	d := t.number
	return uint64(d.whole) < exact && d.digits == 0 && bytes.IndexByte(t.text, '.') < 0 && !(d.negative && d.whole == 0)
}

// sift scans an object for what tells which alternatives it is not, and no further.
// What it scans may not be JSON after all, and have a key twice.
func (p *Prover) sift(s *sieve, b []byte, i int) (not uint64, ok bool) {
	met := uint64(0)
	for i = jsonscan.SkipSpace(b, i+1); i < len(b) && b[i] == '"'; i = jsonscan.SkipSpace(b, i+1) {
		end, escaped, err := p.scan.Text(b, i)
		if err != nil {
			return 0, false
		}
		name := b[i+1 : end-1]
		if escaped {
			p.scratch = jsonscan.AppendUnquoted(p.scratch[:0], name)
			name = p.scratch
		}
		m := s.members[string(name)]
		if i = jsonscan.SkipSpace(b, end); i >= len(b) || b[i] != ':' {
			return 0, false
		}
		i = jsonscan.SkipSpace(b, i+1)
		if end, err = p.scan.Value(b, i); err != nil {
			return 0, false
		}
		before := not
		if m == nil {
			not |= s.unknown
		} else {
			met |= m.bit
			not |= m.never | p.refused(m.tests, b[i:end])
		}
		if not != before && s.settled(not) {
			return not, true
		}
		if i = jsonscan.SkipSpace(b, end); i >= len(b) || b[i] != ',' {
			break
		}
	}
	for k, needs := range s.needs {
		if needs&^met != 0 {
			not |= 1 << k
		}
	}
	return not, true
}

// refused are the alternatives that refuse a member's value.
func (p *Prover) refused(tests []sievedValue, value []byte) (not uint64) {
	if len(tests) == 0 {
		return 0
	}
	t := token{kind: kindOfText(value), text: value, scratch: &p.scratch}
	switch t.kind {
	case kindString:
		t.text = value[1 : len(value)-1]
		t.escaped = bytes.IndexByte(t.text, '\\') >= 0
	case kindNumber:
		t.number, t.kind, _ = scanNumber(value, 0)
		if t.kind == 0 { // it has too many digits
			return 0
		}
	}
	for i := range tests {
		if tests[i].refuses(&t) {
			not |= tests[i].alternative
		}
	}
	return not
}

// settled reports whether one plan is left, and what it needs is known.
func (s *sieve) settled(not uint64) bool {
	left := 0
	for _, plan := range s.plans {
		if plan.are&not == 0 {
			if left++; left > 1 || plan.not&^not != 0 {
				return false
			}
		}
	}
	return true
}

// left are the plans for objects that are none of these alternatives.
func (s *sieve) left(not uint64) (plans uint64) {
	for k, plan := range s.plans {
		if plan.are&not == 0 && plan.not&^not == 0 {
			plans |= 1 << k
		}
	}
	return plans
}

// oneObject tries an object on the plans that the sieve leaves. In an object that has
// a key twice another value would count than the one that was looked at.
func (p *Prover) oneObject(n *node, b []byte, i int) int {
	not, ok := p.sift(n.sieve, b, i)
	if !ok {
		return failed
	}
	left := n.sieve.left(not)
	repeated := p.repeated
	p.repeated = false
	end := p.anyOf(1+bits.OnesCount64(left), func(int) int { // sifting also takes its time
		if left == 0 {
			return failed
		}
		k := bits.TrailingZeros64(left)
		left &= left - 1
		return p.object(n.objects[k], nil, b, i)
	})
	if p.repeated {
		end = failed
	}
	p.repeated = p.repeated || repeated
	return end
}
