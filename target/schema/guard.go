package schema

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
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
func guard(doc any, n names, l *leaves) error {
	g := guardian{names: n, leaves: l, schemas: map[uintptr]bool{}, state: map[uintptr]visit{}}
	if err := g.collect(doc, nil, true); err != nil {
		return err
	}
	if len(g.references) == 0 {
		return nil
	}
	if g.names.hides {
		return &Error{g.names.nested.String(), errChangesReferences}
	}
	for _, r := range g.references {
		if err := g.descend(r.schema, r.place); err != nil {
			return err
		}
	}
	return nil
}

type visit uint8

const (
	entered visit = iota + 1
	done
)

type located struct {
	schema map[string]any
	place  *place
}

type guardian struct {
	names      names
	leaves     *leaves
	references []located        // the schemas that refer to another
	schemas    map[uintptr]bool // all, where default or examples have names
	state      map[uintptr]visit
}

// literal are the keywords whose values are data, not schemas.
var literal = []string{"enum", "const", "default", "examples"}

// named are the keywords whose members are schemas under names that mean
// nothing to JSON Schema, even "$ref".
var named = []string{"properties", "patternProperties", "dependencies", "definitions", "$defs"}

// collect walks everything that may be a schema, checks the references, and
// keeps the schemas that have one: without there is no cycle. Order is made
// stable for the messages' sake.
func (g *guardian) collect(v any, at *place, schema bool) error {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			if !nests(e) {
				continue
			}
			if err := g.collect(e, at.element(i), true); err != nil {
				return err
			}
		}
	case map[string]any:
		if schema {
			if g.names.inData {
				g.schemas[identity(v)] = true
			}
			if err := g.checkReference(v, at); err != nil {
				return err
			}
		}
		if g.leaves.of(v) != nil {
			return nil
		}
		for _, key := range sortedKeys(v) {
			if !nests(v[key]) || (schema && slices.Contains(literal, key)) {
				continue
			}
			if err := g.collect(v[key], at.member(key), !schema || !slices.Contains(named, key)); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkReference looks at what a schema refers to.
func (g *guardian) checkReference(s map[string]any, at *place) error {
	ref, ok := s["$ref"].(string)
	if !ok {
		return nil
	}
	if !strings.HasPrefix(ref, "#") {
		return &Error{at.member("$ref").String(), fmt.Errorf("leads out of the schema: %s; only references that begin with # are followed", describe(ref))}
	}
	g.references = append(g.references, located{s, at})
	return nil
}

// descend follows the keywords that apply to the same data as the schema does.
// Meeting a schema again on the way is a cycle.
func (g *guardian) descend(s map[string]any, at *place) error {
	id := identity(s)
	switch g.state[id] {
	case entered:
		return &Error{at.String(), errors.New("refers to itself without end; a reference must lead into a property or an item before it comes back")}
	case done:
		return nil
	}
	g.state[id] = entered
	nexts, err := g.inPlace(s, at)
	if err != nil {
		return err
	}
	for _, next := range nexts {
		if err := g.descend(next.schema, next.place); err != nil {
			return err
		}
	}
	g.state[id] = done
	return nil
}

func (g *guardian) inPlace(s map[string]any, at *place) ([]located, error) {
	if ref, ok := s["$ref"].(string); ok { // its siblings are ignored
		at = at.member("$ref")
		v, err := g.names.resolve(ref)
		if err != nil {
			return nil, &Error{at.String(), err}
		}
		target, ok := v.(map[string]any)
		if !ok {
			return nil, nil // a dead reference is found when the schema is read
		}
		if g.names.inData && !g.schemas[identity(target)] && !isLeaf(target) {
			return nil, &Error{at.String(), errChangesReferences}
		}
		return []located{{target, at}}, nil
	}
	var out []located
	add := func(v any, at *place) {
		if m, ok := v.(map[string]any); ok {
			out = append(out, located{m, at})
		}
	}
	for _, key := range []string{"not", "if", "then", "else"} {
		add(s[key], at.member(key))
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		for i, v := range asArray(s[key]) {
			add(v, at.member(key).element(i))
		}
	}
	dependencies := asObject(s["dependencies"])
	for _, key := range sortedKeys(dependencies) {
		add(dependencies[key], at.member("dependencies").member(key))
	}
	return out, nil
}

func identity(m map[string]any) uintptr { return reflect.ValueOf(m).Pointer() }

var tokenEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func escapeToken(s string) string { return tokenEscapes.Replace(s) }

func sortedKeys[V any](m map[string]V) []string {
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
func hybrid(v any, l *leaves) bool {
	switch v := v.(type) {
	case map[string]any:
		if leaf := l.of(v); leaf != nil {
			return leaf.hybrid
		}
		for key, e := range v {
			if _, ok := e.(bool); ok && (key == "exclusiveMaximum" || key == "exclusiveMinimum") {
				return true
			}
			if hybrid(e, l) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return hybrid(e, l) })
	}
	return false
}

func asObject(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}
