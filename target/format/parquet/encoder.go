package parquet

import (
	"encoding/binary"
	"slices"
)

// batch is what some rows have in a column: a value for each level of definition
// that is the highest.
type batch struct {
	// values are numbers. Of texts and wide decimals they say where these stand in
	// the rows: the offset, and in the lower half how long they are.
	values      []uint64
	repetitions []uint8 // none if there are no lists
	definitions []uint8
}

func (b *batch) reset() {
	b.values, b.repetitions, b.definitions = b.values[:0], b.repetitions[:0], b.definitions[:0]
}

// place is the value of bytes that stand somewhere.
func place(from, size int) uint64 { return uint64(from)<<32 | uint64(size) }

// at are the bytes of a place.
func at(place uint64, from []byte) []byte {
	start := place >> 32
	return from[start : start+place&(1<<32-1)]
}

// encoder makes the pages of a column of a row group.
type encoder struct {
	leaf   *leaf
	pages  *Pages
	levels [2][]uint8 // of repetition and definition, of the page that is open
	count  int        // values of the page that are not null
	rows   int        // of the page
	plain  []byte     // the page's values, encoded plainly; a byte each for booleans
	places []uint32   // or what the dictionary has for them
	bounds bounds     // of the page, without a dictionary
	seen   []bool     // which values of the dictionary a page has

	dictionary *dictionary // nil: there is none
	plainly    bool        // the values that follow are not looked for in the dictionary
	ahead      float64     // how many times as many values there will be, about
	hashes     []uint64    // of all values, for a bloom filter
	chunk      chunk
}

func newEncoder(l *leaf, p *Pages) *encoder {
	e := &encoder{leaf: l, pages: p, plainly: !l.dictionary}
	if l.dictionary {
		e.dictionary = newDictionary(l, p.sizes)
	}
	return e
}

// add takes the values of a batch of rows, and ends the page when it is full.
func (e *encoder) add(b *batch, rows int, from []byte) error {
	e.levels[0] = append(reserve(e.levels[0], len(b.repetitions), e.expected(len(b.repetitions))), b.repetitions...)
	e.levels[1] = append(reserve(e.levels[1], len(b.definitions), e.expected(len(b.definitions))), b.definitions...)
	e.rows += rows
	e.count += len(b.values)
	if e.leaf.bloom {
		e.addHashes(b.values, from)
	}
	values := b.values
	if !e.plainly {
		n := e.addPlaces(values, from)
		if values = values[n:]; len(values) > 0 && len(e.places) > 0 {
			// The page has to be of one encoding.
			e.unfold()
		}
	}
	e.addPlain(values, from)
	if len(e.plain) >= e.pages.sizes.page || len(e.places) >= e.pages.sizes.places {
		return e.endPage()
	}
	return nil
}

// addPlain encodes values plainly.
func (e *encoder) addPlain(values []uint64, from []byte) {
	if len(values) == 0 {
		return
	}
	l := e.leaf
	if l.bounded() {
		if l.kind.isBytes() {
			e.bounds.texts(values, from, l.kind)
		} else {
			e.bounds.numbers(values, l.kind)
		}
	}
	size := l.plainBytes(values)
	e.plain = reserve(e.plain, size, min(e.expected(size), e.pages.sizes.page+size))
	switch {
	case l.kind == kindBoolean:
		for _, v := range values {
			e.plain = append(e.plain, byte(v))
		}
	case l.kind == kindDecimal:
		for _, v := range values {
			e.plain = append(e.plain, at(v, from)...)
		}
	case l.kind.isBytes():
		for _, v := range values {
			e.plain = binary.LittleEndian.AppendUint32(e.plain, uint32(v))
			e.plain = append(e.plain, at(v, from)...)
		}
	case l.width == 4:
		for _, v := range values {
			e.plain = binary.LittleEndian.AppendUint32(e.plain, uint32(v))
		}
	default:
		for _, v := range values {
			e.plain = binary.LittleEndian.AppendUint64(e.plain, v)
		}
	}
}

// expected is how much there will be of something, if the current batch has so much
// of it.
func (e *encoder) expected(now int) int { return int(float64(now) * e.ahead) }

// reserve makes room for so much more, and if that takes new memory, for as much as
// is expected, so that it need not be done again.
func reserve[T uint8 | uint32](s []T, least, expected int) []T {
	if cap(s)-len(s) >= least {
		return s
	}
	const room = 64 // for the levels of a page
	return append(make([]T, 0, max(len(s)+least, expected)+room), s...)
}

// plainBytes is what values take when they are encoded plainly.
func (l *leaf) plainBytes(values []uint64) int {
	if l.width > 0 {
		return len(values) * l.width
	}
	n := 4 * len(values)
	for _, v := range values {
		n += int(uint32(v))
	}
	return n
}

// addPlaces looks values up in the dictionary, and returns how many: not all when
// the dictionary is given up.
func (e *encoder) addPlaces(values []uint64, from []byte) int {
	d := e.dictionary
	e.places = reserve(e.places, len(values), min(e.expected(len(values)), e.pages.sizes.places+len(values)))
	for i, v := range values {
		if d.isFull(v) || (d.isDue() && !e.pays(len(values)-i)) {
			e.plainly = true
			return i
		}
		if d.texts {
			e.places = append(e.places, d.text(at(v, from)))
		} else {
			e.places = append(e.places, d.number(v))
		}
	}
	return len(values)
}

// pays reports whether the dictionary is worth it, as far as is known after the
// first values and with so many at hand.
func (e *encoder) pays(rest int) bool {
	d := e.dictionary
	return len(e.chunk.parts) > 0 || d.pays(float64(d.looked+rest)*e.ahead)
}

// unfold encodes the open page plainly, although its values are in the
// dictionary. If it is the first one, the column has none.
func (e *encoder) unfold() {
	d := e.dictionary
	if e.leaf.bounded() {
		e.boundPlaces()
	}
	e.plain = reserve(e.plain, d.plain, min(e.expected(d.plain), e.pages.sizes.page+d.plain))
	for _, p := range e.places {
		e.plain = d.appendValue(e.plain, p)
	}
	e.places = e.places[:0]
	if len(e.chunk.parts) == 0 {
		e.dictionary = nil
	}
}

// boundPlaces finds the bounds of the values that the open page has places for.
func (e *encoder) boundPlaces() {
	d, l := e.dictionary, e.leaf
	e.seen = slices.Grow(e.seen[:0], d.size)[:d.size]
	clear(e.seen)
	for _, p := range e.places {
		e.seen[p] = true
	}
	compare := comparison(l.kind)
	for p, seen := range e.seen {
		switch {
		case !seen:
		case d.texts:
			e.bounds.text(d.value(uint32(p)), compare)
		default:
			e.bounds.numbers(d.numbers[p:p+1], l.kind)
		}
	}
}
