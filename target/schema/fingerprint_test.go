package schema_test

import (
	"bytes"
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"target-s3/singer/jsonscan"
	"target-s3/target/schema"
)

func TestFingerprintIsOfTheMeaning(t *testing.T) {
	for name, texts := range map[string][]string{
		"order and space": {`{"type":"object","properties":{"a":{},"b":{"minimum":1}}}`, " {\n\"properties\" : { \"b\": {\"minimum\":1}, \"a\": { } }, \"type\":\"object\"}"},
		"escapes":         {`{"properties":{"é/":{"title":"x"}}}`, `{"properties":{"\u00e9\/":{"titl\u0065":"\u0078"}}}`},
		"types":           {`{"type":["null","string"]}`, `{"type":["string","null"]}`},
		"types below":     {`{"properties":{"type":{"type":["null","string"]}}}`, `{"properties":{"type":{"type":["string","null"]}}}`},
		"required":        {`{"items":[{"required":["a","b"]}]}`, `{"items":[{"required":["b","a"]}]}`},
		"required names":  {`{"properties":{"required":{"required":["a","b"]}}}`, `{"properties":{"required":{"required":["b","a"]}}}`},
		"repeated keys":   {`{"title":"a","title":"b"}`, `{"title":"b"}`},
	} {
		for _, text := range texts[1:] {
			if schema.Fingerprint([]byte(texts[0])) != schema.Fingerprint([]byte(text)) {
				t.Errorf("%s: %s and %s differ", name, texts[0], text)
			}
		}
	}
}

func TestFingerprintTellsApart(t *testing.T) {
	seen := map[[32]byte]string{}
	for _, text := range []string{
		`{}`, `[]`, `""`, `null`, `"null"`, `{"a":{}}`, `{"a":[]}`, `{"a":"1"}`, `{"a":1}`, `{"a":1.0}`, `{"a":null}`, `{"a":"null"}`, `{"a":[null]}`,
		`{"a":1,"b":2}`, `{"a":2,"b":1}`, `{"ab":1}`, `{"a":{"b":1}}`, `{"a":[1,2]}`, `{"a":[2,1]}`, `{"a":[[1],2]}`, `{"a":[[1,2]]}`,
		`{"title":"a","title":"b"}`, `{"title":"a"}`,
		`{"enum":["a","b"]}`, `{"enum":["b","a"]}`, // the first is the default of some readers
		`{"enum":[{"type":["a","b"]}]}`, `{"enum":[{"type":["b","a"]}]}`,
		`{"const":{"required":["a","b"]}}`, `{"const":{"required":["b","a"]}}`,
		`{"properties":{"type":["a","b"]}}`, `{"properties":{"type":["b","a"]}}`, // schemas, though none can be compiled
		`{"items":[{},{"type":"null"}]}`, `{"items":[{"type":"null"},{}]}`,
		`{"type":["null"]}`, `{"type":"null"}`, `{"required":["a"]}`, `{"required":["a","a"]}`,
		strings.Repeat(`{"a":`, 10_001) + `1` + strings.Repeat(`}`, 10_001), strings.Repeat(`{"a":`, 10_001) + `2` + strings.Repeat(`}`, 10_001),
	} {
		sum := schema.Fingerprint([]byte(text))
		if other, ok := seen[sum]; ok {
			t.Errorf("%.99s and %.99s are the same", text, other)
		}
		seen[sum] = text
	}
}

// TestFingerprintTakesLittle: of a schema of any size, and of any shape.
func TestFingerprintTakesLittle(t *testing.T) {
	for name, text := range map[string]string{
		"longest": `{"a":[` + strings.Repeat(`{"":{}},`, 500_000) + `0]}`,
		"members": `{` + strings.Repeat(`"":{},`, 600_000) + `"":0}`,
		"beyond":  `{` + strings.Repeat(`"":{},`, 3_000_000) + `"":0}`,
	} {
		if schema.Fewer() && name == "members" {
			continue // what is beyond the limit has more of them
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		schema.Fingerprint([]byte(text))
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 300<<20 { // most of it free again at once
			t.Errorf("%s: %d MiB", name, took>>20)
		}
	}
}

// FuzzFingerprint holds that decoding and encoding, which sorts members, spells
// out escapes and drops white space, leaves it as it is.
func FuzzFingerprint(f *testing.F) {
	f.Add([]byte(` {"type": ["null", "string"], "a": {"b": [1.0, 2e3, "\u00e9"], "a": null}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var scan jsonscan.Scanner
		if end, err := scan.Value(text, 0); err != nil || end != len(text) || scan.Unusual&^jsonscan.EscapedKey != 0 {
			return
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		var doc any
		if err := d.Decode(&doc); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if schema.Fingerprint(text) != schema.Fingerprint(again) {
			t.Errorf("%s and %s differ", text, again)
		}
	})
}
