package schema

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xeipuuv/gojsonschema"
)

// offline is a loader whose references lead nowhere: without it the library
// opens http: and file: references while it compiles.
type offline struct{ gojsonschema.JSONLoader }

func (offline) LoaderFactory() gojsonschema.JSONLoaderFactory { return nowhere{} }

type nowhere struct{}

func (nowhere) New(source string) gojsonschema.JSONLoader {
	return unreachable{gojsonschema.NewRawLoader(nil), source}
}

type unreachable struct {
	gojsonschema.JSONLoader
	source string
}

func (u unreachable) LoadJSON() (any, error) {
	return nil, fmt.Errorf("reference to another document, %q", u.source)
}

// guard refuses schemas that the library must not be given: those with
// references that leave the schema, and those that would make it recurse
// without reading any data, which overflows the stack and kills the process.
func guard(doc any) error {
	g := guardian{names: namesIn(doc), schemas: map[uintptr]bool{}, state: map[uintptr]visit{}}
	if err := g.collect(doc, "", true); err != nil {
		return err
	}
	if g.names.nested != "" && g.refs > 0 {
		return &Error{g.names.nested, errChangesReferences}
	}
	for _, n := range g.nodes {
		if place, err := g.descend(n.schema, n.place); err != nil {
			return &Error{pointerOf(place), err}
		}
	}
	return nil
}

type visit uint8

const (
	open visit = iota + 1
	done
)

type located struct {
	schema map[string]any
	place  string
}

type guardian struct {
	names   names
	nodes   []located
	schemas map[uintptr]bool // those of nodes
	refs    int
	state   map[uintptr]visit
}

// literal are the keywords whose values are data, not schemas.
var literal = []string{"enum", "const", "default", "examples"}

// named are the keywords whose members are schemas under names that mean
// nothing to JSON Schema, even "$ref".
var named = []string{"properties", "patternProperties", "dependencies", "definitions", "$defs"}

// collect walks everything that may be a schema, checks the references, and
// keeps the nodes. Order is made stable for the messages' sake.
func (g *guardian) collect(v any, place string, schema bool) error {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			if err := g.collect(e, place+"/"+strconv.Itoa(i), true); err != nil {
				return err
			}
		}
	case map[string]any:
		if schema {
			g.nodes = append(g.nodes, located{v, place})
			g.schemas[identity(v)] = true
			if err := g.checkReference(v, place); err != nil {
				return err
			}
		}
		for _, key := range sortedKeys(v) {
			if schema && slices.Contains(literal, key) {
				continue
			}
			if err := g.collect(v[key], place+"/"+escapeToken(key), !schema || !slices.Contains(named, key)); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkReference looks at what a schema refers to.
func (g *guardian) checkReference(s map[string]any, place string) error {
	ref, ok := s["$ref"].(string)
	if !ok {
		return nil
	}
	if !strings.HasPrefix(ref, "#") {
		return &Error{pointerOf(place), fmt.Errorf("$ref %q leads out of the schema; only references that begin with # are followed", ref)}
	}
	g.refs++
	return nil
}

// descend follows the keywords that apply to the same data as the schema does.
// Meeting a schema again on the way is a cycle.
func (g *guardian) descend(s map[string]any, place string) (string, error) {
	id := identity(s)
	switch g.state[id] {
	case open:
		return place, errors.New("it refers to itself without end; a reference must lead into a property or an item before it comes back")
	case done:
		return "", nil
	}
	g.state[id] = open
	nexts, err := g.inPlace(s)
	if err != nil {
		return place, err
	}
	for _, next := range nexts {
		if place, err := g.descend(next.schema, place+next.place); err != nil {
			return place, err
		}
	}
	g.state[id] = done
	return "", nil
}

func (g *guardian) inPlace(s map[string]any) ([]located, error) {
	if ref, ok := s["$ref"].(string); ok { // its siblings are ignored
		v, err := g.names.resolve(ref)
		if err != nil {
			return nil, err
		}
		target, ok := v.(map[string]any)
		if !ok {
			return nil, nil // a dead reference is the library's to report
		}
		if g.names.inData && !g.schemas[identity(target)] {
			return nil, errChangesReferences
		}
		return []located{{target, "/$ref"}}, nil
	}
	var out []located
	add := func(v any, place string) {
		if m, ok := v.(map[string]any); ok {
			out = append(out, located{m, place})
		}
	}
	for _, key := range []string{"not", "if", "then", "else"} {
		add(s[key], "/"+key)
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		list, _ := s[key].([]any)
		for i, v := range list {
			add(v, fmt.Sprintf("/%s/%d", key, i))
		}
	}
	dependencies := asObject(s["dependencies"])
	for _, key := range sortedKeys(dependencies) {
		add(dependencies[key], "/dependencies/"+escapeToken(key))
	}
	return out, nil
}

func identity(m map[string]any) uintptr { return reflect.ValueOf(m).Pointer() }

var tokenEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func escapeToken(s string) string { return tokenEscapes.Replace(s) }

func pointerOf(place string) string {
	if place == "" {
		return "/"
	}
	return place
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// hybrid reports whether the schema must be read as the hybrid of all drafts
// though it names draft 6 or 7: one with exclusiveMaximum: true, which
// tap-postgres writes, is of draft 4 whatever it says.
func hybrid(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for key, e := range v {
			if _, ok := e.(bool); ok && (key == "exclusiveMaximum" || key == "exclusiveMinimum") {
				return true
			}
			if hybrid(e) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hybrid)
	}
	return false
}

// locate finds the innermost part of the schema that alone gives the very error
// that the whole gives: the library's messages do not say where they arose.
func locate(text []byte, cause error) error {
	doc, err := decode(text)
	if err != nil {
		return &Error{"/", cause}
	}
	place, part := innermost(doc, "", cause.Error(), hybrid(doc))
	return &Error{pointerOf(place), explain(part, cause)}
}

func innermost(v any, place, problem string, hybrid bool) (string, any) {
	for token, child := range children(v) {
		if _, err := compile(clone(child), hybrid); err != nil && err.Error() == problem {
			return innermost(child, place+token, problem, hybrid)
		}
	}
	return place, v
}

// explain adds what the library keeps to itself: why a pattern does not compile.
func explain(part any, cause error) error {
	s, _ := part.(map[string]any)
	patterns := sortedKeys(asObject(s["patternProperties"]))
	if p, ok := s["pattern"].(string); ok {
		patterns = append(patterns, p)
	}
	for _, p := range patterns {
		if _, err := regexp.Compile(p); err != nil {
			return fmt.Errorf("%w, %q is not: %w (look-ahead and back-references are not supported)", cause, p, err)
		}
	}
	return cause
}

func asObject(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// children yields the schemas directly within a schema and their places.
func children(v any) func(func(string, any) bool) {
	return func(yield func(string, any) bool) {
		s, _ := v.(map[string]any)
		for _, key := range sortedKeys(s) {
			if slices.Contains(literal, key) {
				continue
			}
			switch e := s[key].(type) {
			case map[string]any:
				if !slices.Contains(named, key) {
					if !yield("/"+key, e) {
						return
					}
					continue
				}
				for _, name := range sortedKeys(e) {
					if _, ok := e[name].(map[string]any); ok && !yield("/"+key+"/"+escapeToken(name), e[name]) {
						return
					}
				}
			case []any:
				for i, item := range e {
					if _, ok := item.(map[string]any); ok && !yield(fmt.Sprintf("/%s/%d", key, i), item) {
						return
					}
				}
			}
		}
	}
}

// clone copies a decoded document: compiling changes it.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = clone(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clone(e)
		}
		return out
	}
	return v
}
