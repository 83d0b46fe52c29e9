package singer_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"target-s3/singer"
	"target-s3/singer/jsonscan"
)

// sequences are lines that could each be mistaken for one like that before it.
var sequences = []string{
	`{"type":"RECORD","stream":"a","record":{"x":1}}|{"type":"RECORD","stream":"a","record": {"x":2}}|{"type":"RECORD","stream":"a","record":` + "\t" + `{"x":3}}`,
	`{"type":"RECORD","stream":"a","record": {"x":1}}|{"type":"RECORD","stream":"a","record":{"x":1}}|{"type":"RECORD","stream":"a","record":  {}}`,
	`{"type":"RECORD","stream":"a","record":{}}|{"type":"RECORD","stream":"a","record":{},"record":{}}|{"type":"RECORD","stream":"a","record":{},"stream":"b"}`,
	`{"type":"RECORD","stream":"a","record":{}}|{"type":"RECORD","stream":"a","record":|{"type":"RECORD","stream":"a","record": |{"type":"RECORD","stream":"a","record":}`,
	`{"type":"RECORD","stream":"a","record":{}}|{"type":"RECORD","stream":"a","record":[1]}|{"type":"RECORD","stream":"a","record":null}|{"type":"RECORD","stream":"a","record":NaN}`,
	`{"type":"RECORD","stream":"a","re\u0063ord":{}}|{"type":"RECORD","\u0073tream":"b","record":{}}|{"type":"RECORD","stream":"\u0061","record":{}}`,
	`{"record":{},"stream":"a","type":"RECORD"}|{"record":{},"stream":"b","type":"RECORD"}|{"record": {},"type":"STATE","value":1}`,
	`{"type":"RECORD","stream":"a","version":1,"record":{}}|{"type":"RECORD","stream":"a","version":2,"record":{}}|{"type":"RECORD","stream":"a","record":{},"version":3}`,
	`{"type":"RECORD","stream":"a","record":{},"time_extracted":"x"}|{"type":"RECORD","stream":"bcd","record":{},"time_extracted":""}|{"type":"RECORD","stream":"\u0061","record":{},"time_extracted":"é"}|`,
	`{"record":{},"stream":"a","time_extracted":"x","type":"RECORD"}|{"record":{},"stream":"bcd","time_extracted":"xyz","type":"RECORD"}|{"record":{},"stream":"a\"b","time_extracted":"x","type":"RECORD"}|`,
	`{"record":{},"stream":"a","type":"RECORD"}|{"type":"RECORD","stream":"a","record":{},"stream":"a","type":"RECORD"}|{"type":"RECORD","stream":"a","record":{},"stream":"a","type":"RECORD"}|`,
	`{"type":"STATE","stream":"a","record":{},"value":1}|{"type":"STATE","stream":"a","record": {},"value":2}|{"type":"SCHEMA","stream":"a","record":{},"schema":{}}`,
	` {"type" : "RECORD" ,"stream": "a", "record" : {} }|` + "\t" + `{"type" : "RECORD" ,"stream": "a", "record" : {} }`,
	`{"type":"RECORD","stream":"a","record":{"x":"` + "\xff" + `"}}|{"type":"RECORD","stream":"a","record":{"x":"\ud800"}}|{"type":"RECORD","stream":"` + "\xff" + `","record":{}}`,
}

// same holds a parser that has seen other lines against one that has not.
func same(t *testing.T, lines [][]byte) {
	t.Helper()
	var scan jsonscan.Scanner
	var asked []string
	prove := func(stream, line []byte, at int) (int, bool) { // what a prover may do
		asked = append(asked, fmt.Sprintf("%s at %d", stream, at))
		scan.Reset()
		end, err := scan.Value(line, at)
		return end, err == nil && scan.Unusual == 0 && line[at] == '{'
	}
	used := singer.Parser{Record: prove}
	var got singer.Message
	var buf []byte // the next line takes the place of the last one
	for n, line := range lines {
		fresh, plain := singer.Parser{Record: prove}, singer.Parser{}
		var want, slow singer.Message
		buf, asked = append(buf[:0], line...), nil
		gotErr := used.Parse(buf, &got)
		gotAsked := asked
		asked = nil
		wantErr, slowErr := fresh.Parse(line, &want), plain.Parse(line, &slow)
		if !slices.Equal(gotAsked, asked) {
			t.Fatalf("line %d of %q: the record of %q is proven, by itself that of %q", n, lines, gotAsked, asked)
		}
		if fmt.Sprint(gotErr) != fmt.Sprint(wantErr) || singer.Place(gotErr) != singer.Place(wantErr) || fmt.Sprint(slowErr) != fmt.Sprint(wantErr) {
			t.Fatalf("line %d of %q: %v at %d, by itself %v at %d, not proven %v", n, lines, gotErr, singer.Place(gotErr), wantErr, singer.Place(wantErr), slowErr)
		}
		if gotErr != nil {
			continue
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("line %d of %q: %+v, by itself %+v", n, lines, got, want)
		}
		slow.RecordScanned, slow.RecordMembers, slow.RecordUnusual = want.RecordScanned, want.RecordMembers, want.RecordUnusual
		if !reflect.DeepEqual(slow, want) {
			t.Fatalf("line %d of %q: %+v, not proven %+v", n, lines, want, slow)
		}
	}
}

// FuzzSequence holds that a line means what it means by itself, whatever came
// before it.
func FuzzSequence(f *testing.F) {
	for _, s := range sequences {
		f.Add([]byte(strings.ReplaceAll(s, "|", "\n")))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		same(t, bytes.SplitAfter(text, []byte("\n")))
	})
}

// TestSequences does so with lines that are made to be mistaken for each other.
func TestSequences(t *testing.T) {
	for seed := range uint64(5000) {
		r := rand.New(rand.NewPCG(seed, 7))
		lines := make([][]byte, 2+r.IntN(12))
		for i := range lines {
			lines[i] = sequenceLine(r)
			if i > 0 && r.IntN(3) == 0 { // the same but for a byte, or for white space
				lines[i] = mutate(r, lines[i-1])
			}
		}
		same(t, lines)
	}
}

func mutate(r *rand.Rand, line []byte) []byte {
	at := r.IntN(len(line) + 1)
	switch r.IntN(4) {
	case 0:
		return bytes.Clone(line[:at])
	case 1:
		return append(bytes.Clone(line[:at]), append([]byte{"\"\\{}[],: \t0a"[r.IntN(12)]}, line[at:]...)...)
	}
	places := []int{}
	for i, c := range line {
		if c == ':' || c == ',' || c == '{' {
			places = append(places, i+1)
		}
	}
	if len(places) > 0 {
		at = places[r.IntN(len(places))]
	}
	return append(bytes.Clone(line[:at]), append([]byte(one(r, " ", "\t", "  ", "\r")), line[at:]...)...)
}

func one(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }

func sequenceLine(r *rand.Rand) []byte {
	members := []string{
		one(r, `"type"`, `"type"`, `"typ\u0065"`) + ":" + one(r, `"RECORD"`, `"RECORD"`, `"RECORD"`, `"record"`, `"STATE"`, `"SCHEMA"`, `"ACTIVATE_VERSION"`),
		one(r, `"stream"`, `"stream"`, `"\u0073tream"`) + ":" + one(r, `"a"`, `"a"`, `"b"`, `"longer"`, `""`, `"é"`, "\"\x7f\"", "\"\t\"", "\"\xff\"", `"\u0061"`, `["a"]`, `1`),
		one(r, `"record"`, `"record"`, `"re\u0063ord"`) + ":" + one(r, ``, ` `, "\t", "\r ") + one(r, `{"x":1}`, `{"x":1}`, `{"x":"y","z":[]}`, `{}`, `[1]`, `null`, `NaN`, `{"x":NaN}`, `{"x":1,"x":2}`, `{"x":1`, `"{}"`),
	}
	for range r.IntN(3) {
		members = append(members, one(r, `"version":1`, `"version":2`, `"time_extracted":"2020-01-01T00:00:00Z"`, `"time_extracted":"2020-01-01T00:00:00.000001Z"`, `"time_extracted":""`, `"time_extracted":"\ud800"`, `"time_extracted":null`, `"value":{"a":1}`, `"schema":{}`, `"mine":[{}]`, `"record":{}`, `"stream":"c"`, `"mine":NaN`, `"version":Infinity`))
	}
	if r.IntN(3) == 0 {
		r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	}
	comma := one(r, ",", ",", ", ", ",\t")
	return []byte(one(r, "{", "{", "{", " {", "{ ") + strings.Join(members, comma) + one(r, "}", "}", "}", " }", "", "}x") + one(r, "\n", "\n", "\r\n", ""))
}

// TestEveryCut holds that wherever a message ends before its time, it is said that
// it does, and not that it is wrong.
func TestEveryCut(t *testing.T) {
	for _, line := range []string{
		`{"type":"RECORD","stream":"a","record":{"x":[1.5e+3,-0,true,false,null,NaN,Infinity,-Infinity,"\u00e4é\n",{}]},"version":1}`,
		`{"type":"SCHEMA","stream":"a","schema":{"type":["null","object"]},"key_properties":["a"],"x":-12}`,
	} {
		for n := 1; n < len(line); n++ {
			var p singer.Parser
			var m singer.Message
			err := p.Parse([]byte(line[:n]), &m)
			if err == nil || !strings.HasPrefix(err.Error(), "the input ends in the middle of ") || singer.Place(err) != n {
				t.Errorf("%s: got %v at %d", line[:n], err, singer.Place(err))
			}
		}
	}
}
