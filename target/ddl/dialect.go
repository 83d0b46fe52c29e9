package ddl

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"target-s3/singer/printable"
	"target-s3/target/schema"
)

// dialect is how an engine is spoken to.
type dialect struct {
	name  string // of --dialect
	title string // in messages

	tableName  func(string) string // quotes names in definitions of tables
	viewName   func(string) string // and in views
	text       func(string) string // quotes a text in definitions of tables
	types      types
	fits       func(name string) bool // whether a column can be called so
	inner      func(name string) bool // whether a property within a column can be
	longest    int                    // bytes of a name; 0: any
	viewSchema string                 // where views go; empty: where tables do
	viewEnd    string                 // what stands at the end of views
	renames    func(*Table) bool      // whether columns can be called otherwise than in the files; nil: no
	selects    func(*Table) bool      // whether all columns are there, whatever they are called; nil: no
	qualifies  bool                   // QUALIFY is known
	anyFolder  bool                   // folders without a name can be columns
	together   bool                   // folders are columns only where all have names

	readsFolders    bool   // files of this machine
	needsSchema     string // why; empty: it does not
	schemaParts     int    // that it must have at least
	needsConnection string

	check func(*Table) error
	begin func(*writer) // what comes before all tables; nil: nothing
	write func(*writer, *Table, []column)
}

// column is one as an engine has it.
type column struct {
	schema.Property        // with the name in the engine
	source          string // the name in the files
}

// writer is where statements go.
type writer struct {
	d    *dialect
	o    *Options
	text strings.Builder
}

func (w *writer) printf(format string, args ...any) { fmt.Fprintf(&w.text, format, args...) }

// comment writes a line that says something.
func (w *writer) comment(format string, args ...any) {
	w.text.WriteString("-- " + printable.Line(fmt.Sprintf(format, args...)) + "\n")
}

// table writes all statements of a table.
func (w *writer) table(t *Table) {
	if w.text.Len() > 0 {
		w.printf("\n")
	}
	if t.parent == nil {
		w.comment("Stream %s", t.stream)
	} else {
		w.comment("Stream %s, elements of the arrays in %s", t.stream, t.folder)
	}
	columns, left := w.d.columns(t)
	for _, name := range left {
		if w.d.selects != nil && w.d.selects(t) {
			break
		}
		w.comment("left out: column %q, whose name %s cannot use", name, w.d.title)
	}
	if len(columns) == 0 {
		w.comment("no table: the schema names no properties, and add_record_metadata is false")
		return
	}
	w.d.write(w, t, columns)
	if w.o.Newest {
		w.newest(t, columns)
	}
}

// columns are those of a table that the engine can have, and the names of the others.
func (d *dialect) columns(t *Table) (columns []column, left []string) {
	renames := d.renames != nil && d.renames(t)
	taken, folders, owners := map[string]bool{}, map[string]bool{}, t.owners()
	for _, p := range d.partitions(t) {
		folders[strings.ToLower(p.Name)] = true
	}
	for _, c := range t.columns {
		shape, ok := d.shape(t, c.Shape)
		name, folded := c.Name, strings.ToLower(c.Name)
		// Where columns go by their names, case is all that keeps such two apart.
		double := !t.isCSV() && (taken[folded] || owners[folded] != "" && owners[folded] != name)
		switch {
		case ok && renames && !double && (t.isCSV() || writable(name)):
			name = d.called(name, taken, folders)
		case folders[folded] && t.layout.shows(name):
			continue // the engine shows the folder's values
		case !ok || double || folders[folded] || taken[folded] || !d.can(name):
			left = append(left, name)
			continue
		}
		taken[strings.ToLower(name)] = true
		columns = append(columns, column{schema.Property{Name: name, Shape: shape}, c.Name})
	}
	return columns, left
}

// can reports whether a column can have that name.
func (d *dialect) can(name string) bool {
	return writable(name) && (d.longest == 0 || len(name) <= d.longest) && (d.fits == nil || d.fits(name))
}

// called is what a column is called whose name in the files does not matter.
func (d *dialect) called(name string, taken, folders map[string]bool) string {
	if !d.can(name) {
		name = shortened(plain(name), maxTableName)
	}
	for n, want := 2, name; taken[strings.ToLower(name)] || folders[strings.ToLower(name)]; n++ {
		name = fmt.Sprintf("%s_%d", want, n)
	}
	return name
}

// shape is the shape of a column, whose inner names the engine must be able to have. In
// JSON what is within can be the text of all.
func (d *dialect) shape(t *Table, s schema.Shape) (_ schema.Shape, ok bool) {
	switch s.Kind {
	case schema.Object:
		met := map[string]bool{}
		s.Properties = slices.Clone(s.Properties)
		for i := range s.Properties {
			p := &s.Properties[i]
			inner, ok := d.shape(t, p.Shape)
			folded := strings.ToLower(p.Name)
			if !ok || met[folded] || !writable(p.Name) || d.inner != nil && !d.inner(p.Name) {
				return schema.Shape{}, t.isJSON()
			}
			met[folded] = true
			p.Shape = inner
		}
	case schema.Array:
		inner, ok := d.shape(t, *s.Items)
		if !ok {
			return schema.Shape{}, t.isJSON()
		}
		s.Items = &inner
	}
	return s, true
}

// qualified is the name of a table or a view, with the schema that it goes to.
func (w *writer) qualified(quote func(string) string, name string) string {
	if w.o.Schema == "" {
		return quote(name)
	}
	parts := strings.Split(w.o.Schema, ".")
	for i := range parts {
		parts[i] = quote(parts[i])
	}
	return strings.Join(append(parts, quote(name)), ".")
}

// view is the name of a view, with the schema that it goes to.
func (w *writer) view(name string) string {
	if w.d.viewSchema != "" {
		return w.d.viewName(w.d.viewSchema) + "." + w.d.viewName(name)
	}
	return w.qualified(w.d.viewName, name)
}

// rows is the name of what has a table's rows with their types: the table, or a view.
func (w *writer) rows(t *Table) string {
	if t.casts {
		return w.view(t.name)
	}
	return w.qualified(w.d.viewName, t.name)
}

// names are the columns' names, quoted.
func names(columns []column, quote func(string) string) []string {
	all := make([]string, len(columns))
	for i := range columns {
		all[i] = quote(columns[i].Name)
	}
	return all
}

// partitions are the folders that are columns.
func (d *dialect) partitions(t *Table) (all []column) {
	if d.together && !t.layout.named() {
		return nil
	}
	for _, f := range t.layout.folders {
		if f.named || d.anyFolder && f.column != "" {
			all = append(all, column{schema.Property{Name: f.column, Shape: schema.Shape{Kind: f.kind}}, f.column})
		}
	}
	return all
}

// checkFolders refuses tables that an engine cannot read that takes what is in a folder:
// those of others must not be there.
func checkFolders(t *Table, below bool) error {
	if !t.layout.ownFolder() {
		return errBehind
	}
	if !below || len(t.layout.folders) > 0 && t.layout.named() {
		return nil
	}
	if slices.ContainsFunc(t.subtables, func(s *Table) bool { return t.layout.holds(&s.layout) }) {
		return errBelow
	}
	return nil
}

var errBehind = errors.New("the folder of [table_name] stands behind one that differs from file to file: put [table_name] first in s3_key_format_string")

var errBelow = errors.New("the files of subtables are below the folder of their table, and would be read with it: " +
	"put a folder of the form name=value behind [table_name] in s3_key_format_string, or set csv_arrays to json")

// checkPartitions refuses folders that a table of Hive's kind cannot have for columns.
// Where folders are found by their names, these must be as columns are.
func checkPartitions(t *Table, byName bool) error {
	for _, f := range t.layout.folders {
		switch {
		case !f.named || isPlain(f.column) && !byName:
		case !isPlain(f.column), strings.ToLower(f.column) != f.column:
			return fmt.Errorf("the folder %s= in s3_key_format_string cannot be a column: call it with letters in lower case, digits and underscores", f.column)
		}
	}
	return nil
}
