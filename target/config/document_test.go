package config

import (
	"strings"
	"testing"
)

func TestDocuments(t *testing.T) {
	for doc, want := range map[string]string{
		"":                                `c.json:1:1: empty: must be a JSON object`,
		" \n\t":                           `c.json:1:1: empty: must be a JSON object`,
		"[]":                              `c.json:1:1: must be a JSON object, { … }`,
		"\n  \"s3_bucket\"":               `c.json:2:3: must be a JSON object, { … }`,
		"null":                            `c.json:1:1: must be a JSON object, { … }`,
		`{"s3_bucket": "abc"} x`:          `c.json:1:22: must be one JSON object, and there is more after its end`,
		"{\"s3_bucket\": \"abc\"}\n{}":    `c.json:2:1: must be one JSON object, and there is more after its end`,
		"{\n  \"s3_bucket\": \"abc\",\n}": `c.json:2:21: not JSON: a comma too many before }`,
		"{\"object_tags\": [1,\n\t]\n}":   `c.json:1:19: not JSON: a comma too many before ]`,
		"{}}":                             `c.json:1:3: must be one JSON object, and there is more after its end`,
		"{\"a\": 1]":                      `c.json:1:8: not JSON: invalid character ']' after object key:value pair`,
		"{\n  'a': 1}":                    `c.json:2:3: not JSON: names and texts must be in double quotes`,
		"{a: 1}":                          `c.json:1:2: not JSON: names and texts must be in double quotes`,
		"{\"a\": \"日本\" 1}":               `c.json:1:12: not JSON: invalid character '1' after object key:value pair`,
		"{\"a\": é}":                      `c.json:1:7: not JSON: invalid character 'é' looking for beginning of value`,
		`{"a": NaN}`:                      `c.json:1:7: not JSON: invalid character 'N' looking for beginning of value`,
		`{"a": "b`:                        `c.json:1:9: not JSON: unexpected end of JSON input`,
		"{\"a\": 1,\n":                    `c.json:2:1: not JSON: unexpected end of JSON input`,
		"{\"a\": \"\xff\"}":               `c.json:1:8: not UTF-8, as JSON must be`,
		"{\"s3_bucket\": \"abc\",\n \"s3_bucket\": \"abd\"}": `c.json:2:2: s3_bucket: occurs twice, first at c.json:1:2`,
		`{"s3_bucket": "abc", "s3_bu\u0063ket": "abd"}`:      `c.json:1:22: s3_bucket: occurs twice, first at c.json:1:2`,
	} {
		_, _, err := Load(JSON("c.json", []byte(doc)))
		if err == nil || err.Error() != want {
			t.Errorf("%q\ngot  %v\nwant %s", doc, err, want)
		}
	}
}

func TestDocumentIsLeftAsItWas(t *testing.T) {
	doc := []byte(`{"s3_bucket": "abc"}{"x"}`)
	before := string(doc)
	_, _, err := Load(JSON("c.json", doc))
	if string(doc) != before || err == nil {
		t.Errorf("%s %v", doc, err)
	}
}

func TestByteOrderMark(t *testing.T) {
	if _, _, err := Load(JSON("c.json", []byte("\ufeff{\"s3_bucket\": \"abc\"}"))); err != nil {
		t.Error(err)
	}
}

// TestBrokenDocument: what is missing may be in the part that was not read.
func TestBrokenDocument(t *testing.T) {
	_, _, err := Load(JSON("a.json", []byte(`{"s3_bucket": "abc"`)), JSON("b.json", []byte(`{"acl": 1, "external_id": "abc"}`)))
	if err == nil || strings.Contains(err.Error(), "required") || strings.Contains(err.Error(), "role_arn") ||
		!strings.Contains(err.Error(), "a.json:1:20: not JSON") || !strings.Contains(err.Error(), "b.json:1:2: acl 1: must be") {
		t.Error(err)
	}
}
