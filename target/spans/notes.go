package spans

import (
	"cmp"
	"iter"
	"slices"

	"target-s3/singer/jsonscan"
)

// Span is where a value stands in the text. It is all zero where there is none.
type Span struct {
	From, To int

	more int32 // of an array: the block of its first element, or unlisted; else How
	next int32 // of an element: the block of the next one
}

// unlisted says that the elements of an array are not noted: there are too many.
const unlisted = -1

// maxNoted bounds the notes: an element of two bytes takes many times that in
// them. The elements of an array that would not fit are walked over one by one
// when they are asked for.
const maxNoted = 16 << 10

// Other is a value that has no place.
type Other struct {
	// Of is the slot of the object that it is a member of, or, where Key is nil,
	// that of the place that has no room for it.
	Of  int
	Key []byte // decoded

	From, To int

	block int
}

// Notes are what is known of a record, or of an element of an array that was too
// long. The zero value is ready; Notes must not be used by two goroutines.
type Notes struct {
	Text    []byte // that all spans are of
	Escapes []int  // where those begin in it that are noted

	list     []Span // blocks
	others   []Other
	repeated bool // keys may be
	settled  bool // others are in order
	crowded  bool // there are too many of them to be noted

	scan  jsonscan.Scanner
	below *Notes // of an element of an array that was not noted
}

// Begin forgets all, and opens the block of a record or element.
func (n *Notes) Begin(p *Place) {
	n.list, n.others, n.repeated, n.settled, n.crowded = n.list[:0], n.others[:0], false, false, false
	n.block(p)
}

func (n *Notes) block(p *Place) (at int) {
	at = len(n.list)
	n.list = slices.Grow(n.list, p.End)[:at+p.End]
	clear(n.list[at:])
	return at
}

// Note notes the value of a place in the block, and how it is written. Blocks are told by
// where they begin; that of the record is 0.
func (n *Notes) Note(block int, p *Place, b []byte, from, to int, how How) {
	s := &n.list[block+p.Slot]
	s.From, s.To = from, to
	if b[from] != '[' { // or it may have elements
		s.more = int32(how)
	}
	if p.Bare && !p.fits(b[from]) {
		n.other(Other{Of: p.Slot, From: from, To: to, block: block})
	}
}

// Set notes a scalar of a place that is not Bare, by where its span is: the block and
// the slot together.
func (n *Notes) Set(at, from, to int, how How) {
	s := &n.list[at]
	s.From, s.To, s.more = from, to, int32(how)
}

// NoteOther notes a member of an object that has no place.
func (n *Notes) NoteOther(block int, object *Place, key []byte, from, to int) {
	n.other(Other{Of: object.Slot, Key: key, From: from, To: to, block: block})
}

// other notes a value, unless there are too many. Those are looked for when they are
// asked for.
func (n *Notes) other(o Other) {
	if n.crowded = n.crowded || len(n.others) >= maxNoted; n.crowded {
		n.others = n.others[:0]
		return
	}
	n.others = append(n.others, o)
}

// List is the elements of an array that is being scanned.
type List struct {
	Cut bool // there are too many to be noted

	first, last, others int
}

// Open opens a block for the next element of an array, which is a place in the
// given block.
func (n *Notes) Open(l *List, block int, array *Place) (element int) {
	element = n.block(array.Items)
	if l.last == 0 {
		l.first, l.others = element, len(n.others)
		n.list[block+array.Slot].more = int32(element)
	} else {
		n.list[l.last].next = int32(element)
	}
	l.last = element
	return element
}

// Close ends the element that was opened last. Where there are too many notes
// those of the array go, and no further element must be opened.
func (n *Notes) Close(l *List, block int, array *Place) {
	if len(n.list)+len(n.others) <= maxNoted {
		return
	}
	n.list, n.others = n.list[:l.first], n.others[:min(l.others, len(n.others))]
	n.list[block+array.Slot].more = unlisted
	l.Cut = true
}

// At is where the value in a slot of a block stands in the Text: from 0 to 0 where
// there is none.
func (n *Notes) At(block, slot int) (from, to int) {
	s := &n.list[block+slot]
	return s.From, s.To
}

// Block is the spans of a block, by their slots. It is valid until the notes change.
func (n *Notes) Block(block int) []Span { return n.list[block:] }

// Value is the text of the value in a slot of a block, nil where there is none.
func (n *Notes) Value(block, slot int) []byte {
	s := &n.list[block+slot]
	return n.Text[s.From:s.To]
}

// Listed reports whether a block has an array with elements at the place.
func (n *Notes) Listed(block int, array *Place) bool {
	s := &n.list[block+array.Slot]
	return s.more != 0 && n.Text[s.From] == '['
}

// Elements yields the elements of the array that a block has at the place: the
// notes that an element is in and its block there. They are valid until the next
// element.
func (n *Notes) Elements(block int, array *Place) iter.Seq2[*Notes, int] {
	return func(yield func(*Notes, int) bool) {
		s := &n.list[block+array.Slot]
		if s.more == unlisted {
			n.walkElements(array, n.Text[s.From:s.To], yield)
			return
		}
		for at := s.more; at != 0; at = n.list[at].next {
			if !yield(n, int(at)) {
				return
			}
		}
	}
}

func (n *Notes) walkElements(array *Place, text []byte, yield func(*Notes, int) bool) {
	if n.below == nil {
		n.below = &Notes{}
	}
	for value := range jsonscan.Elements(text) {
		n.below.Walk(array.Items, value, n.repeated)
		if !yield(n.below, 0) {
			return
		}
	}
}

// AnyOthers reports whether there may be values without a place.
func (n *Notes) AnyOthers() bool { return len(n.others) > 0 || n.crowded }

// Others are the values of a block that have no place, at the given one and below it: in
// the order of their slots, and those of one object in the order of the text. They are
// valid until the next one.
func (n *Notes) Others(block int, p *Place) iter.Seq[*Other] { return n.othersOf(block, p, true) }

// OthersAt are those at the place itself.
func (n *Notes) OthersAt(block int, p *Place) iter.Seq[*Other] { return n.othersOf(block, p, false) }

func (n *Notes) othersOf(block int, p *Place, below bool) iter.Seq[*Other] {
	return func(yield func(*Other) bool) {
		if n.crowded {
			n.search(block, p, below, yield)
			return
		}
		until := p.Slot + 1
		if below {
			until = p.End
		}
		list := n.noted(block, p.Slot, until)
		for i := range list {
			if !yield(&list[i]) {
				return
			}
		}
	}
}

// noted are the others of some slots of a block.
func (n *Notes) noted(block, from, until int) []Other {
	if len(n.others) == 0 {
		return nil
	}
	if !n.settled {
		n.settle()
	}
	find := func(slot int) int {
		at, _ := slices.BinarySearchFunc(n.others, slot, func(o Other, slot int) int {
			return cmp.Or(cmp.Compare(o.block, block), cmp.Compare(o.Of, slot))
		})
		return at
	}
	return n.others[find(from):find(until)]
}

// settle orders the others. Of a repeated key the last one counts.
func (n *Notes) settle() {
	n.settled = true
	if n.repeated {
		n.others = slices.DeleteFunc(n.others, n.replaced)
	}
	slices.SortStableFunc(n.others, func(a, b Other) int {
		return cmp.Or(cmp.Compare(a.block, b.block), cmp.Compare(a.Of, b.Of))
	})
	if n.repeated {
		n.others = lastOfEach(n.others)
	}
}

// replaced reports whether the object that a value was in, or the value itself,
// was followed by another one of the same name.
func (n *Notes) replaced(o Other) bool {
	s := &n.list[o.block+o.Of]
	return o.From < s.From || o.To > s.To
}

// lastOfEach removes the members whose key comes again in the same object.
func lastOfEach(list []Other) []Other {
	type member struct {
		block, of int
		key       string
	}
	again := map[member]bool{}
	kept := len(list)
	for i := len(list) - 1; i >= 0; i-- {
		o := &list[i]
		if m := (member{o.block, o.Of, string(o.Key)}); o.Key == nil || !again[m] {
			again[m] = o.Key != nil
			kept--
			list[kept] = list[i]
		}
	}
	return slices.Delete(list, 0, kept)
}
