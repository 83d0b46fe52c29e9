package singer

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

// BlockSize is how much a Reader asks for at a time: small enough for the L2
// cache that the workers go over it again and again in, large enough that a
// block costs nothing beside its bytes.
const BlockSize = 128 << 10

// longSize is of the blocks for lines that BlockSize has no room for. Longer ones still
// have memory of their own.
const longSize = 2 * BlockSize

// Reader cuts a stream of bytes into blocks of whole lines. It hands over what
// a single Read brought as soon as that has a newline, and so never keeps a
// line waiting for the next.
type Reader struct {
	src     io.Reader
	maxLine int
	offset  int64 // of the next block
	rest    []byte
	err     error // of every further Next
	later   error // of the source, when rest has been handed over
	long    bool  // the last block began with a line of more than BlockSize
	pool    sync.Pool
	longer  sync.Pool // of longSize
}

// Block is a run of whole lines, each with its newline but for the last one of
// an input that ends without.
type Block struct {
	Data   []byte
	Offset int64 // of Data[0] in the input

	// Missing is the number of bytes that are missing at the end of Data because
	// the line, then the only one of its block, exceeds the reader's limit.
	Missing int64

	// Outline is all of such a line, but for what is in the objects and arrays of its
	// message, for long strings, and for what is too much.
	Outline []byte

	// Unfinished says that the input ends in such a line before its message does.
	Unfinished bool
}

// NewReader reads from src. Lines of more than maxLine bytes are cut there.
func NewReader(src io.Reader, maxLine int) *Reader {
	r := &Reader{src: src, maxLine: max(maxLine, BlockSize)}
	r.pool.New = func() any { return new([BlockSize]byte) }
	r.longer.New = func() any { return new([longSize]byte) }
	return r
}

// Reset has the reader begin with another source, and keeps the memory that was given
// back.
func (r *Reader) Reset(src io.Reader) {
	r.src, r.offset, r.rest, r.err, r.later = src, 0, r.rest[:0], nil, nil
}

// Free gives a block's memory back. Its Data must not be used any more.
func (r *Reader) Free(b Block) {
	switch cap(b.Data) { // the largest ones were for one long line
	case BlockSize:
		r.pool.Put((*[BlockSize]byte)(b.Data[:BlockSize]))
	case longSize:
		r.longer.Put((*[longSize]byte)(b.Data[:longSize]))
	}
}

// Next returns the next block, or io.EOF after the last. An error of the source
// comes after the whole lines that preceded it; a partial line before such an
// error is dropped, for it may be cut anywhere.
func (r *Reader) Next() (Block, error) {
	if r.err != nil {
		return Block{}, r.err
	}
	buf, n := r.start()
	if end := lastNewline(buf[:n]); end >= 0 { // only after a line that was cut
		return r.cut(buf[:n], end+1), nil
	}
	for {
		if n == len(buf) {
			if n >= r.maxLine {
				return r.skip(buf)
			}
			buf = r.grow(buf)
		}
		m, err := 0, r.later
		if err == nil {
			m, err = r.src.Read(buf[n:])
		}
		end := lastNewline(buf[n : n+m])
		n += m
		if err != nil {
			return r.last(buf[:n], err)
		}
		if end >= 0 {
			return r.cut(buf[:n], n-m+end+1), nil
		}
	}
}

// lastNewline finds the last newline, or returns -1. It looks which piece has one,
// because bytes.LastIndexByte takes much longer for a byte than bytes.IndexByte.
func lastNewline(b []byte) int {
	const piece = 2 << 10
	for len(b) > 0 {
		from := max(0, len(b)-piece)
		if bytes.IndexByte(b[from:], '\n') >= 0 {
			return from + bytes.LastIndexByte(b[from:], '\n')
		}
		b = b[:from]
	}
	return -1
}

// grow returns a larger buffer with what fills this one.
func (r *Reader) grow(buf []byte) []byte {
	size := min(2*len(buf), r.maxLine)
	if len(buf) == BlockSize && size == longSize {
		longer := r.longer.Get().(*[longSize]byte)
		copy(longer[:], buf)
		r.pool.Put((*[BlockSize]byte)(buf))
		return longer[:]
	}
	// Memory that is fresh takes none until it is written to: append would clear it.
	longer := make([]byte, size)
	copy(longer, buf)
	return longer
}

// start returns a buffer that begins with the rest of the last one.
func (r *Reader) start() (buf []byte, n int) {
	switch {
	case r.long && len(r.rest) < longSize:
		buf = r.longer.Get().(*[longSize]byte)[:]
	case len(r.rest) < BlockSize:
		buf = r.pool.Get().(*[BlockSize]byte)[:]
	default:
		buf = make([]byte, len(r.rest)+BlockSize)
	}
	n = copy(buf, r.rest)
	if cap(r.rest) > BlockSize {
		r.rest = nil
	}
	r.rest = r.rest[:0]
	return buf, n
}

// cut makes a block of the first end bytes and keeps the rest for the next.
func (r *Reader) cut(buf []byte, end int) Block {
	r.long = r.maxLine >= longSize && end > BlockSize && bytes.IndexByte(buf[:BlockSize], '\n') < 0
	r.rest = append(r.rest, buf[end:]...)
	return r.block(buf[:end])
}

// block makes a block of what was read. A byte order mark at the start of the
// input is not part of it.
func (r *Reader) block(data []byte) Block {
	b := Block{Data: data, Offset: r.offset}
	r.offset += int64(len(data))
	if mark := len(byteOrderMark); b.Offset == 0 && bytes.HasPrefix(data, []byte(byteOrderMark)) {
		b.Data, b.Offset = data[mark:], int64(mark)
	}
	return b
}

func (r *Reader) last(buf []byte, err error) (Block, error) {
	r.err = err
	if !errors.Is(err, io.EOF) {
		buf = buf[:bytes.LastIndexByte(buf, '\n')+1]
	}
	if len(buf) == 0 {
		return Block{}, err
	}
	return r.block(buf), nil
}

// skip drops what follows of a line that fills buf, up to its newline.
func (r *Reader) skip(buf []byte) (Block, error) {
	b := r.block(buf)
	var o outline
	o.follow(b.Data)
	array := r.pool.Get().(*[BlockSize]byte)
	defer r.pool.Put(array)
	chunk := array[:]
	for {
		m, err := r.src.Read(chunk)
		if end := bytes.IndexByte(chunk[:m], '\n'); end >= 0 {
			o.follow(chunk[:end+1])
			b.Missing += int64(end + 1)
			b.Outline = o.text
			r.offset += b.Missing
			r.rest = append(r.rest, chunk[end+1:m]...)
			r.later = err
			return b, nil
		}
		o.follow(chunk[:m])
		b.Missing += int64(m)
		if err != nil {
			b.Outline, b.Unfinished = o.text, o.depth > 0
			r.offset += b.Missing
			r.err = err
			return b, nil
		}
	}
}
