package format

import (
	"slices"
	"strings"

	"target-s3/target/schema"
	"target-s3/target/spans"
)

// csvColumn is a column whose values are found at a place.
type csvColumn struct {
	place *spans.Place
	slot  int // of the place

	// object and array say that such a value has columns, or a table, of its own.
	object, array bool
}

// value is where the column's value stands in the text of the notes; it is empty where
// there is none.
func (c *csvColumn) value(notes *spans.Notes, block int) (from, to int) {
	from, to = notes.At(block, c.slot)
	if from < to && c.isApart(notes.Text[from]) {
		return 0, 0
	}
	return from, to
}

// isApart reports whether what begins so is in columns or rows of its own, and not in
// this one.
func (c *csvColumn) isApart(first byte) bool {
	return c.object && first == '{' || c.array && first == '['
}

// NewCSV lays out a stream as CSV.
func NewCSV(s *schema.Schema, o Options) *CSV {
	l := &CSV{place: &spans.Place{Members: []*spans.Place{}}, delimiter: o.Delimiter, forceQuote: o.ForceQuote, metadata: o.Metadata, keyless: len(s.Keys()) == 0}
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
	found     []csvColumn
	leading   [][]string // the names of the properties that lead to each of them
	own       []string   // names of the columns
	subtables bool
}

// layOut makes the columns: those that are there already, the fields', and the
// system's.
func (l *flattening) layOut(fields []schema.Field, system []string, byName bool) {
	l.lead = len(l.names)
	l.flatten(l.place, fields, nil)
	for _, name := range l.replaced { // whether the schema knows them or not
		if !slices.ContainsFunc(fields, func(f schema.Field) bool { return f.Name == name }) {
			l.place.Members = append(l.place.Members, &spans.Place{Name: name})
		}
	}
	spans.Number(l.place)
	l.paths = append(l.paths, columnValue) // of an element that is not an object
	l.nameBelow(l.place, "")
	order := make([]int, len(l.found))
	for i := range order {
		order[i] = i
		l.found[i].slot = l.found[i].place.Slot
	}
	for _, key := range l.keys {
		key.columns = l.found[key.first : key.first+len(key.columns)]
	}
	l.own = ColumnNames(slices.Concat(l.names, system, []string{ColumnExtra}), l.leading)
	if byName {
		slices.SortFunc(order, func(i, k int) int { return strings.Compare(l.own[i], l.own[k]) })
	}
	for _, i := range order {
		l.names = append(l.names, l.own[i])
		l.columns = append(l.columns, l.found[i])
	}
	l.names = append(l.names, system...)
}

// nameBelow names the slots below an object.
func (l *flattening) nameBelow(object *spans.Place, prefix string) {
	for _, member := range object.Members {
		l.paths = append(l.paths, prefix+member.Name)
		l.nameBelow(member, prefix+member.Name+"__")
	}
}

// flatten makes the columns of an object that is found by following these names.
func (l *flattening) flatten(object *spans.Place, fields []schema.Field, names []string) {
	for i := range fields {
		f := &fields[i]
		member := &spans.Place{Name: f.Name}
		if len(names) > 0 || !slices.Contains(l.replaced, f.Name) {
			l.locate(member, f, slices.Concat(names, []string{f.Name}))
		}
		object.Members = append(object.Members, member)
	}
}

// locate gives a field its column, columns or table. The names are those that lead
// to it.
func (l *flattening) locate(at *spans.Place, f *schema.Field, names []string) {
	var key *csvKey
	if len(names) == 1 {
		key = l.keys[f.Name]
	}
	rows := l.subtables && f.Array() && key == nil // a key has to be in the table
	first := len(l.found)
	if rows {
		at.Items = &spans.Place{}
		l.arrays = append(l.arrays, csvArray{place: at, names: names, items: f.Items})
	}
	if at.Bare = !hasColumn(f, rows); !at.Bare {
		l.found = append(l.found, csvColumn{place: at, object: f.Fields != nil, array: rows})
		l.leading = append(l.leading, names)
	}
	if f.Fields != nil {
		l.flatten(at, f.Fields, names)
	}
	if key != nil {
		key.first, key.columns = first, l.found[first:]
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
