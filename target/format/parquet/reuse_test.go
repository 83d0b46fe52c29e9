package parquet

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"target-s3/target/format"
)

// TestSpareIsBounded makes several groups at a time that take much memory, and groups
// of other streams in what these have left.
func TestSpareIsBounded(t *testing.T) {
	spare := new(Spare)
	pages, err := NewPages("none", 0, spare)
	if err != nil {
		t.Fatal(err)
	}
	received := format.Timestamp([]byte("2026-01-02T03:04:05.678Z"))
	group := func(schema, record string, meanwhile func()) {
		l := New([]byte(schema), nil, Options{Pages: pages})
		row, _ := l.AppendRow(nil, &format.Row{Record: []byte(record), Received: received}, nil)
		rows := func(yield func([]byte) bool) {
			meanwhile()
			yield(row)
		}
		if _, err := l.Group(rows, int64(len(row)), received); err != nil {
			t.Fatal(err)
		}
	}
	kept := func() (n int) {
		for _, s := range spare.free {
			n += cap(s.scratch) + cap(s.bounds)
			for i, e := range s.encoders {
				n += e.kept() + s.batches[i].kept()
			}
		}
		return n
	}
	most := 0
	var several func(n int)
	several = func(n int) {
		if n == 0 {
			return
		}
		schema := `{"properties":{"id":{"type":"integer"},"l":{"type":"array","items":{"type":"boolean"}},"t":{"type":"string"}}}`
		record := `{"l":[true` + strings.Repeat(",true", n<<17) + `],"t":"` + strings.Repeat("x", 1<<20) + `"}`
		group(schema, record, func() { several(n - 1) })
		most = max(most, kept())
		if spare.size != kept() {
			t.Errorf("%d bytes are kept, and %d counted", kept(), spare.size)
		}
	}
	several(8)
	if most > mostKept || most < mostKept/2 {
		t.Errorf("%d bytes are kept; are they bounded, and is anything?", most)
	}
	if n := slices.MaxFunc(spare.free, func(a, b *shredder) int { return a.kept - b.kept }).kept; n > mostOfOne {
		t.Errorf("%d bytes are kept of one group", n)
	}
	group(`{"properties":{"a":{"type":"string"},"b":{"type":"string"}}}`, `{"a":"x","b":"y"}`, func() {})
	if spare.size != kept() {
		t.Errorf("%d bytes are kept, and %d counted", kept(), spare.size)
	}
}

// TestColumnAfterList has a list of any length make room for values, and then as many
// rows as are taken apart at a time.
func TestColumnAfterList(t *testing.T) {
	pages, err := NewPages("none", 0, new(Spare))
	if err != nil {
		t.Fatal(err)
	}
	group := func(schema, record string, rows int) {
		l := New([]byte(`{"properties":{"a":`+schema+`}}`), nil, Options{Pages: pages})
		row, _ := l.AppendRow(nil, &format.Row{Record: []byte(`{"a":` + record + `}`)}, nil)
		page := bytes.Repeat(row, rows)
		if _, err := l.Group(slices.Values([][]byte{page}), int64(len(page)), format.Timestamp{}); err != nil {
			t.Fatal(err)
		}
	}
	for n := 1; n < 1500; n += 1 + n/50 {
		pages.spare = new(Spare)
		group(`{"type":"array","items":{"type":"integer"}}`, `[1`+strings.Repeat(",1", n-1)+`]`, 1)
		group(`{"type":"integer"}`, `1`, 2000)
	}
}
