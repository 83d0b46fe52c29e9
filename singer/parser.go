package singer

import (
	"bytes"
	"errors"
	"fmt"

	"target-s3/singer/jsonscan"
)

// Parser takes lines apart. The zero value is ready; a Parser must not be used
// by two goroutines.
type Parser struct {
	// Record, where set, may scan the record of a message in the parser's stead,
	// to find out more on the same pass. It gets the message's stream as it
	// stands in the line, or nil where that comes later, and the index at which
	// the record begins. It returns the index after the record, or is not ok: then
	// the parser scans it itself. What it accepts must be JSON.
	Record func(stream, line []byte, at int) (end int, ok bool)

	// Relearned counts the lines that did not begin as the one before them.
	Relearned int

	scan jsonscan.Scanner

	before, after frame // of the last record, up to its colon, and up to the brace
	recordEnd     int   // in the line; 0: there was none
}

// placed is an error at an offset of the line.
type placed struct {
	offset int
	err    error
}

func (e *placed) Error() string { return e.err.Error() }
func (e *placed) Unwrap() error { return e.err }

// Place finds the offset in the line at which err, from Parse, arose.
func Place(err error) int {
	var p *placed
	if errors.As(err, &p) {
		return p.offset
	}
	var s *jsonscan.SyntaxError
	if errors.As(err, &s) {
		return s.Offset
	}
	return 0
}

// Parse takes the line apart into m, checking that it is one JSON object with
// the members that its type requires. Whether values have the right type is
// checked where they are decoded.
func (p *Parser) Parse(line []byte, m *Message) error {
	end, err := p.object(line, m)
	if err != nil {
		return m.cutOff(line, err)
	}
	if rest := jsonscan.SkipSpace(line, end); rest < len(line) {
		return &placed{rest, errors.New("text after the message (one message a line)")}
	}
	return m.complete()
}

// ParseRecord takes a line that is a record alone as if it stood in the message
// of, whose other members m gets.
func (p *Parser) ParseRecord(line []byte, of, m *Message) error {
	*m = *of
	end, err := p.record(line, jsonscan.SkipSpace(line, 0), m)
	if err != nil {
		return recordCutOff(line, err)
	}
	if rest := jsonscan.SkipSpace(line, end); rest < len(line) {
		return &placed{rest, errors.New("text after the record (one record a line)")}
	}
	return nil
}

// ParseCut finds the kind and the members of a line that is too long to be held, but for
// what is in its objects and arrays. The record is not among them. It is not ok where the
// line is no message, as far as is known.
func ParseCut(b Block, m *Message) (ok bool) {
	var p Parser
	err := p.Parse(b.Outline, m)
	if err != nil && len(b.Outline) == maxOutline {
		m.Record = b.Outline // which may come later
		err = m.complete()
	}
	m.Record = nil
	return err == nil
}

// ends reports whether the line ends where err arose, in the middle of what it should
// hold, and whether the input ends there as well: only its last line has no newline.
func ends(line []byte, err error) (middle, last bool) {
	text := bytes.TrimRight(line, "\r\n")
	return len(text) > 0 && Place(err) >= len(text), len(line) > 0 && line[len(line)-1] != '\n'
}

// recordCutOff is cutOff for a line that is a record alone.
func recordCutOff(line []byte, err error) error {
	middle, last := ends(line, err)
	switch {
	case !middle:
		return err
	case last:
		return &placed{len(line), errors.New("the file ends in the middle of a record: it was not written to its end")}
	}
	return &placed{Place(err), errors.New("the line ends in the middle of a record: each record must be one line")}
}

// ErrCutOff is that of an input that ends in the middle of a message, in the words of a
// load.
var ErrCutOff = errors.New("the tap was probably killed, see its own messages. What came before is committed, and running again is safe")

// cutOff words an error that is the end of the line.
func (m *Message) cutOff(line []byte, err error) error {
	middle, last := ends(line, err)
	if !middle {
		return err
	}
	what := "a message"
	if name, err := Text(m.Type); err == nil {
		what = fmt.Sprintf("a %.100s message", bytes.ToUpper(name))
	}
	if name, err := Text(m.Stream); err == nil {
		what += fmt.Sprintf(" of stream %.200q", name)
	}
	if !last {
		return &placed{Place(err), fmt.Errorf("the line ends in the middle of %s: the tap was killed there, or it writes messages over several lines; "+
			"each must be one line", what)}
	}
	return &placed{len(line), fmt.Errorf("the input ends in the middle of %s: %w", what, ErrCutOff)}
}

// object scans the line's object.
func (p *Parser) object(line []byte, m *Message) (int, error) {
	*m = Message{}
	p.recordEnd = 0
	if p.before.match(line, m) {
		n := len(p.before.text)
		end, err := p.record(line, jsonscan.SkipSpace(line, n), m)
		if err != nil {
			return end, err
		}
		return p.rest(line, end, m)
	}
	i := jsonscan.SkipSpace(line, 0)
	if i == len(line) || line[i] != '{' || isUTF16(line[i:]) {
		return i, &placed{i, errors.New("not a Singer message: a line must be one JSON object" + hint(line[i:]))}
	}
	i = jsonscan.SkipSpace(line, i+1)
	if i < len(line) && line[i] == '}' {
		return i + 1, nil
	}
	end, err := p.named(line, i, m)
	if err != nil {
		return end, err
	}
	return p.rest(line, end, m)
}

// rest scans what follows the first member, or the record.
func (p *Parser) rest(line []byte, i int, m *Message) (int, error) {
	if i == p.recordEnd && p.after.match(line[i:], m) {
		return i + len(p.after.text), nil
	}
	end, err := p.members(line, i, m)
	if err == nil && p.recordEnd > 0 {
		p.after.remember(line, p.recordEnd, end, m)
	}
	return end, err
}

// hint says what a line that is not a JSON object looks like.
func hint(line []byte) string {
	switch {
	case isUTF16(line):
		return "; the input is UTF-16, which PowerShell's > writes: make the tap write UTF-8, or pipe it into this program"
	case isCompressed(line):
		return "; the input is compressed: give it as a file, with --input FILE, or unpack it on the way"
	case len(line) > 0 && (line[0] == '[' || line[0] == '"'):
		return ""
	case bytes.HasPrefix(line, []byte(byteOrderMark)):
		return "; this one begins with a byte order mark, which may stand only at the start of the input"
	}
	return "; does the tap print logs on its standard output?"
}

// byteOrderMark is that of UTF-8.
const byteOrderMark = "\xef\xbb\xbf"

// isUTF16 knows it by its byte order mark, or by the zero beside the first brace.
func isUTF16(line []byte) bool {
	for _, begin := range [...]string{"\xff\xfe", "\xfe\xff", "{\x00", "\x00{"} {
		if bytes.HasPrefix(line, []byte(begin)) {
			return true
		}
	}
	return false
}

// isCompressed knows gzip and zstd by how they begin.
func isCompressed(line []byte) bool {
	return bytes.HasPrefix(line, []byte("\x1f\x8b")) || bytes.HasPrefix(line, []byte("\x28\xb5\x2f\xfd"))
}

// members scans what follows the value of a member: others, and the end of the
// object.
func (p *Parser) members(b []byte, i int, m *Message) (int, error) {
	for {
		i = jsonscan.SkipSpace(b, i)
		if i < len(b) && b[i] == '}' {
			return i + 1, nil
		}
		if i >= len(b) {
			return i, &placed{i, errors.New("the line ends in the middle of the message")}
		}
		if b[i] != ',' {
			return i, &placed{i, errors.New("a member must be followed by ',' or '}'")}
		}
		end, err := p.named(b, jsonscan.SkipSpace(b, i+1), m)
		if err != nil {
			return end, err
		}
		i = end
	}
}

// named scans a member whose name begins at b[i].
func (p *Parser) named(b []byte, i int, m *Message) (int, error) {
	key, next, err := p.name(b, i)
	if err != nil {
		return next, err
	}
	return p.member(b, i, jsonscan.SkipSpace(b, next), key, m)
}

// member scans and files the value at b[i] of the member that begins at b[at].
func (p *Parser) member(b []byte, at, i int, key []byte, m *Message) (int, error) {
	if string(key) == "record" {
		return p.unexpected(b, at, i, m)
	}
	p.scan.Reset()
	end, err := p.scan.Value(b, i)
	if err != nil {
		return end, err
	}
	return end, p.set(m, key, b[i:end], at)
}

// unexpected is record where the line did not begin as expected, which it is to be
// from now on.
func (p *Parser) unexpected(b []byte, at, i int, m *Message) (int, error) {
	first := m.Record
	end, err := p.record(b, i, m)
	switch {
	case err != nil:
		return end, err
	case first != nil:
		return end, twice("record", at)
	case m.RecordScanned:
		p.remember(b, i, m)
	}
	return end, nil
}

// record scans and files the record at b[i]. Where it ends is known even if it has
// numbers that JSON does not have, and so it alone is lost.
func (p *Parser) record(b []byte, i int, m *Message) (end int, err error) {
	if p.Record != nil {
		end, m.RecordScanned = p.Record(m.Stream, b, i)
	}
	if !m.RecordScanned {
		p.scan.Reset()
		if end, err = p.scan.Value(b, i); err != nil {
			p.scan.Reset()
			p.scan.Python = true
			end, err = p.scan.Value(b, i)
			p.scan.Python = false
		}
		if err != nil {
			return end, err
		}
		m.RecordUnusual, m.RecordMembers = p.scan.Unusual, p.scan.Members
	}
	m.Record, p.recordEnd = b[i:end], end
	return end, nil
}

// remember keeps what stands in front of the record at b[i], and the members there.
func (p *Parser) remember(b []byte, i int, m *Message) {
	for jsonscan.SkipSpace(b[i-1:i], 0) == 1 { // how much of it there is says nothing of the next line
		i--
	}
	p.Relearned++
	p.before.remember(b, 0, i, m)
}

// name scans the name of a member and its colon.
func (p *Parser) name(b []byte, i int) (key []byte, next int, err error) {
	if i >= len(b) || b[i] != '"' {
		return nil, i, &placed{i, errors.New("must be a member name in double quotes")}
	}
	end, err := p.scan.String(b, i)
	if err != nil {
		return nil, end, err
	}
	key = jsonscan.Unquote(b[i+1 : end-1])
	i = jsonscan.SkipSpace(b, end)
	if i >= len(b) || b[i] != ':' {
		return nil, i, &placed{i, errors.New("a member name must be followed by ':'")}
	}
	return key, i + 1, nil
}

// set files one member of the message. Members that Singer does not know are
// skipped.
func (p *Parser) set(m *Message, key, value []byte, at int) error {
	var member *[]byte
	switch string(key) {
	case "type":
		member = &m.Type
	case "stream":
		member = &m.Stream
	case "schema":
		member = &m.Schema
	case "key_properties":
		member = &m.KeyProperties
	case "value":
		member = &m.Value
	case "version":
		member = &m.Version
	case "time_extracted":
		member = &m.TimeExtracted
	default:
		return nil
	}
	if *member != nil {
		return twice(string(key), at)
	}
	switch unusual := p.scan.Unusual; {
	case unusual&jsonscan.InvalidUTF8 != 0:
		return &placed{at, fmt.Errorf("member %q is not UTF-8", key)}
	case unusual&jsonscan.LoneSurrogate != 0 && (member == &m.Stream || member == &m.TimeExtracted):
		return &placed{at, fmt.Errorf("member %q has half of a surrogate pair (\\ud800 to \\udfff), which is not text", key)}
	}
	*member = value
	return nil
}

func twice(member string, at int) error {
	return &placed{at, fmt.Errorf("the message has two members %q", member)}
}
