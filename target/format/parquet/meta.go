package parquet

import (
	"encoding/binary"
	"slices"

	"target-s3/target/format"
)

// The Meta of a group has the number of its rows, and then of each column what its
// columnMeta has, in a form of its own: as it is in the footer it would take more
// memory, for as long as the file is open, and would have to be taken apart.

// columnMeta is what is said of a column of a row group. The columns of a group stand
// one after the other, and then the bloom filters of those that have one.
type columnMeta struct {
	values, nulls  int64
	unpacked, size int64 // bytes of all pages, before compression and after it
	dictionary     int64 // bytes of the first page, if that is a dictionary
	plain, folded  int64 // how many data pages have values, and places in the dictionary
	filter         int64 // bytes of the bloom filter
	low, high      []byte
	bounds         []byte // the encoded minima and maxima of the pages; empty: there are none
	pages          []byte // of each data page its size and that of the column's rows before it, as varints
	bounded        int64  // 1: there are low and high

	boundsAt, pagesAt, pagesSize int64 // where the page index is in the file
}

// parts are all of it that a Meta has.
func (c *columnMeta) parts() (numbers [9]*int64, texts [4]*[]byte) {
	return [...]*int64{&c.values, &c.nulls, &c.unpacked, &c.size, &c.dictionary, &c.plain, &c.folded, &c.filter, &c.bounded},
		[...]*[]byte{&c.low, &c.high, &c.bounds, &c.pages}
}

func (c *columnMeta) append(dst []byte) []byte {
	numbers, texts := c.parts()
	for _, n := range numbers {
		dst = binary.AppendUvarint(dst, uint64(*n))
	}
	for _, text := range texts {
		dst = appendBinary(dst, *text)
	}
	return dst
}

// read reads what append appended, and returns what follows. It keeps parts of src.
func (c *columnMeta) read(src []byte) []byte {
	next := func() int64 {
		v, n := binary.Uvarint(src)
		src = src[n:]
		return int64(v)
	}
	numbers, texts := c.parts()
	for _, n := range numbers {
		*n = next()
	}
	for _, text := range texts {
		n := next()
		*text, src = src[:n], src[n:]
	}
	return src
}

// groupMeta is a row group whose place in the file is known.
type groupMeta struct {
	at      int64
	rows    int64
	columns []columnMeta
}

func (l *columns) readMeta(g *format.Group) groupMeta {
	rows, n := binary.Uvarint(g.Meta)
	m := groupMeta{at: g.At, rows: int64(rows), columns: make([]columnMeta, len(l.leaves))}
	for i, rest := 0, g.Meta[n:]; i < len(m.columns); i++ {
		rest = m.columns[i].read(rest)
	}
	return m
}

// meta is that of the group that was made.
func (s *shredder) meta(columns []columnMeta) []byte {
	s.scratch = binary.AppendUvarint(s.scratch[:0], uint64(s.rows))
	for i := range columns {
		s.scratch = columns[i].append(s.scratch)
	}
	return slices.Clone(s.scratch)
}
