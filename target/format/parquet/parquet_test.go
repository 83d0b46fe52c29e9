package parquet_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	pq "github.com/parquet-go/parquet-go"
	"go.uber.org/goleak"

	"target-s3/target/format"
	"target-s3/target/format/parquet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var received = format.NewTimestamp(time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC))

func newLayout(t testing.TB, schema string, keys []string, o parquet.Options) *parquet.Layout {
	t.Helper()
	if o.Pages == nil {
		o.Pages = newPages(t, "none", 0)
	}
	return parquet.New([]byte(schema), keys, o)
}

func newPages(t testing.TB, compression string, level int) *parquet.Pages {
	t.Helper()
	p, err := parquet.NewPages(compression, level, new(parquet.Spare))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// appendRow appends a record that must not be refused.
func appendRow(t testing.TB, l *parquet.Layout, dst []byte, record string) []byte {
	t.Helper()
	dst, mark := l.AppendRow(dst, &format.Row{Repeated: true, Record: []byte(record), Received: received, Version: 7, Sequence: 99}, nil)
	if mark.Refused != "" {
		t.Fatalf("%s: %s", record, mark.Refused)
	}
	return dst
}

// file makes a file of groups of records, as the engine does.
func file(t testing.TB, l *parquet.Layout, groups ...[]string) []byte {
	t.Helper()
	out := l.Header(nil, false)
	var made []format.Group
	for _, records := range groups {
		var pages [][]byte
		size := int64(0)
		for i, r := range records {
			if i%3 == 0 { // pages hold whole rows, however many
				pages = append(pages, nil)
			}
			pages[len(pages)-1] = appendRow(t, l, pages[len(pages)-1], r)
		}
		for _, p := range pages {
			size += int64(len(p))
		}
		g, err := l.Group(slices.Values(pages), size, received)
		if err != nil {
			t.Fatal(err)
		}
		g.At = int64(len(out))
		for _, p := range g.Pages {
			out = append(out, p...)
		}
		if g.Size != int64(len(out))-g.At {
			t.Fatalf("size %d, there are %d", g.Size, int64(len(out))-g.At)
		}
		g.Pages = nil
		made = append(made, g)
	}
	return append(out, footerOf(t, l, 7, made)...)
}

func footerOf(t testing.TB, l *parquet.Layout, version int64, groups []format.Group) (footer []byte) {
	t.Helper()
	if err := l.Footer(version, groups, func(piece []byte) { footer = append(footer, piece...) }); err != nil {
		t.Fatal(err)
	}
	return footer
}

func open(t testing.TB, b []byte) *pq.File {
	t.Helper()
	f, err := pq.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// values are those of a column without lists, null as an empty string.
func values(t testing.TB, f *pq.File, name string) (out []string) {
	t.Helper()
	leaf, ok := f.Schema().Lookup(strings.Split(name, ".")...)
	if !ok {
		t.Fatalf("no column %q", name)
	}
	for _, rg := range f.RowGroups() {
		pages := rg.ColumnChunks()[leaf.ColumnIndex].Pages()
		for {
			p, err := pages.ReadPage()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			page := make([]pq.Value, p.NumValues())
			if _, err := p.Values().ReadValues(page); err != nil && err != io.EOF {
				t.Fatal(err)
			}
			for _, v := range page {
				switch {
				case v.IsNull():
					out = append(out, "")
				case v.Kind() == pq.FixedLenByteArray:
					out = append(out, fmt.Sprintf("%x", v.ByteArray()))
				default:
					out = append(out, v.String())
				}
			}
			pq.Release(p)
		}
		_ = pages.Close()
	}
	return out
}

// TestValues is the table of what the columns make of values: what is stored, or
// why the record is refused.
func TestValues(t *testing.T) {
	const does = "does not fit into a Parquet column of type "
	types := map[string]string{
		"BOOLEAN": `{"type":"boolean"}`, "INT64": `{"type":"integer"}`, "DOUBLE": `{"type":"number"}`,
		"DECIMAL(5,2)": `{"type":"number","precision":5,"scale":2}`, "DECIMAL(15,2)": `{"type":"number","precision":15,"scale":2}`,
		"DECIMAL(38,2)": `{"type":"number","precision":38,"scale":2}`, "DECIMAL(19,0)": `{"type":"number","precision":19,"scale":0}`,
		"STRING": `{"type":"string"}`, "JSON": `{}`, "TIMESTAMP": `{"type":"string","format":"date-time"}`, "DATE": `{"type":"string","format":"date"}`,
		"group": `{"type":"object","properties":{"a":{"type":"integer"}}}`, "LIST": `{"type":"array","items":{"type":"integer"}}`,
	}
	for _, tt := range []struct{ kind, value, want, refused string }{
		{"BOOLEAN", `true`, "true", ""},
		{"BOOLEAN", `0`, "", does},
		{"BOOLEAN", `null`, "", ""},
		{"INT64", `0`, "0", ""},
		{"INT64", `-0`, "0", ""},
		{"INT64", `-12`, "-12", ""},
		{"INT64", `1.0`, "1", ""},
		{"INT64", `1.20e1`, "12", ""},
		{"INT64", `0e999999999999999999999`, "0", ""},
		{"INT64", `9223372036854775807`, "9223372036854775807", ""},
		{"INT64", `-9223372036854775808`, "-9223372036854775808", ""},
		{"INT64", `9223372036854775808`, "", "it is too large"},
		{"INT64", `-9223372036854775809`, "", "it is too large"},
		{"INT64", `1e19`, "", "it is too large"},
		{"INT64", `1e99999999999999999999`, "", "it is too large"},
		{"INT64", `1.5`, "", "it is not an integer"},
		{"INT64", `1e-99999999999999999999`, "", "it is not an integer"},
		{"INT64", `"1"`, "", `"1" ` + does + "INT64"},
		{"INT64", `[1]`, "", does},
		{"DOUBLE", `1`, "1", ""},
		{"DOUBLE", `0.1`, "0.1", ""},
		{"DOUBLE", `-1.5e300`, "-1.5e+300", ""},
		{"DOUBLE", `0.12345678901234567890`, "0.12345678901234568", ""},
		{"DOUBLE", `9007199254740992`, "9.007199254740992e+15", ""},
		{"DOUBLE", `9007199254740993`, "", "it would be rounded to 9007199254740992"},
		{"DOUBLE", `9007199254740993.5`, "", "it would be rounded to"},
		{"DOUBLE", `1e23`, "1e+23", ""},
		{"DOUBLE", `99999999999999991611392`, "1e+23", ""},
		{"DOUBLE", `99999999999999991611393`, "", "it would be rounded to"},
		{"DOUBLE", `1e400`, "", "it is too large"},
		{"DOUBLE", `1e-400`, "", "it is too small"},
		{"DOUBLE", `0.0e-400`, "0", ""},
		{"DOUBLE", `-0.0`, "-0", ""},
		{"DOUBLE", `5e-324`, "5e-324", ""},
		{"DOUBLE", `1.7976931348623157e308`, "1.7976931348623157e+308", ""},
		{"DOUBLE", `"0.1"`, "", does},
		{"DECIMAL(5,2)", `1`, "100", ""},
		{"DECIMAL(5,2)", `-999.99`, "-99999", ""},
		{"DECIMAL(5,2)", `0.010`, "1", ""},
		{"DECIMAL(5,2)", `"+01.5"`, "150", ""},
		{"DECIMAL(5,2)", `"1e2"`, "10000", ""},
		{"DECIMAL(5,2)", `".5"`, "50", ""},
		{"DECIMAL(5,2)", `1000`, "", "it is too large"},
		{"DECIMAL(5,2)", `0.001`, "", "it has more than 2 digits after the point"},
		{"DECIMAL(5,2)", `0.30000000000000004`, "", "it has more than 2 digits after the point"},
		{"DECIMAL(5,2)", `"NaN"`, "", "it is not a number"},
		{"DECIMAL(5,2)", `""`, "", "it is not a number"},
		{"DECIMAL(5,2)", `"1e"`, "", "it is not a number"},
		{"DECIMAL(5,2)", `"."`, "", "it is not a number"},
		{"DECIMAL(5,2)", `"1 "`, "", "it is not a number"},
		{"DECIMAL(5,2)", `true`, "", does + "DECIMAL(5,2)"},
		{"DECIMAL(15,2)", `-1234567890123.45`, "-123456789012345", ""},
		{"DECIMAL(38,2)", `-0.01`, strings.Repeat("ff", 16), ""},
		{"DECIMAL(38,2)", `999999999999999999999999999999999999.99`, "4b3b4ca85a86c47a098a223fffffffff", ""},
		{"DECIMAL(38,2)", `-999999999999999999999999999999999999.99`, "b4c4b357a5793b85f675ddc000000001", ""},
		{"DECIMAL(38,2)", `1e36`, "", "it is too large"},
		{"DECIMAL(19,0)", `9999999999999999999`, "008ac7230489e7ffff", ""},
		{"STRING", `"é\u00e9\n\ud83d\ude00"`, "éé\n😀", ""},
		{"STRING", `1.50`, "1.50", ""},
		{"STRING", `{"a": 1}`, `{"a": 1}`, ""},
		{"JSON", `"x"`, `"x"`, ""},
		{"JSON", `[1, {"a":null}]`, `[1, {"a":null}]`, ""},
		{"TIMESTAMP", `"1970-01-01T00:00:01Z"`, "1000000", ""},
		{"TIMESTAMP", `"1969-12-31T23:59:59.9999999Z"`, "-1", ""},
		{"TIMESTAMP", `"2024-02-29 12:00:00.5+02:00"`, "1709200800500000", ""},
		{"TIMESTAMP", `"2024-02-29"`, "1709164800000000", ""},
		{"TIMESTAMP", `"0001-01-01T00:00:00Z"`, "-62135596800000000", ""},
		{"TIMESTAMP", `"0000-12-31T23:59:59.999999Z"`, "", "in UTC it is not in the years 0001 to 9999"},
		{"TIMESTAMP", `"0001-01-01T00:00:00+00:01"`, "", "in UTC it is not in the years 0001 to 9999"},
		{"TIMESTAMP", `"0000-12-31T23:00:00-01:00"`, "-62135596800000000", ""},
		{"TIMESTAMP", `"9999-12-31T23:59:59-08:00"`, "", "in UTC it is not in the years 0001 to 9999"},
		{"TIMESTAMP", `"9999-12-31T23:59:59.9999999Z"`, "253402300799999999", ""},
		{"TIMESTAMP", `"2024-02-29t12:00:00z"`, "1709208000000000", ""},
		{"TIMESTAMP", `"2016-12-31T23:59:60Z"`, "", does},
		{"TIMESTAMP", `"2024-02-29T24:00:00Z"`, "", does},
		{"TIMESTAMP", `"10000-01-01T00:00:00Z"`, "", does},
		{"TIMESTAMP", `"-0001-01-01T00:00:00Z"`, "", does},
		{"TIMESTAMP", `"9999-12-31T23:59:59.999999Z"`, "253402300799999999", ""},
		{"TIMESTAMP", `"12:00:00"`, "", does + "TIMESTAMP"},
		{"TIMESTAMP", `"2023-02-29T00:00:00Z"`, "", does},
		{"TIMESTAMP", `"infinity"`, "", does},
		{"TIMESTAMP", `""`, "", does},
		{"TIMESTAMP", `1709164800`, "", does},
		{"DATE", `"1969-12-31"`, "-1", ""},
		{"DATE", `"0001-01-01"`, "-719162", ""},
		{"DATE", `"9999-12-31"`, "2932896", ""},
		{"DATE", `"0000-12-31"`, "", "in UTC it is not in the years 0001 to 9999"},
		{"DATE", `"2024-02-29T00:00:00+00:00"`, "19782", ""},
		{"DATE", `"2024-02-29T12:00:00Z"`, "", "it has a time of day"},
		{"group", `"x"`, "", does + "group"},
		{"group", `{"a":"x"}`, "", `p.a: "x" ` + does},
		{"LIST", `1`, "", does + "LIST"},
		{"LIST", `[1,2,"x"]`, "", `p.2: "x" ` + does},
		{"JSON", `"` + strings.Repeat("é", 200) + `"`, `"` + strings.Repeat("é", 200) + `"`, ""},
		{"INT64", `"` + strings.Repeat("é", 200) + `"`, "", `"` + strings.Repeat("é", 49) + "… "},
	} {
		l := newLayout(t, `{"properties":{"p":`+types[tt.kind]+`}}`, nil, parquet.Options{})
		record := `{"p": ` + tt.value + `}`
		out, mark := l.AppendRow([]byte("before"), &format.Row{Record: []byte(record)}, nil)
		if tt.refused != "" {
			if !strings.HasPrefix(mark.Refused, "p") || !strings.Contains(mark.Refused, tt.refused) || string(out) != "before" {
				t.Errorf("%s %s: refused %q, want %q", tt.kind, record, mark.Refused, tt.refused)
			}
			continue
		}
		if mark.Refused != "" {
			t.Errorf("%s %s: refused: %s", tt.kind, record, mark.Refused)
			continue
		}
		if got := values(t, open(t, file(t, l, []string{record})), "p"); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%s %s: got %q, want %q", tt.kind, record, got, tt.want)
		}
	}
}

// TestExtra is about what the schema does not know, and columns cannot hold.
func TestExtra(t *testing.T) {
	l := newLayout(t, `{"properties":{"a":{"type":"integer"},"o":{"properties":{"b":{"type":"string"}}},"l":{"type":"array","items":{"properties":{"t":{"type":"string","format":"date-time"}}}}}}`, nil, parquet.Options{})
	records := map[string]string{
		`{"a":1}`:                    "",
		`{ }`:                        "",
		`{"A":1,"a":2}`:              `{"A":1}`,
		`{"x":[1, 2],"o":{"y":"é"}}`: `{"x":[1, 2],"o__y":"é"}`,
		`{"q\"":null}`:               `{"q\"":null}`,
		`{"l":[{},{"t":"2024-01-01T00:00:00.0000001Z","u":{}}]}`: `{"l__1__u":{},"l__1__t":"2024-01-01T00:00:00.0000001Z"}`,
		`{"a":1,"o":{"z":1},"o":{"b":"last"},"a":null}`:          "",
		`{"x":1,"o":{"y":1,"y":2,"b":""},"w":2,"x":3}`:           `{"w":2,"x":3,"o__y":2}`,
	}
	keys := slices.Sorted(maps.Keys(records))
	got := values(t, open(t, file(t, l, keys)), "_sdc_extra")
	for i, record := range keys {
		if got[i] != records[record] {
			t.Errorf("%s: got %s, want %s", record, got[i], records[record])
		}
	}
}

func TestColumns(t *testing.T) {
	for schema, want := range map[string]string{
		`{"properties":{"z":{},"a":{},"Z":{},"":{},"a.b":{},"_sdc_extra":{}}}`: "z a Z_90ee6bf5 _ a.b _sdc_extra_33b4cabf _sdc_extra",
		`{"properties":{"userId":{},"userID":{}}}`:                             "userId_72233777 userID _sdc_extra",
		`{"properties":{"userID":{},"userId":{}}}`:                             "userID userId_72233777 _sdc_extra",
		`{"properties":{"userID":{}}}`:                                         "userID _sdc_extra",
		`{"properties":{"o":{"properties":{"A":{},"a":{}}}}}`:                  "o _sdc_extra",
		`{}`:                                     "_sdc_extra",
		`{"properties":{"o":{"properties":{}}}}`: "o _sdc_extra",
	} {
		var names []string
		for _, f := range open(t, file(t, newLayout(t, schema, nil, parquet.Options{}), []string{"{}"})).Schema().Fields() {
			names = append(names, f.Name())
			if !f.Optional() {
				t.Errorf("%s: %s is not optional", schema, f.Name())
			}
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: got %q, want %q", schema, got, want)
		}
	}
}

func TestSystemColumns(t *testing.T) {
	l := newLayout(t, `{"properties":{"id":{"type":"integer"},"_sdc_sequence":{"type":"string"}}}`, nil, parquet.Options{Metadata: true})
	row := format.Row{Record: []byte(`{"id":1,"_sdc_sequence":"mine","_sdc_batched_at":1}`), Received: received, Version: -3, Sequence: 1 << 62}
	copy(row.PrimaryKey[:], "00000000-0000-4000-8000-000000000000")
	var rows []byte
	for _, extracted := range []string{``, `null`, `"2026-01-02T00:00:00Z"`, `"2026-01-02T00:00:00.1234567Z"`, `"yesterday"`, `5`} {
		row.TimeExtracted = []byte(extracted)
		var mark format.Mark
		if rows, mark = l.AppendRow(rows, &row, nil); mark.Refused != "" || mark.BatchedAt != -1 || mark.Extra {
			t.Fatalf("%s: %+v", extracted, mark)
		}
	}
	batched := format.NewTimestamp(time.UnixMilli(1_234_567))
	g, err := l.Group(slices.Values([][]byte{rows}), int64(len(rows)), batched)
	if err != nil {
		t.Fatal(err)
	}
	g.At = 4
	footer := footerOf(t, l, -3, []format.Group{g})
	f := open(t, slices.Concat(append([][]byte{[]byte("PAR1")}, append(g.Pages, footer)...)...))
	for name, want := range map[string][]string{
		"id":                 {"1", "1", "1", "1", "1", "1"},
		"_sdc_extracted_at":  {"", "", "1767312000000000", "1767312000123456", "", ""},
		"_sdc_received_at":   slices.Repeat([]string{"1767323045678000"}, 6),
		"_sdc_batched_at":    slices.Repeat([]string{"1234567000"}, 6),
		"_sdc_table_version": slices.Repeat([]string{"-3"}, 6),
		"_sdc_sequence":      slices.Repeat([]string{"4611686018427387904"}, 6),
		"__sdc_primary_key":  slices.Repeat([]string{"00000000-0000-4000-8000-000000000000"}, 6),
		"_sdc_extra":         {"", "", "", `{"_sdc_extracted_at":"2026-01-02T00:00:00.1234567Z"}`, `{"_sdc_extracted_at":"yesterday"}`, `{"_sdc_extracted_at":5}`},
	} {
		if diff := cmp.Diff(want, values(t, f, name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := len(f.Schema().Fields()); got != 8 {
		t.Errorf("%d columns", got)
	}
}

// order is how a Go program would read nested data.
type order struct {
	ID    int64    `parquet:"id,optional"`
	Items []item   `parquet:"items,list,optional"`
	Grid  [][]bool `parquet:"-"`
	To    *struct {
		City *string `parquet:"city,optional"`
	} `parquet:"to,optional"`
}

type item struct {
	SKU  string   `parquet:"sku,optional"`
	Tags []string `parquet:"tags,list,optional"`
}

func TestNested(t *testing.T) {
	const schema = `{"properties":{"id":{"type":"integer"},"items":{"type":"array","items":{"properties":{"sku":{"type":"string"},"tags":{"type":"array","items":{"type":"string"}}}}},"to":{"properties":{"city":{"type":"string"}}}}}`
	l := newLayout(t, schema, []string{"id"}, parquet.Options{Pages: newPages(t, "zstd", 3)})
	b := file(t, l,
		[]string{`{"id":1,"items":[{"sku":"a","tags":["x","y"]},{"sku":"b","tags":[]},{"tags":["z"]}],"to":{"city":"B"}}`, `{"id":2,"items":[],"to":{}}`},
		[]string{`{"id":3,"items":null}`, `{"items":[{"tags":null}, {"sku":"c", "tags":["q"] }],"to":null,"id":4}`})
	got, err := pq.Read[order](bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	city := "B"
	type to = struct {
		City *string `parquet:"city,optional"`
	}
	want := []order{
		{ID: 1, Items: []item{{"a", []string{"x", "y"}}, {"b", []string{}}, {"", []string{"z"}}}, To: &to{&city}},
		{ID: 2, Items: []item{}, To: &to{}},
		{ID: 3},
		{ID: 4, Items: []item{{"", nil}, {"c", []string{"q"}}}},
	}
	if diff := cmp.Diff(want, got, cmp.Transformer("empty", func(s []string) string { return strings.Join(s, ",") }),
		cmp.Transformer("none", func(s []item) map[int]item {
			m := map[int]item{}
			for i := range s {
				m[i] = s[i]
			}
			return m
		})); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownCompression(t *testing.T) {
	if _, err := parquet.NewPages("lzma", 1, new(parquet.Spare)); err == nil {
		t.Error("lzma is not known")
	}
}

func TestSchemaHashIsOfTheMeaning(t *testing.T) {
	hash := func(text string) string {
		got, ok := open(t, file(t, newLayout(t, text, nil, parquet.Options{}), []string{`{"a":1}`})).Lookup("singer.schema_sha256")
		if !ok || len(got) != 64 {
			t.Fatalf("%s: the hash is %q", text, got)
		}
		return got
	}
	first := hash(`{"type":"object","properties":{"a":{"type":["null","integer"]}}}`)
	if got := hash(` { "properties": {"a": {"type": ["integer", "null"]}}, "type": "object" }`); got != first {
		t.Errorf("got %s, another spelling has %s", got, first)
	}
	if got := hash(`{"type":"object","properties":{"a":{"type":"integer"}}}`); got == first {
		t.Error("another schema has the same hash")
	}
}

// TestEncodings holds which encodings are in a file: those of Parquet 1, which
// every reader has. Spark before 3.3.1 and vectorised Iceberg have no other for
// texts.
func TestEncodings(t *testing.T) {
	const schema = `{"properties":{"id":{"type":"string"},"j":{},"t":{"type":"string"},"b":{"type":"boolean"},"i":{"type":"integer"},"n":{"type":"number"},` +
		`"d":{"type":"number","multipleOf":0.01},"at":{"type":"string","format":"date-time"},"day":{"type":"string","format":"date"},` +
		`"l":{"type":"array","items":{"type":"object","properties":{"x":{},"y":{"type":"string"}}}}}}`
	l := newLayout(t, schema, []string{"id"}, parquet.Options{Metadata: true})
	var records []string
	for i := range 3000 { // more distinct texts than a dictionary may hold
		long := strings.Repeat(fmt.Sprintf("%06d ", i), 200)
		records = append(records, fmt.Sprintf(`{"id":"%d","j":{"a":%q},"t":%q,"b":true,"i":%d,"n":0.5,"d":1.25,"at":"2024-01-01T00:00:00Z","day":"2024-01-01","l":[{"x":[1],"y":%q}],"unknown":%d}`, i, long, long, i, long, i))
	}
	for _, g := range open(t, file(t, l, records)).Metadata().RowGroups {
		for _, c := range g.Columns {
			for _, e := range c.MetaData.Encoding {
				switch e.String() {
				case "PLAIN", "RLE", "RLE_DICTIONARY", "PLAIN_DICTIONARY", "BIT_PACKED":
				default:
					t.Errorf("%v has %s", c.MetaData.PathInSchema, e)
				}
			}
			for _, s := range c.MetaData.EncodingStats {
				if strings.HasPrefix(s.Encoding.String(), "DELTA") {
					t.Errorf("%v has pages of %s", c.MetaData.PathInSchema, s.Encoding)
				}
			}
		}
	}
}
