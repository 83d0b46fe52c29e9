package staging

import (
	"slices"

	"target-s3/target/compress"
)

// LargeRow is the size beyond which a row is not copied.
const LargeRow = 4 * compress.BlockSize

// Append adds a row. One that lacks the column _sdc_extra is to be widened where the
// file has it. A row larger than a LargeRow is the file's own from then on.
func (f *File) Append(row []byte, widen bool) error {
	if f.err != nil {
		return f.err
	}
	f.rows++
	if widen {
		f.area.widened = f.spec.Layout.Widen(append(f.area.widened[:0], row...))
		if row = f.area.widened; len(row) > LargeRow {
			f.area.widened = nil
		}
	} else if len(row) > LargeRow {
		f.full = append(f.takeBlock(f.full), slices.Clip(row))
		f.hold(len(row))
		return nil
	}
	if f.block == nil && f.filled { // it may well fill another
		f.block = f.area.newBuffer()
		f.hold(bufferSize)
	}
	for {
		if f.groups == nil || len(row) <= cap(f.block)-len(f.block) { // pages of row groups have whole rows
			n := min(len(row), cap(f.block)-len(f.block))
			f.block, row = append(f.block, row[:n]...), row[n:]
		}
		if len(row) == 0 {
			return nil
		}
		f.grow(len(row))
	}
}

// Room is how many bytes of rows the file takes before anything else comes of them
// than a longer block.
func (f *File) Room() int {
	if f.err != nil || len(f.full) > 0 {
		return 0
	}
	return min(int(f.fullAt()-1)-f.inside, cap(f.block)) - len(f.block)
}

// AppendMany adds rows that there is Room for.
func (f *File) AppendMany(rows []byte, n int) {
	f.block = append(f.block, rows...)
	f.rows += int64(n)
}

// smallBlock is what a block begins with: of many files most may have little.
const smallBlock = 1 << 10

// grow makes room for so many bytes more. The block doubles, by another piece where it
// need not be whole: many files would copy all that they have.
func (f *File) grow(more int) {
	need, before := f.inside+len(f.block)+more, f.inside+cap(f.block)
	size := max(need, 2*before, smallBlock)
	switch {
	case size > bufferSize/2 && need <= bufferSize:
		size = bufferSize
		f.block = f.joined(f.area.newBuffer())
	case f.groups != nil:
		f.block = append(make([]byte, 0, size), f.block...)
	default:
		if f.block != nil {
			f.pieces = append(f.pieces, f.block)
			f.inside += len(f.block)
		}
		f.block = make([]byte, 0, size-f.inside)
	}
	f.hold(size - before)
}

// joined appends the block to dst, and lets go of its pieces.
func (f *File) joined(dst []byte) []byte {
	for _, piece := range f.pieces {
		dst = append(dst, piece...)
	}
	dst = append(dst, f.block...)
	f.pieces, f.inside, f.block = nil, 0, nil
	return dst
}

// takeBlock ends the block, and adds its pieces to others. It is whole where it is to be
// compressed.
func (f *File) takeBlock(others [][]byte) [][]byte {
	if f.spec.Codec != nil && f.pieces != nil {
		f.block = f.joined(make([]byte, 0, f.inside+cap(f.block)))
	}
	all := append(append(others, f.pieces...), f.block)
	f.pieces, f.inside, f.block = nil, 0, nil
	return all
}

// IsBlockFull reports whether it is time for a Flush.
func (f *File) IsBlockFull() bool {
	return len(f.full) > 0 || int64(f.inside+len(f.block)) >= f.fullAt()
}

// fullAt is how many bytes of rows make a full block.
func (f *File) fullAt() int64 {
	most := f.spec.Sizes.File
	if !f.Encodes() {
		most -= f.offset + f.size
	}
	return min(compress.BlockSize, most)
}
