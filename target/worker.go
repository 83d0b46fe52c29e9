package target

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"target-s3/singer"
	"target-s3/singer/jsonscan"
	"target-s3/singer/printable"
	"target-s3/target/config"
	"target-s3/target/format"
	"target-s3/target/schema"
)

// worker turns the records of a chunk into rows. What it needs is its own, or
// never changes.
type worker struct {
	load    *load
	parser  singer.Parser
	message singer.Message
	prover  schema.Prover
	streams *streams           // in force
	met     map[string]*stream // those of them that were looked up
	likely  *stream            // that the next record belongs to, and the prover's
	scan    jsonscan.Scanner
	scratch format.Scratch
	row     format.Row
	text    []byte
}

func newWorker(l *load) *worker {
	w := &worker{load: l}
	w.row.Repeated = !l.config.ValidateRecords // judging finds repeated keys, and leaves the last
	if l.config.ValidateRecords {
		w.parser.Record = w.prove
	}
	return w
}

// run works on chunks until the load ends.
func (w *worker) run(ctx context.Context) {
	for {
		select {
		case c := <-w.load.work:
			w.chunk(c)
			c.done <- struct{}{}
		case <-ctx.Done():
			return
		}
	}
}

// chunk goes over the lines, stopping at the first that cannot be taken for
// anything.
func (w *worker) chunk(c *chunk) {
	w.row.Received = format.NewTimestamp(c.received)
	w.use(c.streams)
	data, at, line := c.block.Data, 0, c.firstLine
	for m := 0; ; m++ {
		until := len(data)
		if m < len(c.marks) {
			until = c.marks[m].at
		}
		for ; at < until; line++ {
			end := until
			if n := bytes.IndexByte(data[at:until], '\n'); n >= 0 {
				end = at + n + 1
			}
			if err := w.line(c, data[at:end], at, line); err != nil {
				w.stop(c, m, err)
				return
			}
			at = end
		}
		if m == len(c.marks) {
			return
		}
		if err := w.mark(c, &c.marks[m], line); err != nil {
			w.stop(c, m, err)
			return
		}
		at = c.marks[m].end
		line++
	}
}

// stop ends the chunk, and with it the input, before mark m.
func (w *worker) stop(c *chunk, m int, err error) {
	c.err, c.marks = err, c.marks[:m]
}

func (w *worker) mark(c *chunk, m *mark, line int64) error {
	m.row, m.line = len(c.rows), line
	defer func() {
		m.rejects = len(c.rejects)
		c.counted = m.rejects
	}()
	switch m.kind {
	case markSchema:
		w.use(m.streams)
	case markTooLong:
		return w.tooLong(c, line)
	case markSkip, markState, markActivate:
	}
	return nil
}

// use has the records that follow belong to these streams.
func (w *worker) use(s *streams) {
	if s == w.streams {
		return
	}
	w.streams, w.met = s, map[string]*stream{}
	if w.likely != nil && s.find(w.likely.name) != w.likely {
		w.likely = nil
	}
}

// stream returns the stream of that name, or nil.
func (w *worker) stream(name []byte) *stream {
	s := w.met[string(name)]
	if s == nil {
		if s = w.streams.find(string(name)); s != nil {
			w.met[s.name] = s
		}
	}
	return s
}

// line turns one RECORD line into a row. An error ends the input.
func (w *worker) line(c *chunk, line []byte, at int, number int64) error {
	m := &w.message
	err := w.parser.Parse(line, m)
	var s *stream
	if err == nil {
		s, err = w.find(m)
	}
	if err == nil {
		w.row.Version, err = version(m)
	}
	if err != nil {
		place := singer.Place(err)
		return &singer.LineError{Line: number, Offset: c.block.Offset + int64(at+place), Near: singer.Excerpt(bytes.TrimRight(line, "\r\n"), place), Err: err}
	}
	proven := w.proven(s, m)
	w.row.Record, w.row.Unusual, w.row.Named, w.row.Spans = m.Record, m.RecordUnusual, false, nil
	if proven {
		w.row.Named = !w.prover.Others()
		w.row.Spans = w.prover.Spans()
	}
	if err := w.judge(s, m, proven); err != nil {
		return w.reject(c, s.name, m.Record, number, at, err)
	}
	w.row.TimeExtracted = m.TimeExtracted
	w.row.Sequence = w.load.start.UnixNano() + c.block.Offset + int64(at)
	if len(s.schema.Keys()) == 0 {
		w.setPrimaryKey()
	}
	if len(m.Record) >= largeRecord {
		c.out = slices.Grow(c.out, largeRow+len(m.Record))
	}
	if s.tables != nil {
		w.appendRows(c, s)
	} else {
		out, mark := s.layout.AppendRow(c.out, &w.row, &w.scratch)
		if mark.Refused != "" { // and nothing appended
			return w.reject(c, s.name, m.Record, number, at, &schema.Invalid{Reason: mark.Refused})
		}
		c.append(out, s, w.row.Version, mark)
	}
	d := &c.dests[c.dest(s, w.row.Version)]
	switch {
	case proven:
		d.proven++
	case w.load.config.ValidateRecords:
		d.asked++
	}
	return nil
}

// appendRows appends a record that makes rows of several tables. Nothing comes
// between them, so they are of one checkpoint.
func (w *worker) appendRows(c *chunk, s *stream) {
	c.out = s.layout.(format.Nested).AppendRows(c.out, &w.row, &w.scratch, func(out []byte, table int, mark format.Mark) {
		to := s
		if table >= 0 {
			to = s.tables[table]
		}
		c.append(out, to, w.row.Version, mark)
	})
}

// append takes what was appended to the chunk's output as a row.
func (c *chunk) append(out []byte, s *stream, version int64, mark format.Mark) {
	if mark.BatchedAt >= 0 {
		mark.BatchedAt += len(c.out)
	}
	c.out = out
	c.rows = append(c.rows, row{len(out), mark.BatchedAt, c.dest(s, version), mark.Extra})
}

// prove is the parser's Record: it scans a record by the plan of its stream's
// schema, or of the last record's where the stream comes later in the line.
func (w *worker) prove(name, line []byte, at int) (end int, ok bool) {
	if n := len(name); n > 1 && (w.likely == nil || string(name[1:n-1]) != w.likely.name) {
		w.likely = w.stream(name[1 : n-1]) // nil for a name with escapes, too
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

func (w *worker) find(m *singer.Message) (*stream, error) {
	name, err := singer.Text(m.Stream)
	if err != nil {
		return nil, fmt.Errorf(`"stream": %w`, err)
	}
	if w.likely != nil && string(name) == w.likely.name {
		return w.likely, nil
	}
	if s := w.stream(name); s != nil {
		return s, nil
	}
	known := w.streams.names()
	if len(known) == 0 {
		return nil, fmt.Errorf("record of stream %q, which has had no SCHEMA message (no stream has had one)", name)
	}
	return nil, fmt.Errorf("record of stream %q, which has had no SCHEMA message (there were: %.500q)", name, known)
}

func version(m *singer.Message) (int64, error) {
	v, ok, err := singer.Int(m.Version)
	if err != nil {
		return 0, fmt.Errorf(`"version": %w`, err)
	}
	if !ok {
		return 1, nil
	}
	return v, nil
}

// judge says why a record cannot be loaded.
func (w *worker) judge(s *stream, m *singer.Message, proven bool) error {
	switch {
	case proven && int64(len(m.Record)) <= w.load.config.MaxRecordBytes:
		return nil
	case m.Record[0] != '{':
		return &schema.Invalid{Reason: "the record is not a JSON object"}
	case int64(len(m.Record)) > w.load.config.MaxRecordBytes:
		return w.tooLarge(len(m.Record))
	case !w.load.config.ValidateRecords:
		return schema.Unsafe(m.RecordUnusual & s.unfit)
	}
	verdict, err := w.validate(s, m)
	if verdict.Repeated {
		w.row.Record = jsonscan.AppendDistinct(nil, m.Record)
	}
	return err
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
	w.load.judging.Lock()
	defer w.load.judging.Unlock()
	return s.schema.Validate(m.Record, m.RecordUnusual, m.RecordMembers, w.load.limits.judging)
}

func (w *worker) tooLarge(size int) error {
	return &schema.Invalid{Reason: fmt.Sprintf("the record has %d bytes, max_record_bytes allows %d", size, w.load.config.MaxRecordBytes)}
}

// tooLong rejects a record whose line could not be read whole.
func (w *worker) tooLong(c *chunk, number int64) error {
	m := &w.message
	_ = w.parser.Parse(c.block.Data, m)
	s, err := w.find(m)
	if err != nil {
		return &singer.LineError{Line: number, Offset: c.block.Offset, Err: err}
	}
	err = &schema.Invalid{Reason: fmt.Sprintf("the line has %d bytes, max_record_bytes allows %d for the record; of its text only the beginning is kept",
		int64(len(c.block.Data))+c.block.Cut, w.load.config.MaxRecordBytes)}
	return w.reject(c, s.name, c.block.Data, number, 0, err)
}

// reject makes a row of table _sdc_rejected, or ends the input where the
// settings say so.
func (w *worker) reject(c *chunk, stream string, record []byte, number int64, at int, reason error) error {
	if w.load.config.InvalidRecords == config.InvalidFail {
		return &singer.LineError{Line: number, Offset: c.block.Offset + int64(at), Err: fmt.Errorf("invalid record of stream %q: %w (invalid_records is fail)", stream, reason)}
	}
	var invalid *schema.Invalid
	if !errors.As(reason, &invalid) {
		return reason
	}
	text := printable.Line(invalid.Reason) // which has names and values of the input
	c.count(stream, number, c.block.Offset+int64(at), text)
	c.out = appendRejected(c.out, w.row.Received, stream, text, record, w.load.config.MaxRecordBytes)
	c.rows = append(c.rows, row{len(c.out), -1, c.dest(w.load.rejected, 1), false})
	return nil
}

const (
	// largeRecord is a size from which on the room for a row is made beforehand:
	// growing bit by bit takes memory for what was outgrown.
	largeRecord = 64 << 10
	// largeRow is what a row has beside its record.
	largeRow = 4 << 10
)

// appendRejected makes the row: the raw text of the record, as much as fits.
func appendRejected(dst []byte, at format.Timestamp, table, reason string, record []byte, most int64) []byte {
	if int64(len(record)) > most {
		record = record[:most]
		for len(record) > 0 && !utf8.RuneStart(record[len(record)-1]) {
			record = record[:len(record)-1]
		}
		if n := len(record); n > 0 && record[n-1] >= utf8.RuneSelf { // the first byte of a rune that was cut
			record = record[:n-1]
		}
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

// setPrimaryKey makes a UUID of version 4 (RFC 9562) out of the sequence: a
// cipher never maps two numbers to one, so no two rows of a run share a key
// unless the six fixed bits were all that told them apart, and a random run key
// keeps runs apart.
func (w *worker) setPrimaryKey() {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(w.row.Sequence))
	w.text = append(w.text[:0], b[:]...)
	w.load.names.Encrypt(w.text, w.text)
	w.text[6] = w.text[6]&0x0f | 0x40
	w.text[8] = w.text[8]&0x3f | 0x80
	k := w.row.PrimaryKey[:]
	hex.Encode(k[0:8], w.text[0:4])
	hex.Encode(k[9:13], w.text[4:6])
	hex.Encode(k[14:18], w.text[6:8])
	hex.Encode(k[19:23], w.text[8:10])
	hex.Encode(k[24:36], w.text[10:16])
	k[8], k[13], k[18], k[23] = '-', '-', '-', '-'
}

// dest finds or adds the destination. Most often it is the last row's.
func (c *chunk) dest(s *stream, version int64) int32 {
	if n := len(c.rows); n > 0 {
		last := c.rows[n-1].dest
		if d := &c.dests[last]; d.stream == s && d.version == version {
			return last
		}
	}
	key := destKey{s, version}
	if at, ok := c.index[key]; ok {
		return at
	}
	at := int32(len(c.dests))
	c.dests = append(c.dests, dest{stream: s, version: version})
	c.index[key] = at
	return at
}
