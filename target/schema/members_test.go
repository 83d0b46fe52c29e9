package schema

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"target-s3/target/spans"
)

// What a Prover expects, it has from the records before. What it says of one must
// not show it.

const expectingSchema = `{"properties":{"a":{},"ab":{"type":["null","string"],"maxLength":9},"a ":{"type":["null","integer","string"],"minimum":-5},
	"é":{"type":["null","number"],"maximum":7.5},"o":{"type":["null","object"],"properties":{"a":{"type":["null","string"]},"b":{"type":"integer"}}},
	"l":{"type":["null","array"],"items":{"type":["object","integer","string"],"properties":{"a":{},"aa":{"type":"boolean"}}}},
	"twenty bytes of name":{"type":["null","boolean"]},"twenty bytes of names":{"type":"integer"}%s}}`

// The names of those, what may be written for one of them, and others.
var expectedNames = []string{"a", "ab", "a ", "é", "o", "l", "twenty bytes of name", "twenty bytes of names", "a", "ab", "twenty bytes of name\\n", `\u0061`, `a\"b`, "aB", "", "abc"}

// Values: of them some end as what follows them begins.
var expectedValues = []string{
	"null", "true", "1", "-3", "7.50", "1e3", `""`, `"x"`, `", "`, `"\", \"ab\": 1"`, `"x\\"`, `"x\\\""`, `"a\":"`, `"12345678"`, `"long and longer and longer\n"`, `"äö"`, `"\u00e9"`,
	`{}`, `{"a":"x","b":2}`, `{"b":2,"a":null}`, `{"b":1,"c":{"d":[]}}`, `[]`, `[1,2,3]`, `[{"a":1,"aa":true},{"aa":false}]`, `["x","y"]`, `[{}]`, `1}`, `"x" "y"`, `[1,]`, `{"a":1,}`, "",
}

// fittingValues are those that the schema allows.
var fittingValues = map[string][]string{
	"a": expectedValues[:23], "ab": {"null", `""`, `"x"`, `", "`, `"x\\"`, `"a\":"`, `"12345678"`}, "a ": {"null", "1", "-3", `"x\\"`, `", "`},
	"é": {"null", "1", "7.50", "-3"}, "o": {`{}`, "null", `{"a":"x","b":2}`, `{"b":2,"a":null}`, `{"b":1,"c":{"d":[]}}`},
	"l":                    {"null", `[]`, `[1,2,3]`, `[{"a":1,"aa":true},{"aa":false}]`, `["x","y"]`, `[{}]`},
	"twenty bytes of name": {"null", "true", "false"}, "twenty bytes of names": {"1", "-20", "1234567", "12345678", "0"},
}

// expectedRecord writes a record. In places it is spaced in an odd way.
func (c *choices) expectedRecord() []byte {
	gap := pick(c, []string{"", " "})
	odd := pick(c, []int{0, 0, 5, 40})
	space := func(usual string) string {
		if c.of(100) < odd {
			return pick(c, []string{"", " ", "  ", "\t", "\r ", " \n"})
		}
		return usual
	}
	names := expectedNames[:8]
	if c.of(4) == 0 {
		names = slices.Clone(expectedNames)
		rand.New(rand.NewPCG(uint64(c.of(200)), 1)).Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		names = names[:c.of(len(names))]
	}
	var b strings.Builder
	b.WriteString("{" + space(""))
	for i, name := range names {
		if c.of(8) == 0 {
			continue
		}
		if i > 0 && b.Len() > 1 {
			comma := ","
			if c.of(100) < odd/5 {
				comma = pick(c, []string{"", ";", ",,", "}", "x"})
			}
			b.WriteString(space("") + comma + space(gap))
		}
		b.WriteString(`"` + name + `"` + space("") + ":" + space(gap))
		value := pick(c, expectedValues)
		if fits := fittingValues[name]; fits != nil && c.of(20) > 0 {
			value = pick(c, fits)
		}
		for _, token := range strings.SplitAfter(value, ",") {
			b.WriteString(token)
			if strings.HasSuffix(token, ",") && !strings.Contains(value, `\`) {
				b.WriteString(gap)
			}
		}
	}
	b.WriteString(space("") + "}")
	return []byte(b.String())
}

// checkExpecting puts records to one Prover, and each to one that has seen none, of
// a schema that has seen none.
func checkExpecting(t *testing.T, data []byte) (proven int) {
	t.Helper()
	c := &choices{data: data}
	text := fmt.Appendf(nil, expectingSchema, pick(c, []string{"", "", `},"additionalProperties":{"type":["null","string"]`, `},"required":["a"],"more":{`}))
	keys := pick(c, [][]string{nil, nil, {"a"}, {"other"}})
	place := c.place(3)
	spans.Number(place)
	compiled := func() *Schema {
		s, err := Compile(text, keys)
		if err != nil {
			t.Fatal(err)
		}
		s.NoteFor(func() *spans.Place { return place })
		return s
	}
	s := compiled()
	var p Prover
	for range 6 {
		record := c.expectedRecord()
		var fresh Prover
		end, yes := p.Prove(s, record, 0)
		wantEnd, want := fresh.Prove(compiled(), record, 0)
		if yes != want || (yes && end != wantEnd) {
			t.Fatalf("%s: proven %v to %d, by one that expects nothing %v to %d", record, yes, end, want, wantEnd)
		}
		cut := len(record) * c.of(100) / 100
		if end, yes := p.Prove(s, slices.Concat(record, record)[:cut], 0); yes && !json.Valid(record[:min(end, cut)]) {
			t.Fatalf("%s: proven to %d, although it is cut", record[:cut], end)
		}
		if _, yes = p.Prove(s, record, 0); yes != want {
			t.Fatalf("%s: the second time proven is %v", record, yes)
		}
		if yes {
			proven++
			if !json.Valid(record[:end]) {
				t.Fatalf("%s: proven to %d", record, end)
			}
			if p.Others() != fresh.Others() || p.Repeated() != fresh.Repeated() {
				t.Fatalf("%s: others %v, repeated %v; by one that expects nothing %v, %v", record, p.Others(), p.Repeated(), fresh.Others(), fresh.Repeated())
			}
			if !p.Repeated() {
				checkNotes(t, &p, place, record[:end])
			}
		}
	}
	return proven
}

// FuzzExpecting holds that what is expected never changes what is proven.
func FuzzExpecting(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		f.Add(randomBytes(r))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkExpecting(t, data) })
}

// TestExpecting does it often, and sees that enough is proven.
func TestExpecting(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	rounds, proven := 1_000, 0
	if Fewer() {
		rounds = 250
	}
	for range rounds {
		proven += checkExpecting(t, slices.Concat(randomBytes(r), randomBytes(r)))
	}
	if proven*2 < rounds*3 {
		t.Errorf("%d of %d records were proven", proven, 6*rounds)
	}
}

// TestLooksUpLittle counts the names that are taken apart: none once the records
// have shown how they are written.
func TestLooksUpLittle(t *testing.T) {
	for _, record := range []string{
		`{"a": 1, "ab": "x", "o": {"a": "x", "b": 2}, "l": [{"a": 1}, {"a": 2}]}`, `{"a":1,"ab":"x","o":{"a":"x","b":2},"l":[{"a":1},{"a":2}]}`,
	} {
		s, err := Compile(fmt.Appendf(nil, expectingSchema, ""), nil)
		if err != nil {
			t.Fatal(err)
		}
		var p Prover
		for range 2 {
			p.LookedUp = 0
			if _, ok := p.Prove(s, []byte(record), 0); !ok {
				t.Fatal(record, "is not proven")
			}
		}
		if p.LookedUp > 0 {
			t.Errorf("%s: %d names are looked up", record, p.LookedUp)
		}
	}
}
