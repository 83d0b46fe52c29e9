package format

import "target-s3/target/schema"

// The system columns.
const (
	ColumnExtractedAt  = "_sdc_extracted_at"
	ColumnReceivedAt   = "_sdc_received_at"
	ColumnBatchedAt    = "_sdc_batched_at"
	ColumnTableVersion = "_sdc_table_version"
	ColumnSequence     = "_sdc_sequence"
	ColumnPrimaryKey   = "__sdc_primary_key"
)

// ColumnExtra holds, as one JSON object, what a record has and its schema does
// not know. It is the last column, so that files with it and files without have
// all other columns in the same places.
const ColumnExtra = "_sdc_extra"

// SystemColumn is a column that the loader adds.
type SystemColumn struct {
	Name string
	Kind schema.Kind // of its values
	Few  bool        // many rows of a file have the same value
}

// SystemColumns are those that a table has, in the order in which rows have them.
// One with key properties has no need of a key of ours, which is the last.
func SystemColumns(metadata, keyless bool) []SystemColumn {
	if !metadata {
		return nil
	}
	all := []SystemColumn{
		{ColumnExtractedAt, schema.DateTime, true},
		{ColumnReceivedAt, schema.DateTime, true},
		{ColumnBatchedAt, schema.DateTime, true},
		{ColumnTableVersion, schema.Integer, true},
		{ColumnSequence, schema.Integer, false},
		{ColumnPrimaryKey, schema.Text, false},
	}
	if !keyless {
		return all[:len(all)-1]
	}
	return all
}

// systemNames are the names of those columns.
func systemNames(s *schema.Schema, o Options) (names []string) {
	for _, c := range SystemColumns(o.Metadata, len(s.Keys()) == 0) {
		names = append(names, c.Name)
	}
	return names
}
