package target

import (
	"crypto/sha256"

	"target-s3/singer/jsonscan"
	"target-s3/target/format"
	"target-s3/target/objectkey"
	"target-s3/target/schema"
)

// stream is a stream under one schema. It is immutable, but for what is noted of it:
// another schema makes another stream, and so a file's stream tells which columns it
// has.
type stream struct {
	name     string
	table    string // safe in keys
	settings *settings
	schema   *schema.Schema
	layout   format.Layout
	tables   []*stream        // for the rows of other tables that its records make; nil: none
	fields   *fields          // that its partitions are made of; nil: it has none
	parent   *stream          // of such a table
	unfit    jsonscan.Unusual // findings with which a record has no place in its files, validated or not

	id   streamID
	form *form

	// What those who count and append found for it last, so that they need not look it
	// up for each of many streams in turn. Nobody else may touch these.
	open    *file          // the appender's
	summary *StreamSummary // the tally's
}

// streamID tells streams apart by what their SCHEMA messages mean.
type streamID struct {
	name   string
	schema [sha256.Size]byte
	keys   string
}

// fingerprint is that of the stream's schema.
func (s *stream) fingerprint() []byte {
	if s.parent != nil {
		s = s.parent
	}
	return s.id.schema[:]
}

// rejectedTable is where records go that cannot be loaded.
const rejectedTable = objectkey.RejectedTable

// addTables makes a stream of each table that takes part of the records.
func (s *stream) addTables() {
	nested, ok := s.layout.(format.Nested)
	if !ok {
		return
	}
	for _, t := range nested.Tables() {
		s.tables = append(s.tables, &stream{name: s.name, table: s.table + "/" + t.Path, settings: s.settings, schema: s.schema, layout: t.Layout, parent: s})
	}
}

// rejectedStream is the stream of table _sdc_rejected. Its rows are made by
// appendRejected.
func rejectedStream(s *settings) *stream {
	none := schema.Describe([]byte(`{}`), nil)
	return &stream{name: rejectedTable, table: rejectedTable, settings: s, schema: none, layout: format.NewJSONL(none, format.Options{})}
}
