package ddl

import (
	"fmt"
	"slices"
	"strings"

	"target-s3/target/format"
	"target-s3/target/schema"
)

// newest writes the view of the newest rows of a table, where it has keys; and of a
// subtable that of the elements of the newest records: an array that has become empty
// has no rows.
func (w *writer) newest(t *Table, columns []column) {
	switch {
	case t.parent != nil && t.parent.keys == nil:
		return // its parent's table says why
	case t.parent != nil:
		w.newestElements(t, columns)
		return
	case t.keys == nil:
		w.printf("\n")
		w.comment("no view of the newest rows: %s", t.keyless)
		return
	}
	columns = append(slices.Clone(columns), w.d.partitions(t)...)
	name := func(source string) string { return w.d.viewName(nameOf(columns, source)) }
	var keys []string
	for _, key := range t.keys {
		if nameOf(columns, key) == "" {
			w.comment("no view of the newest rows: %s cannot use the name of a key column", w.d.title)
			return
		}
		keys = append(keys, name(key))
	}
	number := fmt.Sprintf("row_number() OVER (PARTITION BY %s ORDER BY %s DESC)", strings.Join(keys, ", "), name(format.ColumnSequence))
	from, version := w.rows(t), name(format.ColumnTableVersion)
	where := fmt.Sprintf("WHERE %s = (SELECT max(%s) FROM %s)", version, version, from)
	present := ""
	if t.deletes && nameOf(columns, columnDeletedAt) != "" {
		present = " AND " + name(columnDeletedAt) + " IS NULL"
	}
	w.printf("\nCREATE OR REPLACE VIEW %s AS\n", w.view(t.newest))
	if w.d.qualifies {
		w.printf("SELECT * FROM %s\n%s\nQUALIFY %s = 1%s", from, where, number, present)
	} else {
		all, counter := names(columns, w.d.viewName), w.d.viewName(free("newest", columns))
		w.printf("SELECT\n%s\nFROM (\n  SELECT\n%s\n  FROM %s\n  %s\n) AS numbered\nWHERE %s = 1%s",
			list("  ", all), list("    ", append(slices.Clone(all), number+" AS "+counter)), from, where, counter, present)
	}
	w.endView()
}

// newestElements writes the view of the elements of the newest records.
func (w *writer) newestElements(t *Table, columns []column) {
	records, _ := w.d.columns(t.parent)
	var on []string
	for _, pair := range append(sourceKeys(t.parent.keys), [2]string{format.ColumnSequence, format.ColumnSequence}) {
		of, from := nameOf(columns, pair[0]), nameOf(records, pair[1])
		if of == "" || from == "" {
			w.comment("no view of the elements of the newest records: %s cannot use the name of a key column", w.d.title)
			return
		}
		on = append(on, fmt.Sprintf("elements.%s = records.%s", w.d.viewName(of), w.d.viewName(from)))
	}
	all := "elements.*"
	if !w.d.qualifies {
		var each []string
		for _, name := range names(append(slices.Clone(columns), w.d.partitions(t)...), w.d.viewName) {
			each = append(each, "elements."+name)
		}
		all = strings.TrimPrefix(list("  ", each), "  ")
	}
	w.printf("\nCREATE OR REPLACE VIEW %s AS\nSELECT\n  %s\nFROM %s AS elements\nJOIN %s AS records ON %s", w.view(t.newest), all,
		w.rows(t), w.view(t.parent.newest), strings.Join(on, " AND "))
	w.endView()
}

func (w *writer) endView() { w.printf("%s;\n", w.d.viewEnd) }

// sourceKeys are the columns of a subtable that have the keys of a record, with those
// of the record.
func sourceKeys(keys []string) (pairs [][2]string) {
	for _, key := range keys {
		pairs = append(pairs, [2]string{format.ColumnSourceKey + key, key})
	}
	return pairs
}

// nameOf is what a column of the files is called; empty: it is not there.
func nameOf(columns []column, source string) string {
	if i := slices.IndexFunc(columns, func(c column) bool { return c.source == source }); i >= 0 {
		return columns[i].Name
	}
	return ""
}

// free is a name that no column has.
func free(name string, columns []column) string {
	want := name
	for n := 2; slices.ContainsFunc(columns, func(c column) bool { return strings.EqualFold(c.Name, name) }); n++ {
		name = fmt.Sprintf("%s_%d", want, n)
	}
	return name
}

// castView writes the view that gives the columns of a table of text their types.
func (w *writer) castView(t *Table, columns []column, as types) {
	t.casts = true
	var all []string
	for _, c := range columns {
		name := w.d.viewName(c.Name)
		switch c.Shape.Kind {
		case schema.Text:
			all = append(all, name)
		case schema.Boolean:
			all = append(all, fmt.Sprintf("CASE %s WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END AS %s", name, name))
		default:
			all = append(all, fmt.Sprintf("CAST(NULLIF(%s, '') AS %s) AS %s", name, as.of(c.Shape), name))
		}
	}
	all = append(all, names(w.d.partitions(t), w.d.viewName)...)
	w.printf("\nCREATE OR REPLACE VIEW %s AS\nSELECT\n%s\nFROM %s", w.view(t.name), list("  ", all), w.qualified(w.d.viewName, t.text))
	w.endView()
}
