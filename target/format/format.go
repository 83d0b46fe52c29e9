// Package format turns records into the rows of a file: JSON Lines, CSV, or
// Parquet in the package below, with the system columns. It works on the text of
// records and never decodes them.
package format

import (
	"encoding/binary"
	"iter"
	"strconv"
	"time"

	"target-s3/singer/jsonscan"
	"target-s3/target/spans"
)

// Row is one record on its way into a file.
type Row struct {
	Record  []byte // its text, an object that a jsonscan.Scanner accepted
	Unusual jsonscan.Unusual
	Named   bool // every member is one that the schema names

	// Repeated says that an object may have a key twice, because nobody has looked.
	Repeated bool

	// Notes are where the values stand in Record that the Layout looks for, as its
	// Place has them. Nil: nobody has looked yet.
	Notes *spans.Notes

	TimeExtracted []byte // JSON text as it came, or nil
	Received      Timestamp
	Version       int64
	Sequence      int64
	PrimaryKey    [36]byte // __sdc_primary_key, for a table without key properties

	// Most is how long the row of a Sized Layout may become before
	// it is asked for its Size. 0: it is not.
	Most int
}

// Timestamp is a moment as the system columns show it: RFC 3339, UTC,
// milliseconds. Its length never changes, so that it can be set in place.
type Timestamp [24]byte

// NewTimestamp formats t.
func NewTimestamp(t time.Time) (ts Timestamp) {
	var b [len(ts) + 9]byte // AppendFormat writes all decimals before it cuts them
	copy(ts[:], t.UTC().AppendFormat(b[:0], "2006-01-02T15:04:05.000Z"))
	return ts
}

// Mark says where in the bytes that AppendRow appended something has to be set
// once the file is known that the row goes to.
type Mark struct {
	BatchedAt int    // offset of a Timestamp in what was appended, or -1
	Extra     bool   // the row has the column _sdc_extra
	Large     bool   // the row would be longer than Most, and nothing was appended
	Refused   string // why there can be no such row, and nothing was appended
}

// Layout is how the records of one stream, under one schema, become rows. It is
// immutable and serves many goroutines, each with a Scratch of its own.
type Layout interface {
	// Header appends what a file begins with. The extra column is there only in
	// files that have rows with it.
	Header(dst []byte, extra bool) []byte

	// AppendRow appends the row, its newline included.
	AppendRow(dst []byte, row *Row, s *Scratch) ([]byte, Mark)

	// Widen changes the end of a row without the extra column, which stands at
	// the end of dst, so that it fits into a file with that column.
	Widen(dst []byte) []byte

	// Extension and ContentType are those of the files, compression aside.
	Extension() string
	ContentType() string
}

// Spanned is a Layout that takes records apart. Whoever scans a record before can
// note for it what is at the Place.
type Spanned interface {
	Layout

	// Place is that of the record: its tree is numbered.
	Place() *spans.Place
}

// Nested is a Layout that may make rows of several tables of one record.
type Nested interface {
	Layout

	// Tables are those beside the stream's own. Their paths are joined of safe
	// names by slashes.
	Tables() []Table

	// AppendRows appends the record's row and then those of the other tables,
	// calling emit after each: with all that was appended so far, and the index of
	// the table, -1 for the stream's own. It goes on with what emit returns.
	AppendRows(dst []byte, row *Row, s *Scratch, emit func(dst []byte, table int, mark Mark) []byte) []byte
}

// Table is where some of a record's rows go.
type Table struct {
	Path   string // below the record's own table; it depends on the array's place alone
	Layout Layout
}

// Grouped is the Layout of a columnar format. Its files are not their rows one
// after the other: what AppendRow appends is an intermediate form, which Group
// makes a part of a file of. Header is what comes before the first group.
type Grouped interface {
	Layout

	// Group makes a row group of rows, so many bytes in pages of whole ones. It needs
	// a page until the next one comes. It depends on nothing but its arguments, so
	// that groups can be made in parallel.
	Group(rows iter.Seq[[]byte], size int64, batchedAt Timestamp) (Group, error)

	// Footer puts what ends a file of the groups, in their order, piece by piece. A piece
	// is valid until put returns.
	Footer(version int64, groups []Group, put func(piece []byte)) error

	// Columns is how many columns a group has.
	Columns() int
}

// Sized is a Layout whose rows can be many times as large as their records.
type Sized interface {
	Layout

	// Size is how many bytes AppendRow appends, and how many the row takes beside that
	// on its way to a file.
	Size(row *Row) (size, encoded int)
}

// Group is a row group.
type Group struct {
	Pages  [][]byte // its bytes
	Size   int64    // how many they are
	At     int64    // where in the file they begin: for its owner to set
	Meta   []byte   // what Footer has to know
	Footer int      // how many bytes it will make of that, at most
}

// Scratch is memory that AppendRow reuses. The zero value is ready.
type Scratch struct {
	members Members
	notes   spans.Notes // of a record that nobody has looked at
	lead    []byte      // the first columns of a subtable's row
	text    []byte
	system  systemText
	csv     csvSystem

	// The sequence of the last row without its last eight digits, and as text:
	// the next one most often begins in the same way.
	begun     int64
	beginning []byte
}

// appendSequence appends the number as strconv.AppendInt does.
func (s *Scratch) appendSequence(dst []byte, n int64) []byte {
	const rest = 100_000_000
	if n < rest {
		return strconv.AppendInt(dst, n, 10)
	}
	if high := n / rest; high != s.begun {
		s.begun, s.beginning = high, strconv.AppendInt(s.beginning[:0], high, 10)
	}
	return binary.LittleEndian.AppendUint64(append(dst, s.beginning...), eightDigits(uint64(n%rest)))
}

// eightDigits writes a number below 10^8 as a word, whose lowest byte is the first
// digit: two of four digits side by side, then four of two, then all.
func eightDigits(n uint64) uint64 {
	fours := n/10_000 | n%10_000<<32
	high := fours * 10_486 >> 20 & 0x7f_0000_007f // of each a hundredth
	twos := high | (fours-high*100)<<16
	high = twos * 103 >> 10 & 0x0f_000f_000f_000f
	return high | (twos-high*10)<<8 | 0x3030303030303030
}

// Options are the settings of the formats.
type Options struct {
	Metadata   bool // add the system columns
	Delimiter  byte // csv: ',', '|' or '\t'
	ForceQuote bool // csv: quote every value but null
	Subtables  bool // csv: arrays are the rows of tables of their own
	ByName     bool // csv: the columns in the order of their names, not in the schema's
}
