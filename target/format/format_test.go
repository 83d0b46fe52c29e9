package format_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"target-s3/singer/jsonscan"
	"target-s3/target/format"
	"target-s3/target/schema"
	"target-s3/target/spans"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var received = format.NewTimestamp(time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.FixedZone("x", 3600)))

func row(t testing.TB, record string) *format.Row {
	t.Helper()
	var scan jsonscan.Scanner
	if _, err := scan.Value([]byte(record), 0); err != nil {
		t.Fatalf("%s: %v", record, err)
	}
	r := &format.Row{Record: []byte(record), Unusual: scan.Unusual, Received: received, Version: 7, Sequence: 99}
	copy(r.PrimaryKey[:], "00000000-0000-4000-8000-000000000000")
	return r
}

// distinct is the record with the last value of each key alone.
func distinct(record string) string {
	text, _ := new(jsonscan.Distinct).Append(nil, []byte(record))
	return string(text)
}

func TestJSONL(t *testing.T) {
	const system = `"_sdc_extracted_at":null,"_sdc_received_at":"2026-01-02T02:04:05.678Z","_sdc_batched_at":"2026-01-02T02:04:05.678Z","_sdc_table_version":7,"_sdc_sequence":99`
	keyed := format.NewJSONL(schema.Describe([]byte(`{}`), []string{"id"}), format.Options{Metadata: true})
	keyless := format.NewJSONL(schema.Describe([]byte(`{}`), nil), format.Options{Metadata: true})
	for record, want := range map[string]string{
		`{"a": 1.10e+3, "b" :"é\u00e9"}`: `{"a": 1.10e+3, "b" :"é\u00e9",` + system + "}\n",
		`{}`:                             `{` + system + "}\n",
		`{  }`:                           `{  ` + system + "}\n",
		`{"_sdc_sequence": 1, "a": {"_sdc_sequence":2}}`: `{"a": {"_sdc_sequence":2},` + system + "}\n",
		`{"\u005fsdc_sequence": 1}`:                      `{` + system + "}\n",
		`{"a":1,"_sdc_deleted_at":"x"}`:                  `{"a":1,"_sdc_deleted_at":"x",` + system + "}\n",
		`{"a" : 1,"b":"_sdc_sequence"}`:                  `{"a" : 1,"b":"_sdc_sequence",` + system + "}\n",
	} {
		got, mark := keyed.AppendRow([]byte("before"), row(t, record), &format.Scratch{})
		if string(got) != "before"+want {
			t.Errorf("%s:\n got %s\nwant %s", record, got[6:], want)
		}
		if at := string(got[6+mark.BatchedAt:][:24]); at != "2026-01-02T02:04:05.678Z" || !strings.HasSuffix(string(got[:6+mark.BatchedAt]), `"_sdc_batched_at":"`) {
			t.Errorf("%s: the mark is at %q", record, at)
		}
	}
	got, _ := keyless.AppendRow(nil, row(t, `{}`), &format.Scratch{})
	if want := `{` + system + `,"__sdc_primary_key":"00000000-0000-4000-8000-000000000000"}` + "\n"; string(got) != want {
		t.Errorf("got %s", got)
	}
	plain := format.NewJSONL(schema.Describe([]byte(`{}`), nil), format.Options{})
	if got, mark := plain.AppendRow(nil, row(t, `{"_sdc_sequence": 1}`), &format.Scratch{}); string(got) != `{"_sdc_sequence": 1}`+"\n" || mark.BatchedAt != -1 {
		t.Errorf("got %s", got)
	}
}

func FuzzJSONL(f *testing.F) {
	f.Add(`{"a":1,"_sdc_sequence":2,"\u005fsdc_x":[]}`)
	f.Fuzz(func(t *testing.T, record string) {
		var scan jsonscan.Scanner
		end, err := scan.Value([]byte(record), 0)
		if err != nil || end != len(record) || record[0] != '{' || !utf8.ValidString(record) || scan.Unusual&jsonscan.TooDeep != 0 {
			return
		}
		l := format.NewJSONL(schema.Describe([]byte(`{}`), []string{"id"}), format.Options{Metadata: true})
		r := row(t, record)
		got, _ := l.AppendRow(nil, r, &format.Scratch{})
		want := decode(t, record)
		for _, name := range []string{"_sdc_extracted_at", "_sdc_received_at", "_sdc_batched_at", "_sdc_table_version", "_sdc_sequence"} {
			delete(want, name)
		}
		have := decode(t, string(got))
		if have["_sdc_sequence"] != json.Number("99") {
			t.Fatalf("%q: got %s", record, got)
		}
		for _, name := range []string{"_sdc_extracted_at", "_sdc_received_at", "_sdc_batched_at", "_sdc_table_version", "_sdc_sequence"} {
			delete(have, name)
		}
		if !reflect.DeepEqual(want, have) {
			t.Fatalf("%q: got %s", record, got)
		}
	})
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return v
}

const nested = `{"properties":{"id":{"type":"integer"},"name":{"type":["string","null"]},"address":{"properties":{"city":{},"geo":{"properties":{"lat":{},"lon":{}}}}},"tags":{"type":"array"},"any":{"type":"object"}}}`

func TestCSV(t *testing.T) {
	l := format.NewCSV(schema.Describe([]byte(nested), []string{"id"}), format.Options{Delimiter: ','})
	if got := string(l.Header(nil, false)); got != "id,name,address__city,address__geo__lat,address__geo__lon,tags,any\n" {
		t.Errorf("header %q", got)
	}
	if got := string(l.Header(nil, true)); !strings.HasSuffix(got, ",any,_sdc_extra\n") {
		t.Errorf("header %q", got)
	}
	for record, want := range map[string]string{
		`{"id":1,"name":"x"}`:                              "1,x,,,,,\n",
		`{"name":"","id":-0.10e5}`:                         "-0.10e5,\"\",,,,,\n",
		`{"id":1,"name":null}`:                             "1,,,,,,\n",
		`{"name":"a,b","id":true}`:                         "true,\"a,b\",,,,,\n",
		`{"name":"say \"hi\""}`:                            ",\"say \"\"hi\"\"\",,,,,\n",
		`{"name":"two\nlines\r"}`:                          ",\"two\nlines\r\",,,,,\n",
		`{"name":" pad"}`:                                  ",\" pad\",,,,,\n",
		`{"name":"\u00e9\ud83d\ude00"}`:                    ",é😀,,,,,\n",
		`{"name":"a\tb|c"}`:                                ",a\tb|c,,,,,\n",
		`{"address":{"geo":{"lon":2,"lat":1},"city":"B"}}`: ",,B,1,2,,\n",
		`{"address":null,"tags":[1, "x"],"any":{"k": 1}}`:  ",,,,,\"[1, \"\"x\"\"]\",\"{\"\"k\"\": 1}\"\n",
		`{"address":{"city":"A","geo":{"lat":1}},"address":{"geo":{"lon":2}}}`: ",,,,2,,\n",
		`{"address":{"city":"A"},"address":null}`:                              ",,,,,,\n",
		`{"name":{"odd":1}}`: ",\"{\"\"odd\"\":1}\",,,,,\n",
	} {
		got, mark := l.AppendRow(nil, row(t, record), &format.Scratch{})
		if string(got) != want || mark.Extra {
			t.Errorf("%s: got %q, want %q", record, got, want)
		}
	}
	got, mark := l.AppendRow(nil, row(t, `{"id":1,"more":[1],"address":{"zip":"x"}}`), &format.Scratch{})
	if want := "1,,,,,,,\"{\"\"more\"\":[1],\"\"address__zip\"\":\"\"x\"\"}\"\n"; string(got) != want || !mark.Extra {
		t.Errorf("got %q", got)
	}
	if got, mark = l.AppendRow(nil, row(t, `{"id":1,"address":"not an object"}`), &format.Scratch{}); !mark.Extra || !strings.Contains(string(got), `""address"":""not an object""`) {
		t.Errorf("got %q", got)
	}
	if got := string(l.Widen([]byte("1,2\n"))); got != "1,2,\n" {
		t.Errorf("widened %q", got)
	}
}

func TestCSVOptions(t *testing.T) {
	s := schema.Describe([]byte(`{"properties":{"a":{},"b":{},"_sdc_sequence":{}}}`), nil)
	l := format.NewCSV(s, format.Options{Delimiter: '|', ForceQuote: true, Metadata: true})
	if got := string(l.Header(nil, false)); got != `"a"|"b"|"_sdc_extracted_at"|"_sdc_received_at"|"_sdc_batched_at"|"_sdc_table_version"|"_sdc_sequence"|"__sdc_primary_key"`+"\n" {
		t.Errorf("header %q", got)
	}
	r := row(t, `{"a":1,"b":null,"_sdc_sequence":5}`)
	r.TimeExtracted = []byte(`"then"`)
	got, mark := l.AppendRow([]byte("x\n"), r, &format.Scratch{})
	want := `"1"||"then"|"2026-01-02T02:04:05.678Z"|"2026-01-02T02:04:05.678Z"|"7"|"99"|"00000000-0000-4000-8000-000000000000"` + "\n"
	if string(got) != "x\n"+want || string(got[2+mark.BatchedAt:][:24]) != "2026-01-02T02:04:05.678Z" || got[2+mark.BatchedAt-1] != '"' {
		t.Errorf("got %q, mark %d", got, mark.BatchedAt)
	}
	one := format.NewCSV(schema.Describe([]byte(`{"properties":{"a":{}}}`), nil), format.Options{Delimiter: '\t'})
	if got, _ := one.AppendRow(nil, row(t, `{"a":null}`), &format.Scratch{}); string(got) != "\"\"\n" {
		t.Errorf("a row of one null must not be a blank line: %q", got)
	}
}

// TestCSVOfObjectsAndScalars has a column for what else an object or an array may be.
func TestCSVOfObjectsAndScalars(t *testing.T) {
	properties := []byte(`{"properties":{"a":{"type":["object","string"],"properties":{"b":{}}},"c":{"type":["array","number","object"]}}}`)
	for record, want := range map[string]string{
		`{"a":{"b":1},"c":[2]}`:            `,"1",`,
		`{"a":"x","c":123456789012345678}`: `"x",,"123456789012345678"`,
		`{"a":true,"c":{"d":[]}}`:          `"true",,"{""d"":[]}"`,
	} {
		for _, quoted := range []bool{true, false} {
			if !quoted {
				want = strings.NewReplacer(`"1"`, `1`, `"x"`, `x`, `"123456789012345678"`, `123456789012345678`, `"true"`, `true`).Replace(want)
			}
			o := format.Options{Delimiter: ',', ForceQuote: quoted, Subtables: true}
			got, _ := format.NewCSV(schema.Describe(properties, []string{"a"}), o).AppendRow(nil, row(t, record), &format.Scratch{})
			if string(got) != want+"\n" {
				t.Errorf("%s, quoted %t: got %s, want %s", record, quoted, got, want)
			}
		}
	}
}

// TestCSVOfNestedUnions has text of any size that several columns are in, each of which
// might have been the value.
func TestCSVOfNestedUnions(t *testing.T) {
	union := `{"type":["object","array","string"],"items":{},"properties":{`
	properties := []byte(`{"properties":{"a":` + union + `"b":` + union + `"c":{},"d":{}}}}},"e":` + union + `"f":{}}}}}`)
	for _, size := range []int{0, 20, 33, 200, 5000, 30_000, 100_000} {
		text, number := strings.Repeat("x", size), strings.Repeat("1", size+1)
		record := `{"a":{"b":{"c":"\t` + text + `","d":` + number + `}},"e":["` + text + `"]}`
		for _, o := range []format.Options{{Delimiter: ','}, {Delimiter: ',', Subtables: true}} {
			want := ",,\t" + text + "," + number + `,"[""` + text + `""]",`
			if o.Subtables {
				want = ",,\t" + text + "," + number + ",,"
			}
			got, _ := format.NewCSV(schema.Describe(properties, []string{"a"}), o).AppendRow(nil, row(t, record), &format.Scratch{})
			if string(got) != want+"\n" {
				t.Errorf("%d, subtables %t: got %.300q, want %.300q", size, o.Subtables, got, want)
			}
		}
	}
}

// FuzzCSV holds CSV against encoding/csv and encoding/json: what a reader gets
// is what a slow and simple flattening of the decoded record says.
func FuzzCSV(f *testing.F) {
	f.Add(`{"id":1,"name":"a,\"b\"\n","address":{"city":"x","geo":{"lat":1.50}},"tags":[1,{"a":null}],"any":{},"more":""}`, byte(0))
	f.Add(`{"id":null,"name":"","address":{"geo":null}}`, byte(5))
	f.Fuzz(func(t *testing.T, record string, options byte) {
		var scan jsonscan.Scanner
		end, err := scan.Value([]byte(record), 0)
		if err != nil || end != len(record) || record[0] != '{' || !utf8.ValidString(record) || scan.Unusual&jsonscan.TooDeep != 0 ||
			strings.Contains(record, `\r`) { // encoding/csv turns \r\n into \n within quotes
			return
		}
		distinct := distinct(record)
		o := format.Options{Delimiter: ",|\t"[options%3], ForceQuote: options&4 != 0}
		l := format.NewCSV(schema.Describe([]byte(nested), []string{"id"}), o)
		got, mark := l.AppendRow(nil, row(t, distinct), &format.Scratch{})
		r := csv.NewReader(bytes.NewReader(append(l.Header(nil, mark.Extra), got...)))
		r.Comma = rune(o.Delimiter)
		rows, err := r.ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%q: %q: %v", record, got, err)
		}
		want, extra := slowly(t, distinct)
		if diff := cmp.Diff(want, rows[1][:7]); diff != "" {
			t.Fatalf("%q: %q: %s", record, got, diff)
		}
		if mark.Extra != (len(extra) > 0) {
			t.Fatalf("%q: extra %v, want %v", record, mark.Extra, extra)
		}
		if !mark.Extra {
			rows[1] = append(rows[1], "{}")
		}
		if !reflect.DeepEqual(keys(decode(t, rows[1][7])), keys(extra)) {
			t.Fatalf("%q: extra %s, want %v", record, rows[1][7], extra)
		}
		if again := repeated(t, l, r.Comma, record); !slices.Equal(again, members(rows[1][7])) {
			t.Fatalf("%q: extra %s, and %q where keys may be repeated", record, rows[1][7], again)
		}
	})
}

// repeated are the members of the extra column of a record that nobody has looked at.
func repeated(t *testing.T, l *format.CSV, delimiter rune, record string) []string {
	t.Helper()
	r := row(t, record)
	r.Repeated = true
	got, mark := l.AppendRow(nil, r, &format.Scratch{})
	if !mark.Extra {
		return nil
	}
	lines := csv.NewReader(bytes.NewReader(append(l.Header(nil, true), got...)))
	lines.Comma = delimiter
	rows, err := lines.ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%q: %q: %v", record, got, err)
	}
	return members(rows[1][7])
}

// members are the names of an object's members, in their order, repeated ones as
// often as they are there.
func members(object string) (names []string) {
	for key := range jsonscan.Members([]byte(object)) {
		names = append(names, string(key))
	}
	return names
}

// TestCSVIsMadeOfNotes has a record that cannot be scanned: where it is noted it
// need not be.
func TestCSVIsMadeOfNotes(t *testing.T) {
	l := format.NewCSV(schema.Describe([]byte(nested), []string{"id"}), format.Options{Delimiter: ','})
	r := &format.Row{Record: []byte(`{5,"x"`), Notes: &spans.Notes{Text: []byte(`{5,"x"`)}}
	r.Notes.Begin(l.Place())
	r.Notes.Note(0, l.Place().Member([]byte("id")), r.Record, 1, 2, spans.AsItStands)
	r.Notes.Note(0, l.Place().Member([]byte("name")), r.Record, 3, 6, spans.AsItStands)
	got, _ := l.AppendRow(nil, r, &format.Scratch{})
	if string(got) != "5,x,,,,,\n" {
		t.Errorf("got %q", got)
	}
}

func TestLastOfRepeatedKeysCounts(t *testing.T) {
	for record, want := range map[string]string{
		`{"id":1,"x":1,"y":2,"x":3}`:                                        `1,,,,,,,"{""y"":2,""x"":3}"`,
		`{"id":1,"x":1,"\u0078":2}`:                                         `1,,,,,,,"{""x"":2}"`,
		`{"id":1,"address":{"street":1,"city":"a"},"address":{"city":"b"}}`: `1,,b,,,,`,
		`{"id":1,"address":5,"address":{"city":"b"}}`:                       `1,,b,,,,`,
		`{"id":1,"address":{"city":"b"},"address":5}`:                       `1,,,,,,,"{""address"":5}"`,
	} {
		r := row(t, record)
		r.Repeated = true
		got, _ := format.NewCSV(schema.Describe([]byte(nested), []string{"id"}), format.Options{Delimiter: ','}).AppendRow(nil, r, &format.Scratch{})
		if string(got) != want+"\n" {
			t.Errorf("%s: got %s, want %s", record, got, want)
		}
	}
}

func keys(m map[string]any) map[string]bool {
	out := map[string]bool{}
	for k := range m {
		out[k] = true
	}
	return out
}

// slowly is the seven columns of the nested schema, and what is left.
func slowly(t *testing.T, record string) ([]string, map[string]any) {
	t.Helper()
	var top map[string]json.RawMessage
	if err := json.Unmarshal([]byte(record), &top); err != nil {
		t.Fatal(err)
	}
	columns := map[string]int{"id": 0, "name": 1, "address__city": 2, "address__geo__lat": 3, "address__geo__lon": 4, "tags": 5, "any": 6}
	objects := map[string]bool{"address": true, "address__geo": true}
	out, extra := make([]string, 7), map[string]any{}
	var walk func(prefix string, m map[string]json.RawMessage)
	walk = func(prefix string, m map[string]json.RawMessage) {
		for k, v := range m {
			path, text := prefix+k, string(bytes.TrimSpace(v))
			var object map[string]json.RawMessage
			known := isKnown(prefix, k)
			switch at, ok := columns[path]; {
			case known && ok:
				out[at] = field(t, text)
			case known && objects[path] && text == "null":
			case known && objects[path] && text[0] == '{' && json.Unmarshal(v, &object) == nil:
				walk(path+"__", object)
			default:
				extra[path] = text
			}
		}
	}
	walk("", top)
	return out, extra
}

// isKnown keeps a member called address__city at the top apart from the one
// within the address.
func isKnown(prefix, key string) bool {
	known := map[string]string{"": " id name address tags any ", "address__": " city geo ", "address__geo__": " lat lon "}
	return !strings.Contains(key, " ") && strings.Contains(known[prefix], " "+key+" ")
}

func field(t *testing.T, text string) string {
	t.Helper()
	switch text[0] {
	case 'n':
		return ""
	case '"':
		var s string
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	return text
}

func BenchmarkAppendRow(b *testing.B) {
	record := `{"id": 123456, "name": "a name of some length", "address": {"city": "Berlin", "geo": {"lat": 52.5, "lon": 13.4}}, "tags": ["a","b"], "any": null}`
	s := schema.Describe([]byte(nested), []string{"id"})
	for name, l := range map[string]format.Layout{
		"jsonl": format.NewJSONL(s, format.Options{Metadata: true}), "csv": format.NewCSV(s, format.Options{Metadata: true, Delimiter: ','}),
	} {
		b.Run(fmt.Sprintf("format=%s", name), func(b *testing.B) {
			r, scratch := row(b, record), &format.Scratch{}
			var dst []byte
			b.SetBytes(int64(len(record)))
			b.ReportAllocs()
			for b.Loop() {
				dst, _ = l.AppendRow(dst[:0], r, scratch)
			}
			_, _ = io.Discard.Write(dst)
		})
	}
}
