// Package schema compiles a stream's JSON Schema and judges its records.
//
// The judge is gojsonschema: a record is valid exactly when that library says
// so. This package is the only one that uses it, and stands guard over it: what
// would crash it, hang it, or make it open a file or a connection is refused
// before it is asked (see guard.go; every guard has a test that fails badly
// without it), and so is what would take it longer, or more memory, than its size
// lets one expect: that is counted on a model of the schema (see estimate.go).
//
// Asking is slow, so a Prover first tries to prove a record valid in the scan
// that the record needs anyway, by a plan made of the schema. It can only say
// yes; a fuzz test compares it with the library. What it does not prove is put to
// the library: refusals, and their wording, are the library's alone.
package schema

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/xeipuuv/gojsonschema"

	"target-s3/singer/jsonscan"
	"target-s3/target/lazy"
	"target-s3/target/spans"
)

// Schema is a compiled schema. It may be used from many goroutines.
type Schema struct {
	compiler *Compiler // nil: nothing is compiled
	text     []byte
	keys     []string
	slow     []string            // keywords that only the library judges
	record   func() *spans.Place // of which a Prover takes notes; nil: nobody asked for them

	// What is made of the text, and made again where it was forgotten.
	proof   lazy.Value[proof]
	library lazy.Value[library] // it takes three quarters of the memory
	fields  lazy.Value[[]Field]
}

// proof is what it takes to prove records.
type proof struct {
	plan  *node // of the record; nil: nothing can be proven
	spots *spot // of the record; nil: nobody asked for notes
}

// library is what it takes to ask gojsonschema about a record.
type library struct {
	compiled *gojsonschema.Schema
	model    *model
	bytes    int64 // of memory, about
}

// Error is a place in a schema that cannot be used, and why.
type Error struct {
	Place string // JSON pointer, "/" for the whole schema
	Err   error  // worded as what the place is, or must be
}

func (e *Error) Error() string { return fmt.Sprintf("schema: %s %v", e.Place, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// document is a schema that was decoded and checked. What passes is what the library
// compiles, as the tests hold.
type document struct {
	doc   map[string]any
	names names
	rules rules
	model *model
	bytes int64 // that it takes to ask the library

	leaves *leaves
}

func read(text []byte, l *leaves) (*document, error) {
	doc, err := parse(text, l)
	if err != nil {
		return nil, &Error{"/", err}
	}
	d := &document{doc: doc, names: namesIn(doc, l), rules: rules{}, leaves: l}
	if err := guard(doc, d.names, l); err != nil {
		return nil, err
	}
	if d.model, d.bytes, err = newModel(doc, d.names, d.rules, len(text), l); err != nil {
		return nil, err
	}
	return d, nil
}

// compile hands the document to the library, which changes it.
func (d *document) compile() (*library, error) {
	compiled, err := compile(d.doc, hybrid(d.doc, d.leaves))
	if err != nil {
		return nil, &Error{"/", fmt.Errorf("cannot be compiled: %w", err)}
	}
	return &library{compiled, d.model, d.bytes}, nil
}

// newSchema returns a schema of which nothing is made yet.
func newSchema(c *Compiler, text []byte, keys []string) *Schema {
	s := &Schema{compiler: c, text: text, keys: slices.Clone(keys)}
	s.proof.Make = s.prove
	s.library.Make = s.ask
	s.fields.Make = func() (*[]Field, error) {
		fields := fieldsOf(text)
		return &fields, nil
	}
	return s
}

// ask makes what it takes to ask the library.
func (s *Schema) ask() (*library, error) {
	d, err := read(s.text, newLeaves()) // the library changes them
	if err != nil {
		return nil, err // there was none when it was read first
	}
	return d.compile()
}

// proven returns what it takes to prove records.
func (s *Schema) proven() *proof {
	p, _ := s.proof.Get()
	return p
}

// prove makes what it takes to prove records. It does not fail.
func (s *Schema) prove() (*proof, error) {
	p := &proof{}
	if s.compiler == nil {
		return p, nil
	}
	_ = s.compiler.compile(func(l *leaves) error {
		doc, err := parse(s.text, l)
		if err == nil { // there was none, nor was anything in it wrong
			p.plan, _ = plan(doc, namesIn(doc, l), rules{}, s.keys, len(s.text), l)
		}
		return err
	})
	if p.plan != nil && s.record != nil {
		p.spots = newSpot(p.plan, s.record())
	}
	return p, nil
}

// Forget lets go of what takes ten times the memory of the schema's text. What is
// used of it afterwards is made again.
func (s *Schema) Forget() {
	if p := s.proof.Peek(); p != nil && p.plan != nil { // else it would be made again, for nothing
		s.proof.Forget()
	}
	s.library.Forget()
	s.fields.Forget()
}

// parse decodes a schema.
func parse(text []byte, l *leaves) (map[string]any, error) {
	var scan jsonscan.Scanner
	end, err := scan.Value(text, 0)
	switch {
	case err != nil:
		return nil, fmt.Errorf("is not JSON: %w", err)
	case jsonscan.SkipSpace(text, end) != len(text):
		return nil, errors.New("is not JSON: more text follows it")
	case scan.Unusual&jsonscan.TooDeep != 0:
		return nil, fmt.Errorf("nests deeper than %d levels", jsonscan.MaxDepth)
	}
	v, err := decodeSchema(text, l)
	if err != nil {
		return nil, fmt.Errorf("is too large: %w", err)
	}
	doc, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("must be a JSON object, is %s", describe(v))
	}
	return doc, nil
}

// NoteFor makes a Prover also note where the values of a numbered tree of places
// stand, which is asked for whenever it is needed: it must always be the same. It must
// be called before the schema is used.
func (s *Schema) NoteFor(record func() *spans.Place) {
	s.record = record
	if p := s.proven(); p.plan != nil {
		s.proof.Set(&proof{p.plan, newSpot(p.plan, record())})
	}
}

// Names reports whether the schema names the property, where that is known for
// sure: a record without Others has no member that is not named.
func (s *Schema) Names(property string) bool {
	p := s.proven()
	return p.plan != nil && p.plan.object.byName[property] != nil
}

// Slow are the keywords of the schema that only the library judges, so that
// records may take many times as long. They are sorted.
func (s *Schema) Slow() []string { return s.slow }

// Fields are the properties that the schema knows, in its own order.
func (s *Schema) Fields() []Field {
	fields, _ := s.fields.Get()
	return *fields
}

// Keys are the key properties.
func (s *Schema) Keys() []string { return s.keys }

// compile hands the decoded schema to the library, which changes it.
func compile(doc any, hybrid bool) (s *gojsonschema.Schema, err error) {
	registerFormats()
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("%.200v", p)
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
type Invalid struct {
	Reason string
	Memory bool // there was too little of it for the record to be judged
}

func (e *Invalid) Error() string { return e.Reason }

// Verdict is what Validate found besides validity.
type Verdict struct {
	// Repeated says that an object of the record has one key twice, so that its
	// text means different things to different readers. The last one counts.
	Repeated bool
}

// Validate judges a record's text, which must have passed a jsonscan.Scanner;
// what that saw, its findings and its count of members, are the other
// parameters. The error is an *Invalid, also for a record that would take more
// than the given bytes of memory to judge, or too long.
func (s *Schema) Validate(record []byte, unusual jsonscan.Unusual, members int, memory int64) (v Verdict, err error) {
	if err := Unsafe(unusual); err != nil {
		return v, err
	}
	doc, d, err := decode(record, memory)
	if err != nil {
		return v, &Invalid{"it is too large to be checked against its schema: " + err.Error(), true}
	}
	v.Repeated = d.members != members
	if err := s.checkKeys(doc); err != nil {
		return v, err
	}
	w := estimate{maxSteps: stepsFor(len(record)), bytes: d.size, maxBytes: memory}
	j, err := s.library.Get()
	if err != nil {
		return v, &Invalid{Reason: err.Error()}
	}
	w.visit(j.model, doc, len("(root)"))
	if err := w.refusal(); err != nil {
		return v, err
	}
	return v, j.ask(doc)
}

// Unsafe says why a record with these findings must not be judged, or nil.
func Unsafe(unusual jsonscan.Unusual) error {
	switch {
	case unusual&jsonscan.InvalidUTF8 != 0:
		return &Invalid{Reason: "its text is not UTF-8"}
	case unusual&(jsonscan.NaN|jsonscan.Infinity) != 0:
		return &Invalid{Reason: "it holds " + notJSON(unusual) + ", which JSON does not have: the tap must write null or a string"}
	case unusual&jsonscan.LoneSurrogate != 0:
		return &Invalid{Reason: `a text or a name in it has half of a surrogate pair (\ud800 to \udfff), which UTF-8 cannot hold`}
	case unusual&jsonscan.TooDeep != 0:
		return &Invalid{Reason: fmt.Sprintf("it nests deeper than %d levels", jsonscan.MaxDepth)}
	case unusual&jsonscan.HugeNumber != 0:
		return &Invalid{Reason: fmt.Sprintf("it has a number with an exponent beyond %d or more than %d digits", jsonscan.MaxExponent, jsonscan.MaxNumberBytes)}
	}
	return nil
}

func notJSON(unusual jsonscan.Unusual) string {
	switch {
	case unusual&jsonscan.Infinity == 0:
		return "NaN"
	case unusual&jsonscan.NaN == 0:
		return "Infinity"
	}
	return "NaN and Infinity"
}

func (s *Schema) checkKeys(doc any) error {
	if len(s.keys) == 0 {
		return nil
	}
	object, _ := doc.(map[string]any)
	for _, key := range s.keys {
		if object[key] == nil {
			return &Invalid{Reason: fmt.Sprintf("key property %q is missing or null", key)}
		}
	}
	return nil
}

// ask lets the library judge, and survives its panics.
func (j *library) ask(doc any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &Invalid{Reason: fmt.Sprintf("the validator cannot judge it (%.200v)", p)}
		}
	}()
	result, err := j.compiled.Validate(gojsonschema.NewRawLoader(doc))
	if err != nil {
		return &Invalid{Reason: err.Error()}
	}
	if result.Valid() {
		return nil
	}
	return &Invalid{Reason: reason(result.Errors())}
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

// Describe is Compile for records that are not to be validated: it knows what
// properties there are and accepts any schema.
func Describe(text []byte, keys []string) *Schema { return newSchema(nil, text, keys) }
