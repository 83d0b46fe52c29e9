//go:build !race

package parquet_test

import (
	"slices"
	"testing"

	"target-s3/target/format"
	"target-s3/target/format/parquet"
)

// The race detector has pools forget things at random.
func TestRowsDoNotAllocate(t *testing.T) {
	const schema = `{"properties":{"id":{"type":"integer"},"n":{"type":"number"},"at":{"type":"string","format":"date-time"},"o":{"properties":{"t":{"type":"string"}}},"l":{"type":"array","items":{"properties":{"d":{"type":"number","multipleOf":0.01},"m":{"type":"array","items":{"type":"boolean"}}}}}}}`
	l := newLayout(t, schema, nil, parquet.Options{Metadata: true})
	row := format.Row{Record: []byte(`{"id":7,"n":1.5,"at":"2026-01-02T03:04:05Z","o":{"t":"a\nb"},"l":[{"d":1.25,"m":[true]},{"d":2,"m":[]},{"m":[false,null]}],"x":1}`), Received: received, TimeExtracted: []byte(`"2026-01-02T03:04:05Z"`)}
	var b []byte
	if allocs := testing.AllocsPerRun(100, func() { b, _ = l.AppendRow(b[:0], &row, nil) }); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// TestGroupsReuse has a group of one row, as many files have where schemas alternate.
func TestGroupsReuse(t *testing.T) {
	l := newLayout(t, `{"properties":{"id":{"type":"integer"},"n":{"type":"number"},"t":{"type":"string"},"l":{"type":"array","items":{"type":"boolean"}}}}`, []string{"id"}, parquet.Options{Metadata: true})
	row := appendRow(t, l, nil, `{"id":7,"n":1.5,"t":"a","l":[true,false]}`)
	allocated := testing.AllocsPerRun(100, func() {
		if _, err := l.Group(slices.Values([][]byte{row}), int64(len(row)), received); err != nil {
			t.Fatal(err)
		}
	})
	const most = 50 // twice what was counted
	if allocated > most {
		t.Errorf("%v allocations", allocated)
	}
}
