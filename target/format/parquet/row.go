package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"

	"target-s3/singer/jsonscan"
	"target-s3/target/format"
	"target-s3/target/schema"
	"target-s3/target/spans"
)

// A row stands in the form of the tree of columns, in their order. Null is a
// byte 0. Anything else is a byte 1 and a value: a byte, or 4 or 8 little-endian
// ones; the bytes of a wide decimal; a varint and so many bytes of text; the
// fields of a group; a number of elements in 4 bytes and these. _sdc_batched_at
// is not there: it is the same in all rows of a file.

// separator stands between the names of a path, until it is known for whom that
// is.
const separator = 0

// largeRecord is the size of a record from which on what it takes to make its row is not
// kept for the next one.
const largeRecord = 256 << 10

// rowWriter is what making a row takes.
type rowWriter struct {
	layout   *columns
	own      spans.Notes // of a record that nobody has looked at
	members  format.Members
	path     []byte // of the container that is open, each part with a separator at its end
	name     []byte // of what is put aside
	at       int    // number of the list element that is being written
	most     int    // how long the row may become before it is known how much room it takes
	part     part   // of the row, that is made of the record
	counted  int    // how much of it was counted and forgotten
	set      int    // how much of that was put aside
	extra    []byte // the row, which what is put aside is appended to
	text     []byte
	digits   []byte // of the number that was parsed last
	received struct {
		text   format.Timestamp
		micros int64
	}
	extracted struct { // the one that was read last, and is as it should be
		text   []byte
		micros int64
	}
}

// AppendRow appends the row, or refuses the record.
func (l *Layout) AppendRow(dst []byte, row *format.Row, _ *format.Scratch) ([]byte, format.Mark) {
	c := l.columns()
	w := c.rows.Get().(*rowWriter)
	if len(row.Record) < largeRecord {
		defer c.rows.Put(w)
	}
	w.most, w.part = math.MaxInt, whole
	if row.Most > 0 {
		w.most = len(dst) + row.Most
	}
	start := len(dst)
	dst, err := w.row(dst, row)
	switch {
	case errors.Is(err, errLarge):
		return dst[:start], format.Mark{BatchedAt: -1, Large: true}
	case err != nil:
		return dst[:start], format.Mark{BatchedAt: -1, Refused: err.Error()}
	}
	if c.metadata {
		dst = w.appendSystem(dst, row)
	}
	if w.part == columnsAlone {
		return w.appendAside(dst, row), format.Mark{BatchedAt: -1}
	}
	if extra := w.members.Aside(); extra != nil {
		return appendText(dst, extra), format.Mark{BatchedAt: -1}
	}
	return append(dst, 0), format.Mark{BatchedAt: -1}
}

// row appends the record's columns.
func (w *rowWriter) row(dst []byte, row *format.Row) ([]byte, error) {
	w.path = w.path[:0]
	w.members.Reset()
	notes := row.Notes
	if notes == nil {
		notes = &w.own
		notes.Walk(w.layout.record.place, row.Record, row.Repeated)
	}
	return w.object(dst, block{notes, 0}, &w.layout.record)
}

// appendSystem appends the system columns.
func (w *rowWriter) appendSystem(dst []byte, row *format.Row) []byte {
	dst = w.appendExtracted(dst, row.TimeExtracted)
	if row.Received != w.received.text { // it is one for many rows
		w.received.text = row.Received
		w.received.micros, _, _ = schema.Moment(row.Received[:])
	}
	dst = appendInt64(dst, w.received.micros)
	dst = appendInt64(dst, row.Version)
	dst = appendInt64(dst, row.Sequence)
	if w.layout.keyless {
		dst = appendText(dst, row.PrimaryKey[:])
	}
	return dst
}

// appendExtracted appends time_extracted, which nobody has validated. What is
// not a moment that readers know is null and can be read in the extra column.
func (w *rowWriter) appendExtracted(dst, v []byte) []byte {
	if len(v) == 0 || v[0] == 'n' {
		return append(dst, 0)
	}
	if string(v) == string(w.extracted.text) {
		return appendInt64(dst, w.extracted.micros)
	}
	if v[0] == '"' {
		if micros, exact, ok := schema.Moment(w.unquote(v)); ok && readable(micros) {
			if exact {
				w.extracted.text, w.extracted.micros = append(w.extracted.text[:0], v...), micros
			} else {
				w.putAside([]byte(format.ColumnExtractedAt), v)
			}
			return appendInt64(dst, micros)
		}
	}
	w.putAside([]byte(format.ColumnExtractedAt), v)
	return append(dst, 0)
}

// block is where the values of the record stand, or of a list's element.
type block struct {
	notes *spans.Notes
	at    int
}

// object appends the fields of an object.
func (w *rowWriter) object(dst []byte, b block, c *column) (_ []byte, err error) {
	if b.notes.AnyOthers() {
		for o := range b.notes.OthersAt(b.at, c.place) {
			if len(w.path) > 0 || !w.layout.replaced[string(o.Key)] {
				w.putAside(o.Key, b.notes.Text[o.From:o.To])
			}
			if dst, err = w.bound(dst, w.members.Len()); err != nil {
				return dst, err
			}
		}
	}
	for i := range c.fields {
		f := &c.fields[i]
		if dst, err = w.value(dst, b.notes.Value(b.at, f.place.Slot), b, f); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// putAside keeps a value that has no column, or more than it can hold.
func (w *rowWriter) putAside(key, value []byte) {
	if w.part == columnsAlone {
		return
	}
	w.name = w.name[:0]
	for _, b := range w.path {
		if b == separator {
			w.name = append(w.name, "__"...) // as csv names its columns
		} else {
			w.name = append(w.name, b)
		}
	}
	w.name = append(w.name, key...)
	w.members.PutAside(w.name, value)
	w.boundAside()
}

// value appends the value of a column.
func (w *rowWriter) value(dst, v []byte, b block, c *column) ([]byte, error) {
	if len(v) == 0 || v[0] == 'n' {
		return append(dst, 0), nil
	}
	if len(v) > mostCounted && c.kind.isText() && w.leavesOut(v) {
		return dst, nil
	}
	switch c.kind {
	case kindText:
		if v[0] == '"' {
			return appendString(dst, v[1:len(v)-1]), nil
		}
		return appendText(dst, v), nil // as csv has it
	case kindJSON:
		return appendText(dst, v), nil
	case kindBoolean:
		switch v[0] {
		case 't':
			return append(dst, 1, 1), nil
		case 'f':
			return append(dst, 1, 0), nil
		}
	case kindTimestamp, kindDate:
		if v[0] == '"' {
			return w.moment(dst, v, c)
		}
	case kindGroup:
		if v[0] == '{' {
			return w.group(dst, b, c)
		}
	case kindList:
		if v[0] == '[' {
			return w.list(dst, b, c)
		}
	case kindInteger, kindDouble, kindDecimal32, kindDecimal64, kindDecimal:
		return w.numeric(dst, v, c)
	}
	return dst, w.refuse(v, c, "")
}

func (w *rowWriter) group(dst []byte, b block, c *column) ([]byte, error) {
	n := w.enter(c)
	dst, err := w.object(append(dst, 1), b, c)
	w.path = w.path[:n]
	return dst, err
}

func (w *rowWriter) list(dst []byte, b block, c *column) (_ []byte, err error) {
	n := w.enter(c)
	dst = append(dst, 1, 0, 0, 0, 0)
	at := len(dst) - 4
	count := 0
	for within, element := range b.notes.Elements(b.at, c.place) {
		w.at = count
		if dst, err = w.value(dst, within.Value(element, 0), block{within, element}, c.element); err != nil {
			return dst, err
		}
		if len(dst) > w.most {
			if dst, err = w.bound(dst, 0); err != nil {
				return dst, err
			}
		}
		count++
	}
	if w.part.hasColumns() {
		binary.LittleEndian.PutUint32(dst[at:], uint32(count))
	}
	w.path = w.path[:n]
	return dst, nil
}

// enter adds a container to the path, and returns the path's length before.
func (w *rowWriter) enter(c *column) int {
	n := len(w.path)
	w.path = append(w.appendName(w.path, c), separator)
	return n
}

// appendName appends the key of a field, or the number of a list's element.
func (w *rowWriter) appendName(dst []byte, c *column) []byte {
	if c.key == nil {
		return strconv.AppendInt(dst, int64(w.at), 10)
	}
	return append(dst, c.key...)
}

// unquote returns the text of a string, valid until the next call.
func (w *rowWriter) unquote(v []byte) []byte {
	text := v[1 : len(v)-1]
	if bytes.IndexByte(text, '\\') < 0 {
		return text
	}
	w.text = jsonscan.AppendUnquoted(w.text[:0], text)
	return w.text
}

// refuse says which value a column cannot hold, and why if that is not obvious.
func (w *rowWriter) refuse(v []byte, c *column, why string) error {
	const most = 100
	more := ""
	if len(v) > most {
		v, more = bytes.ToValidUTF8(v[:most], nil), "…"
	}
	if why != "" {
		why = ": " + why
	}
	path := bytes.ReplaceAll(w.path, []byte{separator}, []byte(".")) // as the validator says it
	return fmt.Errorf("%s: %s%s does not fit into a Parquet column of type %s%s", w.appendName(path, c), v, more, c.what(), why)
}

func appendInt64(dst []byte, n int64) []byte {
	return binary.LittleEndian.AppendUint64(append(dst, 1), uint64(n))
}

func appendText(dst, text []byte) []byte {
	return append(binary.AppendUvarint(append(dst, 1), uint64(len(text))), text...)
}

// appendString appends the text of a string. How long it is, is known only when it
// is there: the varint before it may be longer than it has to be.
func appendString(dst, quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return appendText(dst, quoted)
	}
	dst = append(dst, 1)
	at := len(dst)
	dst = binary.AppendUvarint(dst, uint64(len(quoted)))
	from := len(dst)
	dst = jsonscan.AppendUnquoted(dst, quoted)
	n := uint64(len(dst) - from)
	for ; at < from-1; at++ {
		dst[at] = byte(n) | 0x80
		n >>= 7
	}
	dst[at] = byte(n)
	return dst
}
