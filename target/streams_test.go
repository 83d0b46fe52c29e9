package target

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"target-s3/singer"
	"target-s3/target/config"
	"target-s3/target/schema"
)

// TestStreams compares sets of streams with maps, also the earlier ones.
func TestStreams(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	s, want := &streams{}, map[string]*stream{}
	type version struct {
		set  *streams
		want map[string]*stream
	}
	var versions []version
	for n := range 3000 {
		x := &stream{name: fmt.Sprint(r.IntN(1 + n%400))}
		s, want[x.name] = s.with(x), x
		if n%100 == 0 {
			copied := map[string]*stream{}
			for name, x := range want {
				copied[name] = x
			}
			versions = append(versions, version{s, copied})
		}
	}
	for _, v := range versions {
		for n := range 400 {
			name := fmt.Sprint(n)
			if got := v.set.find(name); got != v.want[name] {
				t.Fatalf("stream %s: %v, want %v", name, got, v.want[name])
			}
		}
		if got := v.set.names(); len(got) != len(v.want) {
			t.Fatalf("%d names, want %d", len(got), len(v.want))
		}
	}
}

func newTestRegistry(validate bool) *registry {
	return newRegistry(&allSettings{base: &settings{config: config.Config{OutputFileFormat: config.FormatJSONL, ValidateRecords: validate}}}, func(Event) {})
}

func define(t *testing.T, r *registry, name, schema string) bool {
	t.Helper()
	m := singer.Message{Stream: []byte(`"` + name + `"`), Schema: []byte(schema), KeyProperties: []byte("[]")}
	changed, err := r.define(&m)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// TestManySchemas holds what SCHEMA messages cost to their number: all sets of
// streams are kept, as by the marks of chunks.
func TestManySchemas(t *testing.T) {
	cost := func(n int) uint64 {
		r := newTestRegistry(false)
		var sets []*streams
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for i := range n {
			define(t, r, fmt.Sprintf("s%d", i), `{"properties":{"a":{}}}`)
			sets = append(sets, r.streams)
		}
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(sets)
		return after.TotalAlloc - before.TotalAlloc
	}
	few, many := cost(1000), cost(16_000)
	t.Logf("%d bytes a SCHEMA of 1,000, %d of 16,000", few/1000, many/16_000)
	if many > 16*2*few {
		t.Errorf("16,000 streams allocate %d MiB, 1,000 allocate %d MiB", many>>20, few>>20)
	}
}

// TestFormerSchemas holds that schemas which come back are not compiled again, and
// that what is kept for that is bounded.
func TestFormerSchemas(t *testing.T) {
	r := newTestRegistry(true)
	a, b := `{"properties":{"a":{}}}`, `{"properties":{"b":{}}}`
	define(t, r, "s", a)
	first := r.streams.find("s")
	for range 3 {
		if !define(t, r, "s", b) || r.streams.find("s") == first {
			t.Fatal("another schema changes nothing")
		}
		if !define(t, r, "s", a) || r.streams.find("s") != first {
			t.Fatal("it was compiled again")
		}
		if define(t, r, "s", `{ "properties": {"a": {}} }`) || r.streams.find("s") != first {
			t.Fatal("another spelling is another schema")
		}
	}
	for i := range 5000 { // what is kept is bounded
		define(t, r, "s", fmt.Sprintf(`{"properties":{"p%0500d":{}}}`, i))
	}
	if r.former.bytes > formerBytes || r.former.order.Len() != len(r.former.byKey) || r.former.bytes < formerBytes/2 {
		t.Errorf("%d bytes of %d streams are kept", r.former.bytes, r.former.order.Len())
	}
	if r.forms.bytes > formsBytes || r.forms.order.Len() != len(r.forms.byKey) || r.forms.bytes < formsBytes/2 {
		t.Errorf("%d bytes of %d schemas are kept", r.forms.bytes, r.forms.order.Len())
	}
	if define(t, r, "s", a); r.streams.find("s") == first {
		t.Error("the schema used longest ago is still there")
	}
}

// TestSharedSchemas holds that what a schema comes to is made once for all streams
// that spell it, and the keys, in the same way, and for no others.
func TestSharedSchemas(t *testing.T) {
	for _, files := range []string{config.FormatJSONL, config.FormatCSV, config.FormatParquet} {
		r := newRegistry(&allSettings{base: &settings{config: config.Config{OutputFileFormat: files, ValidateRecords: true}}}, func(Event) {})
		define := func(name, schema, keys string) *stream {
			t.Helper()
			m := singer.Message{Stream: []byte(`"` + name + `"`), Schema: []byte(schema)}
			if keys != "" {
				m.KeyProperties = []byte(keys)
			}
			if _, err := r.define(&m); err != nil {
				t.Fatal(err)
			}
			return r.streams.find(name)
		}
		ab, ba := `{"properties":{"a":{},"b":{}}}`, `{"properties":{"b":{},"a":{}}}`
		first := define("s1", ab, `["a"]`)
		if s := define("s2", ab, `["a"]`); s.schema != first.schema || s == first || s.table == first.table {
			t.Errorf("%s: another stream's schema is not shared", files)
		}
		for n, other := range [][2]string{{ba, `["a"]`}, {ab, `["b"]`}, {ab, "null"}, {ab, ""}} {
			if s := define(fmt.Sprint("t", n), other[0], other[1]); s.schema == first.schema {
				t.Errorf("%s: schema %s with keys %q is taken for another", files, other[0], other[1])
			}
		}
		if s := define("s3", ba, `["a"]`); s.schema.Fields()[0].Name != "b" {
			t.Errorf("%s: the columns are in the order of another schema", files)
		}
	}
}

// TestSchemasAreForgotten holds what a stream without records takes to a few times
// the text of its schema, however many there are.
func TestSchemasAreForgotten(t *testing.T) {
	const columns, streams = 20, 2000
	r := newTestRegistry(true)
	held := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, size := held(), 0
	for i := range streams {
		var properties []string
		for c := range columns {
			properties = append(properties, fmt.Sprintf(`"column_%d_of_%d":{"type":["null","string"],"maxLength":%d}`, c, i, c+1))
		}
		text := `{"properties":{` + strings.Join(properties, ",") + `}}`
		size = len(text)
		define(t, r, fmt.Sprintf("s%d", i), text)
	}
	each := int(held()-before) / streams
	t.Logf("%d bytes a stream, whose schema has %d", each, size)
	if each > 4*size {
		t.Errorf("%d bytes are held for a stream, more than four times the %d of its schema", each, size)
	}
	for i := range streams {
		var p schema.Prover
		if _, proven := p.Prove(r.streams.find(fmt.Sprintf("s%d", i)).schema, []byte(`{}`), 0); !proven {
			t.Fatalf("the record of stream %d is not proven", i)
		}
	}
	runtime.KeepAlive(r)
}
