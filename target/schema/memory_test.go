package schema

import (
	"fmt"
	"regexp/syntax"
	"runtime"
	"strings"
	"testing"
)

// TestWhatIsMade holds that what a schema says that it takes is about what it takes,
// and that all of it can be forgotten.
func TestWhatIsMade(t *testing.T) {
	const copies, columns = 8, 30
	for _, kind := range []string{
		`{}`, `{"type":["null","string"],"maxLength":255}`, `{"enum":["a","b","see"]}`, `{"anyOf":[{"type":"string","format":"date-time"},{"type":"null"}]}`,
		`{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":["null","array"],"items":{"type":"number"}}}}`,
		`{"type":"string","pattern":"^[a-z\\p{L}]{1,10}$"}`, `{"type":"string","pattern":"x(a|b|c){1,20}"}`,
	} {
		t.Run(kind, func(t *testing.T) {
			var told int64
			schemas := make([]*Schema, copies)
			texts := make([][]byte, copies)
			for i := range texts {
				texts[i] = []byte(`{"properties":{` + numbered(columns, fmt.Sprintf(`"s%d_column#n":%s`, i, strings.ReplaceAll(kind, "#", fmt.Sprint(i)))) + `}}`)
			}
			before := heap()
			for i := range schemas {
				s, err := Compile(texts[i], nil)
				if err != nil {
					t.Fatal(err)
				}
				s.Watch(func(bytes int) { told += int64(bytes) })
				if _, err := s.Validate([]byte(`{}`), 0, 0, 1<<20); err != nil {
					t.Fatal(err)
				}
				schemas[i] = s
			}
			took := heap() - before
			if told < took/2 || told > took*4 {
				t.Errorf("it takes %d bytes a schema, and says %d", took/copies, told/copies)
			}
			for _, s := range schemas {
				s.Forget()
			}
			if left := heap() - before; left > took/10 {
				t.Errorf("%d of %d bytes are left of a schema that was forgotten", left/copies, took/copies)
			}
			var p Prover
			if _, proven := p.Prove(schemas[0], []byte(`{}`), 0); !proven {
				t.Error("nothing is proven afterwards")
			}
		})
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestPatternsThatTakeMuch has patterns whose usual compiled form takes megabytes: many
// are refused, for the library compiles them in that form, and few take no more than
// they must.
func TestPatternsThatTakeMuch(t *testing.T) {
	const large = `"#n":{"type":"string","pattern":"^[a-z\\p{L}]{1,60}$"}`
	if _, err := Compile([]byte(`{"properties":{`+numbered(80, large)+`}}`), nil); err == nil || !strings.Contains(err.Error(), "takes too much memory to compile") {
		t.Errorf("eighty columns: %v", err)
	}
	before := heap()
	s, err := Compile([]byte(`{"properties":{`+numbered(5, large)+`}}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	if took := heap() - before; took > 2<<20 {
		t.Errorf("five columns take %d MiB", took>>20)
	}
	for text, proven := range map[string]bool{"é": true, "": false, "a1": false, strings.Repeat("é", 60): true, strings.Repeat("é", 61): false, "a\\n": false} {
		var p Prover
		if _, got := p.Prove(s, []byte(`{"1":"`+text+`"}`), 0); got != proven {
			t.Errorf("%.20s: proven: %v", text, got)
		}
	}
}

// TestMemoryOfPatterns holds the estimate to what patterns take.
func TestMemoryOfPatterns(t *testing.T) {
	for _, text := range []string{
		`^[a-z\p{L}]{1,450}$`, `^\p{L}{1,450}$`, `[a-z\p{L}]{1,450}`, `^[a-z]{1,450}$`, `^(\p{L}|\d){1,300}$`, `(?i)^[\p{L}]{1,200}$`,
		`^(abc|def|ghi){1,100}$`, `^.{1,255}$`, `^\p{L}{20}$`, `(^(\p{L}\d){100})`,
	} {
		tree, err := syntax.Parse(text, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		said, _ := memoryOf(tree)
		before := heap()
		re, ours := newPattern(text, tree)
		took := heap() - before
		runtime.KeepAlive(re)
		if took > mostPattern+200_000 || int64(ours) < took/3 || said < took/3 {
			t.Errorf("%s takes %d bytes, it says %d, and %d in the usual form", text, took, ours, said)
		}
	}
}
