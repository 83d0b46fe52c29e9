package schema

import (
	"bytes"

	"target-s3/singer/jsonscan"
)

// isPlain reports whether all elements of an array are alike, and may be equal.
func (a *arrayPlan) isPlain() bool { return !a.unique && a.first == nil }

// list scans an array that is not plain. What is in it is not noted.
func (p *Prover) list(a *arrayPlan, b []byte, i int) int {
	hashes := len(p.hashes)
	count := 0
	for i = jsonscan.SkipSpace(b, i+1); count > 0 || i >= len(b) || b[i] != ']'; count++ {
		end := p.value(a.element(count), nil, b, i)
		if end < 0 || (a.unique && !p.keep(b[i:end])) {
			return failed
		}
		if i = jsonscan.SkipSpace(b, end); i >= len(b) {
			return failed
		}
		if b[i] == ']' {
			count++
			break
		}
		if b[i] != ',' {
			return failed
		}
		i = jsonscan.SkipSpace(b, i+1)
	}
	proven := count >= a.min && (a.max < 0 || count <= a.max) && distinct(p.hashes[hashes:])
	p.hashes = p.hashes[:hashes]
	return when(proven, i+1)
}

// element is the node of an element by its number.
func (a *arrayPlan) element(number int) *node {
	if number < len(a.first) {
		return a.first[number]
	}
	return a.items
}

// keep puts a hash of a scalar on the stack, which is the same for all values that
// the library takes for the same. It is not proven to be unique otherwise.
func (p *Prover) keep(scalar []byte) bool {
	switch scalar[0] {
	case '{', '[':
		return false
	case '"':
		if bytes.IndexByte(scalar, '\\') >= 0 {
			p.scratch = jsonscan.AppendUnquoted(append(p.scratch[:0], '"'), scalar[1:])
			scalar = p.scratch
		}
	case 'n', 't', 'f':
	default:
		d, k, _ := scanNumber(scalar, 0)
		const exact, least = 1e15, 300 // the library compares float64, which tell these apart
		if k == kindExponent || d.scaled < 0 || d.scaled >= exact || d.digits > least {
			return false
		}
		for d.digits > 0 && d.scaled%10 == 0 {
			d.scaled, d.digits = d.scaled/10, d.digits-1
		}
		p.hashes = append(p.hashes, mixed(d))
		return true
	}
	p.hashes = append(p.hashes, hash(scalar))
	return true
}

// mixed is a hash of a number. That of 0 and -0 is the same, which only costs the
// proof.
func mixed(d decimal) uint64 {
	h := uint64(d.scaled)*0x9e3779b97f4a7c15 + uint64(d.digits)*0xff51afd7ed558ccd
	if d.negative && d.scaled != 0 {
		h = ^h
	}
	return h ^ h>>29
}

// planArray makes a plan of the schemas that apply to an array.
func (p *planner) planArray(parts []map[string]any) *arrayPlan {
	a := &arrayPlan{max: -1}
	longest := 0
	for _, s := range parts {
		unique, _ := s["uniqueItems"].(bool)
		a.unique = a.unique || unique
		least, most := limits(s, "minItems", "maxItems")
		a.min, a.max = max(a.min, least), smaller(a.max, most)
		longest = max(longest, len(asArray(s["items"])))
	}
	if longest > maxListed {
		p.slow["items as a list"] = true
		return nil
	}
	for number := range longest {
		a.first = append(a.first, p.node(elementSchemas(parts, number)))
	}
	a.items = p.node(elementSchemas(parts, longest))
	return a
}

// maxListed bounds the schemas of a list that are planned for.
const maxListed = 100

// elementSchemas are what applies to the element of that number.
func elementSchemas(parts []map[string]any, number int) (schemas []any) {
	for _, s := range parts {
		items, there := s["items"]
		if list, ok := items.([]any); ok {
			switch {
			case number < len(list):
				items = list[number]
			case len(list) == 0: // the library makes nothing of it
				continue
			default:
				items, there = s["additionalItems"]
			}
		}
		if there && items != nil {
			schemas = append(schemas, items)
		}
	}
	return schemas
}
