// Package generate writes what a Singer tap would: schemas, records and states,
// the same bytes for the same options.
package generate

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// The kinds of data. Mixed has streams of all the others.
const (
	Narrow = "narrow" // 8 columns
	Wide   = "wide"   // 60 columns, as a tap of a database describes them
	Nested = "nested" // objects and arrays, as a tap of a web shop writes them
	Text   = "text"   // long texts with escapes, in many languages
	Mixed  = "mixed"
)

// Kinds are all of them, Mixed last.
func Kinds() []string { return []string{Narrow, Wide, Nested, Text, Mixed} }

// Options are what the data depends on.
type Options struct {
	Kind    string
	Streams int   // at least 1; of Mixed, every fourth is of the same kind
	Size    int64 // bytes after which, each stream having its records, writing ends
	Seed    uint64

	// Compact leaves out the white space of Python's json.dumps and writes text
	// as UTF-8 rather than in escapes, as the libraries in C do.
	Compact bool

	// Accented has the names of columns but the key end in é, which Python's
	// json.dumps writes as an escape.
	Accented bool

	// InTurn makes the streams take turns record by record, without states between.
	InTurn bool

	// Distinct gives each stream columns of its own: their names end in its number.
	Distinct bool

	Count int // of what the kinds that grow in something else have
}

// Result is how much there is.
type Result struct {
	Records int64 `json:"records"`
	Bytes   int64 `json:"bytes"`
}

const (
	statesEvery = 10_000 // records from one STATE to the next
	longestRun  = 32     // records of one stream in a row
)

// Write writes a whole input: the schemas, records of streams in turn with states
// between them, and a last state.
func Write(w io.Writer, o Options) (Result, error) {
	g := &generator{Rand: rand.New(rand.NewPCG(o.Seed, 0)), out: bufio.NewWriterSize(w, 1<<20), comma: ", ", colon: ": ", ascii: true}
	if o.Compact {
		g.comma, g.colon, g.ascii = ",", ":", false
	}
	if g.grow(o) {
		return g.result, g.out.Flush()
	}
	kinds := Kinds()[:len(Kinds())-1]
	if o.Kind != Mixed {
		if !slices.Contains(kinds, o.Kind) {
			return Result{}, fmt.Errorf("unknown kind of data %q; there are %s", o.Kind, strings.Join(Kinds(), ", "))
		}
		kinds = []string{o.Kind}
	}
	for n := range max(1, o.Streams) {
		kind := kinds[n%len(kinds)]
		g.streams = append(g.streams, stream{name: fmt.Sprintf("%s_%d", kind, n+1), table: tables[kind]})
		if o.Accented {
			g.streams[n].columns = g.accented(tables[kind].columns)
		}
		if o.Distinct {
			g.streams[n].columns = renamed(g.streams[n].columns, "_"+strconv.Itoa(n+1))
		}
	}
	for i := range g.streams {
		g.schema(&g.streams[i])
	}
	if o.InTurn {
		g.inTurn(o.Size)
	} else {
		g.inRuns(o.Size)
	}
	return g.result, g.out.Flush()
}

// inRuns has states between, and no stream stays without a record.
func (g *generator) inRuns(size int64) {
	for n := 0; n < len(g.streams) || g.result.Bytes < size; n++ {
		s := &g.streams[g.IntN(len(g.streams))]
		if n < len(g.streams) {
			s = &g.streams[n]
		}
		for range 1 + g.IntN(longestRun) {
			g.record(s)
			if g.result.Records%statesEvery == 0 {
				g.state()
			}
		}
	}
	g.state()
}

func (g *generator) inTurn(size int64) {
	for n := 0; n < len(g.streams) || g.result.Bytes < size; n++ {
		g.record(&g.streams[n%len(g.streams)])
	}
	g.end()
}

// table is what the streams of one kind have in common.
type table struct {
	columns []column
	closed  bool // to properties that the schema does not name
}

// column is a property: its schema, as compact JSON, and what appends a value.
type column struct {
	name   string
	schema string
	value  func(*generator, []byte) []byte
}

type stream struct {
	name string
	table
	records int64
}

type generator struct {
	*rand.Rand
	out          *bufio.Writer
	comma, colon string
	ascii        bool
	streams      []stream
	serial       int64 // of the record in its stream
	line         []byte
	result       Result
}

// accented gives the columns names that are not plain ASCII.
func (g *generator) accented(columns []column) []column {
	accent := "é"
	if g.ascii {
		accent = `\u00e9`
	}
	return renamed(columns, accent)
}

// renamed has the names of columns but the key end in the text.
func renamed(columns []column, end string) []column {
	columns = slices.Clone(columns)
	for i := range columns {
		if columns[i].name != "id" {
			columns[i].name += end
		}
	}
	return columns
}

// begin is the start of a message, in the memory of the one before it.
func (g *generator) begin() []byte { return append(g.line[:0], '{') }

// emit writes a message. A writer that failed says so at the end, when it is
// flushed.
func (g *generator) emit(message []byte) {
	message = append(message, '\n')
	g.line = message
	n, _ := g.out.Write(g.line)
	g.result.Bytes += int64(n)
}

func (g *generator) schema(s *stream) {
	b := g.begin()
	b = g.text(g.key(b, "type"), "SCHEMA")
	b = g.text(g.key(b, "stream"), s.name)
	b = append(g.key(b, "schema"), '{')
	b = g.text(g.key(b, "type"), "object")
	if s.closed {
		b = append(g.key(b, "additionalProperties"), "false"...)
	}
	b = append(g.key(b, "properties"), '{')
	for _, c := range s.columns {
		b = append(g.key(b, c.name), g.spaced(c.schema)...)
	}
	b = append(b, "}}"...)
	b = append(g.key(b, "key_properties"), `["id"]`...)
	g.emit(append(b, '}'))
}

// spaced gives compact JSON, which has no separators within its strings, the
// separators of the style.
func (g *generator) spaced(compact string) string {
	return strings.NewReplacer(",", g.comma, ":", g.colon).Replace(compact)
}

func (g *generator) record(s *stream) {
	s.records++
	g.serial = s.records
	b := g.begin()
	b = g.text(g.key(b, "type"), "RECORD")
	b = g.text(g.key(b, "stream"), s.name)
	b = append(g.key(b, "record"), '{')
	for i := range s.columns {
		b = s.columns[i].value(g, g.key(b, s.columns[i].name))
	}
	b = append(b, '}')
	b = g.text(g.key(b, "time_extracted"), "2026-01-31T12:00:00.000000Z")
	g.emit(append(b, '}'))
	g.result.Records++
}

func (g *generator) state() {
	b := g.begin()
	b = g.text(g.key(b, "type"), "STATE")
	b = append(g.key(b, "value"), '{')
	b = append(g.key(b, "bookmarks"), '{')
	for i := range g.streams {
		b = append(g.key(b, g.streams[i].name), '{')
		b = g.text(g.key(b, "replication_key"), "id")
		b = append(strconv.AppendInt(g.key(b, "replication_key_value"), g.streams[i].records, 10), '}')
	}
	g.emit(append(b, "}}}"...))
}

// key appends the name of a member, and before it a comma where one is due.
func (g *generator) key(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, g.comma...)
	}
	return append(g.text(b, name), g.colon...)
}

// text appends a string that needs no escapes.
func (*generator) text(b []byte, s string) []byte {
	return append(append(append(b, '"'), s...), '"')
}
