package schema

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xeipuuv/gojsonschema"

	"target-s3/singer/jsonscan"
	"target-s3/target/spans"
)

// choices makes schemas and values out of bytes, so that a fuzzer can change
// them one decision at a time.
type choices struct {
	data []byte
}

func (c *choices) of(n int) int {
	if len(c.data) == 0 {
		return 0
	}
	b := c.data[0]
	c.data = c.data[1:]
	return int(b) % n
}

func pick[T any](c *choices, list []T) T { return list[c.of(len(list))] }

var (
	fuzzNames = []string{"a", "b", "c", "id", "é", "é\"😀"}
	fuzzTypes = []string{
		`"string"`, `"integer"`, `"number"`, `"boolean"`, `"null"`, `"object"`, `"array"`,
		`["null","string"]`, `["null","integer"]`, `["null","number"]`, `["object","null"]`, `["null","array","string"]`,
	}
	fuzzStrings = []string{
		`""`, `"a"`, `"abc"`, `"ééé"`, `"\u00e9"`, `"\ud800"`, `"1"`, `"null"`, `"2024-02-29"`, `"2023-02-29"`, `"2024-01-01T00:00:00Z"`,
		`"2024-01-01 00:00:00.123+02"`, `"2024-01-01t00:00:00z"`, `"2024-01-01  00:00:00"`, `"2024-13-01T00:00:00Z"`, `"24:00:00"`, `"23:59:59"`, `"23:59:60+00:00"`, `"x@example.com"`, `"x@"`,
		`"6f9619ff-8b86-d011-b42d-00c04fc964ff"`, `"6F9619FF-8b86-d011-b42d-00c04fc964ff"`, `"https://example.com/a"`, `"a b"`, `"\n"`, `"aaaaaaaaaaaaaaaaaaaaaaaa"`,
	}
	fuzzNumbers = []string{
		"0", "-0", "1", "-1", "2", "3", "10", "100", "1.0", "1.5", "-1.5", "0.1", "0.10", "0.25", "0.001", "1e2", "1E-2", "1.5e1", "2.50e-1", "1e18", "12.34", "9007199254740993",
		"999999999999999999", "-999999999999999999", "1000000000000000000", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "9999999999999999999.5", "123456789012345678901234567890", "0.3333333333333333", "2147483647", "2147483648", "1e400",
	}
	fuzzBounds  = []string{"0", "1", "-1", "1.5", "-1.5", "10", "0.1", "100", "1e2", "9223372036854775808", "-1e38", "2147483647", "0.3"}
	fuzzLengths = []string{"0", "1", "2", "3", "20"}
	fuzzFormats = []string{"date-time", "date", "time", "email", "uuid", "uri", "ipv4", "unheard-of", "regex"}
	fuzzSteps   = []string{"1", "0.1", "0.01", "0.5", "3", "10", "0.25", "2.5", "1e-2", "1e2", "1e-38", "0.3"}
	fuzzAround  = []string{`{"properties":{"a":`, `{"$schema":"http://json-schema.org/draft-04/schema#","properties":{"a":`, `{"$schema":"http://json-schema.org/draft-06/schema#","definitions":{"a":`}
	fuzzPattern = []string{"^a", "b$", "^[a-z]*$", "[0-9]", "."}
)

func (c *choices) schema(depth int) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if c.of(5) > 0 {
		add(`"type":%s`, pick(c, fuzzTypes))
	}
	for range c.of(3) {
		switch c.of(12) {
		case 0:
			add(`"minLength":%s`, pick(c, fuzzLengths[:3]))
		case 1:
			add(`"maxLength":%s`, pick(c, fuzzLengths[2:]))
		case 2:
			add(`"format":%q`, pick(c, fuzzFormats))
		case 3:
			add(`"pattern":%q`, pick(c, fuzzPattern))
		case 4:
			add(`"minimum":%s`, pick(c, fuzzBounds))
		case 5:
			add(`"maximum":%s,"exclusiveMaximum":%v`, pick(c, fuzzBounds), c.of(2) == 0)
		case 6:
			add(`"multipleOf":%s`, pick(c, fuzzSteps))
		case 7:
			add(`"enum":[%s,%s]`, pick(c, fuzzStrings[:8]), pick(c, []string{"null", "1", "true", "1.5", `{"a":1}`, "[]", "1.0"}))
		case 8:
			add(`"const":%s`, pick(c, []string{`"a"`, "1", "null", "true", "{}"}))
		case 9:
			add(`"exclusiveMinimum":%s`, pick(c, fuzzBounds))
		case 10:
			add(`"minItems":%s`, pick(c, fuzzLengths[:3]))
		case 11:
			add(`"maxProperties":%s`, pick(c, fuzzLengths[1:]))
		}
	}
	if depth > 0 {
		c.deeper(depth-1, add)
	}
	return "{" + strings.Join(unrepeated(parts), ",") + "}"
}

func (c *choices) deeper(depth int, add func(string, ...any)) {
	if c.of(2) == 0 {
		var list []string
		for _, name := range fuzzNames[:c.of(len(fuzzNames)+1)] {
			list = append(list, fmt.Sprintf("%q:%s", name, c.schema(depth)))
		}
		add(`"properties":{%s}`, strings.Join(list, ","))
	}
	switch c.of(15) {
	case 0:
		add(`"items":%s`, c.schema(depth))
	case 1:
		add(`"items":[%s]`, c.schema(depth))
	case 2:
		add(`"additionalProperties":%s`, pick(c, []string{"false", "true", c.schema(depth)}))
	case 3:
		add(`"required":[%q]`, pick(c, fuzzNames))
	case 4:
		add(`"anyOf":[%s,%s]`, c.schema(depth), c.schema(depth))
	case 5:
		if c.of(3) == 0 {
			add(`"oneOf":[%s,%s]`, c.schema(depth), c.schema(depth))
		} else {
			c.told(add)
		}
	case 6:
		add(`"allOf":[%s,%s]`, c.schema(depth), c.schema(depth))
	case 7:
		add(`%q:%s`, pick(c, []string{"not", "if", "contains", "propertyNames"}), c.schema(depth))
	case 8:
		add(`"patternProperties":{"^a":%s}`, c.schema(depth))
	case 9:
		add(`"dependencies":{"a":["b"]}`)
	case 10:
		add(`"$ref":%q`, pick(c, []string{"#/definitions/d", "#", "#/properties/a", "#/definitions/e"}))
	case 11:
		add(`"uniqueItems":%v`, c.of(2) == 0)
	case 12:
		add(`"dependencies":{"a":%s}`, c.schema(depth))
	case 13:
		add(`"if":%s,"then":%s,"else":%s`, c.schema(depth), c.schema(depth), c.schema(depth))
	case 14:
		add(`"items":[%s],"additionalItems":%s`, c.schema(depth), pick(c, []string{"false", "true", c.schema(depth)}))
	}
}

// told adds a oneOf, or an anyOf, whose alternatives a member can tell apart.
func (c *choices) told(add func(string, ...any)) {
	var list []string
	for range 2 + c.of(3) {
		var properties []string
		for _, name := range fuzzNames[:1+c.of(len(fuzzNames))] {
			properties = append(properties, fmt.Sprintf("%q:%s", name, pick(c, []string{
				"{}", "true", "false", `{"type":"string"}`, `{"type":"integer"}`, `{"type":["null","number"]}`, `{"type":["null","object"]}`, `{"const":"a"}`, `{"const":1}`, `{"const":1.5}`,
				`{"const":true}`, `{"const":null}`, `{"enum":["abc","ééé",null]}`, `{"enum":[0,2,false,"1"]}`, `{"const":"a","enum":["a","é"]}`, `{"allOf":[{"enum":["a",1]},{"type":"string"}]}`, `{"const":{}}`,
			})))
		}
		alternative := fmt.Sprintf(`"properties":{%s}`, strings.Join(properties, ","))
		switch c.of(4) {
		case 0:
			alternative += `,"additionalProperties":false`
		case 1:
			alternative += fmt.Sprintf(`,"patternProperties":{"^a":{}},"additionalProperties":%v`, c.of(2) == 0)
		}
		for range c.of(2) {
			alternative += fmt.Sprintf(`,"required":[%q]`, pick(c, fuzzNames))
		}
		list = append(list, pick(c, []string{"{", `{"type":"object",`, `{"type":["object","null"],`, `{"allOf":[{"required":["a"]}],`})+alternative+"}")
	}
	list = append(list, pick(c, []string{`{"type":"null"}`, `{"type":"string"}`, `{"type":["null","integer"],"enum":[1,2,null]}`, `{"const":"a"}`, `{"enum":["a","b",1]}`, "{}"}))
	add(`%q:[%s]`, pick(c, []string{"oneOf", "oneOf", "oneOf", "anyOf"}), strings.Join(list, ","))
}

// unrepeated keeps the first member of each name.
func unrepeated(members []string) (out []string) {
	seen := map[string]bool{}
	for _, m := range members {
		name, _, _ := strings.Cut(m, ":")
		if !seen[name] {
			seen[name] = true
			out = append(out, m)
		}
	}
	return out
}

func (c *choices) value(depth int) string {
	n := c.of(10)
	switch {
	case n < 3:
		return pick(c, fuzzStrings)
	case n < 5:
		return pick(c, fuzzNumbers)
	case n < 6:
		return pick(c, []string{"true", "false"})
	case n < 7 || depth == 0:
		return "null"
	case n < 8:
		var list []string
		for range c.of(4) {
			list = append(list, c.value(depth-1))
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	return c.object(depth)
}

// spelled writes a name in one of many ways.
func (c *choices) spelled(name string) string {
	switch c.of(8) {
	case 0:
		return `"` + quoted(name, true) + `"`
	case 1: // as nobody expects it
		r, size := utf8.DecodeRuneInString(name)
		return fmt.Sprintf(`"\u%04X%s"`, r, quoted(name[size:], false))
	}
	return `"` + quoted(name, false) + `"`
}

func (c *choices) object(depth int) string {
	var list []string
	for _, name := range fuzzNames {
		if c.of(3) > 0 {
			list = append(list, fmt.Sprintf("%s: %s", c.spelled(name), c.value(depth-1)))
		}
	}
	switch c.of(12) {
	case 0:
		list = append(list, `"a":1`)
	case 1:
		list = append(list, `"other":{"x":1,"x":2}`)
	case 2:
		list = append(list, `"\u0061":"escaped"`)
	case 3:
		list = append(list, `"free":[{"deep":[]}]`)
	}
	return "{" + strings.Join(list, ",") + "}"
}

// judge compares the Prover with the library on one pair, and reports what each
// said.
func judge(t *testing.T, data []byte) (proven, valid bool) {
	t.Helper()
	c := &choices{data: data}
	text := c.schema(3)
	if c.of(2) == 0 {
		text = strings.TrimSuffix(text, "}")
		if text != "{" {
			text += ","
		}
		text += `"definitions":{"d":` + c.schema(1) + `,"e":{"type":["object","null"],"properties":{"a":{"$ref":"#/definitions/e"}}}}}`
	}
	var keys []string
	if c.of(4) == 0 {
		keys = []string{pick(c, fuzzNames)}
	}
	var shared Compiler
	if c.of(2) == 0 { // what another schema has of the same, or half of it, makes no difference
		_, _ = shared.Compile([]byte(pick(c, fuzzAround)+text+`,"b":`+c.schema(1)+`}}`), nil)
	}
	if c.of(8) == 0 && !strings.Contains(text, "exclusiveM") { // draft 4 has other ones
		text = `{"$schema":"http://json-schema.org/draft-04/schema#",` + strings.TrimPrefix(text, "{")
		text = strings.Replace(text, ",}", "}", 1)
	}
	s, err := shared.Compile([]byte(text), keys)
	if err != nil {
		return false, false
	}
	place := c.place(3)
	spans.Number(place)
	s.NoteFor(func() *spans.Place { return place })
	var p Prover
	for i := range 3 {
		record := []byte(c.object(3))
		end, yes := p.Prove(s, record, 0)
		if i == 1 { // what is made again comes to the same
			s.Forget()
			if _, again := p.Prove(s, record, 0); again != yes {
				t.Fatalf("schema %s\nrecord %s\nproven: %t, and %t when the schema was made again", text, record, yes, again)
			}
		}
		var scan jsonscan.Scanner
		if _, err := scan.Value(record, 0); err != nil {
			t.Fatalf("%s: %v", record, err)
		}
		verdict, err := s.Validate(record, scan.Unusual, scan.Members, 1<<30)
		valid = valid || err == nil
		checkEstimate(t, s, text, record)
		if !yes {
			continue
		}
		proven = true
		if err != nil || (verdict.Repeated && !p.Repeated()) || end != len(record) {
			t.Fatalf("schema %s\nrecord %s\nproven to %d of %d, but the library says: %v, repeated %v", text, record, end, len(record), err, verdict.Repeated)
		}
		if !verdict.Repeated {
			checkNotes(t, &p, place, record)
		}
	}
	return proven, valid
}

// checkEstimate compares what was expected of the library with what it did.
func checkEstimate(t *testing.T, s *Schema, text string, record []byte) {
	t.Helper()
	doc, err := trusted(record)
	if err != nil {
		t.Fatal(err)
	}
	w := estimate{maxSteps: 1 << 40, maxBytes: 1 << 40}
	j, err := s.library.Get()
	if err != nil {
		t.Fatal(err)
	}
	w.visit(j.model, doc, len("(root)"))
	if w.cannot != "" {
		return
	}
	result, err := j.compiled.Validate(gojsonschema.NewRawLoader(doc))
	if err != nil {
		t.Fatal(err)
	}
	errors := len(result.Errors())
	if (w.errors == 0 && errors > 0) || (w.certain > 0 && errors == 0) || int64(errors*bytesOfError) > w.bytes {
		t.Errorf("schema %s\nrecord %s\n%d errors were expected, %d of them for sure, and memory for %d; there are %v", text, record, w.errors, w.certain, w.bytes/bytesOfError, result.Errors())
	}
}

// FuzzProven holds that what is proven is what the library finds valid.
func FuzzProven(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		f.Add(randomBytes(r))
	}
	f.Fuzz(func(t *testing.T, data []byte) { judge(t, data) })
}

func randomBytes(r *rand.Rand) []byte {
	data := make([]byte, 600)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

// TestProvenOften keeps the fuzz test from proving nothing: much of what is valid
// must be proven.
func TestProvenOften(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	schemas, proven, valid := 4_000, 0, 0
	if Fewer() {
		schemas = 1_000
	}
	for range schemas {
		p, v := judge(t, randomBytes(r))
		if p {
			proven++
		}
		if v {
			valid++
		}
	}
	t.Logf("of %d schemas %d had valid records, %d proven ones", schemas, valid, proven)
	if proven*2 < valid || valid < schemas*3/40 {
		t.Errorf("of %d schemas with valid records %d had proven ones", valid, proven)
	}
}
