package parquet

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math"

	pqformat "github.com/parquet-go/parquet-go/format"

	"target-s3/target/format"
	"target-s3/target/schema"
)

const magic = "PAR1"

// Group makes a row group. A panic is an error: the load ends, but in good order.
func (l *Layout) Group(rows iter.Seq[[]byte], size int64, batchedAt format.Timestamp) (g format.Group, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("parquet: %.500v", p)
		}
	}()
	s := newShredder(l, size, batchedAt)
	for page := range rows {
		if err := s.write(page); err != nil {
			return g, fmt.Errorf("parquet: %w", err)
		}
	}
	if g, err = s.group(); err != nil {
		return g, fmt.Errorf("parquet: %w", err)
	}
	return g, nil
}

// shredder takes rows apart into the values of the columns.
type shredder struct {
	layout    *Layout
	batches   []batch    // of each column
	encoders  []*encoder // the same
	rows      int64
	batchedAt uint64
	page      []byte // of rows
	at        int    // how far it was read
	size      int64  // of all pages
	done      int64  // of those that were taken apart
}

func newShredder(l *Layout, size int64, batchedAt format.Timestamp) *shredder {
	s := &shredder{layout: l, size: size, batches: make([]batch, len(l.leaves)), encoders: make([]*encoder, len(l.leaves))}
	for i := range l.leaves {
		s.encoders[i] = newEncoder(&l.leaves[i], l.pages)
	}
	moment, _, _ := schema.Moment(batchedAt[:])
	s.batchedAt = uint64(moment)
	return s
}

// write takes the rows of a page apart, and then has each column encoded: the values
// are still in the processor's cache.
func (s *shredder) write(page []byte) error {
	if len(page) > math.MaxInt32 {
		return fmt.Errorf("row of %d bytes: a page of a Parquet file has 2 GiB at most", len(page))
	}
	l := s.layout
	rows := 0
	for s.page, s.at = page, 0; s.at < len(page); rows++ {
		s.row(l.record.fields)
		s.row(l.system)
	}
	s.rows += int64(rows)
	s.done += int64(len(page))
	for i := range s.batches {
		s.encoders[i].ahead = float64(s.size) / float64(s.done)
		if err := s.encoders[i].add(&s.batches[i], rows, page); err != nil {
			return fmt.Errorf("column %q: %w", l.leaves[i].path, err)
		}
		s.batches[i].reset()
	}
	return nil
}

// row takes columns of a row.
func (s *shredder) row(columns []column) {
	page, at := s.page, s.at
	for i := range columns {
		c := &columns[i]
		b := &s.batches[c.leaf]
		switch {
		case c.constant: // it is not in the row
			b.values, b.definitions = append(b.values, s.batchedAt), append(b.definitions, 1)
		case c.kind >= kindGroup:
			s.at = at
			s.value(c, 0, 0)
			at = s.at
		case page[at] == 0:
			b.definitions = append(b.definitions, 0)
			at++
		default:
			var v uint64
			v, at = c.scalar(page, at+1)
			b.values, b.definitions = append(b.values, v), append(b.definitions, 1)
		}
	}
	s.at = at
}

// level adds the levels of a value, or of what stands for none.
func (b *batch) level(repetition, definition int, repeated bool) {
	b.definitions = append(b.definitions, uint8(definition))
	if repeated {
		b.repetitions = append(b.repetitions, uint8(repetition))
	}
}

// absent is a null, or an empty list: only its levels are stored, in all columns
// below it.
func (s *shredder) absent(c *column, repetition, definition int) {
	for leaf := c.leaf; leaf < c.leaf+c.leaves; leaf++ {
		s.batches[leaf].level(repetition, definition, s.layout.leaves[leaf].repetition > 0)
	}
}

// value takes one value. The levels are those of what it is in.
func (s *shredder) value(c *column, repetition, definition int) {
	s.at++
	if s.page[s.at-1] == 0 {
		s.absent(c, repetition, definition)
		return
	}
	definition++
	switch c.kind {
	case kindGroup:
		for i := range c.fields {
			s.value(&c.fields[i], repetition, definition)
		}
	case kindList:
		s.list(c, repetition, definition)
	default:
		b := &s.batches[c.leaf]
		var v uint64
		v, s.at = c.scalar(s.page, s.at)
		b.values = append(b.values, v)
		b.level(repetition, definition, c.level > 0)
	}
}

func (s *shredder) list(c *column, repetition, definition int) {
	n := binary.LittleEndian.Uint32(s.page[s.at:])
	s.at += 4
	if n == 0 {
		s.absent(c.element, repetition, definition)
		return
	}
	for i := range n {
		if i == 1 {
			repetition = c.level
		}
		s.value(c.element, repetition, definition+1)
	}
}

// scalar is the value, as a batch has it, that stands at an index of a page, and the
// index after it.
func (c *column) scalar(page []byte, at int) (v uint64, after int) {
	switch c.kind {
	case kindBoolean:
		return uint64(page[at]), at + 1
	case kindInteger, kindTimestamp, kindDecimal64, kindDouble:
		return binary.LittleEndian.Uint64(page[at:]), at + 8
	case kindDecimal32, kindDate:
		return uint64(int32(binary.LittleEndian.Uint32(page[at:]))), at + 4
	case kindDecimal:
		return place(at, c.width), at + c.width
	}
	n, size := uint64(page[at]), 1
	if n >= 0x80 {
		n, size = binary.Uvarint(page[at:])
	}
	return place(at+size, int(n)), at + size + int(n)
}

// group puts the columns together.
func (s *shredder) group() (g format.Group, err error) {
	row := pqformat.RowGroup{NumRows: s.rows, FileOffset: int64(len(magic)), Columns: make([]pqformat.ColumnChunk, len(s.encoders))}
	end := int64(len(magic))
	for i, e := range s.encoders {
		parts, meta, err := e.finish(end)
		if err != nil {
			return g, fmt.Errorf("column %q: %w", e.leaf.path, err)
		}
		g.Pages = append(g.Pages, parts...)
		end += meta.TotalCompressedSize
		row.Columns[i].MetaData = meta
		row.TotalByteSize += meta.TotalUncompressedSize
		row.TotalCompressedSize += meta.TotalCompressedSize
	}
	for i, e := range s.encoders {
		if !e.leaf.bloom {
			continue
		}
		filter, err := e.bloomFilter()
		if err != nil {
			return g, err
		}
		g.Pages = append(g.Pages, filter)
		row.Columns[i].MetaData.BloomFilterOffset, row.Columns[i].MetaData.BloomFilterLength = end, int32(len(filter))
		end += int64(len(filter))
	}
	g.Size = end - int64(len(magic))
	g.Meta, err = s.meta(&row)
	return g, err
}
