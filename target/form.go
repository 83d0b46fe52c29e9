package target

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash/maphash"

	"target-s3/singer"
	"target-s3/target/config"
	"target-s3/target/format"
	"target-s3/target/format/parquet"
	"target-s3/target/schema"
	"target-s3/target/spans"
)

// form is what a schema and key properties of one text come to, under the same
// settings. Streams share it:
// the many tables of one kind, the partitions of one, and a stream whose schemas
// take turns. It does not change once it is complete, but for what its schema forgets
// when many others have come: a tap may describe thousands of streams, and write
// records of few.
type form struct {
	settings       *settings
	text, keysText []byte
	keys           []string
	keysID         string // tells these keys from others
	fingerprint    [sha256.Size]byte

	schema *schema.Schema      // nil: it is not complete
	layout format.Layout       // of Parquet without the name of a stream
	record func() *spans.Place // what is noted of records; nil: nothing

	shelf *shelf
	made  int64 // on the shelf, which owns this
}

// formKey has the hashes of the texts. The order of properties, which the fingerprint
// ignores, is that of the columns.
type formKey struct {
	schema, keys uint64
	settings     *settings
}

// isOf reports whether it was made of the same texts.
func (f *form) isOf(m *singer.Message) bool {
	return bytes.Equal(f.text, m.Schema) && bytes.Equal(f.keysText, m.KeyProperties) && (f.keysText == nil) == (m.KeyProperties == nil)
}

// form returns what the message's texts come to, as far as it was made before.
func (r *registry) form(m *singer.Message, s *settings) (*form, error) {
	key := formKey{maphash.Bytes(r.seed, m.Schema), maphash.Bytes(r.seed, m.KeyProperties), s}
	if f := r.forms.get(key); f != nil && f.isOf(m) {
		return f, nil
	}
	keys, err := singer.Strings(m.KeyProperties)
	if err != nil {
		return nil, err
	}
	keys = distinct(keys)
	f := &form{
		settings: s, text: bytes.Clone(m.Schema), keysText: bytes.Clone(m.KeyProperties),
		keys: keys, keysID: fmt.Sprintf("%q", keys), fingerprint: schema.Fingerprint(m.Schema),
		shelf: r.shelf,
	}
	r.forms.put(key, f, len(f.text))
	return f, nil
}

// complete compiles the schema where that was not done.
func (f *form) complete(with *schema.Compiler) (err error) {
	if f.schema != nil {
		return nil
	}
	c := &f.settings.config
	var s *schema.Schema
	if !c.ValidateRecords {
		s = schema.Describe(f.text, f.keys)
	} else if s, err = with.Compile(f.text, f.keys); err != nil {
		return err
	}
	o := format.Options{
		Metadata: c.AddRecordMetadata, Delimiter: c.CSVDelimiter, ForceQuote: c.CSVForceQuote,
		Subtables: c.CSVArrays == config.CSVSubtables, ByName: c.CSVColumnOrder == config.CSVByName,
	}
	switch c.OutputFileFormat {
	case config.FormatParquet:
		f.layout = parquet.New(f.text, f.keys, parquet.Options{Metadata: c.AddRecordMetadata, Pages: f.settings.pages})
	case config.FormatCSV:
		f.layout = format.NewCSVAgain(s, o)
	default:
		f.layout = format.NewJSONL(s, o)
	}
	f.schema = s
	s.Watch(f.grew)
	if l, ok := f.layout.(forgetting); ok {
		l.Watch(f.grew)
	}
	return nil
}

// grew says that so much more was made of the schema.
func (f *form) grew(bytes int) { f.shelf.grew(f, bytes) }

// forgetting is a Layout that can be made again.
type forgetting interface {
	Watch(made func(bytes int))
	Forget()
}

// forget lets go of what the schema was compiled to.
func (f *form) forget() {
	if f.schema == nil {
		return
	}
	f.schema.Forget()
	if l, ok := f.layout.(forgetting); ok {
		l.Forget()
	}
}

// drop forgets, and is for what may not be needed again.
func (f *form) drop() {
	f.shelf.drop(f)
	f.forget()
}

// note has the scan of the stream's records note what is looked for in them. Layouts
// of one form look for the same, in slots of the same numbers.
func (s *stream) note() (err error) {
	f, wanted := s.form, s.settings.keys.Fields()
	if f.record == nil {
		if l, ok := s.layout.(format.Spanned); ok {
			f.record = l.Place
		} else if len(wanted) > 0 {
			place := placeOf(wanted)
			f.record = func() *spans.Place { return place }
		}
		if f.record != nil {
			f.schema.NoteFor(f.record)
		}
	}
	if len(wanted) > 0 {
		s.fields, err = newFields(wanted, f.schema.Fields(), f.record())
	}
	return err
}
