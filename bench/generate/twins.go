package generate

import "slices"

// twin is data that is valid in a way that few taps need, and a plain way to say as
// much. @ in a record is its number.
type twin struct {
	name, schema, record string
	plainSchema          string // empty: the same
	plainRecord          string // empty: the same
}

// Plain is what the name of a twin that is said in the plain way ends with.
const Plain = ", plain"

// Twins are the names of these data, each a kind, and with Plain after it another.
func Twins() (names []string) {
	for _, t := range twins {
		names = append(names, t.name)
	}
	return names
}

var twins = []twin{
	{
		name:        "exponents",
		schema:      `{"properties":{"id":{"type":"integer"},"a":{"type":["null","number"],"minimum":-100000,"maximum":100000},"b":{"type":"integer"},"c":{"type":["null","number"],"minimum":0}}}`,
		record:      `{"id": @, "a": 1.25e-05, "b": 1.5e4, "c": 1e-06}`,
		plainRecord: `{"id": @, "a": 0.0000125, "b": 15000, "c": 0.000001}`,
	},
	{
		name:        "odd moments",
		schema:      `{"properties":{"id":{"type":"integer"},"a":{"type":["null","string"],"format":"date-time"},"b":{"type":"string","format":"date-time"}}}`,
		record:      `{"id": @, "a": "2024-02-28 12:00:00.123456+02", "b": "2024-02-28t12:00:00z"}`,
		plainRecord: `{"id": @, "a": "2024-02-28T12:00:00.123456Z", "b": "2024-02-28T12:00:00Z"}`,
	},
	{
		name:        "repeated keys",
		schema:      `{"properties":{"id":{"type":"integer"},"b":{"type":["null","string"]},"c":{"type":["null","number"]},"d":{"type":"integer"}}}`,
		record:      `{"id": @, "b": "some text", "c": 12.25, "d": 4711, "d": 4712}`,
		plainRecord: `{"id": @, "b": "some text", "c": 12.25, "d": 4711, "e": 4712}`,
	},
	{
		name:        "patternProperties",
		schema:      `{"properties":{"id":{"type":"integer"},"fields":{"type":["null","object"],"patternProperties":{".+":{"type":["null","string"]}}}}}`,
		record:      `{"id": @, "fields": {"summary": "It does not work", "status": "open", "customfield_10001": null}}`,
		plainSchema: `{"properties":{"id":{"type":"integer"},"fields":{"type":["null","object"],"properties":{"summary":{"type":["null","string"]},"status":{"type":["null","string"]},"customfield_10001":{"type":["null","string"]}}}}}`,
	},
	{
		name: "anyOf of objects",
		schema: `{"properties":{"id":{"type":"integer"},"by":{"anyOf":[{"type":"object","properties":{"card":{"type":"string"}},"required":["card"]},` +
			`{"type":"object","properties":{"iban":{"type":"string"},"bank":{"type":"string"}},"required":["iban"]},{"type":"null"}]}}}`,
		record:      `{"id": @, "by": {"iban": "AT611904300234573201", "bank": "Bank"}}`,
		plainSchema: `{"properties":{"id":{"type":"integer"},"by":{"type":["null","object"],"properties":{"iban":{"type":"string"},"bank":{"type":"string"}},"required":["iban"]}}}`,
	},
	{
		name: "oneOf of objects",
		schema: `{"properties":{"id":{"type":"integer"},"block":{"oneOf":[{"type":"object","properties":{"type":{"const":"text"},"text":{"type":"string"}},"required":["type"]},` +
			`{"type":"object","properties":{"type":{"const":"image"},"url":{"type":"string"},"width":{"type":"integer"}},"required":["type"]},` +
			`{"type":"object","properties":{"type":{"const":"table"},"rows":{"type":"array","items":{"type":"string"}}},"required":["type"]},{"type":"null"}]}}}`,
		record:      `{"id": @, "block": {"url": "https://example.com/images/1.png", "width": 1200, "type": "image"}}`,
		plainSchema: `{"properties":{"id":{"type":"integer"},"block":{"type":["null","object"],"properties":{"type":{"enum":["image"]},"url":{"type":"string"},"width":{"type":"integer"}},"required":["type"]}}}`,
	},
	{
		name:        "items as a list",
		schema:      `{"properties":{"id":{"type":"integer"},"at":{"type":"array","items":[{"type":"number"},{"type":"number"},{"type":"string"}]}}}`,
		record:      `{"id": @, "at": [48.20817, 16.37382, "Vienna"]}`,
		plainSchema: `{"properties":{"id":{"type":"integer"},"at":{"type":"array","items":{"type":["number","string"]}}}}`,
	},
	{
		name:        "uniqueItems",
		schema:      `{"properties":{"id":{"type":"integer"},"tags":{"type":"array","items":{"type":"string"},"uniqueItems":true}}}`,
		record:      `{"id": @, "tags": ["red", "green", "blue", "large", "new"]}`,
		plainSchema: `{"properties":{"id":{"type":"integer"},"tags":{"type":"array","items":{"type":"string"}}}}`,
	},
	{
		name:        "not",
		schema:      `{"properties":{"id":{"type":"integer"},"a":{"not":{"type":"null"}},"b":{"type":["null","string"],"not":{"type":"integer"}}}}`,
		record:      `{"id": @, "a": "some text", "b": "more text"}`,
		plainSchema: `{"properties":{"id":{"type":"integer"},"a":{"type":["string","number"]},"b":{"type":["null","string"]}}}`,
	},
}

// special finds the schema and the record of a twin, in one way or the other.
func special(kind string) (schema, record string, found bool) {
	i := slices.IndexFunc(twins, func(t twin) bool { return kind == t.name || kind == t.name+Plain })
	if i < 0 {
		return "", "", false
	}
	t := twins[i]
	if kind == t.name {
		return t.schema, t.record, true
	}
	if t.plainSchema == "" {
		t.plainSchema = t.schema
	}
	if t.plainRecord == "" {
		t.plainRecord = t.record
	}
	return t.plainSchema, t.plainRecord, true
}
