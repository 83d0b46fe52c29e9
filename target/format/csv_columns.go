package format

import (
	"slices"
	"strings"

	"target-s3/target/schema"
)

// csvObject is an object whose properties are known.
type csvObject struct {
	prefix     string // of its columns' names
	properties Properties
	fields     []csvField // one for each of them
}

// csvField is a property, as the leaf that a column is or as the object that
// several are; both for an object that may be something else.
type csvField struct {
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
		l.source = append(l.source, csvKey{name: key})
	}
	if o.ByName {
		slices.SortFunc(l.source, func(a, b csvKey) int { return strings.Compare(a.name, b.name) })
	}
	system := systemNames(s, o)
	f := flattening{CSV: l, replaced: system, keys: map[string]*csvKey{}}
	for i := range l.source {
		f.keys[l.source[i].name] = &l.source[i]
	}
	f.subtables = o.Subtables && f.keyBytes(s.Fields()) <= maxKeyBytes
	f.layOut(s.Fields(), system, o.ByName)
	if len(l.arrays) > 0 {
		l.addTables(f.own, system, o.ByName)
	}
	return l
}

// maxKeyBytes bounds the columns of the keys, which each subtable has: thousands
// of keys in thousands of tables are too many. Arrays then stay JSON text.
const maxKeyBytes = 4 << 10

// keyBytes is about what the names of the key columns take.
func (l *flattening) keyBytes(fields []schema.Field) int {
	const each = 16
	var columns func(f *schema.Field, before int) int
	columns = func(f *schema.Field, before int) (n int) {
		before += len(f.Name)
		if f.Leaf() {
			n += each + before
		}
		for i := range f.Fields {
			n += columns(&f.Fields[i], before)
		}
		return n
	}
	n := 0
	for name := range l.keys {
		n += each + len(name)
	}
	for i := range fields {
		if l.keys[fields[i].Name] != nil {
			n += columns(&fields[i], 0)
		}
	}
	return n
}

// flattening makes the columns of one table. They are numbered as they are met.
type flattening struct {
	*CSV
	replaced  []string           // members of the record that system columns take the place of
	keys      map[string]*csvKey // of the table, by their names
	columns   []csvColumn
	own       []string // names of the columns
	leaf      int      // of the schema, the next one
	subtables bool
}

// csvColumn is a column to be.
type csvColumn struct {
	place []string // names of the properties that lead to it
	leaf  int      // of the schema
	mixed bool     // its property may also be an array, which is not for it
}

// layOut makes the columns: those that are there already, the fields', and the
// system's.
func (l *flattening) layOut(fields []schema.Field, system []string, byName bool) {
	l.lead = len(l.names)
	l.record = l.flatten(fields, nil)
	for _, name := range l.replaced { // whether the schema knows them or not
		if _, ok := l.record.properties.Index(name); !ok {
			l.record.properties.add(name)
			l.record.fields = append(l.record.fields, csvField{path: name, column: -1, array: -1, dropped: true})
		}
	}
	places := make([][]string, len(l.columns))
	l.order = make([]int, len(l.columns))
	for i, c := range l.columns {
		places[i], l.order[i] = c.place, i
	}
	l.own = ColumnNames(slices.Concat(l.names, system, []string{ColumnExtra}), places)
	if byName {
		slices.SortFunc(l.order, func(i, k int) int { return strings.Compare(l.own[i], l.own[k]) })
	}
	for _, i := range l.order {
		l.names = append(l.names, l.own[i])
		l.leaves = append(l.leaves, l.columns[i].leaf)
		l.mixed = append(l.mixed, l.columns[i].mixed)
	}
	l.names = append(l.names, system...)
}

// flatten makes the columns of an object that is found by following these
// names.
func (l *flattening) flatten(fields []schema.Field, place []string) csvObject {
	prefix := strings.Join(append(place, ""), "__")
	o := csvObject{prefix: prefix, properties: NewProperties(nil), fields: make([]csvField, len(fields))}
	for i := range fields {
		f := &fields[i]
		field := csvField{path: prefix + f.Name, column: -1, array: -1}
		if len(place) == 0 && slices.Contains(l.replaced, f.Name) {
			field.dropped = true
			l.leaf += schema.Leaves(fields[i : i+1])
		} else {
			l.locate(&field, f, slices.Concat(place, []string{f.Name}))
		}
		o.fields[i] = field
		o.properties.add(f.Name)
	}
	return o
}

// locate gives a field its column, columns or table. The place is the names that
// lead to it.
func (l *flattening) locate(field *csvField, f *schema.Field, place []string) {
	var key *csvKey
	if len(place) == 1 {
		key = l.keys[f.Name]
	}
	rows := l.subtables && f.Array() && key == nil // a key has to be in the table
	first := len(l.columns)
	if rows {
		field.array = len(l.arrays)
		l.arrays = append(l.arrays, csvArray{leaf: l.leaf, place: place, items: f.Items})
	}
	if hasColumn(f, rows) {
		field.column = first
		l.columns = append(l.columns, csvColumn{place, l.leaf, rows})
	}
	if f.Leaf() {
		l.leaf++
	}
	if f.Fields != nil {
		object := l.flatten(f.Fields, place)
		field.object = &object
	}
	if key != nil {
		key.first = first
		for _, c := range l.columns[first:] {
			key.leaves = append(key.leaves, c.leaf)
		}
	}
}

// hasColumn reports whether a field has a column of its own. If its elements are
// rows of another table, or its properties columns, that is for what else it may
// be.
func hasColumn(f *schema.Field, rows bool) bool {
	switch {
	case f.Fields != nil:
		return f.Scalar() || (f.Array() && !rows)
	case rows:
		return f.Other()
	}
	return true
}
