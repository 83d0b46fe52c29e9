package target

import (
	"bytes"
	"container/list"
	"errors"
	"fmt"

	"target-s3/singer"
	"target-s3/singer/jsonscan"
	"target-s3/target/config"
	"target-s3/target/format"
	"target-s3/target/format/parquet"
	"target-s3/target/objectkey"
	"target-s3/target/schema"
)

// registry knows the streams. It belongs to the reader.
type registry struct {
	config  config.Config
	pages   *parquet.Pages // of Parquet files
	tell    func(Event)
	streams *streams
	owners  map[string]string // name of the stream that has a table
	former  former

	partitioned []objectkey.Field // of the key template
}

func newRegistry(c config.Config, partitioned []objectkey.Field, pages *parquet.Pages, tell func(Event)) *registry {
	return &registry{config: c, partitioned: partitioned, pages: pages, tell: tell, streams: &streams{}, owners: map[string]string{}, former: former{byID: map[streamID]*list.Element{}}}
}

// define takes a SCHEMA message and reports whether it changed anything. What
// means the same as the schema in force changes nothing: the first spelling's
// order of properties stays that of the columns.
func (r *registry) define(m *singer.Message) (changed bool, err error) {
	nameText, err := singer.Text(m.Stream)
	name := string(nameText)
	if err != nil {
		return false, fmt.Errorf(`"stream": %w`, err)
	}
	if name == "" {
		return false, errors.New("the stream of the SCHEMA message has no name")
	}
	old := r.streams.find(name)
	if old != nil && bytes.Equal(old.schemaText, m.Schema) && bytes.Equal(old.keysText, m.KeyProperties) {
		return false, nil
	}
	keys, err := singer.Strings(m.KeyProperties)
	if err != nil {
		return false, fmt.Errorf(`stream %q: "key_properties": %w`, name, err)
	}
	keys = distinct(keys)
	if m.KeyProperties == nil && (old == nil || old.keysText != nil) {
		r.tell(NoKeys{name})
	}
	id := newStreamID(name, m.Schema, keys)
	if old != nil && old.id == id {
		return false, nil
	}
	s := r.former.take(id)
	if s == nil {
		if s, err = r.make(m, id, keys); err != nil {
			return false, err
		}
	}
	if old != nil {
		r.former.put(old)
	}
	r.streams = r.streams.with(s)
	r.tell(Schema{Stream: name, Table: s.table, Keys: keys, Changed: old != nil})
	return true, nil
}

// distinct removes all but the first of what is repeated.
func distinct(names []string) []string {
	var out []string
	met := map[string]bool{}
	for _, name := range names {
		if !met[name] {
			met[name] = true
			out = append(out, name)
		}
	}
	return out
}

// make compiles a schema that is new.
func (r *registry) make(m *singer.Message, id streamID, keys []string) (*stream, error) {
	name := id.name
	table, err := r.table(name)
	if err != nil {
		return nil, err
	}
	s := &stream{name: name, table: table, id: id, schemaText: bytes.Clone(m.Schema), keysText: bytes.Clone(m.KeyProperties)}
	if s.schema, err = r.compile(s.schemaText, keys); err != nil {
		return nil, fmt.Errorf("stream %q: %w; correct it in the tap's catalog, or set validate_records to false to load without checking", name, err)
	}
	if s.fields, err = newFields(r.partitioned, s.schema); err != nil {
		return nil, fmt.Errorf("stream %q: %w", name, err)
	}
	s.layout = r.layout(s)
	s.unfit = jsonscan.InvalidUTF8 | jsonscan.NaN | jsonscan.Infinity // files are JSON and UTF-8 whatever was asked for
	if _, verbatim := s.layout.(*format.JSONL); !verbatim {
		s.unfit |= jsonscan.LoneSurrogate // and these decode what they write
	}
	s.addTables()
	r.warn(s)
	return s, nil
}

// table is where a stream's rows go. That the hashes of two names are also the same
// has a chance of one in four billion, unless somebody made them so.
func (r *registry) table(name string) (string, error) {
	table := objectkey.TableName(name)
	if owner, ok := r.owners[table]; ok && owner != name {
		return "", fmt.Errorf("streams %q and %q would share the folder %s: rename one of them in the tap's catalog", owner, name, table)
	}
	r.owners[table] = name
	return table, nil
}

func (r *registry) compile(text []byte, keys []string) (*schema.Schema, error) {
	if !r.config.ValidateRecords {
		return schema.Describe(text, keys), nil
	}
	return schema.Compile(text, keys)
}

func (r *registry) layout(stream *stream) format.Layout {
	s := stream.schema
	o := format.Options{
		Metadata: r.config.AddRecordMetadata, Delimiter: r.config.CSVDelimiter, ForceQuote: r.config.CSVForceQuote,
		Subtables: r.config.CSVArrays == config.CSVSubtables, ByName: r.config.CSVColumnOrder == config.CSVByName,
	}
	switch r.config.OutputFileFormat {
	case config.FormatParquet:
		return parquet.New(stream.schemaText, s.Keys(), parquet.Options{
			Metadata: r.config.AddRecordMetadata, Stream: stream.name, Pages: r.pages,
		})
	case config.FormatCSV:
		s.KeepSpans()
		return format.NewCSV(s, o)
	}
	return format.NewJSONL(s, o)
}

// former are streams whose schemas were replaced, those used last: some taps
// write the schemas that they know in turn.
type former struct {
	order list.List // of *stream, the newest first
	byID  map[streamID]*list.Element
	bytes int // of their schemas' texts
}

// formerBytes bounds what is kept: a schema takes many times its text.
const formerBytes = 512 << 10

func (f *former) put(s *stream) {
	f.byID[s.id] = f.order.PushFront(s)
	f.bytes += len(s.schemaText)
	for f.bytes > formerBytes {
		f.take(f.order.Back().Value.(*stream).id)
	}
}

// take returns the stream that is that one, which is kept no longer, or nil.
func (f *former) take(id streamID) *stream {
	e := f.byID[id]
	if e == nil {
		return nil
	}
	s := f.order.Remove(e).(*stream)
	f.bytes -= len(s.schemaText)
	delete(f.byID, id)
	return s
}
