package target

import (
	"testing"

	"target-s3/singer"
	"target-s3/target/config"
)

// TestSchemasThatComeBack holds that neither a schema that is spelled in another way
// nor one that was there before the last is compiled again.
func TestSchemasThatComeBack(t *testing.T) {
	r := newRegistry(&allSettings{base: &settings{config: config.Config{ValidateRecords: true}}}, func(Event) {})
	define := func(schema, keys string) *stream {
		t.Helper()
		if _, err := r.define(&singer.Message{Stream: []byte(`"s"`), Schema: []byte(schema), KeyProperties: []byte(keys)}); err != nil {
			t.Fatal(err)
		}
		return r.streams.find("s")
	}
	first := define(`{"properties":{"a":{"type":["null","string"]},"b":{}}}`, `["a"]`)
	for range 3 {
		if got := define(` {"properties": {"b": {}, "a": {"type": ["string", "null"]}}}`, `[ "a" ]`); got != first {
			t.Error("another spelling is another stream")
		}
	}
	second := define(`{"properties":{"a":{"type":"string"},"b":{}}}`, `["a"]`)
	third := define(`{"properties":{"a":{"type":"string"},"b":{}}}`, `["a","b"]`)
	if second == first || third == second {
		t.Error("another schema, or other keys, are the same stream")
	}
	if got := define(`{"properties":{"a":{"type":"string"},"b":{}}}`, `["a"]`); got != second {
		t.Error("the schema before is compiled again")
	}
	if got := define(`{"properties":{"a":{"type":"string"},"b":{}}}`, `["a","b"]`); got != third {
		t.Error("the schema before that is compiled again")
	}
	if got := define(`{"properties":{"b":{},"a":{"type":"string"}}}`, `["a"]`); got == second {
		t.Error("the schema comes back with its columns in the order of before")
	}
}
