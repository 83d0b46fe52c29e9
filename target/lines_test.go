package target_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"target-s3/target/config"
)

// choices are a source of numbers that a fuzzer can turn.
type choices struct{ bytes []byte }

func (c *choices) intN(n int) int {
	if len(c.bytes) == 0 {
		return 0
	}
	b := c.bytes[0]
	c.bytes = c.bytes[1:]
	return int(b) % n
}

func (c *choices) one(of ...string) string { return of[c.intN(len(of))] }

// lineSequence writes lines of which each could be taken for what one before it
// was: they differ in white space, in the order of members, in escapes, in what
// is repeated, and in the stream, version and schema that are in force.
type lineSequence struct {
	choices
	out   strings.Builder
	space string // between tokens, kept for some lines
	comma string
}

const maxSequence = 60

func (s *lineSequence) write() []byte {
	s.space, s.comma = "", ","
	for _, stream := range []string{`"a"`, `"b"`} {
		s.schema(stream)
	}
	for n := 0; n < maxSequence && len(s.bytes) > 0; n++ {
		if s.intN(3) == 0 {
			s.space = s.one("", " ", "\t", "\r", "  ", " \t\r ")
			s.comma = s.one(",", ", ", " ,", ",\t", ",\r ")
		}
		stream := s.one(`"a"`, `"a"`, `"b"`, `"\u0061"`, `"\u0062"`)
		switch s.intN(16) {
		case 0, 1:
			s.schema(stream)
		case 2:
			s.line(s.one(`"type"`, `"\u0074ype"`)+":"+s.one(`"STATE"`, `"State"`), fmt.Sprintf(`"value":{"n":%d}`, n))
		case 3:
			s.line(`"type":"ACTIVATE_VERSION"`, `"stream":`+stream, `"version":`+s.one("1", "2"))
		case 4:
			s.out.WriteString(s.one("\n", " \t\r\n"))
		case 5:
			s.line(`"type":"OTHER"`, `"stream":`+stream, `"record":`+s.record(n))
		default:
			s.recordLine(stream, s.record(n))
		}
	}
	return []byte(s.out.String())
}

// line writes a message; what is between its tokens is the sequence's.
func (s *lineSequence) line(members ...string) {
	s.out.WriteString(s.space + "{" + s.space + strings.Join(members, s.comma) + s.space + "}" + s.one("\n", "\n", "\r\n", " \n"))
}

func (s *lineSequence) schema(stream string) {
	id := s.one(`{"type":"integer"}`, `{"type":["integer","null"]}`)
	x := s.one(`{"type":"string"}`, `{"type":["null","string"]}`, `{"type":"integer"}`)
	o := `{"type":"object","properties":{"p":{"type":"integer"},"q":{"type":"string"}}}`
	schema := s.one(
		`{"type":"object","properties":{"id":`+id+`,"x":`+x+`,"o":`+o+`}}`,
		`{"properties":{"o":`+o+`,"x":`+x+`,"id":`+id+`},"type":"object"}`,
		`{"type":"object","properties":{"\u0069d":`+id+`,"x":`+x+`}}`,
		`{"type":"object","properties":{"id":`+id+`},"additionalProperties":false}`,
	)
	s.line(`"type":"SCHEMA"`, `"stream":`+stream, `"schema":`+s.space+schema, `"key_properties":`+s.one(`["id"]`, `[ "id" ]`, `["id","id"]`))
}

// record is the text of one, valid or not.
func (s *lineSequence) record(n int) string {
	if s.intN(12) == 0 {
		return s.one(`null`, `[1]`, `"{}"`, `1`, `{}`)
	}
	colon := s.one(":", ":", ": ", " :\t", ":\r")
	members := []string{
		s.one(`"id"`, `"id"`, `"i\u0064"`) + colon + s.one(fmt.Sprint(n), fmt.Sprint(n), `1.0`, `null`, `"1"`),
		s.one(`"x"`, `"x"`, `"\u0078"`) + colon + s.one(`"y"`, `"y"`, `"\u00e9\n"`, `""`, `7`, `null`),
		`"o"` + colon + s.one(`{"p":1,"q":"r"}`, `{"q":"r","p":1}`, `{"q":"r", "p":1}`, `{}`, `{"p":"no"}`),
	}
	switch s.intN(8) {
	case 0:
		members = append(members, `"id"`+colon+s.one(`1`, `null`, `"2"`))
	case 1:
		members = append(members, `"more"`+colon+`[1,{"a":2}]`)
	case 2:
		members = members[:1+s.intN(2)]
	}
	s.shuffle(members)
	return "{" + s.one("", "", " ", "\t") + strings.Join(members, s.one(",", ",", ", ", ",\t", "\r,")) + "}"
}

func (s *lineSequence) recordLine(stream, record string) {
	members := []string{
		s.one(`"type"`, `"type"`, `"\u0074ype"`) + ":" + s.space + s.one(`"RECORD"`, `"RECORD"`, `"record"`, `"RECOR\u0044"`),
		s.one(`"stream"`, `"stream"`, `"\u0073tream"`) + ":" + s.space + stream,
		s.one(`"record"`, `"record"`, `"re\u0063ord"`) + ":" + s.one("", "", " ", "\t", "\r") + record,
	}
	if v := s.one("", "", "1", "2", "null", "2.0"); v != "" {
		members = append(members, `"version":`+v)
	}
	if s.intN(4) == 0 {
		members = append(members, `"time_extracted":"2020-01-01T00:00:00Z"`)
	}
	if s.intN(3) == 0 {
		s.shuffle(members)
	}
	s.line(members...)
}

func (s *lineSequence) shuffle(members []string) {
	for i := range members {
		j := i + s.intN(len(members)-i)
		members[i], members[j] = members[j], members[i]
	}
}

// checkSequence loads a sequence and compares with the model, which takes every
// line by itself.
func checkSequence(t *testing.T, data []byte) {
	t.Helper()
	s := &lineSequence{choices: choices{data}}
	c := options(nil, nil).Config
	c.OutputFileFormat = config.FormatJSONL
	if s.intN(3) == 0 {
		c.OutputFileFormat, c.CSVDelimiter, c.CSVArrays = config.FormatCSV, ',', config.CSVJSON
	}
	c.ValidateRecords = s.intN(4) != 0
	c.MemoryLimitBytes, c.BatchSizeBytes, c.BatchWaitLimit = 64<<20, 128<<20, math.MaxInt64
	workers := 1 + s.intN(3)
	d := deliveries[s.intN(3)] // at once, byte by byte, by halves: many lines a chunk, and one
	checkLoad(t, c, s.write(), d, workers)
}

// TestLinesInSequence holds that each line means what it means by itself, in the
// pipeline as a whole.
func TestLinesInSequence(t *testing.T) {
	seeds := 3000
	if raceDetector {
		seeds = 300
	}
	for seed := range seeds {
		g := newGenerator(uint64(seed))
		data := make([]byte, 100+g.IntN(900))
		for i := range data {
			data[i] = byte(g.IntN(256))
		}
		if checkSequence(t, data); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func FuzzLinesInSequence(f *testing.F) {
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz"))
	f.Add(make([]byte, 300))
	f.Fuzz(func(t *testing.T, data []byte) { checkSequence(t, data) })
}
