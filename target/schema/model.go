package schema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/url"
	"regexp"
	"strconv"
)

// model is a schema as the library has it, so far as that tells what judging a
// value costs: there is one for each of the library's own, and the same walk that
// makes them checks what the library would refuse.
type model struct {
	never bool   // the schema false
	ref   *model // of what a reference leads to, which alone counts
	types kind
	typed bool
	// notNumber says that there is a format, which no number has.
	notNumber bool
	text      *textRule    // of strings
	number    *numberModel // of numbers
	values    *valuesModel // enum and const
	array     *arrayModel
	object    *objectModel
	combine   *combineModel
}

type numberModel struct {
	bounds []numberBound
	of     *big.Rat // multipleOf
	ofSize int
}

// numberBound is what a number must not be less or greater than.
type numberBound struct {
	*big.Rat
	size      int // its digits
	lower     bool
	exclusive bool
}

type valuesModel struct {
	set   *valueSet
	count int  // of the enum
	both  bool // there is also a const
	bytes int  // of the texts of both
}

type arrayModel struct {
	every      *model   // of all elements
	list       []*model // of the first ones
	additional *model   // of those after them
	contains   *model
	unique     bool
	least      int
	most       int // -1: no limit
}

type objectModel struct {
	required   []string
	properties map[string]*model
	names      int // their bytes
	additional *model
	patterns   []patternModel
	every      *model // propertyNames
	needs      map[string]need
	least      int
	most       int // -1: no limit
}

type patternModel struct {
	*regexp.Regexp
	size, bytes int
	schema      *model
}

// need is what an object with a certain member needs as well.
type need struct {
	names  []string
	schema *model
}

type combineModel struct {
	anyOf, oneOf, allOf    []*model
	not, when, then, other *model
}

// place is where something stands in a schema. Its text is made only when it is
// needed: a long name would be in those of all that is below it.
type place struct {
	up    *place
	token string
	index int // of an element, if there is no token
}

func (p *place) member(name string) *place { return &place{p, name, -1} }
func (p *place) element(i int) *place      { return &place{p, "", i} }

// String is the JSON pointer, "/" for the whole.
func (p *place) String() string {
	var text []byte
	if text = p.append(nil); len(text) == 0 {
		return "/"
	}
	return string(text)
}

func (p *place) append(text []byte) []byte {
	if p == nil {
		return text
	}
	text = append(p.up.append(text), '/')
	if p.index >= 0 {
		return strconv.AppendInt(text, int64(p.index), 10)
	}
	return append(text, escapeToken(p.token)...)
}

// draft is a version of JSON Schema. The hybrid of all of them has the keywords of
// the last.
type draft int

const (
	draft4      draft = 4
	draft6      draft = 6
	draft7      draft = 7
	draftHybrid draft = 99
)

func draftOf(doc map[string]any, hybrid bool) draft {
	text, _ := doc["$schema"].(string)
	u, err := url.Parse(text)
	if hybrid || err != nil {
		return draftHybrid
	}
	u.Fragment = ""
	switch u.String() {
	case "http://json-schema.org/draft-04/schema":
		return draft4
	case "http://json-schema.org/draft-06/schema":
		return draft6
	case "http://json-schema.org/draft-07/schema":
		return draft7
	}
	return draftHybrid
}

// modeler makes the models of a schema.
type modeler struct {
	names names
	rules rules
	draft draft
	refs  map[string]*model // by the text of the reference
	steps int64             // that the library takes
	bytes int64             // that the library and the models take
	limit int64             // of steps
	depth int

	leaves *leaves
}

// maxSchemaBytes bounds the memory of a schema, decoded and compiled.
const maxSchemaBytes = 64 << 20

// newModel checks a schema and makes its model, and counts the memory that this and
// the library take. The text has so many bytes.
func newModel(doc map[string]any, n names, r rules, size int, l *leaves) (m *model, bytes int64, err error) {
	b := modeler{names: n, rules: r, draft: draftOf(doc, hybrid(doc, l)), refs: map[string]*model{}, limit: stepsFor(size), leaves: l}
	if _, err := uri(doc, "$schema", nil); err != nil {
		return nil, 0, err
	}
	if err := b.spend(10*n.resolved, 8*n.resolved, nil); err != nil {
		return nil, 0, err
	}
	m, err = b.schema(doc, nil)
	return m, b.bytes, err
}

// uri reads a keyword whose value is a URI or part of one.
func uri(s map[string]any, keyword string, at *place) (string, error) {
	v, there := s[keyword]
	if !there {
		return "", nil
	}
	text, ok := v.(string)
	if !ok {
		return "", mustBe(at.member(keyword), "a string", v)
	}
	if _, err := url.Parse(text); err != nil {
		return "", &Error{at.member(keyword).String(), fmt.Errorf("must be a URI: %w", err)}
	}
	return text, nil
}

// spend counts steps and bytes that the library takes to compile the schema at a
// place.
func (b *modeler) spend(steps, bytes int64, at *place) error {
	b.steps += steps
	b.bytes += bytes
	switch {
	case b.steps > b.limit || steps < 0:
		return &Error{at.String(), fmt.Errorf("takes too long to compile: the schema needs more than the %d steps that one of its size may take", b.limit)}
	case b.bytes > maxSchemaBytes:
		return &Error{at.String(), fmt.Errorf("takes too much memory to compile: the schema, with all that its references lead to, needs more than %d MiB", maxSchemaBytes>>20)}
	}
	return nil
}

// What the library takes, in steps of about 10 ns and in bytes.
const (
	stepsOfModel     = 300
	stepsOfReference = 1_000
	stepsOfMatching  = 4   // a state and byte of a text, where many states are open at once
	stepsOfState     = 100 // of a pattern, compiled twice
	stepsOfParsing   = 100 // a byte of a pattern
	bytesOfModel     = 700
	bytesOfState     = 150
	bytesOfParsing   = 160 // a byte of a pattern, until it is compiled
)

func (b *modeler) schema(v any, at *place) (*model, error) {
	if err := b.spend(stepsOfModel, bytesOfModel, at); err != nil {
		return nil, err
	}
	b.depth++
	defer func() { b.depth-- }()
	if b.depth > maxLevelsJudged {
		return nil, &Error{at.String(), fmt.Errorf("nests too deep: the schema, with all that its references lead to, must have at most %d levels", maxLevelsJudged)}
	}
	switch v := v.(type) {
	case bool:
		if b.draft == draft4 {
			return nil, mustBe(at, "an object, as all schemas of draft 4", v)
		}
		return &model{never: !v}, nil
	case map[string]any:
		leaf := b.leaves.of(v)
		if leaf != nil && leaf.models[b.draft].model != nil {
			known := leaf.models[b.draft]
			return known.model, b.spend(known.steps, known.bytes, at)
		}
		m := &model{}
		steps, bytes := b.steps, b.bytes
		if err := b.fill(m, v, at); err != nil || leaf == nil {
			return m, err
		}
		leaf.models[b.draft] = leafModel{m, b.steps - steps, b.bytes - bytes}
		b.leaves.bytes += b.bytes - bytes
		return m, nil
	}
	return nil, mustBe(at, "a schema (an object, true or false)", v)
}

// fill reads a schema's keywords. Those beside a $ref do not count; the library
// reads them all the same where it has met the reference before.
func (b *modeler) fill(m *model, s map[string]any, at *place) error {
	for _, read := range []func(*model, map[string]any, *place) error{b.identifiers, b.definitions} {
		if err := read(m, s, at); err != nil {
			return err
		}
	}
	if known, err := b.reference(m, s, at); err != nil || (m.ref != nil && !known) {
		return err
	}
	if m.ref != nil {
		m = &model{}
	}
	for _, read := range []func(*model, map[string]any, *place) error{b.typeNames, b.members, b.elements, b.numbers, b.texts, b.literals, b.combinations} {
		if err := read(m, s, at); err != nil {
			return err
		}
	}
	return nil
}

// mustBe says what a keyword's value must be and what it is.
func mustBe(at *place, what string, is any) error {
	return &Error{at.String(), fmt.Errorf("must be %s, is %s", what, describe(is))}
}

func describe(v any) string {
	const longest = 60
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case string:
		if len(v) > longest {
			return fmt.Sprintf("%q… (%d bytes)", v[:longest], len(v))
		}
		return strconv.Quote(v)
	case json.Number:
		if len(v) > longest {
			return fmt.Sprintf("%s… (%d bytes)", v[:longest], len(v))
		}
		return string(v)
	case []any:
		return "an array"
	}
	return "an object"
}

// identifiers are read and not used, but have to be of the right type.
func (b *modeler) identifiers(_ *model, s map[string]any, at *place) error {
	id := "$id"
	if _, there := s["id"]; b.draft == draft4 || b.draft == draftHybrid && there {
		id = "id"
	}
	for _, keyword := range []string{"title", "description"} {
		if v, there := s[keyword]; there {
			if _, ok := v.(string); !ok {
				return mustBe(at.member(keyword), "a string", v)
			}
		}
	}
	_, err := uri(s, id, at)
	return err
}

func (b *modeler) definitions(_ *model, s map[string]any, at *place) error {
	v, there := s["definitions"]
	if !there {
		return nil
	}
	_, err := b.named(v, at.member("definitions"))
	return err
}

// named makes the models of schemas by name.
func (b *modeler) named(v any, at *place) (map[string]*model, error) {
	list, ok := v.(map[string]any)
	if !ok {
		return nil, mustBe(at, "an object with schemas by name", v)
	}
	out := make(map[string]*model, len(list))
	for _, name := range sortedKeys(list) {
		m, err := b.schema(list[name], at.member(name))
		if err != nil {
			return nil, err
		}
		out[name] = m
	}
	return out, nil
}

// reference follows $ref. What a reference leads to is made once for each text
// of it, however often that occurs; known says that it was before.
func (b *modeler) reference(m *model, s map[string]any, at *place) (known bool, err error) {
	text, err := uri(s, "$ref", at)
	if _, there := s["$ref"]; err != nil || !there {
		return false, err
	}
	at = at.member("$ref")
	n := int64(len(text) + b.names.base)
	if err := b.spend(stepsOfReference+n, 4*n, at); err != nil {
		return false, err
	}
	if m.ref = b.refs[text]; m.ref != nil {
		return true, nil
	}
	target, err := b.names.resolve(text)
	if err != nil {
		return false, &Error{at.String(), err}
	}
	switch target.(type) {
	case nil:
		return false, &Error{at.String(), fmt.Errorf("must lead to a schema, %s leads nowhere", describe(text))}
	case map[string]any, bool:
	default:
		return false, &Error{at.String(), fmt.Errorf("must lead to a schema, %s leads to %s", describe(text), describe(target))}
	}
	m.ref = &model{}
	b.refs[text] = m.ref
	made, err := b.schema(target, at)
	if err != nil {
		return false, err
	}
	*m.ref = *made
	return false, nil
}
