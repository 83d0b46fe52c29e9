package schema

import (
	"slices"

	"target-s3/singer/jsonscan"
)

// Field is a property that the schema knows.
type Field struct {
	Name   string
	Fields []Field // of an object with known properties; nil otherwise
}

// maxFields bounds the tree of a schema whose references multiply: properties
// beyond it are not looked into.
const maxFields = 10_000

// maxLevels bounds the nesting of properties, and that of alternatives within
// one of them, that columns are made of.
const maxLevels = 64

// fieldsOf reads the properties of an object schema in the order in which they
// stand in its text, through references and the alternatives of anyOf, oneOf and
// allOf. A reference to a schema that is being read ends there: recursive data
// has no finite set of columns.
func fieldsOf(text []byte) []Field {
	w := fieldWalk{root: text}
	return w.fields([][]byte{text}, 1)
}

type fieldWalk struct {
	root  []byte
	refs  []string // being read
	count int
}

// fields merges the properties of several schemas for the same data.
func (w *fieldWalk) fields(schemas [][]byte, level int) []Field {
	var names []string
	found := map[string][][]byte{}
	depth := len(w.refs)
	for _, s := range schemas {
		w.properties(s, 1, func(name string, schema []byte) {
			if found[name] == nil {
				names = append(names, name)
			}
			found[name] = append(found[name], schema)
		})
	}
	defer func() { w.refs = w.refs[:depth] }()
	var fields []Field
	for _, name := range names {
		field := Field{Name: name}
		if w.count++; w.count <= maxFields && level < maxLevels {
			field.Fields = w.fields(found[name], level+1)
		}
		fields = append(fields, field)
	}
	return fields
}

// properties calls f for each property of a schema and of its alternatives.
func (w *fieldWalk) properties(s []byte, level int, f func(string, []byte)) {
	if len(s) == 0 || s[0] != '{' || level > maxLevels {
		return
	}
	if ref := member(s, "$ref"); len(ref) > 1 && ref[0] == '"' {
		name := string(jsonscan.Unquote(ref[1 : len(ref)-1]))
		if !slices.Contains(w.refs, name) {
			w.refs = append(w.refs, name)
			w.properties(w.resolve(name), level+1, f)
		}
		return
	}
	jsonscan.Members(s, func(key, value []byte) bool {
		switch string(key) {
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
		text = member(text, token)
	}
	return text
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
