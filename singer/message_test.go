package singer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"target-s3/singer"
	"target-s3/singer/jsonscan"
)

func TestParse(t *testing.T) {
	for line, want := range map[string]singer.Kind{
		`{"type":"RECORD","stream":"a","record":{"x":1}}`:                              singer.Record,
		`{"record":{"type":"STATE"},"stream":"a","type":"record"}`:                     singer.Record,
		` { "type" : "State" , "value" : {} } `:                                        singer.State,
		`{"\u0074ype":"SCHEM\u0041","stream":"a","schema":{},"key_properties":["id"]}`: singer.Schema,
		`{"type":"ACTIVATE_VERSION","stream":"a","version":3}`:                         singer.ActivateVersion,
		`{"type":"BATCH","stream":"a","manifest":[]}`:                                  singer.Batch,
		`{"type":"LOG","anything":[1,2]}`:                                              singer.Unknown,
	} {
		var p singer.Parser
		var m singer.Message
		if err := p.Parse([]byte(line), &m); err != nil || m.Kind != want {
			t.Errorf("%s: kind %d, %v, want %d", line, m.Kind, err, want)
		}
	}
}

// The texts are the JSONTestSuite's; what is not JSON must not be so as a record
// either, whatever the message around it makes of it.
func TestRecordsThatAreNotJSON(t *testing.T) {
	for kind, valid := range map[string]bool{"y_": true, "n_": false} {
		files, err := filepath.Glob(filepath.Join("jsonscan", "testdata", "jsontestsuite", kind+"*.json"))
		if err != nil || len(files) < 90 {
			t.Fatalf("%d files %s, %v", len(files), kind, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, end := range []string{`}`, `,"version":1}`} {
				line := `{"type":"RECORD","stream":"s","record":` + string(text) + end
				var p singer.Parser
				var m singer.Message
				err := p.Parse([]byte(line), &m)
				if err == nil && m.RecordUnusual&(jsonscan.NaN|jsonscan.Infinity) != 0 {
					err = errors.New("the record has a number that JSON does not have")
				}
				if (err == nil) != valid {
					t.Errorf("%s: %.200q: got %v", file, line, err)
				} else if valid && !bytes.Equal(bytes.TrimSpace(text), m.Record) {
					t.Errorf("%s: the record is %q", file, m.Record)
				}
			}
		}
	}
}

func TestParseErrors(t *testing.T) {
	for line, want := range map[string]struct {
		offset int
		err    string
	}{
		`hello`:                          {0, "not a Singer message: a line must be one JSON object; does the tap print logs on its standard output?"},
		`[1]`:                            {0, "not a Singer message: a line must be one JSON object"},
		`{}`:                             {0, `the message has no "type"`},
		`{"type":1}`:                     {0, `"type": must be a string, is the number 1`},
		`{"type":"RECORD","record":{}}`:  {0, `the RECORD message has no "stream"`},
		`{"type":"STATE"}`:               {0, `the STATE message has no "value"`},
		`{"type":"STATE","value":NaN}`:   {24, "NaN is not JSON (the tap must write null or a string)"},
		`{"type":"STATE","value":{}} {}`: {28, "text after the message (one message a line)"},
		`{"type":"RECORD","stream":"a","record":{"x":NaN,"y":"z","a"}}`: {59, "must be ':', is '}'"},
		`{"type":"STATE","type":"RECORD"}`:                              {16, `the message has two members "type"`},
		"{\"type\":\"STATE\",\"value\":\"\xff\"}":                       {16, `member "value" is not UTF-8`},
		"{\"type\":\"STATE\",\"value\":{}\n":                            {27, "the line ends in the middle of a STATE message: the tap was killed there, or it writes messages over several lines; each must be one line"},
		"{\r\n":                                                         {3, "the line ends in the middle of a message: the tap was killed there, or it writes messages over several lines; each must be one line"},
		"\x1f\x8b\x08":                                                  {0, "not a Singer message: a line must be one JSON object; the input is compressed: give it as a file, with --input FILE, or unpack it on the way"},
		`{"type" "STATE"}`:                                              {8, "a member name must be followed by ':'"},
		"\xef\xbb\xbf{}":                                                {0, "not a Singer message: a line must be one JSON object; this one begins with a byte order mark, which may stand only at the start of the input"},
	} {
		var p singer.Parser
		var m singer.Message
		err := p.Parse([]byte(line), &m)
		if err == nil || err.Error() != want.err || singer.Place(err) != want.offset {
			t.Errorf("%s: got %v at %d, want %s at %d", line, err, singer.Place(err), want.err, want.offset)
		}
	}
}

// Wherever the last line of an input is cut off, that is what is said, with as much
// as is known of it.
func TestCutOff(t *testing.T) {
	line := `{"type":"RECORD","stream":"a","record":{"x":[1.5e3,true,false,null,{"y":"z\n\u00e9"},NaN]},"version":12}`
	for n := 1; n < len(line); n++ {
		var p singer.Parser
		var m singer.Message
		err := p.Parse([]byte(line[:n]), &m)
		what := "a message"
		if n > len(`{"type":"RECORD"`) {
			what = "a RECORD message"
		}
		if n > len(`{"type":"RECORD","stream":"a"`) {
			what += ` of stream "a"`
		}
		if n == len(`{"type":"RECORD"`) || n == len(`{"type":"RECORD","stream":"a"`) {
			continue // the member is known as soon as its quote is closed
		}
		want := "the input ends in the middle of " + what + ": the tap was probably killed, see its own messages. What came before is committed, and running again is safe"
		if strings.Contains(line[:n], "NaN") || !strings.HasSuffix(line[:n], "N") && !strings.HasSuffix(line[:n], "Na") {
			if err == nil || err.Error() != want || singer.Place(err) != n {
				t.Errorf("%s: got %v at %d, want %s", line[:n], err, singer.Place(err), want)
			}
		}
	}
}

// The record before says nothing of the white space of the next one.
func TestSpaceBeforeRecord(t *testing.T) {
	p := singer.Parser{Record: func(_, line []byte, at int) (int, bool) {
		var s jsonscan.Scanner
		end, err := s.Value(line, at)
		return end, err == nil && line[at] == '{'
	}}
	for i, space := range []string{"", "", " ", "\t", "", "  ", "\r", " "} {
		line := `{"type":"RECORD","stream":"a","record":` + space + `{"x":` + strconv.Itoa(i) + `}}`
		var m singer.Message
		if err := p.Parse([]byte(line), &m); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if string(m.Record) != `{"x":`+strconv.Itoa(i)+`}` || string(m.Stream) != `"a"` || string(m.Type) != `"RECORD"` || !m.RecordScanned {
			t.Errorf("%s: %q of stream %s, scanned %v", line, m.Record, m.Stream, m.RecordScanned)
		}
	}
}

var lines = []string{
	`{"type": "RECORD", "stream": "a", "record": {"x": 1}}`, `{"type":"RECORD","stream":"a","record":{}}`,
	`{"record": {}, "stream": "a", "type": "RECORD"}`, `{"record":{},"stream":"a","type":"RECORD"}`,
	`{"type": "STATE", "value": {"type": "RECORD"}}`, `{"value": {}, "a": ", \"type\": \"RECORD"}`,
	`{"type":"SCHEMA","stream":"a","schema":{"properties":{"x":{"type":"integer"}}},"key_properties":["x"]}`,
	`{"type": "RECORDS"}`, `{"type":"RECORD"`, `{"value":1, "type":   "STATE"}`, `{"type":"RECORD","type":"STATE","value":1}`,
	`{"type": "record", "stream": "a", "record": {"y": "é", "z": [1e5, null]}}`, `{"a":{},"type":"RECORD"}`,
}

// FuzzParse holds Parse against encoding/json: whatever it accepts is an object
// with the members that it reports, and PlainRecord never claims another kind.
func FuzzParse(f *testing.F) {
	for _, line := range lines {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var p singer.Parser
		var m singer.Message
		if err := p.Parse(line, &m); err != nil {
			if at := singer.Place(err); at < 0 || at > len(line) {
				t.Fatalf("%q: %v at %d", line, err, at)
			}
			_ = singer.Excerpt(line, singer.Place(err))
			return
		}
		if singer.PlainRecord(line) && m.Kind != singer.Record {
			t.Fatalf("%q: taken for a plain record", line)
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(line, &want); err != nil && p.Parse(line, &m) == nil && m.RecordUnusual&jsonscan.TooDeep == 0 {
			if m.RecordUnusual&(jsonscan.NaN|jsonscan.Infinity) == 0 && !strings.Contains(err.Error(), "exceeded max depth") {
				t.Fatalf("%q: accepted, encoding/json says %v", line, err)
			}
			return
		}
		for name, got := range map[string][]byte{"type": m.Type, "stream": m.Stream, "record": m.Record, "value": m.Value, "schema": m.Schema} {
			if string(got) != string(want[name]) {
				t.Fatalf("%q: member %s is %q, want %q", line, name, got, want[name])
			}
		}
	})
}

func TestInt(t *testing.T) {
	for text, want := range map[string]int64{`1`: 1, `-5`: -5, `1700000000000.0`: 1700000000000, `1.7e12`: 1700000000000, `9223372036854775807`: 1<<63 - 1} {
		if n, ok, err := singer.Int([]byte(text)); n != want || !ok || err != nil {
			t.Errorf("%s: got %d, %v, %v", text, n, ok, err)
		}
	}
	for _, text := range []string{`1.5`, `"1"`, `{}`, `9223372036854775808`, `true`, `1e400`} {
		if n, _, err := singer.Int([]byte(text)); err == nil {
			t.Errorf("%s: got %d", text, n)
		}
	}
	if _, ok, err := singer.Int([]byte(`null`)); ok || err != nil {
		t.Error("null is as good as absent")
	}
}

func TestEmptyState(t *testing.T) {
	for text, want := range map[string]bool{`{}`: true, ` { } `: true, `null`: true, `{"a":1}`: false, `[]`: false, `0`: false, `""`: false} {
		if got := singer.EmptyState([]byte(text)); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	line := []byte(`{"type": "RECORD", "stream": "orders", "record": {"id": 123456, "name": "a name of some length", "email": "someone@example.com", "created_at": "2021-01-01T00:00:00Z", "amount": 12.75, "note": null}, "time_extracted": "2026-01-01T00:00:00.000000Z"}`)
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	var p singer.Parser
	var m singer.Message
	for b.Loop() {
		if err := p.Parse(line, &m); err != nil {
			b.Fatal(err)
		}
	}
}
