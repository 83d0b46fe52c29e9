package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"

	"target-s3/target/format"
)

// errLarge is that of a row which became longer than it may be before its Size is known.
var errLarge = errors.New("the row is large")

// mostCounted is how much of a row there is before it is counted and forgotten.
const mostCounted = 64 << 10

// Size is how many bytes AppendRow will append, and about how many the row will take in
// a row group before it is compressed.
func (l *Layout) Size(row *format.Row) (size, encoded int) {
	c := l.columns()
	w := &rowWriter{layout: c, most: mostCounted, part: counting}
	dst, _ := w.row(nil, row) // AppendRow will refuse it as well
	aside := w.set + w.members.Len()
	size = w.counted + len(dst) + w.members.Len() + len(row.TimeExtracted) + largeRow
	// A text has a length of up to three bytes more than in the row. For a null there is
	// nothing, and a value has a comma behind it.
	values := bytes.Count(row.Record, []byte{','})
	encoded = min(size+3*values, len(row.Record)+aside+values*c.widest())
	return size, encoded + 2*min(size, len(c.leaves)*(c.pages.sizes.elements+c.pages.sizes.levels)) // the levels, until they are encoded
}

// largeRow is what a row has beside the columns of its record.
const largeRow = 4 << 10

// widest is the width of the column that has the largest values but for texts.
func (l *columns) widest() (width int) {
	for i := range l.leaves {
		width = max(width, l.leaves[i].width)
	}
	return max(width, 4)
}

// part is what is made of a record: what of a row is not made is forgotten.
type part uint8

const (
	whole        part = iota
	columnsAlone      // without what is put aside
	asideAlone
	counting // nothing is kept, but it is counted
)

func (p part) hasColumns() bool { return p <= columnsAlone }

// bound is called while a row grows, and has so much put aside. Where it is counted what
// there is of it is forgotten, and otherwise it may be too long.
func (w *rowWriter) bound(dst []byte, aside int) ([]byte, error) {
	switch {
	case len(dst)+aside <= w.most:
		return dst, nil
	case w.part == asideAlone:
		return dst[:0], nil
	case w.part != counting:
		return dst, errLarge
	}
	w.counted += len(dst) + aside
	if w.set += aside; aside > 0 {
		w.members.Reset()
	}
	return dst[:0], nil
}

// leavesOut takes note of a text that is not made part of the row.
func (w *rowWriter) leavesOut(v []byte) bool {
	unknown := w.part == counting && bytes.IndexByte(v, '\\') >= 0 // how long it is without escapes
	if unknown || w.part.hasColumns() {
		return false
	}
	w.counted += len(v) + 1 + binary.MaxVarintLen32
	return true
}

// boundAside is called when something was put aside. Where there is much the row gets it
// after its columns, in a walk of its own, or it would be there twice.
func (w *rowWriter) boundAside() {
	switch {
	case w.members.Len() <= mostCounted:
	case w.part == asideAlone:
		w.extra = append(w.extra, w.members.Take()...)
	case w.part == whole && w.most == math.MaxInt: // and if it is not, the row does not become long
		w.part = columnsAlone
		w.members.Reset()
	}
}

// appendAside appends what is put aside to a row that has its columns.
func (w *rowWriter) appendAside(dst []byte, row *format.Row) []byte {
	const length = 5
	from := len(dst) + 1 + length
	dst = append(dst, 1, 0, 0, 0, 0, 0)
	w.part, w.most, w.extra = asideAlone, mostCounted, dst
	_, _ = w.row(nil, row) // it was not refused before
	if w.layout.metadata {
		_ = w.appendExtracted(nil, row.TimeExtracted)
	}
	w.extra = append(w.extra, w.members.Aside()...)
	dst, w.extra = w.extra, nil
	n := uint64(len(dst) - from)
	for at := from - length; at < from-1; at++ {
		dst[at] = byte(n) | 0x80
		n >>= 7
	}
	dst[from-1] = byte(n)
	return dst
}
