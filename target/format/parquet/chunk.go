package parquet

import (
	"encoding/binary"
	"slices"

	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/bloom/xxhash"
	pqformat "github.com/parquet-go/parquet-go/format"
)

// addHashes notes the values for the bloom filter.
func (e *encoder) addHashes(values []uint64, from []byte) {
	for _, v := range values {
		var hash uint64
		switch {
		case e.leaf.kind.isBytes():
			hash = xxhash.Sum64(at(v, from))
		case e.leaf.width == 4:
			hash = xxhash.Sum64Uint32(uint32(v))
		default:
			hash = xxhash.Sum64Uint64(v)
		}
		e.hashes = append(e.hashes, hash)
	}
}

// bloomBits for each value makes one look-up in a hundred vain.
const bloomBits = 10

// bloomFilter is the column's, as it is in a file.
func (e *encoder) bloomFilter() []byte {
	f := make(bloom.SplitBlockFilter, bloom.NumSplitBlocksOf(int64(len(e.hashes)), bloomBits))
	f.InsertBulk(e.hashes)
	var t compact
	t.int32(1, int32(len(f.Bytes())))
	t.variant(2) // blocks
	t.variant(3) // hashed with xxHash
	t.variant(4) // and not compressed
	t.close()
	return append(t.to, f.Bytes()...)
}

// chunk is a column of a row group, as far as it is made.
type chunk struct {
	parts  [][]byte // the pages
	pages  int      // how many have values
	rows   int64
	meta   columnMeta
	bounds bounds
	index  [4][]byte // of the pages: whether there are nulls alone, minima, maxima, numbers of nulls, all encoded
	room   [16]byte
	// unbound says that a page has no bounds that can be written.
	unbound bool
}

// reset forgets all of a column but the memory for the next one.
func (c *chunk) reset() {
	clear(c.parts)
	*c = chunk{
		parts: c.parts[:0], bounds: bounds{min: c.bounds.min, max: c.bounds.max},
		meta:  columnMeta{pages: c.meta.pages[:0]},
		index: [...][]byte{c.index[0][:0], c.index[1][:0], c.index[2][:0], c.index[3][:0]},
	}
}

// add adds a page of so many rows, values and nulls.
func (c *chunk) add(p page, rows, values, nulls int, b *bounds, l *leaf) {
	c.index[0] = append(c.index[0], 0)
	if nulls == values {
		c.index[0][c.pages] = 1
	}
	var room [16]byte
	low, high, ok := b.encoded(l, room[:0])
	if ok && l.kind == kindText {
		low, high, ok = shortened(low, high)
		c.unbound = c.unbound || !ok
	}
	c.index[1], c.index[2] = appendBinary(c.index[1], low), appendBinary(c.index[2], high)
	c.index[3] = binary.AppendVarint(c.index[3], int64(nulls))
	c.bounds.merge(b, l.kind)
	c.meta.pages = binary.AppendUvarint(binary.AppendUvarint(c.meta.pages, uint64(len(p.bytes))), uint64(c.rows))
	c.pages++
	c.parts = append(c.parts, p.bytes)
	c.rows += int64(rows)
	c.meta.values += int64(values)
	c.meta.nulls += int64(nulls)
	c.meta.add(p)
}

// add counts the bytes of a page.
func (c *columnMeta) add(p page) {
	c.unpacked += int64(p.unpacked)
	c.size += int64(len(p.bytes))
}

// finish ends the column, and appends the minima and maxima of its pages. What is said
// of it is in the chunk's meta.
func (e *encoder) finish(dst []byte) ([]byte, error) {
	if err := e.endPage(); err != nil {
		return dst, err
	}
	c, l := &e.chunk, e.leaf
	m := &c.meta
	m.plain = int64(c.pages) - m.folded
	if m.folded > 0 {
		page, err := e.dictionaryPage()
		if err != nil {
			return dst, err
		}
		c.parts = slices.Insert(c.parts, 0, page.bytes)
		m.dictionary = int64(len(page.bytes))
		m.add(page)
	}
	low, high, ok := c.bounds.encoded(l, c.room[:0])
	if ok && len(low) <= boundBytes && len(high) <= boundBytes {
		m.low, m.high, m.bounded = low, high, 1
	}
	if l.bounded() && !c.unbound { // or no minima and maxima can be written
		from := len(dst)
		dst = c.appendIndex(dst)
		m.bounds = int64(len(dst) - from)
	}
	return dst, nil
}

// dictionaryPage is that of the column.
func (e *encoder) dictionaryPage() (page, error) {
	d := e.dictionary
	body := d.data
	if !d.texts {
		body = e.plain[:0]
		for _, v := range d.numbers {
			body = appendNumber(body, v, d.width)
		}
	}
	return e.pages.encode(pageHeader{kind: pqformat.DictionaryPage, encoding: pqformat.Plain, values: d.size}, nil, body)
}

// appendIndex appends the minima and maxima of the pages, which are in no order.
func (c *chunk) appendIndex(dst []byte) []byte {
	t := compact{to: dst}
	for i, kind := range [...]byte{typeBool, typeBinary, typeBinary} {
		t.list(i+1, kind, c.pages)
		t.to = append(t.to, c.index[i]...)
	}
	t.int32(4, int32(pqformat.Unordered))
	t.list(5, typeInt64, c.pages)
	t.to = append(t.to, c.index[3]...)
	t.close()
	return t.to
}
