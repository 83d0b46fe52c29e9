package parquet

import (
	"encoding/binary"
	"slices"
)

// place is the value of bytes that stand somewhere.
func place(from, size int) uint64 { return uint64(from)<<32 | uint64(size) }

// at are the bytes of a place.
func at(place uint64, from []byte) []byte {
	start := place >> 32
	return from[start : start+place&(1<<32-1)]
}

// encoder makes the pages of a column of a row group. What it fills is used again for
// another column once the group is made.
type encoder struct {
	leaf   *leaf
	pages  *Pages
	levels [2][]uint8 // of repetition and definition, of the page that is open
	coded  [2][]byte  // those before, encoded
	values int        // of the page, with those that are null
	count  int        // values of the page that are not null
	rows   int        // of the page
	plain  []byte     // the page's values, encoded plainly; a byte each for booleans
	places []uint32   // or what the dictionary has for them
	bounds bounds     // of the page, without a dictionary
	seen   []bool     // which values of the dictionary a page has
	packed []byte     // the page's levels, encoded

	own        dictionary
	dictionary *dictionary // nil: there is none
	plainly    bool        // the values that follow are not looked for in the dictionary
	ahead      float64     // how many times as many values there will be, about
	hashes     []uint64    // of all values, for a bloom filter
	chunk      chunk
}

// begin begins a column.
func (e *encoder) begin(l *leaf, p *Pages) {
	e.leaf, e.pages, e.plainly, e.dictionary = l, p, !l.dictionary, nil
	e.hashes = e.hashes[:0]
	e.beginPage()
	if l.dictionary {
		e.dictionary = &e.own
		e.own.begin(l, p.sizes)
	}
}

// beginPage forgets the page that was ended.
func (e *encoder) beginPage() {
	e.levels[0], e.levels[1], e.plain, e.places = e.levels[0][:0], e.levels[1][:0], e.plain[:0], e.places[:0]
	e.coded[0], e.coded[1] = e.coded[0][:0], e.coded[1][:0]
	e.rows, e.values, e.count, e.bounds.any = 0, 0, 0, false
}

// add adds what a batch has.
func (e *encoder) add(b *batch, from []byte) {
	for i, levels := range [...][]uint8{b.repetitions[:b.repeated], b.definitions[:b.levels]} {
		e.levels[i] = append(reserve(e.levels[i], len(levels), min(e.expected(len(levels)), e.pages.sizes.levels)), levels...)
	}
	e.values += b.levels
	values := b.values[:b.count]
	e.count += len(values)
	if e.leaf.bloom {
		e.addHashes(values, from)
	}
	if !e.plainly {
		n := e.addPlaces(values, from)
		if values = values[n:]; len(values) > 0 && len(e.places) > 0 {
			// The page has to be of one encoding.
			e.unfold()
		}
	}
	e.addPlain(values, from)
	if len(e.levels[1]) >= e.pages.sizes.levels {
		e.codeLevels(true)
	}
}

// added says that so many rows have ended, and ends the page when it is full. Its last
// row is there as a whole.
func (e *encoder) added(rows int) error {
	e.rows += rows
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
	e.plain = reserve(e.plain, size, e.ofPage(len(e.plain), size, e.pages.sizes.page))
	n := len(e.plain)
	e.plain = e.plain[:n+size]
	l.putPlain(e.plain[n:], values, from)
}

// putPlain writes values plainly into room that is as large as they are.
func (l *leaf) putPlain(dst []byte, values []uint64, from []byte) {
	switch {
	case l.kind == kindBoolean:
		for i, v := range values {
			dst[i] = byte(v)
		}
	case l.kind == kindDecimal:
		for _, v := range values {
			dst = dst[copy(dst, at(v, from)):]
		}
	case l.kind.isBytes():
		for _, v := range values {
			binary.LittleEndian.PutUint32(dst, uint32(v))
			dst = dst[4+copy(dst[4:], at(v, from)):]
		}
	case l.width == 4:
		for _, v := range values {
			binary.LittleEndian.PutUint32(dst, uint32(v))
			dst = dst[4:]
		}
	default:
		for _, v := range values {
			binary.LittleEndian.PutUint64(dst, v)
			dst = dst[8:]
		}
	}
}

// expected is how much there will be of something, if the current batch has so much
// of it.
func (e *encoder) expected(now int) int { return int(float64(now) * e.ahead) }

// ofPage is how much of something the open page will have: so much more than a page should
// at most, unless it already has, of one row. There is room for the levels then, or all
// would be copied to stand behind them.
func (e *encoder) ofPage(has, more, most int) int {
	if has < most {
		return min(e.expected(more), most+more)
	}
	return e.expected(has+more) / 8 * 9
}

// reserve makes room for so much more, and if that takes new memory, for as much as
// is expected, so that it need not be done again.
func reserve[T uint8 | uint32](s []T, least, expected int) []T {
	if cap(s)-len(s) >= least {
		return s
	}
	const room = 64 // for the levels of a page
	return append(make([]T, 0, max(len(s)+least, len(s)/4*5, expected)+room), s...)
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
func (e *encoder) addPlaces(values []uint64, from []byte) (n int) {
	d := e.dictionary
	e.places = reserve(e.places, len(values), e.ofPage(len(e.places), len(values), e.pages.sizes.places))
	for n < len(values) && !e.plainly {
		if d.isDue() && !e.pays(len(values)-n) {
			e.plainly = true
			break
		}
		rest := values[n:]
		rest = rest[:min(len(rest), d.mostLooked())]
		places := e.places[len(e.places) : len(e.places)+len(rest)]
		var looked int
		if d.texts {
			looked = d.lookUpTexts(places, rest, from)
		} else {
			looked = d.lookUpNumbers(places, rest)
		}
		e.places = e.places[:len(e.places)+looked]
		n += looked
		e.plainly = looked == 0
	}
	return n
}

// pays reports whether the dictionary is worth it, as far as is known after the
// first values and with so many at hand.
func (e *encoder) pays(rest int) bool {
	d := e.dictionary
	return len(e.chunk.parts) > 0 || len(e.places) >= e.pages.sizes.places || d.pays(float64(d.looked+rest)*e.ahead)
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
