package ddl

import (
	"fmt"
	"slices"
	"strings"

	"target-s3/target/objectkey"
	"target-s3/target/schema"
)

// Athena has tables of Hive's kind for definitions, and Trino's language for views. It
// finds columns of JSON and Parquet by their names, those of CSV by their place.
func athena() *dialect {
	return &dialect{
		name: "athena", title: "Athena", tableName: doubled("`"), viewName: doubled(`"`), text: escaped, types: hiveTypes(),
		fits: isPlain, inner: isPlain, longest: 255, anyFolder: true,
		renames: func(t *Table) bool { return !t.isParquet() }, // JSON by the SerDe's mapping
		check:   checkAthena,
		write:   (*writer).athena,
	}
}

func checkAthena(t *Table) error {
	if t.layout.byLoad() && len(t.layout.folders) > 0 {
		for _, f := range t.layout.folders {
			if _, err := project(f, 1); err != nil {
				return err
			}
		}
		if len(t.subtables) > 0 && t.layout.table == len(t.layout.segments)-2 {
			return errBelow
		}
		return checkPartitions(t, false)
	}
	if !t.layout.named() {
		return fmt.Errorf("a folder in s3_key_format_string is neither of the form name=value nor made of the time of the load alone, and Athena cannot know which there are: write %s", named(t.layout.folders))
	}
	if err := checkPartitions(t, true); err != nil {
		return err
	}
	return checkFolders(t, true)
}

// named is the first folder without a name, with one.
func named(folders []folder) string {
	i := slices.IndexFunc(folders, func(f folder) bool { return !f.named })
	var b strings.Builder
	b.WriteString("name=")
	for _, p := range folders[i].parts {
		switch {
		case p.IsText():
			b.WriteString(p.Text)
		case p.Element != "":
			b.WriteString("[" + p.Element + "]")
		default:
			b.WriteString(p.Field.String())
		}
	}
	return b.String()
}

// hiveTypes are those of Hive's tables.
func hiveTypes() types {
	return types{
		boolean: "boolean", integer: "bigint", number: "double", decimal: digits("decimal"),
		dateTime: "timestamp", date: "date", text: "string", quote: doubled("`"),
		object: wrapped{"struct<", ">"}, between: ":", array: wrapped{"array<", ">"},
	}
}

func (w *writer) athena(t *Table, columns []column) {
	name, kinds := t.name, columns
	if t.isCSV() {
		w.comment(serdeOfCSV)
		name, kinds = t.text, allText(columns)
	}
	partitions := w.d.partitions(t)
	projected := t.layout.byLoad() && len(partitions) > 0
	if projected { // a date that is projected is text
		partitions = allTextBut(partitions, schema.Integer)
	}
	w.printf("CREATE EXTERNAL TABLE %s (\n%s\n)\n", w.qualified(w.d.tableName, name), list("  ", w.d.types.definitions(kinds)))
	if len(partitions) > 0 {
		w.printf("PARTITIONED BY (%s)\n", strings.Join(w.d.types.definitions(partitions), ", "))
	}
	w.printf("%sLOCATION %s", w.serde(t, columns), w.d.text(t.layout.location(w.o.Base)))
	var properties []string
	if t.isCSV() {
		properties = append(properties, "'skip.header.line.count' = '1'")
	}
	if projected {
		properties = append(properties, w.projection(t)...)
	}
	if len(properties) > 0 {
		w.printf("\nTBLPROPERTIES (\n%s\n)", list("  ", properties))
	}
	w.printf(";\n")
	if len(partitions) > 0 && !projected {
		w.printf("\n")
		w.comment("Again when there are new folders:")
		w.printf("MSCK REPAIR TABLE %s;\n", w.qualified(w.d.tableName, name))
	}
	if t.isCSV() {
		w.castView(t, columns, trinoTypes())
	}
}

const serdeOfCSV = "The SerDe takes a backslash for an escape and a line end in a value for the end of the row, and has no null. Columns go by their place."

// serde is how rows are read.
func (w *writer) serde(t *Table, columns []column) string {
	switch {
	case t.isParquet():
		return "STORED AS PARQUET\n"
	case t.isCSV():
		return fmt.Sprintf("ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'\nWITH SERDEPROPERTIES ('separatorChar' = %s, 'quoteChar' = '\"', 'escapeChar' = '\\\\')\n"+
			"STORED AS TEXTFILE\n", w.delimiter(t))
	}
	var mapping []string
	for _, c := range columns {
		if c.Name != c.source {
			mapping = append(mapping, fmt.Sprintf("%s = %s", w.d.text("mapping."+strings.ToLower(c.Name)), w.d.text(strings.ToLower(c.source))))
		}
	}
	if len(mapping) == 0 {
		return "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'\n"
	}
	return "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'\nWITH SERDEPROPERTIES (\n" + list("  ", mapping) + "\n)\n"
}

// delimiter is what stands between columns, as a text.
func (w *writer) delimiter(t *Table) string {
	if t.config.CSVDelimiter == '\t' {
		return `'\t'`
	}
	return w.d.text(string(t.config.CSVDelimiter))
}

func allText(columns []column) []column { return allTextBut(columns, schema.Text) }

// allTextBut are the columns as text, but for those of one kind.
func allTextBut(columns []column, kept schema.Kind) []column {
	all := slices.Clone(columns)
	for i := range all {
		if all[i].Shape.Kind != kept {
			all[i].Shape = schema.Shape{Kind: schema.Text}
		}
	}
	return all
}

// projection are the properties that say which partitions there are, so that nobody
// must look for them.
func (w *writer) projection(t *Table) []string {
	all := []string{"'projection.enabled' = 'true'"}
	location := t.layout.location(w.o.Base)
	for _, f := range t.layout.folders {
		p, _ := project(f, w.o.Since)
		location += p.folder + "/"
		if f.column == "" {
			continue
		}
		var each []string
		for _, property := range p.properties {
			each = append(each, fmt.Sprintf("%s = %s", w.d.text("projection."+strings.ToLower(f.column)+"."+property[0]), w.d.text(property[1])))
		}
		all = append(all, strings.Join(each, ", "))
	}
	return append(all, "'storage.location.template' = "+w.d.text(location))
}

// projected is a folder whose values Athena makes up.
type projected struct {
	folder     string // with the column in it, as ${column}
	properties [][2]string
}

// moments are the elements of the time of a load, the coarsest first.
func moments() []moment {
	return []moment{
		{"year_loaded", "yyyy", "YEARS", "", ""},
		{"month_loaded", "MM", "MONTHS", "1,12", "01"},
		{"day_loaded", "dd", "DAYS", "1,31", "01"},
		{"hour_loaded", "HH", "HOURS", "0,23", "00"},
	}
}

// moment is an element of the time of a load.
type moment struct{ element, format, unit, values, first string }

// years is for how many a table is made.
const years = 10

// project says which values a folder has that is made of the time of the load.
func project(f folder, since int) (projected, error) {
	prefix := ""
	if f.named {
		prefix = f.column + "="
	}
	value := slices.Clone(f.value)
	if isFixed(value) && !f.named {
		return projected{folder: textOf(value)}, nil
	}
	column := "${" + strings.ToLower(f.column) + "}"
	if n := slices.IndexFunc(value, func(p objectkey.Part) bool { return !p.IsText() }); n >= 0 && isFixed(value[n+1:]) {
		return projected{prefix + textOf(value[:n]) + column + textOf(value[n+1:]), ofElement(value[n].Element, since)}, nil
	}
	properties, ok := ofDate(value, since)
	if !ok {
		return projected{}, fmt.Errorf("the folder of %s in s3_key_format_string: Athena can make dates of a year, a month, a day and an hour, in this order and with no comma between them", f.column)
	}
	return projected{prefix + column, properties}, nil
}

// ofElement are the properties of a column that is one element.
func ofElement(element string, since int) [][2]string {
	m := moments()
	i := slices.IndexFunc(m, func(m moment) bool { return m.element == element })
	if i == 0 {
		return [][2]string{{"type", "integer"}, {"range", fmt.Sprintf("%d,%d", since, since+years-1)}}
	}
	return [][2]string{{"type", "integer"}, {"range", m[i].values}, {"digits", "2"}}
}

// ofDate are the properties of a column that is several of them, with text between
// them, or text alone.
func ofDate(value []objectkey.Part, since int) (_ [][2]string, ok bool) {
	if isFixed(value) {
		return [][2]string{{"type", "enum"}, {"values", textOf(value)}}, !strings.Contains(textOf(value), ",")
	}
	var format, first strings.Builder
	m := moments()
	next := 0
	for _, p := range value {
		switch {
		case p.IsText():
			if strings.ContainsAny(p.Text, ",'") {
				return nil, false
			}
			format.WriteString("'" + p.Text + "'")
			first.WriteString(p.Text)
			continue
		case next == len(m) || p.Element != m[next].element:
			return nil, false
		case next == 0:
			fmt.Fprintf(&first, "%04d", since)
		}
		format.WriteString(m[next].format)
		first.WriteString(m[next].first)
		next++
	}
	return [][2]string{
		{"type", "date"},
		{"format", strings.ReplaceAll(format.String(), "'-'", "-")},
		{"range", first.String() + ",NOW"},
		{"interval", "1"},
		{"interval.unit", m[next-1].unit},
	}, true
}
