package ddl

import (
	"fmt"
	"strings"

	"target-s3/target/config"
	"target-s3/target/objectkey"
)

// Snowflake has external tables on a stage. Columns are expressions: of the members of
// what was read, or in CSV of its places; and of the file's name for those of folders.
// Names are in capitals, so that they need no quotes in queries.
func snowflake() *dialect {
	name := snowflakeName
	return &dialect{
		name: "snowflake", title: "Snowflake", tableName: name, viewName: name, text: escaped, types: snowflakeTypes(),
		needsConnection: "is needed for snowflake: the storage integration that lets it into the bucket",
		longest:         255, qualifies: true, anyFolder: true,
		renames: func(*Table) bool { return true },
		check: func(t *Table) error {
			switch location := t.layout.location(""); {
			case !t.layout.ownFolder():
				return errBehind
			case strings.ContainsFunc(location, func(r rune) bool { return r != '/' && r != '-' && r != '.' && r != '=' && !isPlain("_"+string(r)) }):
				return fmt.Errorf("Snowflake cannot have the folder %s for a location: call it with letters, digits and _ - . =", location)
			}
			return nil
		},
		begin: (*writer).snowflakeStage,
		write: (*writer).snowflake,
	}
}

func snowflakeName(text string) string { return doubled(`"`)(capitals(text)) }

// capitals has letters of ASCII alone in capitals: what Snowflake does to others in a
// name without quotes is its own business.
func capitals(text string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, text)
}

func snowflakeTypes() types {
	return types{
		boolean: "BOOLEAN", integer: "NUMBER(38,0)", number: "DOUBLE", decimal: digits("NUMBER"),
		dateTime: "TIMESTAMP_NTZ", date: "DATE", text: "VARCHAR", json: "VARIANT", quote: snowflakeName,
		object: wrapped{"OBJECT", ""}, array: wrapped{"ARRAY", ""},
	}
}

const stageName = "target_s3_files"

// snowflakeStage writes the stage that all tables are on.
func (w *writer) snowflakeStage() {
	w.printf("CREATE STAGE IF NOT EXISTS %s\nURL = %s\nSTORAGE_INTEGRATION = %s;\n", w.qualified(w.d.tableName, stageName), w.d.text(w.o.Base), w.d.tableName(w.o.Connection))
}

func (w *writer) snowflake(t *Table, columns []column) {
	var lines []string
	for i, c := range columns {
		kind := w.d.types.of(c.Shape)
		from := `VALUE:"` + strings.ReplaceAll(c.source, `"`, `""`) + `"`
		if t.isCSV() {
			from = fmt.Sprintf("VALUE:c%d", i+1)
		}
		lines = append(lines, fmt.Sprintf("%s %s AS (%s::%s)", w.d.tableName(c.Name), kind, from, kind))
	}
	partitions := w.d.partitions(t)
	for _, p := range partitions {
		lines = append(lines, w.d.tableName(p.Name)+" "+w.d.types.of(p.Shape)+" AS ("+w.snowflakeFolder(t, p)+")")
	}
	w.printf("CREATE OR REPLACE EXTERNAL TABLE %s (\n%s\n)\n", w.qualified(w.d.tableName, t.name), list("  ", lines))
	if len(partitions) > 0 {
		w.printf("PARTITION BY (%s)\n", strings.Join(names(partitions, w.d.tableName), ", "))
	}
	// Without quotes: a location may have none.
	w.printf("LOCATION = @%s/%s\nPATTERN = %s\nAUTO_REFRESH = FALSE\nFILE_FORMAT = (%s);\n",
		w.qualified(w.d.tableName, stageName), t.layout.location(""), w.d.text(t.layout.expression()), w.snowflakeFormat(t))
	w.printf("\n")
	w.comment("Again when there are new files: ALTER EXTERNAL TABLE %s REFRESH", w.qualified(w.d.tableName, t.name))
}

// snowflakeFolder is the value of a folder, taken from the name of the file.
func (w *writer) snowflakeFolder(t *Table, p column) string {
	for i, f := range t.layout.folders {
		if f.column != p.source {
			continue
		}
		value := fmt.Sprintf("SPLIT_PART(METADATA$FILENAME, '/', %d)", t.layout.fixed+i+1)
		if f.named {
			value = fmt.Sprintf("SUBSTR(%s, %d)", value, len(f.column)+2)
		}
		return fmt.Sprintf("NULLIF(%s, '%s')::%s", value, objectkey.NoValue, w.d.types.of(p.Shape))
	}
	return "NULL"
}

// snowflakeFormat is how files are read.
func (w *writer) snowflakeFormat(t *Table) string {
	switch {
	case t.isParquet():
		return "TYPE = PARQUET USE_LOGICAL_TYPE = TRUE"
	case t.isCSV():
		return "TYPE = CSV FIELD_DELIMITER = " + w.delimiter(t) + ` SKIP_HEADER = 1 FIELD_OPTIONALLY_ENCLOSED_BY = '"' EMPTY_FIELD_AS_NULL = TRUE NULL_IF = () ERROR_ON_COLUMN_COUNT_MISMATCH = FALSE` + snowflakeCodec(t)
	}
	return "TYPE = JSON" + snowflakeCodec(t)
}

func snowflakeCodec(t *Table) string {
	return map[string]string{
		config.CompressionGzip: " COMPRESSION = GZIP", config.CompressionZstd: " COMPRESSION = ZSTD", config.CompressionNone: " COMPRESSION = NONE",
	}[t.config.Compression]
}

// expression is a regular one that matches the keys of the table's files, and none of
// what else is below its folder.
func (l *layout) expression() string {
	var b strings.Builder
	b.WriteString(".*")
	for i, parts := range l.segments {
		if i > 0 {
			b.WriteByte('/')
		}
		for _, p := range parts {
			if p.IsText() {
				b.WriteString(inClasses(p.Text))
			} else {
				b.WriteString("[^/]*")
			}
		}
	}
	return b.String()
}

// inClasses is a text in a regular expression, without a backslash, which statements
// have a meaning for.
func inClasses(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune(".+*?()|{}$", r) {
			b.WriteString("[" + string(r) + "]")
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
