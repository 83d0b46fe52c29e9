package schema

import "fmt"

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
	if o.additional, err = b.boolOr(s, "additionalProperties", at); err != nil {
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

// boolOr is inner for a keyword that was true, false or a schema before all
// schemas could be true or false. There is no model for true.
func (b *modeler) boolOr(s map[string]any, keyword string, at *place) (*model, error) {
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
	if a.additional, err = b.boolOr(s, "additionalItems", at); err != nil {
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
