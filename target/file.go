package target

import (
	"cmp"
	"slices"

	"target-s3/target/compress"
	"target-s3/target/format"
	"target-s3/target/objectkey"
	"target-s3/target/staging"
	"target-s3/target/store"
)

// tableKey names the batch that a row belongs to.
type tableKey struct {
	table   string
	version int64
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
}

// openFile begins a batch. Its moment is in the key and in every row.
func (l *load) openFile(key tableKey, s *stream, extra bool) (*file, error) {
	codec, extension := l.codecOf(s), s.layout.Extension()
	if codec != nil {
		extension += codec.Suffix()
	}
	object, err := l.keys.next(objectkey.Values{Table: key.table, Version: key.version, Extension: extension})
	if err != nil {
		return nil, err
	}
	f := &file{key: key, name: object.text, stream: s, extra: extra, opened: format.NewTimestamp(object.values.Loaded)}
	f.File = l.area.Open(staging.Spec{
		Object: store.Object{Key: object.text, Next: object.next, ContentType: s.layout.ContentType()},
		Layout: s.layout, Codec: codec, Opened: f.opened, Extra: extra, Version: key.version,
	})
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
