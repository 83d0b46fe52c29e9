package parquet

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	pqformat "github.com/parquet-go/parquet-go/format"

	"target-s3/target/format"
)

// FuzzGroups reads with a library what any rows of any schema become, and compares
// all values and levels with those of the rows.
func FuzzGroups(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		codec := []string{"none", "snappy", "gzip", "zstd"}[r.IntN(4)]
		pages, err := NewPages(codec, 1, new(Spare))
		if err != nil {
			t.Fatal(err)
		}
		if r.IntN(4) > 0 { // as small as it takes to have many
			pages.sizes = sizes{rows: 1 << r.IntN(8), page: 1 << r.IntN(12), places: 1 << r.IntN(8), dictionary: 1 << r.IntN(12), levels: 1 << r.IntN(8), elements: 1 << r.IntN(6), judged: 1 << r.IntN(6)}
		}
		for range 1 + r.IntN(3) { // streams, which share what is kept from group to group
			g := generator{Rand: r, long: 1 << r.IntN(8), few: 1 << r.IntN(10), nulls: []int{0, 5, 50, 100}[r.IntN(4)]}
			fields := g.properties(0)
			l := New([]byte(`{"properties":`+g.schema(fields)+`}`), []string{fields[0].name}, Options{Metadata: r.IntN(2) == 0, Pages: pages})
			var groups [][][]byte
			for range 1 + r.IntN(3) {
				groups = append(groups, g.pages(t, l, fields))
			}
			checkFile(t, l, groups)
		}
	})
}

// checkFile makes a file of groups of rows and compares it with them.
func checkFile(t *testing.T, l *Layout, groups [][][]byte) {
	t.Helper()
	out := l.Header(nil, false)
	batchedAt := format.NewTimestamp(time.UnixMilli(1_234_567))
	var made []format.Group
	for _, rows := range groups {
		g, err := l.Group(slices.Values(rows), int64(len(slices.Concat(rows...))), batchedAt)
		if err != nil {
			t.Fatal(err)
		}
		g.At = int64(len(out))
		out = append(out, slices.Concat(g.Pages...)...)
		if g.Size != int64(len(out))-g.At {
			t.Fatalf("size %d, there are %d", g.Size, int64(len(out))-g.At)
		}
		made = append(made, g)
	}
	footer, most := len(out), 0
	if err := l.Footer(1, made, func(piece []byte) { out = append(out, piece...) }); err != nil {
		t.Fatal(err)
	}
	for i := range made {
		most += made[i].Footer
	}
	elements, _ := l.columns().encodedElements()
	const itself = 256 // and 3 bytes for the order of each column
	if size := len(out) - footer - len(elements.text) - 3*l.Columns() - itself; size > most {
		t.Errorf("the footer has %d bytes for the groups, %d were announced", size, most)
	}
	f, err := pq.OpenFile(bytes.NewReader(out), int64(len(out)))
	if err != nil {
		t.Fatal(err)
	}
	checkMetadata(t, out)
	for i, rg := range f.RowGroups() {
		want := reference{layout: l, columns: make([][]pq.Value, l.Columns()), batchedAt: 1_234_567_000}
		for _, page := range groups[i] {
			want.take(page)
		}
		for j, c := range rg.ColumnChunks() {
			checkColumn(t, &l.columns().leaves[j], c, said{out, f.Metadata().RowGroups[i].Columns[j]}, want.columns[j])
		}
	}
}

// checkMetadata compares the footer with what the library makes of it, byte by byte.
func checkMetadata(t *testing.T, file []byte) {
	t.Helper()
	end := len(file) - len(magic) - 4
	footer := file[end-int(binary.LittleEndian.Uint32(file[end:])) : end]
	decoded[pqformat.FileMetaData](t, footer)
}

// decoded decodes what is said in a file, and compares it with what the library writes.
func decoded[T any](t *testing.T, text []byte) (v T) {
	t.Helper()
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), text, &v); err != nil {
		t.Fatal(err)
	}
	if b, err := thrift.Marshal(new(thrift.CompactProtocol), &v); err != nil || !bytes.Equal(b, text) {
		t.Fatalf("%T is written % .500x, and by the library % .500x: %v", v, text, b, err)
	}
	return v
}

// said is what a file says of a column.
type said struct {
	file []byte
	pqformat.ColumnChunk
}

func (s *said) pages(t *testing.T) *pqformat.ColumnIndex {
	t.Helper()
	decoded[pqformat.OffsetIndex](t, s.file[s.OffsetIndexOffset:][:s.OffsetIndexLength])
	if s.ColumnIndexLength == 0 {
		return nil
	}
	index := decoded[pqformat.ColumnIndex](t, s.file[s.ColumnIndexOffset:][:s.ColumnIndexLength])
	return &index
}

// checkColumn compares a column's values and levels, and what is said of them.
func checkColumn(t *testing.T, l *leaf, c pq.ColumnChunk, meta said, want []pq.Value) {
	t.Helper()
	bounds := newBoundsCheck(t, l, c, meta)
	offsets, err := c.OffsetIndex()
	if err != nil {
		t.Fatal(err)
	}
	all := len(want)
	pages := c.Pages()
	defer pages.Close()
	row := int64(0)
	for n := 0; ; n++ {
		p, err := pages.ReadPage()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("column %q: %v", l.path, err)
		}
		if offsets.FirstRowIndex(n) != row {
			t.Fatalf("column %q: page %d begins at row %d, the index says %d", l.path, n, row, offsets.FirstRowIndex(n))
		}
		row += p.NumRows()
		got := make([]pq.Value, p.NumValues())
		if m, err := p.Values().ReadValues(got); m != len(got) || (err != nil && err != io.EOF) {
			t.Fatalf("column %q: %d of %d values: %v", l.path, m, len(got), err)
		}
		nulls := int64(0)
		for i, v := range got {
			if i >= len(want) || !pq.DeepEqual(v, want[i]) {
				t.Fatalf("column %q, page %d: value %d of %d is %+v", l.path, n, i, len(want), v)
			}
			if v.IsNull() {
				nulls++
				continue
			}
			bounds.check(n, v)
		}
		bounds.checkNulls(n, nulls, len(got))
		want = want[len(got):]
		pq.Release(p)
	}
	if len(want) > 0 {
		t.Fatalf("column %q: %d values are missing", l.path, len(want))
	}
	if m := meta.MetaData; m.NumValues != int64(all) || m.Statistics.NullCount != bounds.nulls {
		t.Fatalf("column %q: %d values, %d nulls, want %d and %d", l.path, m.NumValues, m.Statistics.NullCount, all, bounds.nulls)
	}
}

// boundsCheck holds values against what the page index, the statistics and the bloom
// filter say. The library's own page index is not used: it has none at all where
// the first column has none.
type boundsCheck struct {
	t      *testing.T
	l      *leaf
	order  func(a, b pq.Value) int
	kind   pq.Kind
	pages  *pqformat.ColumnIndex // nil: there is none
	chunk  pqformat.Statistics
	filter pq.BloomFilter
	nulls  int64
}

func newBoundsCheck(t *testing.T, l *leaf, c pq.ColumnChunk, meta said) *boundsCheck {
	t.Helper()
	b := &boundsCheck{t: t, l: l, order: c.Type().Compare, kind: c.Type().Kind(), chunk: meta.MetaData.Statistics, pages: meta.pages(t)}
	if l.kind == kindDecimal { // the library compares them as if they had no sign
		b.order = func(a, b pq.Value) int { return comparison(kindDecimal)(a.ByteArray(), b.ByteArray()) }
	}
	if l.bloom {
		b.filter = c.BloomFilter()
	}
	return b
}

func (b *boundsCheck) check(page int, v pq.Value) {
	b.t.Helper()
	within := func(low, high []byte) {
		b.t.Helper()
		if b.order(v, b.kind.Value(low)) < 0 || b.order(v, b.kind.Value(high)) > 0 {
			b.t.Fatalf("column %q: %v is not within %q and %q", b.l.path, v, low, high)
		}
	}
	if b.pages != nil {
		within(b.pages.MinValues[page], b.pages.MaxValues[page])
		if b.l.kind == kindText && !(utf8.Valid(b.pages.MinValues[page]) && utf8.Valid(b.pages.MaxValues[page])) {
			b.t.Fatalf("column %q: %q or %q is not text", b.l.path, b.pages.MinValues[page], b.pages.MaxValues[page])
		}
	}
	if b.chunk.MaxValue != nil {
		within(b.chunk.MinValue, b.chunk.MaxValue)
	}
	if b.filter != nil {
		if ok, err := b.filter.Check(v); !ok || err != nil {
			b.t.Fatalf("column %q: %v is not in the bloom filter: %v", b.l.path, v, err)
		}
	}
}

func (b *boundsCheck) checkNulls(page int, nulls int64, values int) {
	b.t.Helper()
	b.nulls += nulls
	if b.pages != nil && (b.pages.NullCounts[page] != nulls || b.pages.NullPages[page] != (nulls == int64(values))) {
		b.t.Fatalf("column %q: page %d has %d nulls, the index says %d", b.l.path, page, nulls, b.pages.NullCounts[page])
	}
}

// reference takes rows apart into the library's values.
type reference struct {
	layout    *Layout
	columns   [][]pq.Value
	batchedAt int64
	b         []byte
}

func (s *reference) take(page []byte) {
	for s.b = page; len(s.b) > 0; {
		for i := range s.layout.columns().record.fields {
			s.value(&s.layout.columns().record.fields[i], 0, 0)
		}
		for i := range s.layout.columns().system {
			if c := &s.layout.columns().system[i]; c.name == format.ColumnBatchedAt {
				s.put(c.leaf, pq.Int64Value(s.batchedAt), 0, 1)
			} else {
				s.value(c, 0, 0)
			}
		}
	}
}

func (s *reference) put(leaf int, v pq.Value, repetition, definition int) {
	s.columns[leaf] = append(s.columns[leaf], v.Level(repetition, definition, leaf))
}

func (s *reference) next(n int) []byte {
	b := s.b[:n]
	s.b = s.b[n:]
	return b
}

func (s *reference) absent(c *column, repetition, definition int) {
	for leaf := c.leaf; leaf < c.leaf+c.leaves; leaf++ {
		s.put(leaf, pq.Value{}, repetition, definition)
	}
}

func (s *reference) value(c *column, repetition, definition int) {
	if s.next(1)[0] == 0 {
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
		n := binary.LittleEndian.Uint32(s.next(4))
		if n == 0 {
			s.absent(c.element, repetition, definition)
		}
		for i := range n {
			if i == 1 {
				repetition = c.level
			}
			s.value(c.element, repetition, definition+1)
		}
	default:
		s.put(c.leaf, s.scalar(c), repetition, definition)
	}
}

func (s *reference) scalar(c *column) pq.Value {
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
