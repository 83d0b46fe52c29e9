package ddl

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"target-s3/target/config"
	"target-s3/target/objectkey"
	"target-s3/target/schema"
)

// layout is where the files of a table are: in the folders of its keys.
type layout struct {
	segments [][]objectkey.Part // of the keys; the last is the file's name
	fixed    int                // so many of the first folders all files have
	table    int                // the folder that tells the table from others, and no file of them is below
	folders  []folder           // behind the fixed ones
}

// folder is one whose name differs from file to file, or which stands behind one.
type folder struct {
	column string // from name=value, or made of what the folder is; empty: it is not a column
	named  bool   // the former
	parts  []objectkey.Part
	value  []objectkey.Part // behind the name and the =
	kind   schema.Kind      // of the values
}

// errShared says that the table cannot be told from others by its folder.
var errShared = errors.New("the files of several tables share a folder, which engines read as a whole: " +
	"have a folder of its own for [table_name] in s3_key_format_string, with nothing in it that differs from file to file")

func newLayout(c config.Config, table string) (layout, error) {
	keys, err := c.Keys()
	if err != nil {
		return layout{}, err
	}
	l := layout{segments: keys.Segments(table), table: -1}
	if c.RunID != "" {
		l.fixRun(c.RunID)
	}
	l.findTable(keys.Segments(table + "x"))
	if l.table < 0 {
		return layout{}, errShared
	}
	folders := l.segments[:len(l.segments)-1]
	for l.fixed < len(folders) && isFixed(folders[l.fixed]) {
		l.fixed++
	}
	met := map[string]bool{}
	for _, parts := range folders[l.fixed:] {
		f := newFolder(parts)
		if folded := strings.ToLower(f.column); met[folded] && f.column != "" {
			return layout{}, fmt.Errorf("two folders in s3_key_format_string are called %s=, and would be one column", f.column)
		} else {
			met[folded] = true
		}
		l.folders = append(l.folders, f)
	}
	return l, nil
}

// fixRun makes the run that the settings name a text.
func (l *layout) fixRun(id string) {
	for _, parts := range l.segments {
		for i, p := range parts {
			if p.Element == "run_id" {
				parts[i] = objectkey.Part{Text: id}
			}
		}
	}
}

// findTable finds the last folder of the name of the table, by the keys of another one.
// Nothing may stand in it but text.
func (l *layout) findTable(other [][]objectkey.Part) {
	for i, parts := range l.segments[:len(l.segments)-1] {
		if isFixed(parts) && textOf(parts) != textOf(other[i]) {
			l.table = i
		}
	}
}

func isFixed(parts []objectkey.Part) bool {
	return !slices.ContainsFunc(parts, func(p objectkey.Part) bool { return !p.IsText() })
}

func textOf(parts []objectkey.Part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String()
}

// location is the folder that has all files, with the slash at its end.
func (l *layout) location(base string) string {
	var b strings.Builder
	b.WriteString(base)
	for _, parts := range l.segments[:l.fixed] {
		b.WriteString(textOf(parts))
		b.WriteByte('/')
	}
	return b.String()
}

// ownFolder reports whether the folder of the table comes before all that differ, so
// that its location has no files of others.
func (l *layout) ownFolder() bool { return l.table < l.fixed }

// named reports whether all folders behind the location are of the form name=value.
func (l *layout) named() bool {
	return !slices.ContainsFunc(l.folders, func(f folder) bool { return !f.named })
}

// shows reports whether a folder has the name of a column, which engines show it for.
func (l *layout) shows(column string) bool {
	return slices.ContainsFunc(l.folders, func(f folder) bool { return f.named && strings.EqualFold(f.column, column) })
}

// holds reports whether the files of another table are below the location.
func (l *layout) holds(other *layout) bool {
	return strings.HasPrefix(other.location(""), l.location(""))
}

func newFolder(parts []objectkey.Part) folder {
	f := folder{parts: parts, value: parts}
	if name, rest, ok := strings.Cut(parts[0].Text, "="); ok && name != "" {
		f.column, f.named = name, true
		f.value = nil
		if rest != "" {
			f.value = []objectkey.Part{{Text: rest}}
		}
		f.value = append(f.value, parts[1:]...)
	}
	f.kind = kindOfFolder(f.value)
	if !f.named && !isFixed(parts) {
		f.column = "folder"
		for _, p := range parts {
			f.column += plainPart(p)
		}
	}
	return f
}

// plainPart is what the column of a folder without a name has of one of its parts.
func plainPart(p objectkey.Part) string {
	switch {
	case p.IsText():
		return ""
	case p.Field.Part != "":
		return "_" + plain(p.Field.Name+"_"+p.Field.Part)
	}
	return "_" + plain(p.Field.Name+p.Element)
}

// kindOfFolder is what the values of a folder are. Those of properties are text: what a
// key cannot have is replaced in them, and numbers stand as the tap wrote them.
func kindOfFolder(value []objectkey.Part) schema.Kind {
	if spells(value, "year_loaded", "month_loaded", "day_loaded") {
		return schema.Date
	}
	if len(value) != 1 {
		return schema.Text
	}
	switch p := value[0]; {
	case p.Field.Part == "date":
		return schema.Date
	case p.Field.Part != "", p.Element != "" && p.Element != "run_id":
		return schema.Integer
	}
	return schema.Text
}

// spells reports whether a value is those elements with hyphens between them.
func spells(value []objectkey.Part, elements ...string) bool {
	if len(value) != 2*len(elements)-1 {
		return false
	}
	for i, p := range value {
		if i%2 == 1 && p.Text != "-" || i%2 == 0 && p.Element != elements[i/2] {
			return false
		}
	}
	return true
}

// byLoad reports whether the folders' values follow from the time of the load alone.
func (l *layout) byLoad() bool {
	for _, f := range l.folders {
		for _, p := range f.value {
			if !p.IsText() && !strings.HasSuffix(p.Element, "_loaded") || p.Element == "timestamp_loaded" {
				return false
			}
		}
	}
	return true
}
