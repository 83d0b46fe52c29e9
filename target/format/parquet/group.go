package parquet

import (
	"encoding/binary"
	"fmt"
	"math"

	pq "github.com/parquet-go/parquet-go"
	pqformat "github.com/parquet-go/parquet-go/format"

	"target-s3/target/format"
	"target-s3/target/schema"
)

const (
	magic = "PAR1"
	// rowsAtOnce are taken apart before their values go to the library, column by
	// column: enough to make little of each call, few enough to stay in the cache.
	// A value takes 24 bytes, and wide tables have fewer rows at once.
	rowsAtOnce, valuesAtOnce = 1000, 1 << 16
	// pageBytes is how much of a column is one page. It is the library's default.
	pageBytes = 256 << 10
	// chunkBytes is the unit of memory in which the pages of a column are kept
	// until the row group is written: small, as there may be thousands of columns.
	chunkBytes = 4 << 10
	// dictionaryBytes is how large the distinct values of a column may be. Beyond
	// it they are no longer worth a dictionary, and the rest is written plainly.
	dictionaryBytes = 1 << 20
	// bloomBits for each value makes one look-up in a hundred vain.
	bloomBits = 10
	// boundBytes is the longest text that is kept as a column's minimum or
	// maximum: they are in the footer, which every reader has to read.
	boundBytes = 64
)

// makeConfig says how the library is to write.
func (l *Layout) makeConfig(pages *Pages, keys []string) {
	c := pq.DefaultWriterConfig()
	c.Schema = l.root
	c.CreatedBy = "target-s3"
	c.Compression = pages.codec
	c.DataPageVersion = 1 // what all engines read
	c.PageBufferSize = pageBytes
	c.WriteBufferSize = 0
	c.MaxRowsPerRowGroup = math.MaxInt64 // Group decides
	c.ColumnPageBuffers = pages.buffers
	c.DictionaryMaxBytes = dictionaryBytes
	l.noIndex = map[int]bool{}
	for i, leaf := range l.leaves {
		// The library compares wide decimals as if they had no sign. Bounds of
		// JSON texts would be of no use.
		if leaf.kind == kindDecimal || leaf.kind == kindJSON {
			c.SkipPageBounds = append(c.SkipPageBounds, leaf.path)
			l.noIndex[i] = true
		}
	}
	for _, key := range keys {
		if i, ok := l.record.properties.Index(key); ok && l.record.fields[i].leaves == 1 && l.record.fields[i].kind < kindGroup {
			c.BloomFilters = append(c.BloomFilters, pq.SplitBlockFilter(bloomBits, l.record.fields[i].name))
		}
	}
	l.config = c
}

// Group makes a row group. A panic of the library, which is no stranger to them,
// is an error: the load ends, but in good order.
func (l *Layout) Group(rows [][]byte, batchedAt format.Timestamp, page func() []byte) (g format.Group, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("parquet: %.500v", p)
		}
	}()
	out := &sink{page: page}
	w := pq.NewGenericWriter[any](out, l.config)
	s := shredder{layout: l, columns: make([][]pq.Value, len(l.leaves)), writers: w.ColumnWriters()}
	s.batchedAt, _, _ = schema.Moment(batchedAt[:])
	for _, b := range rows {
		if err := s.write(b); err != nil {
			return g, fmt.Errorf("parquet: %w", err)
		}
	}
	if err := s.flush(); err != nil {
		return g, fmt.Errorf("parquet: %w", err)
	}
	if err := w.Close(); err != nil {
		return g, fmt.Errorf("parquet: %w", err)
	}
	return out.group(w.File().Metadata())
}

// shredder takes rows apart into the values of the columns.
type shredder struct {
	layout    *Layout
	columns   [][]pq.Value
	writers   []*pq.ColumnWriter
	rows      int // taken apart and not yet handed over
	values    int // that they have
	batchedAt int64
	b         []byte // what is left of the page
}

func (s *shredder) write(page []byte) error {
	l := s.layout
	for s.b = page; len(s.b) > 0; {
		for i := range l.record.fields {
			s.value(&l.record.fields[i], 0, 0)
		}
		s.system()
		if s.rows++; s.rows == rowsAtOnce || s.values >= valuesAtOnce {
			if err := s.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// system takes the columns that are not the record's.
func (s *shredder) system() {
	for i := range s.layout.system {
		c := &s.layout.system[i]
		if c.name == format.ColumnBatchedAt {
			s.put(c.leaf, pq.Int64Value(s.batchedAt), 0, 1)
		} else {
			s.value(c, 0, 0)
		}
	}
}

// flush hands over what has been taken apart.
func (s *shredder) flush() error {
	if s.rows == 0 {
		return nil
	}
	for i, values := range s.columns {
		if _, err := s.writers[i].WriteRowValues(values); err != nil {
			return fmt.Errorf("column %q: %w", s.layout.leaves[i].path, err)
		}
		s.columns[i] = values[:0]
	}
	s.rows, s.values = 0, 0
	return nil
}

func (s *shredder) put(leaf int, v pq.Value, repetition, definition int) {
	s.values++
	s.columns[leaf] = append(s.columns[leaf], v.Level(repetition, definition, leaf))
}

// absent is a null, or an empty list, of which only the levels are stored, in all
// columns below it.
func (s *shredder) absent(c *column, repetition, definition int) {
	for leaf := c.leaf; leaf < c.leaf+c.leaves; leaf++ {
		s.put(leaf, pq.Value{}, repetition, definition)
	}
}

// value takes one value. The levels are those of what it is in.
func (s *shredder) value(c *column, repetition, definition int) {
	present := s.next(1)[0] == 1
	if !present {
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
		s.put(c.leaf, s.scalar(c), repetition, definition)
	}
}

func (s *shredder) list(c *column, repetition, definition int) {
	n := binary.LittleEndian.Uint32(s.next(4))
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

// take returns the next n bytes.
func (s *shredder) next(n int) []byte {
	b := s.b[:n]
	s.b = s.b[n:]
	return b
}

func (s *shredder) scalar(c *column) pq.Value {
	switch c.kind {
	case kindBoolean:
		return pq.BooleanValue(s.next(1)[0] == 1)
	case kindInteger, kindTimestamp, kindDecimal64:
		return pq.Int64Value(int64(binary.LittleEndian.Uint64(s.next(8))))
	case kindDouble:
		return pq.DoubleValue(math.Float64frombits(binary.LittleEndian.Uint64(s.next(8))))
	case kindDecimal32, kindDate:
		return pq.Int32Value(int32(binary.LittleEndian.Uint32(s.next(4))))
	case kindDecimal:
		return pq.FixedLenByteArrayValue(s.next(c.width))
	}
	n, size := binary.Uvarint(s.b)
	s.b = s.b[size:]
	return pq.ByteArrayValue(s.next(int(n)))
}

// sink takes a whole file of one row group.
type sink struct {
	page    func() []byte
	pages   [][]byte
	skipped int // of the magic number, which is not kept
}

func (s *sink) Write(b []byte) (int, error) {
	n := len(b)
	skip := min(len(magic)-s.skipped, n)
	s.skipped += skip
	b = b[skip:]
	for len(b) > 0 {
		if n := len(s.pages); n == 0 || len(s.pages[n-1]) == cap(s.pages[n-1]) {
			s.pages = append(s.pages, s.page())
		}
		last := &s.pages[len(s.pages)-1]
		n := min(len(b), cap(*last)-len(*last))
		*last = append(*last, b[:n]...)
		b = b[n:]
	}
	return n, nil
}

// from returns a copy of the bytes from an offset in the file to another.
func (s *sink) from(offset, until int64) (out []byte) {
	at := int64(len(magic))
	for _, p := range s.pages {
		from, to := max(offset-at, 0), min(until-at, int64(len(p)))
		if from < to {
			out = append(out, p[from:to]...)
		}
		at += int64(len(p))
	}
	return out
}

// group cuts the row group out of its file: without the page index and the footer
// behind it, which go into Meta.
func (s *sink) group(file *pqformat.FileMetaData) (g format.Group, err error) {
	row := &file.RowGroups[0]
	from := row.Columns[0].ColumnIndexOffset
	last := &row.Columns[len(row.Columns)-1]
	index := s.from(from, last.OffsetIndexOffset+int64(last.OffsetIndexLength))
	if g.Meta, err = newMeta(row, from, index); err != nil {
		return g, err
	}
	g.Size = from - int64(len(magic))
	rest := g.Size
	for _, p := range s.pages {
		if rest > 0 {
			g.Pages = append(g.Pages, p[:min(rest, int64(len(p)))])
			rest -= int64(len(p))
		}
	}
	return g, nil
}
