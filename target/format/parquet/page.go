package parquet

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go/compress"
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
		e.plain, _ = appendHybrid(append(e.plain, byte(width)), e.places, width, false)
		if e.leaf.bounded() {
			e.boundPlaces()
		}
		e.chunk.meta.folded++
	case e.leaf.kind == kindBoolean:
		e.plain = appendPacked(e.plain[:0:0], e.plain, 1)
	}
	e.codeLevels(false)
	header := pageHeader{pqformat.DataPage, encoding, e.values, cap(e.plain) > 2*e.pages.sizes.page}
	page, err := e.pages.encode(header, e.codedLevels(), e.plain)
	if err != nil {
		return err
	}
	e.chunk.add(page, e.rows, e.values, e.values-e.count, &e.bounds, e.leaf)
	if header.given {
		e.plain = nil
	}
	e.beginPage()
	return nil
}

// codeLevels encodes the levels of the open page that are not yet. Where more follow a
// few stay.
func (e *encoder) codeLevels(more bool) {
	for i, most := range [...]int{e.leaf.repetition, e.leaf.definition} {
		if most > 0 {
			var n int
			e.coded[i], n = appendHybrid(e.coded[i], e.levels[i], widthOf(most), more)
			e.levels[i] = append(e.levels[i][:0], e.levels[i][n:]...)
		}
	}
}

// codedLevels are those of the open page, as they are in it.
func (e *encoder) codedLevels() []byte {
	dst := e.packed[:0]
	for i, most := range [...]int{e.leaf.repetition, e.leaf.definition} {
		if most > 0 {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(len(e.coded[i])))
			dst = append(dst, e.coded[i]...)
		}
	}
	e.packed = dst
	return dst
}

// page is a page as it is in the file.
type page struct {
	bytes    []byte
	unpacked int // bytes before compression, with the header
}

type pageHeader struct {
	kind     pqformat.PageType
	encoding pqformat.Encoding
	values   int // with those that are null

	given bool // the memory of the values: there is not enough of it for a copy
}

// encode makes a page of levels and values, in memory of its own unless that of the values
// is given.
func (p *Pages) encode(h pageHeader, levels, values []byte) (page, error) {
	size := len(levels) + len(values)
	if size > math.MaxInt32 {
		return page{}, fmt.Errorf("page of %d bytes: a page of a Parquet file has 2 GiB at most", size)
	}
	if p.codec.CompressionCodec() != pqformat.Uncompressed {
		s := p.scratch.Get().(*scratch)
		defer p.putScratch(s)
		if err := s.compress(p.codec, levels, values, h.given); err != nil {
			return page{}, fmt.Errorf("compress a page: %w", err)
		}
		levels, values, h.given = nil, s.packed, len(s.packed) > 4*p.sizes.page // which is not kept
	}
	packed := len(levels) + len(values)
	sum := crc32.Update(crc32.ChecksumIEEE(levels), crc32.IEEETable, values)
	const most = 64 // bytes of a header
	t := compact{}
	if !h.given {
		t.to = make([]byte, 0, most+packed)
	}
	t.int32(1, int32(h.kind))
	t.int32(2, int32(size))
	t.int32(3, int32(packed))
	t.int32(4, int32(sum))
	h.append(&t)
	head := len(t.to)
	if h.given {
		return page{slices.Insert(values, 0, append(t.to, levels...)...), head + size}, nil
	}
	return page{append(append(t.to, levels...), values...), head + size}, nil
}

// append appends the end of a header.
func (h *pageHeader) append(t *compact) {
	field := 5
	if h.kind == pqformat.DictionaryPage {
		field = 7
	}
	t.begin(field)
	t.int32(1, int32(h.values))
	t.int32(2, int32(h.encoding))
	if h.kind == pqformat.DataPage {
		t.int32(3, int32(pqformat.RLE)) // of levels
		t.int32(4, int32(pqformat.RLE))
	}
	t.end(field)
	t.close()
}

// scratch is what a page is compressed in.
type scratch struct{ body, packed []byte }

// compress sets packed.
func (s *scratch) compress(codec compress.Codec, levels, values []byte, given bool) (err error) {
	if given {
		s.body = slices.Insert(values, 0, levels...)
	} else {
		s.body = append(append(s.body[:0], levels...), values...)
	}
	s.packed, err = codec.Encode(s.packed[:cap(s.packed)], s.body)
	return err
}

// putScratch keeps it for the next page, unless it is too large.
func (p *Pages) putScratch(s *scratch) {
	if cap(s.body)+cap(s.packed) <= 4*p.sizes.page {
		p.scratch.Put(s)
	}
}
