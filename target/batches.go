package target

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"target-s3/target/format"
	"target-s3/target/objectkey"
	"target-s3/target/staging"
	"target-s3/target/store"
)

// tableKey names the batch that a row belongs to.
type tableKey struct {
	table     string
	version   int64
	partition string
}

// file is the file of one batch. The appender owns it until a checkpoint takes it
// over.
type file struct {
	*staging.File
	key    tableKey
	name   string // the object key that it began with
	stream *stream
	extra  bool // has the column _sdc_extra
	closed bool
	opened format.Timestamp

	first, last int64 // _sdc_sequence of its rows; 0: they have none
}

// set sets in rows of a chunk's output what only their file knows, and notes their
// sequences.
func (f *file) set(out []byte, rows []row) {
	for i := range rows {
		if at := rows[i].batchedAt; at >= 0 {
			copy(out[at:], f.opened[:])
		}
	}
	if f.first == 0 {
		f.first = rows[0].sequence
	}
	f.last = rows[len(rows)-1].sequence
}

// batches are the files that rows go to, until a checkpoint takes them.
type batches struct {
	area  *staging.Area
	keys  *keys
	files int // that may wait for a checkpoint

	open   map[tableKey]*file // that take rows
	closed []*file            // since the last checkpoint
}

func newBatches(area *staging.Area, k *keys, files int) *batches {
	return &batches{area: area, keys: k, files: files, open: map[tableKey]*file{}}
}

// provide sees to it that d.file is open, for the row's stream and columns.
func (b *batches) provide(d *dest, extra bool) error {
	if f := d.file; f != nil && !f.closed && (f.extra || !extra) {
		return nil
	}
	key := tableKey{d.stream.table, d.version, d.partition.name()}
	f := d.stream.open
	if f == nil || f.key != key {
		f = b.open[key]
	}
	if f != nil && (f.stream != d.stream || (extra && !f.extra)) {
		b.close(f)
		f = nil
	}
	if f == nil {
		var err error
		if f, err = b.begin(key, d, extra); err != nil {
			return err
		}
	}
	d.file, d.stream.open = f, f
	return nil
}

// begin begins a batch. Its moment is in the key and in every row.
func (b *batches) begin(key tableKey, d *dest, extra bool) (*file, error) {
	if b.count() >= b.files {
		return nil, fmt.Errorf("%d files wait for one checkpoint, and no more may: "+
			"name a property with fewer values in s3_key_format_string, or a part of a date, or let the tap send a STATE more often", b.count())
	}
	s := d.stream
	codec, extension := s.settings.codec, s.layout.Extension()
	if key.table == rejectedTable { // which is for people to read
		codec = nil
	}
	if codec != nil {
		extension += codec.Suffix()
	}
	object, err := b.keys.next(s.settings.keys, objectkey.Values{Table: key.table, Version: key.version, Fields: d.partition.all(), Extension: extension})
	if err != nil {
		return nil, err
	}
	f := &file{key: key, name: object.text, stream: s, extra: extra, opened: format.NewTimestamp(object.values.Loaded)}
	f.File = b.area.Open(staging.Spec{
		Object: store.Object{Key: object.text, Next: object.next, ContentType: s.layout.ContentType()},
		Layout: s.layout, Codec: codec, Sizes: s.settings.sizes, Opened: f.opened, Extra: extra, Version: key.version,
	})
	b.open[key] = f
	return f, nil
}

// count is how many files wait for the next checkpoint, open or not.
func (b *batches) count() int { return len(b.open) + len(b.closed) }

// areMany reports whether the next STATE should not let them wait any longer.
func (b *batches) areMany() bool { return b.count() > b.files/2 }

// alike is how many of the rows, which begin there in their chunk's output, can be
// appended at once: they go to the file of the first, as they are, and neither end
// anything nor take more memory.
func (b *batches) alike(d *dest, rows []row, start int) int {
	f := d.file
	if f == nil || f.closed || f.extra != rows[0].extra {
		return 0
	}
	room, most := start+f.Room(), len(rows)
	if limit := f.stream.settings.config.BatchSizeRows; limit > 0 {
		most = min(most, int(limit-f.Rows()-1))
	}
	n := 0
	for n < most && rows[n].end <= room && rows[n].dest == rows[0].dest && rows[n].extra == f.extra {
		n++
	}
	return n
}

// isFull reports whether a file has a block, or all, of what it takes.
func (b *batches) isFull(f *file) bool { return f.IsBlockFull() || b.hasAllRows(f) }

func (b *batches) hasAllRows(f *file) bool {
	most := f.stream.settings.config.BatchSizeRows
	return most > 0 && f.Rows() >= most
}

// advance ends what is full: the block, parts, and the file where it is large enough.
func (b *batches) advance(ctx context.Context, f *file) error {
	if err := f.Flush(ctx); err != nil {
		return err
	}
	large, err := f.IsLarge(ctx)
	if err != nil {
		return err
	}
	if large || b.hasAllRows(f) {
		if err := f.Encode(ctx); err != nil {
			return err
		}
		b.close(f)
	}
	f.ShipParts(ctx)
	return nil
}

// close ends a file: its rows wait for the checkpoint.
func (b *batches) close(f *file) {
	f.closed = true
	delete(b.open, f.key)
	if f.stream.open == f {
		f.stream.open = nil
	}
	b.closed = append(b.closed, f)
}

func (b *batches) closeAll() {
	for _, f := range b.sorted() {
		b.close(f)
	}
}

// activate closes the stream's files of other versions.
func (b *batches) activate(name string, version int64) {
	for _, f := range b.sorted() {
		if f.stream.name == name && f.key.table != rejectedTable && f.key.version != version {
			b.close(f)
		}
	}
}

// sorted returns the open files in the order of their keys.
func (b *batches) sorted() []*file {
	files := slices.Collect(maps.Values(b.open))
	sortFiles(files)
	return files
}

// all returns the files, the open ones last.
func (b *batches) all() []*file { return slices.Concat(b.closed, b.sorted()) }

// handOver ends all files and gives them to a checkpoint.
func (b *batches) handOver() []*file {
	b.closeAll()
	files := b.closed
	sortFiles(files)
	for _, f := range files {
		f.HandOver()
	}
	b.closed = nil
	return files
}

// sortFiles puts files into an order that depends on nothing but their keys.
func sortFiles(files []*file) {
	slices.SortFunc(files, func(a, b *file) int { return cmp.Compare(a.name, b.name) })
}

// staged are the files as the area knows them.
func staged(files []*file) []*staging.File {
	all := make([]*staging.File, len(files))
	for i, f := range files {
		all[i] = f.File
	}
	return all
}
