package schema

import (
	"fmt"
	"strings"
	"testing"
)

// TestStreamsShareTheirRules counts what is allocated for another schema whose columns
// have other names and say what is known.
func TestStreamsShareTheirRules(t *testing.T) {
	var texts [][]byte
	for n := range 22 {
		text := []byte(`{"properties":{"id":{"type":"integer"}`)
		for i := range 20 {
			text = fmt.Appendf(text, `,"c%d_%d":{"type":["null","string"],"format":"date-time","maxLength":%d}`, i, n, 40+i)
		}
		texts = append(texts, append(text, "}}"...))
	}
	var c Compiler
	n := 0
	each := testing.AllocsPerRun(len(texts)-2, func() {
		s, err := c.Compile(texts[n], []string{"id"})
		if err != nil {
			t.Fatal(err)
		}
		if s.proven().plan.object.byName[fmt.Sprintf("c1_%d", n)].node.only.max != 41 {
			t.Error("the column has another rule")
		}
		n++
	})
	if each > 400 { // 253 were counted, and 1,258 where nothing is shared
		t.Errorf("%.0f allocations for each further schema of 20 columns", each)
	}
}

// TestSharedRulesAreBounded holds that what is never met again does not stay.
func TestSharedRulesAreBounded(t *testing.T) {
	var c Compiler
	for n := range 30 {
		var b strings.Builder
		for i := range 100 {
			fmt.Fprintf(&b, `,"c%d":{"type":"string","maxLength":%d}`, i, 100*n+i)
		}
		if _, err := c.Compile([]byte(`{"properties":{"id":{}`+b.String()+`}}`), nil); err != nil {
			t.Fatal(err)
		}
		if c.leaves != nil && len(c.leaves.byText) > maxLeaves {
			t.Fatalf("%d are kept", len(c.leaves.byText))
		}
	}
	for n := range 30 {
		if _, err := c.Compile(fmt.Appendf(nil, `{"properties":{"a":{"pattern":"^[a-z]{900}[0-9]{900}%d$"}}}`, n), nil); err != nil {
			t.Fatal(err)
		}
		if c.leaves != nil && c.leaves.bytes > maxLeafBytes {
			t.Fatalf("%d bytes are kept", c.leaves.bytes)
		}
	}
}

// TestSharedRulesOfDrafts has the same column judged by what the draft of each schema
// makes of it, whichever comes first.
func TestSharedRulesOfDrafts(t *testing.T) {
	const template = `{"$schema":"http://json-schema.org/draft-0%d/schema#","properties":{"a":{"type":"number","exclusiveMinimum":7}}}`
	var c Compiler
	for _, draft := range []int{4, 6, 7, 4, 7} {
		if _, err := c.Compile(fmt.Appendf(nil, template, draft), nil); (err != nil) != (draft == 4) {
			t.Errorf("draft %d: %v", draft, err)
		}
	}
}
