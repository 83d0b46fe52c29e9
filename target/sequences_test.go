package target_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"target-s3/target/config"
)

// sequencer writes lines that are much alike, and differ where a program that
// remembers the last ones could go wrong.
type sequencer struct {
	*generator
	odd     int      // percent of the places that are written in another way than usual
	gap     string   // what usually follows a comma and a colon
	order   []string // the usual one of a record's members
	streams []*sequenceStream
	files   batchFiles
}

type sequenceStream struct {
	name    string
	fields  []sequenceField
	keys    []string
	schema  string
	version int
}

// sequenceField is a property, with schemas that it may have and values, most of
// which fit.
type sequenceField struct {
	name    string
	schemas []string
	values  []string
}

var sequenceFields = []sequenceField{
	{"id", []string{`{"type":"integer"}`, `{"type":["string","integer"]}`, `{"type":"integer","minimum":0}`}, []string{`1`, `2`, `-5`, `1.0`, `1e3`, `123456789012345678901234567890`}},
	{"x", []string{`{"type":["null","string"]}`, `{"type":["null","string"],"maxLength":3}`, `{"type":["string","boolean"]}`}, []string{`""`, `"abc"`, `"äöü"`, `"\ud83d\ude00 \"\\"`, `"line\nend"`, `"\", \"n\": 3"`, `"\\"`, `null`}},
	{"x ", []string{`{"type":["null","integer"],"maximum":99}`}, []string{`1`, `-12345678`, `12345678`, `123456789`, `100`, `null`}},
	{"i", []string{`{"type":["null","string"],"maxLength":8}`}, []string{`"1234567"`, `"12345678"`, `"123456789"`, `"x\": "`, `null`}},
	{"when", []string{`{"type":"string","format":"date-time"}`, `{"type":["null","string"]}`}, []string{`"2024-02-29T12:00:00Z"`, `"2024-02-29 12:00:00"`, `"soon"`}},
	{"näme", []string{`{"enum":["a","b",null,1]}`, `{"type":["null","string","integer"]}`}, []string{`"a"`, `"b"`, `null`, `1`}},
	{"n", []string{`{"type":"number","minimum":0}`, `{"type":["number","null"],"multipleOf":0.5}`}, []string{`0`, `0.50`, `1e2`, `12.75`, `3`}},
	{"any", []string{`{}`, `{"type":["string","object","null","array"]}`}, []string{`{"a":[1,{"b":null}]}`, `[]`, `"text"`, `null`}},
	{`q"uo,te`, []string{`{"anyOf":[{"type":"string","pattern":"^[a-z]*$"},{"type":"null"},{"type":"boolean"}]}`}, []string{`"az"`, `true`, `null`}},
	{"obj", []string{`{"type":["null","object"],"properties":{"i":{"type":"integer"},"s":{"type":["null","string"]}}}`, `{"type":"object","properties":{"s":{"type":"string"}},"additionalProperties":false}`}, []string{`{"i":1,"s":"x"}`, `{"s":"y"}`, `{"s":"z","i":2}`, `{"i":3,"zz":{"i":"x"}}`, `{}`}},
	{"list", []string{`{"type":["null","array"],"items":{"type":"integer"}}`, `{"type":"array","items":{"type":["integer","string"]}}`}, []string{`[]`, `[1,2]`, `[3,4,5]`}},
	{"lines", []string{`{"type":["null","array"],"items":{"type":"object","properties":{"sku":{"type":"string"},"more":{"type":["null","array"],"items":{}}}}}`}, []string{`[{"sku":"a"},{"sku":"b","more":[1,null]}]`, `[{}]`, `[]`, `[{"sku":"c","zz":1}]`, `null`}},
}

// Names of streams: with escapes, of one folder but for their hash, and one that is
// another's as it may be written.
var sequenceNames = []string{"a", "b", `\u0061`, "a b", "a_b", "ünï😀", `q"\`}

// Members that records have beside those of their schema, or instead.
var sequenceExtras = []string{
	`"unknown":{"a":[1,{"b":{}}]}`, `"unknown":{"a":1,"a":2}`, `"un\"known":null`, `"id":7`, `"id":"seven"`,
	`"x":"\ud83d"`, `"n":NaN`, "\"x\":\"\xff\"", `"x":"` + strings.Repeat("long ", 100) + `"`,
}

// sequence chooses settings and an input.
func sequence(source rand.Source, format string) (config.Config, []byte, batchFiles) {
	g := &generator{Rand: rand.New(source), config: options(nil, nil).Config}
	g.settings()
	c := &g.config
	c.OutputFileFormat, c.Compression, c.CompressionLevel = format, config.CompressionNone, 0
	// With the least of these, what some twenty rows come to is handed over as a piece.
	c.MemoryLimitBytes = pick[int64](g, 1<<18, 1<<18, 1<<20, 64<<20)
	c.BatchWaitLimit = time.Duration(g.IntN(2)) * time.Hour
	s := &sequencer{generator: g, files: batchFiles{}, odd: pick(g, 0, 2, 20, 60), gap: pick(g, "", " ")}
	s.order = pick(g, []string{"type", "stream", "record", "version", "time_extracted"}, []string{"record", "stream", "time_extracted", "type", "version"})
	if g.chance(30) {
		s.order = shuffled(g, s.order)
	}
	if g.chance(5) {
		s.out.WriteString(byteOrderMark)
	}
	for _, i := range g.Perm(len(sequenceNames))[:1+g.IntN(3)] {
		s.streams = append(s.streams, &sequenceStream{name: sequenceNames[i], version: 1})
		s.define(s.streams[len(s.streams)-1])
	}
	stream, lines := s.streams[0], 10+g.IntN(40)
	for i := range lines {
		if g.chance(25) {
			stream = pick(g, s.streams...)
		}
		if i == lines-3 && g.chance(15) {
			s.put(pick(g, broken...))
		} else if i == lines-3 && g.chance(15) {
			s.cut(stream)
		}
		s.message(stream)
	}
	return g.config, s.out.Bytes(), s.files
}

// cut writes the beginning of a record's line.
func (s *sequencer) cut(of *sequenceStream) {
	before := s.out.Len()
	s.writeRecord(of)
	s.out.Truncate(before + s.IntN(s.out.Len()-before))
	s.out.WriteByte('\n')
}

// broken are lines at which the input ends.
var broken = []string{
	`{"type":"RECORD","stream":"nobody","record":{}}`, `{"type":"STATE"}`, `{`, `INFO starting`, `[1]`, `{"type":"RECORD","stream":"a","record":{"a":1}`,
	`{"type":"STATE","value":{"x":NaN}}`, `{"type":"RECORD","stream":"a","stream":"a","record":{}}`, `{"type":"RECORD","stream":"a","record":{},"re\u0063ord":{}}`,
	`{"type":"RECORD","stream":"\ud83d","record":{}}`, "{\"type\":\"RECORD\",\"stream\":\"a\xff\",\"record\":{}}", `{"type":"RECORD","stream":"a","record":{}} {}`,
	`{"type":"RECORD","stream":null,"record":{}}`, `{"type":5,"stream":"a","record":{}}`, `{"type":"RECORD","stream":"a","record":{"x"}}`, `{"type":"ACTIVATE_VERSION","stream":"a","version":1.5}`,
}

func shuffled[T any](g *generator, list []T) []T {
	list = slices.Clone(list)
	g.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// message writes one of a stream, which is a record most of the time.
func (s *sequencer) message(of *sequenceStream) {
	switch n := s.IntN(100); {
	case n < 3:
		s.define(of)
	case n < 6:
		s.write(of.schema) // the same again
	case n < 10:
		s.write(fmt.Sprintf(`{"type":"STATE","value":%s}`, pick(s.generator, `{}`, `null`, fmt.Sprintf(`{"n":%d}`, s.out.Len()), fmt.Sprintf(`{"n":[%d]}`, s.out.Len()))))
	case n < 12:
		s.write(fmt.Sprintf(`{"type":"ACTIVATE_VERSION","stream":%s,"version":%d}`, quote(of.name), of.version))
	case n < 14:
		s.put(pick(s.generator, "", " \t\r ", `{"type":"LOG","record":{"record":1},"stream":"a"}`))
	case n < 16:
		of.version++
	case n < 17 && s.chance(25):
		s.crowd()
	case n < 22:
		s.batch(of)
	default:
		s.writeRecord(of)
	}
}

func (s *sequencer) define(of *sequenceStream) {
	of.fields, of.keys = nil, pick(s.generator, nil, []string{"id"})
	var properties []string
	some := shuffled(s.generator, sequenceFields[1:])[:s.IntN(len(sequenceFields))]
	for _, f := range shuffled(s.generator, append(some, sequenceFields[0])) {
		of.fields = append(of.fields, f)
		properties = append(properties, quote(f.name)+":"+pick(s.generator, f.schemas...))
	}
	text := `{"type":"object","properties":{` + strings.Join(properties, ",") + `}}`
	if s.chance(15) {
		text = `{"additionalProperties":false,` + text[1:]
	}
	of.schema = fmt.Sprintf(`{"type":"SCHEMA","stream":%s,"schema":%s,"key_properties":%s}`, quote(of.name), text, quote(of.keys))
	s.write(of.schema)
}

// crowd defines so many other streams that what the schemas before came to is
// forgotten.
func (s *sequencer) crowd() {
	for i := range 5 {
		s.put(fmt.Sprintf(`{"type":"SCHEMA","stream":"crowd%d","schema":{"title":"%d%s"},"key_properties":[]}`, i, s.out.Len(), strings.Repeat("x", 60<<10)))
	}
}

func (s *sequencer) writeRecord(of *sequenceStream) {
	members := map[string]string{"type": `"RECORD"`, "stream": quote(of.name), "record": s.recordOf(of)}
	if of.version > 1 || s.chance(10) {
		members["version"] = pick(s.generator, fmt.Sprint(of.version), fmt.Sprint(of.version), fmt.Sprintf("%d.0", of.version))
	}
	if s.chance(70) {
		members["time_extracted"] = pick(s.generator, `"2024-02-29T12:00:00Z"`, `"2024-02-29T12:00:00Z"`, `"soon"`, `null`)
	}
	order := s.order
	if s.chance(s.odd / 2) {
		order = shuffled(s.generator, order)
	}
	var list []string
	for _, name := range order {
		if value, ok := members[name]; ok {
			if name == "record" && s.chance(15) { // alone odd in many a line
				value = pick(s.generator, sequenceSpaces...) + value
			}
			list = append(list, quote(name)+":"+value)
		}
	}
	if s.chance(s.odd / 4) { // members that Singer does not know, once or twice
		mine := pick(s.generator, `"mine":{"record":{"id":1}}`, `"mine":["}",null]`, `"Record":{}`, `"record ":{"stream":"b"}`)
		list = slices.Insert(list, s.IntN(len(list)+1), mine)
		if s.chance(50) {
			list = slices.Insert(list, s.IntN(len(list)+1), mine)
		}
	}
	s.write("{" + strings.Join(list, ",") + "}")
}

func (s *sequencer) recordOf(of *sequenceStream) string {
	if s.chance(3) {
		return pick(s.generator, `[]`, `"text"`, `null`, `5`, `[{"id":1}]`)
	}
	var members []string
	for _, f := range of.fields {
		if f.name == "id" || s.chance(80) {
			from := f
			if s.chance(2) {
				from = pick(s.generator, sequenceFields...)
			}
			value := pick(s.generator, from.values...)
			if s.chance(6) {
				value = longer(value, 1+s.IntN(200))
			}
			members = append(members, quote(f.name)+":"+value)
		}
	}
	if s.chance(5 + s.odd/2) {
		members = append(members, pick(s.generator, sequenceExtras...))
		if s.config.OutputFileFormat == config.FormatJSONL && s.chance(30) {
			members = append(members, `"_sdc_sequence":1`)
		}
		if s.config.ValidateRecords && s.chance(20) { // without, text of the first one may be left in _sdc_extra
			members = append(members, `"obj":{"s":"1","s":"2"}`)
		}
	}
	if s.chance(s.odd) {
		members = shuffled(s.generator, members)
	}
	return "{" + strings.Join(members, ",") + "}"
}

// longer repeats the elements of an array.
func longer(value string, times int) string {
	if value[0] != '[' || value == "[]" {
		return value
	}
	return value[:len(value)-1] + strings.Repeat(","+value[1:len(value)-1], times) + "]"
}

// write puts a line, spelt in one of the ways that mean the same.
func (s *sequencer) write(line string) { s.put(s.spell(line)) }

var sequenceSpaces = []string{"", " ", "  ", "\t", "\r", " \t\r "}

// space is what may stand at such a place.
func (s *sequencer) space(usual string) string {
	if s.chance(s.odd) {
		return pick(s.generator, sequenceSpaces...)
	}
	return usual
}

func (s *sequencer) spell(line string) string {
	var out strings.Builder
	out.WriteString(s.space(""))
	for i := 0; i < len(line); {
		if c := line[i]; c != '"' {
			if strings.IndexByte("{}[],:", c) < 0 {
				out.WriteByte(c)
			} else if c == ',' || c == ':' {
				out.WriteString(s.space("") + string(c) + s.space(s.gap))
			} else {
				out.WriteString(s.space("") + string(c) + s.space(""))
			}
			i++
			continue
		}
		end := i + 1
		for line[end] != '"' {
			end++
			if line[end-1] == '\\' {
				end++
			}
		}
		out.WriteString(`"` + s.escape(line[i+1:end]) + `"`)
		i = end + 1
	}
	return out.String()
}

// escape writes a character of a string, which may have escapes, as an escape.
func (s *sequencer) escape(text string) string {
	at := s.IntN(len(text) + 1)
	r, size := utf8.DecodeRuneInString(text[at:])
	if !s.chance(s.odd/3) || r == utf8.RuneError || r > 0xffff || strings.Contains(text, `\`) {
		return text
	}
	return text[:at] + fmt.Sprintf(`\u%04x`, r) + text[at+size:]
}
