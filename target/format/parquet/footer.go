package parquet

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	pqformat "github.com/parquet-go/parquet-go/format"

	"target-s3/target/format"
)

const (
	createdBy       = "target-s3"
	metadataVersion = 2 // of the format, as all writers say
)

// Footer appends the page index of all groups and the metadata of the file.
func (l *Layout) Footer(dst []byte, version int64, groups []format.Group) ([]byte, error) {
	c := l.columns()
	elements, err := c.encodedElements()
	if err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	start := groups[len(groups)-1].At + groups[len(groups)-1].Size - int64(len(dst))
	metas := make([]groupMeta, len(groups))
	rows := int64(0)
	for i := range groups {
		metas[i] = c.readMeta(&groups[i])
		rows += metas[i].rows
	}
	dst = appendIndexes(dst, start, metas)
	from := len(dst)
	t := compact{to: dst}
	t.int32(1, metadataVersion)
	t.list(2, typeStruct, elements.count)
	t.to = append(t.to, elements.text...)
	t.int64(3, rows)
	t.structs(4, len(metas), func(i int) { c.appendGroup(&t, &metas[i], i) })
	pairs := [...][2]string{
		{"singer.stream", l.stream}, {"singer.schema_sha256", l.hash}, {"singer.table_version", strconv.FormatInt(version, 10)},
	}
	t.structs(5, len(pairs), func(i int) {
		t.text(1, pairs[i][0])
		t.text(2, pairs[i][1])
	})
	t.text(6, createdBy)
	t.structs(7, len(c.leaves), func(int) { // in the order of their type
		t.begin(1)
		t.end(1)
	})
	t.close()
	t.to = binary.LittleEndian.AppendUint32(t.to, uint32(len(t.to)-from))
	return append(t.to, magic...), nil
}

// elements are the description of the columns, encoded.
type elements struct {
	count int
	text  []byte
}

// encodeElements encodes the description of the columns, which all files have.
func (l *columns) encodeElements() (e elements, err error) {
	for _, element := range l.elements() {
		b, err := thrift.Marshal(new(thrift.CompactProtocol), &element)
		if err != nil {
			return e, err
		}
		e.count, e.text = e.count+1, append(e.text, b...)
	}
	e.text = slices.Clip(e.text)
	return e, nil
}

// appendIndexes appends the page index, minima and maxima first, as it should be,
// and notes where it is. dst begins at start in the file.
func appendIndexes(dst []byte, start int64, groups []groupMeta) []byte {
	for i := range groups {
		for j := range groups[i].columns {
			c := &groups[i].columns[j]
			c.boundsAt = start + int64(len(dst))
			dst = append(dst, c.bounds...)
		}
	}
	for i := range groups {
		at := groups[i].at
		for j := range groups[i].columns {
			c := &groups[i].columns[j]
			c.pagesAt = start + int64(len(dst))
			dst = c.appendPages(dst, at+c.dictionary)
			c.pagesSize = start + int64(len(dst)) - c.pagesAt
			at += c.size
		}
	}
	return dst
}

// appendPages appends where the data pages are, the first one at an offset.
func (c *columnMeta) appendPages(dst []byte, at int64) []byte {
	t := compact{to: dst}
	rest := c.pages
	t.structs(1, int(c.plain+c.folded), func(int) {
		size, n := binary.Uvarint(rest)
		row, m := binary.Uvarint(rest[n:])
		rest = rest[n+m:]
		t.int64(1, at)
		t.int32(2, int32(size))
		t.int64(3, int64(row))
		at += int64(size)
	})
	t.close()
	return t.to
}

// appendGroup appends what the footer says of a row group.
func (l *columns) appendGroup(t *compact, g *groupMeta, ordinal int) {
	at, unpacked, filters := g.at, int64(0), g.at
	for i := range g.columns {
		unpacked += g.columns[i].unpacked
		filters += g.columns[i].size
	}
	size := filters - g.at
	t.structs(1, len(g.columns), func(i int) {
		c := &g.columns[i]
		t.int64(2, 0) // there is no copy of what follows
		t.begin(3)
		l.appendColumn(t, &l.leaves[i], c, at, filters)
		t.end(3)
		t.int64(4, c.pagesAt)
		t.int32(5, int32(c.pagesSize))
		if len(c.bounds) > 0 {
			t.int64(6, c.boundsAt)
			t.int32(7, int32(len(c.bounds)))
		}
		at += c.size
		filters += c.filter
	})
	t.int64(2, unpacked)
	t.int64(3, g.rows)
	t.int64(5, g.at)
	t.int64(6, size)
	t.field(7, typeInt16)
	t.to = binary.AppendVarint(t.to, int64(ordinal))
}

// appendColumn appends what the footer says of a column that begins at an offset, with
// its bloom filter at another.
func (l *columns) appendColumn(t *compact, leaf *leaf, c *columnMeta, at, filter int64) {
	encodings := []pqformat.Encoding{pqformat.RLE, pqformat.Plain, pqformat.RLEDictionary}
	if c.folded == 0 {
		encodings = encodings[:2]
	}
	t.int32(1, int32(leaf.physical()))
	t.list(2, typeInt32, len(encodings))
	for _, e := range encodings {
		t.to = binary.AppendVarint(t.to, int64(e))
	}
	t.list(3, typeBinary, len(leaf.path))
	for _, name := range leaf.path {
		t.to = appendBinary(t.to, name)
	}
	t.int32(4, int32(l.pages.codec.CompressionCodec()))
	t.int64(5, c.values)
	t.int64(6, c.unpacked)
	t.int64(7, c.size)
	t.int64(9, at+c.dictionary)
	if c.folded > 0 {
		t.int64(11, at)
	}
	t.begin(12)
	t.int64(3, c.nulls)
	if c.bounded > 0 {
		t.bytes(5, c.high)
		t.bytes(6, c.low)
	}
	t.end(12)
	c.appendStats(t)
	if c.filter > 0 {
		t.int64(14, filter)
		t.int32(15, int32(c.filter))
	}
}

// appendStats appends how many pages there are of which kind.
func (c *columnMeta) appendStats(t *compact) {
	stats := make([][3]int32, 0, 3)
	if c.plain > 0 {
		stats = append(stats, [...]int32{int32(pqformat.DataPage), int32(pqformat.Plain), int32(c.plain)})
	}
	if c.folded > 0 {
		stats = append(stats, [...]int32{int32(pqformat.DataPage), int32(pqformat.RLEDictionary), int32(c.folded)},
			[...]int32{int32(pqformat.DictionaryPage), int32(pqformat.Plain), 1})
	}
	t.structs(13, len(stats), func(i int) {
		for j, v := range stats[i] {
			t.int32(j+1, v)
		}
	})
}
