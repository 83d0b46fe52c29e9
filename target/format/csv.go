package format

import (
	"bytes"
	"encoding/binary"
	"strconv"

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
	return l.appendRow(dst, l.notes(row, s), 0, row, s)
}

// notes are those of a record.
func (l *CSV) notes(row *Row, s *Scratch) *spans.Notes {
	if row.Notes != nil {
		return row.Notes
	}
	s.notes.Walk(l.place, row.Record, row.Repeated)
	return &s.notes
}

// appendRow appends the row of a record, or of an element, whose block that is.
func (l *CSV) appendRow(dst []byte, notes *spans.Notes, block int, row *Row, s *Scratch) ([]byte, Mark) {
	start := len(dst)
	if l.lead > 0 {
		dst = append(dst, s.lead...)
	}
	for i := range l.columns {
		if i > 0 || l.lead > 0 {
			dst = append(dst, l.delimiter)
		}
		dst = l.appendValue(dst, l.columns[i].value(notes, block), s)
	}
	mark := Mark{BatchedAt: -1}
	if l.metadata {
		dst, mark.BatchedAt = l.appendSystem(dst, row, s)
		mark.BatchedAt -= start
	}
	if others := notes.Others(block); len(others) > 0 {
		if len(l.names) > 0 {
			dst = append(dst, l.delimiter)
		}
		dst = l.appendText(dst, l.aside(notes.Text, others, s))
		mark.Extra = true
	}
	if len(dst) == start { // a blank line would be no row to most readers
		dst = append(dst, '"', '"')
	}
	return append(dst, '\n'), mark
}

// aside is the object of what has no column.
func (l *CSV) aside(text []byte, others []spans.Other, s *Scratch) []byte {
	s.members.Reset()
	for i := range others {
		o := &others[i]
		switch {
		case o.Key == nil:
			s.text = append(s.text[:0], l.paths[o.Of]...)
		case o.Of == 0:
			s.text = append(s.text[:0], o.Key...)
		default:
			s.text = append(append(append(s.text[:0], l.paths[o.Of]...), "__"...), o.Key...)
		}
		s.members.PutAside(s.text, text[o.From:o.To])
	}
	return s.members.Aside()
}

// appendSystem appends the system columns and says where _sdc_batched_at is.
func (l *CSV) appendSystem(dst []byte, row *Row, s *Scratch) (out []byte, batchedAt int) {
	if l.lead+len(l.columns) > 0 {
		dst = append(dst, l.delimiter)
	}
	dst = l.appendValue(dst, row.TimeExtracted, s)
	dst = append(dst, l.delimiter)
	dst = l.appendBare(dst, row.Received[:])
	dst = append(dst, l.delimiter)
	batchedAt = len(dst)
	if l.forceQuote {
		batchedAt++
	}
	dst = l.appendBare(dst, row.Received[:]) // until the batch is known
	dst = append(dst, l.delimiter)
	s.text = strconv.AppendInt(s.text[:0], row.Version, 10)
	dst = l.appendBare(dst, s.text)
	dst = append(dst, l.delimiter)
	s.text = s.appendSequence(s.text[:0], row.Sequence)
	dst = l.appendBare(dst, s.text)
	if l.keyless {
		dst = append(dst, l.delimiter)
		dst = l.appendBare(dst, row.PrimaryKey[:])
	}
	return dst, batchedAt
}

// appendValue appends a JSON value as a field: a string's text, anything else as
// it is written, null as nothing.
func (l *CSV) appendValue(dst, v []byte, s *Scratch) []byte {
	switch {
	case len(v) == 0 || v[0] == 'n':
		return dst
	case v[0] == '{' || v[0] == '[':
		return l.appendText(dst, v)
	case v[0] != '"':
		return l.appendBare(dst, v)
	}
	text := v[1 : len(v)-1]
	if !l.isBare(text) {
		if bytes.IndexByte(text, '\\') >= 0 {
			s.text = jsonscan.AppendUnquoted(s.text[:0], text)
			text = s.text
		}
		return l.appendText(dst, text)
	}
	return l.appendBare(dst, text)
}

// appendBare appends a field that has no need of quotes.
func (l *CSV) appendBare(dst, text []byte) []byte {
	if !l.forceQuote {
		return append(dst, text...)
	}
	return append(append(append(dst, '"'), text...), '"')
}

// Eight bytes at a time: a byte of w is zero where (w-ones)&^w has its high bit.
const ones, highs = 0x0101010101010101, 0x8080808080808080

// isBare reports whether the text of a JSON string is a field as it stands. It
// cannot contain quotes or line ends, which JSON writes with a backslash.
func (l *CSV) isBare(text []byte) bool {
	if len(text) == 0 || text[0] == ' ' || text[len(text)-1] == ' ' {
		return false
	}
	i := 0
	for delimiter := uint64(l.delimiter) * ones; i+8 <= len(text); i += 8 {
		w := binary.LittleEndian.Uint64(text[i:])
		d, b := w^delimiter, w^'\\'*ones
		if ((d-ones)&^d|(b-ones)&^b)&highs != 0 {
			return false
		}
	}
	for _, c := range text[i:] {
		if c == l.delimiter || c == '\\' {
			return false
		}
	}
	return true
}

// appendText appends a field, in quotes where it needs them: the empty string,
// so that it is not null; what contains a delimiter, a quote or a line end; what
// begins or ends with a space, which some readers would trim; and `\.`, which
// ends the data for PostgreSQL.
func (l *CSV) appendText(dst, text []byte) []byte {
	if !l.forceQuote && !l.needsQuotes(text) {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for {
		i := bytes.IndexByte(text, '"')
		if i < 0 {
			return append(append(dst, text...), '"')
		}
		dst = append(append(dst, text[:i+1]...), '"')
		text = text[i+1:]
	}
}

func (l *CSV) needsQuotes(text []byte) bool {
	if len(text) == 0 || text[0] == ' ' || text[len(text)-1] == ' ' || string(text) == `\.` {
		return true
	}
	i := 0
	for delimiter := uint64(l.delimiter) * ones; i+8 <= len(text); i += 8 {
		w := binary.LittleEndian.Uint64(text[i:])
		d, q := w^delimiter, w^'"'*ones
		if ((d-ones)&^d|(q-ones)&^q|(w-0x20*ones)&^w)&highs != 0 { // or another control character
			break
		}
	}
	for _, c := range text[i:] {
		if c == l.delimiter || c == '"' || c == '\n' || c == '\r' {
			return true
		}
	}
	return false
}
