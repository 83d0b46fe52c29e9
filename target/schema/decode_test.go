package schema

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"target-s3/singer/jsonscan"
)

// FuzzDecode holds that decoding gives what encoding/json gives.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		`{"a":[1,-0,1.50e3,"x\u00e9\ud83d\ude00\"",null,true,false,{},[],{"b":[[[]]]}],"a":{"\u0061":1,"a":2}}`,
		` [ 1 , "\ud800" , "\\" , {" ":"\n"} ] `, "\"\xff\xfe\xc3\"", "{\"\xff\":1,\"\xfe\":2}", `1e400`, `""`,
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
