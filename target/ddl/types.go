package ddl

import (
	"fmt"
	"strings"

	"target-s3/target/schema"
)

// types are an engine's names for what a column can hold.
type types struct {
	boolean, integer, number, dateTime, date, text string

	json    string                            // of what is not known; empty: text
	decimal func(precision, scale int) string // with so many digits, and so many of them behind the point
	quote   func(string) string               // of the names within an object

	object, array wrapped
	between       string // a name within an object and its type; empty: types are not told
	arrayOfArrays string // empty: as other arrays
}

// wrapped is what stands before and behind the types within a type.
type wrapped struct{ before, behind string }

// digits is how most engines write a decimal.
func digits(name string) func(precision, scale int) string {
	return func(precision, scale int) string { return fmt.Sprintf("%s(%d,%d)", name, precision, scale) }
}

// of is the type for a shape.
func (t *types) of(s schema.Shape) string {
	switch s.Kind {
	case schema.Boolean:
		return t.boolean
	case schema.Integer:
		return t.integer
	case schema.Number:
		return t.number
	case schema.Decimal:
		return t.decimal(s.Precision, s.Scale)
	case schema.DateTime:
		return t.dateTime
	case schema.Date:
		return t.date
	case schema.Object:
		return t.object.before + t.fields(s) + t.object.behind
	case schema.Array:
		return t.arrayOf(s)
	case schema.Any:
		if t.json != "" {
			return t.json
		}
	case schema.Text:
	}
	return t.text
}

// fields are the properties of an object within its type.
func (t *types) fields(s schema.Shape) string {
	if t.between == "" {
		return ""
	}
	all := make([]string, len(s.Properties))
	for i, p := range s.Properties {
		all[i] = t.quote(p.Name) + t.between + t.of(p.Shape)
	}
	return strings.Join(all, ", ")
}

func (t *types) arrayOf(s schema.Shape) string {
	if t.arrayOfArrays != "" && s.Items.Kind == schema.Array {
		return t.arrayOfArrays
	}
	element := ""
	if t.between != "" {
		element = t.of(*s.Items)
	}
	return t.array.before + element + t.array.behind
}

// definitions are columns with their types.
func (t *types) definitions(columns []column) []string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = t.quote(c.Name) + " " + t.of(c.Shape)
	}
	return all
}
