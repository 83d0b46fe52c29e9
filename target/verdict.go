package target

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"unicode/utf8"

	"target-s3/singer"
	"target-s3/singer/jsonscan"
	"target-s3/singer/printable"
	"target-s3/target/format"
	"target-s3/target/schema"
)

// The verdict on a record: it is proven valid while it is scanned, or else judged,
// and one that is invalid becomes a row of table _sdc_rejected or ends the input.

// rules are what records must keep to. All workers share them.
type rules struct {
	validate bool  // put records of any stream to their schemas
	memory   int64 // for one record that takes much to judge
	rejected *stream

	large sync.Mutex // of whoever judges such a record
}

func newRules(validate bool, memory int64, rejected *stream) *rules {
	return &rules{validate: validate, memory: memory, rejected: rejected}
}

// prove is the parser's Record: it scans a record by the plan of its stream's
// schema, or of the last record's where the stream comes later in the line.
func (w *worker) prove(name, line []byte, at int) (end int, ok bool) {
	if n := len(name); n > 1 && (w.likely == nil || string(name[1:n-1]) != w.likely.name) {
		w.likely = w.stream(name[1 : n-1]) // nil also for a name with escapes
	}
	if w.likely == nil {
		return 0, false
	}
	return w.prover.Prove(w.likely.schema, line, at)
}

// proven reports whether the record is known to be valid. One that was taken for
// another stream's is tried once more.
func (w *worker) proven(s *stream, m *singer.Message) bool {
	if s == w.likely || w.parser.Record == nil {
		return m.RecordScanned
	}
	w.likely = s
	if _, ok := w.prover.Prove(s.schema, m.Record, 0); ok {
		return true
	}
	if m.RecordScanned {
		w.scan.Reset()
		_, _ = w.scan.Value(m.Record, 0) // it is JSON, or the prover would not have taken it
		m.RecordUnusual, m.RecordMembers = w.scan.Unusual, w.scan.Members
	}
	return false
}

// judge says why a record cannot be loaded.
func (w *worker) judge(s *stream, m *singer.Message, proven bool) error {
	switch {
	case proven && int64(len(m.Record)) <= s.settings.config.MaxRecordBytes:
		if w.prover.Repeated() {
			w.keepLast(m.Record)
		}
		return nil
	case m.Record[0] != '{':
		return &schema.Invalid{Reason: "the record is not a JSON object"}
	case int64(len(m.Record)) > s.settings.config.MaxRecordBytes:
		return tooLarge(s, len(m.Record))
	case !s.settings.config.ValidateRecords:
		return schema.Unsafe(m.RecordUnusual & s.unfit)
	}
	verdict, err := w.validate(s, m)
	if verdict.Repeated {
		w.keepLast(m.Record)
	}
	return err
}

// keepLast has the row's record be one with the last value of each key, if any is there
// twice.
func (w *worker) keepLast(record []byte) {
	if cap(w.distinctText) < len(record) { // memory that is not written to is none
		w.distinctText = make([]byte, 0, len(record))
	}
	if text, repeated := w.distinct.Append(w.distinctText[:0], record); repeated {
		w.distinctText, w.row.Record, w.row.Notes = text, text, nil
	}
}

// memoryOfMost is what nearly all records can be judged in. Every worker has it.
const memoryOfMost = 1 << 20

// validate puts a record to its schema. There is memory for one at a time that
// takes much to decode and to judge.
func (w *worker) validate(s *stream, m *singer.Message) (schema.Verdict, error) {
	verdict, err := s.schema.Validate(m.Record, m.RecordUnusual, m.RecordMembers, memoryOfMost)
	if invalid := (*schema.Invalid)(nil); !errors.As(err, &invalid) || !invalid.Memory {
		return verdict, err
	}
	w.rules.large.Lock()
	defer w.rules.large.Unlock()
	return s.schema.Validate(m.Record, m.RecordUnusual, m.RecordMembers, w.rules.memory)
}

func tooLarge(s *stream, size int) error {
	return &schema.Invalid{Reason: fmt.Sprintf("the record has %d bytes, max_record_bytes allows %d", size, s.settings.config.MaxRecordBytes)}
}

// tooLong rejects a record whose line could not be read whole.
func (w *worker) tooLong(c *chunk, number int64) error {
	m := &w.message
	if c.from != nil {
		*m = c.from.of
	} else {
		_ = singer.ParseCut(c.block, m)
	}
	s, err := w.find(m)
	if err != nil {
		return &singer.LineError{File: c.file(), Line: number, Offset: c.block.Offset, Err: err}
	}
	err = &schema.Invalid{Reason: fmt.Sprintf("the line has %d bytes, max_record_bytes allows %d for the record; of its text only the beginning is kept",
		int64(len(c.block.Data))+c.block.Missing, s.settings.config.MaxRecordBytes)}
	return w.reject(c, s, c.block.Data, number, 0, err)
}

// reject makes a row of table _sdc_rejected, or ends the input where the
// settings say so.
func (w *worker) reject(c *chunk, s *stream, record []byte, number int64, at int, reason error) error {
	if s.settings.fails() {
		return &singer.LineError{File: c.file(), Line: number, Offset: c.block.Offset + int64(at), Err: fmt.Errorf("invalid record of stream %q: %w (invalid_records is fail)", s.name, reason)}
	}
	var invalid *schema.Invalid
	if !errors.As(reason, &invalid) {
		return reason
	}
	text := printable.Line(invalid.Reason) // which has names and values of the input
	c.count(s.name, number, c.block.Offset+int64(at), text)
	c.out = appendRejected(c.out, w.row.Received, s.name, text, record, s.settings.config.MaxRecordBytes)
	c.rows = append(c.rows, row{end: len(c.out), batchedAt: -1, dest: c.dest(destKey{stream: w.rules.rejected, version: 1})})
	return nil
}

// appendRejected makes the row: the raw text of the record, as much as fits.
func appendRejected(dst []byte, at format.Timestamp, table, reason string, record []byte, most int64) []byte {
	if int64(len(record)) > most {
		n := most
		for n > 0 && !utf8.RuneStart(record[n]) {
			n--
		}
		record = record[:n]
	}
	if len(record) >= largeRecord {
		dst = slices.Grow(dst, largeRow+len(reason)+jsonscan.QuotedSize(record))
	}
	dst = append(dst, `{"_sdc_rejected_at":"`...)
	dst = append(dst, at[:]...)
	dst = append(dst, `","table_name":`...)
	dst = jsonscan.AppendString(dst, []byte(table))
	dst = append(dst, `,"reason":`...)
	dst = jsonscan.AppendString(dst, []byte(reason))
	dst = append(dst, `,"record":`...)
	dst = jsonscan.AppendString(dst, record)
	return append(dst, '}', '\n')
}
