package target

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"target-s3/target/compress"
	"target-s3/target/format"
	"target-s3/target/objectkey"
	"target-s3/target/store"
)

// tableKey names the batch that a row belongs to.
type tableKey struct {
	table   string
	version int64
}

// file is the file of one batch, on its way to becoming an object. The appender
// owns it until a checkpoint takes it over.
//
// Its bytes pass through three places: open, where rows are appended; pending,
// where blocks are compressed; and ready, which awaits being a part. held is
// the memory that all three take. A columnar file has rows wait between open and
// pending, until they make a row group, see group.go.
type file struct {
	load    *load
	key     tableKey
	name    string // the object key that it began with
	object  *objectKey
	stream  *stream
	extra   bool // has the column _sdc_extra
	closed  bool
	opened  format.Timestamp
	codec   compress.Codec // nil: none
	upload  store.Upload
	writes  sync.WaitGroup // parts in flight
	rows    int64
	open    []byte
	filled  bool   // the last block was full
	pending []*job // in order
	window  []byte // end of the last block
	sum     compress.Sum
	groups  *grouping // nil: the format has no row groups
	ready   [][]byte
	size    int64 // of ready
	parts   int
	offset  int64  // bytes that were cut into parts
	ended   bool   // the compressed form is complete
	held    int64  // memory that open, pending and ready take
	total   *int64 // the appender's sum of that, nil once a checkpoint has the file

	tail     [][]byte // pages that the store may use until the file is published
	tailHeld int64    // memory that the file had when the checkpoint took it over
}

// take notes that the file holds so much more memory, or less.
func (f *file) take(n int) {
	f.held += int64(n)
	if f.total != nil {
		*f.total += int64(n)
	}
}

// job is a block to compress.
type job struct {
	codec         compress.Codec
	first         bool // of its file
	before, block []byte
	out           []byte
	group         *groupJob // nil: a block
	done          chan struct{}
}

const (
	// pageSize leaves room for the row that fills a block and goes beyond it.
	pageSize = compress.BlockSize + 32<<10
	// windowSize is what the codecs make use of.
	windowSize = 32 << 10
	// jobSize is the memory of a job beside its block: window and result.
	jobSize = windowSize + pageSize
	// slack is how much larger compression can make a block.
	slack = 1024
)

var (
	pages   = sync.Pool{New: func() any { return new([pageSize]byte) }}
	windows = sync.Pool{New: func() any { return new([windowSize]byte) }}
)

func newPage() []byte { return pages.Get().(*[pageSize]byte)[:0] }

func freePage(b []byte) {
	if cap(b) == pageSize { // the others grew for a long row
		pages.Put((*[pageSize]byte)(b[:pageSize]))
	}
}

// openFile begins a batch. Its moment is in the key and in every row.
func (l *load) openFile(key tableKey, s *stream, extra bool, total *int64) (*file, error) {
	object, err := l.newKey(objectkey.Values{Table: key.table, Version: key.version, Extension: l.extension(s)})
	if err != nil {
		return nil, err
	}
	f := &file{
		load: l, key: key, name: object.text, object: object, stream: s, extra: extra,
		opened: format.NewTimestamp(object.values.Loaded), codec: l.codecOf(s), total: total,
	}
	f.upload = l.store.Create(store.Object{Key: f.name, Next: object.next, ContentType: s.layout.ContentType(), Durable: l.journal != nil})
	l.uploads.add(f)
	if layout, ok := s.layout.(format.Grouped); ok {
		f.groups = &grouping{layout: layout}
		return f, nil
	}
	f.open = s.layout.Header(f.open, extra)
	f.take(cap(f.open))
	return f, nil
}

// codecOf is how a stream's files are compressed. Rejected records are for people
// to read, and always plain.
func (l *load) codecOf(s *stream) compress.Codec {
	if s == l.rejected {
		return nil
	}
	return l.codec
}

func (l *load) extension(s *stream) string {
	if c := l.codecOf(s); c != nil {
		return s.layout.Extension() + c.Suffix()
	}
	return s.layout.Extension()
}

// append adds a row.
func (f *file) append(row []byte, widen bool) {
	if f.open == nil && f.filled { // it may well fill another
		f.open = newPage()
		f.take(pageSize)
	}
	before := cap(f.open)
	f.open = append(f.open, row...)
	if widen {
		f.open = f.stream.layout.Widen(f.open)
	}
	if after := cap(f.open); after != before {
		f.take(after - before)
	}
	f.rows++
}

// stored is how large the object is so far, at most. With nothing pending it is
// exact, but for the few bytes that end the compressed form.
func (f *file) stored() int64 {
	n := f.offset + f.size + int64(len(f.open))
	for _, j := range f.pending {
		n += int64(len(j.block)) + slack
	}
	return n
}

// isLarge reports whether the file has reached batch_size_bytes, after a flush.
func (f *file) isLarge(ctx context.Context) (bool, error) {
	if f.groups != nil {
		return f.isFullOfGroups(ctx)
	}
	most := f.load.config.BatchSizeBytes
	err := f.collect(ctx, f.stored() >= most)
	return f.stored() >= most, err
}

// flush ends the open block: it goes to the compressors, waits for a row
// group, or is ready as it is.
func (f *file) flush(ctx context.Context) error {
	if len(f.open) == 0 {
		return nil
	}
	block := f.open
	f.open, f.filled = nil, len(block) >= compress.BlockSize
	if f.groups != nil {
		f.groups.add(block)
		return nil
	}
	if f.codec == nil {
		f.ready = append(f.ready, block)
		f.size += int64(len(block))
		return nil
	}
	if f.sum.Size == 0 {
		f.take(windowSize)
	}
	j := &job{codec: f.codec, first: f.sum.Size == 0, before: f.window, block: block, done: make(chan struct{})}
	f.sum.Add(block)
	window := windows.Get().(*[windowSize]byte)[:0]
	f.window = append(window, block[max(0, len(block)-windowSize):]...) //nolint:gocritic // the old one is the job's
	f.pending = append(f.pending, j)
	f.take(jobSize)
	return f.load.submit(ctx, j)
}

func (l *load) submit(ctx context.Context, j *job) error {
	select {
	case l.jobs <- j:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// compress works on blocks until the load ends.
func (l *load) compress(ctx context.Context) {
	for {
		select {
		case j := <-l.jobs:
			j.run()
			close(j.done)
		case <-ctx.Done():
			return
		}
	}
}

func (j *job) run() {
	if j.group != nil {
		j.group.run()
		return
	}
	var out []byte
	if len(j.block) > pageSize/2 {
		out = newPage()
	}
	if j.first {
		out = j.codec.Begin(out)
	}
	j.out = j.codec.Block(out, j.before, j.block)
}

// collect takes over the blocks that are compressed, all of them if it is to
// wait.
func (f *file) collect(ctx context.Context, wait bool) error {
	for len(f.pending) > 0 {
		if done, err := f.collectFirst(ctx, wait); !done || err != nil {
			return err
		}
	}
	return nil
}

// collectFirst takes over the first pending block, once it is done if it is to
// wait.
func (f *file) collectFirst(ctx context.Context, wait bool) (done bool, err error) {
	j := f.pending[0]
	select {
	case <-j.done:
	default:
		if !wait {
			return false, nil
		}
		select {
		case <-j.done:
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
	f.pending = slices.Delete(f.pending, 0, 1)
	if j.group != nil {
		return true, f.collectGroup(j.group)
	}
	f.put(j.out)
	f.take(-cap(j.block) - jobSize)
	freePage(j.block)
	freePage(j.out)
	if cap(j.before) == windowSize {
		windows.Put((*[windowSize]byte)(j.before[:windowSize]))
	}
	return true, nil
}

// put copies bytes to the end of ready, where pages are filled to the brim: a
// compressed block takes a fraction of one.
func (f *file) put(b []byte) {
	f.size += int64(len(b))
	for len(b) > 0 {
		if n := len(f.ready); n == 0 || len(f.ready[n-1]) == cap(f.ready[n-1]) {
			page := f.readyPage()
			f.ready = append(f.ready, page)
			f.take(cap(page))
		}
		last := &f.ready[len(f.ready)-1]
		n := min(len(b), cap(*last)-len(*last))
		*last = append(*last, b[:n]...)
		b = b[n:]
	}
}

// readyPage is a page in proportion to what the file has so far: of many files
// few become large.
func (f *file) readyPage() []byte {
	if size := f.offset + f.size; size < pageSize {
		return make([]byte, 0, max(size, 16<<10))
	}
	return newPage()
}

// isEncoded reports whether rows become something else on their way to ready.
func (f *file) isEncoded() bool { return f.codec != nil || f.groups != nil }

// whole is the size of ready without a page that is still being filled. Parts
// are made of the others alone: where one ends must not hang on when the blocks
// were collected, nor then the memory that is held.
func (f *file) whole() int64 {
	if n := len(f.ready); f.isEncoded() && n > 0 && len(f.ready[n-1]) < cap(f.ready[n-1]) {
		return f.size - int64(len(f.ready[n-1]))
	}
	return f.size
}

// finish completes the bytes of a file that is closed.
func (f *file) finish(ctx context.Context) error {
	if f.ended {
		return nil
	}
	if err := f.flushAll(ctx); err != nil {
		return err
	}
	if err := f.collect(ctx, true); err != nil {
		return err
	}
	switch {
	case f.groups != nil:
		if err := f.putFooter(); err != nil {
			return err
		}
	case f.codec != nil:
		f.put(f.codec.End(nil, f.sum))
	}
	if f.window != nil {
		f.take(-windowSize)
	}
	f.window, f.ended = nil, true
	return nil
}

// cut makes a part of the first pages that have at least so many bytes, or of
// all that there are. Its memory is no longer held.
func (f *file) cut(least int64) (store.Part, [][]byte) {
	n, size := 0, int64(0)
	for n < len(f.ready) && size < least {
		size += int64(len(f.ready[n]))
		f.take(-cap(f.ready[n]))
		n++
	}
	pages := f.ready[:n]
	f.parts++
	p := store.Part{Number: f.parts, Offset: f.offset, Size: size, Body: newPagesReader(pages)}
	f.ready = slices.Clone(f.ready[n:]) // of its own, or it would keep the pages alive
	f.size -= size
	f.offset += size
	return p, pages
}

// ship uploads a part, of the first pages, in the background.
func (f *file) ship(ctx context.Context, least int64) {
	held := f.held
	part, pages := f.cut(least)
	held -= f.held
	l := f.load
	l.shipping.add(held)
	f.writes.Go(func() {
		defer l.shipping.add(-held)
		if err := l.request(ctx, func() error { return f.upload.Write(ctx, part) }); err != nil {
			l.fail(err)
			return
		}
		for _, b := range pages {
			freePage(b)
		}
	})
}

// request calls the store when one of the permitted requests is free.
func (l *load) request(ctx context.Context, call func() error) error {
	select {
	case l.uploading <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-l.uploading }()
	return call()
}

// sortFiles puts files into an order that depends on nothing but their keys.
func sortFiles(files []*file) {
	slices.SortFunc(files, func(a, b *file) int { return cmp.Compare(a.name, b.name) })
}
