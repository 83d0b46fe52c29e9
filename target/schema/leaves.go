package schema

import (
	"maps"
	"strings"
)

// leaves are the objects in schemas that have no object in them and mean the same
// wherever they stand. Each is one map wherever its text occurs.
type leaves struct {
	byText map[string]*leaf
	byID   map[uintptr]*leaf
	bytes  int64 // that the models take
}

// leaf is such an object, and what was made of it.
type leaf struct {
	object map[string]any
	hybrid bool
	models map[draft]leafModel
	node   *node // nil: it is not known yet, or has to be made for each schema
}

// leafModel is a model that was made of a leaf, and what it takes the library, which
// makes it again wherever it occurs.
type leafModel struct {
	*model
	steps, bytes int64
}

const (
	// These bound the memory for what may never come again. A leaf takes a few KB, unless
	// it has a pattern.
	maxLeaves    = 1000
	maxLeafBytes = 4 << 20
	// longestLeaf bounds what is looked at for each object before it is decoded.
	longestLeaf = 512
)

func newLeaves() *leaves { return &leaves{byText: map[string]*leaf{}, byID: map[uintptr]*leaf{}} }

// of is the leaf that an object is, or nil.
func (l *leaves) of(object map[string]any) *leaf { return l.byID[identity(object)] }

// add adds a leaf. It is decoded once more, so that it does not keep the text of all
// its schema.
func (l *leaves) add(text string) map[string]any {
	v, _ := newDecoder([]byte(text), maxSchemaBytes).decode() // it was decoded before
	object := asObject(v)
	made := &leaf{object: object, hybrid: hybrid(object, l), models: map[draft]leafModel{}}
	l.byText[strings.Clone(text)], l.byID[identity(object)] = made, made
	return object
}

// leafAt is the text of the object that begins at text[i], if it is short and has no
// other in it. Otherwise it is empty, or that of no object.
func leafAt(text string, i int) string {
	text = text[i:min(len(text), i+longestLeaf)]
	return text[:strings.IndexByte(text, '}')+1]
}

// isLeaf reports whether a schema means the same wherever it stands, and has no other in
// it.
func isLeaf(s map[string]any) bool {
	for key, v := range s {
		if _, nests := v.(map[string]any); nests || key == "$ref" || key == "$id" || key == "id" {
			return false
		}
		for _, e := range asArray(v) {
			if nests(e) {
				return false
			}
		}
	}
	return true
}

// decodeSchema is decode for a schema. Of a hundred columns most have the same type, so
// what their objects say is decoded once, and known by its identity to be the same.
func decodeSchema(text []byte, l *leaves) (doc any, err error) {
	d := newDecoder(text, maxSchemaBytes)
	d.leaves = l
	return d.decode()
}

// shared is scalars for a leaf. All schemas share its node, unless it has containers, or
// more to say than the node has, or a const, which not all drafts know.
func (p *planner) shared(l *leaf, n *node) {
	slow := p.slow
	p.slow = map[string]bool{}
	p.scalars(n)
	if _, drafted := l.object["const"]; !drafted && len(p.slow) == 0 && n.types&^kindScalar == 0 {
		l.node = n
	}
	maps.Copy(slow, p.slow)
	p.slow = slow
}

// leaf is the one schema, if it is a leaf.
func (p *planner) leaf(schemas []any) *leaf {
	if len(schemas) == 1 {
		if object, ok := schemas[0].(map[string]any); ok {
			return p.same.of(object)
		}
	}
	return nil
}
