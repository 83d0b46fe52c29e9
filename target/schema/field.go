package schema

import (
	"errors"
	"fmt"

	"target-s3/singer/jsonscan"
	"target-s3/target/nearest"
)

// Field is a property that the schema knows.
type Field struct {
	Name   string
	Fields []Field // of an object with known properties; nil otherwise
	Items  []Field // of an array's elements, if they are objects with known properties; nil otherwise

	named   kind // what a "type" names, or what follows from "items"
	untyped bool // there is a schema without "type", or with one that nobody knows
}

// Array reports whether the schema says that the field is an array, or that it may
// be one.
func (f *Field) Array() bool { return f.named&kindArray != 0 }

// Other reports whether the field may be something else than an array or null.
func (f *Field) Other() bool { return f.untyped || f.named&^(kindArray|kindNull) != 0 }

// Scalar reports whether the schema says that the field may be a string, a number
// or a boolean.
func (f *Field) Scalar() bool { return f.named&(kindScalar&^kindNull) != 0 }

// CheckScalar refuses the name of a property that no record can have a scalar in. Where
// the schema names no properties the records decide.
func CheckScalar(known []Field, name string) error {
	names := make([]string, len(known))
	for i := range known {
		names[i] = known[i].Name
		if f := &known[i]; f.Name == name {
			if f.Other() && (f.Fields == nil || f.Scalar()) {
				return nil
			}
			return errors.New("the property must be a string, a number or a boolean, and the schema says that it is an object or an array")
		}
	}
	if len(known) == 0 {
		return nil
	}
	hint := ""
	if near := nearest.Of(name, names); near != "" {
		hint = fmt.Sprintf(" (did you mean %q?)", near)
	}
	return fmt.Errorf("the schema has no property %q%s", name, hint)
}

// Leaf reports whether there can be a value of the field that is not in its
// Fields.
func (f *Field) Leaf() bool { return f.Fields == nil || f.Scalar() || f.Array() }

// fieldsOf reads the properties of an object schema in the order in which they
// stand in its text, through references and the alternatives of anyOf, oneOf and
// allOf.
func fieldsOf(text []byte) []Field {
	w := fieldWalk{newWalk(text)}
	return w.fields([][]byte{text}, 1)
}

type fieldWalk struct{ walk }

// fields merges the properties of several schemas for the same data.
func (w *fieldWalk) fields(schemas [][]byte, level int) []Field {
	defer w.leave(len(w.refs))
	names, found := w.properties(schemas)
	var fields []Field
	for _, name := range names {
		if w.count == maxColumns {
			break
		}
		field := Field{Name: name}
		w.names += len(name)
		if w.count++; w.count <= maxFields && level < maxLevels && w.names <= maxNames {
			field.Fields = w.fields(found[name], level+1)
			w.kinds(&field, found[name], level)
		}
		w.names -= len(name)
		fields = append(fields, field)
	}
	return fields
}

// kinds finds out what a field may be, and of an array what its elements are.
func (w *fieldWalk) kinds(field *Field, schemas [][]byte, level int) {
	defer w.leave(len(w.refs))
	var elements [][]byte
	for s, items := range w.applying(schemas, "items") {
		if isObject(items) {
			elements = append(elements, items)
		}
		field.add(s, items)
	}
	if field.Array() && len(elements) > 0 {
		field.Items = w.fields(elements, level+1)
	}
}

// add notes what one schema for the field says of its values.
func (f *Field) add(s, items []byte) {
	stated := false // by a type, or by alternatives in its stead
	for key, value := range jsonscan.Members(s) {
		switch name := string(jsonscan.Unquote(key)); {
		case name == "type":
			named, known := namedKinds(value)
			f.named |= named
			f.untyped = f.untyped || !known
			stated = true
		case isAlternatives(name, value):
			stated = true
		}
	}
	if stated {
		return
	}
	f.untyped = true
	if items != nil {
		f.named |= kindArray
	}
}
