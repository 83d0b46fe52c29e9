package target

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"target-s3/singer"
	"target-s3/singer/jsonscan"
	"target-s3/target/config"
	"target-s3/target/format"
	"target-s3/target/format/parquet"
	"target-s3/target/objectkey"
	"target-s3/target/schema"
)

// stream is a stream under one schema. It is immutable: another schema makes
// another stream, and so a file's stream tells which columns it has.
type stream struct {
	name   string
	table  string // safe in keys
	schema *schema.Schema
	layout format.Layout
	tables []*stream        // for the rows of other tables that its records make; nil: none
	parent *stream          // of such a table
	unfit  jsonscan.Unusual // findings with which a record has no place in its files, validated or not

	schemaText, keysText []byte
	meaning              [sha256.Size]byte // of the schema
}

// streams are the streams in force at one place of the input, by name. They are
// never changed, only replaced.
type streams map[string]*stream

// rejectedTable is where records go that cannot be loaded.
const rejectedTable = objectkey.RejectedTable

// registry knows the streams. It belongs to the reader.
type registry struct {
	config  config.Config
	pages   *parquet.Pages // of Parquet files
	log     *slog.Logger
	streams streams
	before  streams           // those that they replaced
	owners  map[string]string // name of the stream that has a table
}

func newRegistry(c config.Config, pages *parquet.Pages, log *slog.Logger) *registry {
	return &registry{c, pages, log, streams{}, streams{}, map[string]string{}}
}

// define takes a SCHEMA message and reports whether it changed anything.
func (r *registry) define(m *singer.Message) (changed bool, err error) {
	nameText, err := singer.Text(m.Stream)
	name := string(nameText)
	if err != nil {
		return false, fmt.Errorf(`"stream": %w`, err)
	}
	if name == "" {
		return false, errors.New("the stream of the SCHEMA message has no name")
	}
	old := r.streams[name]
	if old != nil && bytes.Equal(old.schemaText, m.Schema) && bytes.Equal(old.keysText, m.KeyProperties) {
		return false, nil
	}
	keys, err := singer.Strings(m.KeyProperties)
	if err != nil {
		return false, fmt.Errorf(`stream %q: "key_properties": %w`, name, err)
	}
	if m.KeyProperties == nil && (old == nil || old.keysText != nil) {
		r.log.Warn("SCHEMA message without key_properties: the stream has no key", "stream", name)
	}
	meaning := schema.Fingerprint(m.Schema)
	switch {
	case old.means(meaning, keys):
		return false, nil
	case r.before[name].means(meaning, keys):
		r.replace(r.before[name])
		return true, nil
	}
	table, err := r.table(name)
	if err != nil {
		return false, err
	}
	s := &stream{name: name, table: table, schemaText: bytes.Clone(m.Schema), keysText: bytes.Clone(m.KeyProperties), meaning: meaning}
	if s.schema, err = r.compile(s.schemaText, keys); err != nil {
		return false, fmt.Errorf("stream %q: %w; correct it in the tap's catalog, or set validate_records to false to load without checking", name, err)
	}
	s.layout = r.layout(s)
	s.unfit = jsonscan.InvalidUTF8 | jsonscan.NaN | jsonscan.Infinity // files are JSON and UTF-8 whatever was asked for
	if _, verbatim := s.layout.(*format.JSONL); !verbatim {
		s.unfit |= jsonscan.LoneSurrogate // and these decode what they write
	}
	s.addTables()
	r.warn(s)
	r.replace(s)
	r.log.Debug("schema", "stream", name, "changed", old != nil, "table", s.table, "keys", keys)
	return true, nil
}

// means reports whether the stream is one under that schema, however it is
// spelled.
func (s *stream) means(meaning [sha256.Size]byte, keys []string) bool {
	return s != nil && s.meaning == meaning && slices.Equal(s.schema.Keys(), keys)
}

// replace has a stream be in force. The one before it is kept, as taps that turn
// between two schemas do so with every record.
func (r *registry) replace(s *stream) {
	if old := r.streams[s.name]; old != nil {
		r.before[s.name] = old
	}
	r.streams = maps.Clone(r.streams)
	r.streams[s.name] = s
}

// table is where a stream's rows go. Names of which the hash is the same, too,
// are one in four billions, or made to meet.
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

// addTables makes a stream of each table that takes part of the records.
func (s *stream) addTables() {
	nested, ok := s.layout.(format.Nested)
	if !ok {
		return
	}
	for _, t := range nested.Tables() {
		s.tables = append(s.tables, &stream{name: s.name, table: s.table + "/" + t.Path, schema: s.schema, layout: t.Layout, parent: s})
	}
}

// rejectedStream is the stream of table _sdc_rejected. Its rows are made by
// appendRejected.
func rejectedStream() *stream {
	none := schema.Describe([]byte(`{}`), nil)
	return &stream{name: rejectedTable, table: rejectedTable, schema: none, layout: format.NewJSONL(none, format.Options{})}
}

// sortedNames are for messages, so that they are the same in every run.
func (s streams) sortedNames() []string {
	return slices.Sorted(maps.Keys(s))
}
