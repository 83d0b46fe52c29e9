package ddl

import (
	"errors"
	"slices"
	"strings"
)

// Trino's connector for Hive has tables of the folders. It finds columns of JSON and
// Parquet by their names, those of CSV by their place; these are text.
func trino() *dialect {
	name := doubled(`"`)
	return &dialect{
		name: "trino", title: "Trino", tableName: name, viewName: name, text: doubled("'"), types: trinoTypes(), readsFolders: true,
		needsSchema: "must be CATALOG.SCHEMA for trino, of a catalog with the Hive connector", schemaParts: 2,
		fits: func(name string) bool { // as the connector's own checks
			return !strings.Contains(name, ",") && strings.TrimSpace(name) == name
		},
		inner: isPlain, longest: 255,
		renames: (*Table).isCSV, together: true,
		check: func(t *Table) error {
			if !t.layout.named() {
				return errors.New("a folder in s3_key_format_string is not of the form name=value, and Trino does not look into others: write " + named(t.layout.folders))
			}
			if err := checkPartitions(t, true); err != nil {
				return err
			}
			return checkFolders(t, true)
		},
		write: (*writer).trino,
	}
}

// trinoTypes are those of Trino, and of Athena's views.
func trinoTypes() types {
	return types{
		boolean: "boolean", integer: "bigint", number: "double", decimal: digits("decimal"),
		dateTime: "timestamp", date: "date", text: "varchar", quote: doubled(`"`),
		object: wrapped{"row(", ")"}, between: " ", array: wrapped{"array(", ")"},
	}
}

func (w *writer) trino(t *Table, columns []column) {
	name, kinds := t.name, columns
	options := []string{"format = 'PARQUET'"}
	switch {
	case t.isJSON():
		options[0] = "format = 'OPENX_JSON'"
	case t.isCSV():
		w.comment("The reader takes a backslash for an escape and a line end in a value for the end of the row, and has no null. Columns go by their place.")
		name, kinds = t.text, allText(columns)
		options = []string{"format = 'CSV'", "csv_separator = " + w.d.text(string(t.config.CSVDelimiter)), "skip_header_line_count = 1"}
	}
	options = append(options, "external_location = "+w.d.text(t.layout.location(w.o.Base)))
	partitions := w.d.partitions(t)
	if len(partitions) > 0 {
		if t.isCSV() {
			partitions = allText(partitions) // as all columns of such a table must be
		}
		options = append(options, "partitioned_by = ARRAY["+strings.Join(names(partitions, func(n string) string { return w.d.text(strings.ToLower(n)) }), ", ")+"]")
	}
	w.printf("CREATE TABLE %s (\n%s\n)\nWITH (\n%s\n);\n", w.qualified(w.d.tableName, name),
		list("  ", w.d.types.definitions(slices.Concat(kinds, partitions))), list("  ", options))
	if len(partitions) > 0 {
		catalog, schemaName, _ := strings.Cut(w.o.Schema, ".")
		w.printf("\n")
		w.comment("Again when there are new folders:")
		w.printf("CALL %s.system.sync_partition_metadata(%s, %s, 'ADD');\n", w.d.tableName(catalog), w.d.text(schemaName), w.d.text(strings.ToLower(name)))
	}
	if t.isCSV() {
		w.castView(t, columns, w.d.types)
	}
}
