package schema

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

var errChangesReferences = errors.New("has an $id or depends on one, which changes what references mean; remove the $id")

// names is what the references of a schema mean to the library. A guard that
// understood one in another way would look for cycles in the wrong place.
type names struct {
	root    any
	anchors map[string]any // schemas by their $id, if that is of the form "#name"
	base    int            // bytes of the $id of the whole, which the library puts before references
	// resolved is how many bytes it takes to write out each $id with those that it
	// is relative to.
	resolved int64
	nested   *place // of a schema whose $id changes what references mean
	hides    bool   // there is such a schema
	inData   bool   // default or examples have an $id that is a URI
	twice    bool   // an anchor occurs twice: the library takes either
}

func namesIn(doc any, l *leaves) names {
	n := names{root: doc, anchors: map[string]any{}}
	n.collect(doc, nil, 0, false, l)
	return n
}

// collect walks the schema as the library does in search of names: also into default
// and examples, but not into enum and const, whatever they are part of.
func (n *names) collect(v any, at *place, base int, data bool, l *leaves) {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			if nests(e) {
				n.collect(e, at.element(i), base, data, l)
			}
		}
	case map[string]any:
		if l.of(v) != nil || !n.add(v, at, data) {
			return
		}
		if id, ok := idOf(v); ok {
			base += len(id)
			n.resolved += int64(base)
		}
		for _, key := range sortedKeys(v) {
			if !nests(v[key]) {
				continue
			}
			below := at.member(key)
			switch key {
			case "enum", "const":
			case "properties", "patternProperties", "dependencies":
				children := asObject(v[key])
				for _, name := range sortedKeys(children) {
					n.collect(children[name], below.member(name), base, data, l)
				}
			default:
				n.collect(v[key], below, base, data || slices.Contains(literal, key), l)
			}
		}
	}
}

// nests reports whether a value may have schemas in it. Most have none, and need no
// place.
func nests(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}

// idOf is the name that the library finds in a schema.
func idOf(s map[string]any) (string, bool) {
	v, ok := s["id"]
	if !ok {
		v = s["$id"]
	}
	id, ok := v.(string)
	return id, ok
}

// add files a schema under its name. It says whether names within the schema can
// be those that references outside of it mean.
func (n *names) add(s map[string]any, at *place, data bool) bool {
	id, ok := idOf(s)
	if !ok {
		return true
	}
	u, err := url.Parse(id)
	if err != nil {
		return true
	}
	switch name := u.String(); {
	case strings.HasPrefix(u.Fragment, "/"):
		n.nested, n.hides = at, true // it hides what really stands there
	case u.Fragment != "" && id[0] == '#':
		n.twice = n.twice || n.anchors[name] != nil
		n.anchors[name] = s
	case at == nil:
		n.base = len(id)
	case data:
		n.inData = true
		return false
	default:
		n.nested, n.hides = at, true
	}
	return true
}

// resolve finds what a reference that begins with # means: nil if nothing.
func (n *names) resolve(ref string) (any, error) {
	u, err := url.Parse(ref)
	if err != nil {
		return nil, nil //nolint:nilerr // the library refuses it, and says where
	}
	if u.Fragment == "" {
		return n.root, nil
	}
	if strings.HasPrefix(u.Fragment, "/") {
		return n.at(ref), nil
	}
	if n.twice || n.inData {
		return nil, fmt.Errorf("it is not certain what $ref %q means, because an $id occurs twice, or within default or examples; refer to the place instead, as in #/definitions/name", ref)
	}
	if v, ok := n.anchors[u.String()]; ok {
		return v, nil
	}
	return n.root, nil // so says the library of a name that nothing has
}

// at follows a reference of the form #/a/b.
func (n *names) at(ref string) any {
	v := n.root
	for token := range tokens(ref) {
		switch node := v.(type) {
		case map[string]any:
			v = node[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(node) {
				return nil
			}
			v = node[i]
		default:
			return nil
		}
	}
	return v
}

var tokenUnescapes = strings.NewReplacer("~1", "/", "~0", "~")

// tokens yields the parts of the JSON pointer in a reference of the form #/a/b.
func tokens(ref string) func(func(string) bool) {
	return func(yield func(string) bool) {
		fragment, err := url.PathUnescape(strings.TrimPrefix(ref, "#"))
		if err != nil {
			fragment = ref[1:]
		}
		if fragment == "" {
			return
		}
		for token := range strings.SplitSeq(strings.TrimPrefix(fragment, "/"), "/") {
			if !yield(tokenUnescapes.Replace(token)) {
				return
			}
		}
	}
}
