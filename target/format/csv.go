package format

import (
	"bytes"
	"slices"

	"target-s3/singer/jsonscan"
	"target-s3/target/spans"
)

// CSV is RFC 4180 with newlines as line ends: a header, the schema's properties
// in its own order with objects flattened to parent__child, the system columns,
// and _sdc_extra where records have more than the schema knows. Null and a
// missing value are an empty field, the empty string is "". Objects whose
// properties the schema does not tell are JSON text. Arrays are the rows of
// tables of their own, see csv_tables.go, or JSON text as well.
type CSV struct {
	delimiter  byte
	forceQuote bool
	metadata   bool
	names      []string // of all columns but _sdc_extra
	place      *spans.Place
	columns    []csvColumn // those of the record, or of the element, as they stand in the file
	paths      []string    // of names joined by __, by the slots of the place; for _sdc_extra
	keyless    bool
	lead       int // columns that stand before them

	arrays []csvArray // in the order of the fields
	source []csvKey   // the key properties; for the columns of subtables
	tables []*CSV     // all subtables, of the outermost table alone
	path   string     // of a subtable
}

// Extension is csv.
func (*CSV) Extension() string { return "csv" }

// ContentType is the media type of RFC 4180.
func (*CSV) ContentType() string { return "text/csv" }

// Header appends the names of the columns.
func (l *CSV) Header(dst []byte, extra bool) []byte {
	for i, name := range l.names {
		if i > 0 {
			dst = append(dst, l.delimiter)
		}
		dst = l.appendText(dst, []byte(name))
	}
	if extra {
		if len(l.names) > 0 {
			dst = append(dst, l.delimiter)
		}
		dst = l.appendText(dst, []byte(ColumnExtra))
	}
	return append(dst, '\n')
}

// Widen adds an empty _sdc_extra to a row.
func (l *CSV) Widen(dst []byte) []byte {
	if len(l.names) == 0 {
		return dst // a row without columns has one empty field already
	}
	dst[len(dst)-1] = l.delimiter
	return append(dst, '\n')
}

// Place is that of the record.
func (l *CSV) Place() *spans.Place { return l.place }

// AppendRow appends the record as a row.
func (l *CSV) AppendRow(dst []byte, row *Row, s *Scratch) ([]byte, Mark) {
	l.setSystem(row, s)
	return l.appendRow(dst, l.notes(row, s), 0, row, s, row.Most)
}

// notes are those of a record.
func (l *CSV) notes(row *Row, s *Scratch) *spans.Notes {
	if row.Notes != nil {
		return row.Notes
	}
	s.notes.Walk(l.place, row.Record, row.Repeated)
	return &s.notes
}

// appendRow appends the row of a record, or of an element, whose block that is. What has
// no column may be longer than most, where that is not 0, only if the row's Size is known.
func (l *CSV) appendRow(dst []byte, notes *spans.Notes, block int, row *Row, s *Scratch, most int) ([]byte, Mark) {
	aside := l.asideSize(notes, block, s)
	if most > 0 && aside > most {
		return dst, Mark{BatchedAt: -1, Large: true}
	}
	size := len(notes.Text) + len(l.columns) // at most
	if len(notes.Text) >= largeText {
		size = l.size(notes, block)
		dst = slices.Grow(dst, size+len(s.lead)+largeRow+aside)
	}
	start := len(dst)
	if l.lead > 0 {
		dst = append(dst, s.lead...)
	}
	dst = l.appendColumns(dst, notes, block, size)
	mark := Mark{BatchedAt: -1}
	if l.metadata {
		dst, mark.BatchedAt = l.appendSystem(dst, row, s)
		mark.BatchedAt -= start
	}
	if aside > 0 {
		if len(l.names) > 0 {
			dst = append(dst, l.delimiter)
		}
		dst = l.appendAside(slices.Grow(dst, aside+pieceOfText), notes, block, s)
		mark.Extra = true
	}
	if len(dst) == start { // a blank line would be no row to most readers
		dst = append(dst, '"', '"')
	}
	return append(dst, '\n'), mark
}

const (
	// largeText is a size from which on the room for a row is made beforehand: growing
	// bit by bit takes memory for what was outgrown.
	largeText = 64 << 10
	// largeRow is what a row has beside its values, and room that is not used.
	largeRow = 4<<10 + 2*pieceOfText
)

// size is what the values of a row have, with a delimiter for each.
func (l *CSV) size(notes *spans.Notes, block int) (n int) {
	for i := range l.columns {
		from, to := l.columns[i].value(notes, block)
		n += to - from + 1
	}
	return n
}

// Size is how many bytes AppendRow will append.
func (l *CSV) Size(row *Row) (size, encoded int) {
	var s Scratch
	notes := l.notes(row, &s)
	return l.size(notes, 0) + l.asideSize(notes, 0, &s) + largeRow, 0
}

// asideSize is how long the field is of what has no column, 0 where there is nothing.
func (l *CSV) asideSize(notes *spans.Notes, block int, s *Scratch) (n int) {
	if !notes.AnyOthers() {
		return 0
	}
	quotes := func(text []byte) int { return bytes.Count(text, []byte{'"'}) }
	for o := range notes.Others(block, l.place) {
		name, value := l.asideName(o, s), notes.Text[o.From:o.To]
		n += jsonscan.QuotedSize(name) + quotes(name) + len(`"":,`) + len(value) + quotes(value)
	}
	if n > 0 {
		n += len(`"{}"`) - len(`,`)
	}
	return n
}

// appendAside appends the object of what has no column. It is there in pieces alone: it
// can be larger than the record.
func (l *CSV) appendAside(dst []byte, notes *spans.Notes, block int, s *Scratch) []byte {
	s.members.Reset()
	dst = append(dst, '"') // which the keys have
	for o := range notes.Others(block, l.place) {
		s.members.PutAside(l.asideName(o, s), notes.Text[o.From:o.To])
		if s.members.Len() > pieceOfText {
			dst = appendQuoted(dst, s.members.Take())
		}
	}
	return append(appendQuoted(dst, s.members.Aside()), '"')
}

// asideName is the name of a value that has no column: it leads to it.
func (l *CSV) asideName(o *spans.Other, s *Scratch) []byte {
	switch {
	case o.Key == nil:
		s.text = append(s.text[:0], l.paths[o.Of]...)
	case o.Of == 0:
		s.text = append(s.text[:0], o.Key...)
	default:
		s.text = append(append(append(s.text[:0], l.paths[o.Of]...), "__"...), o.Key...)
	}
	return s.text
}
