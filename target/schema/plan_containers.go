package schema

import (
	"encoding/json"
	"slices"
	"strconv"
)

// containers plans for objects and arrays.
func (p *planner) containers(n *node) {
	if n.types&kindObject != 0 {
		if parts, ok := p.applying(n, kindObject); ok {
			p.planObject(n, parts)
		}
	}
	if n.types&kindArray != 0 {
		if parts, ok := p.applying(n, kindArray); ok {
			p.planArray(n, parts)
		}
	}
}

// applying are the schemas that decide on an object or an array, with the one
// alternative of each anyOf and oneOf that can. It is not ok where several can,
// or where something else decides as well.
func (p *planner) applying(n *node, k kind) (parts []map[string]any, ok bool) {
	seen := map[*node]bool{n: true}
	met := map[uintptr]bool{}
	ok = true
	for queue := []*node{n}; len(queue) > 0 && ok && !p.lost(); queue = queue[1:] {
		n := queue[0]
		if p.leaves(n, k) {
			return nil, false
		}
		for _, s := range n.parts {
			if !met[identity(s)] {
				met[identity(s)] = true
				parts = append(parts, s)
			}
		}
		p.groups(n, func(alternatives []any, one bool) {
			chosen, free := p.choose(alternatives, one, k)
			switch {
			case free || !ok:
			case chosen == nil:
				ok = false
			case !seen[chosen]:
				seen[chosen] = true
				queue = append(queue, chosen)
			}
		})
	}
	return parts, ok
}

// leaves reports whether a node leaves objects, or arrays, to the library.
func (p *planner) leaves(n *node, k kind) bool {
	for _, s := range n.parts {
		for _, keyword := range append(conditional, leftOut[k]...) {
			if matters(s, keyword) {
				p.slow[keyword] = true
				return true
			}
		}
	}
	return false
}

// leftOut are the keywords of objects and arrays that the library judges.
var leftOut = map[kind][]string{
	kindObject: {"enum", "const", "patternProperties", "propertyNames", "dependencies"},
	kindArray:  {"enum", "const", "uniqueItems", "contains"},
}

// matters reports whether a keyword is there and not in a form that means nothing.
func matters(s map[string]any, keyword string) bool {
	switch v := s[keyword].(type) {
	case nil:
		_, there := s[keyword]
		return there // const: null
	case bool:
		return v || keyword != "uniqueItems"
	case map[string]any:
		return len(v) > 0 || keyword == "not" || keyword == "if" || keyword == "const" || keyword == "contains" || keyword == "propertyNames"
	}
	return true
}

// choose finds the alternative that has to hold for values of a kind. free says
// that one holds for all of them.
func (p *planner) choose(alternatives []any, one bool, k kind) (chosen *node, free bool) {
	possible := 0
	for _, a := range alternatives {
		n := p.node([]any{a})
		if n.types&k == 0 {
			continue
		}
		possible++
		chosen = n
		if n == p.any || (!one && !slices.ContainsFunc(n.parts, func(s map[string]any) bool { return constrains(s, k) })) {
			free = true
		}
	}
	if one && possible > 1 {
		return nil, false
	}
	if free {
		return nil, true
	}
	if possible > 1 {
		p.slow[map[bool]string{false: "anyOf", true: "oneOf"}[one]] = true
		return nil, false
	}
	return chosen, false
}

var constraints = map[kind][]string{
	kindObject: {"properties", "required", "additionalProperties", "minProperties", "maxProperties"},
	kindArray:  {"items", "minItems", "maxItems"},
}

// constrains reports whether a schema may refuse some value of the kind.
func constrains(s map[string]any, k kind) bool {
	for _, list := range [][]string{conditional, leftOut[k], constraints[k], {"anyOf", "oneOf"}} {
		for _, keyword := range list {
			if _, there := s[keyword]; there {
				return true
			}
		}
	}
	return false
}

func (p *planner) planArray(n *node, parts []map[string]any) {
	a := &arrayPlan{max: -1}
	var items []any
	for _, s := range parts {
		switch v := s["items"].(type) {
		case nil:
		case []any:
			if len(v) > 0 {
				p.slow["items as a list"] = true
				return
			}
		default:
			items = append(items, v)
		}
		least, most := limits(s, "minItems", "maxItems")
		a.min, a.max = max(a.min, least), smaller(a.max, most)
	}
	n.kinds |= kindArray
	n.array = a
	a.items = p.node(items)
}

func (p *planner) planObject(n *node, parts []map[string]any) {
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
	n.kinds |= kindObject
	n.object = o
	members, others := p.memberSchemas(parts)
	o.others = orNone(p.node(others))
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
			if _, there := members[name]; there || o.others == nil || !canBeWritten(name) {
				n.kinds, n.object = n.kinds&^kindObject, nil
				return
			}
			at = o.add(name, o.others)
		}
		o.require(at.index)
	}
	if unwritten {
		o.others = nil // such a name is not to pass for an unknown one
	}
	o.link()
}

// orNone is nil for a node that nothing can pass.
func orNone(n *node) *node {
	if n.kinds == 0 && n.types == 0 {
		return nil
	}
	return n
}

// memberSchemas are what applies to each member that is a property of some schema,
// of each schema its property or else its additionalProperties, and what applies
// to all others.
func (p *planner) memberSchemas(parts []map[string]any) (members map[string][]any, others []any) {
	members = map[string][]any{}
	var bounded []map[string]any // those with additionalProperties
	for _, s := range parts {
		for name, v := range asObject(s["properties"]) {
			p.work--
			members[name] = append(members[name], v)
		}
		if v, there := s["additionalProperties"]; there {
			bounded, others = append(bounded, s), append(others, v)
		}
	}
	for name := range members {
		for _, s := range bounded {
			if p.work--; p.lost() {
				return members, others
			}
			if _, there := asObject(s["properties"])[name]; !there {
				members[name] = append(members[name], s["additionalProperties"])
			}
		}
	}
	return members, others
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

// smaller is the smaller of two upper bounds; -1 is no bound.
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
