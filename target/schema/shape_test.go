package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"target-s3/target/schema"
)

// TestShape is the table of types: what a property of each schema becomes.
func TestShape(t *testing.T) {
	const definitions = `,"definitions":{"money":{"type":"number","multipleOf":0.01},"tree":{"type":"object","properties":{"v":{"type":"integer"},"next":{"$ref":"#/definitions/tree"}}}}`
	for property, want := range map[string]string{
		`{}`:                                              "any",
		`true`:                                            "any",
		`{"type":"null"}`:                                 "any",
		`{"type":"nonsense"}`:                             "any",
		`{"type":"boolean"}`:                              "boolean",
		`{"type":["null","integer"]}`:                     "integer",
		`{"type":["integer","number"]}`:                   "number",
		`{"type":["integer","boolean"]}`:                  "text",
		`{"type":["string","integer"]}`:                   "text",
		`{"type":["string","object"]}`:                    "any",
		`{"enum":["a","b",null]}`:                         "text",
		`{"const":true}`:                                  "boolean",
		`{"type":"string","format":"uuid"}`:               "text",
		`{"type":"string","format":"time"}`:               "text",
		`{"type":"string","format":"date"}`:               "date",
		`{"type":["null","string"],"format":"date-time"}`: "date-time",
		`{"anyOf":[{"type":"string","format":"date-time"},{"type":"null"}]}`:                   "date-time",
		`{"anyOf":[{"type":"string","format":"date-time"},{"type":["string","null"]}]}`:        "text",
		`{"type":["null","string"],"anyOf":[{"format":"date-time"},{}]}`:                       "text",
		`{"type":["null","string"],"allOf":[{"format":"date-time"},{"maxLength":30}]}`:         "date-time",
		`{"oneOf":[{"type":"integer"},{"type":"object","properties":{"a":{}}}]}`:               "any",
		`{"type":["integer","string"],"format":"date-time"}`:                                   "text",
		`{"$ref":"#/definitions/money"}`:                                                       "decimal(38,2)",
		`{"$ref":"#/definitions/none"}`:                                                        "any",
		`{"$ref":"#/definitions/tree"}`:                                                        "{v:integer next:any}",
		`{"type":"integer","minimum":-9223372036854775808,"maximum":9223372036854775807}`:      "integer",
		`{"type":"integer","minimum":0,"maximum":9223372036854775808,"exclusiveMaximum":true}`: "integer",
		`{"type":"integer","minimum":0,"exclusiveMaximum":9223372036854775808}`:                "integer",
		`{"type":"integer","minimum":0,"maximum":18446744073709551615}`:                        "decimal(20,0)",
		`{"type":"integer","maximum":18446744073709551615}`:                                    "decimal(38,0)",
		`{"type":"integer","minimum":-1e60,"maximum":1e60}`:                                    "decimal(38,0)",
		`{"type":"number"}`:                                                         "number",
		`{"type":"number","minimum":0,"maximum":100}`:                               "number",
		`{"type":"number","multipleOf":0.01}`:                                       "decimal(38,2)",
		`{"type":"number","multipleOf":5e-1}`:                                       "decimal(38,1)",
		`{"type":"number","multipleOf":1e-09}`:                                      "decimal(38,9)",
		`{"type":"number","multipleOf":1e-17}`:                                      "number",
		`{"type":"number","multipleOf":100}`:                                        "decimal(38,0)",
		`{"type":"number","multipleOf":0.3333333333333333333333333333333333333333}`: "number",
		`{"type":"number","multipleOf":0.01,"maximum":1000,"exclusiveMaximum":true,"minimum":-1000,"exclusiveMinimum":true}`:  "decimal(5,2)",
		`{"type":"number","multipleOf":0.01,"exclusiveMaximum":1000,"exclusiveMinimum":-1000}`:                                "decimal(5,2)",
		`{"type":"number","multipleOf":0.01,"maximum":1000,"minimum":0}`:                                                      "decimal(6,2)",
		`{"type":"number","multipleOf":1e-38,"maximum":1e62,"exclusiveMaximum":true,"minimum":-1e62,"exclusiveMinimum":true}`: "number",
		`{"type":"number","multipleOf":1e-38,"maximum":1,"exclusiveMaximum":true,"minimum":-1,"exclusiveMinimum":true}`:       "decimal(38,38)",
		`{"type":"number","multipleOf":0.0001,"maximum":0.01,"minimum":0}`:                                                    "decimal(4,4)",
		`{"type":"number","precision":12,"scale":3}`:                                                                          "decimal(12,3)",
		`{"type":"number","precision":39,"scale":3}`:                                                                          "number",
		`{"type":["null","string"],"format":"singer.decimal"}`:                                                                "text",
		`{"type":["null","string"],"format":"x-singer.decimal","precision":38,"scale":18}`:                                    "decimal(38,18)",
		`{"type":["null","string"],"format":"singer.decimal","additionalProperties":{"scale_precision":"(12, 4)"}}`:           "decimal(12,4)",
		`{"type":["null","string","number"],"format":"singer.decimal","precision":10,"scale":2}`:                              "decimal(10,2)",
		`{"type":"array"}`:                                                                                      "any",
		`{"type":"array","items":{}}`:                                                                           "any",
		`{"type":"array","items":[{"type":"integer"}]}`:                                                         "any",
		`{"type":["null","array"],"items":{"type":"integer"}}`:                                                  "[integer]",
		`{"items":{"type":"array","items":{"type":"date"}}}`:                                                    "any",
		`{"items":{"type":"array","items":{"type":"string"}}}`:                                                  "[[text]]",
		`{"type":"array","items":{"anyOf":[{"type":"string"},{"type":"integer"}]}}`:                             "[text]",
		`{"type":"object"}`:                                                                                     "any",
		`{"type":"object","additionalProperties":{"type":"string"}}`:                                            "any",
		`{"properties":{"z":{"type":"string"},"a":{}}}`:                                                         "{z:text a:any}",
		`{"type":"object","properties":{"a":{"type":"array","items":{"properties":{"b":{"type":"boolean"}}}}}}`: "{a:[{b:boolean}]}",
		`{"anyOf":[{"type":"object","properties":{"a":{"type":"integer"}}},{"type":"object","properties":{"a":{"type":"string"},"b":{}}}]}`: "{a:text b:any}",
	} {
		shape := schema.ShapeOf([]byte(`{"properties":{"p":` + property + `}` + definitions + `}`))
		if len(shape.Properties) != 1 || shape.Properties[0].Name != "p" {
			t.Fatalf("%s: %v", property, shape)
		}
		if got := describe(shape.Properties[0].Shape); got != want {
			t.Errorf("%s: got %s, want %s", property, got, want)
		}
	}
}

func describe(s schema.Shape) string {
	switch s.Kind {
	case schema.Decimal:
		return fmt.Sprintf("decimal(%d,%d)", s.Precision, s.Scale)
	case schema.Object:
		var parts []string
		for _, p := range s.Properties {
			parts = append(parts, p.Name+":"+describe(p.Shape))
		}
		return "{" + strings.Join(parts, " ") + "}"
	case schema.Array:
		return "[" + describe(*s.Items) + "]"
	}
	return [...]string{"any", "boolean", "integer", "number", "", "text", "date-time", "date"}[s.Kind]
}

// TestShapeEnds is about schemas that would never end, or only after very long.
func TestShapeEnds(t *testing.T) {
	deep := strings.Repeat(`{"type":"object","properties":{"a":`, 100) + `{}` + strings.Repeat(`}}`, 100)
	if got := describe(schema.ShapeOf([]byte(deep))); strings.Count(got, "a:") != 24 {
		t.Errorf("%s", got)
	}
	wide := `{"properties":{"a":{"$ref":"#/definitions/d0"}},"definitions":{`
	for i := range 24 { // each refers to the next one ten times over
		wide += fmt.Sprintf(`"d%d":{"properties":{`, i)
		for j := range 10 {
			wide += fmt.Sprintf(`"p%d":{"$ref":"#/definitions/d%d"},`, j, i+1)
		}
		wide += `"end":{"type":"integer"}}},`
	}
	wide += `"d24":{}}}`
	if got := describe(schema.ShapeOf([]byte(wide))); strings.Count(got, ":") > 11_000 {
		t.Errorf("%d columns", strings.Count(got, ":"))
	}
	cycle := `{"properties":{"a":{"$ref":"#/properties/b"},"b":{"anyOf":[{"$ref":"#/properties/a"},{"type":"null"}]}}}`
	if got := describe(schema.ShapeOf([]byte(cycle))); got != "{a:any b:any}" {
		t.Errorf("%s", got)
	}
}

// TestColumnsOfLongNames: a name that is long must not be part of the names of
// thousands of columns.
func TestColumnsOfLongNames(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	var below strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&below, `"p%d":{},`, i)
	}
	text := `{"properties":{"a":{"properties":{` + below.String() + `"b":{}}},"` + long + `":{"properties":{` + below.String() + `"b":{}}}}}`
	fields := schema.Describe([]byte(text), nil).Fields()
	if len(fields) != 2 || len(fields[0].Fields) != 3001 || fields[1].Fields != nil {
		t.Errorf("%d fields, below %d and %d", len(fields), len(fields[0].Fields), len(fields[1].Fields))
	}
	properties := schema.ShapeOf([]byte(strings.ReplaceAll(text, `"properties"`, `"type":"object","properties"`))).Properties
	if len(properties) != 2 || len(properties[0].Shape.Properties) != 3001 || properties[1].Shape.Kind != schema.Any {
		t.Errorf("%d properties, %d below", len(properties), len(properties[0].Shape.Properties))
	}
}

// TestColumnsAreBounded: a column of Parquet takes memory, whatever is in it.
func TestColumnsAreBounded(t *testing.T) {
	var text strings.Builder
	text.WriteString(`{"properties":{"o":{"properties":{"a":{},"b":{}}}`)
	for i := range 30_000 {
		fmt.Fprintf(&text, `,"p%d":{}`, i)
	}
	text.WriteString(`}}`)
	if got := len(schema.ShapeOf([]byte(text.String())).Properties); got != 10_000-2 {
		t.Errorf("%d columns", got)
	}
}
