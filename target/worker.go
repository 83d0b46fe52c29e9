package target

import (
	"bytes"
	"context"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"time"

	"target-s3/singer"
	"target-s3/singer/jsonscan"
	"target-s3/target/format"
	"target-s3/target/schema"
)

// worker turns the records of a chunk into rows. What it needs is its own, or
// never changes.
type worker struct {
	work    <-chan *chunk
	rules   *rules
	start   int64        // of the run, in Unix nanoseconds: that of _sdc_sequence
	cipher  cipher.Block // makes __sdc_primary_key of _sdc_sequence
	parser  singer.Parser
	message singer.Message
	prover  schema.Prover
	streams *streams           // in force
	met     map[string]*stream // those of them that were looked up
	likely  *stream            // that the next record belongs to, and the prover's
	scan    jsonscan.Scanner
	scratch format.Scratch
	piece   int // that a chunk's output is handed over at
	divider divider
	row     format.Row
	text    []byte

	nested nested // the record that makes rows of several tables
	emit   func(out []byte, table int, mark format.Mark) []byte

	distinct     jsonscan.Distinct
	distinctText []byte

	room int64 // for what is made of one record
	most int   // how long a row may be that no room is made for
}

func newWorker(work <-chan *chunk, r *rules, start time.Time, c cipher.Block, l *limits) *worker {
	w := &worker{work: work, rules: r, start: start.UnixNano(), cipher: c, piece: l.piece, room: l.room, most: int(l.room / 128)}
	w.row.Most = w.most
	w.emit = w.take
	if r.validate {
		w.parser.Record = w.prove
	}
	return w
}

// run works on chunks until the load ends.
func (w *worker) run(ctx context.Context) {
	for {
		select {
		case c := <-w.work:
			w.chunk(ctx, c)
			if cap(c.block.Data) > maxPooled {
				w.forget()
			}
			c.piece.last = true
			c.done <- struct{}{}
		case <-ctx.Done():
			return
		}
	}
}

// forget lets go of a long line, and of what grew for it.
func (w *worker) forget() {
	w.message, w.row.Record, w.row.TimeExtracted, w.row.Notes = singer.Message{}, nil, nil, nil
	w.prover, w.scratch, w.divider = schema.Prover{}, format.Scratch{}, divider{}
	w.distinct, w.distinctText = jsonscan.Distinct{}, nil
}

// chunk goes over the lines, stopping at the first that cannot be taken for
// anything.
func (w *worker) chunk(ctx context.Context, c *chunk) {
	w.row.Received = format.NewTimestamp(c.received)
	w.use(c.streams)
	at, m := 0, &c.piece.marks
	for i, end := range c.ends {
		line := c.firstLine + int64(i)
		c.piece.next = place{line + 1, c.block.Offset + int64(end)}
		var err error
		if *m < len(c.marks) && c.marks[*m].at == at {
			if err = w.mark(c, &c.marks[*m], line); err == nil {
				*m++
			}
		} else {
			err = w.line(ctx, c, c.block.Data[at:end], at, line)
		}
		if err != nil { // it ends the input, before mark m
			c.err, c.marks = err, c.marks[:*m]
			return
		}
		if c.isFull(w.piece) {
			w.handOver(ctx, c, false)
		}
		at = end
	}
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

// use says that the records that follow belong to these streams.
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
func (w *worker) line(ctx context.Context, c *chunk, line []byte, at int, number int64) error {
	m := &w.message
	var err error
	switch {
	case c.from == nil:
		err = w.parser.Parse(line, m)
	case singer.Blank(line):
		return nil
	default:
		err = w.parser.ParseRecord(line, &c.from.of, m)
	}
	var s *stream
	if err == nil {
		s, err = w.find(m)
	}
	if err == nil {
		w.row.Version, err = version(m)
	}
	if err != nil {
		place := singer.Place(err)
		return &singer.LineError{File: c.file(), Line: number, Offset: c.block.Offset + int64(at+place), Near: singer.Excerpt(bytes.TrimRight(line, "\r\n"), place), Err: err}
	}
	proven := w.proven(s, m)
	w.row.Record, w.row.Unusual, w.row.Named, w.row.Notes = m.Record, m.RecordUnusual, false, nil
	w.row.Repeated = !s.settings.config.ValidateRecords // judging finds repeated keys, and leaves the last
	if proven {
		w.row.Named = !w.prover.Others()
		if w.prover.Escaped() {
			w.row.Unusual |= jsonscan.EscapedKey
		}
		w.row.Notes = w.prover.Notes()
	}
	if err := w.judge(s, m, proven); err != nil {
		return w.reject(c, s, m.Record, number, at, err)
	}
	w.row.TimeExtracted = m.TimeExtracted
	w.row.Sequence = w.start + c.block.Offset + c.shift + int64(at)
	if len(s.schema.Keys()) == 0 {
		w.setPrimaryKey()
	}
	to := c.dest(destKey{s, w.row.Version, w.divider.divide(s.fields, &w.row)})
	if s.tables != nil {
		w.appendRows(ctx, c, to)
	} else {
		if len(m.Record) >= largeRecord {
			c.out = slices.Grow(c.out, largeRow+len(m.Record))
		}
		out, mark := s.layout.AppendRow(c.out, &w.row, &w.scratch)
		if mark.Large {
			if err := w.makeRoom(ctx, c, s, place{number, c.block.Offset + int64(at)}); err != nil {
				return w.reject(c, s, m.Record, number, at, err)
			}
			out, mark = s.layout.AppendRow(c.out, &w.row, &w.scratch)
			w.row.Most = w.most
		}
		if mark.Refused != "" { // and nothing appended
			return w.reject(c, s, m.Record, number, at, &schema.Invalid{Reason: mark.Refused})
		}
		c.append(out, to, w.row.Sequence, mark, 0)
	}
	c.records++
	d := &c.dests[to]
	switch {
	case proven:
		d.proven++
	case s.settings.config.ValidateRecords:
		d.asked++
	}
	return nil
}

// nested is a record that makes rows of several tables.
type nested struct {
	ctx   context.Context
	chunk *chunk
	to    int32  // of the chunk's dests: that of its own row
	large uint16 // MiB of it
	begun bool   // some of its rows were handed over
}

// appendRows appends a record that makes rows of several tables. Nothing comes
// between them, so they are of one checkpoint.
func (w *worker) appendRows(ctx context.Context, c *chunk, to int32) {
	w.nested = nested{ctx: ctx, chunk: c, to: to, large: uint16(min(len(w.row.Record)>>20, math.MaxUint16))}
	c.out = c.dests[to].stream.layout.(format.Nested).AppendRows(c.out, &w.row, &w.scratch, w.emit)
	if w.nested.begun {
		w.handOver(ctx, c, false)
	}
	w.nested = nested{}
}

// take takes a row of the record.
func (w *worker) take(out []byte, table int, mark format.Mark) []byte {
	n := &w.nested
	c, to := n.chunk, n.to
	if table >= 0 {
		to = c.destOfTable(to, table)
	}
	c.append(out, to, w.row.Sequence, mark, n.large)
	if c.isFull(w.piece) {
		n.begun = true
		w.handOver(n.ctx, c, true)
	}
	return c.out
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
	return nil, unknownStream("record", string(name), w.streams)
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

const (
	// largeRecord is a size from which on the room for a row is made beforehand:
	// growing bit by bit takes memory for what was outgrown.
	largeRecord = 64 << 10
	// largeRow is what a row has beside its record.
	largeRow = 4 << 10
)

// setPrimaryKey makes a UUID of version 4 (RFC 9562) out of the sequence: a
// cipher never maps two numbers to one, so no two rows of a run share a key
// unless the six fixed bits were all that told them apart, and a random run key
// keeps runs apart.
func (w *worker) setPrimaryKey() {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(w.row.Sequence))
	w.text = append(w.text[:0], b[:]...)
	w.cipher.Encrypt(w.text, w.text)
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
