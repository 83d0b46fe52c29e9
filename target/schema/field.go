package schema

import (
	"bytes"

	"target-s3/singer/jsonscan"
)

// Field is a property that the schema knows.
type Field struct {
	Name   string
	Fields []Field // of an object with known properties; nil otherwise

	Array bool    // the schema says that it is an array, or that it may be one
	Items []Field // of an array's elements, if they are objects with known properties; nil otherwise
	Other bool    // of an Array: it may be something else, too, but for null

	Scalar bool // the schema says that it may be a string, a number or a boolean
}

// Leaf reports whether there can be a value of the field that is not in its
// Fields.
func (f *Field) Leaf() bool { return f.Fields == nil || f.Scalar || f.Array }

// maxFields bounds the tree of a schema whose references multiply: properties
// beyond it are not looked into.
const maxFields = 10_000

// maxNames bounds the names of the properties around those of an object, together:
// a column is named by all of them, and a name of a megabyte above thousands of
// properties would be there as many times.
const maxNames = 2 << 10

// maxLevels bounds the nesting of properties, and that of alternatives within
// one of them, that columns are made of.
const maxLevels = 64

// fieldsOf reads the properties of an object schema in the order in which they
// stand in its text, through references and the alternatives of anyOf, oneOf and
// allOf. A reference to a schema that is being read ends there: recursive data
// has no finite set of columns.
func fieldsOf(text []byte) []Field {
	w := newFieldWalk(text)
	return w.fields([][]byte{text}, 1)
}

type fieldWalk struct {
	root    []byte
	refs    []string // being read
	reading map[string]bool
	count   int
	names   int                       // bytes of the names that lead to the object
	work    int                       // bytes that may still be looked at
	members map[int]map[string][]byte // of the objects that references lead through, by where they begin
}

// maxColumns bounds the properties that have a place of their own in files. Those
// beyond it are as if the schema did not know them.
const maxColumns = 30_000

// freeReading and as much again for each byte of a schema bound what its
// references and alternatives can multiply to: what is beyond it is not looked
// into.
const (
	freeReading    = 4 << 20
	readingPerByte = 64
)

func newFieldWalk(text []byte) fieldWalk {
	return fieldWalk{root: text, reading: map[string]bool{}, work: freeReading + readingPerByte*len(text), members: map[int]map[string][]byte{}}
}

// open reports whether a schema is one that may still be looked into.
func (w *fieldWalk) open(s []byte, level int) bool {
	w.work -= len(s) + 1
	return len(s) > 0 && s[0] == '{' && level <= maxLevels && w.work >= 0
}

// enter begins to read what a reference leads to. It does not where that is being
// read already.
func (w *fieldWalk) enter(ref string) bool {
	if w.reading[ref] {
		return false
	}
	w.reading[ref] = true
	w.refs = append(w.refs, ref)
	return true
}

// leave ends the reading of all references but the first ones.
func (w *fieldWalk) leave(depth int) {
	for _, ref := range w.refs[depth:] {
		delete(w.reading, ref)
	}
	w.refs = w.refs[:depth]
}

// reference is the $ref of a schema.
func reference(s []byte) (string, bool) {
	ref := member(s, "$ref")
	if len(ref) < 2 || ref[0] != '"' {
		return "", false
	}
	return string(jsonscan.Unquote(ref[1 : len(ref)-1])), true
}

// fields merges the properties of several schemas for the same data.
func (w *fieldWalk) fields(schemas [][]byte, level int) []Field {
	var names []string
	found := map[string][][]byte{}
	depth := len(w.refs)
	for _, s := range schemas {
		w.properties(s, 1, func(name string, schema []byte) {
			if found[name] == nil {
				if len(names) == maxColumns {
					return
				}
				names = append(names, name)
			}
			found[name] = append(found[name], schema)
		})
	}
	defer w.leave(depth)
	var fields []Field
	for _, name := range names {
		if w.count == maxColumns {
			break
		}
		field := Field{Name: name}
		w.names += len(name)
		if w.count++; w.count <= maxFields && level < maxLevels && w.names <= maxNames {
			field.Fields = w.fields(found[name], level+1)
			w.array(&field, found[name], level)
		}
		w.names -= len(name)
		fields = append(fields, field)
	}
	return fields
}

// array finds out whether a field may be an array, and of what.
func (w *fieldWalk) array(field *Field, schemas [][]byte, level int) {
	var items [][]byte
	depth := len(w.refs)
	for _, s := range schemas {
		w.items(s, 1, field, &items)
	}
	if field.Array && len(items) > 0 {
		field.Items = w.fields(items, level+1)
	}
	w.leave(depth)
}

// items gathers what a schema and its alternatives say of arrays.
func (w *fieldWalk) items(s []byte, level int, field *Field, items *[][]byte) {
	if !w.open(s, level) {
		field.Other = true
		return
	}
	if ref, ok := reference(s); ok {
		if w.enter(ref) {
			w.items(w.resolve(ref), level+1, field, items)
		}
		return
	}
	typed, alternatives := false, false
	jsonscan.Members(s, func(key, value []byte) bool {
		switch string(jsonscan.Unquote(key)) {
		case "type":
			typed = true
			addTypes(field, value)
		case "items":
			if value[0] == '{' {
				*items = append(*items, value)
			}
		case "anyOf", "oneOf", "allOf":
			if value[0] == '[' {
				alternatives = true
				jsonscan.Elements(value, func(alternative []byte) bool {
					w.items(alternative, level+1, field, items)
					return true
				})
			}
		}
		return true
	})
	if !typed && !alternatives {
		field.Other = true
		field.Array = field.Array || member(s, "items") != nil
	}
}

// addTypes notes what a "type" allows.
func addTypes(field *Field, value []byte) {
	add := func(name []byte) bool {
		switch string(jsonscan.Unquote(bytes.Trim(name, `"`))) {
		case "array":
			field.Array = true
		case "null":
		case "string", "number", "integer", "boolean":
			field.Other, field.Scalar = true, true
		default:
			field.Other = true
		}
		return true
	}
	if value[0] == '[' {
		jsonscan.Elements(value, add)
		return
	}
	add(value)
}

// properties calls f for each property of a schema and of its alternatives.
func (w *fieldWalk) properties(s []byte, level int, f func(string, []byte)) {
	if !w.open(s, level) {
		return
	}
	if ref, ok := reference(s); ok {
		if w.enter(ref) {
			w.properties(w.resolve(ref), level+1, f)
		}
		return
	}
	jsonscan.Members(s, func(key, value []byte) bool {
		switch string(jsonscan.Unquote(key)) {
		case "properties":
			if value[0] == '{' {
				jsonscan.Members(value, func(name, schema []byte) bool {
					f(string(jsonscan.Unquote(name)), schema)
					return true
				})
			}
		case "anyOf", "oneOf", "allOf":
			if value[0] == '[' {
				jsonscan.Elements(value, func(alternative []byte) bool {
					w.properties(alternative, level+1, f)
					return true
				})
			}
		}
		return true
	})
}

// resolve finds the text that a reference within the schema points to, nil if
// there is none.
func (w *fieldWalk) resolve(ref string) []byte {
	if ref == "" || ref[0] != '#' {
		return nil
	}
	text := w.root
	for token := range tokens(ref) {
		if len(text) == 0 || text[0] != '{' {
			return nil
		}
		text = w.membersOf(text)[token]
	}
	return text
}

// membersOf finds the members of an object that references lead through once for
// all of them.
func (w *fieldWalk) membersOf(object []byte) map[string][]byte {
	at := cap(w.root) - cap(object) // where it begins: it is a part of the whole
	if m, ok := w.members[at]; ok {
		return m
	}
	m := map[string][]byte{}
	jsonscan.Members(object, func(key, value []byte) bool {
		m[string(jsonscan.Unquote(key))] = value
		return true
	})
	w.members[at] = m
	return m
}

func member(object []byte, name string) (found []byte) {
	jsonscan.Members(object, func(key, value []byte) bool {
		if string(jsonscan.Unquote(key)) == name {
			found = value
		}
		return true
	})
	return found
}
