package ddl

import (
	"fmt"
	"slices"
	"strings"

	"target-s3/target/format"
)

// DuckDB has views of the files. It finds columns by their names.
func duckdb() *dialect {
	name := doubled(`"`)
	return &dialect{
		name: "duckdb", title: "DuckDB", tableName: name, viewName: name, text: doubled("'"), types: duckdbTypes(),
		readsFolders: true, selects: func(t *Table) bool { return !t.isJSON() }, qualifies: true,
		fits:  func(name string) bool { return strings.TrimSpace(name) == name }, // as the reader of CSV does
		check: func(*Table) error { return nil },
		write: (*writer).duckdb,
	}
}

func duckdbTypes() types {
	return types{
		boolean: "BOOLEAN", integer: "BIGINT", number: "DOUBLE", decimal: digits("DECIMAL"),
		dateTime: "TIMESTAMP WITH TIME ZONE", date: "DATE", text: "VARCHAR", json: "JSON", quote: doubled(`"`),
		object: wrapped{"STRUCT(", ")"}, between: " ", array: wrapped{"", "[]"},
	}
}

func (w *writer) duckdb(t *Table, columns []column) {
	options := []string{w.d.text(t.layout.pattern(w.o.Base))}
	reader := "read_parquet"
	switch {
	case t.isJSON():
		reader = "read_json"
		// A record may have max_record_bytes, and more with the system columns.
		options = append(options, "format = 'newline_delimited'", fmt.Sprintf("maximum_object_size = %d", t.config.MaxRecordBytes+4096), "columns = "+w.duckdbColumns(columns))
	case t.isCSV():
		reader = "read_csv"
		// _sdc_extra is not in all files, and may be in none.
		options = append(options, "header = true", "delim = "+w.d.text(string(t.config.CSVDelimiter)), `quote = '"'`, `escape = '"'`, `new_line = '\n'`, "comment = ''",
			"nullstr = ''", "allow_quoted_nulls = false", "union_by_name = true")
		if typed := slices.DeleteFunc(slices.Clone(columns), isExtra); len(typed) > 0 {
			options = append(options, "types = "+w.duckdbColumns(typed))
		}
	default:
		options = append(options, "union_by_name = true")
	}
	if partitions := w.d.partitions(t); len(partitions) > 0 {
		options = append(options, "hive_partitioning = true", "hive_types = "+w.duckdbColumns(partitions))
	} else {
		options = append(options, "hive_partitioning = false")
	}
	w.printf("CREATE OR REPLACE VIEW %s AS\nSELECT * FROM %s(\n%s\n);\n", w.view(t.name), reader, list("  ", options))
}

func isExtra(c column) bool { return c.source == format.ColumnExtra }

// duckdbColumns are columns as an option has them.
func (w *writer) duckdbColumns(columns []column) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = w.d.text(c.Name) + ": " + w.d.text(w.d.types.of(c.Shape))
	}
	return "{\n" + list("    ", all) + "\n  }"
}

// pattern is what matches the keys of the table's files and of no others.
func (l *layout) pattern(base string) string {
	var b strings.Builder
	b.WriteString(literal(base))
	for i, parts := range l.segments {
		if i > 0 {
			b.WriteByte('/')
		}
		for k, p := range parts {
			if p.IsText() {
				b.WriteString(literal(p.Text))
			} else if k == 0 || parts[k-1].IsText() {
				b.WriteByte('*')
			}
		}
	}
	return b.String()
}

// literal is a text in a pattern of DuckDB.
func literal(text string) string {
	return strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]").Replace(text)
}
