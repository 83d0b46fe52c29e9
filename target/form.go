package target

import (
	"bytes"
	"crypto/sha256"

	"target-s3/singer"
	"target-s3/target/config"
	"target-s3/target/format"
	"target-s3/target/format/parquet"
	"target-s3/target/schema"
)

// form is what a schema and key properties of one text come to. Streams share it:
// the many tables of one kind, the partitions of one, and a stream whose schemas
// take turns. It does not change once it is complete.
type form struct {
	text, keysText []byte
	keys           []string
	fingerprint    [sha256.Size]byte

	schema *schema.Schema // nil: it is not complete
	layout format.Layout  // nil: each stream has one of its own
}

// formKey is the hash of the texts. The order of properties, which the fingerprint
// ignores, is that of the columns.
type formKey struct{ schema, keys [sha256.Size]byte }

// form returns what the message's texts come to, as far as it was made before.
func (r *registry) form(m *singer.Message) (*form, error) {
	key := formKey{sha256.Sum256(m.Schema), sha256.Sum256(m.KeyProperties)}
	if f := r.forms.get(key); f != nil && (f.keysText == nil) == (m.KeyProperties == nil) {
		return f, nil
	}
	keys, err := singer.Strings(m.KeyProperties)
	if err != nil {
		return nil, err
	}
	f := &form{text: bytes.Clone(m.Schema), keysText: bytes.Clone(m.KeyProperties), keys: distinct(keys), fingerprint: schema.Fingerprint(m.Schema)}
	r.forms.put(key, f, len(f.text))
	return f, nil
}

// complete compiles the schema where that was not done.
func (r *registry) complete(f *form) (err error) {
	if f.schema != nil {
		return nil
	}
	s := schema.Describe(f.text, f.keys)
	if r.config.ValidateRecords {
		if s, err = schema.Compile(f.text, f.keys); err != nil {
			return err
		}
	}
	o := format.Options{
		Metadata: r.config.AddRecordMetadata, Delimiter: r.config.CSVDelimiter, ForceQuote: r.config.CSVForceQuote,
		Subtables: r.config.CSVArrays == config.CSVSubtables, ByName: r.config.CSVColumnOrder == config.CSVByName,
	}
	files := r.config.OutputFileFormat
	if files == config.FormatCSV || len(r.partitioned) > 0 {
		s.KeepSpans()
	}
	switch files {
	case config.FormatParquet:
	case config.FormatCSV:
		f.layout = format.NewCSV(s, o)
	default:
		f.layout = format.NewJSONL(s, o)
	}
	f.schema = s
	return nil
}

// parquet lays out a stream, whose name is in its files.
func (r *registry) parquet(s *stream) format.Layout {
	return parquet.New(s.form.text, s.schema.Keys(), parquet.Options{
		Metadata: r.config.AddRecordMetadata, Stream: s.name, Pages: r.pages,
	})
}
