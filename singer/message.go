package singer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// kinds are their names; no other type is known.
var kinds = [...]string{
	Record: "RECORD", Schema: "SCHEMA", State: "STATE", ActivateVersion: "ACTIVATE_VERSION", Batch: "BATCH",
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

// members is how many members a Message has.
const members = 8

// member is one of them by its number.
func (m *Message) member(k int) *[]byte {
	switch k {
	case 0:
		return &m.Type
	case 1:
		return &m.Stream
	case 2:
		return &m.Record
	case 3:
		return &m.Schema
	case 4:
		return &m.KeyProperties
	case 5:
		return &m.Value
	case 6:
		return &m.Version
	}
	return &m.TimeExtracted
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

// required are the members that a kind must have.
var required = [...][]string{
	Record: {"stream", "record"}, Schema: {"stream", "schema"}, State: {"value"}, ActivateVersion: {"stream", "version"}, Batch: {"stream"},
}

func (m *Message) complete() error {
	if string(m.Type) == `"RECORD"` { // as nearly all are
		m.Kind = Record
		if m.Stream == nil || m.Record == nil {
			return m.missing()
		}
		return nil
	}
	name, err := Text(m.Type)
	switch {
	case m.Type == nil:
		return errors.New(`the message has no "type"`)
	case err != nil:
		return fmt.Errorf(`"type": %w`, err)
	}
	m.Kind = Kind(max(0, slices.Index(kinds[:], string(bytes.ToUpper(name)))))
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
		return nil, fmt.Errorf("must be a string, is %s", kindOf(member))
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
	return 0, false, fmt.Errorf("must be an integer, is %s", kindOf(member))
}

// Strings decodes a member that must be an array of strings, null or absent.
func Strings(member []byte) ([]string, error) {
	if member == nil {
		return nil, nil
	}
	if err := areStrings(member); err != nil && string(member) != "null" {
		return nil, err
	}
	var list []string
	if err := json.Unmarshal(member, &list); err != nil {
		return nil, err
	}
	return list, nil
}

// areStrings says what is wrong with a list of strings.
func areStrings(member []byte) error {
	if member[0] != '[' {
		return fmt.Errorf("must be an array of strings, is %s", kindOf(member))
	}
	for value := range jsonscan.Elements(member) {
		if value[0] != '"' {
			return fmt.Errorf("must be an array of strings, has %s", kindOf(value))
		}
	}
	return nil
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
