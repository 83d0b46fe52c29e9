package schema

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// A plan is what a Prover needs of a schema: one node for every set of schemas
// that apply to the same value. It says yes or nothing. Whatever it leaves out
// makes fewer records provable and never a wrong one, so a keyword that is not
// planned for just takes its kinds of values out of the node.

// node is what is known of a value: all of parts apply to it. It does not change
// once the plan is complete, but for what objects learn.
type node struct {
	parts     []map[string]any
	types     kind // that no part's "type" or list of values excludes: any other kind is invalid for sure
	kinds     kind // that can be proven
	unchecked kind // of these, what needs no look at the value

	text    []*textRule
	numbers []*numberRule
	values  []*valueSet
	groups  []group
	weight  int // how many nodes a scalar may be tried on

	// What can be said of most values quickly.
	least, most int       // a string of so many bytes between its quotes is proven
	only        *textRule // all that is asked of strings, where it is one rule
	numeric     bool      // nothing is asked of numbers beside their rules
	short       shortNumber

	object  *objectPlan
	array   *arrayPlan
	objects []*objectPlan // object and others, where several alternatives are possible
	sieve   *sieve        // which of these, where others must not hold
	arrays  []*arrayPlan
}

// group is an anyOf or a oneOf, as scalars are judged by it. For objects and
// arrays the one alternative that can apply is merged into the plan.
type group struct {
	nodes   []*node
	refuses [][]*refusal // of each, in a oneOf: what it refuses for sure
	one     bool
}

type arrayPlan struct {
	first    []*node // of the elements that come first, where they have their own
	items    *node
	min, max int
	unique   bool
}

type objectPlan struct {
	properties []*property
	byName     map[string]*property
	escaped    map[string]*property // by what stands between the quotes, where that has escapes
	others     *node                // of members that are not a property; nil: there may be none
	patterns   []pattern
	matched    []*node  // others by which of the patterns their names match
	low        uint64   // a bit for each of the first 64 properties that is required
	words      []uint64 // the same for those beyond
	min, max   int
	first      atomic.Pointer[property]
}

// property is a member that an object is expected to have. What is looked at for each
// comes first, to be in one line of the processor's cache.
type property struct {
	label   [labelWords]uint64 // how the label begins
	labeled int                // how long it is
	bit     uint64             // of the property among those that are met
	word    int                // that has the bit
	node    *node
	// next is the property that followed when this one was last met: taps write
	// the members of all records in one order. It is a hint that workers share.
	next    atomic.Pointer[property]
	notNull bool

	index int
	name  string
	text  string    // the label: what Python writes in front of the value: the name in quotes, colon and space
	twin  *property // the same as Python spells it, nil where that is no other way
}

// maxNodes and the work bound what the alternatives of a schema can multiply to.
// Where they do nothing is proven, and the library is asked.
const (
	maxNodes    = 20_000
	freeWork    = 200_000
	workPerByte = 4
)

// planner makes the plan of a schema.
type planner struct {
	names     names
	nodes     map[string]*node
	unplanned []*node // their objects and arrays are yet to be planned
	any       *node
	rules     rules
	same      *leaves
	draft     func() draft
	refused   map[uintptr]*refusal
	kinds     map[uintptr]kind // of the values that schemas list
	work      int              // looks at a schema that are left
	slow      map[string]bool  // keywords that were not planned for
	most      int              // plans for one value, at most
	several   bool             // there was more than one for some
	refers    bool             // a schema refers to another
}

// plan returns the node of the whole schema, whose text has so many bytes, or nil
// where nothing could be proven, and the keywords that are the library's alone.
func plan(doc any, n names, r rules, keys []string, size int, l *leaves) (*node, []string) {
	p := newPlanner(n, r, size, maxChoices, l)
	root := p.whole(doc)
	if p.lost() && p.several {
		p = newPlanner(n, r, size, 1, l)
		root = p.whole(doc)
	}
	if p.lost() {
		return nil, []string{"too many combinations"}
	}
	for _, n := range p.nodes {
		n.parts = nil // nobody needs the decoded schema any more
	}
	if root.objects != nil && root.sieve == nil {
		p.slow["anyOf"] = true // the record has one plan alone
	}
	if root.sieve != nil {
		p.slow["oneOf"] = true
	}
	slow := slices.Sorted(maps.Keys(p.slow))
	if root.kinds&kindObject == 0 || root.sieve != nil {
		return nil, slow
	}
	return p.withKeys(root, keys), slow
}

func newPlanner(n names, r rules, size, most int, l *leaves) *planner {
	p := &planner{most: most, names: n, same: l, nodes: map[string]*node{}, rules: r, work: freeWork + workPerByte*size, slow: map[string]bool{}, refused: map[uintptr]*refusal{}, kinds: map[uintptr]kind{}}
	p.draft = sync.OnceValue(func() draft { return draftOf(asObject(n.root), hybrid(n.root, l)) })
	p.any = &node{types: kindAny, kinds: kindAny, unchecked: kindScalar}
	p.any.hasten()
	p.any.object = &objectPlan{others: p.any, max: -1}
	p.any.array = &arrayPlan{items: p.any, max: -1}
	return p
}

// whole plans for the records.
func (p *planner) whole(doc any) *node {
	root := p.node([]any{doc})
	for len(p.unplanned) > 0 && !p.lost() {
		next := p.unplanned[len(p.unplanned)-1]
		p.unplanned = p.unplanned[:len(p.unplanned)-1]
		p.containers(next)
	}
	return root
}

func (p *planner) lost() bool { return p.work < 0 || len(p.nodes) > maxNodes }

// withKeys requires the key properties, and that they are not null.
func (p *planner) withKeys(n *node, keys []string) *node {
	if len(keys) == 0 {
		return n
	}
	o := n.object
	if p.refers { // and other values may have the same plan
		o = o.again()
	}
	for _, key := range keys {
		at := o.byName[key]
		if at == nil {
			other := o.other([]byte(key))
			if other == nil || !canBeWritten(key) {
				return nil
			}
			at = o.add(key, other)
		}
		at.neverNull()
		o.require(at.index)
	}
	o.link()
	return &node{types: n.types & kindObject, kinds: kindObject, object: o}
}

// again makes another plan that says the same.
func (o *objectPlan) again() *objectPlan {
	other := newObjectPlan(o.min, o.max)
	other.others, other.patterns, other.matched = o.others, o.patterns, o.matched
	for i, old := range o.properties {
		if other.add(old.name, old.node); o.requires(i) {
			other.require(i)
		}
	}
	return other
}

// node returns the node of the schemas that apply together. Scalars are planned
// for at once, because they depend on what applies to the same value alone, and
// that has no cycles; objects and arrays later, because they may contain
// themselves.
func (p *planner) node(schemas []any) *node {
	leaf := p.leaf(schemas)
	if leaf != nil && leaf.node != nil {
		return leaf.node
	}
	parts, never := p.expand(schemas)
	if never {
		return &node{most: -1}
	}
	if len(parts) == 0 {
		return p.any
	}
	id := together(parts)
	if n := p.nodes[id]; n != nil {
		return n
	}
	n := &node{parts: parts, types: kindAny, weight: 1}
	p.nodes[id] = n
	for _, s := range parts {
		n.types &= p.kindsOf(s)
	}
	if p.lost() {
		return n
	}
	if leaf == nil {
		p.scalars(n)
	} else {
		p.shared(leaf, n)
	}
	p.unplanned = append(p.unplanned, n)
	return n
}

// expand follows references and allOf. All of it applies to the same value, so
// each schema counts once. never says that one of them is false.
func (p *planner) expand(schemas []any) (parts []map[string]any, never bool) {
	seen := map[uintptr]bool{}
	for len(schemas) > 0 && !p.lost() {
		p.work--
		s := schemas[0]
		schemas = schemas[1:]
		switch s := s.(type) {
		case bool:
			never = never || !s
		case map[string]any:
			if seen[identity(s)] {
				continue
			}
			seen[identity(s)] = true
			if ref, ok := s["$ref"].(string); ok { // its siblings do not count
				p.refers = true
				target, err := p.names.resolve(ref)
				if err != nil {
					target = nil
				}
				schemas = append(schemas, target)
				continue
			}
			parts = append(parts, s)
			schemas = append(schemas, asArray(s["allOf"])...)
		default:
			never = true // the library compiled something here that is not understood
		}
	}
	return parts, never
}

// together names a list of schemas.
func together(parts []map[string]any) string {
	var b strings.Builder
	for _, s := range parts {
		fmt.Fprintf(&b, "%x.", identity(s))
	}
	return b.String()
}

func asArray(v any) []any {
	a, _ := v.([]any)
	return a
}

// scalars plans for null, booleans, numbers and strings.
func (p *planner) scalars(n *node) {
	n.kinds = n.types & kindScalar
	if n.types&kindFraction == 0 {
		n.kinds &^= kindExponent
	}
	checked := kind(0) // kinds whose values are looked at
	for _, s := range n.parts {
		n.kinds &^= p.leavesAny(s, n.kinds)
		rules := p.rules.of(s)
		if rule := rules.text; rule != nil {
			n.text = append(n.text, rule)
			checked |= kindString
			if rule.steps > stepsPerByte || rule.format == "regex" {
				p.slow[rule.slowest()] = true
				n.kinds &^= kindString
			}
		}
		if rules.number != nil {
			n.numbers = append(n.numbers, rules.number)
			checked |= kindNumber
		}
		if rules.values != nil {
			n.values = append(n.values, rules.values)
			checked |= kindScalar
		}
	}
	n.unchecked = n.kinds &^ checked
	p.groups(n, func(alternatives []any, one bool) {
		g := group{one: one}
		for _, a := range alternatives {
			alternative := p.node([]any{a})
			if one {
				g.refuses = append(g.refuses, p.refusals(a))
			}
			g.nodes = append(g.nodes, alternative)
			n.weight += alternative.weight
		}
		n.kinds &^= g.hopeless(kindScalar)
		if free := g.free(kindScalar); n.kinds&^free != 0 {
			n.groups = append(n.groups, g)
			n.unchecked &= free
		}
	})
	if n.weight > maxWeight {
		p.slow["too many combinations"] = true
		n.kinds, n.weight = 0, 1
	}
	n.unchecked &= n.kinds
	n.hasten()
}

// hasten finds what can be said quickly.
func (n *node) hasten() {
	n.least, n.most = 0, -1
	n.numeric = len(n.values) == 0 && len(n.groups) == 0
	switch {
	case n.unchecked&kindString != 0:
		n.most = math.MaxInt
	case n.kinds&kindString != 0 && n.numeric && len(n.text) == 1:
		n.only = n.text[0]
		n.least, n.most = n.only.spread()
	}
	n.short = n.shortNumbers()
}

// maxWeight bounds how many nodes a scalar is tried on.
const maxWeight = 300

// groups calls f for each anyOf and oneOf.
func (p *planner) groups(n *node, f func(alternatives []any, one bool)) {
	for _, s := range n.parts {
		p.work--
		for _, keyword := range []string{"anyOf", "oneOf"} {
			if list := asArray(s[keyword]); len(list) > 0 {
				f(list, keyword == "oneOf")
			}
		}
	}
}

// hopeless are the kinds that no alternative can prove.
func (g group) hopeless(among kind) kind {
	for _, n := range g.nodes {
		among &^= n.kinds
	}
	return among
}

// free are the kinds for which the group asks no more than that.
func (g group) free(among kind) (free kind) {
	for k := kindNull; k <= kindString; k <<= 1 {
		possible, unchecked := 0, 0
		for _, n := range g.nodes {
			if n.types&k != 0 {
				possible++
			}
			if n.unchecked&k != 0 {
				unchecked++
			}
		}
		if unchecked > 0 && (!g.one || possible == 1) {
			free |= k
		}
	}
	return free & among
}
