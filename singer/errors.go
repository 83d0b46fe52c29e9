package singer

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"target-s3/singer/printable"
)

// LineError is an error with its place in the input.
type LineError struct {
	File   string // empty: the input
	Line   int64  // from 1
	Offset int64  // of the offending byte from the start, from 0
	Near   string
	Err    error
}

// Error is one line: much of it may be what the input says.
func (e *LineError) Error() string {
	file := "input"
	if e.File != "" {
		file = printable.Line(e.File)
	}
	s := fmt.Sprintf("%s line %d (byte %d): %s", file, e.Line, e.Offset, printable.Line(e.Err.Error()))
	if e.Near != "" {
		s += ", near " + e.Near
	}
	return s
}

func (e *LineError) Unwrap() error { return e.Err }

// excerptBytes is enough to recognise a place and too little to spill a record.
const excerptBytes = 24

// Excerpt quotes a few bytes on both sides of offset, with everything that is
// not printable ASCII escaped, so that it is safe in a terminal and in a log.
func Excerpt(line []byte, offset int) string {
	offset = min(offset, len(line))
	from, to := max(0, offset-excerptBytes), min(len(line), offset+excerptBytes)
	for from > 0 && from < to && !utf8.RuneStart(line[from]) {
		from++
	}
	return strconv.QuoteToASCII(string(line[from:to]))
}
