package schema

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// trusted decodes as the library's own loaders do.
func trusted(text []byte) (doc any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return doc, d.Decode(&doc)
}

// suiteGroup is one schema of the JSON-Schema-Test-Suite and the data that the
// suite tries on it.
type suiteGroup struct {
	Draft, File string `json:"-"` // "draft7", "optional/format/date.json"
	Description string
	Schema      json.RawMessage
	Tests       []suiteTest
}

type suiteTest struct {
	Description string
	Data        json.RawMessage
	Valid       bool // in the suite's opinion, which gojsonschema does not always share
}

// name says which group it is, but for the draft: most are in all of them.
func (g suiteGroup) name() string { return g.File + ": " + g.Description }

// suiteDrafts are the folders of the suite and the $schema that they stand for.
var suiteDrafts = map[string]any{
	"draft4": "http://json-schema.org/draft-04/schema#",
	"draft6": "http://json-schema.org/draft-06/schema#",
	"draft7": "http://json-schema.org/draft-07/schema#",
}

// loadSuite reads the JSON-Schema-Test-Suite in testdata.
func loadSuite(tb testing.TB) []suiteGroup {
	tb.Helper()
	var all []suiteGroup
	for _, draft := range sortedKeys(suiteDrafts) {
		root := filepath.Join("testdata", "json-schema-test-suite", draft)
		for _, pattern := range []string{"*.json", "optional/*.json", "optional/format/*.json"} {
			files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
			if err != nil || len(files) == 0 {
				tb.Fatalf("%s has no files %s: %v", root, pattern, err)
			}
			for _, file := range files {
				name, _ := strings.CutPrefix(filepath.ToSlash(file), filepath.ToSlash(root)+"/")
				all = append(all, loadSuiteFile(tb, file, draft, name)...)
			}
		}
	}
	return all
}

func loadSuiteFile(tb testing.TB, path, draft, name string) []suiteGroup {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	var groups []suiteGroup
	if err := json.Unmarshal(text, &groups); err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
	for i := range groups {
		groups[i].Draft, groups[i].File = draft, name
	}
	return groups
}

// suiteForm is a way to put a group's schema and data to the program.
type suiteForm struct {
	Name    string
	Schema  []byte
	wrapped bool
}

// Record makes a record of a test's data.
func (f suiteForm) Record(data json.RawMessage) []byte {
	if !f.wrapped {
		return data
	}
	return slices.Concat([]byte(`{"v":`), data, []byte(`}`))
}

// forms are the group's schema as it is and with the $schema of its draft, and
// both of them as the schema of a property, which makes every datum part of an
// object, as it is in a record, and every schema an object, which true is not.
func (g suiteGroup) forms(tb testing.TB) []suiteForm {
	tb.Helper()
	doc, err := trusted(g.Schema)
	if err != nil {
		tb.Fatalf("%s %s %s: %v", g.Draft, g.File, g.Description, err)
	}
	inner := rebase(doc)
	wrapper := map[string]any{"type": "object", "properties": map[string]any{"v": inner}}
	var forms []suiteForm
	add := func(name string, doc any, wrapped bool) {
		text, err := json.Marshal(doc)
		if err != nil {
			tb.Fatal(err)
		}
		forms = append(forms, suiteForm{name, text, wrapped})
	}
	add("wrapped", wrapper, true)
	wrapper["$schema"] = suiteDrafts[g.Draft]
	add("wrapped, draft named", wrapper, true)
	if root, ok := doc.(map[string]any); ok {
		add("bare", root, false)
		if root["$schema"] == nil {
			root["$schema"] = suiteDrafts[g.Draft]
			add("bare, draft named", root, false)
		}
	}
	return forms
}

// rebase copies a schema that becomes the property v of another one, with the
// references to its root changed to match.
func rebase(schema any) any {
	switch schema := schema.(type) {
	case []any:
		out := make([]any, len(schema))
		for i, e := range schema {
			out[i] = rebase(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(schema))
		for key, e := range schema {
			ref, ok := e.(string)
			switch {
			case slices.Contains(literal, key):
				out[key] = e
			case key == "$ref" && ok && (ref == "#" || strings.HasPrefix(ref, "#/")):
				out[key] = "#/properties/v" + ref[1:]
			default:
				out[key] = rebase(e)
			}
		}
		return out
	}
	return schema
}
