// Package spans says where in the text of a record the values stand that a format
// writes, those in nested objects and in the elements of arrays among them.
//
// A format says with a tree of Places what it looks for. Notes have a Span for
// each of them. They are filled by whoever scans the record first: the prover of
// package schema, or Walk where nothing was proven. So no record is scanned twice,
// and a format has one way to read it.
package spans

import "strings"

// Place is a value that a format looks for: the record, a property, or the
// elements of an array. A tree of them never changes once it is numbered, and may
// be used from many goroutines.
type Place struct {
	Name    string   // of a property
	Members []*Place // of an object; nil: it is not looked into
	Items   *Place   // of an array's elements; nil: they are not looked at

	// Bare says that a value that is not looked into has no room here. It is among
	// the Others then, unless it is null.
	Bare bool

	// Slot is where the Place's Span stands in its block, and End is after the last
	// one below it. The record and each element of an array has a block of its own,
	// and it is the first in that.
	Slot, End int

	order int      // among the members of its object
	keys  []string // of the members, with quotes; empty for one that may be written with escapes
	index map[string]*Place
}

// Number numbers the tree below the place of a record. The members of an object
// follow it in their order, each with those below it.
func Number(record *Place) { record.number(0) }

func (p *Place) number(slot int) (next int) {
	p.Slot = slot
	slot++
	p.index = make(map[string]*Place, len(p.Members))
	p.keys = make([]string, len(p.Members))
	for i, m := range p.Members {
		p.index[m.Name], m.order = m, i
		if !strings.ContainsAny(m.Name, `"\\`) {
			p.keys[i] = `"` + m.Name + `"`
		}
		slot = m.number(slot)
	}
	p.End = slot
	if p.Items != nil {
		p.Items.number(0)
	}
	return slot
}

// Member returns the place of the property, or nil.
func (p *Place) Member(name []byte) *Place { return p.index[string(name)] }

// fits reports whether there is room for the value that begins with that byte.
func (p *Place) fits(first byte) bool {
	switch first {
	case 'n':
		return true
	case '{':
		return !p.Bare || p.Members != nil
	case '[':
		return !p.Bare || p.Items != nil
	}
	return !p.Bare
}
