package parquet

import (
	"fmt"
	"slices"

	pqformat "github.com/parquet-go/parquet-go/format"

	"target-s3/target/format"
	"target-s3/target/schema"
	"target-s3/target/spans"
)

// kind is how a column stores its values.
type kind uint8

const (
	kindBoolean kind = iota
	kindInteger
	kindDouble
	kindDecimal32 // by the bytes that an unscaled value takes
	kindDecimal64
	kindDecimal
	kindText
	kindJSON
	kindTimestamp
	kindDate
	kindGroup
	kindList
)

// column is a node of the tree of columns.
type column struct {
	kind             kind
	name             string // in the file
	key              []byte // in the record
	precision, scale int    // of a decimal
	width            int    // of a kindDecimal
	fields           []column
	place            *spans.Place // in the record; nil: it does not come from there
	element          *column      // of a list
	distinct         bool         // no value occurs twice
	constant         bool         // all rows of a file have the same value
	leaf             int          // number of the first leaf below it, or its own
	leaves           int          // how many there are
	level            int          // of repetition: of a list's elements, or of its own values
}

// leaf is a column that has values.
type leaf struct {
	path                   []string
	kind                   kind
	width                  int // of a value in bytes; 0: it is a text's own
	repetition, definition int // the highest levels
	dictionary             bool
	bloom                  bool
}

// isBytes reports whether values are bytes, not numbers.
func (k kind) isBytes() bool { return k == kindText || k == kindJSON || k == kindDecimal }

func (k kind) isText() bool { return k == kindText || k == kindJSON }

// flat reports whether each row has one value, or null.
func (l *leaf) flat() bool { return len(l.path) == 1 }

// bounded reports whether minima and maxima are kept. Those of JSON texts would be
// of no use.
func (l *leaf) bounded() bool { return l.kind != kindJSON }

// physical is the type that values have in the file.
func (l *leaf) physical() pqformat.Type {
	switch l.kind {
	case kindBoolean:
		return pqformat.Boolean
	case kindDouble:
		return pqformat.Double
	case kindDecimal32, kindDate:
		return pqformat.Int32
	case kindInteger, kindTimestamp, kindDecimal64:
		return pqformat.Int64
	case kindDecimal:
		return pqformat.FixedLenByteArray
	}
	return pqformat.ByteArray
}

// widthOfValues is how many bytes a value takes that is not a text.
func (c *column) widthOfValues() int {
	switch c.kind {
	case kindBoolean:
		return 1
	case kindDecimal32, kindDate:
		return 4
	case kindInteger, kindTimestamp, kindDecimal64, kindDouble:
		return 8
	}
	return c.width // 0 of a text
}

// what names the column's type in messages.
func (c *column) what() string {
	switch c.kind {
	case kindBoolean:
		return "BOOLEAN"
	case kindInteger:
		return "INT64"
	case kindDouble:
		return "DOUBLE"
	case kindDecimal32, kindDecimal64, kindDecimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", c.precision, c.scale)
	case kindTimestamp:
		return "TIMESTAMP"
	case kindDate:
		return "DATE"
	case kindGroup:
		return "group"
	case kindList:
		return "LIST"
	case kindText, kindJSON:
	}
	return "STRING"
}

// makeColumns makes the tree of a table's columns: the record's, the system's,
// and the one for what the schema does not know, which is always there, so that
// all files of a table have the same columns.
func (l *columns) makeColumns(properties []schema.Property, keys []string) {
	l.replaced = map[string]bool{}
	var system []column
	taken := []string{format.ColumnExtra}
	for _, known := range format.SystemColumns(l.metadata, l.keyless) {
		c := newColumn(schema.Shape{Kind: known.Kind})
		c.name, c.distinct, c.constant = known.Name, !known.Few, known.Name == format.ColumnBatchedAt
		system = append(system, c)
		l.replaced[c.name] = true
		taken = append(taken, c.name)
	}
	var own []schema.Property
	for _, p := range properties {
		if !l.replaced[p.Name] {
			own = append(own, p)
		}
	}
	l.record = column{kind: kindGroup, place: &spans.Place{}}
	l.record.setFields(own, taken)
	spans.Number(l.record.place)
	for i := range l.record.fields {
		if f := &l.record.fields[i]; slices.Contains(keys, string(f.key)) {
			f.distinct = true
		}
	}
	l.system = slices.Concat(system, []column{{name: format.ColumnExtra, kind: kindJSON}})
	for _, columns := range [...][]column{l.record.fields, l.system} {
		for i := range columns {
			l.number(&columns[i], nil, 0, 0)
		}
	}
	l.setSteps()
	for i := range l.record.fields {
		// There is no filter for booleans.
		if f := &l.record.fields[i]; f.distinct && f.kind < kindGroup && f.kind != kindBoolean {
			l.leaves[f.leaf].bloom = true
		}
	}
}

// setFields makes the columns of an object's properties, beside those whose names
// are taken.
func (c *column) setFields(properties []schema.Property, taken []string) {
	paths := make([][]string, len(properties))
	for i, p := range properties {
		paths[i] = []string{p.Name}
	}
	names := format.ColumnNames(taken, paths)
	c.fields = make([]column, len(properties))
	c.place.Members = make([]*spans.Place, len(properties))
	for i, p := range properties {
		f := &c.fields[i]
		*f = newColumn(p.Shape)
		f.key, f.name = []byte(p.Name), names[i]
		f.place.Name = p.Name
		c.place.Members[i] = f.place
	}
}

func newColumn(s schema.Shape) column {
	c := column{kind: kindJSON, place: &spans.Place{}}
	switch s.Kind {
	case schema.Boolean:
		c.kind = kindBoolean
	case schema.Integer:
		c.kind = kindInteger
	case schema.Number:
		c.kind = kindDouble
	case schema.Decimal:
		c.precision, c.scale = s.Precision, s.Scale
		c.kind, c.width = decimalKind(s.Precision)
	case schema.Text:
		c.kind = kindText
	case schema.DateTime:
		c.kind = kindTimestamp
	case schema.Date:
		c.kind = kindDate
	case schema.Object:
		c.kind = kindGroup
		c.setFields(s.Properties, nil)
	case schema.Array:
		element := newColumn(*s.Items)
		c.kind, c.element = kindList, &element
		c.place.Items = element.place
	case schema.Any:
	}
	return c
}

// decimalKind is how decimals of a precision are stored: as others do it, in as
// few bytes as all of them fit into.
func decimalKind(precision int) (k kind, width int) {
	switch {
	case precision <= 9:
		return kindDecimal32, 4
	case precision <= 18:
		return kindDecimal64, 8
	}
	// Bytes for 10^precision and a sign: log2(10) is 3.3219…
	return kindDecimal, (precision*33220/10000 + 1 + 8) / 8
}

// number counts the leaves, and notes where each is.
func (l *columns) number(c *column, path []string, repetition, definition int) {
	c.leaf, c.level = len(l.leaves), repetition
	path = append(path[:len(path):len(path)], c.name)
	definition++
	switch c.kind {
	case kindGroup:
		for i := range c.fields {
			l.number(&c.fields[i], path, repetition, definition)
		}
	case kindList:
		c.element.name = "element"
		c.level = repetition + 1
		l.number(c.element, append(path[:len(path):len(path)], "list"), c.level, definition+1)
	default:
		l.leaves = append(l.leaves, leaf{
			path: path, kind: c.kind, width: c.widthOfValues(), repetition: repetition, definition: definition,
			dictionary: c.kind != kindBoolean && !c.distinct,
		})
	}
	c.leaves = len(l.leaves) - c.leaf
}
