package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// member is one member of a JSON object.
type member struct {
	name  string
	place string
	raw   json.RawMessage
	of    document // that it is of
	at    int      // where raw begins there
}

// document is the value of a member that is an object.
func (m member) document() document {
	return document{file: m.of.file, data: m.of.data, from: m.at, to: m.at + len(m.raw)}
}

// parseDocument reads the members of a JSON object in their order. Of a name
// that occurs twice the first member is returned, beside the error.
func parseDocument(file string, data []byte) ([]member, Errors) {
	d := wholeDocument(file, data)
	if err := d.checkSyntax(); err != nil {
		return nil, Errors{*err}
	}
	return d.members()
}

// document is a JSON object in a file.
type document struct {
	file     string
	data     []byte
	from, to int // the object
}

func wholeDocument(file string, data []byte) document {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	return document{file: file, data: data, from: 0, to: len(data)}
}

// place is where a byte offset is, as editors count: lines and characters from 1.
func (d document) place(offset int) string {
	before := d.data[:offset]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return fmt.Sprintf("%s:%d:%d", d.file, line, column)
}

func (d document) errorAt(offset int, problem string) *FieldError {
	return &FieldError{Place: d.place(offset), Problem: problem}
}

func (d document) checkSyntax() *FieldError {
	if bad := invalidUTF8(d.data); bad >= 0 {
		return d.errorAt(bad, "not UTF-8, as JSON must be")
	}
	start := skipSpace(d.data, 0)
	if start == len(d.data) {
		return d.errorAt(0, "empty: must be a JSON object")
	}
	var syntax *json.SyntaxError
	var raw json.RawMessage
	if err := json.Unmarshal(d.data, &raw); errors.As(err, &syntax) {
		return d.syntaxError(syntax)
	}
	if d.data[start] != '{' {
		return d.errorAt(start, "must be a JSON object, { … }")
	}
	return nil
}

func (d document) syntaxError(err *json.SyntaxError) *FieldError {
	offset := int(err.Offset)
	// The offset is behind the character that is wrong, unless the text ends too
	// early: then there is no such character.
	if offset > 0 && json.Valid(d.data[:offset-1]) {
		return d.errorAt(offset-1, "must be one JSON object, and there is more after its end")
	}
	problem := err.Error()
	if problem == "unexpected end of JSON input" {
		return d.errorAt(offset, "not JSON: "+problem)
	}
	offset--
	if comma := d.commaBefore(offset); comma >= 0 {
		return d.errorAt(comma, "not JSON: a comma too many before "+string(d.data[offset]))
	}
	if d.data[offset] == '\'' || strings.HasSuffix(problem, "object key string") {
		return d.errorAt(offset, "not JSON: names and texts must be in double quotes")
	}
	if r, _ := utf8.DecodeRune(d.data[offset:]); r >= utf8.RuneSelf { // the library shows its first byte
		_, rest, _ := strings.Cut(problem, "' ")
		problem = fmt.Sprintf("invalid character %q %s", r, rest)
	}
	return d.errorAt(offset, "not JSON: "+problem)
}

// commaBefore finds the comma that stands in front of the end of an object or a
// list, at offset. It is negative where there is none.
func (d document) commaBefore(offset int) int {
	if c := d.data[offset]; c != '}' && c != ']' {
		return -1
	}
	before := bytes.TrimRight(d.data[:offset], " \t\r\n")
	if !bytes.HasSuffix(before, []byte(",")) {
		return -1
	}
	return len(before) - 1
}

// members splits an object whose syntax has been checked.
func (d document) members() (members []member, errs Errors) {
	dec := json.NewDecoder(bytes.NewReader(d.data[d.from:d.to]))
	_, _ = dec.Token() // the opening brace
	seen := make(map[string]string)
	for dec.More() {
		m := member{place: d.place(skipSpace(d.data, d.from+int(dec.InputOffset()))), of: d}
		token, err := dec.Token()
		if err == nil {
			err = dec.Decode(&m.raw)
			m.at = d.from + int(dec.InputOffset()) - len(m.raw)
		}
		if err != nil { // the syntax was checked before
			return nil, append(errs, FieldError{Place: m.place, Problem: err.Error()})
		}
		m.name, _ = token.(string)
		if first, double := seen[m.name]; double {
			errs = append(errs, FieldError{Place: m.place, Setting: m.name, Problem: "occurs twice, first at " + first})
			continue
		}
		seen[m.name] = m.place
		members = append(members, m)
	}
	return members, errs
}

// skipSpace returns the offset of the next byte that is neither white space nor
// the comma between two members.
func skipSpace(data []byte, offset int) int {
	for offset < len(data) && bytes.IndexByte([]byte(" \t\r\n,"), data[offset]) >= 0 {
		offset++
	}
	return offset
}

func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}
