package parquet

import (
	"slices"

	"target-s3/target/schema"
)

// Describe describes the columns, in the order of the files.
func (l *Layout) Describe() []schema.Property {
	c := l.columns()
	return describe(slices.Concat(c.record.fields, c.system))
}

func describe(columns []column) []schema.Property {
	all := make([]schema.Property, len(columns))
	for i := range columns {
		all[i] = schema.Property{Name: columns[i].name, Shape: columns[i].shape()}
	}
	return all
}

// shape is what the column holds, with the names that the file has.
func (c *column) shape() schema.Shape {
	s := schema.Shape{Precision: c.precision, Scale: c.scale}
	switch c.kind {
	case kindBoolean:
		s.Kind = schema.Boolean
	case kindInteger:
		s.Kind = schema.Integer
	case kindDouble:
		s.Kind = schema.Number
	case kindDecimal32, kindDecimal64, kindDecimal:
		s.Kind = schema.Decimal
	case kindText:
		s.Kind = schema.Text
	case kindJSON:
		s.Kind = schema.Any
	case kindTimestamp:
		s.Kind = schema.DateTime
	case kindDate:
		s.Kind = schema.Date
	case kindGroup:
		s.Kind, s.Properties = schema.Object, describe(c.fields)
	case kindList:
		element := c.element.shape()
		s.Kind, s.Items = schema.Array, &element
	}
	return s
}
