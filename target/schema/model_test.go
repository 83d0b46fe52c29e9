package schema

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/xeipuuv/gojsonschema"
)

// oddities are values of all kinds, for keywords that want others.
var oddities = []string{
	`null`, `true`, `false`, `0`, `1`, `-1`, `1.5`, `1.0`, `1e2`, `-0`, `1e400`, `1e-400`, `""`, `"a"`, `"string"`, `"(?=x)y"`, `"["`, `"%zz"`, `"#"`, `"#/a"`, `"date"`,
	`[]`, `[1]`, `[null]`, `["a"]`, `["a","a"]`, `["a","b"]`, `["string","null"]`, `["string","string"]`, `[{}]`, `[{},true]`, `[[]]`, `[1,1.0]`, `[{"type":"any"}]`,
	`{}`, `{"a":{}}`, `{"a":null}`, `{"a":1}`, `{"a":true}`, `{"a":["b"]}`, `{"a":[1]}`, `{"a":[]}`, `{"a":["b","b"]}`, `{"(":{}}`, `{"a":{"type":"any"}}`, `{"type":"any"}`, `{"type":1}`,
}

var allKeywords = []string{
	"$schema", "$id", "id", "title", "description", "$ref", "definitions", "type", "properties", "additionalProperties", "patternProperties", "propertyNames",
	"dependencies", "items", "additionalItems", "multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern", "format",
	"minProperties", "maxProperties", "required", "minItems", "maxItems", "uniqueItems", "contains", "const", "enum", "oneOf", "anyOf", "allOf", "not", "if", "then", "else",
	"default", "examples", "$comment", "$defs", "unheard-of",
}

// besides are what a keyword's value depends on.
var besides = map[string][]string{
	"exclusiveMinimum": {`,"minimum":1`}, "exclusiveMaximum": {`,"maximum":1`},
	"minLength": {`,"maxLength":0`}, "minItems": {`,"maxItems":0`}, "minProperties": {`,"maxProperties":0`},
}

// TestKeywords compares with the library which values each keyword may have, in
// each draft, and holds that the error names the keyword and what it is.
func TestKeywords(t *testing.T) {
	refusals := 0
	var c Compiler
	drafts := []string{"", "http://json-schema.org/draft-07/schema#", "http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-06/schema#"}
	if Fewer() {
		drafts = drafts[:2]
	}
	for _, draft := range drafts {
		for _, keyword := range allKeywords {
			for _, value := range oddities {
				for _, beside := range append(besides[keyword], "") {
					inner := fmt.Sprintf(`{%q:%s%s}`, keyword, value, beside)
					for place, text := range map[string]string{"": inner, "/definitions/d/items/0/properties/p~1q": `{"definitions":{"d":{"items":[{"properties":{"p/q":` + inner + `}}]}}}`} {
						if draft != "" {
							if place == "" && keyword == "$schema" {
								continue
							}
							text = fmt.Sprintf(`{"$schema":%q,%s`, draft, text[1:])
						}
						if compareKeyword(t, &c, text, place+"/"+keyword) {
							refusals++
						}
					}
				}
			}
		}
	}
	if refusals < 500*len(drafts) {
		t.Errorf("only %d schemas were refused", refusals)
	}
}

func compareKeyword(t *testing.T, c *Compiler, text, place string) (refused bool) {
	t.Helper()
	_, err := c.Compile([]byte(text), nil)
	var theirs error
	func() {
		defer func() {
			if p := recover(); p != nil {
				theirs = fmt.Errorf("%v", p)
			}
		}()
		doc, _ := trusted([]byte(text))
		loader := gojsonschema.NewSchemaLoader()
		if hybrid(doc, newLeaves()) {
			loader.AutoDetect = false
		}
		_, theirs = loader.Compile(offline{gojsonschema.NewRawLoader(doc)})
	}()
	if (err == nil) != (theirs == nil) && !differs(text) {
		t.Errorf("%s: got %v, the library says %v", text, err, theirs)
	}
	var e *Error
	switch {
	case err == nil:
		return false
	case !errors.As(err, &e) || strings.Contains(e.Error(), "cannot be compiled"):
		t.Errorf("%s: the error is the library's: %v", text, err)
	case !strings.HasPrefix(e.Place, place) && !strings.Contains(e.Error(), "changes what references mean"):
		t.Errorf("%s: the error is at %s, want %s: %v", text, e.Place, place, err)
	}
	return true
}

// differs is for what is refused here and not by the library, for the reasons that
// guard.go has.
func differs(text string) bool {
	return strings.Contains(text, `"$ref":"`)
}

func TestSchemaErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{"id":{"type":"integer"}}`:                                               "schema: /id must be a string, is an object",
		`{"properties":{"a":{"maxLength":-1}}}`:                                   "schema: /properties/a/maxLength must be an integer of at least 0, is -1",
		`{"properties":{"a":{"maxLength":1.5}}}`:                                  "schema: /properties/a/maxLength must be an integer of at least 0, is 1.5",
		`{"properties":{"a":null}}`:                                               "schema: /properties/a must be a schema (an object, true or false), is null",
		`{"properties":["a"]}`:                                                    "schema: /properties must be an object with schemas by name, is an array",
		`{"properties":{"a":{"$ref":"#/definitions/b"}}}`:                         `schema: /properties/a/$ref must lead to a schema, "#/definitions/b" leads nowhere`,
		`{"properties":{"a":{"$ref":"#/b"}},"b":7}`:                               `schema: /properties/a/$ref must lead to a schema, "#/b" leads to 7`,
		`{"properties":{"a":{"exclusiveMinimum":1e9999999}}}`:                     "schema: /properties/a/exclusiveMinimum must be a number with an exponent of at most 1000000, is 1e9999999",
		`{"properties":{"a":{"multipleOf":1e-10000}}}`:                            "schema: /properties/a/multipleOf must be a number with an exponent of at most 9999 and at most 10000 digits, is 1e-10000",
		`{"minLength":3,"maxLength":2}`:                                           "schema: /minLength must not be greater than maxLength, is 3, and that is 2",
		`{"required":["a","b","a"]}`:                                              `schema: /required/2 must not be in the list twice, "a" is`,
		`{"enum":[1,2,1.0]}`:                                                      "schema: /enum/2 must not be in the list twice, 1.0 is",
		`{"exclusiveMaximum":true}`:                                               "schema: /exclusiveMaximum must not be true without maximum",
		`{"type":["string","any"]}`:                                               `schema: /type/1 must be one of "array", "boolean", "integer", "null", "number", "object" and "string", is "any"`,
		`{"properties":{"a":{"$id":"http://x/y"},"b":{"$ref":"#/properties/a"}}}`: "schema: /properties/a has an $id or depends on one, which changes what references mean; remove the $id",
		`{"pattern":"` + strings.Repeat("(", 70) + `"}`:                           "schema: /pattern must be a regular expression, \"" + strings.Repeat("(", 60) + "\"… (70 bytes) is not: error parsing regexp: missing closing ): `" + strings.Repeat("(", 70) + "` (look-ahead and back-references are not supported)",
	} {
		if _, err := Compile([]byte(text), nil); err == nil || err.Error() != want {
			t.Errorf("%s:\ngot  %v\nwant %s", text, err, want)
		}
	}
}
