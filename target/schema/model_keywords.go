package schema

import (
	"encoding/json"
	"fmt"
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
	var decoded any
	if err := json.Unmarshal(text, &decoded); err != nil {
		return "", &Error{at.String(), fmt.Errorf("must have no number beyond the range of a float64, as %s", describe(v))}
	}
	text, err = json.Marshal(decoded)
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
