package schema

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"slices"
)

// pattern is one of patternProperties.
type pattern struct {
	of     uintptr // the schema that has it
	schema any     // of the members
	names  *regexp.Regexp
	all    bool // it matches any name of one line
}

// maxPatterns bounds those that apply to one object: what its other members must be
// is planned for each combination.
const maxPatterns = 3

// patterns are those of all the schemas. It is not ok where they are too many, or
// matching takes too long.
func (p *planner) patterns(parts []map[string]any) (list []pattern, ok bool) {
	for _, s := range parts {
		schemas := asObject(s["patternProperties"])
		for _, text := range sortedKeys(schemas) {
			names, err := regexp.Compile(text)
			tree, invalid := syntax.Parse(text, syntax.Perl)
			if err != nil || invalid != nil || len(list) == maxPatterns || sizeOf(tree)*stepsOfMatching > stepsPerByte {
				p.slow["patternProperties"] = true
				return nil, false
			}
			all := slices.Contains([]string{".+", ".*", "^.+$", "^.*$"}, text)
			list = append(list, pattern{identity(s), schemas[text], names, all})
		}
	}
	return list, true
}

// matching has a bit for each pattern that the name matches.
func matching(patterns []pattern, name []byte) (mask int) {
	for i := range patterns {
		q := &patterns[i]
		if (q.all && len(name) > 0 && bytes.IndexByte(name, '\n') < 0) || q.names.Match(name) {
			mask |= 1 << i
		}
	}
	return mask
}

// beside are the schemas of a member that are not in properties: those of the
// patterns that it matches, and additionalProperties of the schemas that know it in
// no other way.
func beside(parts []map[string]any, patterns []pattern, mask int, named func(map[string]any) bool) (list []any) {
	for _, s := range parts {
		matched := false
		for i := range patterns {
			if patterns[i].of == identity(s) && mask>>i&1 == 1 {
				list = append(list, patterns[i].schema)
				matched = true
			}
		}
		if v, there := s["additionalProperties"]; there && !matched && !named(s) {
			list = append(list, v)
		}
	}
	return list
}

// planOthers plans for the members that are not a property of any schema.
func (p *planner) planOthers(o *objectPlan, parts []map[string]any, patterns []pattern) {
	o.patterns = patterns
	for mask := range 1 << len(patterns) {
		list := beside(parts, patterns, mask, func(map[string]any) bool { return false })
		o.matched = append(o.matched, orNone(p.node(list)))
	}
	o.others = o.matched[0]
}

// other is the node of a member that is not a property. Nil: there may be none.
func (o *objectPlan) other(name []byte) *node {
	if len(o.patterns) == 0 {
		return o.others
	}
	return o.matched[matching(o.patterns, name)]
}
