package parquet

import (
	"encoding/binary"
	"fmt"
	"math"

	"target-s3/target/format"
	"target-s3/target/schema"
)

// batch is what some rows have in a column: a value for each level of definition
// that is the highest. The slices are as long as they can be, and the numbers say
// how much of them is filled: to set a slice anew for each value takes longer.
type batch struct {
	// values are numbers. Of texts and wide decimals they say where these stand in
	// the rows: the offset, and in the lower half how long they are.
	values      []uint64
	definitions []uint8
	repetitions []uint8 // none if there are no lists
	count       int
	levels      int // of definition
	repeated    int // levels of repetition
}

// reserve makes room for so many values of a column that is not a list's.
func (b *batch) reserve(rows int) {
	if len(b.values) < rows {
		b.values = make([]uint64, rows)
	}
	if len(b.definitions) < rows { // as it can be after a list
		b.definitions = make([]uint8, rows)
	}
}

// put adds to what a batch has.
func put[T uint8 | uint64](list []T, n *int, v T) []T {
	if *n == len(list) {
		list = append(list, v)
		list = list[:cap(list)]
	}
	list[*n] = v
	*n++
	return list
}

// level adds the levels of a value, or of what stands for none.
func (b *batch) level(repetition, definition int, repeated bool) {
	b.definitions = put(b.definitions, &b.levels, uint8(definition))
	if repeated {
		b.repetitions = put(b.repetitions, &b.repeated, uint8(repetition))
	}
}

// shredder takes rows apart into the values of the columns.
type shredder struct {
	layout    *columns
	batches   []batch    // of each column, and perhaps some more
	encoders  []*encoder // the same
	rows      int64
	batchedAt uint64
	page      []byte // of rows
	at        int    // how far it was read
	size      int64  // of all pages
	done      int64  // of those that were taken apart
	before    int64  // what is done beyond what was read of the page
	kept      int    // memory, once the group is made
	scratch   []byte
	bounds    []byte // of all columns
}

// begin begins a group.
func (s *shredder) begin(l *columns, size int64, batchedAt format.Timestamp) {
	for len(s.encoders) < len(l.leaves) {
		s.encoders, s.batches = append(s.encoders, new(encoder)), append(s.batches, batch{})
	}
	s.layout, s.size, s.rows, s.done = l, size, 0, 0
	for i := range l.leaves {
		s.encoders[i].begin(&l.leaves[i], l.pages)
	}
	moment, _, _ := schema.Moment(batchedAt[:])
	s.batchedAt = uint64(moment)
}

// write takes the rows of a page apart, some at a time, and has each column encoded
// before the next ones.
func (s *shredder) write(page []byte) error {
	if len(page) > math.MaxInt32 {
		return fmt.Errorf("row of %d bytes: a page of a Parquet file has 2 GiB at most", len(page))
	}
	l := s.layout
	most := min(l.pages.sizes.rows, len(page)/len(l.steps)+1) // each has a byte in a row
	for i := range l.leaves {
		if l.leaves[i].flat() {
			s.batches[i].reserve(most)
		}
	}
	for s.page, s.at = page, 0; s.at < len(page); {
		s.before = s.done - int64(s.at)
		rows := s.take(most)
		s.rows += int64(rows)
		s.done = s.before + int64(s.at)
		for i := range l.leaves {
			s.add(i)
			if err := s.encoders[i].added(rows); err != nil {
				return fmt.Errorf("column %q: %w", l.leaves[i].path, err)
			}
		}
	}
	return nil
}

// add has a column encoded as far as the page was read.
func (s *shredder) add(leaf int) {
	b, e := &s.batches[leaf], s.encoders[leaf]
	e.ahead = float64(s.size) / float64(s.before+int64(s.at))
	e.add(b, s.page)
	b.count, b.levels, b.repeated = 0, 0, 0
}

// addElements has the columns of a list encoded that have many elements.
func (s *shredder) addElements(c *column) {
	for leaf := c.leaf; leaf < c.leaf+c.leaves; leaf++ {
		if s.batches[leaf].levels >= s.layout.pages.sizes.elements {
			s.add(leaf)
		}
	}
}

// take takes some rows apart, and returns how many. What is not in the rows it fills
// in.
func (s *shredder) take(most int) (rows int) {
	page, at, steps := s.page, s.at, s.layout.steps
	for rows < most && at < len(page) {
		for i := range steps {
			step := &steps[i]
			if step.way == byValue {
				s.at = at
				s.value(step.column, 0, 0)
				at = s.at
				continue
			}
			b := &s.batches[step.leaf]
			defined := page[at]
			b.definitions[rows] = defined
			at++
			if defined == 0 {
				continue
			}
			var v uint64
			switch step.way {
			case byEight:
				v = binary.LittleEndian.Uint64(page[at:])
				at += 8
			case byText:
				v, at = text(page, at)
			default:
				v, at = step.column.scalar(page, at)
			}
			b.values[b.count] = v
			b.count++
		}
		rows++
	}
	s.at = at
	for i := range s.layout.leaves {
		if s.layout.leaves[i].flat() {
			s.batches[i].levels = rows
		}
	}
	if c := s.layout.constant; c != nil {
		b := &s.batches[c.leaf]
		for i := range rows {
			b.values[i], b.definitions[i] = s.batchedAt, 1
		}
		b.count = rows
	}
	return rows
}

// step is what taking a row apart does for one of the outermost columns, in as few
// bytes as it takes: all are read again for each row.
type step struct {
	column *column
	leaf   int32
	way    way
}

// way is how a value is read.
type way uint8

const (
	byValue way = iota // it is of a group or list
	byEight
	byText
	byKind
)

// setSteps notes how rows are taken apart.
func (l *columns) setSteps() {
	for _, columns := range [...][]column{l.record.fields, l.system} {
		for i := range columns {
			c := &columns[i]
			if c.constant {
				l.constant = c
				continue
			}
			s := step{c, int32(c.leaf), byKind}
			switch c.kind {
			case kindGroup, kindList:
				s.way = byValue
			case kindInteger, kindTimestamp, kindDecimal64, kindDouble:
				s.way = byEight
			case kindText, kindJSON:
				s.way = byText
			case kindBoolean, kindDecimal32, kindDecimal, kindDate:
			}
			l.steps = append(l.steps, s)
		}
	}
}

// absent is a null, or an empty list: only its levels are stored, in all columns
// below it.
func (s *shredder) absent(c *column, repetition, definition int) {
	for leaf := c.leaf; leaf < c.leaf+c.leaves; leaf++ {
		s.batches[leaf].level(repetition, definition, s.layout.leaves[leaf].repetition > 0)
	}
}

// value takes one value. The levels are those of what it is in.
func (s *shredder) value(c *column, repetition, definition int) {
	s.at++
	if s.page[s.at-1] == 0 {
		s.absent(c, repetition, definition)
		return
	}
	definition++
	switch c.kind {
	case kindGroup:
		for i := range c.fields {
			s.value(&c.fields[i], repetition, definition)
		}
	case kindList:
		s.list(c, repetition, definition)
	default:
		b := &s.batches[c.leaf]
		var v uint64
		v, s.at = c.scalar(s.page, s.at)
		b.values = put(b.values, &b.count, v)
		b.level(repetition, definition, c.level > 0)
	}
}

func (s *shredder) list(c *column, repetition, definition int) {
	n := binary.LittleEndian.Uint32(s.page[s.at:])
	s.at += 4
	if n == 0 {
		s.absent(c.element, repetition, definition)
		return
	}
	most := s.layout.pages.sizes.elements
	if s.batches[c.leaf].levels >= most {
		s.addElements(c)
	}
	often := uint32(max(1, most/16) - 1)
	for i := range n {
		if i == 1 {
			repetition = c.level
		}
		if i&often == often {
			s.addElements(c)
		}
		s.value(c.element, repetition, definition+1)
	}
}

// scalar is the value, as a batch has it, that stands at an index of a page, and the
// index after it.
func (c *column) scalar(page []byte, at int) (v uint64, after int) {
	switch c.kind {
	case kindBoolean:
		return uint64(page[at]), at + 1
	case kindInteger, kindTimestamp, kindDecimal64, kindDouble:
		return binary.LittleEndian.Uint64(page[at:]), at + 8
	case kindDecimal32, kindDate:
		return uint64(int32(binary.LittleEndian.Uint32(page[at:]))), at + 4
	case kindDecimal:
		return place(at, c.width), at + c.width
	}
	return text(page, at)
}

// text is the place of a text that stands after its length, and the index after it.
func text(page []byte, at int) (v uint64, after int) {
	n := uint64(page[at])
	at++
	if n >= 0x80 {
		var size int
		n, size = binary.Uvarint(page[at-1:])
		at += size - 1
	}
	return place(at, int(n)), at + int(n)
}
