package ddl

import (
	"strings"

	"target-s3/target/schema"
)

// Redshift reads files through tables of an external schema, of Hive's kind. It finds
// columns of JSON and Parquet by their names, those of CSV by their place; these are
// text.
func redshift() *dialect {
	name := doubled(`"`)
	return &dialect{
		name: "redshift", title: "Redshift", tableName: name, viewName: name, text: escaped, types: redshiftTypes(),
		needsSchema: "is needed for redshift: the external schema, made by CREATE EXTERNAL SCHEMA",
		schemaParts: 1, fits: isPlain, inner: isPlain, longest: 127, qualifies: true, together: true,
		viewEnd: "\nWITH NO SCHEMA BINDING", viewSchema: "public", // which an external schema cannot have
		renames: (*Table).isCSV,
		check:   checkRedshift,
		write:   (*writer).redshift,
	}
}

func checkRedshift(t *Table) error {
	if err := checkPartitions(t, false); err != nil {
		return err
	}
	return checkFolders(t, true)
}

// redshiftTypes are those of Hive's tables, in Redshift's words. Its longest text is
// long, and what is longer is cut.
func redshiftTypes() types {
	t := hiveTypes()
	t.number, t.text, t.quote = "double precision", "varchar(65535)", doubled(`"`)
	return t
}

func (w *writer) redshift(t *Table, columns []column) {
	name, kinds := t.name, columns
	if t.isCSV() {
		w.comment(serdeOfCSV)
		name, kinds = t.text, allText(columns)
	}
	w.printf("CREATE EXTERNAL TABLE %s (\n%s\n)\n", w.qualified(w.d.tableName, name), list("  ", w.d.types.definitions(kinds)))
	partitions := w.d.partitions(t)
	if len(partitions) > 0 {
		w.printf("PARTITIONED BY (%s)\n", strings.Join(w.d.types.definitions(partitions), ", "))
	}
	w.printf("%sLOCATION %s", w.serde(t, columns), w.d.text(t.layout.location(w.o.Base)))
	if t.isCSV() {
		w.printf("\nTABLE PROPERTIES ('skip.header.line.count' = '1')")
	}
	w.printf(";\n")
	if len(partitions) > 0 {
		w.printf("\n")
		w.comment("There are no rows until the folders are added, each as in this example; or by a crawler or by Athena's MSCK REPAIR TABLE, where the schema is of the Glue catalogue:")
		w.comment("ALTER TABLE %s ADD IF NOT EXISTS PARTITION (%s) LOCATION %s", w.qualified(w.d.tableName, name), strings.Join(w.examples(partitions), ", "), w.d.text(t.layout.example(w.o.Base)))
	}
	if hasNested(columns) {
		w.comment("To select whole objects and arrays: SET json_serialization_enable TO true")
	}
	if t.isCSV() {
		w.castView(t, columns, w.d.types)
	}
}

// examples are columns of partitions with a value each.
func (w *writer) examples(partitions []column) (all []string) {
	for _, p := range partitions {
		value := map[schema.Kind]string{schema.Integer: "1", schema.Date: "'2026-01-01'"}[p.Shape.Kind]
		if value == "" {
			value = "'VALUE'"
		}
		all = append(all, w.d.tableName(p.Name)+" = "+value)
	}
	return all
}

// example is the location of a partition, with the values of examples.
func (l *layout) example(base string) string {
	location := l.location(base)
	for _, f := range l.folders {
		value := map[schema.Kind]string{schema.Integer: "1", schema.Date: "2026-01-01"}[f.kind]
		if value == "" {
			value = "VALUE"
		}
		location += f.column + "=" + value + "/"
	}
	return location
}

func hasNested(columns []column) bool {
	for _, c := range columns {
		if c.Shape.Kind == schema.Object || c.Shape.Kind == schema.Array {
			return true
		}
	}
	return false
}
