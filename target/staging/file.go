package staging

import (
	"context"
	"slices"
	"sync"

	"target-s3/target/compress"
	"target-s3/target/format"
	"target-s3/target/store"
)

// Spec is what a file is to become.
type Spec struct {
	Object  store.Object
	Layout  format.Layout
	Codec   compress.Codec // nil: none
	Sizes   Sizes
	Opened  format.Timestamp // the moment that its rows have
	Extra   bool             // it has the column _sdc_extra
	Version int64            // of the table
}

// Sizes are those of a file and its parts, in bytes.
type Sizes struct {
	File      int64 // from which on it is large
	Group     int64 // rows that make a row group
	WideGroup int64 // the same, at most, where there are many columns
	GroupLag  int   // row groups that may be on their way
}

// File is a file on its way to becoming an object. One goroutine owns it at a time.
//
// Its bytes pass through three places: the block, to which rows are appended, in
// pieces as it grows;
// pending, where blocks are compressed; and ready, which awaits being a part. held
// is the memory that all three take. Rows of a columnar file wait between the block
// and pending until they make a row group, see group.go.
type File struct {
	area   *Area
	spec   Spec
	upload store.Upload
	err    error // that sticks
	rows   int64

	full    [][]byte // blocks that end with the next Flush, for a row that is one by itself
	pieces  [][]byte // of the block, full ones
	inside  int      // bytes in these
	block   []byte   // its last piece, that rows are appended to
	filled  bool     // the last block was full
	pending []*job   // in order
	window  []byte   // end of the last block
	sum     compress.Sum
	groups  *grouping // nil: the format has no row groups
	ready   [][]byte
	size    int64 // of ready
	offset  int64 // bytes that were made into parts
	ended   bool  // the compressed form is complete

	held   int64    // memory of block, pending and ready
	handed bool     // over, to be staged and published
	tail   [][]byte // buffers that the store may use until the file is published

	number int            // of the last part
	parts  sync.WaitGroup // on their way
	mu     sync.Mutex     // for what others set
	key    string         // as it is now
	failed error          // why a part could not be uploaded
}

// Open begins a file. It does no I/O and cannot fail.
func (a *Area) Open(spec Spec) *File {
	f := &File{area: a, spec: spec, key: spec.Object.Key}
	o := spec.Object
	o.Durable, o.Checksum = a.options.Durable, a.options.Checksums
	if next := o.Next; next != nil {
		o.Next = func() string { return f.moved(next()) }
	}
	f.upload = a.options.Store.Create(o)
	a.mu.Lock()
	a.remain[f] = struct{}{}
	a.mu.Unlock()
	if layout, ok := spec.Layout.(format.Grouped); ok {
		f.groups = newGrouping(layout, &f.spec.Sizes)
		return f
	}
	f.block = spec.Layout.Header(f.block, spec.Extra)
	f.hold(cap(f.block))
	return f
}

func (f *File) moved(key string) string {
	if key != "" {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.key = key
	}
	return key
}

// Key is the object's key as it is now: it moves on where another object has it.
func (f *File) Key() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.key
}

// Rows is how many were appended.
func (f *File) Rows() int64 { return f.rows }

// Size is how many bytes the object has, once the file is staged.
func (f *File) Size() int64 { return f.offset }

// Held is the memory that the file takes.
func (f *File) Held() int64 { return f.held }

// Receipt is what it takes to publish a durable file from elsewhere, once it is staged.
func (f *File) Receipt() store.Receipt { return f.upload.Receipt() }

// Sums are those of the object, once the file is published.
func (f *File) Sums() store.Sums { return f.upload.Sums() }

// Encodes reports whether rows become something else on their way to the object.
func (f *File) Encodes() bool { return f.spec.Codec != nil || f.groups != nil }

// Unencoded is how many bytes of rows the file has that no compressor has.
func (f *File) Unencoded() int64 {
	n := int64(f.inside + len(f.block))
	if f.groups != nil {
		n += f.groups.size
	}
	return n
}

// hold notes that the file takes so much more memory, or less.
func (f *File) hold(n int) {
	f.held += int64(n)
	if f.handed {
		f.area.onTheWay.Add(int64(n))
	} else {
		f.area.held += int64(n)
	}
}

// stick keeps an error, and returns the one that sticks.
func (f *File) stick(err error) error {
	if f.err == nil {
		f.mu.Lock()
		f.err = f.failed
		f.mu.Unlock()
	}
	if f.err == nil {
		f.err = err
	}
	return f.err
}

// Flush ends the block: it goes to the compressors, waits for a row group, or is
// ready as it is.
func (f *File) Flush(ctx context.Context) error {
	if len(f.full) == 0 && len(f.block) == 0 {
		return f.stick(nil)
	}
	f.filled = f.inside+len(f.block) >= compress.BlockSize
	blocks := f.takeBlock(f.full)
	for _, block := range blocks {
		if f.stick(nil) == nil && len(block) > 0 {
			_ = f.stick(f.flush(ctx, block))
		}
	}
	clear(blocks)
	f.full = blocks[:0]
	return f.err
}

func (f *File) flush(ctx context.Context, block []byte) error {
	switch {
	case f.groups != nil:
		f.groups.add(block)
		return nil
	case f.spec.Codec == nil:
		f.ready = append(f.ready, block)
		f.size += int64(len(block))
		return nil
	case len(block) <= LargeRow:
		return f.compress(ctx, block)
	}
	f.hold(len(block) - cap(block))                              // as its pieces will
	for piece := range slices.Chunk(block, compress.BlockSize) { // what they become takes memory until it is collected
		if err := f.compress(ctx, slices.Clip(piece)); err != nil {
			return err
		}
		if err := f.collect(ctx, false); err != nil {
			return err
		}
	}
	return nil
}

// compress leaves a block to the compressors.
func (f *File) compress(ctx context.Context, block []byte) error {
	if f.sum.Size == 0 {
		f.hold(windowSize)
	}
	j := &job{area: f.area, codec: f.spec.Codec, first: f.sum.Size == 0, before: f.window, block: block, size: len(block), taken: cap(block), done: make(chan struct{})}
	f.sum.Add(block)
	window := f.area.windows.Get().(*[windowSize]byte)[:0]
	f.window = append(window, block[max(0, len(block)-windowSize):]...) //nolint:gocritic // the old one is the job's
	f.pending = append(f.pending, j)
	f.hold(jobSize)
	return f.area.submit(ctx, j)
}

// Encode is Flush, and has a row group made of the rows that wait for one.
func (f *File) Encode(ctx context.Context) error {
	if f.Flush(ctx) != nil || f.groups == nil || f.groups.size == 0 {
		return f.err
	}
	return f.stick(f.beginGroup(ctx))
}

// IsLarge reports, after a Flush, whether the file has reached its size.
func (f *File) IsLarge(ctx context.Context) (bool, error) {
	if f.groups != nil {
		full, err := f.isFullOfGroups(ctx)
		return full, f.stick(err)
	}
	most := f.spec.Sizes.File
	err := f.collect(ctx, f.stored() >= most)
	return f.stored() >= most, f.stick(err)
}

// slack is how much larger compression can make a block.
const slack = 1024

// stored is how large the object is so far, at most. With nothing pending it is
// exact, but for the few bytes that end the compressed form.
func (f *File) stored() int64 {
	n := f.offset + f.size + int64(f.inside+len(f.block))
	for _, j := range f.pending {
		n += int64(j.size) + slack
	}
	return n
}

// Settle waits until nothing is pending.
func (f *File) Settle(ctx context.Context) error { return f.stick(f.collect(ctx, true)) }

// put copies bytes to the end of ready, where buffers are filled to the brim: a
// compressed block takes a fraction of one.
func (f *File) put(b []byte) {
	f.size += int64(len(b))
	for len(b) > 0 {
		if n := len(f.ready); n == 0 || len(f.ready[n-1]) == cap(f.ready[n-1]) {
			buffer := f.readyBuffer()
			f.ready = append(f.ready, buffer)
			f.hold(cap(buffer))
		}
		last := &f.ready[len(f.ready)-1]
		n := min(len(b), cap(*last)-len(*last))
		*last = append(*last, b[:n]...)
		b = b[n:]
	}
}

// readyBuffer is in proportion to what the file has so far: of many files few become
// large.
func (f *File) readyBuffer() []byte {
	if size := f.offset + f.size; size < bufferSize {
		return make([]byte, 0, max(size, smallBlock))
	}
	return f.area.newBuffer()
}

// end completes the bytes of the file.
func (f *File) end(ctx context.Context) error {
	if f.ended || f.Encode(ctx) != nil || f.Settle(ctx) != nil {
		return f.err
	}
	switch {
	case f.groups != nil:
		if err := f.putFooter(); err != nil {
			return f.stick(err)
		}
	case f.spec.Codec != nil:
		f.put(f.spec.Codec.End(nil, f.sum))
	}
	if f.window != nil {
		f.hold(-windowSize)
	}
	f.window, f.ended = nil, true
	return nil
}

// takePart makes a part of the first buffers that have at least so many bytes, or of
// all that there are. Their memory is no longer held; it is returned how much that was.
func (f *File) takePart(least int64) (store.Part, [][]byte, int64) {
	n, size, held := 0, int64(0), int64(0)
	for n < len(f.ready) && size < least {
		size += int64(len(f.ready[n]))
		held += int64(cap(f.ready[n]))
		n++
	}
	f.hold(int(-held))
	buffers := f.ready[:n]
	f.number++
	p := store.Part{Number: f.number, Offset: f.offset, Size: size, Body: newBody(buffers)}
	f.ready = slices.Clone(f.ready[n:]) // of its own, or it would keep the buffers alive
	f.size -= size
	f.offset += size
	return p, buffers, held
}
