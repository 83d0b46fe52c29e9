package ddl

import (
	"errors"
	"fmt"
	"strings"

	"target-s3/target/config"
)

// BigQuery has external tables by a connection to Amazon S3. It finds columns of JSON
// and Parquet by their names, those of CSV by their place.
func bigquery() *dialect {
	name := doubled("`")
	return &dialect{
		name: "bigquery", title: "BigQuery", tableName: name, viewName: name, text: escaped, types: bigqueryTypes(),
		needsSchema: "is needed for bigquery: the dataset, or PROJECT.DATASET", schemaParts: 1,
		needsConnection: "is needed for bigquery: its connection to Amazon S3, such as aws-us-east-1.lake",
		fits:            bigqueryName, inner: bigqueryName, longest: 300, qualifies: true, together: true, selects: (*Table).isParquet,
		renames: (*Table).isCSV,
		check:   checkBigQuery,
		write:   (*writer).bigquery,
	}
}

// bigqueryName reports whether a column can be called so.
func bigqueryName(name string) bool {
	upper := strings.ToUpper(name)
	for _, reserved := range []string{"_TABLE_", "_FILE_", "_PARTITION", "_ROW_TIMESTAMP", "__ROOT__", "_COLIDENTIFIER", "_CHANGE_"} {
		if strings.HasPrefix(upper, reserved) {
			return false
		}
	}
	return isPlain(name)
}

func checkBigQuery(t *Table) error {
	if !t.isParquet() && t.config.Compression == config.CompressionZstd {
		return errors.New("BigQuery does not read JSON Lines and CSV compressed with zstd: set compression to gzip")
	}
	if err := checkPartitions(t, false); err != nil {
		return err
	}
	return checkFolders(t, true)
}

func bigqueryTypes() types {
	return types{
		boolean: "BOOL", integer: "INT64", number: "FLOAT64", decimal: bigqueryDecimal,
		dateTime: "TIMESTAMP", date: "DATE", text: "STRING", json: "JSON", quote: doubled("`"),
		object: wrapped{"STRUCT<", ">"}, between: " ", array: wrapped{"ARRAY<", ">"}, arrayOfArrays: "JSON", // which it does not have
	}
}

// bigqueryDecimal is the type that has so many digits.
func bigqueryDecimal(precision, scale int) string {
	if scale <= 9 && precision-scale <= 29 {
		return fmt.Sprintf("NUMERIC(%d,%d)", precision, scale)
	}
	return fmt.Sprintf("BIGNUMERIC(%d,%d)", precision, scale) // up to 38 digits on each side of the point
}

func (w *writer) bigquery(t *Table, columns []column) {
	location := t.layout.location(w.o.Base)
	partitions := w.d.partitions(t)
	uri := location + "*"
	if len(partitions) > 0 {
		uri = location + partitions[0].Name + "=*" // and not what is beside
	}
	var options []string
	w.printf("CREATE OR REPLACE EXTERNAL TABLE %s", w.qualified(w.d.tableName, t.name))
	if t.isParquet() { // which says itself what it has
		options = append(options, "format = 'PARQUET'", "enable_list_inference = TRUE")
	} else {
		w.printf(" (\n%s\n)", list("  ", w.d.types.definitions(columns)))
		if t.isCSV() {
			options = append(options, "format = 'CSV'", "field_delimiter = "+w.delimiter(t), "skip_leading_rows = 1", "allow_quoted_newlines = TRUE", "allow_jagged_rows = TRUE")
		} else {
			options = append(options, "format = 'NEWLINE_DELIMITED_JSON'", "ignore_unknown_values = TRUE")
		}
		if t.config.Compression == config.CompressionGzip {
			options = append(options, "compression = 'GZIP'")
		}
	}
	options = append(options, "uris = ["+w.d.text(uri)+"]")
	if len(partitions) > 0 {
		w.printf("\nWITH PARTITION COLUMNS (\n%s\n)", list("  ", w.d.types.definitions(partitions)))
		options = append(options, "hive_partition_uri_prefix = "+w.d.text(strings.TrimSuffix(location, "/")))
	}
	w.printf("\nWITH CONNECTION %s\nOPTIONS (\n%s\n);\n", w.d.tableName(w.o.Connection), list("  ", options))
}
