package schema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp/syntax"
	"strconv"
	"strings"
)

// estimate is what it will cost to have the library judge a value. The library
// cannot be interrupted, so that it is asked only once this is known. The walk
// follows each way that the library goes, as often as it goes it, and ends where
// there is too much of it.
//
// It also counts the errors that the library will find. Each takes it some
// microseconds and a kilobyte, and it goes on to the last one. Those that are not
// sure count, too: where there are none the library finds the value valid.
type estimate struct {
	steps, maxSteps int64
	bytes, maxBytes int64
	errors          int // that there may be
	certain         int // of these, those that there will be
	cannot          string
	depth           int
}

// Steps take about 10 ns. A record, or a schema, of some bytes may take a number of
// steps that grows with them: far more than any takes that is meant as such. One
// that has 10,000 columns, which the library compares each with each, takes 400 a
// byte.
const (
	freeSteps    = 1_000_000
	stepsPerByte = 500
)

func stepsFor(size int) int64 { return freeSteps + stepsPerByte*int64(size) }

const (
	stepsOfVisit   = 25
	stepsOfSchema  = 10 // each of several for the same value
	stepsOfText    = 20
	stepsOfName    = 15 // of looking up one
	stepsOfError   = 400
	stepsOfLiteral = 50
	bytesOfError   = 1_300
	bytesOfLiteral = 150
)

// maxLevelsJudged bounds the stack that the library takes, at a kilobyte a level:
// schemas within one another count at each level of the record.
const maxLevelsJudged = 20_000

// refusal is why the library is not to be asked, or nil.
func (w *estimate) refusal() error {
	const many = 1000
	switch {
	case w.cannot != "":
		return &Invalid{Reason: w.cannot}
	case w.bytes > w.maxBytes && w.certain > many:
		return &Invalid{fmt.Sprintf("it contradicts its schema in more than %d places", many), true}
	case w.bytes > w.maxBytes:
		return &Invalid{fmt.Sprintf("checking it against its schema would take more than the %d bytes of memory available", w.maxBytes), true}
	case w.steps > w.maxSteps:
		return &Invalid{Reason: fmt.Sprintf("checking it against its schema would take too long: more than the %d steps that a record of its size may take", w.maxSteps)}
	}
	return nil
}

func (w *estimate) over() bool {
	return w.steps > w.maxSteps || w.bytes > w.maxBytes || w.cannot != ""
}

// fail counts an error at a place whose name has so many bytes, and that quotes
// so many more.
func (w *estimate) fail(path, quoted int, certain bool) {
	w.errors++
	if certain {
		w.certain++
	}
	w.steps += int64(stepsOfError + w.depth + (path+quoted)/8)
	w.bytes += int64(bytesOfError + 5*path + 3*quoted)
}

// visit follows the judgement of a value by a schema.
func (w *estimate) visit(m *model, v any, path int) {
	w.steps += stepsOfVisit
	if w.over() {
		return
	}
	outside := w.depth
	defer func() { w.depth = outside }()
	for w.depth++; m.ref != nil; w.depth++ {
		m = m.ref
		w.steps += stepsOfSchema
		if w.depth > maxLevelsJudged {
			break
		}
	}
	if w.depth > maxLevelsJudged {
		w.cannot = fmt.Sprintf("it and its schema together nest deeper than %d levels", maxLevelsJudged)
		return
	}
	if m.never {
		w.fail(path, 0, true)
		return
	}
	k := w.kindOf(v)
	if m.typed && m.types&k == 0 {
		w.fail(path, 0, true)
		return
	}
	if m.combine != nil {
		w.combined(m.combine, v, path)
	}
	w.dependent(m.object, v, path)
	switch v := v.(type) {
	case []any:
		if m.array != nil {
			w.array(m.array, v, path)
		}
	case map[string]any:
		if m.object != nil {
			w.object(m.object, v, path)
		}
	case string:
		w.steps += stepsOfText
		if m.text != nil {
			w.text(m.text, v, path)
		}
	case json.Number:
		w.number(m, v, path)
	}
	if m.values != nil && !w.over() {
		w.literals(m.values, v, path)
	}
}

// kindOf is the one kind of a value. Numbers are looked at as the library does.
func (w *estimate) kindOf(v any) kind {
	switch v := v.(type) {
	case nil:
		return kindNull
	case bool:
		return kindBool
	case string:
		return kindString
	case []any:
		return kindArray
	case map[string]any:
		return kindObject
	case json.Number:
		w.steps += stepsOfNumber(digitsOf(v))
		if !strings.ContainsAny(string(v), ".eE") {
			return kindInteger
		}
		if r, ok := new(big.Rat).SetString(string(v)); !w.over() && ok && r.IsInt() {
			return kindInteger
		}
		return kindFraction
	}
	return 0
}

// outcome is what came of a schema whose errors are not those of the whole.
type outcome struct {
	errors, certain int
	bytes           int64
}

func (w *estimate) try(m *model, v any, path int) (o outcome) {
	before := outcome{w.errors, w.certain, w.bytes}
	w.steps += stepsOfSchema
	w.visit(m, v, path)
	o = outcome{w.errors - before.errors, w.certain - before.certain, w.bytes - before.bytes}
	if !w.over() {
		w.errors, w.certain, w.bytes = before.errors, before.certain, before.bytes
	}
	return o
}

func (w *estimate) combined(c *combineModel, v any, path int) {
	w.anyOf(c.anyOf, v, path)
	w.oneOf(c.oneOf, v, path)
	w.together(c.allOf, v, path)
	if c.not != nil {
		if o := w.try(c.not, v, path); o.certain == 0 {
			w.fail(path, 0, o.errors == 0)
		}
	}
	if c.when == nil {
		return
	}
	o, certain := w.try(c.when, v, path), w.certain
	if c.then != nil && o.certain == 0 {
		w.together([]*model{c.then}, v, path)
	}
	if c.other != nil && o.errors > 0 {
		w.together([]*model{c.other}, v, path)
	}
	if o.errors > 0 && o.certain == 0 { // nobody knows which of the two holds
		w.certain = certain
	}
}

// together are schemas that all have to hold, with an error of their own if one
// does not.
func (w *estimate) together(all []*model, v any, path int) {
	errors, certain := w.errors, w.certain
	for _, m := range all {
		w.steps += stepsOfSchema
		if w.visit(m, v, path); w.over() {
			return
		}
	}
	if w.errors > errors {
		w.fail(path, 0, w.certain > certain)
	}
}

// anyOf ends with the first alternative that holds. Of those that do not, the
// errors of one are kept.
func (w *estimate) anyOf(list []*model, v any, path int) {
	if len(list) == 0 {
		return
	}
	kept, certain := int64(0), true
	for _, m := range list {
		o := w.try(m, v, path)
		if o.errors == 0 || w.over() {
			return
		}
		kept, certain = max(kept, o.bytes), certain && o.certain > 0
	}
	w.bytes += kept
	w.fail(path, 0, certain)
}

// oneOf tries all alternatives.
func (w *estimate) oneOf(list []*model, v any, path int) {
	if len(list) == 0 {
		return
	}
	kept, sure, maybe := int64(0), 0, 0
	for _, m := range list {
		switch o := w.try(m, v, path); {
		case w.over():
			return
		case o.errors == 0:
			sure++
		case o.certain == 0:
			maybe++
			kept = max(kept, o.bytes)
		default:
			kept = max(kept, o.bytes)
		}
	}
	if sure == 1 && maybe == 0 {
		return
	}
	if sure == 0 {
		w.bytes += kept
	}
	w.fail(path, 0, sure > 1 || maybe == 0)
}

// dependent follows what a member of an object asks of the object.
func (w *estimate) dependent(o *objectModel, v any, path int) {
	object, ok := v.(map[string]any)
	if !ok || o == nil || o.needs == nil {
		return
	}
	for name := range object {
		w.steps += stepsOfName
		n, ok := o.needs[name]
		if !ok {
			continue
		}
		if n.schema != nil {
			w.visit(n.schema, v, path)
		}
		for _, name := range n.names {
			w.steps += stepsOfName
			if _, there := object[name]; !there {
				w.fail(path, len(name), true)
			}
		}
		if w.over() {
			return
		}
	}
}

func (w *estimate) array(a *arrayModel, list []any, path int) {
	if len(list) < a.least || (a.most >= 0 && len(list) > a.most) {
		w.fail(path, 0, true)
	}
	below := path + 1 + len(strconv.Itoa(len(list)))
	for i, v := range list {
		m := a.element(i)
		if m == nil {
			break
		}
		if m == a.additional && m.never {
			w.fail(path, 0, true)
			break
		}
		w.steps += stepsOfSchema
		if w.visit(m, v, below); w.over() {
			return
		}
	}
	if a.unique {
		w.unique(list, path)
	}
	if a.contains != nil {
		w.anyElement(a.contains, list, path, below)
	}
}

// element is the schema of an element, if there is one.
func (a *arrayModel) element(i int) *model {
	switch {
	case a.every != nil:
		return a.every
	case i < len(a.list):
		return a.list[i]
	case a.list != nil:
		return a.additional
	}
	return nil
}

func (w *estimate) unique(list []any, path int) {
	seen := map[string]bool{}
	for _, v := range list {
		size := w.literal(v)
		if w.bytes += 3*size + bytesOfLiteral; w.over() {
			return
		}
		key, exact := literalKey(v)
		if !exact || seen[key] {
			w.fail(path, 0, exact)
		}
		if exact {
			seen[key] = true
		}
	}
}

// literalKey is a text that scalars share where the library takes them for the
// same value. For arrays and objects it is not known.
func literalKey(v any) (key string, exact bool) {
	switch v := v.(type) {
	case string:
		return `"` + v, true
	case json.Number:
		f, err := strconv.ParseFloat(string(v), 64)
		return strconv.FormatFloat(f, 'g', -1, 64), err == nil
	case []any, map[string]any:
		return "", false
	}
	return fmt.Sprint(v), true
}

// anyElement ends with the first element for which the schema holds.
func (w *estimate) anyElement(m *model, list []any, path, below int) {
	kept, certain := int64(0), true
	for _, v := range list {
		o := w.try(m, v, below)
		if o.errors == 0 || w.over() {
			return
		}
		kept, certain = max(kept, o.bytes), certain && o.certain > 0
	}
	w.bytes += kept
	w.fail(path, 0, certain)
}

func (w *estimate) object(o *objectModel, object map[string]any, path int) {
	if len(object) < o.least || (o.most >= 0 && len(object) > o.most) {
		w.fail(path, 0, true)
	}
	for _, name := range o.required {
		w.steps += stepsOfName
		if _, there := object[name]; !there {
			w.fail(path, len(name), true)
		}
		if w.over() {
			return
		}
	}
	// The library compares each member with each property, and then looks up each
	// property.
	w.steps += int64(len(object))*int64(len(o.properties))*3/5 + 4*int64(len(o.properties)) + int64(o.names/64)
	for name, v := range object {
		if w.member(o, name, v, path); w.over() {
			return
		}
	}
}

func (w *estimate) member(o *objectModel, name string, v any, path int) {
	below := path + 1 + len(name)
	w.steps += stepsOfName + int64(len(o.properties))*int64(len(name))/256
	m := o.properties[name]
	if m != nil {
		w.visit(m, v, below)
	}
	known := m != nil
	for i := range o.patterns {
		p := &o.patterns[i]
		w.steps += int64(100 + p.size*stepsOfState/2 + p.bytes*parsing(p.String())/2 + p.size*len(name)*stepsOfMatching) // compiled each time
		if w.over() {
			return
		}
		if p.MatchString(name) {
			known = true
			w.steps += stepsOfSchema
			w.visit(p.schema, v, below)
		}
	}
	if !known && o.additional != nil {
		if o.additional.never {
			w.fail(below, len(name), true)
		} else {
			w.steps += stepsOfSchema
			w.visit(o.additional, v, below)
		}
	}
	if o.every != nil {
		w.together([]*model{o.every}, name, path+len(name))
	}
}

func (w *estimate) text(t *textRule, v string, path int) {
	w.steps += int64(len(v)/16) + int64(len(v))*int64(t.steps)
	if t.format == "regex" {
		w.regex(v)
	}
	if w.over() {
		return
	}
	if !t.allows([]byte(v)) {
		w.fail(path, t.quoted, true)
		for range t.keywords() - 1 { // each may have its own
			w.fail(path, 0, false)
		}
	}
}

// regex counts what it takes to compile a text as a pattern.
func (w *estimate) regex(v string) {
	w.steps += int64(len(v) * parsing(v))
	w.passing(int64(len(v)) * bytesOfParsing)
	if w.over() {
		return
	}
	if tree, err := syntax.Parse(v, syntax.Perl); err == nil {
		size := int64(sizeOf(tree))
		w.steps += size * stepsOfState / 2
		w.passing(size * bytesOfState)
	}
}

// passing is for memory that is free again before the next is taken.
func (w *estimate) passing(n int64) {
	if w.bytes+n > w.maxBytes {
		w.bytes += n
	}
}

func (w *estimate) number(m *model, v json.Number, path int) {
	digits := digitsOf(v)
	w.steps += stepsOfNumber(digits)
	if m.notNumber {
		w.fail(path, 0, true)
	}
	n := m.number
	if n == nil || w.over() {
		return
	}
	value, ok := new(big.Rat).SetString(string(v))
	if !ok {
		w.cannot = "it has a number that is too large to be judged"
		return
	}
	if n.of != nil {
		w.steps += 10 + 7*int64(digits+n.ofSize)
		if w.over() {
			return
		}
		if !new(big.Rat).Quo(value, n.of).IsInt() {
			w.outside(n.ofSize, path)
		}
	}
	for i := range n.bounds {
		b := &n.bounds[i]
		w.steps += 5 + 2*int64(digits+b.size)
		if w.over() {
			return
		}
		c := value.Cmp(b.Rat)
		if b.lower {
			c = -c
		}
		if c > 0 || (c == 0 && b.exclusive) {
			w.outside(b.size, path)
		}
	}
}

// outside counts an error that quotes a number of the schema in decimal, which
// takes a time that grows with the square of its digits.
func (w *estimate) outside(digits, path int) {
	w.steps += 2_000 + int64(digits)*int64(digits)/3
	w.fail(path, 0, true)
}

func (w *estimate) literals(values *valuesModel, v any, path int) {
	size := w.literal(v)
	if values.both { // once for each
		w.literal(v)
	}
	w.passing(size * 8)
	if values.count > 0 {
		w.steps += int64(values.count)*3/5 + int64(values.count)*size/256
	}
	if w.over() {
		return
	}
	found, sure := values.set.holds(v)
	if found {
		return
	}
	if values.count > 0 {
		w.fail(path, values.bytes, sure && !values.both)
	}
	if values.count == 0 || values.both {
		w.fail(path, values.bytes, sure && !values.both)
	}
}

// holds reports whether a value is in the set; it is sure about texts.
func (set valueSet) holds(v any) (found, sure bool) {
	t := token{kind: kindNull}
	switch v := v.(type) {
	case string:
		return set.texts[v], true
	case nil:
		t.text = []byte("null")
	case bool:
		t.text = strconv.AppendBool(nil, v)
	case json.Number:
		t.text = []byte(v)
	}
	return set.has(&t), false
}

// literal is about how many bytes the text has by which the library compares a
// value: it encodes it, decodes that, and encodes it again.
func (w *estimate) literal(v any) (size int64) {
	w.steps += stepsOfLiteral
	if w.over() {
		return 0
	}
	switch v := v.(type) {
	case string:
		size = int64(len(v)) + 2
		w.steps += size * 3 / 2
	case json.Number:
		size = int64(len(v))
		if strings.ContainsAny(string(v), "eE") || len(v) > 300 {
			if _, err := strconv.ParseFloat(string(v), 64); err != nil {
				w.cannot = "it has a number beyond the range of a float64 where its schema compares values (enum, const, uniqueItems)"
			}
		}
	case []any:
		for _, e := range v {
			size += w.literal(e) + 1
		}
	case map[string]any:
		for name, e := range v {
			size += int64(len(name)) + 3 + w.literal(e)
		}
		w.steps += int64(len(v)) * stepsOfLiteral // sorted twice
		return size
	default:
		size = 5
	}
	return size
}
