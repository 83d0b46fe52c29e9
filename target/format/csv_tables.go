package format

import (
	"slices"
	"strconv"

	"target-s3/target/objectkey"
	"target-s3/target/schema"
	"target-s3/target/spans"
)

// Arrays are the rows of tables of their own, as Stitch has them: orders/line_items
// for the array line_items of the table orders, orders/line_items/tax_lines for
// one within its elements. The first columns of such a table tell which record the
// element is from, by the key properties of the record, and which place it has in
// its array and in those around it. Then come the properties of the elements, or
// the one column value where they have none that the schema knows, and the system
// columns of the record.
//
// What decides whether there is such a table is the schema alone: its property
// must be an array, or may be one. A value that is none keeps its column. Members
// of an element with the names of columns that are the table's own get others, see
// ColumnNames: only those of the record are replaced.
const (
	columnLevel = "_sdc_level_" // and the number, and _id
	columnValue = "value"
)

// ColumnSourceKey is what the names of the columns begin with that tell which record
// the row of a subtable is from. The name of the record's own column follows.
const ColumnSourceKey = "_sdc_source_key_"

// csvArray is a property whose elements are rows of another table.
type csvArray struct {
	place *spans.Place
	names []string       // of the properties that lead to it
	items []schema.Field // of its elements; nil: not known
	table int            // of the outermost table's tables
}

// csvKey is a key property. Subtables have the columns that it has in its table:
// one, or several if it is an object.
type csvKey struct {
	name    string
	first   int // of its columns, as they are met
	columns []csvColumn
}

// addTables makes the tables of a stream's arrays, and of those within them. The
// names are those of the stream's own columns, as they are numbered.
func (l *CSV) addTables(names, system []string, byName bool) {
	var lead []string
	for _, key := range l.source {
		for i := range key.columns {
			lead = append(lead, ColumnSourceKey+names[key.first+i])
		}
		if len(key.columns) == 0 {
			lead = append(lead, ColumnSourceKey+key.name)
		}
	}
	if l.keyless {
		lead = []string{ColumnSourceKey + ColumnPrimaryKey}
		if len(system) > 0 {
			system = system[:len(system)-1] // the key is in the first columns
		}
	}
	t := tabling{root: l, system: system, keys: len(lead), byName: byName}
	t.add(l, "", lead)
}

// tabling makes tables.
type tabling struct {
	root   *CSV
	system []string
	keys   int // columns that tell the record
	byName bool
}

// add makes the tables of a table's arrays.
func (t *tabling) add(parent *CSV, prefix string, lead []string) {
	for k := range parent.arrays {
		a := &parent.arrays[k]
		sub := &CSV{
			delimiter: parent.delimiter, forceQuote: parent.forceQuote, metadata: parent.metadata,
			place: a.place.Items, path: prefix + objectkey.ArrayName(a.names),
		}
		sub.names = slices.Concat(lead, []string{columnLevel + strconv.Itoa(len(lead)-t.keys) + "_id"})
		below := slices.Clone(sub.names)
		f := flattening{CSV: sub, subtables: true}
		if sub.place.Bare = a.items != nil; !sub.place.Bare {
			f.found, f.leading = []csvColumn{{place: sub.place}}, [][]string{{columnValue}}
		}
		f.layOut(a.items, t.system, t.byName)
		a.table = len(t.root.tables)
		t.root.tables = append(t.root.tables, sub)
		t.add(sub, sub.path+"/", below)
	}
}

// Tables are those of the arrays.
func (l *CSV) Tables() []Table {
	tables := make([]Table, len(l.tables))
	for i, sub := range l.tables {
		tables[i] = Table{sub.path, sub}
	}
	return tables
}

// AppendRows appends the record's row and those of its arrays' elements, each
// followed by those of its own arrays.
func (l *CSV) AppendRows(dst []byte, row *Row, s *Scratch, emit func(dst []byte, table int, mark Mark) []byte) []byte {
	l.setSystem(row, s)
	notes := l.notes(row, s)
	dst, mark := l.appendRow(dst, notes, 0, row, s, 0)
	dst = emit(dst, -1, mark)
	if !slices.ContainsFunc(l.arrays, func(a csvArray) bool { return notes.Listed(0, a.place) }) {
		return dst
	}
	s.lead = l.appendSource(s.lead[:0], notes, row)
	return l.appendElements(dst, l, notes, 0, row, s, emit)
}

// appendElements appends the rows of the arrays in a record or an element of a
// table, whose block that is.
func (l *CSV) appendElements(dst []byte, table *CSV, notes *spans.Notes, block int, row *Row, s *Scratch, emit func(dst []byte, table int, mark Mark) []byte) []byte {
	lead := len(s.lead)
	for k := range table.arrays {
		a := &table.arrays[k]
		if !notes.Listed(block, a.place) {
			continue
		}
		sub, place := l.tables[a.table], int64(0)
		for within, element := range notes.Elements(block, a.place) {
			s.lead = append(s.lead[:lead], l.delimiter)
			s.text = strconv.AppendInt(s.text[:0], place, 10)
			s.lead = l.appendBare(s.lead, s.text)
			var mark Mark
			dst, mark = sub.appendRow(dst, within, element, row, s, 0)
			dst = emit(dst, a.table, mark)
			if len(sub.arrays) > 0 {
				dst = l.appendElements(dst, sub, within, element, row, s, emit)
			}
			place++
		}
	}
	s.lead = s.lead[:lead]
	return dst
}

// appendSource appends the values of the key properties, or the key that the
// record got for the lack of them.
func (l *CSV) appendSource(dst []byte, notes *spans.Notes, row *Row) []byte {
	if len(l.source) == 0 {
		return l.appendBare(dst, row.PrimaryKey[:])
	}
	for i := range l.source {
		key := &l.source[i]
		if i > 0 {
			dst = append(dst, l.delimiter)
		}
		if len(key.columns) == 0 {
			from, to := l.withoutColumn(key.name, notes)
			dst = l.appendValue(dst, notes.Text, from, to)
		}
		for k := range key.columns {
			if k > 0 {
				dst = append(dst, l.delimiter)
			}
			from, to := key.columns[k].value(notes, 0)
			dst = l.appendValue(dst, notes.Text, from, to)
		}
	}
	return dst
}

// withoutColumn is where the value of a key property stands that its table has no
// column of: a system column is there in its place, or the schema does not name it.
func (l *CSV) withoutColumn(key string, notes *spans.Notes) (from, to int) {
	if at := l.place.Member([]byte(key)); at != nil {
		return notes.At(0, at.Slot)
	}
	for o := range notes.OthersAt(0, l.place) {
		if string(o.Key) == key {
			return o.From, o.To
		}
	}
	return 0, 0
}
