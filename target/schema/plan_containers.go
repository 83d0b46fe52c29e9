package schema

import (
	"encoding/json"
	"slices"
	"strconv"
)

// containers plans for objects and arrays.
func (p *planner) containers(n *node) {
	if n.types&kindObject != 0 {
		var ways []way
		p.choices(n, kindObject, func(w way) {
			if o := p.planObject(w.parts); o != nil {
				n.objects, ways = append(n.objects, o), append(ways, w)
			}
		})
		var ok bool
		if n.sieve, ok = p.newSieve(ways); !ok {
			p.slow["oneOf"], n.objects = true, nil
		}
	}
	if n.types&kindArray != 0 {
		p.choices(n, kindArray, func(w way) {
			if a := p.planArray(w.parts); a != nil {
				n.arrays = append(n.arrays, a)
			}
		})
	}
	if len(n.objects) > 0 {
		n.kinds, n.object = n.kinds|kindObject, n.objects[0]
	}
	if len(n.arrays) > 0 {
		n.kinds, n.array = n.kinds|kindArray, n.arrays[0]
	}
	if len(n.objects) == 1 && n.sieve == nil {
		n.objects = nil
	}
	if len(n.arrays) == 1 && n.array.first == nil && !n.array.unique {
		n.arrays = nil
	}
}

// applying is the way with one alternative of each anyOf and oneOf that can apply. It
// is not ok where several of a oneOf of arrays can, or where something else decides as
// well.
func (p *planner) applying(n *node, k kind, c *picks) (w way, ok bool) {
	seen := map[*node]bool{n: true}
	met := map[uintptr]bool{}
	ok = true
	for queue := []*node{n}; len(queue) > 0 && ok && !p.lost(); queue = queue[1:] {
		n := queue[0]
		if p.leaves(n, k) {
			return way{}, false
		}
		for _, s := range n.parts {
			if !met[identity(s)] {
				met[identity(s)] = true
				w.parts = append(w.parts, s)
			}
		}
		p.groups(n, func(alternatives []any, one bool) {
			possible, free := p.possible(alternatives, one, k)
			switch {
			case free || !ok:
			case len(possible) == 0:
				ok = false
			case one && len(possible) > 1 && k == kindArray:
				p.slow["oneOf"], ok = true, false
			default:
				i := c.pick(len(possible))
				if one {
					w.not = append(append(w.not, possible[:i]...), possible[i+1:]...)
				}
				w.are = append(w.are, possible[i])
				if !seen[possible[i]] {
					seen[possible[i]] = true
					queue = append(queue, possible[i])
				}
			}
		})
	}
	return w, ok
}

// leaves reports whether a node leaves objects, or arrays, to the library.
func (p *planner) leaves(n *node, k kind) bool {
	for _, s := range n.parts {
		if p.leavesAny(s, k) != 0 {
			return true
		}
		for _, keyword := range leftOut[k] {
			if matters(s, keyword) {
				p.slow[keyword] = true
				return true
			}
		}
	}
	return false
}

// leavesAny are those kinds of values that a schema leaves to the library whatever
// else is known of them: with "not" those that its schema does not refuse by their
// type alone.
func (p *planner) leavesAny(s map[string]any, among kind) (left kind) {
	if _, there := s["if"]; there {
		left = among
		p.slow["if"] = true
	}
	v, there := s["not"]
	if !there {
		return left
	}
	n := p.node([]any{v})
	met := n.types
	if met == 0 && v != false { // it may only be one that is not understood
		met = kindAny
	}
	if among != 0 && met&among == among {
		p.slow["not"] = true
	}
	return left | met&among
}

// leftOut are the keywords of objects and arrays that the library judges.
var leftOut = map[kind][]string{
	kindObject: {"enum", "const", "propertyNames", "dependencies"},
	kindArray:  {"enum", "const", "contains"},
}

// matters reports whether a keyword is there and not in a form that means nothing.
func matters(s map[string]any, keyword string) bool {
	v, there := s[keyword]
	if m, ok := v.(map[string]any); ok && len(m) == 0 {
		return keyword == "const" || keyword == "contains" || keyword == "propertyNames"
	}
	return there
}

// possible are the alternatives for values of a kind: one of them must hold. free
// says that one holds for all of them.
func (p *planner) possible(alternatives []any, one bool, k kind) (possible []*node, free bool) {
	for _, a := range alternatives {
		n := p.node([]any{a})
		if n.types&k == 0 {
			continue
		}
		possible = append(possible, n)
		if n == p.any || (!one && !slices.ContainsFunc(n.parts, func(s map[string]any) bool { return constrains(s, k) })) {
			free = true
		}
	}
	return possible, free && (!one || len(possible) == 1)
}

var constraints = map[kind][]string{
	kindObject: {"properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties"},
	kindArray:  {"items", "uniqueItems", "minItems", "maxItems"},
}

// constrains reports whether a schema may refuse some value of the kind.
func constrains(s map[string]any, k kind) bool {
	for _, list := range [][]string{{"not", "if"}, leftOut[k], constraints[k], {"anyOf", "oneOf"}} {
		for _, keyword := range list {
			if _, there := s[keyword]; there {
				return true
			}
		}
	}
	return false
}

// planObject makes a plan of the schemas that apply to an object, or none.
func (p *planner) planObject(parts []map[string]any) *objectPlan {
	patterns, ok := p.patterns(parts)
	if !ok {
		return nil
	}
	o := newObjectPlan(0, -1)
	var required []string
	for _, s := range parts {
		for _, name := range asArray(s["required"]) {
			text, _ := name.(string)
			required = append(required, text)
		}
		least, most := limits(s, "minProperties", "maxProperties")
		o.min, o.max = max(o.min, least), smaller(o.max, most)
	}
	members, bounded := p.memberSchemas(parts, patterns)
	p.planOthers(o, bounded, patterns)
	unwritten := false
	for _, name := range sortedKeys(members) {
		if canBeWritten(name) {
			o.add(name, p.node(members[name]))
		} else {
			unwritten = true
		}
	}
	for _, name := range required {
		at := o.byName[name]
		if at == nil {
			other := o.other([]byte(name))
			if _, there := members[name]; there || other == nil || !canBeWritten(name) {
				return nil
			}
			at = o.add(name, other)
		}
		o.require(at.index)
	}
	if unwritten {
		o.others, o.patterns = nil, nil // such a name is not to pass for an unknown one
	}
	o.link()
	return o
}

// orNone is nil for a node that nothing can pass.
func orNone(n *node) *node {
	if n.kinds == 0 && n.types == 0 {
		return nil
	}
	return n
}

// memberSchemas are what applies to each member that is a property of some schema,
// and the schemas that say something of other members as well.
func (p *planner) memberSchemas(parts []map[string]any, patterns []pattern) (members map[string][]any, bounded []map[string]any) {
	members = map[string][]any{}
	for _, s := range parts {
		for name, v := range asObject(s["properties"]) {
			p.work--
			members[name] = append(members[name], v)
		}
		_, closed := s["additionalProperties"]
		if closed || len(asObject(s["patternProperties"])) > 0 {
			bounded = append(bounded, s)
		}
	}
	for name := range members {
		if p.work -= len(bounded) + len(patterns)*len(name); p.lost() {
			break
		}
		named := func(s map[string]any) bool {
			_, there := asObject(s["properties"])[name]
			return there
		}
		mask := matching(patterns, []byte(name))
		members[name] = append(members[name], beside(bounded, patterns, mask, named)...)
	}
	return members, bounded
}

func newObjectPlan(least, most int) *objectPlan {
	return &objectPlan{byName: map[string]*property{}, min: least, max: most}
}

func (o *objectPlan) require(index int) { *o.word(index) |= 1 << (index % 64) }

func (o *objectPlan) requires(index int) bool { return *o.word(index)>>(index%64)&1 == 1 }

func (o *objectPlan) word(index int) *uint64 {
	if index < 64 {
		return &o.low
	}
	return &o.words[index/64-1]
}

func limits(s map[string]any, least, most string) (int, int) {
	from, to := 0, -1
	if n, ok := wholeNumber(s[least]); ok {
		from = n
	}
	if n, ok := wholeNumber(s[most]); ok {
		to = n
	}
	return from, to
}

// smaller is the smaller of two upper bounds; -1 means no bound.
func smaller(a, b int) int {
	if a < 0 || (b >= 0 && b < a) {
		return b
	}
	return a
}

// wholeNumber reads a number as the library does for lengths and counts.
func wholeNumber(v any) (int, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := strconv.Atoi(string(n))
	return i, err == nil
}
