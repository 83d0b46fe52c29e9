package format

import (
	"bytes"
	"strconv"

	"target-s3/singer/jsonscan"
	"target-s3/target/schema"
)

// JSONL is JSON Lines: a record's own text with the system columns spliced in
// at its end.
type JSONL struct {
	metadata bool
	system   [][]byte // names of the system columns
	labels   [][]byte // what comes before their values
	named    bool     // the schema has a property of a system column's name
}

// NewJSONL lays out a stream as JSON Lines.
func NewJSONL(s *schema.Schema, o Options) *JSONL {
	l := &JSONL{metadata: o.Metadata}
	for _, name := range systemNames(s, o) {
		l.system = append(l.system, []byte(name))
		l.labels = append(l.labels, []byte(`,"`+name+`":`))
		l.named = l.named || s.Names(name)
	}
	return l
}

// Header appends nothing.
func (*JSONL) Header(dst []byte, _ bool) []byte { return dst }

// Widen appends nothing: a row has whatever members its record has.
func (*JSONL) Widen(dst []byte) []byte { return dst }

// Extension is jsonl.
func (*JSONL) Extension() string { return "jsonl" }

// ContentType is the media type that most tools know JSON Lines by.
func (*JSONL) ContentType() string { return "application/x-ndjson" }

// AppendRow appends the record, its text unchanged but for members with the
// names of system columns, which are replaced.
func (l *JSONL) AppendRow(dst []byte, row *Row, s *Scratch) ([]byte, Mark) {
	if !l.metadata {
		return append(append(dst, row.Record...), '\n'), Mark{BatchedAt: -1}
	}
	start := len(dst)
	if l.hasSystem(row) {
		dst = l.appendWithoutSystem(dst, row.Record)
	} else {
		dst = append(dst, row.Record[:len(row.Record)-1]...)
	}
	system := s.systemOf(l, row)
	at := system.batchedAt
	text := system.text
	if jsonscan.SkipSpace(row.Record, 1) == len(row.Record)-1 || dst[len(dst)-1] == '{' {
		text = text[1:] // nothing stands before it
		at--
	}
	mark := Mark{BatchedAt: len(dst) + at - start}
	dst = s.appendSequence(append(dst, text...), row.Sequence)
	if len(l.labels) > 5 {
		dst = append(append(dst, l.labels[5]...), '"')
		dst = append(dst, row.PrimaryKey[:]...)
		dst = append(dst, '"')
	}
	return append(dst, '}', '\n'), mark
}

// systemText is what stands between a record and its sequence. It has the same names
// in all tables, and nearly all rows of a chunk have the same values.
type systemText struct {
	text      []byte
	batchedAt int // where in it

	extracted []byte
	received  Timestamp
	version   int64
}

// systemOf is that of the row.
func (s *Scratch) systemOf(l *JSONL, row *Row) *systemText {
	t := &s.system
	if t.text == nil || t.received != row.Received || t.version != row.Version || !bytes.Equal(t.extracted, row.TimeExtracted) {
		t.make(l.labels, row)
	}
	return t
}

func (t *systemText) make(labels [][]byte, row *Row) {
	extracted := row.TimeExtracted
	t.extracted, t.received, t.version = append(t.extracted[:0], extracted...), row.Received, row.Version
	if extracted == nil {
		extracted = []byte("null")
	}
	b := t.text[:0]
	b = append(append(b, labels[0]...), extracted...)
	b = append(append(b, labels[1]...), '"')
	b = append(b, row.Received[:]...)
	b = append(b, '"')
	b = append(append(b, labels[2]...), '"')
	t.batchedAt = len(b)
	b = append(b, row.Received[:]...) // until the batch is known
	b = append(b, '"')
	b = append(b, labels[3]...)
	b = strconv.AppendInt(b, row.Version, 10)
	b = append(b, labels[4]...)
	t.text = b
}

// hasSystem reports whether the record has a member of a system column's name.
func (l *JSONL) hasSystem(row *Row) bool {
	if row.Named && !l.named {
		return false
	}
	if row.Unusual&jsonscan.EscapedKey == 0 && !bytes.Contains(row.Record, []byte("_sdc_")) {
		return false // as nearly all have not
	}
	for key := range jsonscan.Members(row.Record) {
		if l.isSystem(jsonscan.Unquote(key)) {
			return true
		}
	}
	return false
}

func (l *JSONL) isSystem(name []byte) bool {
	for _, s := range l.system {
		if bytes.Equal(name, s) {
			return true
		}
	}
	return false
}

// appendWithoutSystem appends an object without its closing brace and without
// the members that system columns replace.
func (l *JSONL) appendWithoutSystem(dst, object []byte) []byte {
	dst = append(dst, '{')
	first := true
	for key, value := range jsonscan.Members(object) {
		if l.isSystem(jsonscan.Unquote(key)) {
			continue
		}
		if !first {
			dst = append(dst, ',', ' ')
		}
		first = false
		dst = append(append(append(dst, '"'), key...), `": `...)
		dst = append(dst, value...)
	}
	return dst
}
