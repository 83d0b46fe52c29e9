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
	Decimal // a number, or its text, with a known precision and scale
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
	w := shapeWalk{newWalk(text)}
	return Shape{Kind: Object, Properties: w.members([][]byte{text}, 1)}
}

type shapeWalk struct{ walk }

// members are the properties of several schemas for the same object.
func (w *shapeWalk) members(schemas [][]byte, level int) []Property {
	defer w.leave(len(w.refs))
	names, found := w.properties(schemas)
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
	defer w.leave(len(w.refs))
	var found [][]byte
	for _, items := range w.applying(schemas, "items") {
		if items == nil {
			continue
		}
		if !isObject(items) {
			return nil
		}
		found = append(found, items)
	}
	if len(found) == 0 {
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
	switch claims.types &^ kindNull {
	case kindBool:
		return Shape{Kind: Boolean}
	case kindWhole:
		return claims.integer()
	case kindNumber:
		return claims.number()
	case kindString:
		return claims.text()
	case kindObject:
		if w.names > maxNames { // which would be in the path of each column below
			break
		}
		if members := w.members(schemas, level); len(members) > 0 {
			return Shape{Kind: Object, Properties: members}
		}
	case kindArray:
		if items := w.items(schemas, level); items != nil {
			return Shape{Kind: Array, Items: items}
		}
	default:
		if claims.types&(kindObject|kindArray) == 0 && claims.types&^kindNull != 0 {
			return claims.scalars()
		}
	}
	return Shape{}
}

// claim is what a schema says of a value without looking into containers.
type claim struct {
	types   kind
	format  string // of strings
	decimal decimalClaim
}

// or is a claim for values that either one holds for.
func (c claim) or(d claim) claim {
	u := claim{types: c.types | d.types, format: c.format, decimal: c.decimal}
	if c.types&kindString == 0 {
		u.format = d.format
	} else if d.types&kindString != 0 && c.format != d.format {
		u.format = ""
	}
	const counts = kindNumber | kindString
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

// claim reads one schema. References that it follows are not a longer being read
// when it returns: only its caller knows whether it will look into them.
func (w *shapeWalk) claim(s []byte, level int) claim {
	defer w.leave(len(w.refs))
	s, level, _ = w.follow(s, level)
	if s == nil {
		return claim{types: kindAny}
	}
	c := ownClaim(s)
	for _, key := range [...]string{"anyOf", "oneOf", "allOf"} {
		list := member(s, key)
		if len(list) == 0 || list[0] != '[' {
			continue
		}
		var all claim
		first := true
		for alternative := range jsonscan.Elements(list) {
			switch d := w.claim(alternative, level+1); {
			case first:
				all, first = d, false
			case key == "allOf":
				all = all.and(d)
			default:
				all = all.or(d)
			}
		}
		if !first {
			c = c.and(all)
		}
	}
	return c
}

// ownClaim is what a schema says aside from its alternatives.
func ownClaim(s []byte) claim {
	c := claim{types: kindAny, decimal: decimalClaimOf(s)}
	if format := member(s, "format"); len(format) > 1 && format[0] == '"' {
		c.format = string(jsonscan.Unquote(format[1 : len(format)-1]))
	}
	switch t := member(s, "type"); {
	case len(t) > 0 && (t[0] == '"' || t[0] == '['):
		if named, known := namedKinds(t); known {
			c.types = named
		}
	case isObject(member(s, "properties")):
		c.types = kindObject | kindNull // such as tap authors mean it
	case isObject(member(s, "items")):
		c.types = kindArray | kindNull
	default:
		c.types = kindsOfValues(s)
	}
	return c
}

// kindsOfValues are the kinds of enum and const, all without them.
func kindsOfValues(s []byte) kind {
	var k kind
	if list := member(s, "enum"); len(list) > 0 && list[0] == '[' {
		for v := range jsonscan.Elements(list) {
			k |= kindOfText(v)
		}
	} else if v := member(s, "const"); len(v) > 0 {
		k = kindOfText(v)
	}
	if k == 0 {
		return kindAny
	}
	return k
}
