package format_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"target-s3/singer/jsonscan"
	"target-s3/target/format"
	"target-s3/target/schema"
)

const withArrays = `{"properties":{"id":{"type":"string"},"vals":{"type":"array"},"list":{"type":["null","array"],"items":{"properties":{"a":{},"in":{"type":"array"}}}}}}`

// FuzzCSVTables holds the rows of arrays against encoding/csv and encoding/json.
func FuzzCSVTables(f *testing.F) {
	f.Add(`{"id":"a,b","vals":[1,"x\n",null,[2],{"y":"\""}],"list":[{"a":"1","in":[true,""]},null,{"in":[]},{"a":null,"in":[3]}]}`, byte(0))
	f.Add(`{"list":[],"vals":{}}`, byte(5))
	f.Add(`{"vals":[1],"vals":[[],2],"list":[{"in":[1],"in":[2,3]}]}`, byte(2))
	f.Fuzz(func(t *testing.T, record string, options byte) {
		var scan jsonscan.Scanner
		end, err := scan.Value([]byte(record), 0)
		if err != nil || end != len(record) || record[0] != '{' || !utf8.ValidString(record) || scan.Unusual&jsonscan.TooDeep != 0 ||
			strings.Contains(record, `\r`) { // encoding/csv turns \r\n into \n within quotes
			return
		}
		record = distinct(record)
		o := format.Options{Delimiter: ",|\t"[options%3], ForceQuote: options&4 != 0, Subtables: true}
		s, err := new(schema.Compiler).Compile([]byte(withArrays), nil)
		if err != nil {
			t.Fatal(err)
		}
		l := format.NewCSV(schema.Describe([]byte(withArrays), []string{"id"}), o)
		for _, r := range append(proven(s, l, record), row(t, record)) {
			got, want := tablesOf(t, l, o, r), tablesSlowly(t, record)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%s\n got %q\nwant %q", record, got, want)
			}
		}
	})
}

// tablesOf reads the rows of the subtables without their last column, _sdc_extra.
func tablesOf(t *testing.T, l *format.CSV, o format.Options, record *format.Row) map[string][][]string {
	t.Helper()
	tables := map[string][][]string{}
	texts := map[int][]byte{}
	last := 0
	l.AppendRows(nil, record, &format.Scratch{}, func(dst []byte, table int, mark format.Mark) []byte {
		text := bytes.Clone(dst[last:])
		if table >= 0 && !mark.Extra {
			text = l.Tables()[table].Layout.Widen(text)
		}
		texts[table] = append(texts[table], text...)
		last = len(dst)
		return dst
	})
	for i, table := range l.Tables() {
		r := csv.NewReader(bytes.NewReader(append(table.Layout.Header(nil, true), texts[i]...)))
		r.Comma = rune(o.Delimiter)
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatalf("%s: %q: %v", record.Record, texts[i], err)
		}
		for _, row := range rows[1:] {
			tables[table.Path] = append(tables[table.Path], row[:len(row)-1])
		}
	}
	return tables
}

func tablesSlowly(t *testing.T, record string) map[string][][]string {
	t.Helper()
	text := func(v json.RawMessage) string {
		if v == nil {
			return ""
		}
		return field(t, string(v))
	}
	top := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(record), &top); err != nil {
		t.Fatal(err)
	}
	tables := map[string][][]string{}
	var vals, list, in []json.RawMessage
	_ = json.Unmarshal(top["vals"], &vals)
	for i, v := range vals {
		tables["vals"] = append(tables["vals"], []string{text(top["id"]), strconv.Itoa(i), text(v)})
	}
	_ = json.Unmarshal(top["list"], &list)
	for i, v := range list {
		element := map[string]json.RawMessage{}
		_ = json.Unmarshal(v, &element)
		tables["list"] = append(tables["list"], []string{text(top["id"]), strconv.Itoa(i), text(element["a"])})
		in = nil
		_ = json.Unmarshal(element["in"], &in)
		for j, v := range in {
			tables["list/in"] = append(tables["list/in"], []string{text(top["id"]), strconv.Itoa(i), strconv.Itoa(j), text(v)})
		}
	}
	return tables
}
