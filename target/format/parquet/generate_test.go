package parquet

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"target-s3/singer/jsonscan"
	"target-s3/target/format"
)

// generator makes schemas and rows at random.
type generator struct {
	*rand.Rand
	long  int // texts are up to so long
	few   int // how many different values there are, of most columns
	nulls int // of a hundred values
}

// field is a property: a kind of value, or an object or a list.
type field struct {
	name    string
	kind    string
	fields  []field
	element *field
}

var scalars = map[string]string{
	"integer": `{"type":"integer"}`, "number": `{"type":"number"}`, "boolean": `{"type":"boolean"}`, "text": `{"type":"string"}`, "any": `{}`,
	"decimal32": `{"type":"number","precision":7,"scale":2}`, "decimal64": `{"type":"number","precision":16,"scale":4}`,
	"decimal": `{"type":"number","precision":30,"scale":0}`, "moment": `{"type":"string","format":"date-time"}`, "date": `{"type":"string","format":"date"}`,
}

func (g *generator) properties(depth int) []field {
	fields := make([]field, 1+g.IntN(6))
	for i := range fields {
		fields[i] = g.field(depth)
		fields[i].name = fmt.Sprintf("f%d", i)
	}
	return fields
}

func (g *generator) field(depth int) field {
	kinds := []string{"integer", "number", "boolean", "text", "any", "decimal32", "decimal64", "decimal", "moment", "date", "object", "list"}
	f := field{kind: kinds[g.IntN(len(kinds))]}
	switch {
	case depth > 2 && scalars[f.kind] == "":
		f.kind = "text"
	case f.kind == "object":
		f.fields = g.properties(depth + 1)
	case f.kind == "list":
		element := g.field(depth + 1)
		f.element = &element
	}
	return f
}

func (g *generator) schema(fields []field) string {
	parts := make([]string, len(fields))
	for i := range fields {
		parts[i] = fmt.Sprintf("%q:%s", fields[i].name, g.shape(&fields[i]))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func (g *generator) shape(f *field) string {
	switch f.kind {
	case "object":
		return `{"type":"object","properties":` + g.schema(f.fields) + `}`
	case "list":
		return `{"type":"array","items":` + g.shape(f.element) + `}`
	}
	return scalars[f.kind]
}

// pages are rows of a group, as the loader has them.
func (g *generator) pages(t *testing.T, l *Layout, fields []field) (pages [][]byte) {
	sequence := int64(0)
	for range 1 + g.IntN(4) {
		var page []byte
		for range 1 + g.IntN(200) {
			var mark format.Mark
			sequence++
			row := format.Row{Record: []byte(g.object(fields)), Sequence: sequence, Received: format.NewTimestamp(time.Unix(0, 0))}
			if page, mark = l.AppendRow(page, &row, nil); mark.Refused != "" {
				t.Fatalf("%s: %s", row.Record, mark.Refused)
			}
		}
		pages = append(pages, page)
	}
	return pages
}

func (g *generator) object(fields []field) string {
	var members []string
	for i := range fields {
		if g.IntN(100) >= g.nulls || i == 0 {
			members = append(members, fmt.Sprintf("%q:%s", fields[i].name, g.value(&fields[i])))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (g *generator) value(f *field) string {
	if g.IntN(100) < g.nulls/2 {
		return "null"
	}
	n := g.IntN(g.few)
	if g.IntN(3) == 0 {
		n = 0
	}
	sign := []string{"", "-"}[n%2]
	switch f.kind {
	case "object":
		return g.object(f.fields)
	case "list":
		elements := make([]string, g.IntN(4))
		for i := range elements {
			elements[i] = g.value(f.element)
		}
		return "[" + strings.Join(elements, ",") + "]"
	case "integer", "decimal":
		return sign + strconv.Itoa(n) + strings.Repeat("7", n%15)
	case "number":
		return sign + []string{"0", "0.0", strconv.Itoa(n) + ".5", "1e" + strconv.Itoa(n%300), "0.1"}[n%5]
	case "boolean":
		return strconv.FormatBool(n%2 == 0)
	case "decimal32", "decimal64":
		return fmt.Sprintf("%s%d.%02d", sign, n, n%100)
	case "moment":
		return fmt.Sprintf(`"%04d-03-%02dT10:%02d:00.%06dZ"`, 1900+n%200, 1+n%28, n%60, n)
	case "date":
		return fmt.Sprintf(`"%04d-03-%02d"`, 1900+n%200, 1+n%28)
	}
	return g.text(n)
}

// text is one of few: with characters of all lengths, the last one among them, and
// beginnings that are longer than what statistics keep.
func (g *generator) text(n int) string {
	characters := []rune("aé€😀\uD7FF\U0010FFFF")
	b := []byte(strings.Repeat("same", n%4*8))
	for i := range n % g.long {
		b = append(b, string(characters[(n>>(i%5)+i)%len(characters)])...)
	}
	return string(jsonscan.AppendString(nil, b))
}
