package ddl

import (
	"slices"
	"strings"
)

// Spark has tables of the folders. It finds columns of JSON and Parquet by their names,
// those of CSV by their place.
func spark() *dialect {
	name := doubled("`")
	return &dialect{
		name: "spark", title: "Spark", tableName: name, viewName: name, text: escaped, types: sparkTypes(), readsFolders: true,
		renames: (*Table).isCSV, together: true,
		check: func(t *Table) error { return checkFolders(t, !t.layout.named()) },
		write: (*writer).spark,
	}
}

func sparkTypes() types {
	return types{
		boolean: "BOOLEAN", integer: "BIGINT", number: "DOUBLE", decimal: digits("DECIMAL"),
		dateTime: "TIMESTAMP", date: "DATE", text: "STRING", quote: doubled("`"),
		object: wrapped{"STRUCT<", ">"}, between: ": ", array: wrapped{"ARRAY<", ">"},
	}
}

func (w *writer) spark(t *Table, columns []column) {
	name, kinds, using := t.name, columns, "parquet"
	var options []string
	switch {
	case t.isJSON():
		using = "json"
		options = append(options, "mode 'FAILFAST'") // or what does not fit would be null
	case t.isCSV():
		w.comment("Columns go by their place, and there is no null beside the empty text.")
		name, kinds, using = t.text, allText(columns), "csv"
		options = append(options, "header 'true'", "multiLine 'true'", "sep "+w.delimiter(t), `escape '"'`, "nullValue ''", "emptyValue ''")
	}
	partitions := w.d.partitions(t)
	if !t.layout.named() {
		options = append(options, "recursiveFileLookup 'true'")
	}
	w.printf("CREATE TABLE %s (\n%s\n)\nUSING %s\n", w.qualified(w.d.tableName, name),
		list("  ", w.d.types.definitions(slices.Concat(kinds, partitions))), using)
	if len(options) > 0 {
		w.printf("OPTIONS (%s)\n", strings.Join(options, ", "))
	}
	if len(partitions) > 0 {
		w.printf("PARTITIONED BY (%s)\n", strings.Join(names(partitions, w.d.tableName), ", "))
	}
	base := w.o.Base
	if w.o.Folder {
		base = "file://" + base
	} else {
		base = "s3a" + strings.TrimPrefix(base, "s3")
	}
	w.printf("LOCATION %s;\n", w.d.text(t.layout.location(base)))
	if len(partitions) > 0 {
		w.printf("\n")
		w.comment("Again when there are new folders:")
		w.printf("MSCK REPAIR TABLE %s;\n", w.qualified(w.d.tableName, name))
	}
	if t.isCSV() {
		w.castView(t, columns, w.d.types)
	}
}
