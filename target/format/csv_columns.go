package format

import (
	"slices"
	"strconv"
	"strings"

	"target-s3/target/schema"
)

// csvObject is an object whose properties are known.
type csvObject struct {
	prefix string // of its columns' names
	fields []csvField
	index  map[string]int // of fields, by their keys

	from, until           int // its columns, which stand together
	firstArray, endArrays int // its arrays, the same
}

// csvField is a property, as the leaf that a column is or as the object that
// several are.
type csvField struct {
	key     []byte
	path    string // of names joined by __, for _sdc_extra
	column  int    // -1 where there is none
	array   int    // of the table's arrays, -1 for what is none
	object  *csvObject
	dropped bool // replaced by a system column
}

// NewCSV lays out a stream as CSV.
func NewCSV(s *schema.Schema, o Options) *CSV {
	l := &CSV{delimiter: o.Delimiter, forceQuote: o.ForceQuote, metadata: o.Metadata, keyless: len(s.Keys()) == 0}
	for _, key := range s.Keys() {
		l.source = append(l.source, csvKey{[]byte(key), -1})
	}
	f := flattening{CSV: l, system: systemColumns(s, o), subtables: o.Subtables}
	f.layOut(s.Fields())
	if len(l.arrays) > 0 {
		l.addTables(s, o)
	}
	return l
}

// flattening makes the columns of one table.
type flattening struct {
	*CSV
	namer
	system    []string
	leaf      int // of the schema, the next one
	subtables bool
}

// layOut makes the columns: those that are there already, the fields', and the
// system's.
func (l *flattening) layOut(fields []schema.Field) {
	l.lead = len(l.names)
	l.taken = map[string]bool{}
	for _, name := range slices.Concat(l.names, l.system, []string{ColumnExtra}) {
		l.taken[name] = true
	}
	// Names at the top are taken before those that flattening makes, so that
	// a__b keeps its name where {"a":{"b":…}} has to give way.
	for _, f := range fields {
		if f.Fields == nil && !l.onlyArray(f) && !slices.Contains(l.system, f.Name) {
			l.reserve(f.Name)
		}
	}
	l.record = l.flatten(fields, nil, l.system)
	for _, name := range l.system { // replaced whether the schema knows them or not
		if _, ok := l.record.index[name]; !ok {
			l.record.index[name] = len(l.record.fields)
			l.record.fields = append(l.record.fields, csvField{key: []byte(name), path: name, column: -1, array: -1, dropped: true})
		}
	}
	l.columns = len(l.names) - l.lead
	l.names = append(l.names, l.system...)
}

// onlyArray reports whether a field has no column, because its values are rows of
// another table.
func (l *flattening) onlyArray(f schema.Field) bool { return l.subtables && f.Array && !f.Other }

// flatten makes the columns of an object that is found by following these
// names.
func (l *flattening) flatten(fields []schema.Field, place []string, system []string) csvObject {
	prefix := strings.Join(append(place, ""), "__")
	o := csvObject{
		prefix: prefix, fields: make([]csvField, len(fields)), index: make(map[string]int, len(fields)),
		from: len(l.names) - l.lead, firstArray: len(l.arrays),
	}
	for i, f := range fields {
		field := csvField{key: []byte(f.Name), path: prefix + f.Name, column: -1, array: -1}
		for k := range l.source {
			if len(place) == 0 && f.Fields == nil && string(l.source[k].name) == f.Name {
				l.source[k].leaf = l.leaf
			}
		}
		if slices.Contains(system, f.Name) {
			field.dropped = true
			l.leaf += schema.Leaves([]schema.Field{f})
		} else {
			l.locate(&field, f, slices.Concat(place, []string{f.Name}))
		}
		o.fields[i], o.index[f.Name] = field, i
	}
	o.until, o.endArrays = len(l.names)-l.lead, len(l.arrays)
	return o
}

// locate gives a field its column, columns or table. The place is the names that
// lead to it.
func (l *flattening) locate(field *csvField, f schema.Field, place []string) {
	leaf := l.leaf
	if f.Fields == nil {
		l.leaf++
		if !l.onlyArray(f) {
			field.column = len(l.names) - l.lead
			l.names = append(l.names, l.name(field.path, len(place) == 1))
			l.leaves = append(l.leaves, leaf)
			l.mixed = append(l.mixed, l.subtables && f.Array)
		}
	} else {
		object := l.flatten(f.Fields, place, nil)
		field.object = &object
		leaf = -1 // an array in its place is not among the spans
	}
	if l.subtables && f.Array {
		field.array = len(l.arrays)
		l.arrays = append(l.arrays, csvArray{leaf: leaf, place: place, items: f.Items})
	}
}

// namer keeps column names apart. What decides is the schema alone, so a
// column's name does not depend on the records.
type namer struct {
	taken, reserved map[string]bool
}

func (n *namer) reserve(name string) {
	if n.reserved == nil {
		n.reserved = map[string]bool{}
	}
	if !n.taken[name] {
		n.reserved[name] = true
	}
}

// name returns the path, or the path with the first of _2, _3, … that is free.
func (n *namer) name(path string, top bool) string {
	name := path
	for i := 2; n.taken[name] || (n.reserved[name] && (!top || name != path)); i++ {
		name = path + "_" + strconv.Itoa(i)
	}
	n.taken[name] = true
	return name
}
