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
	labels := l.labels
	first := labels[0]
	if jsonscan.SkipSpace(row.Record, 1) == len(row.Record)-1 || dst[len(dst)-1] == '{' {
		first = first[1:] // nothing stands before it
	}
	dst = append(dst, first...)
	if row.TimeExtracted == nil {
		dst = append(dst, "null"...)
	} else {
		dst = append(dst, row.TimeExtracted...)
	}
	dst = append(append(dst, labels[1]...), '"')
	dst = append(dst, row.Received[:]...)
	dst = append(dst, '"')
	dst = append(append(dst, labels[2]...), '"')
	mark := Mark{BatchedAt: len(dst) - start}
	dst = append(dst, row.Received[:]...) // until the batch is known
	dst = append(dst, '"')
	dst = append(dst, labels[3]...)
	dst = strconv.AppendInt(dst, row.Version, 10)
	dst = append(dst, labels[4]...)
	dst = s.appendSequence(dst, row.Sequence)
	if len(labels) > 5 {
		dst = append(append(dst, labels[5]...), '"')
		dst = append(dst, row.PrimaryKey[:]...)
		dst = append(dst, '"')
	}
	return append(dst, '}', '\n'), mark
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
