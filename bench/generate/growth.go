package generate

import (
	"fmt"
	"strconv"
	"strings"
)

// Kinds of data that grow in something other than records.
const (
	Columns  = "columns"  // one stream of Options.Count columns
	Schemas  = "schemas"  // Options.Count SCHEMA messages of as many streams, and one record
	Repeated = "repeated" // one stream of 60 columns whose schema comes Options.Count times, each time with a record
	Turns    = "turns"    // the same with two schemas in turn
)

// grow writes data of these kinds.
func (g *generator) grow(o Options) bool {
	switch schema, record, found := special(o.Kind); {
	case found:
		g.templated(schema, record, o.Size)
	case o.Kind == Columns:
		g.columns(o.Count, o.Size)
	case o.Kind == Schemas:
		g.schemas(o.Count)
	case o.Kind == Repeated, o.Kind == Turns:
		g.turns(o.Count, o.Kind == Turns)
	default:
		return false
	}
	return true
}

// templated writes the same record again and again, with its number in it.
func (g *generator) templated(schema, record string, size int64) {
	g.print(`{"type": "SCHEMA", "stream": "s", "schema": %s, "key_properties": ["id"]}`, schema)
	before, after, _ := strings.Cut(record, "@")
	for g.result.Bytes < size {
		g.result.Records++
		g.print(`{"type": "RECORD", "stream": "s", "record": %s%d%s}`, before, g.result.Records, after)
	}
	g.end()
}

func (g *generator) columns(count int, size int64) {
	table := table{columns: []column{{"id", integerKey, id}}}
	for n := len(table.columns); n < count; n++ {
		c := tables[Wide].columns[1+n%12]
		c.name += "_" + strconv.Itoa(n)
		table.columns = append(table.columns, c)
	}
	s := stream{name: "s", table: table}
	g.schema(&s)
	for g.result.Records == 0 || g.result.Bytes < size {
		g.record(&s)
	}
	g.end()
}

func (g *generator) schemas(count int) {
	for n := range count {
		g.print(`{"type": "SCHEMA", "stream": "s%d", "schema": {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": ["null", "string"]}}}, "key_properties": ["id"]}`, n)
	}
	g.print(`{"type": "RECORD", "stream": "s0", "record": {"id": 1, "name": "one"}}`)
	g.result.Records++
	g.end()
}

// turns has a second schema with a property that no record has.
func (g *generator) turns(count int, two bool) {
	s := stream{name: "s", table: tables[Wide]}
	more := s
	if two {
		more.columns = append(more.columns[:len(more.columns):len(more.columns)], column{"added", textNull, null})
	}
	for n := range count {
		if n%2 == 0 {
			g.schema(&s)
		} else {
			g.schema(&more)
		}
		g.record(&s)
	}
	g.end()
}

func (g *generator) end() { g.print(`{"type": "STATE", "value": {"done": true}}`) }

func (g *generator) print(format string, args ...any) {
	g.emit(fmt.Appendf(g.line[:0], format, args...))
}
