package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"target-s3/singer/jsonscan"
	"target-s3/target/spans"
)

// TestProverOnSuite puts every case of the JSON-Schema-Test-Suite to the Prover.
func TestProverOnSuite(t *testing.T) {
	var p Prover
	var c Compiler
	valid, proven := 0, 0
	for _, group := range loadSuite(t) {
		for _, form := range group.forms(t) {
			s, err := c.Compile(form.Schema, nil)
			if err != nil {
				continue
			}
			for _, test := range group.Tests {
				record := form.Record(test.Data)
				var scan jsonscan.Scanner
				if _, err := scan.Value(record, 0); err != nil {
					t.Fatal(err)
				}
				_, err := s.Validate(record, scan.Unusual, scan.Members, 1<<30)
				if err == nil && record[0] == '{' {
					valid++
				}
				if _, ok := p.Prove(s, record, 0); !ok {
					continue
				}
				proven++
				if err != nil {
					t.Errorf("%s %s, %s: %s proves %s, but %v", group.Draft, group.File, group.Description, form.Schema, record, err)
				}
			}
		}
	}
	t.Logf("%d of %d valid objects are proven", proven, valid)
	if proven*2 < valid {
		t.Errorf("only %d of %d valid objects are proven", proven, valid)
	}
}

// TestProves is about what taps write: all of it must be proven, or a load gets slow.
func TestProves(t *testing.T) {
	for _, c := range []struct{ schema, record string }{
		{`{}`, `{}`},
		{`{}`, `{"a": [1, {"b": "\u00e9"}], "c": -0.0}`},
		{`{"properties":{"a":{"type":["null","string"],"format":"date-time"}}}`, `{"a":"2024-02-28T12:00:00.123456+00:00"}`},
		{`{"properties":{"a":{"anyOf":[{"type":"string","format":"date-time"},{"type":["string","null"]}]}}}`, `{"a":"no date"}`},
		{`{"properties":{"a":{"anyOf":[{"type":"null"},{"type":"object","properties":{"b":{"type":"integer"}},"required":["b"]}]}}}`, `{"a":{"b":1}}`},
		{`{"properties":{"a":{"oneOf":[{"type":"null"},{"type":"array","items":{"type":"string"}}]}}}`, `{"a":["x"]}`},
		{`{"properties":{"a":{"allOf":[{"type":["string","null"]},{"maxLength":3}]}}}`, `{"a":"ééé"}`},
		{`{"allOf":[{"properties":{"a":{"type":"integer"}}},{"properties":{"b":{"type":"string"}},"required":["b"]}]}`, `{"b":"","a":1}`},
		{`{"properties":{"n":{"type":["null","number"],"minimum":-10000000000,"exclusiveMinimum":true,"maximum":10000000000,"exclusiveMaximum":true,"multipleOf":0.01}}}`, `{"n":-1234.50}`},
		{`{"properties":{"n":{"type":"number","multipleOf":1e-38}}}`, `{"n":0.1234567890123456789012345678901234}`},
		{`{"properties":{"n":{"type":"integer","minimum":-9223372036854775808,"maximum":9223372036854775807}}}`, `{"n":-42}`},
		{`{"properties":{"n":{"type":"integer"}}}`, `{"n":1.0}`},
		{`{"properties":{"n":{"type":"number"}}}`, `{"n":1e-7}`},
		{`{"properties":{"n":{"type":"integer","maximum":20000}}}`, `{"n":1.5E+4}`},
		{`{"properties":{"n":{"type":"number","minimum":0,"maximum":1,"multipleOf":1e-25}}}`, `{"n":1.2345678901234567e-05}`},
		{`{"properties":{"n":{"type":"integer"}}}`, `{"n":1e300}`},
		{`{"properties":{"s":{"enum":["open","closed",null]}}}`, `{"s":null}`},
		{`{"properties":{"s":{"type":"string","pattern":"^[A-Z]{2}$"}}}`, `{"s":"DE"}`},
		{
			`{"properties":{"t":{"$ref":"#/definitions/node"}},"definitions":{"node":{"type":["null","object"],"properties":{"next":{"$ref":"#/definitions/node"}}}}}`,
			`{"t":{"next":{"next":null}}}`,
		},
		{`{"properties":{"a":{}},"additionalProperties":{"type":"integer"}}`, `{"a":"x","b":1,"c":2}`},
		{`{}`, `{"\u0061":1}`},
		{`{"properties":{"a":{"not":{"type":["null","integer"]}}}}`, `{"a":1.5}`},
		{`{"properties":{"a":{"not":{"type":"null"}}}}`, `{"a":{}}`},
		{`{"properties":{"f":{"type":["null","object"],"patternProperties":{".+":{"type":["null","string"]}}}}}`, `{"f":{"summary":"x","custom":null}}`},
		{`{"properties":{"ab":{}},"patternProperties":{"^a":{"type":"integer"},"b":{"maximum":9}},"additionalProperties":false}`, `{"ab":1,"a":17,"cb":-1.5}`},
		{`{"required":["ab"],"patternProperties":{"^a":{"type":"integer"}}}`, `{"ab":1}`},
		{`{"properties":{"a":{"anyOf":[{"type":"object","required":["b"]},{"type":"object","properties":{"c":{"type":"integer"}}},{"type":"null"}]}}}`, `{"a":{"c":1}}`},
		{`{"properties":{"a":{"anyOf":[{"type":"array","items":{"type":"integer"}},{"type":"array","items":{"type":"string"}}]}}}`, `{"a":["x"]}`},
		{`{"properties":{"a":{"items":[{"type":"null"},{"type":"integer"}],"additionalItems":{"type":"string"}}}}`, `{"a":[null,1,"x","y"]}`},
		{`{"properties":{"a":{"items":[{"type":"null"}]}}}`, `{"a":[]}`},
		{`{"properties":{"a":{"uniqueItems":true,"minItems":2}}}`, `{"a":[1,"1",true,null,"a\"b",1.5,0.15,15]}`},
		{`{"properties":{"é":{},"a\"b😀":{"type":"integer"},"c":{}},"required":["a\"b😀"],"additionalProperties":false}`, `{"\u00e9":1,"a\"b\ud83d\ude00":2,"c":3}`},
		{`{"properties":{"é":{},"a\"b😀":{"type":"integer"},"c":{}},"required":["a\"b😀"],"additionalProperties":false}`, `{"é":1,"a\"b😀":2,"c":3}`},
		{`{"properties":{"é":{},"c":{}},"required":["é"],"additionalProperties":false}`, `{"c":1,"\u00E9":2}`},
		{wideSchema(1000), wideRecord(1000)},
	} {
		s, err := Compile([]byte(c.schema), nil)
		if err != nil {
			t.Errorf("%s: %v", c.schema, err)
			continue
		}
		var p Prover
		for _, record := range []string{c.record, strings.ReplaceAll(strings.ReplaceAll(c.record, ":", " : "), ",", " ,\t")} {
			if strings.Contains(c.record, "T12:") && record != c.record {
				continue // the text of a value changed
			}
			if end, ok := p.Prove(s, []byte(record), 0); !ok || end != len(record) {
				t.Errorf("%.300s does not prove %.300s", c.schema, record)
			}
		}
	}
}

func wideSchema(n int) string {
	var b strings.Builder
	b.WriteString(`{"type":"object","required":["c0"],"properties":{`)
	for i := range n {
		fmt.Fprintf(&b, `%s"c%d":{"type":["null","integer"]}`, strings.Repeat(",", min(i, 1)), i)
	}
	return b.String() + "}}"
}

func wideRecord(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `%s"c%d":%d`, strings.Repeat(",", min(i, 1)), i, i)
	}
	return "{" + b.String() + "}"
}

// TestRepeatedKeys has keys twice. Where all of their values are valid the last one is,
// and where it does not matter how many there are.
func TestRepeatedKeys(t *testing.T) {
	for _, c := range []struct {
		schema, record   string
		proven, repeated bool
	}{
		{`{}`, `{"a":1,"b":{"a":2,"c":[{"a":1},{"a":1}]}}`, true, false},
		{`{}`, `{"a":1,"a":2}`, true, true},
		{`{"properties":{"a":{}}}`, `{"a":1,"a":2}`, true, true},
		{`{}`, `{"a":{"b":1,"b":2}}`, true, true},
		{`{}`, `{"\u0061":1,"a":2}`, true, true},
		{`{"properties":{"é":{}}}`, `{"\u00e9":1,"é":2}`, true, true},
		{`{"properties":{"é":{}}}`, `{"\u00E9":1,"é":2}`, true, true},
		{wideSchema(100), strings.ReplaceAll(wideRecord(100), `"c99":99`, `"c98":1`), true, true},
		{`{"properties":{"a":{"type":"integer"}}}`, `{"a":1,"a":"x"}`, false, true},
		{`{"properties":{"a":{"type":"integer"}}}`, `{"a":"x","a":1}`, false, false},
		{`{"properties":{"a":{}},"required":["b"]}`, `{"a":1,"a":1}`, false, true},
		{`{"properties":{"a":{},"b":{}},"minProperties":2}`, `{"a":1,"a":1}`, false, true},
		{`{"properties":{"a":{},"b":{}},"minProperties":2,"maxProperties":2}`, `{"a":1,"b":2,"a":1}`, true, true},
		{`{"minProperties":2}`, `{"a":1,"a":1}`, false, true},
		{`{"maxProperties":1}`, `{"a":1,"a":1}`, false, true},
		{`{"properties":{"o":{"anyOf":[{"properties":{"a":{"type":"null"}},"type":"object"},{"properties":{"a":{"type":"integer"}},"type":"object"}]}}}`, `{"o":{"a":null,"a":1}}`, false, true},
	} {
		s, err := Compile([]byte(c.schema), nil)
		if err != nil {
			t.Fatal(err)
		}
		var p Prover
		if _, ok := p.Prove(s, []byte(c.record), 0); ok != c.proven || p.Repeated() != c.repeated {
			t.Errorf("%.300s, %.300s: proven %v, repeated %v", c.schema, c.record, ok, p.Repeated())
		}
	}
}

// TestDoesNotProve is about what only the library may judge, right or wrong.
func TestDoesNotProve(t *testing.T) {
	for _, c := range []struct {
		schema, record string
		keys           []string
	}{
		{`{}`, "{\"a\":\"\xff\"}", nil},
		{`{"properties":{"é":{"type":"null"}}}`, `{"\u00E9":1}`, nil},
		{`{"properties":{"é":{}}}`, `{"\u00e9":null}`, []string{"é"}},
		{`{}`, `{"\ud800":1}`, nil},
		{`{}`, `{"a":1e9999}`, nil},
		{`{"properties":{"a":{"anyOf":[{"const":1},{"type":"number"}]}}}`, `{"a":1e400}`, nil},
		{`{"properties":{"a":{"anyOf":[{"const":1},{"type":"number"}]}}}`, `{"a":123e306}`, nil},
		{`{"properties":{"a":{"anyOf":[{"properties":{"b":{"const":1}},"required":["c"]},{}]}}}`, `{"a":{"b":[1.5e308]}}`, nil},
		{`{"properties":{"a":{"oneOf":[{"properties":{"b":{"const":1}},"required":["c"]},{"required":["d"]}]}}}`, `{"a":{"b":[1e400],"d":1}}`, nil},
		{`{}`, `{"a":` + strings.Repeat("9", 1000) + `}`, nil},
		{`{}`, `{"a":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`, nil},
		{`{}`, `{"a":01}`, nil},
		{`{}`, `{"a":1.}`, nil},
		{`{}`, `{"a":tru}`, nil},
		{`{}`, `{"a"}`, nil},
		{`{}`, `{"a":1,}`, nil},
		{`{}`, `{"a":1`, nil},
		{`{}`, `{"a":[1,]}`, nil},
		{`{}`, `[]`, nil},
		{`{}`, `{"a":1}`, []string{"id"}},
		{`{"properties":{"id":{}}}`, `{"id":null}`, []string{"id"}},
		{`{"properties":{"a":false}}`, `{"a":""}`, nil},
		{`{"properties":{"a":{"items":false}}}`, `{"a":[""]}`, nil},
		{`{"properties":{"a":{"allOf":[false]}}}`, `{"a":""}`, nil},
		{`{"required":["b"]}`, `{"a":1}`, nil},
		{`{"additionalProperties":false}`, `{"a":1}`, nil},
		{`{"properties":{"a":{"type":"integer"}}}`, `{"a":1.5}`, nil},
		{`{"properties":{"a":{"type":"integer"}}}`, `{"a":1e-2}`, nil},
		{`{"properties":{"a":{"maximum":100}}}`, `{"a":1.01e2}`, nil},
		{`{"properties":{"a":{"multipleOf":0.01}}}`, `{"a":1e-3}`, nil},
		{`{"properties":{"a":{"not":{"type":"null"}}}}`, `{"a":null}`, nil},
		{`{"properties":{"a":{"not":{"type":["object","integer"]}}}}`, `{"a":{}}`, nil},
		{`{"properties":{"a":{"not":{"minimum":5}}}}`, `{"a":1}`, nil},
		{`{"patternProperties":{"^a":{"type":"null"}}}`, `{"a":1}`, nil},
		{`{"patternProperties":{"^a":{"type":"null"}}}`, `{"\u0061":1}`, nil},
		{`{"patternProperties":{"^a":{}},"additionalProperties":false}`, `{"a":1,"b":2}`, nil},
		{`{"properties":{"ab":{}},"patternProperties":{"^a":{"type":"null"}}}`, `{"ab":1}`, nil},
		{`{"patternProperties":{".+":{"type":"null"}},"additionalProperties":{"type":"integer"}}`, `{"a\nb":1}`, nil},
		{`{"patternProperties":{"^.+$":{"type":"null"}},"additionalProperties":{"type":"integer"}}`, `{"a\nb":null}`, nil},
		{`{"properties":{"a":{"anyOf":[{"required":["b"]},{"required":["c"]}]}}}`, `{"a":{"d":1}}`, nil},
		{`{"properties":{"a":{"oneOf":[{"required":["b"]},{"required":["c"]}]}}}`, `{"a":{"b":1,"c":1}}`, nil},
		{`{"properties":{"a":{"items":[{"type":"null"},{"type":"integer"}],"additionalItems":false}}}`, `{"a":[null,1,2]}`, nil},
		{`{"properties":{"a":{"items":[{"type":"null"},{"type":"integer"}]}}}`, `{"a":[1]}`, nil},
		{`{"properties":{"a":{"uniqueItems":true}}}`, `{"a":["a","b","\u0061"]}`, nil},
		{`{"properties":{"a":{"uniqueItems":true}}}`, `{"a":[1,2,1.0]}`, nil},
		{`{"properties":{"a":{"uniqueItems":true}}}`, `{"a":[9007199254740992,9007199254740993]}`, nil},
		{`{"properties":{"a":{"uniqueItems":true}}}`, `{"a":[1e-998,1e-999]}`, nil},
		{`{"properties":{"a":{"uniqueItems":true}}}`, `{"a":[[1],[1]]}`, nil},
	} {
		s, err := Compile([]byte(c.schema), c.keys)
		if err != nil {
			t.Errorf("%s: %v", c.schema, err)
			continue
		}
		var p Prover
		if _, ok := p.Prove(s, []byte(c.record), 0); ok {
			t.Errorf("%.300s proves %.300s", c.schema, c.record)
		}
	}
}

func TestSlowNamesTheKeyword(t *testing.T) {
	s, err := Compile([]byte(`{"properties":{"a":{"not":{}},"b":{"contains":{}},"c":{"uniqueItems":true},"d":{"not":{"type":"string"}}}}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"contains", "not"}; !slices.Equal(s.Slow(), want) {
		t.Errorf("%q, want %q", s.Slow(), want)
	}
}

func TestProveDoesNotAllocate(t *testing.T) {
	s, err := Compile([]byte(wideSchema(100)), []string{"c1"})
	if err != nil {
		t.Fatal(err)
	}
	place := &spans.Place{Members: []*spans.Place{{Name: "c1"}, {Name: "c99"}, {Name: "none"}}}
	spans.Number(place)
	s.NoteFor(func() *spans.Place { return place })
	record := []byte(wideRecord(100))
	var p Prover
	if n := testing.AllocsPerRun(100, func() {
		if _, ok := p.Prove(s, record, 0); !ok {
			t.Fatal("not proven")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkProve(b *testing.B) {
	for _, columns := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("columns=%d", columns), func(b *testing.B) {
			s, err := Compile([]byte(wideSchema(columns)), []string{"c1"})
			if err != nil {
				b.Fatal(err)
			}
			record := []byte(wideRecord(columns))
			var p Prover
			b.SetBytes(int64(len(record)))
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := p.Prove(s, record, 0); !ok {
					b.Fatal("not proven")
				}
			}
		})
	}
}
