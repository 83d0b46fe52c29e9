package schema

import (
	"encoding/json"
	"fmt"
	"strconv"
)

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
