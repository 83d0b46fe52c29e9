package schema

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"target-s3/singer/jsonscan"
)

// TestSieve has objects, and scalars, of which one alternative of a oneOf must hold. What
// is proven is valid, and what is not proven though it is valid is named as such.
func TestSieve(t *testing.T) {
	const (
		shapes  = `{"type":"object","properties":{"kind":{"const":"circle"},"r":{"type":"number"}},"required":["kind"]},{"type":"object","properties":{"kind":{"const":"square"},"a":{"type":"number"}},"required":["kind"]},{"type":"null"}`
		needs   = `{"required":["a"],"properties":{"a":{"type":"string"}}},{"required":["b"],"properties":{"b":{"type":"integer"}}}`
		closed  = `{"properties":{"a":{},"b":{}},"additionalProperties":false},{"properties":{"a":{},"c":{}},"required":["c"]}`
		kinds   = `{"properties":{"v":{"type":["integer","null"]}}},{"properties":{"v":{"type":"string"}},"required":["v"]},{"properties":{"v":{"type":"object"}},"required":["v"]}`
		numbers = `{"properties":{"v":{"enum":[1,2]}},"required":["v"]},{"properties":{"v":{"enum":[3,true]}},"required":["v"]},{"properties":{"v":{"const":1.5}},"required":["v"]}`
		nested  = `{"properties":{"k":{"const":1},"o":{"oneOf":[{"required":["x"]},{"required":["y"]}]}},"required":["k"]},{"allOf":[{"$ref":"#/definitions/two"},{"required":["k"]}]}`
		both    = `{"required":["a"]},{"anyOf":[{"properties":{"b":{"type":"null"}}},{"properties":{"b":{"const":true}}}],"required":["b"]}`
	)
	for _, c := range []struct {
		alternatives, value string
		proven, valid       bool
	}{
		{shapes, `{"kind":"circle","r":1.5}`, true, true},
		{shapes, `{"r":1.5,"kind":"\u0073quare"}`, true, true},
		{shapes, `{"r":"x","kind":"square"}`, true, true},
		{shapes, `{"r":"x","kind":"circle"}`, false, false},
		{shapes, `{"kind":"oval"}`, false, false},
		{shapes, `{"r":1}`, false, false},
		{shapes, `{}`, false, false},
		{shapes, `null`, true, true},
		{shapes, `{"kind":"circle","kind":"square"}`, false, true},
		{shapes, `{"kind":"square","kind":"circle"}`, false, true},
		{shapes, `{"kind":"square","kind":7}`, false, false},
		{shapes, `{"k\u0069nd":"square","a":1}`, true, true},
		{needs, `{"a":"x"}`, true, true},
		{needs, `{"b":1}`, true, true},
		{needs, `{"a":1,"b":1}`, true, true},
		{needs, `{"a":"x","b":"x"}`, true, true},
		{needs, `{"a":"x","b":1}`, false, false},
		{needs, `{"c":1}`, false, false},
		{closed, `{"a":1,"c":1}`, true, true},
		{closed, `{"a":1,"b":1}`, true, true},
		{closed, `{"a":1,"d":1,"c":1}`, true, true},
		{closed, `{"a":1,"d":1}`, false, false},
		{kinds, `{"v":1}`, true, true},
		{kinds, `{"v":1.0}`, true, true},
		{kinds, `{"v":"x"}`, true, true},
		{kinds, `{"v":{}}`, true, true},
		{kinds, `{"v":null}`, true, true},
		{kinds, `{}`, true, true},
		{kinds, `{"v":[]}`, false, false},
		{kinds, `{"v":1.5}`, false, false},
		{numbers, `{"v":2}`, false, true}, // 1.5 is not written as integers are
		{numbers, `{"v":null}`, false, false},
		{numbers, `{"v":true}`, true, true},
		{numbers, `{"v":false}`, false, false},
		{numbers, `{"v":2.0}`, false, true},
		{numbers, `{"v":1.5}`, false, true},
		{nested, `{"k":1,"o":{"x":1}}`, true, true},
		{nested, `{"k":1,"o":{"x":1,"y":1}}`, false, false},
		{nested, `{"k":2}`, true, true},
		{nested, `{"k":3}`, false, false},
		{both, `{"a":1}`, true, true},
		{both, `{"b":null}`, true, true},
		{both, `{"b":true}`, true, true},
		{both, `{"b":1,"a":1}`, false, true}, // the anyOf in an alternative refuses nothing
		{`{},{"required":["a"]}`, `{"b":1}`, true, true},
		{`{},{"required":["a"]}`, `{"a":1}`, false, false},
		{`{"enum":["a","b"]},{"enum":["b","c"]},{"type":"null"}`, `"a"`, true, true},
		{`{"enum":["a","b"]},{"enum":["b","c"]},{"type":"null"}`, `"c"`, true, true},
		{`{"enum":["a","b"]},{"enum":["b","c"]},{"type":"null"}`, `"b"`, false, false},
		{`{"const":1,"title":"one"},{"const":2,"title":"two"}`, `2`, true, true},
		{`{"const":1},{"type":"integer"}`, `2`, true, true},
		{`{"const":1},{"type":"integer"}`, `1`, false, false},
	} {
		text := fmt.Sprintf(`{"properties":{"o":{"oneOf":[%s]}},"definitions":{"two":{"properties":{"k":{"enum":[2]}}}}}`, c.alternatives)
		s, err := Compile([]byte(text), nil)
		if err != nil {
			t.Fatal(text, err)
		}
		record := []byte(`{"o": ` + c.value + `}`)
		var p Prover
		if _, proven := p.Prove(s, record, 0); proven != c.proven {
			t.Errorf("%s, %s: proven %v", c.alternatives, c.value, proven)
		}
		var scan jsonscan.Scanner
		if _, err := scan.Value(record, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Validate(record, scan.Unusual, scan.Members, 1<<30); (err == nil) != c.valid {
			t.Errorf("%s, %s: the library says %v", c.alternatives, c.value, err)
		}
	}
}

// TestSieveProvesOften compares with the library on many a oneOf of objects, and keeps
// the fuzz test from proving none.
func TestSieveProvesOften(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var p Prover
	valid, proven := 0, 0
	for range 500 {
		c := &choices{data: randomBytes(r)}
		var alternatives string
		c.told(func(format string, args ...any) { alternatives = fmt.Sprintf(format, args...) })
		text := `{"properties":{"a":{` + alternatives + `}},"additionalProperties":false}`
		s, err := Compile([]byte(text), nil)
		if err != nil {
			t.Fatal(text, err)
		}
		for range 20 {
			record := []byte(`{"a": ` + c.object(2) + `}`)
			var scan jsonscan.Scanner
			if _, err := scan.Value(record, 0); err != nil {
				t.Fatal(err)
			}
			_, err := s.Validate(record, scan.Unusual, scan.Members, 1<<30)
			_, yes := p.Prove(s, record, 0)
			if yes && err != nil {
				t.Fatalf("%s proves %s, but the library says %v", text, record, err)
			}
			if s.proven().plan.object.byName["a"].node.sieve != nil && err == nil {
				valid++
				if yes {
					proven++
				}
			}
		}
	}
	t.Logf("of %d valid objects %d are proven", valid, proven)
	if valid < 1000 || proven*2 < valid {
		t.Errorf("of %d valid objects %d are proven", valid, proven)
	}
}

// TestSieveOfDrafts holds that what a draft does not have refuses nothing.
func TestSieveOfDrafts(t *testing.T) {
	for draft, want := range map[string]bool{"04": false, "06": true, "07": true} {
		s, err := Compile(fmt.Appendf(nil, `{"$schema":"http://json-schema.org/draft-%s/schema#","properties":{"o":{"oneOf":[
			{"properties":{"a":{"const":1}}},{"properties":{"a":{"const":2}}}]}}}`, draft), nil)
		if err != nil {
			t.Fatal(err)
		}
		var p Prover
		if _, proven := p.Prove(s, []byte(`{"o":{"a":2}}`), 0); proven != want {
			t.Errorf("draft %s: proven %v", draft, proven)
		}
	}
}

// TestDraftsDoNotShareConst has the same schemas in drafts that make something else of
// them, one after the other.
func TestDraftsDoNotShareConst(t *testing.T) {
	var c Compiler
	for _, draft := range []string{"07", "04", "07", "04"} {
		s, err := c.Compile(fmt.Appendf(nil, `{"$schema":"http://json-schema.org/draft-%s/schema#","properties":{"a":{"const":1},"b":{"oneOf":[{"const":1},{"type":"integer"}]}}}`, draft), nil)
		if err != nil {
			t.Fatal(err)
		}
		record := []byte(`{"b":2}`)
		_, err = s.Validate(record, 0, 1, 1<<20)
		var p Prover
		if _, proven := p.Prove(s, record, 0); proven != (err == nil) || proven != (draft == "07") {
			t.Errorf("draft %s: proven %v, the library says %v", draft, proven, err)
		}
	}
}

// TestManyAlternatives has more of them than a value would be tried on.
func TestManyAlternatives(t *testing.T) {
	for n, want := range map[int]bool{2: true, 20: true, maxSieved: true, maxSieved + 1: false, 100: false} {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"type":"object","properties":{"k":{"const":"%d"},"v":{"type":"integer"}},"required":["k","v"]}`, i))
		}
		s, err := Compile(fmt.Appendf(nil, `{"properties":{"l":{"items":{"oneOf":[%s]}}}}`, strings.Join(list, ",")), nil)
		if err != nil {
			t.Fatal(err)
		}
		var p Prover
		if _, proven := p.Prove(s, fmt.Appendf(nil, `{"l":[{"k":"0","v":1},{"v":1,"k":"%d"}]}`, n-1), 0); proven != want {
			t.Errorf("%d alternatives: proven %v, and slow is %q", n, proven, s.Slow())
		}
		if slow := len(s.Slow()) > 0; slow == want {
			t.Errorf("%d alternatives: slow is %q", n, s.Slow())
		}
	}
}

// TestMoreAlternativesThanBits has one of a oneOf after many others: it is not to be
// forgotten that it must not hold.
func TestMoreAlternativesThanBits(t *testing.T) {
	for n, want := range map[int]bool{10: true, 100: false} {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"anyOf":[{"type":"object","properties":{"a%d":{}},"required":["a"]}]}`, i))
		}
		s, err := Compile(fmt.Appendf(nil, `{"properties":{"o":{"allOf":[%s,{"oneOf":[{"type":"object","required":["b"]},{"type":"object","required":["c"]}]}]}}}`, strings.Join(list, ",")), nil)
		if err != nil {
			t.Fatal(err)
		}
		var p Prover
		for record, one := range map[string]bool{`{"o":{"a":1,"b":1}}`: true, `{"o":{"a":1,"b":1,"c":1}}`: false, `{"o":{"b":1}}`: false} {
			if _, proven := p.Prove(s, []byte(record), 0); proven != (want && one) {
				t.Errorf("%d alternatives, %s: proven %v", n, record, proven)
			}
		}
	}
}

// TestLongListsAreKeptOnce has a long list that many alternatives refer to.
func TestLongListsAreKeptOnce(t *testing.T) {
	var values, alternatives strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&values, `,"v%d"`, i)
	}
	for i := range 30 {
		fmt.Fprintf(&alternatives, `,{"type":"object","required":["r%d"],"properties":{`, i)
		for k := range 50 {
			fmt.Fprintf(&alternatives, `%s"p%d":{"$ref":"#/definitions/list"}`, strings.Repeat(",", min(k, 1)), k)
		}
		alternatives.WriteString("}}")
	}
	text := fmt.Appendf(nil, `{"definitions":{"list":{"enum":[null%s]}},"properties":{"o":{"oneOf":[{"type":"null"}%s]}}}`, values.String(), alternatives.String())
	var s *Schema
	var err error
	if n := allocated(func() { s, err = Compile(text, nil) }); err != nil || n > 32<<20 {
		t.Errorf("%v, and %d MiB were allocated", err, n>>20)
	}
	var p Prover
	if _, proven := p.Prove(s, []byte(`{"o":{"r7":1,"p1":"v4999"}}`), 0); !proven {
		t.Error("not proven")
	}
}

// TestSlowOneOf has what a sieve is not for.
func TestSlowOneOf(t *testing.T) {
	for text, slow := range map[string]bool{
		`{"properties":{"a":{"oneOf":[{"properties":{"b":{"maxLength":1}}},{"properties":{"b":{"minLength":2}}}]}}}`:                                   true,
		`{"properties":{"a":{"oneOf":[{"type":"object","properties":{"b":{"type":"null"}}},{"type":"object","properties":{"b":{"type":"string"}}}]}}}`: false,
		`{"properties":{"a":{"oneOf":[{"items":{"type":"null"}},{"items":{"type":"string"}}]}}}`:                                                       true,
		`{"oneOf":[{"required":["a"]},{"required":["b"]}]}`:                                                                                            true,
	} {
		s, err := Compile([]byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(s.Slow(), ","); got != map[bool]string{true: "oneOf"}[slow] {
			t.Errorf("%s: slow is %q", text, got)
		}
	}
}

// TestSieveIsBounded has a value that is sifted again on each level.
func TestSieveIsBounded(t *testing.T) {
	s, err := Compile([]byte(`{"properties":{"o":{"$ref":"#/definitions/o"}},"definitions":{"o":{"oneOf":[{"required":["a"],"properties":{"a":{"$ref":"#/definitions/o"}}},{"required":["b"]}]}}}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	for levels, want := range map[int]bool{1: true, 5: true, 90: false} {
		var p Prover
		record := `{"o": ` + strings.Repeat(`{"a": `, levels) + `{"b": 1}` + strings.Repeat("}", levels+1)
		if _, proven := p.Prove(s, []byte(record), 0); proven != want {
			t.Errorf("%d levels: proven %v", levels, proven)
		}
	}
}
