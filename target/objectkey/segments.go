package objectkey

import "strings"

// Part is a piece of a key: text, or what differs from object to object of a table.
type Part struct {
	Text    string
	Element string // its name; empty: the part is text, or a Field
	Field   Field
}

// IsText reports whether all keys of the table have the same here.
func (p Part) IsText() bool { return p.Element == "" && p.Field.Name == "" }

// Segments are what stands between the slashes of the keys of one table, from the
// outermost folder to the file's name, after a prefix that all keys have. Of the
// values Integration, Table and Extension are taken.
func (t Template) Segments(prefix string, v Values) [][]Part {
	all := [][]Part{nil}
	add := func(p Part) {
		last := &all[len(all)-1]
		if n := len(*last); n > 0 && p.IsText() && (*last)[n-1].IsText() {
			(*last)[n-1].Text += p.Text
		} else {
			*last = append(*last, p)
		}
	}
	text := func(s string) {
		for i, piece := range strings.Split(s, "/") {
			if i > 0 {
				all = append(all, nil)
			}
			if piece != "" {
				add(Part{Text: piece})
			}
		}
	}
	text(prefix)
	for _, p := range t.pieces {
		switch {
		case !p.element:
			text(p.text)
		case isField(p.text):
			add(Part{Field: parseField(p.text)})
		case p.text == integration, p.text == tableName, p.text == extension:
			text(t.value(p.text, v))
		default:
			add(Part{Element: p.text})
		}
	}
	return all
}
