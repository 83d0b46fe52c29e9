package parquet

import (
	"encoding/binary"
	"iter"

	"target-s3/target/format"
)

// The Meta of a group has the number of its rows, the size of its columns, the minima and
// maxima of all pages as they are in the page index, and then of each column what its
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
	bounds         int64 // bytes of the encoded minima and maxima of the pages; 0: there are none
	bounded        int64 // 1: there are low and high
	low, high      []byte
	pages          []byte // of each data page its size and that of the column's rows before it, as varints
}

// parts are all of it.
func (c *columnMeta) parts() (numbers [10]*int64, texts [3]*[]byte) {
	return [...]*int64{&c.values, &c.nulls, &c.unpacked, &c.size, &c.dictionary, &c.plain, &c.folded, &c.filter, &c.bounds, &c.bounded},
		[...]*[]byte{&c.low, &c.high, &c.pages}
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

func appendNumbers(dst []byte, numbers ...int64) []byte {
	for _, n := range numbers {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	return dst
}

// read reads what append appended, and returns what follows. It keeps parts of src.
func (c *columnMeta) read(src []byte) []byte {
	numbers, texts := c.parts()
	for _, n := range numbers {
		*n, src = uvarint(src)
	}
	for _, text := range texts {
		var n int64
		n, src = uvarint(src)
		*text, src = src[:n], src[n:]
	}
	return src
}

func uvarint(src []byte) (int64, []byte) {
	v, n := binary.Uvarint(src)
	return int64(v), src[n:]
}

// inFooter is how many bytes of a footer are about the column, at most.
func (c *columnMeta) inFooter(l *leaf) int {
	const itself, page = 128, 20
	n := itself + page*int(c.plain+c.folded) + int(c.bounds) + len(c.low) + len(c.high)
	for _, name := range l.path {
		n += 2 + len(name)
	}
	return n
}

// groupMeta is a row group whose place in the file is known.
type groupMeta struct {
	at     int64
	rows   int64
	size   int64 // of the columns
	bounds []byte

	columns []byte
}

func readMeta(g *format.Group) groupMeta {
	m := groupMeta{at: g.At}
	var n int64
	m.rows, m.columns = uvarint(g.Meta)
	m.size, m.columns = uvarint(m.columns)
	n, m.columns = uvarint(m.columns)
	m.bounds, m.columns = m.columns[:n], m.columns[n:]
	return m
}

// all yields the columns. Each is valid until the next one.
func (m *groupMeta) all() iter.Seq[*columnMeta] {
	return func(yield func(*columnMeta) bool) {
		var c columnMeta
		for rest := m.columns; len(rest) > 0; {
			if rest = c.read(rest); !yield(&c) {
				return
			}
		}
	}
}
