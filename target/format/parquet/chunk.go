package parquet

import (
	"slices"

	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/bloom/xxhash"
	"github.com/parquet-go/parquet-go/encoding/thrift"
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
func (e *encoder) bloomFilter() ([]byte, error) {
	f := make(bloom.SplitBlockFilter, bloom.NumSplitBlocksOf(int64(len(e.hashes)), bloomBits))
	f.InsertBulk(e.hashes)
	head, err := thrift.Marshal(new(thrift.CompactProtocol), &pqformat.BloomFilterHeader{
		NumBytes:    int32(len(f.Bytes())),
		Algorithm:   pqformat.BloomFilterAlgorithm{Value: &pqformat.SplitBlockAlgorithm{}},
		Hash:        pqformat.BloomFilterHash{Value: &pqformat.XxHash{}},
		Compression: pqformat.BloomFilterCompression{Value: &pqformat.BloomFilterUncompressed{}},
	})
	return append(head, f.Bytes()...), err
}

// finish ends the column: it returns its bytes and what is said of it, with offsets
// from where it begins in the file.
func (e *encoder) finish(from int64) (parts [][]byte, meta pqformat.ColumnMetaData, err error) {
	if err = e.endPage(); err != nil {
		return nil, meta, err
	}
	c, l := &e.chunk, e.leaf
	meta = pqformat.ColumnMetaData{
		Type: l.physical(), PathInSchema: l.path, Codec: e.pages.codec.CompressionCodec(),
		Encoding: []pqformat.Encoding{pqformat.RLE, pqformat.Plain}, NumValues: c.values,
		TotalUncompressedSize: c.unpacked, TotalCompressedSize: c.size, DataPageOffset: from,
	}
	if n := len(c.places.PageLocations) - c.folded; n > 0 {
		meta.EncodingStats = append(meta.EncodingStats, pqformat.PageEncodingStats{PageType: pqformat.DataPage, Encoding: pqformat.Plain, Count: int32(n)})
	}
	if c.folded > 0 {
		page, unpacked, err := e.dictionaryPage()
		if err != nil {
			return nil, meta, err
		}
		c.parts = slices.Insert(c.parts, 0, page.head, page.body)
		meta.DictionaryPageOffset, meta.DataPageOffset = from, from+int64(page.size())
		meta.TotalUncompressedSize += int64(unpacked)
		meta.TotalCompressedSize += int64(page.size())
		meta.Encoding = append(meta.Encoding, pqformat.RLEDictionary)
		meta.EncodingStats = append(meta.EncodingStats,
			pqformat.PageEncodingStats{PageType: pqformat.DataPage, Encoding: pqformat.RLEDictionary, Count: int32(c.folded)},
			pqformat.PageEncodingStats{PageType: pqformat.DictionaryPage, Encoding: pqformat.Plain, Count: 1})
	}
	meta.Statistics.NullCount = c.nulls
	if low, high := c.bounds.encoded(l); len(low) <= boundBytes && len(high) <= boundBytes {
		meta.Statistics.MinValue, meta.Statistics.MaxValue = low, high
	}
	for i := range c.places.PageLocations {
		c.places.PageLocations[i].Offset += meta.DataPageOffset
	}
	return c.parts, meta, nil
}

// dictionaryPage is that of the column, and how large it is without compression.
func (e *encoder) dictionaryPage() (page page, unpacked int, err error) {
	d := e.dictionary
	body := d.data
	if !d.texts {
		body = e.plain[:0]
		for _, v := range d.numbers {
			body = appendNumber(body, v, d.width)
		}
	}
	h := pqformat.PageHeader{Type: pqformat.DictionaryPage, DictionaryPageHeader: thrift.New(pqformat.DictionaryPageHeader{
		NumValues: int32(d.size), Encoding: pqformat.Plain,
	})}
	page, err = e.pages.encode(&h, body)
	return page, page.size() - int(h.CompressedPageSize) + len(body), err
}

// indexes are the encoded page index of the column. There is no minima and maxima
// of one that has none.
func (e *encoder) indexes() (bounds, places []byte, err error) {
	c := &e.chunk
	if e.leaf.bounded() && !c.unbound {
		c.index.BoundaryOrder = pqformat.Unordered
		if bounds, err = thrift.Marshal(new(thrift.CompactProtocol), &c.index); err != nil {
			return nil, nil, err
		}
	}
	places, err = thrift.Marshal(new(thrift.CompactProtocol), &c.places)
	return bounds, places, err
}
