package schema

import (
	"encoding/json"
	"math"
	"math/big"
	"regexp"
	"regexp/syntax"
	"strconv"
	"unicode/utf8"

	"github.com/xeipuuv/gojsonschema"

	"target-s3/singer/jsonscan"
)

// textRule is what a schema demands of strings.
type textRule struct {
	min, max int // in runes; max -1: none
	pattern  *regexp.Regexp
	format   string
	quick    func([]byte) bool // says yes to the usual texts of the format
	steps    int               // that looking at a byte takes at most
	quoted   int               // bytes of the pattern
	bytes    int               // memory that it takes
}

// rules are what schemas demand of scalars, made once for each of them: the plan
// may have one in many nodes.
type rules map[uintptr]*scalarRules

type scalarRules struct {
	text   *textRule // nil: nothing
	number *numberRule
	values *valueSet
}

func (r rules) of(s map[string]any) *scalarRules {
	id := identity(s)
	if known := r[id]; known != nil {
		return known
	}
	made := &scalarRules{}
	if rule, ok := newTextRule(s); ok {
		made.text = &rule
	}
	if rule, ok := newNumberRule(s); ok {
		made.number = &rule
	}
	if set, ok := newValueSet(s); ok {
		made.values = &set
	}
	r[id] = made
	return made
}

func newTextRule(s map[string]any) (r textRule, ok bool) {
	r.min, r.max = limits(s, "minLength", "maxLength")
	if pattern, there := s["pattern"].(string); there {
		if tree, err := syntax.Parse(pattern, syntax.Perl); err == nil {
			r.pattern, r.bytes = newPattern(pattern, tree)
			r.steps, r.quoted = sizeOf(tree)*stepsOfMatching, len(pattern)
		}
	}
	if format, there := s["format"].(string); there && gojsonschema.FormatCheckers.Has(format) {
		r.format, r.quick = format, quickFormats[format]
		r.steps += stepsOfFormat[format]
	}
	return r, r.min > 0 || r.max >= 0 || r.pattern != nil || r.format != ""
}

// keywords counts those that may each refuse a text.
func (r *textRule) keywords() (n int) {
	for _, there := range []bool{r.min > 0 || r.max >= 0, r.pattern != nil, r.format != ""} {
		if there {
			n++
		}
	}
	return n
}

// slowest is the keyword that takes most for each byte.
func (r *textRule) slowest() string {
	if r.format == "regex" {
		return "format regex"
	}
	return "pattern"
}

// spread is between how many bytes a text, or what is written for it, proves it. A
// character has at least one.
func (r *textRule) spread() (least, most int) {
	switch {
	case r.min > 1 || r.pattern != nil || r.format != "":
		return 0, -1
	case r.max < 0:
		return r.min, math.MaxInt
	}
	return r.min, r.max
}

// allows reports whether the text is proven.
func (r *textRule) allows(text []byte) bool {
	if len(text) < r.min || (r.max >= 0 && len(text) > r.max) || r.min > 1 { // bytes are not a fewer than runes
		n := utf8.RuneCount(text)
		if n < r.min || (r.max >= 0 && n > r.max) {
			return false
		}
	}
	if r.pattern != nil && !r.pattern.Match(text) {
		return false
	}
	if r.format == "" || (r.quick != nil && r.quick(text)) {
		return true
	}
	return gojsonschema.FormatCheckers.IsFormat(r.format, string(text))
}

// numberRule is what a schema demands of numbers. The bounds are whole numbers
// within the schema's own.
type numberRule struct {
	min, max int64
	// every number is a multiple of factor / 10^digits; factor 0: of anything
	factor int64
	digits int
	never  bool // a format, which no number has, or a bound that int64 has no room for
}

func newNumberRule(s map[string]any) (r numberRule, ok bool) {
	r.min, r.max = math.MinInt64, math.MaxInt64
	if format, there := s["format"].(string); there && gojsonschema.FormatCheckers.Has(format) {
		r.never, ok = true, true
	}
	for _, b := range []struct {
		keyword, exclusive string
		lower              bool
	}{{"minimum", "exclusiveMinimum", true}, {"maximum", "exclusiveMaximum", false}} {
		flag, _ := s[b.exclusive].(bool)
		if v, there := s[b.keyword]; there {
			r.bound(v, b.lower, flag)
			ok = true
		}
		if v, there := s[b.exclusive].(json.Number); there {
			r.bound(v, b.lower, true)
			ok = true
		}
	}
	if v, there := s["multipleOf"]; there {
		r.multiple(v)
		ok = true
	}
	return r, ok
}

// bound narrows the range to the whole numbers that the bound allows.
func (r *numberRule) bound(v any, lower, exclusive bool) {
	text, _ := v.(json.Number)
	limit, ok := new(big.Rat).SetString(string(text))
	if !ok || len(text) > 400 {
		r.never = true
		return
	}
	// Floor of the bound, or of what comes just below it.
	whole := new(big.Int).Div(limit.Num(), limit.Denom())
	switch {
	case lower && (exclusive || !limit.IsInt()):
		whole.Add(whole, big.NewInt(1))
	case !lower && exclusive && limit.IsInt():
		whole.Sub(whole, big.NewInt(1))
	}
	switch {
	case whole.IsInt64() && lower:
		r.min = max(r.min, whole.Int64())
	case whole.IsInt64():
		r.max = min(r.max, whole.Int64())
	case lower == (whole.Sign() > 0): // beyond all numbers that are looked at
		r.never = true
	}
}

// multiple plans for n/10^k, where n is small.
func (r *numberRule) multiple(v any) {
	text, _ := v.(json.Number)
	of, ok := new(big.Rat).SetString(string(text))
	if !ok || len(text) > 400 {
		r.never = true
		return
	}
	for ; !of.IsInt(); r.digits++ {
		if r.digits == 400 { // no power of ten makes a whole number of it
			r.never = true
			return
		}
		of.Mul(of, big.NewRat(10, 1))
	}
	if !of.Num().IsInt64() || of.Num().Int64() > 1<<31 {
		r.never = true
		return
	}
	r.factor = of.Num().Int64()
}

// allows reports whether the number is proven.
func (r *numberRule) allows(k kind, d decimal) bool {
	if r.never || k == kindExponent || d.whole < 0 {
		return false
	}
	// The number lies between two whole ones. Both must be allowed.
	from, to := d.whole, d.whole
	if k == kindFraction {
		to++
	}
	if d.negative {
		from, to = -to, -from
	}
	return from >= r.min && to <= r.max && (r.factor == 0 || r.divides(d))
}

func (r *numberRule) divides(d decimal) bool {
	more := r.digits - d.digits
	if r.factor == 1 && more >= 0 {
		return true
	}
	if d.scaled < 0 {
		return false
	}
	for ; more < 0; more++ { // zeros at the end say nothing
		if d.scaled%10 != 0 {
			return false // more digits than a multiple has
		}
		d.scaled /= 10
	}
	rest := d.scaled % r.factor // and of scaled * 10^more, by remainders
	for range more {
		rest = rest * 10 % r.factor
	}
	return rest == 0
}

// valueSet is an enum or a const. Numbers are in it only where they are written
// in the one usual way.
type valueSet struct {
	texts    map[string]bool // strings
	literals map[string]bool // null, true, false and integers
}

func newValueSet(s map[string]any) (set valueSet, ok bool) {
	list := asArray(s["enum"])
	v, there := s["const"]
	if ok = len(list) > 0; !ok && !there {
		return set, false
	}
	set = valueSet{map[string]bool{}, map[string]bool{}}
	for _, v := range list {
		set.add(v)
	}
	if !there {
		return set, ok
	}
	both := valueSet{map[string]bool{}, map[string]bool{}}
	both.add(v)
	if ok { // a value has to be in the enum as well
		both.intersect(set)
	}
	return both, true
}

func (set valueSet) intersect(other valueSet) {
	for v := range set.texts {
		set.texts[v] = other.texts[v]
	}
	for v := range set.literals {
		set.literals[v] = other.literals[v]
	}
}

func (set valueSet) add(v any) {
	switch v := v.(type) {
	case string:
		set.texts[v] = true
	case nil:
		set.literals["null"] = true
	case bool:
		set.literals[strconv.FormatBool(v)] = true
	case json.Number:
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil && n > -1<<53 && n < 1<<53 && string(v) == strconv.FormatInt(n, 10) {
			set.literals[string(v)] = true
		}
	}
}

func (set valueSet) has(t *token) bool {
	if t.kind == kindString {
		return set.texts[string(t.decoded())]
	}
	return set.literals[string(t.text)]
}

// token is a scalar as it stands in the text.
type token struct {
	kind    kind
	text    []byte // of a string what stands between its quotes
	escaped bool   // a string with a backslash, not decoded yet
	number  decimal
	scratch *[]byte
}

func (t *token) decoded() []byte {
	if t.escaped {
		*t.scratch = jsonscan.AppendUnquoted((*t.scratch)[:0], t.text)
		t.text, t.escaped = *t.scratch, false
	}
	return t.text
}

// proves looks at a scalar whose kind alone says too little.
func (n *node) proves(t *token) bool {
	if n.unchecked&t.kind != 0 {
		return true
	}
	if n.kinds&t.kind == 0 {
		return false
	}
	for i := range n.values {
		if !n.values[i].has(t) {
			return false
		}
	}
	switch {
	case t.kind == kindString:
		for i := range n.text {
			if !n.text[i].allows(t.decoded()) {
				return false
			}
		}
	case t.kind&kindNumber != 0 && !n.allowsNumber(t.kind, t.number):
		return false
	}
	for i := range n.groups {
		if !n.groups[i].proves(t) {
			return false
		}
	}
	return true
}

func (n *node) allowsNumber(k kind, d decimal) bool {
	for _, r := range n.numbers {
		if !r.allows(k, d) {
			return false
		}
	}
	return true
}

func (g *group) proves(t *token) bool {
	proven, possible := 0, 0
	for i, n := range g.nodes {
		if n.types&t.kind == 0 || (g.one && refuse(g.refuses[i], t)) {
			continue
		}
		possible++
		if n.proves(t) {
			proven++
		}
	}
	return proven > 0 && (!g.one || possible == 1)
}
