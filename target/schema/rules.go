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
		r.pattern, _ = regexp.Compile(pattern) // the library also does
		if tree, err := syntax.Parse(pattern, syntax.Perl); err == nil {
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

// allows reports whether the text is proven.
func (r *textRule) allows(text []byte) bool {
	if len(text) < r.min || (r.max >= 0 && len(text) > r.max) || r.min > 1 { // bytes are no fewer than runes
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

// decimal is a number that has no exponent, taken apart.
type decimal struct {
	negative bool
	whole    int64 // the integer part's amount
	scaled   int64 // all digits as one number; -1: too many of them
	digits   int   // after the point, without zeros at the end
}

// maxDigits are the digits that fit an int64, whatever they are.
const maxDigits = 18

// parseDecimal takes apart a number without an exponent, of which the point, if
// there is one, is at text[point]. It is not ok if an int64 has no room for the
// integer part.
func parseDecimal(text []byte, point int) (d decimal, ok bool) {
	first := 0
	if text[0] == '-' {
		d.negative, first = true, 1
	}
	if point-first > maxDigits+1 {
		return d, false
	}
	for _, c := range text[first:point] {
		d.whole = d.whole*10 + int64(c-'0') // 19 digits overflow once at most, and turn negative
	}
	if d.whole < 0 || d.whole == math.MaxInt64 {
		return d, false
	}
	end := len(text)
	for end > point+1 && text[end-1] == '0' {
		end--
	}
	d.scaled = d.whole
	if end <= point+1 {
		return d, true
	}
	d.digits = end - point - 1
	if point-first+d.digits > maxDigits {
		d.scaled = -1
		return d, true
	}
	for _, c := range text[point+1 : end] {
		d.scaled = d.scaled*10 + int64(c-'0')
	}
	return d, true
}

// allows reports whether the number is proven.
func (r *numberRule) allows(t *token) bool {
	if r.never || t.kind == kindExponent {
		return false
	}
	d, ok := parseDecimal(t.text, t.point)
	if !ok {
		return false
	}
	// The number lies between two whole ones, of which both must be allowed.
	from, to := d.whole, d.whole
	if d.digits > 0 {
		to++
	}
	if d.negative {
		from, to = -to, -from
	}
	return from >= r.min && to <= r.max && r.divides(d)
}

func (r *numberRule) divides(d decimal) bool {
	switch more := r.digits - d.digits; {
	case r.factor == 0 || (r.factor == 1 && more >= 0):
		return true
	case d.scaled < 0:
		return false
	case more >= 0: // scaled * 10^more % factor, by remainders
		rest := d.scaled % r.factor
		for range more {
			rest = rest * 10 % r.factor
		}
		return rest == 0
	}
	return false // more digits than a multiple has
}

// valueSet is an enum or a const. Numbers are in it only where they are written
// in the one usual way.
type valueSet struct {
	texts    map[string]bool // strings
	literals map[string]bool // null, true, false and integers
}

func newValueSet(s map[string]any) (set valueSet, ok bool) {
	set = valueSet{map[string]bool{}, map[string]bool{}}
	list := asArray(s["enum"])
	ok = len(list) > 0
	if ok {
		for _, v := range list {
			set.add(v)
		}
	}
	v, there := s["const"]
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
	point   int    // of a number: the index of its point, or its length
	scratch *[]byte
}

func (t *token) decoded() []byte {
	if t.escaped {
		*t.scratch = jsonscan.AppendUnquoted((*t.scratch)[:0], t.text)
		t.text, t.escaped = *t.scratch, false
	}
	return t.text
}

// proves looks at a scalar of which the kind alone says too little.
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
	case t.kind&kindNumber != 0:
		for i := range n.numbers {
			if !n.numbers[i].allows(t) {
				return false
			}
		}
	}
	for i := range n.groups {
		if !n.groups[i].proves(t) {
			return false
		}
	}
	return true
}

func (g *group) proves(t *token) bool {
	proven, possible := 0, 0
	for _, n := range g.nodes {
		if n.types&t.kind != 0 {
			possible++
			if n.proves(t) {
				proven++
			}
		}
	}
	return proven > 0 && (!g.one || possible == 1)
}
