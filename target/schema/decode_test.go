package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"target-s3/singer/jsonscan"
)

// FuzzDecode holds that decoding gives what encoding/json gives.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		`{"a":[1,-0,1.50e3,"x\u00e9\ud83d\ude00\"",null,true,false,{},[],{"b":[[[]]]}],"a":{"\u0061":1,"a":2}}`,
		` [ 1 , "\ud800" , "\\" , {" ":"\n"} ] `, "\"\xff\xfe\xc3\"", "{\"\xff\":1,\"\xfe\":2}", `1e400`, `""`,
		`{"a":{"b":"}"},"c":{"b":"}"},"d":{"b":"}x"},"e":[{"b":"}"},{"f":{"b":1}},{"f":{"b":1}}],"g":{"b":1},"h":{"b":1 }}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var scan jsonscan.Scanner
		if _, err := scan.Value(text, 0); err != nil || scan.Unusual&jsonscan.TooDeep != 0 {
			return
		}
		got, d, err := decode(text, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		want, err := trusted(text)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %v, encoding/json has %v", text, got, want)
		}
		if got, err := decodeSchema(text, newLeaves()); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %v, %v of a schema, encoding/json has %v", text, got, err, want)
		}
		if got, want := d.members == scan.Members, countMembers(want) == scan.Members; got != want {
			t.Errorf("%q: no member twice: %v, want %v", text, got, want)
		}
	})
}

func countMembers(v any) (n int) {
	switch v := v.(type) {
	case map[string]any:
		n = len(v)
		for _, e := range v {
			n += countMembers(e)
		}
	case []any:
		for _, e := range v {
			n += countMembers(e)
		}
	}
	return n
}

// TestDecodedSize holds that what is counted is what decoding allocates, and that
// decoding ends where there is no more memory.
func TestDecodedSize(t *testing.T) {
	elements := 100_000
	if Fewer() {
		elements = 20_000
	}
	list := func(element string) string { return "[" + strings.Repeat(element+",", elements) + element + "]" }
	for name, text := range map[string]string{
		"lists": list("[]"), "objects": list("{}"), "numbers": list("1"), "strings": list(`""`), "escapes": list(`"\u00e9\n"`), "nulls": list("null"),
		"lists of one": list("[1]"), "objects of one": list(`{"a":1}`), "objects of nine": list(`{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9}`),
		"long": list(`"` + strings.Repeat("x", 500) + `"`), "deep": strings.Repeat("[", 9_999) + strings.Repeat("]", 9_999),
		"wide": wideObject(elements, "1"), "just over a power of two": wideObject(57_400, "1"), "just below": wideObject(57_200, "1"),
	} {
		took := allocated(func() {
			_, d, err := decode([]byte(text), 1<<40)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: %.1f bytes a byte", name, float64(d.size)/float64(len(text)))
		})
		_, d, _ := decode([]byte(text), 1<<40)
		if took > 3*d.size+10_000 { // the stacks are copied as they grow
			t.Errorf("%s: %d bytes were allocated, %d counted", name, took, d.size)
		}
		if _, _, err := decode([]byte(text), d.size-1); err == nil {
			t.Errorf("%s: decoded into less memory than it takes", name)
		}
		if _, _, err := decode([]byte(text), d.size); err != nil {
			t.Errorf("%s: not decoded into what it takes: %v", name, err)
		}
	}
}

func wideObject(n int, value string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":%s`, i, value)
	}
	return "{" + b.String()[1:] + "}"
}

// allocated is how many bytes f allocates.
func allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// TestLeavesAreOne holds which objects of a schema are the same one: those that say the
// same, have no object in them and mean the same wherever they stand.
func TestLeavesAreOne(t *testing.T) {
	for text, one := range map[string]bool{
		`{"type":"string"}`: true, `{"type":["null","string"],"pattern":"^{a}$"}`: false, `{"enum":["a",1,null]}`: true, `{"minLength" : 1 }`: true,
		`{"items":{"type":"string"}}`: false, `{"anyOf":[{"type":"string"}]}`: false, `{"$ref":"#"}`: false, `{"$id":"#a"}`: false, `{"id":"a"}`: false,
		`{"title":"` + strings.Repeat("x", longestLeaf) + `"}`: false,
	} {
		doc, err := decodeSchema(fmt.Appendf(nil, `{"properties":{"a":%s,"b":%s}}`, text, text), newLeaves())
		if err != nil {
			t.Fatal(err)
		}
		both := asObject(asObject(doc)["properties"])
		if got := identity(asObject(both["a"])) == identity(asObject(both["b"])); got != one {
			t.Errorf("%s is one: %v", text, got)
		}
	}
}

// TestLeavesBesideNames compares with the library what references mean in schemas where
// parts and data say the same, and some of them have a name. It is the same as where
// no part says what another does.
func TestLeavesBesideNames(t *testing.T) {
	var tests []suiteTest
	for _, record := range []string{`{"p":1}`, `{"p":"x"}`, `{"p":{"p":1}}`, `{"p":{"p":"x"}}`, `{"q":1}`, `{"q":"x"}`} {
		tests = append(tests, suiteTest{Data: json.RawMessage(record)})
	}
	const template = `{"definitions":{"a":{"type":"integer"},"b":{NAME"type":"integer"}},"properties":{"p":{"$ref":"TARGET"},"q":{"KEYWORD":[1],"type":"integer"}},
		"items":{"KEYWORD":[{ID"a":{"type":"integer"},"b":[{"type":"integer"}],"type":"integer"}]},"KEYWORD":[{ID"a":{"type":"integer"},"b":[{"type":"integer"}],"type":"integer"}]}`
	keywords := []string{"default", "examples", "enum", "const", "unheard-of"}
	ids := []string{`"$id":"http://h/1",`, `"$id":"#x",`, `"id":"http://h/1",`, `"$id":"",`, `"$id":7,`, ``}
	targets := []string{"#/definitions/a", "#/definitions/b", "#/KEYWORD/0/a", "#/KEYWORD/0/b/0", "#/KEYWORD/0", "#/properties/q", "#x", "#"}
	accepted := 0
	var c Compiler
	for i := range len(keywords) * len(ids) * len(targets) * 2 {
		id := ids[i/len(keywords)%len(ids)]
		target := targets[i/len(keywords)/len(ids)%len(targets)]
		name := id
		if i%2 == 0 {
			name = ""
		}
		text := strings.NewReplacer("ID", id, "NAME", name, "TARGET", target).Replace(template)
		f := suiteForm{Schema: []byte(strings.ReplaceAll(text, "KEYWORD", keywords[i%len(keywords)]))}
		got := ours(t, &c, f, tests)
		if apart := ours(t, &c, suiteForm{Schema: titled(f.Schema)}, tests); !slices.Equal(got, apart) {
			t.Errorf("%s: got %v, %v where no part says what another does", f.Schema, got, apart)
		}
		if got[0] == refused {
			continue
		}
		accepted++
		if want := theirs(t, f, tests); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, the library has %v", f.Schema, got, want)
		}
	}
	if accepted < 200 {
		t.Errorf("%d schemas were compared", accepted)
	}
}

// titled makes each integer of a schema say something else.
func titled(text []byte) []byte {
	n := 0
	return regexp.MustCompile(`"integer"}`).ReplaceAllFunc(text, func([]byte) []byte {
		n++
		return fmt.Appendf(nil, `"integer","title":"%d"}`, n)
	})
}

// TestColumnsShareTheirRules counts what is allocated for another column: what is by
// name, and nothing for its rules, where others say the same.
func TestColumnsShareTheirRules(t *testing.T) {
	columns := func(n int, of string) float64 {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"c%d":`+of, i)
		}
		text := []byte(`{"properties":{"id":{}` + b.String() + `}}`)
		return testing.AllocsPerRun(1, func() {
			if _, err := Compile(text, nil); err != nil {
				t.Fatal(err)
			}
		})
	}
	const column = `{"type":["null","string"],"format":"date-time","maxLength":40}`
	if each := (columns(2000, column) - columns(1000, column)) / 1000; each > 20 {
		t.Errorf("%.1f allocations for each further column", each)
	}
}
