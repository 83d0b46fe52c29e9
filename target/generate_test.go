package target_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"target-s3/target/config"
)

// generator writes inputs of all sorts.
type generator struct {
	*rand.Rand
	config  config.Config
	out     bytes.Buffer
	streams []*genStream
	states  []string
}

type genStream struct {
	name    string
	fields  []genField // nil before the first SCHEMA
	keys    []string
	closed  bool // no additional properties
	version int64
	message string // the last SCHEMA
}

type genField struct {
	name, kind string
	fields     []genField // of an object, or of the objects in an array
}

var genNames = []string{"orders", "Orders", "a b", "a_b", "_sdc_rejected", "über/\"ü\"", "x.y", "..", "line\nend"}

var genFields = []genField{
	{name: "name", kind: "string"},
	{name: "amount", kind: "number"},
	{name: "count", kind: "integer"},
	{name: "ok", kind: "boolean"},
	{name: "tags", kind: "array"},
	{name: "free", kind: "any"},
	{name: "_sdc_deleted_at", kind: "string"},
	{name: `q"uo,te`, kind: "string"},
	{name: "bag", kind: "object"},
	{name: "o", kind: "object", fields: []genField{{name: "a", kind: "integer"}, {name: "b", kind: "string"}, {name: "list", kind: "array"}}},
	{name: "lines", kind: "array", fields: []genField{{name: "sku", kind: "string"}, {name: "taxes", kind: "array", fields: []genField{{name: "rate", kind: "number"}}}, {name: "marks", kind: "array"}}},
}

func newGenerator(seed uint64) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
	g.config = options(nil, nil).Config
	return g
}

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func pick[T any](g *generator, of ...T) T { return of[g.IntN(len(of))] }

// settings chooses any that go together.
func (g *generator) settings() {
	c := &g.config
	c.OutputFileFormat = pick(g, config.FormatJSONL, config.FormatCSV)
	c.CSVDelimiter = pick[byte](g, ',', '|', '\t')
	c.CSVForceQuote = g.chance(20)
	c.CSVArrays = pick(g, config.CSVSubtables, config.CSVSubtables, config.CSVJSON)
	c.Compression = pick(g, config.CompressionNone, config.CompressionGzip, config.CompressionZstd)
	if c.Compression != config.CompressionNone {
		c.CompressionLevel = pick(g, 1, 1, 5, 9)
	}
	c.AddRecordMetadata = g.chance(85)
	c.ValidateRecords = g.chance(80)
	if g.chance(5) {
		c.InvalidRecords = config.InvalidFail
	}
	if g.chance(20) {
		c.MaxRejectedRecords = new(g.Int64N(5))
	}
	c.MaxRecordBytes = pick[int64](g, 400, 400, 20_000_000)
	c.BatchSizeRows = pick[int64](g, 0, 0, 1, 7, 100)
	c.BatchSizeBytes = pick[int64](g, 1, 600, 5000, 128<<20, 128<<20)
	c.BatchWaitLimit = pick(g, 0, time.Hour)
	c.MaxUncommitted = pick(g, 0, time.Hour)
	c.MemoryLimitBytes = pick[int64](g, 0, 2000, 40_000, 1<<20, 64<<20)
	c.MaxParallelUploads = pick(g, 1, 2, 8)
}

// input writes so many messages.
func (g *generator) input(messages int) []byte {
	for range 1 + g.IntN(5) {
		g.streams = append(g.streams, &genStream{name: genNames[g.IntN(len(genNames))]})
	}
	for i := range g.streams { // two of one name would not know of each other
		for j := range i {
			if g.streams[i].name == g.streams[j].name {
				g.streams[i] = g.streams[j]
			}
		}
	}
	for range messages {
		g.messageOf(g.streams[g.IntN(len(g.streams))])
	}
	if g.chance(10) {
		g.put(pick(g, `{"type":"RECORD","stream":"nobody","record":{}}`, `{"type":"STATE"}`, `{`, `INFO starting`, `{"type":"RECORD","stream":"x","record":{"a":NaN}}`))
		g.messageOf(g.streams[0])
	}
	if g.chance(20) { // the last line ends without a newline
		return bytes.TrimRight(g.out.Bytes(), "\r\n")
	}
	return g.out.Bytes()
}

func (g *generator) messageOf(s *genStream) {
	n := g.IntN(100)
	switch {
	case s.fields == nil || n < 4:
		g.schema(s)
	case n < 6:
		g.put(s.message) // the same again
	case n < 14:
		g.state()
	case n < 16:
		g.put(fmt.Sprintf(`{"type":"ACTIVATE_VERSION","stream":%s,"version":%d}`, quote(s.name), s.version))
	case n < 18:
		g.put(pick(g, "", " ", "\t \r", `{"type":"LOG","text":"hello"}`, `{"type":"record_count"}`))
	case n < 20:
		s.version += pick[int64](g, 1, 1, -1)
	default:
		for range 1 + g.IntN(4) {
			g.record(s)
		}
	}
}

func (g *generator) put(line string) {
	g.out.WriteString(line)
	g.out.WriteString(pick(g, "\n", "\n", "\n", "\r\n"))
}

func (g *generator) schema(s *genStream) {
	key := pick(g, "integer", "string")
	s.fields = []genField{{name: "id", kind: key}}
	for _, i := range g.Perm(len(genFields))[:g.IntN(len(genFields))] {
		s.fields = append(s.fields, genFields[i])
	}
	s.keys = pick(g, nil, []string{"id"}, []string{"id"})
	s.closed = g.chance(20)
	text := schemaText(s.fields)
	if s.closed {
		text = `{"additionalProperties":false,` + text[1:]
	}
	keys := fmt.Sprintf(`,"key_properties":%s`, quote(s.keys))
	if s.keys == nil {
		keys = pick(g, "", `,"key_properties":[]`, `,"key_properties":null`)
	}
	s.message = fmt.Sprintf(`{"type":%s,"stream":%s,"schema":%s%s}`, pick(g, `"SCHEMA"`, `"schema"`), quote(s.name), text, keys)
	g.put(s.message)
}

func schemaText(fields []genField) string {
	properties := make([]string, len(fields))
	for i, f := range fields {
		text := fmt.Sprintf(`{"type":["null",%q]}`, f.kind)
		switch {
		case f.kind == "any":
			text = `{}`
		case f.kind == "array" && f.fields != nil:
			text = schemaText(f.fields)
			text = `{"type":["null","array"],"items":{"type":["null","object"],` + text[len(`{"type":"object",`):] + `}`
		case f.fields != nil:
			text = schemaText(f.fields)
			text = `{"type":["null","object"],` + text[len(`{"type":"object",`):]
		}
		properties[i] = quote(f.name) + ":" + text
	}
	return `{"type":"object","properties":{` + strings.Join(properties, ",") + `}}`
}

func (g *generator) state() {
	text := fmt.Sprintf(`{"bookmarks": {"n":%d}}`, len(g.states))
	switch {
	case g.chance(15):
		text = pick(g, `{}`, `{ }`, `null`)
	case g.chance(15) && len(g.states) > 0:
		text = g.states[g.IntN(len(g.states))]
	default:
		g.states = append(g.states, text)
	}
	if g.chance(50) {
		g.put(`{"type":"STATE","value":` + text + `}`)
	} else {
		g.put(`{"value": ` + text + ` , "type": "State"}`)
	}
}

func (g *generator) record(s *genStream) {
	text := g.object(s.fields, 70)
	switch {
	case g.chance(88):
	case g.chance(10):
		text = pick(g, `[]`, `"text"`, `null`, `5`)
	case g.chance(15):
		text = strings.Replace(text, "{", `{"id":null, `, 1)
	case g.chance(30):
		text = addMember(text, fmt.Sprintf(`"name": "%s"`, strings.Repeat("é", 300)))
	case g.chance(31):
		text = addMember(text, "\"bad\":\"a\xff\xfeb\"")
	case g.chance(50):
		text = addMember(text, `"id":`+pick(g, `7`, `"seven"`, `true`))
	case g.config.OutputFileFormat == config.FormatJSONL:
		text = addMember(text, pick(g, `"_sdc_sequence":1`, `"_sdc_\u0073equence": 1`, `"__sdc_primary_key":"mine"`))
	}
	if g.chance(10) {
		text = addMember(text, pick(g, `"unknown":{"a":[1,2]}`, `"more" : null`, `"un\"known":"é"`))
	}
	g.envelope(s, text)
}

func addMember(object, member string) string {
	object = strings.TrimSuffix(object, "}")
	if strings.TrimSpace(object) != "{" {
		object += ","
	}
	return object + member + "}"
}

// envelope writes the message in one of the ways that taps do.
func (g *generator) envelope(s *genStream, record string) {
	members := []string{`"stream":` + quote(s.name), `"record":` + record}
	if s.version != 0 || g.chance(10) {
		members = append(members, fmt.Sprintf(`"version":%d`, s.version))
	}
	if g.chance(50) {
		members = append(members, `"time_extracted":"2024-02-29T12:00:00.000000Z"`)
	}
	g.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	switch g.IntN(4) {
	case 0:
		g.put(`{"type": "RECORD", ` + strings.Join(members, ", ") + `}`)
	case 1:
		g.put(`{"type":"RECORD",` + strings.Join(members, ",") + `}`)
	case 2:
		g.put(`{` + strings.Join(members, ",") + `,"type":"RECORD"}`)
	case 3:
		at := g.IntN(len(members) + 1)
		members = append(members[:at], append([]string{`"type" : "record"`}, members[at:]...)...)
		g.put(` { ` + strings.Join(members, " , ") + ` } `)
	}
}

// object has each of the fields with so many percent, in any order.
func (g *generator) object(fields []genField, percent int) string {
	var members []string
	for _, f := range fields {
		if g.chance(percent) {
			members = append(members, quote(f.name)+pick(g, ":", ": ")+g.value(f))
		}
	}
	if g.chance(30) {
		g.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	}
	return "{" + strings.Join(members, pick(g, ",", ", ")) + "}"
}

func (g *generator) value(f genField) string {
	kind := f.kind
	if g.chance(3) || kind == "any" {
		kind = pick(g, "string", "integer", "number", "boolean", "array", "object", "null")
	} else if g.chance(10) && f.name != "id" {
		kind = "null"
	}
	switch kind {
	case "integer":
		return pick(g, "0", "-5", "123456789012345678901234567890", fmt.Sprint(g.Int64()))
	case "number":
		return pick(g, "0.10", "-1.5e3", "1E-7", "3", "99999999.990000000000000000001")
	case "boolean":
		return pick(g, "true", "false")
	case "array":
		if f.fields != nil {
			list := make([]string, g.IntN(4))
			for i := range list {
				list[i] = g.object(append(f.fields, genField{name: "more", kind: "integer"}), 60)
				if g.chance(10) {
					list[i] = pick(g, "null", `"text"`, "[1]")
				}
			}
			return "[" + strings.Join(list, ", ") + "]"
		}
		return pick(g, `[]`, `[1, "two", null]`, `[{"a":[0.50]}]`)
	case "object":
		if f.fields != nil {
			return g.object(append(f.fields, genField{name: "more", kind: "integer"}), 60)
		}
		return pick(g, `{}`, `{"x":1,"y":{"z":"é"}}`)
	case "null":
		return "null"
	}
	return pick(g, `""`, `"plain"`, `"with \"quotes\", commas | and\ttabs"`, `"line\nend"`, `" space "`, `"\u00e9\ud83d\ude00 é😀"`, `"\\."`)
}

func quote(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// interleaved writes so many bytes of records that hardly get smaller when they
// are compressed. Nine in ten are of the first streams, the large ones.
func (g *generator) interleaved(size, streams, large int) []byte {
	for i := range streams {
		fmt.Fprintf(&g.out, `{"type":"SCHEMA","stream":"s%03d","schema":{"properties":{"id":{"type":"integer"},"text":{"type":"string"}}},"key_properties":["id"]}`+"\n", i)
	}
	for n := 0; g.out.Len() < size; n++ {
		stream := g.IntN(streams)
		if g.chance(90) {
			stream = g.IntN(large)
		}
		g.row(stream, n)
	}
	g.out.WriteString(`{"type":"STATE","value":{"done":true}}` + "\n")
	return g.out.Bytes()
}

// row writes a record of some hundred bytes.
func (g *generator) row(stream, n int) {
	at, size := g.IntN(len(noise)-600), 100+g.IntN(500)
	fmt.Fprintf(&g.out, `{"type": "RECORD", "stream": "s%03d", "record": {"id": %d, "text": "%s"}}`+"\n", stream, n, noise[at:at+size])
}

// noise is text that hardly gets smaller when it is compressed, being longer than
// a codec looks back.
var noise = func() []byte {
	r := rand.New(rand.NewPCG(3, 4))
	text := make([]byte, 2<<20)
	for i := range text {
		text[i] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"[r.Uint32()%64]
	}
	return text
}()
