package schema

import (
	"encoding/json"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/xeipuuv/gojsonschema"
)

func (b *modeler) typeNames(m *model, s map[string]any, at *place) error {
	v, there := s["type"]
	if !there {
		return nil
	}
	const what = `one of "array", "boolean", "integer", "null", "number", "object" and "string"`
	at = at.member("type")
	list, ok := v.([]any)
	if !ok {
		if name, _ := v.(string); kindsByName[name] == 0 {
			return mustBe(at, what+", or a list of them", v)
		}
		list = []any{v}
	}
	seen := map[any]bool{}
	for i, v := range list {
		name, _ := v.(string)
		k := kindsByName[name]
		if k == 0 {
			return mustBe(at.element(i), what, v)
		}
		if seen[name] {
			return &Error{at.element(i).String(), fmt.Errorf("must not be in the list twice, %q is", name)}
		}
		seen[name] = true
		m.types |= k
		m.typed = true
	}
	return nil
}

// members reads the keywords of objects.
func (b *modeler) members(m *model, s map[string]any, at *place) (err error) {
	o := &objectModel{}
	if v, there := s["properties"]; there {
		if o.properties, err = b.named(v, at.member("properties")); err != nil {
			return err
		}
		for name := range o.properties {
			o.names += len(name)
		}
	}
	if o.additional, err = b.openOr(s, "additionalProperties", at); err != nil {
		return err
	}
	if err = b.patternProperties(o, s, at); err != nil {
		return err
	}
	if b.draft >= draft6 {
		if o.every, err = b.inner(s, "propertyNames", at); err != nil {
			return err
		}
	}
	if err = b.dependencies(o, s, at); err != nil {
		return err
	}
	if o.least, o.most, err = b.counts(s, "minProperties", "maxProperties", at); err != nil {
		return err
	}
	if v, there := s["required"]; there {
		if o.required, err = b.strings(v, at.member("required"), true); err != nil {
			return err
		}
	}
	if o.properties != nil || o.additional != nil || o.patterns != nil || o.every != nil || o.needs != nil || o.required != nil || o.least > 0 || o.most >= 0 {
		m.object = o
	}
	return nil
}

// inner reads a keyword whose value is a schema.
func (b *modeler) inner(s map[string]any, keyword string, at *place) (*model, error) {
	v, there := s[keyword]
	if !there {
		return nil, nil
	}
	return b.schema(v, at.member(keyword))
}

// openOr is inner for a keyword that was true, false or a schema before all
// schemas could be true or false. There is no model for true.
func (b *modeler) openOr(s map[string]any, keyword string, at *place) (*model, error) {
	switch v := s[keyword].(type) {
	case bool:
		if v {
			return nil, nil
		}
		return &model{never: true}, nil
	case map[string]any:
		return b.schema(v, at.member(keyword))
	}
	if v, there := s[keyword]; there {
		return nil, mustBe(at.member(keyword), "true, false or a schema", v)
	}
	return nil, nil
}

func (b *modeler) patternProperties(o *objectModel, s map[string]any, at *place) error {
	v, there := s["patternProperties"]
	if !there {
		return nil
	}
	at = at.member("patternProperties")
	list, ok := v.(map[string]any)
	if !ok {
		return mustBe(at, "an object with schemas by pattern", v)
	}
	for _, text := range sortedKeys(list) {
		p := patternModel{bytes: len(text)}
		var err error
		if p.Regexp, p.size, err = b.pattern(text, at); err != nil {
			return err
		}
		if p.schema, err = b.schema(list[text], at.member(text)); err != nil {
			return err
		}
		o.patterns = append(o.patterns, p)
	}
	return nil
}

// maxPatternBytes bounds what it takes to parse a pattern.
const maxPatternBytes = 32 << 10

// pattern compiles a regular expression once it is known to be of a size at which
// that is quick.
func (b *modeler) pattern(text string, at *place) (*regexp.Regexp, int, error) {
	if len(text) > maxPatternBytes {
		return nil, 0, mustBe(at, fmt.Sprintf("a regular expression of at most %d bytes", maxPatternBytes), text)
	}
	if err := b.spend(int64(len(text)*parsing(text)), 0, at); err != nil {
		return nil, 0, err
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, 0, &Error{at.String(), fmt.Errorf("must be a regular expression, %s is not: %w (look-ahead and back-references are not supported)", describe(text), err)}
	}
	size := sizeOf(tree)
	if err := b.spend(int64(size)*stepsOfState, int64(size)*bytesOfState, at); err != nil {
		return nil, 0, err
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, 0, &Error{at.String(), fmt.Errorf("must be a regular expression, %s is not: %w", describe(text), err)}
	}
	return re, size, nil
}

// parsing is how many steps a byte of a pattern takes: classes that fold the case
// of all of Unicode take milliseconds.
func parsing(text string) int {
	switch wide := strings.Contains(text, `\x`) || strings.ContainsFunc(text, func(r rune) bool { return r > 0x7f }); {
	case wide && strings.Contains(text, "(?") && strings.Contains(text, "["):
		return 250 * stepsOfParsing
	case strings.Contains(text, `\p`) || strings.Contains(text, `\P`):
		return 7 * stepsOfParsing
	}
	return stepsOfParsing
}

// sizeOf is about how many states a pattern has once its repetitions are spelled
// out.
func sizeOf(re *syntax.Regexp) int {
	size := 1
	if re.Op == syntax.OpLiteral {
		size = len(re.Rune)
	}
	for _, sub := range re.Sub {
		size += sizeOf(sub)
	}
	if re.Op == syntax.OpRepeat {
		size *= max(re.Min, re.Max, 1)
	}
	return size
}

func (b *modeler) dependencies(o *objectModel, s map[string]any, at *place) (err error) {
	v, there := s["dependencies"]
	if !there {
		return nil
	}
	at = at.member("dependencies")
	list, ok := v.(map[string]any)
	if !ok {
		return mustBe(at, "an object", v)
	}
	o.needs = make(map[string]need, len(list))
	for _, name := range sortedKeys(list) {
		var n need
		switch v := list[name].(type) {
		case []any:
			n.names, err = b.strings(v, at.member(name), false)
		case map[string]any, bool:
			n.schema, err = b.schema(v, at.member(name))
		default:
			err = mustBe(at.member(name), "a schema or a list of names", v)
		}
		if err != nil {
			return err
		}
		o.needs[name] = n
	}
	return nil
}

// strings reads a list of names. The library compares each of those that must
// differ with each.
func (b *modeler) strings(v any, at *place, distinct bool) ([]string, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, mustBe(at, "a list of names", v)
	}
	out := make([]string, 0, len(list))
	seen := map[string]bool{}
	for i, v := range list {
		name, ok := v.(string)
		if !ok {
			return nil, mustBe(at.element(i), "a string", v)
		}
		if distinct && seen[name] {
			return nil, &Error{at.element(i).String(), fmt.Errorf("must not be in the list twice, %s is", describe(name))}
		}
		seen[name] = true
		out = append(out, name)
	}
	if distinct {
		return out, b.spend(comparisons(len(out)), 0, at)
	}
	return out, nil
}

// elements reads the keywords of arrays.
func (b *modeler) elements(m *model, s map[string]any, at *place) (err error) {
	a := &arrayModel{}
	switch v := s["items"].(type) {
	case []any:
		for i, v := range v {
			inner, err := b.schema(v, at.member("items").element(i))
			if err != nil {
				return err
			}
			a.list = append(a.list, inner)
		}
	case map[string]any, bool:
		if a.every, err = b.schema(v, at.member("items")); err != nil {
			return err
		}
	default:
		if v, there := s["items"]; there {
			return mustBe(at.member("items"), "a schema or a list of schemas", v)
		}
	}
	if a.additional, err = b.openOr(s, "additionalItems", at); err != nil {
		return err
	}
	if a.least, a.most, err = b.counts(s, "minItems", "maxItems", at); err != nil {
		return err
	}
	if v, there := s["uniqueItems"]; there {
		unique, ok := v.(bool)
		if !ok {
			return mustBe(at.member("uniqueItems"), "true or false", v)
		}
		a.unique = unique
	}
	if b.draft >= draft6 {
		if a.contains, err = b.inner(s, "contains", at); err != nil {
			return err
		}
	}
	if a.every != nil || a.list != nil || a.contains != nil || a.unique || a.least > 0 || a.most >= 0 {
		m.array = a
	}
	return nil
}

// counts reads two bounds of a length.
func (b *modeler) counts(s map[string]any, least, most string, at *place) (from, to int, err error) {
	to = -1
	for _, keyword := range []string{least, most} {
		v, there := s[keyword]
		if !there {
			continue
		}
		n, ok := wholeNumber(v)
		if !ok || n < 0 {
			return 0, 0, mustBe(at.member(keyword), "an integer of at least 0", v)
		}
		if keyword == least {
			from = n
			continue
		}
		if to = n; from > to && most != "maxItems" { // so the library has it
			return 0, 0, &Error{at.member(least).String(), fmt.Errorf("must not be greater than %s, is %d, and that is %d", most, from, to)}
		}
	}
	return from, to, nil
}

// texts reads the keywords of strings, and format.
func (b *modeler) texts(m *model, s map[string]any, at *place) error {
	if _, _, err := b.counts(s, "minLength", "maxLength", at); err != nil {
		return err
	}
	if v, there := s["pattern"]; there {
		text, ok := v.(string)
		if !ok {
			return mustBe(at.member("pattern"), "a string", v)
		}
		if _, _, err := b.pattern(text, at.member("pattern")); err != nil {
			return err
		}
	}
	if v, there := s["format"]; there {
		name, ok := v.(string)
		if !ok {
			return mustBe(at.member("format"), "a string", v)
		}
		if gojsonschema.FormatCheckers.Has(name) {
			m.notNumber = true
		}
	}
	m.text = b.rules.of(s).text
	return nil
}

// stepsOfFormat are what the checkers take for each byte, where that is much.
var stepsOfFormat = map[string]int{"hostname": 300, "email": 40, "idn-email": 40, "uri-template": 30}

// literals reads enum and const.
func (b *modeler) literals(m *model, s map[string]any, at *place) error {
	values := &valuesModel{}
	if v, there := s["const"]; there && b.draft >= draft6 {
		text, err := b.literal(v, at.member("const"))
		if err != nil {
			return err
		}
		values.bytes += len(text)
		m.values = values
	}
	if v, there := s["enum"]; there {
		list, ok := v.([]any)
		if !ok {
			return mustBe(at.member("enum"), "an array", v)
		}
		seen := make(map[string]bool, len(list))
		for i, v := range list {
			text, err := b.literal(v, at.member("enum").element(i))
			if err != nil {
				return err
			}
			if seen[text] {
				return &Error{at.member("enum").element(i).String(), fmt.Errorf("must not be in the list twice, %s is", describe(v))}
			}
			seen[text] = true
			values.bytes += len(text) + 2
		}
		values.count, values.both = len(list), m.values != nil
		m.values = values
		if err := b.spend(comparisons(len(list)), 0, at.member("enum")); err != nil {
			return err
		}
	}
	if m.values == nil {
		return nil
	}
	if _, there := s["const"]; there && b.draft < draft6 { // which does not know it
		set, _ := newValueSet(map[string]any{"enum": s["enum"]})
		m.values.set = &set
		return nil
	}
	m.values.set = b.rules.of(s).values
	return nil
}

// literal is the text by which the library compares a value.
func (b *modeler) literal(v any, at *place) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", &Error{at.String(), err}
	}
	if err := b.spend(int64(len(text))*4, int64(len(text))*4, at); err != nil {
		return "", err
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		return "", &Error{at.String(), fmt.Errorf("must have no number beyond the range of a float64, as %s", describe(v))}
	}
	text, err = json.Marshal(plain)
	return string(text), err
}

// combinations reads the keywords that combine schemas for the same value.
func (b *modeler) combinations(m *model, s map[string]any, at *place) (err error) {
	c := &combineModel{}
	for _, k := range []struct {
		keyword string
		list    *[]*model
	}{{"oneOf", &c.oneOf}, {"anyOf", &c.anyOf}, {"allOf", &c.allOf}} {
		v, there := s[k.keyword]
		if !there {
			continue
		}
		values, ok := v.([]any)
		if !ok {
			return mustBe(at.member(k.keyword), "a list of schemas", v)
		}
		for i, v := range values {
			inner, err := b.schema(v, at.member(k.keyword).element(i))
			if err != nil {
				return err
			}
			*k.list = append(*k.list, inner)
		}
	}
	if c.not, err = b.inner(s, "not", at); err != nil {
		return err
	}
	if b.draft >= draft7 {
		for _, k := range []struct {
			keyword string
			inner   **model
		}{{"if", &c.when}, {"then", &c.then}, {"else", &c.other}} {
			if *k.inner, err = b.inner(s, k.keyword, at); err != nil {
				return err
			}
		}
	}
	if c.oneOf != nil || c.anyOf != nil || c.allOf != nil || c.not != nil || c.when != nil {
		m.combine = c
	}
	return nil
}

// comparisons are the steps that it takes to compare each of so many strings with
// those before it.
func comparisons(n int) int64 { return int64(n) * int64(n) / 6 }
