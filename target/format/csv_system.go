package format

import (
	"bytes"
	"strconv"
)

// csvSystem is the text of the system columns but for the key, with a delimiter before
// it. Nearly all rows of a chunk have the same but for the sequence.
type csvSystem struct {
	text      []byte
	batchedAt int // where in it
	sequence  int // where it begins in it

	delimiter  byte
	forceQuote bool
	extracted  []byte
	received   Timestamp
	version    int64
}

// setSystem makes it for the rows of a record.
func (l *CSV) setSystem(row *Row, s *Scratch) {
	if !l.metadata {
		return
	}
	t := &s.csv
	if t.text == nil || t.received != row.Received || t.version != row.Version || t.delimiter != l.delimiter || t.forceQuote != l.forceQuote ||
		!bytes.Equal(t.extracted, row.TimeExtracted) {
		l.makeSystem(t, row)
	}
	t.text = s.appendSequence(t.text[:t.sequence], row.Sequence)
	if l.forceQuote {
		t.text = append(t.text, '"')
	}
}

func (l *CSV) makeSystem(t *csvSystem, row *Row) {
	t.delimiter, t.forceQuote = l.delimiter, l.forceQuote
	t.extracted, t.received, t.version = append(t.extracted[:0], row.TimeExtracted...), row.Received, row.Version
	dst := t.text[:0]
	dst = append(dst, l.delimiter)
	dst = l.appendValue(dst, t.extracted, 0, len(t.extracted))
	dst = append(dst, l.delimiter)
	dst = l.appendBare(dst, row.Received[:])
	dst = append(dst, l.delimiter)
	t.batchedAt = len(dst)
	if l.forceQuote {
		t.batchedAt++
	}
	dst = l.appendBare(dst, row.Received[:]) // until the batch is known
	dst = append(dst, l.delimiter)
	dst = l.appendBare(dst, strconv.AppendInt(nil, row.Version, 10))
	dst = append(dst, l.delimiter)
	if l.forceQuote {
		dst = append(dst, '"')
	}
	t.text, t.sequence = dst, len(dst)
}

// appendSystem appends the system columns and says where _sdc_batched_at is.
func (l *CSV) appendSystem(dst []byte, row *Row, s *Scratch) (out []byte, batchedAt int) {
	text, batchedAt := s.csv.text, len(dst)+s.csv.batchedAt
	if l.lead+len(l.columns) == 0 {
		text = text[1:] // nothing stands before it
		batchedAt--
	}
	dst = append(dst, text...)
	if l.keyless {
		dst = append(dst, l.delimiter)
		dst = l.appendBare(dst, row.PrimaryKey[:])
	}
	return dst, batchedAt
}
