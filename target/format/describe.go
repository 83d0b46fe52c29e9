package format

import (
	"strings"

	"target-s3/target/schema"
	"target-s3/target/spans"
)

// A description of a table is its columns, in the order in which its files have them,
// each with the kind of its values. Any is the JSON text of any value.

// SystemProperties describe the system columns.
func SystemProperties(metadata, keyless bool) (columns []schema.Property) {
	for _, c := range SystemColumns(metadata, keyless) {
		columns = append(columns, schema.Property{Name: c.Name, Shape: schema.Shape{Kind: c.Kind}})
	}
	return columns
}

// Describe describes the table of the records, which have that shape, and those that
// Tables has, in their order.
func (l *CSV) Describe(record schema.Shape) [][]schema.Property {
	all := make([][]schema.Property, 1+len(l.tables))
	all[0] = l.describe(nil, record)
	source := map[string]schema.Shape{}
	for _, c := range all[0] {
		source[ColumnSourceKey+c.Name] = c.Shape
	}
	l.describeArrays(l, source, record, all)
	return all
}

// describeArrays describes the tables of a table's arrays.
func (l *CSV) describeArrays(table *CSV, source map[string]schema.Shape, record schema.Shape, all [][]schema.Property) {
	for i := range table.arrays {
		a := &table.arrays[i]
		var element schema.Shape
		if at := shapeAt(record, a.names); at.Items != nil {
			element = *at.Items
		}
		sub := l.tables[a.table]
		all[1+a.table] = sub.describe(source, element)
		l.describeArrays(sub, source, element, all)
	}
}

// describe describes one table. Source has the columns that tell the record.
func (l *CSV) describe(source map[string]schema.Shape, record schema.Shape) []schema.Property {
	var columns []schema.Property
	add := func(name string, s schema.Shape) { columns = append(columns, schema.Property{Name: name, Shape: s}) }
	for _, name := range l.names[:l.lead] {
		s, ok := source[name]
		switch {
		case ok:
		case strings.HasPrefix(name, columnLevel):
			s.Kind = schema.Integer
		default:
			s.Kind = schema.Text
		}
		add(name, s)
	}
	paths := map[*spans.Place][]string{}
	addPaths(paths, l.place, nil)
	for i := range l.columns {
		add(l.names[l.lead+i], asText(shapeAt(record, paths[l.columns[i].place])))
	}
	system := l.names[l.lead+len(l.columns):]
	for _, c := range SystemProperties(l.metadata, true)[:len(system)] {
		add(c.Name, c.Shape)
	}
	add(ColumnExtra, schema.Shape{Kind: schema.Text})
	return columns
}

// addPaths notes how the places below an object are reached.
func addPaths(paths map[*spans.Place][]string, at *spans.Place, path []string) {
	paths[at] = path
	for _, member := range at.Members {
		addPaths(paths, member, append(path[:len(path):len(path)], member.Name))
	}
}

// shapeAt is the shape that is reached by following the names of properties.
func shapeAt(s schema.Shape, path []string) schema.Shape {
	for _, name := range path {
		var found schema.Shape
		for i := range s.Properties {
			if s.Properties[i].Name == name {
				found = s.Properties[i].Shape
			}
		}
		s = found
	}
	return s
}

// asText is the shape of a column of text: of containers it is JSON.
func asText(s schema.Shape) schema.Shape {
	switch s.Kind {
	case schema.Any, schema.Object, schema.Array:
		return schema.Shape{Kind: schema.Text}
	}
	return s
}
