package singer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"target-s3/singer/jsonscan"
)

// Kind is what a message is.
type Kind uint8

// The kinds of the Singer specification, and Unknown for every other type.
const (
	Unknown Kind = iota
	Record
	Schema
	State
	ActivateVersion
	Batch
)

var kinds = map[string]Kind{
	"RECORD": Record, "SCHEMA": Schema, "STATE": State, "ACTIVATE_VERSION": ActivateVersion, "BATCH": Batch,
}

// Message is one line, taken apart. The members are JSON text as it stands in
// the line, nil where the line has no such member; they are valid for as long
// as the line's bytes are.
type Message struct {
	Kind Kind // set once the line is complete

	Type, Stream, Record, Schema, KeyProperties, Value, Version, TimeExtracted []byte

	// What was seen inside of Record alone, unless Parser.Record scanned it.
	RecordUnusual jsonscan.Unusual
	RecordMembers int
	RecordScanned bool // by Parser.Record
}

func (m *Message) members() [8]*[]byte {
	return [...]*[]byte{&m.Type, &m.Stream, &m.Record, &m.Schema, &m.KeyProperties, &m.Value, &m.Version, &m.TimeExtracted}
}

// PlainRecord reports whether the line is a RECORD for sure, provided that it is
// JSON at all: its type is the first member, as most taps write it, or the last
// one, as those that sort their keys do. A line for which it is false may be a
// record nevertheless.
func PlainRecord(line []byte) bool {
	const first = `{"type": "RECORD", `
	if len(line) < len(first) {
		return false
	}
	if string(line[:9]) == `{"type": ` || string(line[:8]) == `{"type":` {
		rest := bytes.TrimLeft(line[8:len(first)], " ")
		return bytes.HasPrefix(rest, []byte(`"RECORD"`))
	}
	// The brace at the end can only be the whole line's, the string before it
	// only a complete value, and a quote that no backslash precedes only the
	// opening one of the name.
	line = bytes.TrimRight(line, "\r\n")
	rest, ok := bytes.CutSuffix(line, []byte(`"RECORD"}`))
	if !ok {
		return false
	}
	rest = bytes.TrimRight(rest, " ")
	return bytes.HasSuffix(rest, []byte(`,"type":`)) || bytes.HasSuffix(rest, []byte(`, "type":`))
}

// Blank reports whether the line holds nothing but white space.
func Blank(line []byte) bool {
	return jsonscan.SkipSpace(line, 0) == len(line)
}

// Parser takes lines apart. The zero value is ready; a Parser must not be used
// by two goroutines.
type Parser struct {
	// Record, where set, may scan the record of a message in the parser's stead,
	// to find out more on the same pass. It gets the message's stream as it
	// stands in the line, or nil where that comes later, and the index at which
	// the record begins. It returns the index after the record, or is not ok: then
	// the parser scans it itself. What it accepts must be JSON.
	Record func(stream, line []byte, at int) (end int, ok bool)

	scan jsonscan.Scanner

	// What the last line had in front of its record, up to the colon, and where in
	// it the values of members are: most lines begin as the one before them.
	before []byte
	begun  []place
}

// place is where a line has the value of a member.
type place struct {
	member   int // of Message.members
	from, to int
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

// cutOff words an error that is the end of the input: only the last line has no
// newline, and only where it ends is it wrong.
func (m *Message) cutOff(line []byte, err error) error {
	if len(line) == 0 || line[len(line)-1] == '\n' || Place(err) < len(line) {
		return err
	}
	what := "a message"
	if name, err := Text(m.Type); err == nil {
		what = fmt.Sprintf("a %.100s message", bytes.ToUpper(name))
	}
	if name, err := Text(m.Stream); err == nil {
		what += fmt.Sprintf(" of stream %.200q", name)
	}
	return &placed{len(line), fmt.Errorf("the input ends in the middle of %s: the tap was probably killed, see its own messages. "+
		"What came before is committed, and running again is safe", what)}
}

// object scans the line's object.
func (p *Parser) object(line []byte, m *Message) (int, error) {
	*m = Message{}
	if n := len(p.before); n > 0 && len(line) > n && bytes.Equal(line[:n], p.before) {
		members := m.members()
		for _, b := range p.begun {
			*members[b.member] = line[b.from:b.to]
		}
		end, err := p.member(line, n, jsonscan.SkipSpace(line, n), recordName, m)
		if err != nil {
			return end, err
		}
		return p.members(line, end, m)
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
	return p.members(line, end, m)
}

// hint says what a line that is no JSON object looks like.
func hint(line []byte) string {
	switch {
	case isUTF16(line):
		return "; the input is UTF-16, which PowerShell's > writes: have the tap write UTF-8, or pipe it into this program"
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
			return i, &placed{i, errors.New("',' or '}' is due after a member")}
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

var recordName = []byte("record")

// member scans and files the value at b[i] of the member that begins at b[at].
func (p *Parser) member(b []byte, at, i int, key []byte, m *Message) (int, error) {
	p.scan.Reset()
	if !bytes.Equal(key, recordName) {
		end, err := p.scan.Value(b, i)
		if err != nil {
			return end, err
		}
		return end, p.set(m, key, b[i:end], at)
	}
	var end int
	var ok bool
	if p.Record != nil {
		end, ok = p.Record(m.Stream, b, i)
	}
	if ok {
		p.remember(b, i, m)
	} else {
		var err error
		if end, err = p.record(b, i); err != nil {
			return end, err
		}
	}
	err := p.set(m, key, b[i:end], at)
	m.RecordScanned = ok
	return end, err
}

// record scans a record. Where it ends is known even if it has numbers that JSON
// does not have, and so it alone is lost.
func (p *Parser) record(b []byte, i int) (int, error) {
	end, err := p.scan.Value(b, i)
	if err == nil {
		return end, nil
	}
	p.scan.Reset()
	p.scan.Python = true
	defer func() { p.scan.Python = false }()
	return p.scan.Value(b, i)
}

// remember keeps what stands in front of the record at b[i], and the message so
// far.
func (p *Parser) remember(b []byte, i int, m *Message) {
	for jsonscan.SkipSpace(b[i-1:i], 0) == 1 { // how much of it there is says nothing of the next line
		i--
	}
	if m.Record != nil || bytes.Equal(b[:i], p.before) { // a second record is an error
		return
	}
	p.before = append(p.before[:0], b[:i]...)
	p.begun = p.begun[:0]
	for k, member := range m.members() {
		if v := *member; v != nil {
			at := cap(b) - cap(v) // both end where their common memory does
			p.begun = append(p.begun, place{k, at, at + len(v)})
		}
	}
}

// name scans the name of a member and its colon.
func (p *Parser) name(b []byte, i int) (key []byte, next int, err error) {
	if i >= len(b) || b[i] != '"' {
		return nil, i, &placed{i, errors.New("a member name in double quotes is due")}
	}
	end, err := p.scan.String(b, i)
	if err != nil {
		return nil, end, err
	}
	key = jsonscan.Unquote(b[i+1 : end-1])
	i = jsonscan.SkipSpace(b, end)
	if i >= len(b) || b[i] != ':' {
		return nil, i, &placed{i, errors.New("':' is due after a member name")}
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
	case "record":
		member = &m.Record
		m.RecordUnusual, m.RecordMembers = p.scan.Unusual, p.scan.Members
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
		return &placed{at, fmt.Errorf("the message has two members %q", key)}
	}
	switch unusual := p.scan.Unusual; {
	case member == &m.Record:
	case unusual&jsonscan.InvalidUTF8 != 0:
		return &placed{at, fmt.Errorf("member %q is not UTF-8", key)}
	case unusual&jsonscan.LoneSurrogate != 0 && (member == &m.Stream || member == &m.TimeExtracted):
		return &placed{at, fmt.Errorf("member %q has half of a surrogate pair (\\ud800 to \\udfff), which is not text", key)}
	}
	*member = value
	return nil
}

// required are the members that a kind must have; kinds that are not here need
// none.
var required = map[Kind][]string{
	Record: {"stream", "record"}, Schema: {"stream", "schema"}, State: {"value"}, ActivateVersion: {"stream", "version"}, Batch: {"stream"},
}

func (m *Message) complete() error {
	name, err := Text(m.Type)
	switch {
	case m.Type == nil:
		return errors.New(`the message has no "type"`)
	case err != nil:
		return fmt.Errorf(`"type": %w`, err)
	case string(name) == "RECORD": // the case that must not allocate
		m.Kind = Record
		if m.Stream == nil || m.Record == nil {
			return m.missing()
		}
		return nil
	}
	m.Kind = kinds[string(bytes.ToUpper(name))]
	return m.missing()
}

func (m *Message) missing() error {
	has := map[string][]byte{"stream": m.Stream, "record": m.Record, "schema": m.Schema, "value": m.Value, "version": m.Version}
	for _, name := range required[m.Kind] {
		if has[name] == nil {
			return fmt.Errorf("the %s message has no %q", bytes.ToUpper(jsonscan.Unquote(m.Type[1:len(m.Type)-1])), name)
		}
	}
	return nil
}

// Text decodes a member that must be a string. The result may share memory with
// the member.
func Text(member []byte) ([]byte, error) {
	if len(member) < 2 || member[0] != '"' {
		return nil, fmt.Errorf("a string is due, not %s", kindOf(member))
	}
	return jsonscan.Unquote(member[1 : len(member)-1]), nil
}

// Int decodes a member that must be an integer of 64 bits, null or absent; ok is
// false for the latter two.
func Int(member []byte) (n int64, ok bool, err error) {
	if member == nil || string(member) == "null" {
		return 0, false, nil
	}
	n, err = strconv.ParseInt(string(member), 10, 64)
	if err == nil {
		return n, true, nil
	}
	// Some taps write the version as a float: 1.7e12 or 1700000000000.0.
	f, ferr := strconv.ParseFloat(string(member), 64)
	if ferr == nil && f == float64(int64(f)) && f > -1<<53 && f < 1<<53 {
		return int64(f), true, nil
	}
	return 0, false, fmt.Errorf("an integer is due, not %s", kindOf(member))
}

// Strings decodes a member that must be an array of strings, null or absent.
func Strings(member []byte) ([]string, error) {
	if member == nil {
		return nil, nil
	}
	var list []string
	if err := json.Unmarshal(member, &list); err != nil {
		return nil, fmt.Errorf("an array of strings is due, not %s", kindOf(member))
	}
	return list, nil
}

// kindOf describes a JSON value without showing it.
func kindOf(v []byte) string {
	if len(v) == 0 {
		return "nothing"
	}
	switch v[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "the number " + string(v[:min(len(v), 40)])
}
