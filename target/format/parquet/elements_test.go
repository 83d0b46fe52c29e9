package parquet

import (
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	pq "github.com/parquet-go/parquet-go"
	pqformat "github.com/parquet-go/parquet-go/format"
)

// FuzzElements compares what is said of any schema's columns with what a library says.
func FuzzElements(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		pages, err := NewPages("none", 0, new(Spare))
		if err != nil {
			t.Fatal(err)
		}
		g := generator{Rand: rand.New(rand.NewPCG(seed, 2)), long: 8, few: 8}
		l := New([]byte(`{"properties":`+g.schema(g.properties(0))+`}`), nil, Options{Metadata: seed%2 == 0, Pages: pages})
		w := pq.NewGenericWriter[any](io.Discard, pq.NewSchema("record", group(slices.Concat(l.columns().record.fields, l.columns().system))))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]pqformat.SchemaElement(w.File().Metadata().Schema), l.columns().elements()); d != "" {
			t.Error(d)
		}
	})
}

// node is the library's form of a column.
func (c *column) node() pq.Node {
	switch c.kind {
	case kindBoolean:
		return pq.Leaf(pq.BooleanType)
	case kindInteger:
		return pq.Leaf(pq.Int64Type)
	case kindDouble:
		return pq.Leaf(pq.DoubleType)
	case kindDecimal32:
		return pq.Decimal(c.scale, c.precision, pq.Int32Type)
	case kindDecimal64:
		return pq.Decimal(c.scale, c.precision, pq.Int64Type)
	case kindDecimal:
		return pq.Decimal(c.scale, c.precision, pq.FixedLenByteArrayType(c.width))
	case kindTimestamp:
		return pq.Timestamp(pq.Microsecond)
	case kindDate:
		return pq.Date()
	case kindGroup:
		return group(c.fields)
	case kindList:
		return pq.List(pq.Optional(c.element.node()))
	case kindText, kindJSON:
	}
	// Not pq.JSON for the latter: Polars, and pyarrow before version 19, take what
	// is so annotated for bytes.
	return pq.String()
}

// orderedGroup is a group whose fields stand in an order of ours: the library
// sorts them by name.
type orderedGroup struct {
	pq.Group
	fields []pq.Field
}

func (g orderedGroup) Fields() []pq.Field { return g.fields }

func group(columns []column) pq.Node {
	g := orderedGroup{Group: pq.Group{}}
	for i := range columns {
		g.Group[columns[i].name] = pq.Optional(columns[i].node())
	}
	sorted := map[string]pq.Field{}
	for _, f := range g.Group.Fields() {
		sorted[f.Name()] = f
	}
	for i := range columns {
		g.fields = append(g.fields, sorted[columns[i].name])
	}
	return g
}
