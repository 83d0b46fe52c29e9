package parquet

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	pqformat "github.com/parquet-go/parquet-go/format"
)

// endPage makes a page of what was added since the last one.
func (e *encoder) endPage() error {
	if e.rows == 0 {
		return nil
	}
	if len(e.places) > 0 && len(e.chunk.parts) == 0 && !e.dictionary.saves() {
		e.plainly = true
		e.unfold()
	}
	encoding := pqformat.Plain
	switch {
	case len(e.places) > 0:
		encoding = pqformat.RLEDictionary
		width := widthOf(e.dictionary.size - 1)
		e.plain = appendHybrid(append(e.plain, byte(width)), e.places, width)
		if e.leaf.bounded() {
			e.boundPlaces()
		}
		e.chunk.folded++
	case e.leaf.kind == kindBoolean:
		e.plain = appendPacked(e.plain[:0:0], e.plain, 1)
	}
	e.plain = slices.Insert(e.plain, 0, e.encodedLevels()...)
	header := pqformat.PageHeader{Type: pqformat.DataPage, DataPageHeader: thrift.New(pqformat.DataPageHeader{
		NumValues: int32(len(e.levels[1])), Encoding: encoding,
		DefinitionLevelEncoding: pqformat.RLE, RepetitionLevelEncoding: pqformat.RLE,
	})}
	page, err := e.pages.encode(&header, e.plain)
	if err != nil {
		return err
	}
	e.chunk.add(page, pageInfo{
		unpacked: page.size() - int(header.CompressedPageSize) + len(e.plain),
		rows:     e.rows, values: len(e.levels[1]), nulls: len(e.levels[1]) - e.count,
	}, &e.bounds, e.leaf)
	if cap(e.plain) > 2*e.pages.sizes.page {
		e.plain = nil // of what a large value took the next page has no need
	}
	e.beginPage()
	return nil
}

// encodedLevels are the levels of the open page.
func (e *encoder) encodedLevels() (dst []byte) {
	for i, most := range [...]int{e.leaf.repetition, e.leaf.definition} {
		if most > 0 {
			at := len(dst)
			dst = appendHybrid(append(dst, 0, 0, 0, 0), e.levels[i], widthOf(most))
			binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
		}
	}
	return dst
}

// page is a page as it is in the file.
type page struct {
	head, body []byte
}

func (p *page) size() int { return len(p.head) + len(p.body) }

// encode makes a page of its header and what is in it, in memory of its own.
func (p *Pages) encode(h *pqformat.PageHeader, body []byte) (out page, err error) {
	if len(body) > math.MaxInt32 {
		return out, fmt.Errorf("page of %d bytes: a page of a Parquet file has 2 GiB at most", len(body))
	}
	if p.codec.CompressionCodec() == pqformat.Uncompressed {
		out.body = slices.Clone(body)
	} else if out.body, err = p.compress(body); err != nil {
		return out, err
	}
	h.UncompressedPageSize, h.CompressedPageSize = int32(len(body)), int32(len(out.body))
	h.CRC = int32(crc32.ChecksumIEEE(out.body))
	out.head, err = thrift.Marshal(new(thrift.CompactProtocol), h)
	return out, err
}

// compress returns what was compressed.
func (p *Pages) compress(body []byte) ([]byte, error) {
	scratch := p.scratch.Get().(*[]byte)
	defer p.scratch.Put(scratch)
	packed, err := p.codec.Encode((*scratch)[:cap(*scratch)], body)
	if err != nil {
		return nil, fmt.Errorf("compress a page: %w", err)
	}
	if cap(packed) > 2*p.sizes.page {
		return packed, nil // too large to be kept for the next page
	}
	*scratch = packed
	return slices.Clone(packed), nil
}

// pageInfo is what is said of a page.
type pageInfo struct {
	unpacked            int // bytes before compression, with the header
	rows, values, nulls int
}

// chunk is a column of a row group, as far as it is made.
type chunk struct {
	parts    [][]byte // the data pages, each after its header
	rows     int64
	values   int64
	nulls    int64
	unpacked int64
	size     int64
	folded   int // how many pages have places in the dictionary
	bounds   bounds
	places   pqformat.OffsetIndex // from the first page on
	index    pqformat.ColumnIndex
	unbound  bool // a page has no bounds that can be written
}

// reset forgets all of a column but the memory for the next one.
func (c *chunk) reset() {
	clear(c.parts)
	clear(c.index.MinValues)
	clear(c.index.MaxValues)
	*c = chunk{
		parts: c.parts[:0], bounds: bounds{min: c.bounds.min, max: c.bounds.max},
		places: pqformat.OffsetIndex{PageLocations: c.places.PageLocations[:0]},
		index: pqformat.ColumnIndex{
			NullPages: c.index.NullPages[:0], NullCounts: c.index.NullCounts[:0],
			MinValues: c.index.MinValues[:0], MaxValues: c.index.MaxValues[:0],
		},
	}
}

// add adds a page.
func (c *chunk) add(page page, info pageInfo, b *bounds, l *leaf) {
	c.places.PageLocations = append(c.places.PageLocations, pqformat.PageLocation{
		Offset: c.size, CompressedPageSize: int32(page.size()), FirstRowIndex: c.rows,
	})
	c.index.NullPages = append(c.index.NullPages, info.nulls == info.values)
	c.index.NullCounts = append(c.index.NullCounts, int64(info.nulls))
	low, high := b.encoded(l)
	if low == nil {
		low, high = []byte{}, []byte{}
	} else if l.kind == kindText {
		var ok bool
		low, high, ok = shortened(low, high)
		c.unbound = c.unbound || !ok
	}
	c.index.MinValues = append(c.index.MinValues, low)
	c.index.MaxValues = append(c.index.MaxValues, high)
	c.bounds.merge(b, l.kind)
	c.parts = append(c.parts, page.head, page.body)
	c.rows += int64(info.rows)
	c.values += int64(info.values)
	c.nulls += int64(info.nulls)
	c.unpacked += int64(info.unpacked)
	c.size += int64(page.size())
}
