package ddl

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"target-s3/target/config"
	"target-s3/target/format"
	"target-s3/target/format/parquet"
	"target-s3/target/objectkey"
	"target-s3/target/schema"
)

// Table is what the files of a stream, or of one of its subtables, are.
type Table struct {
	stream    string
	config    config.Config
	folder    string // in the keys; of a subtable the path of one
	name      string // that engines know it by
	newest    string // the name of the view of its newest rows
	text      string // the name of a table of its columns as text
	casts     bool   // there is one, and a view that casts
	columns   []schema.Property
	keys      []string // columns; nil: there are none, or not all of them are columns
	keyless   string   // why there are no keys
	metadata  bool
	deletes   bool // it has the column _sdc_deleted_at
	layout    layout
	subtables []*Table
	parent    *Table
}

// columnDeletedAt is set by taps that tell deletions.
const columnDeletedAt = "_sdc_deleted_at"

func (t *Table) isCSV() bool     { return t.config.OutputFileFormat == config.FormatCSV }
func (t *Table) isJSON() bool    { return t.config.OutputFileFormat == config.FormatJSONL }
func (t *Table) isParquet() bool { return t.config.OutputFileFormat == config.FormatParquet }

// Stream is a stream as its SCHEMA message has it.
type Stream struct {
	Name   string
	Schema []byte // JSON text
	Keys   []string
}

// newTable makes the table of a stream, and of its subtables.
func newTable(s Stream, all config.Config) (*Table, error) {
	c := all
	if pattern, ok := all.Streams.Pattern(s.Name); ok {
		c = all.Streams.Of(pattern)
	}
	folder := objectkey.TableName(s.Name)
	t := &Table{stream: s.Name, config: c, folder: folder, metadata: c.AddRecordMetadata}
	var err error
	if t.layout, err = newLayout(c, folder); err != nil {
		return nil, fmt.Errorf("stream %q: %w", s.Name, err)
	}
	if err := checkFields(c, s); err != nil {
		return nil, fmt.Errorf("stream %q: %w", s.Name, err)
	}
	record := schema.ShapeOf(s.Schema)
	switch c.OutputFileFormat {
	case config.FormatParquet:
		l := parquet.New(s.Schema, s.Keys, parquet.Options{Metadata: c.AddRecordMetadata})
		t.columns = l.Describe()
	case config.FormatCSV:
		if err := t.describeCSV(s, record, folder); err != nil {
			return nil, err
		}
	default:
		t.columns = describeJSON(record, s.Keys, c.AddRecordMetadata)
	}
	for _, table := range append([]*Table{t}, t.subtables...) {
		table.simplify()
	}
	t.findKeys(s.Keys)
	t.deletes = t.column(columnDeletedAt) != nil
	return t, nil
}

// checkFields refuses folders by value that a load would refuse at the SCHEMA message.
func checkFields(c config.Config, s Stream) error {
	keys, err := c.Keys()
	if err != nil {
		return err
	}
	if len(keys.Fields()) == 0 {
		return nil
	}
	known := schema.Describe(s.Schema, s.Keys).Fields()
	for _, field := range keys.Fields() {
		if err := schema.CheckScalar(known, field.Name); err != nil {
			return fmt.Errorf("%s in s3_key_format_string: %w", field, err)
		}
	}
	return nil
}

// rejectedTable is the table of the records that were rejected. Its files are JSON Lines
// without system columns, where the settings for all streams put them.
func rejectedTable(c config.Config) (*Table, error) {
	c.OutputFileFormat, c.Compression = config.FormatJSONL, config.CompressionNone
	c.MaxRecordBytes = 2 * c.LargestRecord() // a record's text, with a backslash before each of its quotes
	t := &Table{stream: objectkey.RejectedTable, config: c, folder: objectkey.RejectedTable, keyless: "rejected records have no key"}
	for _, name := range []string{"_sdc_rejected_at", "table_name", "reason", "record"} {
		t.columns = append(t.columns, schema.Property{Name: name, Shape: schema.Shape{Kind: schema.Text}})
	}
	var err error
	t.layout, err = newLayout(c, t.folder)
	return t, err
}

// describeCSV makes the columns of a table of CSV, and its subtables.
func (t *Table) describeCSV(s Stream, record schema.Shape, folder string) error {
	l := format.NewCSV(schema.Describe(s.Schema, s.Keys), format.Options{
		Metadata: t.metadata, Delimiter: t.config.CSVDelimiter,
		Subtables: t.config.CSVArrays == config.CSVSubtables, ByName: t.config.CSVColumnOrder == config.CSVByName,
	})
	described := l.Describe(record)
	t.columns = described[0]
	for i, sub := range l.Tables() {
		path := folder + "/" + sub.Path
		below, err := newLayout(t.config, path)
		if err != nil {
			return fmt.Errorf("stream %q: %w", s.Name, err)
		}
		t.subtables = append(t.subtables, &Table{
			stream: s.Name, config: t.config, folder: path, columns: described[1+i], metadata: t.metadata, layout: below, parent: t,
		})
	}
	return nil
}

// describeJSON makes the columns of JSON Lines: a record has the members that it has,
// and the schema says which these can be. Of two that differ in case alone most engines
// could have one; the other is in the files all the same.
func describeJSON(record schema.Shape, keys []string, metadata bool) []schema.Property {
	system := format.SystemProperties(metadata, len(keys) == 0)
	named := map[string]bool{}
	for _, c := range system {
		named[c.Name] = true
	}
	var columns []schema.Property
	for _, p := range record.Properties {
		if !named[p.Name] {
			columns = append(columns, p)
			named[p.Name] = true
		}
	}
	for _, key := range keys {
		if !named[key] {
			columns = append(columns, schema.Property{Name: key})
			named[key] = true
		}
	}
	return append(columns, system...)
}

// simplify makes the kinds say what is in the files: no text is a date to all engines
// that a tap may write, and Any is more than text in JSON alone.
func (t *Table) simplify() {
	for i := range t.columns {
		t.columns[i].Shape = t.simple(t.columns[i].Shape)
	}
}

func (t *Table) simple(s schema.Shape) schema.Shape {
	switch s.Kind {
	case schema.DateTime, schema.Date:
		if !t.isParquet() {
			s.Kind = schema.Text
		}
	case schema.Any:
		if !t.isJSON() {
			s.Kind = schema.Text
		}
	case schema.Object:
		s.Properties = slices.Clone(s.Properties)
		for i := range s.Properties {
			s.Properties[i].Shape = t.simple(s.Properties[i].Shape)
		}
	case schema.Array:
		items := t.simple(*s.Items)
		s.Items = &items
	}
	return s
}

func (t *Table) column(name string) *schema.Property {
	if i := slices.IndexFunc(t.columns, func(c schema.Property) bool { return c.Name == name }); i >= 0 {
		return &t.columns[i]
	}
	return nil
}

// owners are the columns that have a name, however it is written, before others: keys,
// and what the loader adds.
func (t *Table) owners() map[string]string {
	owners := map[string]string{}
	for _, c := range format.SystemColumns(t.metadata, true) {
		owners[c.Name] = c.Name
	}
	for _, key := range t.keys {
		if folded := strings.ToLower(key); owners[folded] == "" {
			owners[folded] = key
		}
	}
	return owners
}

// findKeys finds the columns of the key properties.
func (t *Table) findKeys(keys []string) {
	if len(keys) == 0 {
		t.keyless = "the stream has no key properties"
		return
	}
	var found []string
	for _, key := range keys {
		c := t.column(key)
		switch {
		case c == nil:
			t.keyless = "not every key property has a column"
			return
		case c.Shape.Kind == schema.Object || c.Shape.Kind == schema.Array:
			t.keyless = "a key property is an object or an array"
			return
		case t.layout.shows(key):
			t.keyless = "a folder of the key has the name of a key property, and engines show what it has in place of that"
			return
		}
		found = append(found, key)
	}
	if !t.metadata {
		t.keyless = "the setting add_record_metadata is false"
		return
	}
	t.keys = found
}

// nameTables gives tables and their views names that no two of them share, whatever
// the engine thinks of case.
func nameTables(tables []*Table) {
	var wanted []string
	for _, t := range tables {
		name := shortened(plain(strings.ReplaceAll(t.folder, "/", "__")), maxTableName)
		for _, suffix := range []string{"", "_newest", "_text"} {
			wanted = append(wanted, name+suffix)
		}
	}
	names := unique(wanted)
	for i, t := range tables {
		t.name, t.newest, t.text = names[3*i], names[3*i+1], names[3*i+2]
	}
}

// unique makes names different from each other, in any case of letters. The first of
// several keeps its own.
func unique(wanted []string) []string {
	met := map[string]int{} // by folded name: the number to try next; those given have 2
	names := make([]string, len(wanted))
	for i, want := range wanted {
		name, folded := want, strings.ToLower(want)
		for n := max(2, met[folded]); met[strings.ToLower(name)] > 0; n++ {
			name = fmt.Sprintf("%s_%d", want, n)
			met[folded] = n + 1
		}
		met[strings.ToLower(name)] = max(2, met[strings.ToLower(name)])
		names[i] = name
	}
	return names
}

// latest are the streams in the order of their names, each with its last schema.
func latest(streams []Stream) []Stream {
	by := map[string]Stream{}
	for _, s := range streams {
		by[s.Name] = s
	}
	var all []Stream
	for _, name := range slices.Sorted(maps.Keys(by)) {
		all = append(all, by[name])
	}
	return all
}
