package schema_test

import (
	"errors"
	"fmt"
	"net"
	"reflect"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"target-s3/singer/jsonscan"
	"target-s3/target/schema"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func validate(t *testing.T, s *schema.Schema, record string) (schema.Verdict, error) {
	t.Helper()
	var scan jsonscan.Scanner
	if _, err := scan.Value([]byte(record), 0); err != nil {
		t.Fatalf("%.100s: %v", record, err)
	}
	return s.Validate([]byte(record), scan.Unusual, scan.Members, 1<<30)
}

func compile(t *testing.T, text string, keys ...string) *schema.Schema {
	t.Helper()
	s, err := schema.Compile([]byte(text), keys)
	if err != nil {
		t.Fatalf("%.200s: %v", text, err)
	}
	return s
}

// Each of these overflows the stack, and kills the process, if the library sees
// a record with it.
func TestCyclesAreRefused(t *testing.T) {
	for _, text := range []string{
		`{"$ref":"#"}`,
		`{"allOf":[{"$ref":"#"}]}`, `{"anyOf":[{"$ref":"#"}]}`, `{"oneOf":[{"$ref":"#"}]}`, `{"not":{"$ref":"#"}}`,
		`{"if":{"$ref":"#"}}`, `{"if":{},"then":{"$ref":"#"}}`, `{"if":{},"else":{"$ref":"#"}}`,
		`{"dependencies":{"a":{"$ref":"#"}}}`,
		`{"definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}},"properties":{"x":{"$ref":"#/definitions/a"}}}`,
		`{"definitions":{"a b/c":{"allOf":[{"$ref":"#/definitions/a%20b~1c"}]}},"properties":{"x":{"$ref":"#/definitions/a%20b~1c"}}}`,
		`{"definitions":{"a":{"$id":"#x","allOf":[{"$ref":"#x"}]}},"properties":{"x":{"$ref":"#x"}}}`,
		`{"properties":{"x":{"anyOf":[{"type":"null"},{"allOf":[{"$ref":"#/properties/x"}]}]}}}`,
	} {
		_, err := schema.Compile([]byte(text), nil)
		if err == nil || !strings.Contains(err.Error(), "refers to itself without end") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

// So do these, some of them only now and then. What hides the cycle is how the
// library finds what a reference means.
func TestCyclesBehindNamesAreRefused(t *testing.T) {
	for _, text := range []string{
		`{"allOf":[{"$ref":"#nobody"}]}`, // it takes that for the root
		`{"$id":"http://h/#y","allOf":[{"$ref":"#y"}]}`,
		`{"definitions":{"a":{"$id":"#a%20b","allOf":[{"$ref":"#a b"}]}},"properties":{"p":{"$ref":"#a b"}}}`,
		`{"$defs":{"$id":"#x","allOf":[{"$ref":"#x"}]},"properties":{"p":{"$ref":"#x"}}}`,
		`{"default":{"$id":"#x","allOf":[{"$ref":"#x"}]},"properties":{"p":{"$ref":"#x"}}}`,
		`{"definitions":{"a":{"$id":"#x","allOf":[{"$ref":"#x"}]},"b":{"$id":"#x"}},"properties":{"p":{"$ref":"#x"}}}`,
		`{"definitions":{"enum":{"$id":"#x"}},"allOf":[{"$ref":"#x"}]}`,
		`{"a":{"allOf":[{"$ref":"#/b"}]},"b":{},"c":{"$id":"#/b","allOf":[{"$ref":"#/a"}]},"properties":{"p":{"$ref":"#/a"}}}`,
		`{"default":{"$id":"http://h/","a":{"$ref":"#/b"},"b":{"$ref":"#/a"}},"b":{},"properties":{"p":{"$ref":"#/default/a"}}}`,
		`{"$id":"http://h/r","default":{"$id":"http://h/r#x","allOf":[{"$ref":"#x"}]},"properties":{"p":{"$ref":"#x"}}}`,
		`{"default":{"id":7,"$id":"#x"},"allOf":[{"$ref":"#x"}]}`,
		`{"id":"http://h/r#x","items":{"$id":"","$ref":"#%78"}}`,
	} {
		if _, err := schema.Compile([]byte(text), nil); err == nil {
			t.Errorf("%s: accepted", text)
		}
	}
}

func TestNamesThatHideNothingAreFine(t *testing.T) {
	for _, text := range []string{
		`{"definitions":{"a":{"$id":"#x","type":"integer"}},"properties":{"p":{"$ref":"#x"}}}`,
		`{"definitions":{"a":{"id":"#x","type":"integer"}},"properties":{"p":{"$ref":"#/definitions/a"}}}`,
		`{"definitions":{"a":{"type":"integer"}},"default":[{"id":"#1"},{"id":"#1"}],"properties":{"p":{"$ref":"#/definitions/a"}}}`,
		`{"definitions":{"a":{"type":"integer"}},"examples":[{"id":"http://h/1"},{"id":7}],"properties":{"p":{"$ref":"#/definitions/a"}}}`,
		`{"schemas":{"default":{"type":"integer"}},"properties":{"p":{"$ref":"#/schemas/default"}}}`,
		`{"default":{"$id":"http://h/1","a":{"type":"integer"}},"properties":{"p":{"$ref":"#/default/a"}}}`,
		`{"default":{"$id":"http://h/1","a":{"type":"integer"}},"definitions":{"a":{"type":"integer"}},"properties":{"p":{"$ref":"#/default/a"}}}`,
		`{"enum":[{"id":"#x"},{"id":"#x","n":1},{"p":1}],"properties":{"p":{"$ref":"#/a"}},"a":{"$id":"#x","type":"integer"}}`,
	} {
		s := compile(t, text)
		if _, err := validate(t, s, `{"p":1}`); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if _, err := validate(t, s, `{"p":"x"}`); err == nil {
			t.Errorf("%s: the reference was not followed", text)
		}
	}
}

func TestRecursionThroughDataIsFine(t *testing.T) {
	s := compile(t, `{"type":"object","properties":{"child":{"$ref":"#"},"n":{"type":"integer"}}}`)
	if _, err := validate(t, s, `{"n":1,"child":{"n":2,"child":{"n":3}}}`); err != nil {
		t.Error(err)
	}
	if _, err := validate(t, s, `{"child":{"child":{"n":"x"}}}`); err == nil {
		t.Error("an error three levels down was not seen")
	}
}

func TestReferencesDoNotLeaveTheSchema(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var visits atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			visits.Add(1)
			_ = c.Close()
		}
	}()
	url := "http://" + l.Addr().String() + "/schema.json"
	for _, text := range []string{
		`{"$ref":"` + url + `"}`, `{"properties":{"a":{"$ref":"` + url + `#/definitions/a"}}}`,
		`{"$ref":"file:///etc/passwd"}`, `{"properties":{"a":{"$ref":"other.json"}}}`,
		`{"$id":"` + url + `","properties":{"a":{"$ref":"b.json"}}}`,
		`{"properties":{"a":{"$id":"` + url + `","$ref":"#/nowhere"}}}`,
		`{"$id":"` + url + `","properties":{"a":{"$ref":"#/nowhere"}}}`,
		`{"$schema":"` + url + `","type":"object","properties":{"a":{"$ref":"` + url + `"}}}`,
	} {
		if _, err := schema.Compile([]byte(text), nil); err == nil {
			t.Errorf("%s: accepted", text)
		}
	}
	_ = l.Close()
	if n := visits.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestHugeNumbersAreNotJudged(t *testing.T) {
	s := compile(t, `{"properties":{"a":{"type":"number","minimum":0,"maximum":10,"multipleOf":0.01}}}`)
	for _, number := range []string{"1e1000001", "1e-1000001", "1e999999", "-1E+999999999999", strings.Repeat("7", 1<<20)} {
		_, err := validate(t, s, `{"a":`+number+`}`)
		var invalid *schema.Invalid
		if !errors.As(err, &invalid) || !strings.Contains(invalid.Reason, "exponent") {
			t.Errorf("%.20s: got %v", number, err)
		}
	}
	if _, err := validate(t, s, `{"a":1e-9999}`); err == nil {
		t.Error("1e-9999 is not a multiple of 0.01")
	}
}

func TestDepthAndEncoding(t *testing.T) {
	s := compile(t, `{}`)
	deep := strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)
	if _, err := validate(t, s, `{"a":`+deep+`}`); err == nil || !strings.Contains(err.Error(), "deeper than 10000") {
		t.Errorf("got %v", err)
	}
	if _, err := validate(t, s, "{\"a\":\"\xff\"}"); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("got %v", err)
	}
}

func TestSchemasThatTapsWrite(t *testing.T) {
	for _, text := range []string{
		`{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object"}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"exclusiveMaximum":true,"maximum":3}}}`,
		`{"$schema":"http://json-schema.org/draft-06/schema#","properties":{"a":{"exclusiveMinimum":true,"minimum":3}}}`,
		`{"properties":{"$ref":{"type":"string"},"$id":{"type":"string"},"enum":{"type":"string"},"properties":{"type":"string"}}}`,
		`{"$id":"same"}`, `{"$id":"same"}`, `{"enum":[{"$ref":"http://x"}]}`, `{"default":{"$ref":"http://x"}}`,
	} {
		compile(t, text)
	}
	s := compile(t, `{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"exclusiveMaximum":true,"maximum":3}}}`)
	if _, err := validate(t, s, `{"a":3}`); err == nil {
		t.Error("exclusiveMaximum: true was not honoured")
	}
}

func TestSchemaErrorsNameThePlace(t *testing.T) {
	for text, want := range map[string]string{
		`{"properties":{"a":{"multipleOf":0}}}`:                                 "/properties/a/multipleOf",
		`{"properties":{"a":{"items":{"maxLength":null}}}}`:                     "/properties/a/items/maxLength",
		`{"properties":{"a":{"required":true}}}`:                                "/properties/a/required",
		`{"properties":{"a/b":{"type":"any"}}}`:                                 "/properties/a~1b/type",
		`{"properties":{"a":{"type":["string","string"]}}}`:                     "/properties/a/type/1",
		`{"properties":{"a":{"anyOf":[{"type":"null"},{"pattern":"(?=x)y"}]}}}`: "/properties/a/anyOf/1/pattern",
		`{"properties":{"a":{"title":1}}}`:                                      "/properties/a/title",
		`{"type":"any"}`:                                                        "/type",
		`[]`:                                                                    "/",
	} {
		_, err := schema.Compile([]byte(text), nil)
		var e *schema.Error
		if !errors.As(err, &e) || e.Place != want {
			t.Errorf("%s: got %v, want place %s", text, err, want)
		}
	}
}

func TestDateTimes(t *testing.T) {
	s := compile(t, `{"properties":{"a":{"type":["string","null"],"format":"date-time"}}}`)
	for text, want := range map[string]bool{
		"2021-01-01T00:00:00Z": true, "2021-01-01T00:00:00.123456+02:00": true, "2021-01-01": true, "12:00:00": true,
		"2021-01-01 00:00:00": true, "2021-01-01T00:00:00": true, "2021-01-01 00:00:00.5+0000": true, "2021-01-01T00:00:00-0130": true,
		"2021-01-01 00:00:00.123456+00": true, "2021-01-01 00:00:00Z": true,
		"2021-01-01t00:00:00z": true, "2021-01-01T00:00:00.5z": true, "2021-01-01 00:00:00z": true, "12:00:00z": true, "12:00:00+01:00": true,
		"2021-01-01T1:02:03Z": true, "2021-01-01 1:02:03": true, "2021-01-01T01:02:03,5Z": true, // the library takes these
		"2021-01-01  00:00:00": false, "2021-01-01   00:00:00Z": false, "2021-01-01T 00:00:00Z": false, " 2021-01-01 00:00:00": false, "2021-01-01 00:00:00 ": false,
		"2021-01-01 00:00:00 Z": false, "2021-01-01 00:00:00 +00": false, "2021-01-01\t00:00:00": false, "2021-01-0100:00:00": false, "2021-1-1 00:00:00": false,
		"2021-01-01 00:00": false, "2021-01-01 00:00:60": false, "2021-01-01 00:00:00.": false, "2021-01-01 00:00:00+0": false, "2021-01-01 00:00:00+000": false, "2021-01-01Z": false,
		"12:00:00 Z": false, "12:00:00+01": false, "1:2:3": false, "２021-01-01": false,
		"": false, "yesterday": false, "2021-13-01T00:00:00Z": false, "2021-01-01T25:00:00Z": false, "2021-01-01x00:00:00": false,
	} {
		_, err := validate(t, s, fmt.Sprintf(`{"a":%q}`, text))
		if (err == nil) != want {
			t.Errorf("%q: got %v, want %v", text, err, want)
		}
	}
	if _, err := validate(t, s, `{"a":null}`); err != nil {
		t.Error(err)
	}
}

func TestUUIDs(t *testing.T) {
	s := compile(t, `{"properties":{"a":{"format":"uuid"}}}`)
	for text, want := range map[string]bool{
		"6f9619ff-8b86-d011-b42d-00c04fc964ff": true, "6F9619FF-8B86-D011-B42D-00C04FC964FF": true, "6f9619ff-8B86-d011-b42d-00c04fc964fF": true,
		"6f9619ff8b86d011b42d00c04fc964ff": false, "{6f9619ff-8b86-d011-b42d-00c04fc964ff}": false, "6f9619ff-8b86-d011-b42d-00c04fc964fg": false,
		"6F9619FF-8B86-D011-B42D-00C04FC964F@": false, "6f9619ff-8b86-d011-b42d-00c04fc964f": false, "": false, "6f9619ff-8b86-d011-b42d-00c04fc964ff\\n": false,
	} {
		if _, err := validate(t, s, fmt.Sprintf(`{"a":"%s"}`, text)); (err == nil) != want {
			t.Errorf("%q: got %v, want %v", text, err, want)
		}
	}
}

func TestKeyProperties(t *testing.T) {
	s := compile(t, `{}`, "id", "n")
	for record, want := range map[string]bool{`{"id":0,"n":""}`: true, `{"id":1}`: false, `{"id":null,"n":1}`: false, `{"x":{"id":1,"n":1}}`: false} {
		if _, err := validate(t, s, record); (err == nil) != want {
			t.Errorf("%s: got %v", record, err)
		}
	}
}

func TestRepeatedKeysAreSeen(t *testing.T) {
	s := compile(t, `{}`)
	for record, want := range map[string]bool{
		`{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}`: false, `{"a":1,"a":2}`: true, `{"a":1,"\u0061":2}`: true, `{"x":[{"b":{"a":1,"a":1}}]}`: true,
	} {
		if v, err := validate(t, s, record); err != nil || v.Repeated != want {
			t.Errorf("%s: got %v, %v", record, v.Repeated, err)
		}
	}
}

func TestReasonsAreStableAndBounded(t *testing.T) {
	s := compile(t, `{"required":["a","b","c","d","e","f","g"],"properties":{"x":{"enum":["`+strings.Repeat("y", 5000)+`"]}}}`)
	var first string
	for i := range 50 {
		_, err := validate(t, s, `{"x":1}`)
		if err == nil || len(err.Error()) > 1100 || (i > 0 && err.Error() != first) {
			t.Fatalf("run %d: %v, want %v", i, err, first)
		}
		first = err.Error()
	}
}

func names(fields []schema.Field) string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.Name
		if f.Fields != nil {
			out[i] += "(" + names(f.Fields) + ")"
		}
	}
	return strings.Join(out, " ")
}

func TestFields(t *testing.T) {
	for text, want := range map[string]string{
		`{"properties":{"z":{},"a":{"type":"string"},"m":{"properties":{"y":{},"b":{}}}}}`:                                           "z a m(y b)",
		`{"properties":{"a":{"anyOf":[{"type":"null"},{"properties":{"x":{}}}]}}}`:                                                   "a(x)",
		`{"allOf":[{"properties":{"a":{}}},{"properties":{"b":{}}}]}`:                                                                "a b",
		`{"definitions":{"d":{"properties":{"x":{}}}},"properties":{"a":{"$ref":"#/definitions/d"},"b":{"$ref":"#/definitions/d"}}}`: "a(x) b(x)",
		`{"properties":{"n":{},"child":{"$ref":"#"}}}`:                                                                               "n child(n child)",
		`{"properties":{"a":{"type":"object","properties":{}}}}`:                                                                     "a",
		`{}`: "",
	} {
		if got := names(schema.Describe([]byte(text), nil).Fields()); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// TestFieldsOfEscapes: a schema has the same columns however its strings are written.
func TestFieldsOfEscapes(t *testing.T) {
	for _, text := range []string{
		`{"properties":{"a":{"type":["null","array"],"items":{"type":"object","properties":{"x":{"type":"string"}}}},"b":{"anyOf":[{"type":"array"},{"$ref":"#/definitions/d"}]}},"definitions":{"d":{"type":"string","format":"date"}}}`,
		`{"allOf":[{"properties":{"a":{"oneOf":[{"type":"integer"},{"type":"null"}]}}},{"properties":{"b":{"type":"boolean"},"c":{"enum":["x",1]},"d":{"const":true}}}]}`,
		`{"properties":{"a":{"type":"number","multipleOf":0.01,"minimum":0,"exclusiveMaximum":100},"b":{"type":"number","precision":10,"scale":2},"c":{"type":["number","null"],"additionalProperties":{"scale_precision":{"scale":3,"precision":9}}}}}`,
	} {
		escaped := []byte(regexp.MustCompile(`"[^"]*"`).ReplaceAllStringFunc(text, func(s string) string {
			s = strings.Trim(s, `"`)
			return fmt.Sprintf(`"%s\u%04x"`, s[:len(s)-1], s[len(s)-1])
		}))
		if got, want := schema.Describe(escaped, nil).Fields(), schema.Describe([]byte(text), nil).Fields(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", escaped, got, want)
		}
		if got, want := schema.ShapeOf(escaped), schema.ShapeOf([]byte(text)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", escaped, got, want)
		}
	}
}

func FuzzCompile(f *testing.F) {
	f.Add([]byte(`{"properties":{"a":{"$ref":"#/definitions/b"}},"definitions":{"b":{"type":["string","null"]}}}`), []byte(`{"a":"x"}`))
	f.Add([]byte(`{"allOf":[{"$ref":"#"}]}`), []byte(`{}`))
	f.Fuzz(func(t *testing.T, text, record []byte) {
		var scan jsonscan.Scanner
		if end, err := scan.Value(text, 0); err != nil || jsonscan.SkipSpace(text, end) != len(text) {
			return
		}
		s, err := schema.Compile(text, []string{"id"})
		if err != nil {
			return
		}
		scan.Reset()
		if end, err := scan.Value(record, 0); err != nil || end != len(record) {
			return
		}
		_, err = s.Validate(record, scan.Unusual, scan.Members, 1<<30)
		if err != nil && strings.Contains(err.Error(), "cannot be compiled") {
			t.Errorf("%s: %v", text, err)
		}
	})
}
