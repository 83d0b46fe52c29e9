package format

import (
	"target-s3/target/lazy"
	"target-s3/target/schema"
	"target-s3/target/spans"
)

// CSVAgain is the CSV of a schema, which it can forget, and make again: it takes ten
// times the memory of the schema's text.
type CSVAgain struct{ made lazy.Value[CSV] }

// NewCSVAgain lays out a stream as CSV, once that is needed.
func NewCSVAgain(s *schema.Schema, o Options) *CSVAgain {
	a := &CSVAgain{}
	a.made.Make = func() (*CSV, error) { return NewCSV(s, o), nil }
	return a
}

// Watch has it told what memory the CSV takes, whenever it is made. It must be called
// before the layout is used. made may be called from any goroutine.
func (a *CSVAgain) Watch(made func(bytes int)) {
	a.made.Made = func(l *CSV) { made(l.bytes()) }
}

// Forget lets go of the CSV. Those who use it go on.
func (a *CSVAgain) Forget() { a.made.Forget() }

func (a *CSVAgain) csv() *CSV {
	l, _ := a.made.Get()
	return l
}

// bytes is about what memory the layout takes, with those of the tables, and with the
// fields of the schema that it was made of.
func (l *CSV) bytes() int {
	const column, name = 500, 100
	n := column*len(l.paths) + name*len(l.names)
	for _, sub := range l.tables {
		n += sub.bytes()
	}
	return n
}

// Header is that of the stream's own table.
func (a *CSVAgain) Header(dst []byte, extra bool) []byte { return a.csv().Header(dst, extra) }

// AppendRow appends the record as a row.
func (a *CSVAgain) AppendRow(dst []byte, row *Row, s *Scratch) ([]byte, Mark) {
	return a.csv().AppendRow(dst, row, s)
}

// Size is how many bytes AppendRow will append.
func (a *CSVAgain) Size(row *Row) (size, encoded int) { return a.csv().Size(row) }

// Widen adds an empty _sdc_extra to a row.
func (a *CSVAgain) Widen(dst []byte) []byte { return a.csv().Widen(dst) }

// Extension is csv.
func (*CSVAgain) Extension() string { return (*CSV)(nil).Extension() }

// ContentType is that of CSV.
func (*CSVAgain) ContentType() string { return (*CSV)(nil).ContentType() }

// Place is that of the record.
func (a *CSVAgain) Place() *spans.Place { return a.csv().Place() }

// AppendRows appends the record's row and those of its arrays' elements.
func (a *CSVAgain) AppendRows(dst []byte, row *Row, s *Scratch, emit func(dst []byte, table int, mark Mark) []byte) []byte {
	return a.csv().AppendRows(dst, row, s, emit)
}

// Tables are those of the arrays.
func (a *CSVAgain) Tables() []Table {
	tables := a.csv().Tables()
	for i := range tables {
		tables[i].Layout = &csvTableAgain{a, i}
	}
	return tables
}

// csvTableAgain is the layout of one of the tables.
type csvTableAgain struct {
	*CSVAgain
	table int
}

func (t *csvTableAgain) Header(dst []byte, extra bool) []byte {
	return t.csv().tables[t.table].Header(dst, extra)
}

func (t *csvTableAgain) Widen(dst []byte) []byte { return t.csv().tables[t.table].Widen(dst) }

func (t *csvTableAgain) AppendRow(dst []byte, row *Row, s *Scratch) ([]byte, Mark) {
	return t.csv().tables[t.table].AppendRow(dst, row, s)
}

var (
	_ Spanned = (*CSVAgain)(nil)
	_ Nested  = (*CSVAgain)(nil)
	_ Sized   = (*CSVAgain)(nil)
)
