package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"target-s3/singer/jsonscan"
)

// heavy is a schema and a record that cost more than their size lets one think.
type heavy struct {
	schema, record string
	refused        string // of the schema, the place
	reason         string // of the record, its beginning; "": it is valid
}

const (
	tooLong  = "checking it against its schema would take"
	tooMany  = "it contradicts its schema in more than 1000 places"
	tooLarge = "it is too large to be checked against its schema: decoded, it takes more than"
)

func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strings.ReplaceAll(format, "#n", fmt.Sprint(i)))
	}
	return b.String()
}

func repeated(n int, element string) string { return strings.Repeat(element+",", n-1) + element }

// levels is a schema of so many levels. Each leads to the next twice.
func levels(n int, keyword string) string {
	var b strings.Builder
	b.WriteString(`{"$ref":"#/definitions/d0","definitions":{`)
	for i := range n {
		fmt.Fprintf(&b, `"d%d":{%q:[{"$ref":"#/definitions/d%d"},{"$ref":"#/definitions/d%[3]d"}]},`, i, keyword, i+1)
	}
	fmt.Fprintf(&b, `"d%d":{"type":"object","required":["a"]}}}`, n)
	return b.String()
}

var draft7Named = `"$schema":"http://json-schema.org/draft-07/schema#",`

// heavies has the kinds of attack that were seen, and their kin.
func heavies() map[string]heavy {
	items := func(schema string) string { return `{"properties":{"a":{"items":` + schema + `}}}` }
	list := func(n int, element string) string { return `{"a":[` + repeated(n, element) + `]}` }
	deep := func(n int, before, inner, after string) string {
		return strings.Repeat(before, n) + inner + strings.Repeat(after, n)
	}
	return map[string]heavy{
		"errors":              {items(`{"type":"string"}`), list(300_000, "1"), "", tooMany},
		"few errors":          {items(`{"type":"string"}`), list(3, "1"), "", "a.0: Invalid type. Expected: string, given: integer; a.1"},
		"no errors":           {items(`{"not":{"type":"string"}}`), list(50_000, "1"), "", ""},
		"errors below not":    {items(`{"not":{"type":"string"}}`), list(30_000, "1"), "", ""},
		"errors of anyOf":     {items(`{"anyOf":[{"type":"string"},{"type":"null"}]}`), list(300_000, "1"), "", tooMany},
		"errors of required":  {`{"required":[` + numbered(20_000, `"v#n"`) + `]}`, `{}`, "", tooLong},
		"errors of names":     {`{"additionalProperties":false}`, wideObject(100_000, "1"), "", tooMany},
		"errors of unique":    {`{"properties":{"a":{"uniqueItems":true}}}`, list(200_000, "1"), "", tooMany},
		"errors of enum":      {items(`{"enum":[` + numbered(3_000, `"value #n"`) + `]}`), list(2_000, `"x"`), "", tooLong},
		"errors with path":    {`{"properties":{"` + strings.Repeat("N", 1_000_000) + `":{"items":{"type":"string"}}}}`, `{"` + strings.Repeat("N", 1_000_000) + `":[` + repeated(3_000, "1") + `]}`, "", tooLong},
		"errors of minimum":   {items(`{"minimum":1e-9000}`), list(10, "-1"), "", tooLong},
		"pointer":             {`{"properties":{"` + strings.Repeat("N", 1_000_000) + `":{"properties":{` + numbered(3_000, `"a#n":{}`) + `}}}}`, `{}`, "", ""},
		"enum":                {`{"properties":{"a":{"enum":[` + numbered(100_000, `"v#n"`) + `]}}}`, "", "/properties/a/enum", ""},
		"enum that is usual":  {`{"properties":{"a":{"enum":[` + numbered(6_000, `"v#n"`) + `]}}}`, `{"a":"v5999"}`, "", ""},
		"required":            {`{"required":[` + numbered(100_000, `"v#n"`) + `]}`, "", "/required", ""},
		"references":          {`{"definitions":{` + numbered(12_000, `"d#n":{"type":"string"}`) + `},"properties":{` + numbered(12_000, `"v#n":{"$ref":"#/definitions/d#n"}`) + `}}`, `{"v7":"x"}`, "", ""},
		"references to one":   {`{"definitions":{"d":{"properties":{` + numbered(1_000, `"a#n":{}`) + `}}},"allOf":[` + numbered(1_000, `{"$ref":"#/definitions/d"}`) + `]}`, `{}`, "", tooLong},
		"references spelled":  {`{"x":{"properties":{` + numbered(10_000, `"a#n":{}`) + `}},"properties":{` + numbered(2_000, `"p#n":{"$ref":"#/x?#n"}`) + `}}`, "", "/properties/p", ""},
		"nested references":   {`{"x":` + deep(900, `{"properties":{"a":`, "{}", "}}") + `,"properties":{` + nestedReferences(900) + `}}`, "", "/properties/", ""},
		"base URI":            {`{"$id":"http://h/` + strings.Repeat("x", 500_000) + `","definitions":{` + numbered(3_000, `"d#n":{}`) + `},"properties":{` + numbered(3_000, `"p#n":{"$ref":"#/definitions/d#n"}`) + `}}`, "", "/properties/", ""},
		"base URIs":           {`{"$id":"http://h/` + strings.Repeat("x", 200_000) + `/","properties":{` + numbered(3_000, `"p#n":{"$id":"i#n"}`) + `}}`, "", "/", ""},
		"pattern of many":     {`{"allOf":[{"properties":{` + numbered(2_000, `"p#n":{"type":"string"}`) + `}},{"additionalProperties":{"pattern":"` + strings.Repeat("x{100}", 100) + `"}}]}`, `{}`, "", ""},
		"errors of pattern":   {items(`{"pattern":"` + strings.Repeat("[a-z]?", 4_000) + `Q$"}`), list(3_000, `"x"`), "", tooLong},
		"allOf":               {`{"allOf":[` + numbered(20_000, `{"properties":{"p#n":{}}}`) + `]}`, `{}`, "", ""},
		"allOf of many":       {`{"allOf":[` + numbered(3_000, `{"properties":{"p#n":{}},"additionalProperties":{"type":"integer"}}`) + `]}`, wideObject(3_000, "1"), "", tooLong},
		"levels of allOf":     {levels(40, "allOf"), `{"a":1}`, "", tooLong},
		"levels of anyOf":     {levels(40, "anyOf"), `{"b":1}`, "", tooLong},
		"anyOf that holds":    {levels(40, "anyOf"), `{"a":1}`, "", ""},
		"levels of oneOf":     {levels(18, "oneOf"), `{"a":1}`, "", tooLong},
		"recursive anyOf":     {`{"definitions":{"n":{"anyOf":[{"properties":{"a":{"$ref":"#/definitions/n"},"z":false}},{"properties":{"a":{"$ref":"#/definitions/n"},"y":false}}]}},"$ref":"#/definitions/n"}`, deep(60, `{"a":`, `{"y":1,"z":1}`, "}"), "", tooLong},
		"tiny maximum":        {`{"properties":{"a":{"maximum":1e-999999}}}`, `{"a":1}`, "", tooLong},
		"tiny maximum met":    {`{"properties":{"a":{"maximum":1e-999999}}}`, `{"a":0}`, "", ""},
		"tiny minimum":        {`{"properties":{"a":{"minimum":-0.` + strings.Repeat("0", 100_000) + `1}}}`, `{"a":-1e-9999}`, "", tooLong},
		"huge maximum":        {`{"properties":{"a":{"maximum":1e999999}}}`, `{"a":9e9999}`, "", ""},
		"huge exclusive":      {`{"properties":{"a":{"exclusiveMinimum":1e9999999}}}`, "", "/properties/a/exclusiveMinimum", ""},
		"digits":              {`{"properties":{"a":{"maximum":` + strings.Repeat("7", 10_001) + `}}}`, "", "/properties/a/maximum", ""},
		"exponents":           {items(`{"type":"number","minimum":0}`), list(2_000, "1e-9999"), "", tooLong},
		"exponents of taps":   {items(`{"type":"number","minimum":0,"multipleOf":1e-310}`), list(2_000, "1.234567890123456e-290"), "", ""},
		"long numbers":        {items(`{"type":"number","multipleOf":0.01}`), list(100, strings.Repeat("7", 9_999)), "", ""},
		"numbers and enum":    {`{"properties":{"a":{"enum":[1]}}}`, `{"a":1e400}`, "", "it has a number beyond the range of a float64 where its schema compares values"},
		"pattern":             {`{"properties":{"a":{"pattern":"(x+x+)+y|([a-z]*[a-m]){1,300}Q"}}}`, `{"a":"` + strings.Repeat("abz", 300_000) + `"}`, "", tooLong},
		"pattern in schema":   {`{"properties":{"a":{"pattern":"` + strings.Repeat("x{1000}", 1_000) + `"}}}`, "", "/properties/a/pattern", ""},
		"pattern that folds":  {`{"properties":{"a":{"pattern":"` + strings.Repeat(`(?i)[B-\\x{1e942}]`, 500) + `"}}}`, "", "/properties/a/pattern", ""},
		"pattern of bytes":    {`{"properties":{"a":{"pattern":"` + strings.Repeat(".*", 20_000) + `"}}}`, "", "/properties/a/pattern", ""},
		"pattern of names":    {`{"patternProperties":{` + numbered(300, `"^x#n":{}`) + `}}`, wideObject(30_000, "1"), "", tooLong},
		"regex":               {`{"properties":{"a":{"format":"regex"}}}`, `{"a":"` + strings.Repeat("x{1000}", 1_000) + `"}`, "", tooLong},
		"regex of bytes":      {`{"properties":{"a":{"format":"regex"}}}`, `{"a":"` + strings.Repeat(".*", 500_000) + `"}`, "", tooLong},
		"names":               {`{"properties":{` + numbered(20_000, `"p#n":{}`) + `},"not":{"type":"null"}}`, wideObject(100_000, "1"), "", tooLong},
		"wide":                {`{"properties":{` + numbered(5_000, `"k#n":{"type":"integer"}`) + `},"not":{"type":"null"}}`, wideObject(5_000, "1"), "", ""},
		"long names":          {`{"properties":{` + numbered(2_000, `"`+strings.Repeat("p", 900)+`#n":{}`) + `},"not":{"type":"null"}}`, `{` + numbered(2_000, `"`+strings.Repeat("p", 900)+`#n":1`) + `}`, "", ""},
		"lists":               {`{"properties":{"a":{"not":{"type":"string"}}}}`, list(3_000_000, "[]"), "", tooLarge},
		"objects":             {`{"properties":{"a":{"not":{"type":"string"}}}}`, list(300_000, `{"a":{}}`), "", tooLarge},
		"members":             {`{"if":{"type":"string"}}`, wideObject(700_000, "1"), "", tooLarge},
		"nested":              {`{"items":{"$ref":"#"},"additionalProperties":{"$ref":"#"},"not":{"type":"string"}}`, `{"a":` + deep(9_000, "[", "1", "]") + `}`, "", tooLong},
		"nested unique":       {`{"items":{"$ref":"#"},"additionalProperties":{"$ref":"#"},"uniqueItems":true}`, `{"a":` + deep(9_000, "[", "1", "]") + `}`, "", tooLong},
		"nested const":        {`{` + draft7Named + `"items":{"$ref":"#"},"additionalProperties":{"$ref":"#"},"not":{"const":7}}`, `{"a":` + deep(9_000, "[", "1", "]") + `}`, "", tooLong},
		"unique texts":        {`{"properties":{"a":{"uniqueItems":true}}}`, `{"a":[` + numbered(100_000, `"text #n"`) + `]}`, "", ""},
		"contains":            {items(`{` + draft7Named + `"contains":{"type":"string"}}`), list(100, `[`+repeated(300, "1")+`]`), "", "a.0"},
		"dependencies":        {`{"dependencies":{` + numbered(1_000, `"k#n":{"properties":{`+numbered(20, `"q#n":{}`)+`}}`) + `}}`, wideObject(1_000, "1"), "", tooLong},
		"dependent names":     {`{"dependencies":{` + numbered(1_000, `"k#n":[`+repeated(100, `"no"`)+`]`) + `}}`, wideObject(1_000, "1"), "", tooLong},
		"propertyNames":       {`{"propertyNames":{"pattern":"^(a|b){1,200}$"}}`, wideObject(100_000, "1"), "", tooMany},
		"if":                  {`{` + draft7Named + `"definitions":{"d":{"if":{"$ref":"#/definitions/e"},"then":{"$ref":"#/definitions/e"}},"e":{"allOf":[` + repeated(2_000, `{"properties":{"a":{}}}`) + `]}},"allOf":[` + repeated(200, `{"$ref":"#/definitions/d"}`) + `]}`, `{}`, "", tooLong},
		"chain":               {chain(15_000), `{}`, "", ""},
		"long chain":          {chain(30_000), "", "/definitions/d", ""},
		"levels times levels": {deep(4_000, `{"allOf":[`, `{"additionalProperties":{"$ref":"#"},"items":{"$ref":"#"}}`, "]}"), `{"a":` + deep(100, "[", "1", "]") + `}`, "", "it and its schema together nest deeper than 20000 levels"},
		"schema of lists":     {`{"enum":[` + repeated(3_000_000, "[]") + `]}`, "", "/", ""},
		"schema of schemas":   {`{"properties":{` + numbered(100_000, `"p#n":{}`) + `}}`, "", "/properties/", ""},
		"schema of levels":    {deep(3_300, `{"items":`, "{}", "}"), `{}`, "", ""},
		"unused definitions":  {`{"definitions":{` + numbered(20_000, `"d#n":{"properties":{"a":{"type":["null","string"]}}}`) + `}}`, `{}`, "", ""},
		"title":               {deep(3_000, `{"properties":{"a":`, `{"title":1}`, "}}"), "", "/properties/a/properties", ""},
	}
}

// chain is a schema of so many references, each to the next.
func chain(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"d%d":{"$ref":"#/definitions/d%d"},`, i, i+1)
	}
	return fmt.Sprintf(`{"$ref":"#/definitions/d0","definitions":{%s"d%d":{"type":"object"}}}`, b.String(), n)
}

func nestedReferences(n int) string {
	var b strings.Builder
	path := "#/x"
	for i := range n {
		fmt.Fprintf(&b, `,"p%d":{"$ref":%q}`, i, path)
		path += "/properties/a"
	}
	return b.String()[1:]
}

// TestHeavy holds that schemas and records are compiled and judged, or refused with
// the reason, in memory that grows with their size and in steps that are counted:
// without the budget most of these take minutes, or never end.
func TestHeavy(t *testing.T) {
	n := 0
	for name, h := range heavies() {
		n++
		t.Run(name, func(t *testing.T) {
			// Of a map: others each time. Nested references take as long as all others together.
			if Fewer() && (n%8 != 0 || name == "nested references") {
				t.Skip("for -short and the race detector every eighth is enough")
			}
			checkHeavy(t, h)
		})
	}
}

func checkHeavy(t *testing.T, h heavy) {
	const memory = 64 << 20
	if !json.Valid([]byte(h.schema)) || (h.record != "" && !json.Valid([]byte(h.record))) {
		t.Fatal("it is not JSON")
	}
	var s *Schema
	var err error
	took := allocated(func() {
		s, err = Compile([]byte(h.schema), nil)
		ShapeOf([]byte(h.schema))
	})
	if most := int64(3*maxSchemaBytes/2 + 200*len(h.schema)); took > most || took > 400<<20 {
		t.Errorf("compiling %d bytes allocated %d MiB, want %d at most", len(h.schema), took>>20, most>>20)
	}
	var place *Error
	switch {
	case h.refused == "" && err != nil:
		t.Errorf("%.300v", err)
	case h.refused != "" && (!errors.As(err, &place) || !strings.HasPrefix(place.Place, h.refused)):
		t.Errorf("got %.300v, want an error at %s", err, h.refused)
	}
	if err != nil || h.record == "" {
		return
	}
	var scan jsonscan.Scanner
	if _, err := scan.Value([]byte(h.record), 0); err != nil {
		t.Fatal(err)
	}
	took = allocated(func() { _, err = s.Validate([]byte(h.record), scan.Unusual, scan.Members, memory) })
	if most := int64(3*memory + 500*len(h.record)); took > most {
		t.Errorf("judging %d bytes allocated %d MiB, want %d at most", len(h.record), took>>20, most>>20)
	}
	if reason := fmt.Sprint(err); (h.reason == "") != (err == nil) || !strings.HasPrefix(reason, h.reason) && err != nil {
		t.Errorf("got %.300s, want %q", reason, h.reason)
	}
	var p Prover
	if took := allocated(func() { p.Prove(s, []byte(h.record), 0) }); took > int64(10<<20+len(h.record)) {
		t.Errorf("trying to prove it allocated %d MiB", took>>20)
	}
}

// TestColumnsStayBounded holds that neither the fields nor the shape of a schema
// are more than files can have, and that finding them takes memory that grows with
// the schema's size.
func TestColumnsStayBounded(t *testing.T) {
	var doubling strings.Builder
	doubling.WriteString(`{"properties":{"r":{"$ref":"#/definitions/d0"}},"definitions":{`)
	for i := range 60 {
		fmt.Fprintf(&doubling, `"d%d":{"properties":{"a":{"$ref":"#/definitions/d%d"},"b":{"$ref":"#/definitions/d%[2]d"}}},`, i, i+1)
	}
	doubling.WriteString(`"d60":{}}}`)
	for name, text := range map[string]string{
		"doubling": doubling.String(),
		"deep":     strings.Repeat(`{"properties":{"a":`, 4000) + "{}" + strings.Repeat("}}", 4000),
		"anyOf":    strings.Repeat(`{"anyOf":[`, 4000) + "{}" + strings.Repeat("]}", 4000),
		"levels":   `{"properties":{"a":` + levels(40, "anyOf") + `},` + levels(40, "allOf")[1:],
		"many":     `{"properties":{` + numbered(200_000, `"p#n":{}`) + `}}`,
		"many of":  `{"definitions":{"e":{"properties":{` + numbered(20_000, `"p#n":{}`) + `}}},"properties":{` + numbered(5_000, `"q#n":{"$ref":"#/definitions/e"}`) + `}}`,
		"same":     `{"definitions":{"e":{"anyOf":[` + repeated(20_000, "{}") + `]}},"properties":{` + numbered(5_000, `"q#n":{"$ref":"#/definitions/e"}`) + `}}`,
	} {
		t.Run(name, func(t *testing.T) {
			if Fewer() && name == "same" {
				t.Skip("for -short and the race detector the others, which take less, are enough")
			}
			if !json.Valid([]byte(text)) {
				t.Fatal("it is not JSON")
			}
			fields, columns := 0, 0
			took := allocated(func() {
				fields = countFields(Describe([]byte(text), nil).Fields())
				columns = countShapes(ShapeOf([]byte(text)))
			})
			if fields > maxColumns || columns > maxFields || took > int64(64<<20+100*len(text)) {
				t.Errorf("%d fields and %d columns, for which %d MiB were allocated", fields, columns, took>>20)
			}
		})
	}
}

func countFields(fields []Field) (n int) {
	for _, f := range fields {
		n += 1 + countFields(f.Fields) + countFields(f.Items)
	}
	return n
}

func countShapes(s Shape) (n int) {
	for _, p := range s.Properties {
		n += 1 + countShapes(p.Shape)
	}
	if s.Items != nil {
		n += countShapes(*s.Items)
	}
	return n
}
