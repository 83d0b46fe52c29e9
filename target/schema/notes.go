package schema

import "target-s3/target/spans"

// While it proves a record, a Prover notes where the values stand that a format
// looks for: the plan's objects and arrays have a spot for each place. A format
// that copies records whole has none, and pays for a comparison with nil.

// notes are what a Prover noted, and where it is.
type notes struct {
	spans.Notes

	root  *spot
	block int    // that is open
	name  []byte // of the member that was scanned last, of those that are not a property

	escapedAt int // where the last string with escapes begins
	escapes   int // of the scanner's, where its own begin
}

// maxEscapes bounds what is noted of the escapes in a record.
const maxEscapes = 4 << 10

// spot is a place as the plan has it.
type spot struct {
	*spans.Place // nil for a property of the plan that has none

	node          *node // that it was matched with
	object, array bool  // such a value is looked into, and there is one plan for it
	any           bool  // there is a place, which has room for any scalar

	name       []byte           // of that property
	slots      []int            // of those of the properties that have room for any scalar
	properties []*spot          // of an object that is looked into: by their index in the plan
	unplanned  map[string]*spot // its other members
	items      *spot            // of the elements of an array that are noted
}

// newSpot matches the place with the node that proves its values.
func newSpot(n *node, at *spans.Place) *spot {
	s := &spot{Place: at, node: n, any: !at.Bare}
	s.object, s.array = s.isInside('{') && n.hasOnePlan('{'), s.isInside('[') && n.hasOnePlan('[')
	if at.Members != nil && n.object != nil {
		s.properties = make([]*spot, len(n.object.properties))
		s.slots = make([]int, len(n.object.properties))
		for i, property := range n.object.properties {
			name := property.name
			member := at.Member([]byte(name))
			if member != nil {
				s.properties[i] = newSpot(property.node, member)
			} else {
				s.properties[i] = &spot{name: []byte(name)}
			}
			if s.slots[i] = failed; s.properties[i].any {
				s.slots[i] = member.Slot
			}
		}
		s.unplanned = map[string]*spot{}
		for _, member := range at.Members {
			switch {
			case n.object.byName[member.Name] != nil:
			case n.object.others != nil:
				s.unplanned[member.Name] = newSpot(n.object.others, member)
			case n.object.patterns != nil:
				s.unplanned[member.Name] = &spot{Place: member}
			}
		}
	}
	if at.Items != nil && n.array != nil {
		s.items = newSpot(n.array.items, at.Items)
	}
	return s
}

// Notes are what was noted in the record that was proven last, nil where nobody
// asked for them. They are valid until the next Prove.
func (p *Prover) Notes() *spans.Notes {
	if p.notes.root == nil {
		return nil
	}
	return &p.notes.Notes
}

// begin forgets what was noted, and returns the spot of the record if it is looked
// into.
func (p *Prover) begin(root *spot) *spot {
	p.notes.root = root
	if root == nil {
		p.scan.Escapes = nil
		return nil
	}
	if p.scan.Escapes == nil {
		p.scan.Escapes = make([]int, 0, maxEscapes)
	}
	p.scan.Escapes, p.notes.escapedAt = p.scan.Escapes[:0], failed
	p.notes.block = 0
	p.notes.Begin(root.Place)
	if root.properties == nil {
		return nil
	}
	return root
}

func (p *Prover) finish(root *spot, record []byte) {
	if root != nil {
		p.notes.Text, p.notes.Escapes = record, p.scan.Escapes
		p.notes.Note(0, root.Place, record, 0, len(record), spans.Unknown)
	}
}

// known scans the value of a property, which is there, and notes it.
func (p *Prover) known(member *property, object *spot, b []byte, i int) (end int) {
	slot, how := object.slots[member.index], spans.AsItStands
	switch c := b[i]; {
	case slot < 0 || c == '{' || c == '[':
		return p.noted(member.node, object, object.properties[member.index], b, i)
	case c == '"':
		if end = p.string(member.node, b, i); p.notes.escapedAt == i {
			how = p.how(i)
		}
	case c <= '9':
		end = p.number(member.node, b, i)
	default:
		end = p.value(member.node, nil, b, i)
	}
	if end >= 0 {
		p.notes.Set(p.notes.block+slot, i, end, how)
	}
	return end
}

// how says how the value is written that was scanned last, and begins there.
func (p *Prover) how(i int) spans.How {
	switch {
	case p.notes.escapedAt != i:
		return spans.AsItStands
	case len(p.scan.Escapes) == cap(p.scan.Escapes): // there may be more
		return spans.Unknown
	}
	return spans.Escaped(p.notes.escapes)
}

// unknown is known for a member that is not a property of the plan.
func (p *Prover) unknown(n *node, object *spot, b []byte, i int) int {
	name := p.notes.name
	if at := object.unplanned[string(name)]; at != nil {
		return p.noted(n, object, at, b, i)
	}
	end := p.value(n, nil, b, i)
	if end >= 0 {
		p.notes.NoteOther(p.notes.block, object.Place, name, i, end)
	}
	return end
}

func (p *Prover) noted(n *node, object, at *spot, b []byte, i int) int {
	end := p.look(n, at, b, i)
	switch {
	case end < 0:
	case at.Place == nil:
		p.notes.NoteOther(p.notes.block, object.Place, at.name, i, end)
	default:
		p.notes.Note(p.notes.block, at.Place, b, i, end, p.how(i))
	}
	return end
}

// look scans a value, and notes what is in it. Where there is more than one plan for
// it, or another than the spot's, it is walked over once it is proven.
func (p *Prover) look(n *node, at *spot, b []byte, i int) (end int) {
	if i < len(b) && n == at.node && p.depth < maxProven { // as it nearly always is
		switch {
		case b[i] == '{' && at.object:
			p.depth++
			end = p.object(n.object, at, b, i)
			p.depth--
			return end
		case b[i] == '[' && at.array:
			p.depth++
			end = p.array(n.array, at, b, i)
			p.depth--
			return end
		case b[i] == '"':
			return p.string(n, b, i)
		}
	}
	if end = p.value(n, nil, b, i); end >= 0 && at.isInside(b[i]) {
		p.notes.Look(p.notes.block, at.Place, b, i)
	}
	return end
}

// hasOnePlan reports whether a container that begins with that byte is scanned once,
// and its elements are all alike.
func (n *node) hasOnePlan(first byte) bool {
	if first == '{' {
		return n.object != nil && n.objects == nil
	}
	return n.array != nil && n.arrays == nil && n.array.isPlain()
}

// isInside reports whether a value that begins with that byte is looked into.
func (s *spot) isInside(first byte) bool {
	return s.Place != nil && (first == '{' && s.Members != nil || first == '[' && s.Items != nil)
}

// element scans an element of an array, and notes it while there is room.
func (p *Prover) element(n *node, array *spot, l *spans.List, b []byte, i int) int {
	if l.Cut {
		return p.value(n, nil, b, i)
	}
	around := p.notes.block
	p.notes.block = p.notes.Open(l, around, array.Place)
	end := p.look(n, array.items, b, i)
	if end >= 0 {
		p.notes.Note(p.notes.block, array.items.Place, b, i, end, p.how(i))
		p.notes.Close(l, around, array.Place)
	}
	p.notes.block = around
	return end
}
