package format

import (
	"slices"
	"strconv"

	"target-s3/singer/jsonscan"
	"target-s3/target/objectkey"
	"target-s3/target/schema"
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
	columnSourceKey = "_sdc_source_key_"
	columnLevel     = "_sdc_level_" // and the number, and _id
	columnValue     = "value"
)

// csvArray is a property whose elements are rows of another table.
type csvArray struct {
	leaf  int            // of the schema
	place []string       // names of the properties that lead to it
	items []schema.Field // of its elements; nil: not known
	table int            // of the outermost table's tables
}

// csvKey is a key property. Subtables have the columns that it has in its table:
// one, or several if it is an object.
type csvKey struct {
	name   string
	first  int   // of its columns
	leaves []int // of the schema, one for each of its columns; none where the schema does not name it
}

// addTables makes the tables of a stream's arrays, and of those within them. The
// names are those of the stream's own columns, as they are numbered.
func (l *CSV) addTables(names, system []string, byName bool) {
	var lead []string
	for _, key := range l.source {
		for i := range key.leaves {
			lead = append(lead, columnSourceKey+names[key.first+i])
		}
		if len(key.leaves) == 0 {
			lead = append(lead, columnSourceKey+key.name)
		}
	}
	if l.keyless {
		lead = []string{columnSourceKey + ColumnPrimaryKey}
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
			value: a.items == nil, path: prefix + objectkey.ArrayName(a.place),
		}
		sub.names = slices.Concat(lead, []string{columnLevel + strconv.Itoa(len(lead)-t.keys) + "_id"})
		below := slices.Clone(sub.names)
		f := flattening{CSV: sub, subtables: true}
		if sub.value {
			a.items = []schema.Field{{Name: columnValue}}
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
func (l *CSV) AppendRows(dst []byte, row *Row, s *Scratch, emit func(dst []byte, table int, mark Mark)) []byte {
	dst, mark := l.AppendRow(dst, row, s)
	emit(dst, -1, mark)
	if !slices.ContainsFunc(s.found, func(v []byte) bool { return v != nil }) {
		return dst
	}
	s.lead = l.appendSource(s.lead[:0], row, s)
	return l.appendElements(dst, l, row, s, emit)
}

// appendElements appends the rows of the arrays that were found in the row of a
// table that was appended last.
func (l *CSV) appendElements(dst []byte, table *CSV, row *Row, s *Scratch, emit func(dst []byte, table int, mark Mark)) []byte {
	above, lead := len(s.stack), len(s.lead)
	s.stack = append(s.stack, s.found...)
	for k, a := range table.arrays {
		array := s.stack[above+k]
		if array == nil {
			continue
		}
		sub := l.tables[a.table]
		element, place := *row, int64(0)
		element.Spans, element.Named = nil, false
		for value := range jsonscan.Elements(array) {
			s.lead = append(s.lead[:lead], l.delimiter)
			s.text = strconv.AppendInt(s.text[:0], place, 10)
			s.lead = l.appendBare(s.lead, s.text)
			element.Record, element.lead = value, s.lead
			var mark Mark
			dst, mark = sub.AppendRow(dst, &element, s)
			emit(dst, a.table, mark)
			if len(sub.arrays) > 0 {
				dst = l.appendElements(dst, sub, &element, s, emit)
			}
			place++
		}
	}
	s.stack, s.lead = s.stack[:above], s.lead[:lead]
	return dst
}

// appendSource appends the values of the key properties, or the key that the
// record got for the lack of them.
func (l *CSV) appendSource(dst []byte, row *Row, s *Scratch) []byte {
	if len(l.source) == 0 {
		return l.appendBare(dst, row.PrimaryKey[:])
	}
	for i := range l.source {
		key := &l.source[i]
		if i > 0 {
			dst = append(dst, l.delimiter)
		}
		if len(key.leaves) == 0 {
			dst = l.appendValue(dst, memberOf(row.Record, key.name), s)
		}
		for k, leaf := range key.leaves {
			if k > 0 {
				dst = append(dst, l.delimiter)
			}
			if row.Spans != nil {
				dst = l.appendValue(dst, row.Record[row.Spans[leaf].From:row.Spans[leaf].To], s)
			} else {
				dst = l.appendValue(dst, s.spans[key.first+k], s)
			}
		}
	}
	return dst
}

// memberOf is the value of a member that is no property of the schema.
func memberOf(record []byte, name string) (found []byte) {
	for key, value := range jsonscan.Members(record) {
		if string(jsonscan.Unquote(key)) == name {
			found = value
		}
	}
	return found
}

// appendSpans appends the columns of a table that has arrays, and notes these.
func (l *CSV) appendSpans(dst []byte, row *Row, s *Scratch) []byte {
	s.found = append(s.found[:0], make([][]byte, len(l.arrays))...)
	for k, a := range l.arrays {
		if at := row.Spans[a.leaf]; at.To > 0 && row.Record[at.From] == '[' {
			s.found[k] = row.Record[at.From:at.To]
		}
	}
	for i, leaf := range l.leaves {
		if i > 0 {
			dst = append(dst, l.delimiter)
		}
		at := row.Spans[leaf]
		if v := row.Record[at.From:at.To]; !l.mixed[i] || len(v) == 0 || v[0] != '[' {
			dst = l.appendValue(dst, v, s)
		}
	}
	return dst
}
