package schema

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A name that is not plain ASCII is written in two ways: as it is, but for what
// JSON has escaped, or as Python's json.dumps writes it, all in ASCII. A property
// with such a name has a twin, so that either way can be expected as a whole.

// add adds a property whose name canBeWritten.
func (o *objectPlan) add(name string, n *node) *property {
	p := o.spelled(name, quoted(name, false), n)
	if ascii := quoted(name, true); ascii != p.spelling() {
		p.twin = o.spelled(name, ascii, n)
	}
	o.properties = append(o.properties, p)
	o.byName[name] = p
	if p.index%64 == 0 && p.index > 0 {
		o.words = append(o.words, 0)
	}
	return p
}

// spelled makes one form of the property that is added next.
func (o *objectPlan) spelled(name, spelling string, n *node) *property {
	index := len(o.properties)
	p := &property{bit: 1 << (index % 64), word: index / 64, node: n, index: index, name: name}
	p.setLabel(`"` + spelling + `": `)
	if strings.Contains(spelling, `\`) {
		if o.escaped == nil {
			o.escaped = map[string]*property{}
		}
		o.escaped[spelling] = p
	}
	return p
}

func (q *property) spelling() string { return q.text[len(`"`) : len(q.text)-len(`": `)] }

func (q *property) neverNull() {
	q.notNull = true
	if q.twin != nil {
		q.twin.notNull = true
	}
}

// link guesses that members come in the order of the properties, all spelled in
// one way.
func (o *objectPlan) link() {
	for i, p := range o.properties {
		if i == 0 {
			o.first.Store(p)
			continue
		}
		before := o.properties[i-1]
		before.next.Store(p)
		if before.twin != nil {
			before.twin.next.Store(p.inASCII())
		}
	}
}

func (q *property) inASCII() *property {
	if q.twin != nil {
		return q.twin
	}
	return q
}

// canBeWritten reports whether JSON can have the name, and nothing else passes for
// it: U+FFFD may stand for what is not a text.
func canBeWritten(name string) bool {
	return name != "" && utf8.ValidString(name) && !strings.ContainsRune(name, utf8.RuneError)
}

// quoted is the name between its quotes, with no more escapes than JSON demands, or
// with those of Python.
func quoted(name string, ascii bool) string {
	if !strings.ContainsFunc(name, func(r rune) bool { return needsEscape(r, ascii) }) {
		return name
	}
	var b strings.Builder
	for _, r := range name {
		switch {
		case !needsEscape(r, ascii):
			b.WriteRune(r)
		case r < ' ' || r == '"' || r == '\\':
			b.WriteString(shortEscape(byte(r)))
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			b.WriteString(unicodeEscape(high))
			b.WriteString(unicodeEscape(low))
		default:
			b.WriteString(unicodeEscape(r))
		}
	}
	return b.String()
}

func needsEscape(r rune, ascii bool) bool {
	return r < ' ' || r == '"' || r == '\\' || (ascii && r > '~')
}

func shortEscape(c byte) string {
	const short, letters = "\"\\\b\f\n\r\t", `"\bfnrt`
	if i := strings.IndexByte(short, c); i >= 0 {
		return `\` + letters[i:i+1]
	}
	return unicodeEscape(rune(c))
}

func unicodeEscape(r rune) string {
	const digits = "0123456789abcdef"
	return string([]byte{'\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15]})
}
