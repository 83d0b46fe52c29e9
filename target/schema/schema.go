// Package schema compiles a stream's JSON Schema and judges its records.
//
// The judge is gojsonschema: a record is valid exactly when that library says
// so. This package is the only one that uses it, and stands guard over it: what
// would crash it, hang it, or make it open a file or a connection is refused
// before it is asked (see guard.go; every guard has a test that fails badly
// without it).
//
// Asking is slow, so a Prover first tries to prove a record valid in the scan
// that the record needs anyway, by a plan made of the schema. It can only say
// yes; a fuzz test compares it with the library. What it does not prove is put to
// the library: refusals, and their wording, are the library's alone.
package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/xeipuuv/gojsonschema"

	"target-s3/singer/jsonscan"
)

// Schema is a compiled schema. It is immutable and may be used from many
// goroutines.
type Schema struct {
	compiled *gojsonschema.Schema
	keys     []string
	fields   []Field

	plan    *node    // of the record; nil: nothing can be proven
	slow    []string // keywords that only the library judges
	columns *columns // of the plan's objects; nil: nobody asked for spans
	blank   []Span   // as many as there are leaves
}

// Error is a place in a schema that cannot be used, and why.
type Error struct {
	Place string // JSON pointer, "/" for the whole schema
	Err   error
}

func (e *Error) Error() string { return fmt.Sprintf("schema at %s: %v", e.Place, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// Compile prepares a schema from its JSON text, for records that must have the
// given key properties.
func Compile(text []byte, keys []string) (*Schema, error) {
	doc, err := decode(text)
	if err != nil {
		return nil, &Error{"/", err}
	}
	if _, ok := doc.(map[string]any); !ok {
		return nil, &Error{"/", errors.New("a schema must be a JSON object")}
	}
	if err := guard(doc); err != nil {
		return nil, err
	}
	compiled, err := compile(doc, hybrid(doc))
	if err != nil {
		return nil, locate(text, err)
	}
	s := &Schema{compiled: compiled, keys: slices.Clone(keys), fields: fieldsOf(text)}
	if doc, err = decode(text); err != nil { // again: compiling changes it
		return nil, &Error{"/", err}
	}
	s.plan, s.slow = plan(doc, keys)
	return s, nil
}

// KeepSpans has a Prover find the spans of the leaves, too. It must be called
// before the schema is used.
func (s *Schema) KeepSpans() {
	if s.plan != nil {
		s.blank = make([]Span, Leaves(s.fields))
		s.columns = newColumns(s.plan.object, s.fields, 0)
	}
}

// Names reports whether the schema names the property, where that is known for
// sure: a record without Others has no member that is not named.
func (s *Schema) Names(property string) bool {
	return s.plan != nil && s.plan.object.byName[property] != nil
}

// Slow are the keywords of the schema that only the library judges, so that
// records may take many times as long. They are sorted.
func (s *Schema) Slow() []string { return s.slow }

// Fields are the properties that the schema knows, in its own order.
func (s *Schema) Fields() []Field { return s.fields }

// Keys are the key properties.
func (s *Schema) Keys() []string { return s.keys }

func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var doc any
	err := d.Decode(&doc)
	return doc, err
}

// compile hands the decoded schema to the library, which changes it.
func compile(doc any, hybrid bool) (s *gojsonschema.Schema, err error) {
	registerFormats()
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("it cannot be compiled (%.200v)", p)
		}
	}()
	loader := gojsonschema.NewSchemaLoader() // a new one each time: it keeps what it has seen
	loader.Validate = false                  // true fetches the meta-schema from the network
	if hybrid {
		loader.AutoDetect, loader.Draft = false, gojsonschema.Hybrid
	}
	return loader.Compile(offline{gojsonschema.NewRawLoader(doc)})
}

// Invalid is why a record was refused.
type Invalid struct{ Reason string }

func (e *Invalid) Error() string { return e.Reason }

// Verdict is what Validate found besides validity.
type Verdict struct {
	// Repeated says that an object of the record has one key twice, so that its
	// text means different things to different readers. The last one counts.
	Repeated bool
}

// Validate judges a record's text, which must have passed a jsonscan.Scanner;
// what that saw, its findings and its count of members, are the other
// parameters. The error is an *Invalid.
func (s *Schema) Validate(record []byte, unusual jsonscan.Unusual, members int) (v Verdict, err error) {
	if err := Unsafe(unusual); err != nil {
		return v, err
	}
	doc, err := decode(record)
	if err != nil {
		return v, &Invalid{"it cannot be decoded: " + err.Error()}
	}
	v.Repeated = countMembers(doc) != members
	if err := s.checkKeys(doc); err != nil {
		return v, err
	}
	return v, s.ask(doc)
}

// Unsafe says why a record with these findings must not be judged, or nil.
func Unsafe(unusual jsonscan.Unusual) error {
	switch {
	case unusual&jsonscan.InvalidUTF8 != 0:
		return &Invalid{"its text is not UTF-8"}
	case unusual&jsonscan.LoneSurrogate != 0:
		return &Invalid{`a text or a name in it has half of a surrogate pair (\ud800 to \udfff), which UTF-8 cannot hold`}
	case unusual&jsonscan.TooDeep != 0:
		return &Invalid{fmt.Sprintf("it nests deeper than %d levels", jsonscan.MaxDepth)}
	case unusual&jsonscan.HugeNumber != 0:
		return &Invalid{fmt.Sprintf("it has a number with an exponent beyond %d or more than %d digits", jsonscan.MaxExponent, jsonscan.MaxNumberBytes)}
	}
	return nil
}

func (s *Schema) checkKeys(doc any) error {
	if len(s.keys) == 0 {
		return nil
	}
	object, _ := doc.(map[string]any)
	for _, key := range s.keys {
		if object[key] == nil {
			return &Invalid{fmt.Sprintf("key property %q is missing or null", key)}
		}
	}
	return nil
}

// ask has the library judge, and survives its panics.
func (s *Schema) ask(doc any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &Invalid{fmt.Sprintf("the validator cannot judge it (%.200v)", p)}
		}
	}()
	result, err := s.compiled.Validate(gojsonschema.NewRawLoader(doc))
	if err != nil {
		return &Invalid{err.Error()}
	}
	if result.Valid() {
		return nil
	}
	return &Invalid{reason(result.Errors())}
}

const (
	maxReasons     = 5
	maxReasonBytes = 1000
)

// reason words the errors, in an order that does not change from run to run:
// the library walks Go maps.
func reason(errs []gojsonschema.ResultError) string {
	texts := make([]string, len(errs))
	for i, e := range errs {
		texts[i] = e.Field() + ": " + e.Description()
	}
	slices.Sort(texts)
	texts = slices.Compact(texts)
	more := ""
	if n := len(texts) - maxReasons; n > 0 {
		texts, more = texts[:maxReasons], fmt.Sprintf("; and %d more", n)
	}
	text := strings.Join(texts, "; ")
	if len(text) > maxReasonBytes {
		text = strings.ToValidUTF8(text[:maxReasonBytes], "") + "…"
	}
	return text + more
}

func countMembers(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		n = len(v)
		for _, e := range v {
			n += countMembers(e)
		}
	case []any:
		for _, e := range v {
			n += countMembers(e)
		}
	}
	return n
}

// Describe is Compile for records that are not to be validated: it reads what
// properties there are and accepts any schema.
func Describe(text []byte, keys []string) *Schema {
	return &Schema{keys: slices.Clone(keys), fields: fieldsOf(text)}
}
