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

// footer is what ends a file. It goes out in pieces: that of many columns and groups has
// many megabytes.
type footer struct {
	compact
	columns *columns
	put     func([]byte)
	sent    int64 // where in the file what there is of it begins
}

// footerPiece is about how much of a footer there is before it goes out.
const footerPiece = 32 << 10

// Footer puts the page index of all groups and the metadata of the file.
func (l *Layout) Footer(version int64, groups []format.Group, put func([]byte)) error {
	c := l.columns()
	elements, err := c.encodedElements()
	if err != nil {
		return fmt.Errorf("parquet: %w", err)
	}
	last := &groups[len(groups)-1]
	f := &footer{columns: c, put: put, sent: last.At + last.Size}
	f.to = make([]byte, 0, min(last.Footer*len(groups)+len(elements.text), footerPiece)+footerPiece/8)
	bounds := f.at()
	pages, rows := f.putIndexes(groups)
	from := f.at()
	f.int32(1, metadataVersion)
	f.list(2, typeStruct, elements.count)
	f.to = append(f.to, elements.text...)
	f.int64(3, rows)
	f.structs(4, len(groups), func(i int) { f.appendGroup(&groups[i], i, &bounds, &pages) })
	pairs := [...][2]string{
		{"singer.stream", l.stream}, {"singer.schema_sha256", l.hash}, {"singer.table_version", strconv.FormatInt(version, 10)},
	}
	f.structs(5, len(pairs), func(i int) {
		f.text(1, pairs[i][0])
		f.text(2, pairs[i][1])
	})
	f.text(6, createdBy)
	f.structs(7, len(c.leaves), func(int) { // in the order of their type
		f.begin(1)
		f.end(1)
	})
	f.close()
	f.to = binary.LittleEndian.AppendUint32(f.to, uint32(f.at()-from))
	put(append(f.to, magic...))
	return nil
}

// at is where in the file it goes on.
func (f *footer) at() int64 { return f.sent + int64(len(f.to)) }

// send lets go of what there is, if that is enough for a piece.
func (f *footer) send() {
	if len(f.to) >= footerPiece {
		f.put(f.to)
		f.sent, f.to = f.at(), f.to[:0]
	}
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

// putIndexes puts the page index, minima and maxima first, as it should be. It returns
// where the rest of it begins, and how many rows there are.
func (f *footer) putIndexes(groups []format.Group) (pages, rows int64) {
	for i := range groups {
		m := readMeta(&groups[i])
		f.to = append(f.to, m.bounds...)
		f.send()
		rows += m.rows
	}
	pages = f.at()
	for i := range groups {
		m := readMeta(&groups[i])
		at := m.at
		for c := range m.all() {
			f.to = c.appendPages(f.to, at+c.dictionary)
			at += c.size
			f.send()
		}
	}
	return pages, rows
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

// appendGroup appends what the footer says of a row group. Its part of the page index is
// there, and that of the next one after it.
func (f *footer) appendGroup(g *format.Group, ordinal int, bounds, pages *int64) {
	m := readMeta(g)
	at, filters, unpacked, i := m.at, m.at+m.size, int64(0), 0
	f.list(1, typeStruct, len(f.columns.leaves))
	for c := range m.all() {
		f.last = 0
		f.int64(2, 0) // there is no copy of what follows
		f.begin(3)
		f.columns.appendColumn(&f.compact, &f.columns.leaves[i], c, at, filters)
		f.end(3)
		size := int64(len(c.appendPages(f.to, at+c.dictionary)) - len(f.to)) // as it was
		f.int64(4, *pages)
		f.int32(5, int32(size))
		if c.bounds > 0 {
			f.int64(6, *bounds)
			f.int32(7, int32(c.bounds))
		}
		f.close()
		*pages += size
		*bounds += c.bounds
		at += c.size
		filters += c.filter
		unpacked += c.unpacked
		i++
		f.send()
	}
	f.last = 1
	f.int64(2, unpacked)
	f.int64(3, m.rows)
	f.int64(5, m.at)
	f.int64(6, m.size)
	f.field(7, typeInt16)
	f.to = binary.AppendVarint(f.to, int64(ordinal))
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
