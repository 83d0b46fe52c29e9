package schema

import (
	"iter"

	"target-s3/singer/jsonscan"
)

// walk goes over the text of a schema to find out which columns its records have:
// their order is that of the text, which a decoded schema no longer has. A
// reference to a schema that is being read ends there: recursive data has no
// finite set of columns.
type walk struct {
	root    []byte
	refs    []string // being read
	reading map[string]bool
	count   int                       // of the columns so far
	names   int                       // bytes of the names that lead to the object
	work    int                       // bytes that may still be looked at
	members map[int]map[string][]byte // of the objects that references lead through, by where they begin
}

const (
	// maxFields bounds the tree of a schema whose references multiply: properties
	// beyond it are not looked into.
	maxFields = 10_000
	// maxColumns bounds the properties that have a place of their own in files. Those
	// beyond it are as if the schema did not know them.
	maxColumns = 30_000
	// maxNames bounds the names of the properties around those of an object, together:
	// a column is named by all of them, and a name of a megabyte above thousands of
	// properties would be there as many times.
	maxNames = 2 << 10
	// maxLevels bounds the nesting of properties, and that of alternatives within
	// one of them, that columns are made of.
	maxLevels = 64
	// freeReading and as much again for each byte of a schema bound what its
	// references and alternatives can multiply to: what is beyond it is not looked
	// into.
	freeReading    = 4 << 20
	readingPerByte = 64
)

func newWalk(text []byte) walk {
	return walk{root: text, reading: map[string]bool{}, work: freeReading + readingPerByte*len(text), members: map[int]map[string][]byte{}}
}

// applying yields the schemas that speak of the same value, each with the value of
// one of its keywords: the given ones, or what they refer to, and the alternatives
// of anyOf, oneOf and allOf, in the order in which the keyword stands in the text.
// A schema without the keyword comes after its alternatives. One that cannot be
// looked into is nil. References that were followed stay those that are being
// read until the caller leaves them.
func (w *walk) applying(schemas [][]byte, keyword string) iter.Seq2[[]byte, []byte] {
	return func(yield func(schema, value []byte) bool) {
		for _, s := range schemas {
			if !w.visit(s, 1, keyword, yield) {
				return
			}
		}
	}
}

func (w *walk) visit(s []byte, level int, keyword string, yield func(schema, value []byte) bool) bool {
	s, level, again := w.follow(s, level)
	if s == nil {
		return again || yield(nil, nil)
	}
	met := false
	for key, value := range jsonscan.Members(s) {
		switch name := string(jsonscan.Unquote(key)); {
		case name == keyword:
			if met = true; !yield(s, value) {
				return false
			}
		case isAlternatives(name, value):
			for alternative := range jsonscan.Elements(value) {
				if !w.visit(alternative, level+1, keyword, yield) {
					return false
				}
			}
		}
	}
	return met || yield(s, nil)
}

func isAlternatives(name string, value []byte) bool {
	return value[0] == '[' && (name == "anyOf" || name == "oneOf" || name == "allOf")
}

// follow returns the schema itself or what it refers to in the end, and its level.
// It is nil where that cannot be looked into; again says that it is being read.
func (w *walk) follow(s []byte, level int) (schema []byte, at int, again bool) {
	for ; ; level++ {
		w.work -= len(s) + 1
		if !isObject(s) || level > maxLevels || w.work < 0 {
			return nil, level, false
		}
		text := member(s, "$ref")
		if len(text) == 0 || text[0] != '"' {
			return s, level, false
		}
		ref := string(jsonscan.Unquote(text[1 : len(text)-1]))
		if w.reading[ref] {
			return nil, level, true
		}
		w.reading[ref] = true
		w.refs = append(w.refs, ref)
		s = w.resolve(ref)
	}
}

// leave ends the reading of all references but the first ones.
func (w *walk) leave(depth int) {
	for _, ref := range w.refs[depth:] {
		delete(w.reading, ref)
	}
	w.refs = w.refs[:depth]
}

// properties gathers the schemas of each property, and the properties' names in
// the order in which they are met.
func (w *walk) properties(schemas [][]byte) (names []string, found map[string][][]byte) {
	found = map[string][][]byte{}
	for _, properties := range w.applying(schemas, "properties") {
		if !isObject(properties) {
			continue
		}
		for key, value := range jsonscan.Members(properties) {
			name := string(jsonscan.Unquote(key))
			if found[name] == nil {
				if len(names) == maxColumns {
					continue
				}
				names = append(names, name)
			}
			found[name] = append(found[name], value)
		}
	}
	return names, found
}

// resolve finds the text that a reference within the schema points to, nil if
// there is none.
func (w *walk) resolve(ref string) []byte {
	if ref == "" || ref[0] != '#' {
		return nil
	}
	text := w.root
	for token := range tokens(ref) {
		if !isObject(text) {
			return nil
		}
		text = w.membersOf(text)[token]
	}
	return text
}

// membersOf finds the members of an object that references lead through once for
// all of them.
func (w *walk) membersOf(object []byte) map[string][]byte {
	at := cap(w.root) - cap(object) // where it begins: it is a part of the whole
	if m, ok := w.members[at]; ok {
		return m
	}
	m := map[string][]byte{}
	for key, value := range jsonscan.Members(object) {
		m[string(jsonscan.Unquote(key))] = value
	}
	w.members[at] = m
	return m
}

func isObject(v []byte) bool { return len(v) > 0 && v[0] == '{' }

// member is the value of an object's member, the last of that name.
func member(object []byte, name string) (found []byte) {
	for key, value := range jsonscan.Members(object) {
		if string(jsonscan.Unquote(key)) == name {
			found = value
		}
	}
	return found
}
