// Package parquet turns records into Parquet files. It is the only user of the
// Parquet library.
//
// What is in the pages it encodes itself: the library's way, one value of 24 bytes at
// a time and a map for each dictionary, took two thirds of the time. So it does with
// the metadata, which took two thirds of the time of files of one row each. The
// library describes the columns, once for all files, and has the codecs, in packages
// of their own; its main package is left to the tests, which read with it: with what it
// imports it would be a quarter of the time that the program takes to start.
//
// It works in two steps. A worker's AppendRow checks each value against its
// column and appends the row in a compact form of its own, in which nothing can
// go wrong any more; what a column cannot hold makes the record refused. Group
// then makes a row group of many such rows, in one go and for itself, so that
// several row groups, of one file or of many, can be made in parallel, and none
// costs memory before or after. It takes a page of rows apart into columns, and has
// each column's encoder take its values over, before the next page. Footer ends a
// file of the groups.
//
// All columns are optional, whatever the schema requires: without validation it
// may lie, and a column that turns from required to optional between two files
// is a change of type to those who read them.
package parquet

import (
	"encoding/hex"
	"fmt"
	"sync"

	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/gzip"
	"github.com/parquet-go/parquet-go/compress/snappy"
	"github.com/parquet-go/parquet-go/compress/uncompressed"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"target-s3/target/format"
	"target-s3/target/lazy"
	"target-s3/target/schema"
	"target-s3/target/spans"
)

// Pages is how the pages of files are compressed. Streams of the same settings share
// one: it keeps encoders of up to some megabytes for the next page.
type Pages struct {
	codec   compress.Codec
	scratch sync.Pool // of *scratch
	sizes   sizes
	spare   *Spare
}

// sizes are where pages and dictionaries end.
type sizes struct {
	// rows are how many are taken apart before their columns are encoded: few enough
	// that the values are still in the processor's nearest caches.
	rows   int
	page   int // bytes of a column that are one page
	places int // in a dictionary, the same
	// dictionary is how large the distinct values of a column may be. Beyond it they
	// are not a longer worth a dictionary, and the rest is written plainly.
	dictionary int
	// levels are how many of a page wait until they are encoded: seldom fewer than it has.
	levels int
	// elements are how many of a column a row has before they are encoded, although it
	// has not ended: its lists may have millions. It is a power of two.
	elements int
	// judged is when a dictionary is judged, if it is not large before, and then
	// whenever it has looked up twice as many values.
	judged int
}

// NewPages returns Pages with compression none, gzip, zstd or snappy. The level is
// that of gzip or zstd. Others may have the same Spare.
func NewPages(compression string, level int, spare *Spare) (*Pages, error) {
	codec, err := newCodec(compression, level)
	if err != nil {
		return nil, err
	}
	return &Pages{
		codec:   codec,
		scratch: sync.Pool{New: func() any { return new(scratch) }},
		sizes:   sizes{rows: 1024, page: 256 << 10, places: 64 << 10, dictionary: 1 << 20, levels: 256 << 10, elements: 64 << 10, judged: 512},
		spare:   spare,
	}, nil
}

// Options are what the files of a schema are made with.
type Options struct {
	Metadata bool // add the system columns
	Pages    *Pages
}

// Layout is that of a stream under one schema.
type Layout struct {
	*table
	stream string // for the files' own metadata
}

// table is what the streams of one schema share.
type table struct {
	text    []byte
	keys    []string
	options Options
	hash    string // of what the schema means
	count   int    // of the columns that have values
	made    lazy.Value[columns]
}

// columns are those that a schema leads to. They do not change.
type columns struct {
	record   column   // its fields are the columns of the record
	system   []column // those after them, _sdc_extra the last
	leaves   []leaf   // of all columns
	steps    []step   // to take a row apart
	constant *column  // the same in all rows of a file, and not in them; or nil
	metadata bool
	keyless  bool
	replaced map[string]bool // members that system columns take the place of
	pages    *Pages
	rows     sync.Pool // of *rowWriter

	encodedElements func() (elements, error) // what every footer says of the columns
}

// New lays out a schema of that text, which must not change any more, with these key
// properties. The stream that it is for has no name; see Named.
func New(text []byte, keys []string, o Options) *Layout {
	sum := schema.Fingerprint(text)
	t := &table{text: text, keys: keys, options: o, hash: hex.EncodeToString(sum[:])}
	t.made.Make = t.make
	t.count = len(t.columns().leaves)
	return &Layout{table: t}
}

// Named returns the same for a stream of that name. What memory the two take they share.
func (l *Layout) Named(stream string) *Layout { return &Layout{l.table, stream} }

// memoryOfColumn is about what a column takes beside its names, and what the footer
// says of it.
const memoryOfColumn = 700

// columns returns the columns, which it makes where they were forgotten.
func (t *table) columns() *columns {
	l, _ := t.made.Get()
	return l
}

// bytes is about what memory the columns take.
func (t *table) bytes() int { return t.count*memoryOfColumn + len(t.text) }

// Watch has it told what memory the columns take, now and whenever they are made again.
// It must be called before the layout is used. made may be called from any goroutine.
func (l *Layout) Watch(made func(bytes int)) {
	l.made.Made = func(*columns) { made(l.bytes()) }
	made(l.bytes())
}

// make makes the columns. It does not fail.
func (t *table) make() (*columns, error) {
	l := &columns{metadata: t.options.Metadata, keyless: len(t.keys) == 0, pages: t.options.Pages}
	l.encodedElements = sync.OnceValues(l.encodeElements)
	l.rows.New = func() any { return &rowWriter{layout: l} }
	l.makeColumns(schema.ShapeOf(t.text).Properties, t.keys)
	return l, nil
}

// Forget lets go of the columns, which take more than ten times the memory of the
// schema's text. They are made again when they are needed. Those who use them go on.
func (l *Layout) Forget() { l.made.Forget() }

func newCodec(name string, level int) (compress.Codec, error) {
	switch name {
	case "none":
		return &uncompressed.Codec{}, nil
	case "snappy":
		return &snappy.Codec{}, nil
	case "gzip":
		return &gzip.Codec{Level: level}, nil
	case "zstd":
		return &zstd.Codec{Level: zstdLevel(level)}, nil
	}
	return nil, fmt.Errorf("unknown Parquet compression %q", name)
}

// zstdLevel is which of the four levels that the library has a level of zstd
// means; the same as for other files.
func zstdLevel(level int) zstd.Level {
	switch {
	case level < 3:
		return zstd.SpeedFastest
	case level < 6:
		return zstd.SpeedDefault
	case level < 10:
		return zstd.SpeedBetterCompression
	}
	return zstd.SpeedBestCompression
}

// Header appends the magic number that files begin with.
func (*Layout) Header(dst []byte, _ bool) []byte { return append(dst, magic...) }

// Widen changes nothing: every row has the extra column.
func (*Layout) Widen(dst []byte) []byte { return dst }

// Extension is parquet, whatever the pages are compressed with.
func (*Layout) Extension() string { return "parquet" }

// ContentType is the media type that IANA lists.
func (*Layout) ContentType() string { return "application/vnd.apache.parquet" }

// Place is that of the record.
func (l *Layout) Place() *spans.Place { return l.columns().record.place }

// Columns is how many columns, leaves of the tree, files have.
func (l *Layout) Columns() int { return l.count }

var (
	_ format.Grouped = (*Layout)(nil)
	_ format.Spanned = (*Layout)(nil)
)
