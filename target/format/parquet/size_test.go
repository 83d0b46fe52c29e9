package parquet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"target-s3/target/format"
	"target-s3/target/format/parquet"
)

// TestLargeRows has rows of so many elements that they are encoded before the row ends:
// one value again and again, distinct ones, lists in lists, and objects of which most
// columns are null, in runs of any length. What a row takes is known before it is made.
func TestLargeRows(t *testing.T) {
	const elements = 300_000
	list := func(element func(i int) string) string {
		var b strings.Builder
		for i := range elements {
			b.WriteString("," + element(i))
		}
		return "[" + b.String()[1:] + "]"
	}
	for name, tt := range map[string]struct {
		items   string
		element func(i int) (text, value string)
		column  string
	}{
		"same":     {`{"type":"integer"}`, func(int) (text, value string) { return "7", "7" }, ""},
		"distinct": {`{"type":"integer"}`, func(i int) (text, value string) { return fmt.Sprint(i), fmt.Sprint(i) }, ""},
		"boolean":  {`{"type":"boolean"}`, func(i int) (text, value string) { return fmt.Sprint(i%3 == 0), fmt.Sprint(i%3 == 0) }, ""},
		"text":     {`{"type":"string"}`, func(i int) (text, value string) { return fmt.Sprintf(`"w\u0061%d"`, i/2), fmt.Sprintf("wa%d", i/2) }, ""},
		"list":     {`{"type":"array","items":{"type":"integer"}}`, func(i int) (text, value string) { return fmt.Sprintf("[%d]", i), fmt.Sprint(i) }, ".list.element"},
		"null": {`{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"number"}}}`, func(i int) (text, value string) {
			if i%9 > 0 {
				return "{}", ""
			}
			return fmt.Sprintf(`{"b":%d}`, i), fmt.Sprint(i)
		}, ".b"},
		"runs": {`{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"number"}}}`, func(i int) (text, value string) {
			if i%1000 < 21 || i%3 == 0 { // a run that is no multiple of eight, before what is packed
				return "{}", ""
			}
			return fmt.Sprintf(`{"b":%d}`, i), fmt.Sprint(i)
		}, ".b"},
	} {
		compression := "none"
		if name == "distinct" {
			compression = "zstd"
		}
		t.Run(name, func(t *testing.T) {
			schema := fmt.Sprintf(`{"properties":{"l":{"type":"array","items":%s},"n":{"type":"integer"}}}`, tt.items)
			l := newLayout(t, schema, nil, parquet.Options{Pages: newPages(t, compression, 0)})
			var want []string
			large := `{"n":3,"x":[1],"l":` + list(func(i int) string {
				text, value := tt.element(i)
				want = append(want, value)
				return text
			}) + `}`
			text, value := tt.element(0)
			small := `{"l":[` + text + `],"n":1}`
			f := open(t, file(t, l, []string{small, large, small}, []string{large}))
			all := slices.Concat([]string{value}, want, []string{value}, want)
			if got := values(t, f, "l.list.element"+tt.column); f.NumRows() != 4 || !slices.Equal(got, all) {
				t.Errorf("%d rows, %d values, want %d", f.NumRows(), len(got), len(all))
			}
			row := format.Row{Repeated: true, Record: []byte(large), Received: received, Most: 1000}
			if out, mark := l.AppendRow([]byte("before"), &row, nil); !mark.Large || string(out) != "before" {
				t.Errorf("%d bytes were appended, %+v", len(out), mark)
			}
			size, encoded := l.Size(&row)
			row.Most = 0
			if out, _ := l.AppendRow(nil, &row, nil); len(out) > size || len(out) < size-10_000 {
				t.Errorf("the row has %d bytes, said was %d", len(out), size)
			}
			g, err := l.Group(slices.Values([][]byte{appendRow(t, l, nil, large)}), int64(size), received)
			if err != nil {
				t.Fatal(err)
			}
			if int(g.Size) > encoded {
				t.Errorf("the group has %d bytes, said was %d", g.Size, encoded)
			}
		})
	}
}

// TestLargeAside puts much aside, of the record, of objects and of elements, which goes into
// a row that may be long in another way than into one that may not.
func TestLargeAside(t *testing.T) {
	members := func(n int, value string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"n%d":%s`, i, value)
		}
		return b.String()[1:]
	}
	text := strings.Repeat("x", 100_000)
	for name, record := range map[string]string{
		"record":   `{` + members(20_000, `"a\"b"`) + `,"n":1}`,
		"object":   `{"o":{` + members(20_000, `{"x":[1,2]}`) + `,"t":"` + text + `"},"n":7}`,
		"elements": `{"l":[` + strings.Repeat(`{`+members(10, "5")+`,"m":"2020-01-01T00:00:00.1234567Z"},{"s":"`+text+`"},`, 3000/3) + `{}],"o":{"t":"\u00e9"}}`,
		"one":      `{"o":{"x":"` + text + `\n"},"n":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			l := newLayout(t, `{"properties":{"n":{"type":"integer"},"o":{"type":"object","properties":{"t":{"type":"string"}}},
				"l":{"type":"array","items":{"type":"object","properties":{"m":{"type":"string","format":"date-time"},"s":{"type":"string"}}}}}}`,
				nil, parquet.Options{Metadata: true, Pages: newPages(t, "none", 0)})
			row := format.Row{Repeated: true, Record: []byte(record), Received: received, Most: 1 << 30, TimeExtracted: []byte(`"2026-01-02T00:00:00.1234567Z"`)}
			want, _ := l.AppendRow(nil, &row, nil)
			size, _ := l.Size(&row)
			row.Most = 0
			got, mark := l.AppendRow([]byte("before"), &row, nil)
			got = got[len("before"):]
			if mark.Large || mark.Refused != "" || len(got) > size || len(got) < size-10_000 {
				t.Fatalf("the row has %d bytes, said was %d, %+v", len(got), size, mark)
			}
			pages := func(row []byte) []byte {
				g, err := l.Group(slices.Values([][]byte{row}), int64(len(row)), received)
				if err != nil {
					t.Fatal(err)
				}
				return slices.Concat(g.Pages...)
			}
			if !slices.Equal(pages(got), pages(want)) {
				t.Error("a row that may be long has other values")
			}
		})
	}
}
