package schema

import "target-s3/singer/jsonscan"

// Kind is what the values of a property are, null aside: any may be null.
type Kind uint8

// The kinds.
const (
	Any Kind = iota // of several kinds, containers among them, or nothing is known
	Boolean
	Integer
	Number
	Decimal // a number, or its text, of which precision and scale are known
	Text    // or scalars of several kinds
	DateTime
	Date
	Object
	Array
)

// Shape is what a schema says of its values, for formats whose columns have a
// type. It is a function of the schema's text alone.
type Shape struct {
	Kind             Kind
	Precision, Scale int        // of a Decimal
	Properties       []Property // of an Object, at least one, in the schema's order
	Items            *Shape     // of an Array, never Any
}

// Property is one that the schema of an object names.
type Property struct {
	Name  string
	Shape Shape
}

// maxShapeLevels bounds the nesting of columns: what is deeper is Any. Readers
// of Parquet allocate by level, and no database has a table like that.
const maxShapeLevels = 24

// ShapeOf reads the shape of records from their schema, through references and
// alternatives. Recursive data is Any from where it begins anew.
func ShapeOf(text []byte) Shape {
	w := shapeWalk{newFieldWalk(text)}
	return Shape{Kind: Object, Properties: w.members([][]byte{text}, 1)}
}

type shapeWalk struct{ fieldWalk }

// visit calls f for a schema, or what it refers to, and for its alternatives. A
// reference stays one that is being read until the caller is done.
func (w *shapeWalk) visit(s []byte, level int, f func(s []byte)) {
	if !w.open(s, level) {
		return
	}
	if ref, ok := reference(s); ok {
		if w.enter(ref) {
			w.visit(w.resolve(ref), level+1, f)
		}
		return
	}
	f(s)
	for _, key := range [...]string{"anyOf", "oneOf", "allOf"} {
		if list := member(s, key); len(list) > 0 && list[0] == '[' {
			jsonscan.Elements(list, func(alternative []byte) bool {
				w.visit(alternative, level+1, f)
				return true
			})
		}
	}
}

// members are the properties of several schemas for the same object.
func (w *shapeWalk) members(schemas [][]byte, level int) []Property {
	var names []string
	found := map[string][][]byte{}
	depth := len(w.refs)
	defer w.leave(depth)
	for _, s := range schemas {
		w.visit(s, 1, func(s []byte) {
			properties := member(s, "properties")
			if len(properties) == 0 || properties[0] != '{' {
				return
			}
			jsonscan.Members(properties, func(key, value []byte) bool {
				name := string(jsonscan.Unquote(key))
				if found[name] == nil {
					if len(names) == maxColumns {
						return false
					}
					names = append(names, name)
				}
				found[name] = append(found[name], value)
				return true
			})
		})
	}
	members := make([]Property, 0, len(names))
	for _, name := range names {
		if w.count >= maxFields { // a column takes memory, whatever is in it
			break
		}
		w.names += len(name)
		members = append(members, Property{name, w.shape(found[name], level+1)})
		w.names -= len(name)
	}
	return members
}

// items are the schemas of the elements of arrays. Nothing is returned where
// they are not all alike: a list of schemas, or additionalItems beside them.
func (w *shapeWalk) items(schemas [][]byte, level int) *Shape {
	var found [][]byte
	alike := true
	depth := len(w.refs)
	defer w.leave(depth)
	for _, s := range schemas {
		w.visit(s, 1, func(s []byte) {
			items := member(s, "items")
			if len(items) == 0 {
				return
			}
			alike = alike && items[0] == '{'
			found = append(found, items)
		})
	}
	if !alike || len(found) == 0 {
		return nil
	}
	if shape := w.shape(found, level+1); shape.Kind != Any {
		return &shape
	}
	return nil
}

// shape merges several schemas for the same data.
func (w *shapeWalk) shape(schemas [][]byte, level int) Shape {
	if w.count++; w.count > maxFields || level > maxShapeLevels {
		return Shape{}
	}
	var claims claim
	for i, s := range schemas {
		if c := w.claim(s, 1); i == 0 {
			claims = c
		} else {
			claims = claims.or(c)
		}
	}
	switch claims.types &^ typeNull {
	case typeBoolean:
		return Shape{Kind: Boolean}
	case typeInteger:
		return claims.integer()
	case typeFraction, typeNumber:
		return claims.number()
	case typeString:
		return claims.text()
	case typeObject:
		if w.names > maxNames { // which would be in the path of each column below
			break
		}
		if members := w.members(schemas, level); len(members) > 0 {
			return Shape{Kind: Object, Properties: members}
		}
	case typeArray:
		if items := w.items(schemas, level); items != nil {
			return Shape{Kind: Array, Items: items}
		}
	default:
		if claims.types&(typeObject|typeArray) == 0 && claims.types&^typeNull != 0 {
			return claims.scalars()
		}
	}
	return Shape{}
}

// types is a set of the types of JSON Schema.
type types uint8

const (
	typeNull types = 1 << iota
	typeBoolean
	typeInteger
	typeFraction // a number that is no integer
	typeString
	typeObject
	typeArray

	typeNumber = typeInteger | typeFraction
	typeAll    = typeArray<<1 - 1
)

var typesByName = map[string]types{
	"null": typeNull, "boolean": typeBoolean, "integer": typeInteger, "number": typeNumber,
	"string": typeString, "object": typeObject, "array": typeArray,
}

// claim is what a schema says of a value without looking into containers.
type claim struct {
	types   types
	format  string // of strings
	decimal decimalClaim
}

// or is a claim for values that either one holds for.
func (c claim) or(d claim) claim {
	u := claim{types: c.types | d.types, format: c.format, decimal: c.decimal}
	if c.types&typeString == 0 {
		u.format = d.format
	} else if d.types&typeString != 0 && c.format != d.format {
		u.format = ""
	}
	const counts = typeNumber | typeString
	if c.types&counts == 0 {
		u.decimal = d.decimal
	} else if d.types&counts != 0 && c.decimal != d.decimal {
		u.decimal = decimalClaim{}
	}
	return u
}

// and is a claim for values that both hold for.
func (c claim) and(d claim) claim {
	u := claim{types: c.types & d.types, format: c.format, decimal: c.decimal.and(d.decimal)}
	if u.format == "" {
		u.format = d.format
	}
	return u
}

// claim reads one schema. References that it follows are no longer being read
// when it returns: only its caller knows whether it will look into them.
func (w *shapeWalk) claim(s []byte, level int) claim {
	if !w.open(s, level) {
		return claim{types: typeAll}
	}
	if ref, ok := reference(s); ok {
		depth := len(w.refs)
		if !w.enter(ref) {
			return claim{types: typeAll}
		}
		defer w.leave(depth)
		return w.claim(w.resolve(ref), level+1)
	}
	c := ownClaim(s)
	for _, key := range [...]string{"anyOf", "oneOf", "allOf"} {
		list := member(s, key)
		if len(list) == 0 || list[0] != '[' {
			continue
		}
		var all claim
		first := true
		jsonscan.Elements(list, func(alternative []byte) bool {
			switch d := w.claim(alternative, level+1); {
			case first:
				all, first = d, false
			case key == "allOf":
				all = all.and(d)
			default:
				all = all.or(d)
			}
			return true
		})
		if !first {
			c = c.and(all)
		}
	}
	return c
}

// ownClaim is what a schema says aside from its alternatives.
func ownClaim(s []byte) claim {
	c := claim{types: typeAll, decimal: decimalClaimOf(s)}
	if format := member(s, "format"); len(format) > 1 && format[0] == '"' {
		c.format = string(jsonscan.Unquote(format[1 : len(format)-1]))
	}
	switch t := member(s, "type"); {
	case len(t) > 1 && t[0] == '"':
		c.types = typeNamed(t)
	case len(t) > 1 && t[0] == '[':
		c.types = 0
		jsonscan.Elements(t, func(v []byte) bool {
			c.types |= typeNamed(v)
			return true
		})
	case isObject(member(s, "properties")):
		c.types = typeObject | typeNull // such as tap authors mean it
	case isObject(member(s, "items")):
		c.types = typeArray | typeNull
	default:
		c.types = typesOfValues(s)
	}
	return c
}

func isObject(v []byte) bool { return len(v) > 0 && v[0] == '{' }

// typeNamed is the type of that name, or all where there is no such type.
func typeNamed(v []byte) types {
	if len(v) > 1 && v[0] == '"' {
		if t, ok := typesByName[string(jsonscan.Unquote(v[1:len(v)-1]))]; ok {
			return t
		}
	}
	return typeAll
}

// typesOfValues are the types of enum and const, all without them.
func typesOfValues(s []byte) types {
	var t types
	if list := member(s, "enum"); len(list) > 0 && list[0] == '[' {
		jsonscan.Elements(list, func(v []byte) bool {
			t |= typeOfValue(v)
			return true
		})
	} else if v := member(s, "const"); len(v) > 0 {
		t = typeOfValue(v)
	}
	if t == 0 {
		return typeAll
	}
	return t
}

func typeOfValue(v []byte) types {
	switch v[0] {
	case 'n':
		return typeNull
	case 't', 'f':
		return typeBoolean
	case '"':
		return typeString
	case '{':
		return typeObject
	case '[':
		return typeArray
	}
	return typeNumber
}
