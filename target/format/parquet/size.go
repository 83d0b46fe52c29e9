package parquet

import (
	"bytes"
	"errors"

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
	w := &rowWriter{layout: c, most: mostCounted, counts: true}
	dst, _ := w.row(nil, row) // AppendRow will refuse it as well
	aside := w.members.Len()
	size = w.counted + len(dst) + aside + len(row.TimeExtracted) + largeRow
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

// bound is called while a row grows, and has so much put aside. Where it is counted what
// there is of it is forgotten, and otherwise it may be too long.
func (w *rowWriter) bound(dst []byte, aside int) ([]byte, error) {
	switch {
	case len(dst)+aside <= w.most:
		return dst, nil
	case !w.counts:
		return dst, errLarge
	}
	w.counted += len(dst) + aside
	if aside > 0 {
		w.members.Reset()
	}
	return dst[:0], nil
}
