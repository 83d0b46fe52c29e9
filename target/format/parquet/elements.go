package parquet

import (
	"slices"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	pqformat "github.com/parquet-go/parquet-go/format"
)

// elements describes the columns, as the footer of a file has it: each before those
// below it.
func (l *columns) elements() []pqformat.SchemaElement {
	columns := slices.Concat(l.record.fields, l.system)
	list := []pqformat.SchemaElement{{Name: "record", NumChildren: thrift.New(int32(len(columns)))}}
	for i := range columns {
		list = columns[i].appendElements(list)
	}
	return list
}

func (c *column) appendElements(list []pqformat.SchemaElement) []pqformat.SchemaElement {
	e := pqformat.SchemaElement{Name: c.name, RepetitionType: thrift.New(pqformat.Optional)}
	switch c.kind {
	case kindGroup:
		e.NumChildren = thrift.New(int32(len(c.fields)))
		list = append(list, e)
		for i := range c.fields {
			list = c.fields[i].appendElements(list)
		}
		return list
	case kindList:
		e.NumChildren = thrift.New(int32(1))
		e.LogicalType.Value, e.ConvertedType = &pqformat.ListType{}, thrift.New(deprecated.List)
		list = append(list, e, pqformat.SchemaElement{
			Name: "list", RepetitionType: thrift.New(pqformat.Repeated), NumChildren: thrift.New(int32(1)),
		})
		return c.element.appendElements(list)
	default:
		c.describe(&e)
		return append(list, e)
	}
}

// describe adds the type of a column that has values. The converted type says to old
// readers what the logical one does.
func (c *column) describe(e *pqformat.SchemaElement) {
	l := leaf{kind: c.kind}
	e.Type = thrift.New(l.physical())
	switch c.kind {
	case kindInteger:
		e.LogicalType.Value = &pqformat.IntType{BitWidth: 64, IsSigned: true}
	case kindDecimal32, kindDecimal64, kindDecimal:
		scale, precision := int32(c.scale), int32(c.precision)
		e.LogicalType.Value, e.ConvertedType = &pqformat.DecimalType{Scale: scale, Precision: precision}, thrift.New(deprecated.Decimal)
		e.Scale, e.Precision = thrift.New(scale), thrift.New(precision)
	case kindTimestamp:
		e.LogicalType.Value = &pqformat.TimestampType{IsAdjustedToUTC: true, Unit: pqformat.TimeUnit{Value: &pqformat.MicroSeconds{}}}
		e.ConvertedType = thrift.New(deprecated.TimestampMicros)
	case kindDate:
		e.LogicalType.Value, e.ConvertedType = &pqformat.DateType{}, thrift.New(deprecated.Date)
	case kindText, kindJSON:
		// Not as JSON for the latter: Polars, and pyarrow before version 19, take what
		// is so annotated for bytes.
		e.LogicalType.Value, e.ConvertedType = &pqformat.StringType{}, thrift.New(deprecated.UTF8)
	case kindBoolean, kindDouble, kindGroup, kindList:
	}
	if n := c.typeLength(); n > 0 {
		e.TypeLength = thrift.New(int32(n))
	}
}

// typeLength is how many bytes a decimal takes, and how many bits another value; 0 of
// a text.
func (c *column) typeLength() int {
	switch c.kind {
	case kindBoolean:
		return 1
	case kindDecimal:
		return c.width
	}
	return c.widthOfValues() * 8
}
