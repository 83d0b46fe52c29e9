package format

import (
	"slices"
	"strings"

	"target-s3/singer/jsonscan"
)

// Properties are those of an object that have a place in a row.
type Properties struct {
	keys  [][]byte // as they are written, with quotes; empty for one that may be written with escapes
	index map[string]int
}

// NewProperties returns Properties of these names, numbered in this order.
func NewProperties(names []string) Properties {
	p := Properties{index: make(map[string]int, len(names))}
	for _, name := range names {
		p.add(name)
	}
	return p
}

func (p *Properties) add(name string) {
	p.index[name] = len(p.keys)
	var key []byte
	if !strings.ContainsAny(name, `"\\`) {
		key = []byte(`"` + name + `"`)
	}
	p.keys = append(p.keys, key)
}

// Index is the number of a property.
func (p *Properties) Index(name string) (i int, ok bool) {
	i, ok = p.index[name]
	return i, ok
}

// Member is one of an object, its name decoded.
type Member struct{ Key, Value []byte }

// Members takes the objects of a record apart, and keeps what has no place in its
// row for _sdc_extra. The zero value is ready.
type Members struct {
	scan   jsonscan.Scanner
	values [][]byte // a stack: of the properties of the objects that are open; nil beyond its end
	others []Member
	extra  []byte // a JSON object without its end
}

// Reset forgets what was put aside, and the objects that are open.
func (m *Members) Reset() {
	clear(m.values)
	m.values, m.extra = m.values[:0], m.extra[:0]
}

// Open finds the members of an object: the values of its properties by their
// numbers, nil where it has none, and the members that are no properties, which
// are valid until the next call. Of a repeated key the last one counts; that of
// other members is looked for only where keys may be repeated. Members are
// expected in the order of the properties, and looked up where they come in
// another.
func (m *Members) Open(object []byte, p *Properties, repeated bool) (values [][]byte, others []Member) {
	base := len(m.values)
	m.values = slices.Grow(m.values, len(p.keys))[:base+len(p.keys)]
	values, m.others = m.values[base:], m.others[:0]
	next := 0
	for i := jsonscan.SkipSpace(object, 1); object[i] == '"'; {
		key, at, after := m.key(object, i, p, next)
		i = jsonscan.SkipSpace(object, jsonscan.SkipSpace(object, after)+1)
		end, _ := m.scan.Value(object, i)
		if at >= 0 {
			values[at] = object[i:end]
			next = at + 1
		} else {
			m.others = append(m.others, Member{key, object[i:end]})
		}
		if i = jsonscan.SkipSpace(object, end); object[i] == ',' {
			i = jsonscan.SkipSpace(object, i+1)
		}
	}
	if repeated && len(m.others) > 1 {
		m.others = lastOfEach(m.others)
	}
	return values, m.others
}

// key finds out which property's key begins at object[i], most likely the next
// one's, and where it ends. For one that is none, at is -1.
func (m *Members) key(object []byte, i int, p *Properties, next int) (key []byte, at, end int) {
	if next < len(p.keys) {
		if k := p.keys[next]; len(k) > 0 && len(object)-i > len(k) && string(object[i:i+len(k)]) == string(k) {
			return nil, next, i + len(k)
		}
	}
	end, escaped, _ := m.scan.Text(object, i)
	if key = object[i+1 : end-1]; escaped {
		key = jsonscan.Unquote(key)
	}
	if at, ok := p.index[string(key)]; ok {
		return key, at, end
	}
	return key, -1, end
}

// Close ends the object that was opened last.
func (m *Members) Close(values [][]byte) {
	base := len(m.values) - len(values)
	clear(m.values[base:]) // which values is no part of where the stack has grown
	m.values = m.values[:base]
}

// lastOfEach removes the members whose key comes again.
func lastOfEach(list []Member) []Member {
	again := map[string]bool{}
	kept := len(list)
	for i := len(list) - 1; i >= 0; i-- {
		if key := string(list[i].Key); !again[key] {
			again[key] = true
			kept--
			list[kept] = list[i]
		}
	}
	return slices.Delete(list, 0, kept)
}

// PutAside keeps a value that has no column, or more than its column can hold.
func (m *Members) PutAside(name, value []byte) {
	if len(m.extra) == 0 {
		m.extra = append(m.extra, '{')
	} else {
		m.extra = append(m.extra, ',')
	}
	m.extra = jsonscan.AppendString(m.extra, name)
	m.extra = append(m.extra, ':')
	m.extra = append(m.extra, value...)
}

// Aside is the JSON object of what was put aside; it is empty where nothing was.
func (m *Members) Aside() []byte {
	if len(m.extra) == 0 {
		return nil
	}
	m.extra = append(m.extra, '}')
	return m.extra
}
