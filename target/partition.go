package target

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"target-s3/singer/jsonscan"
	"target-s3/target/format"
	"target-s3/target/objectkey"
	"target-s3/target/schema"
	"target-s3/target/spans"
)

// partition is what the elements [field:…] of the key template stand for in a record:
// rows of one table and version go to a file for each. It is nil where the template
// has no such element.
type partition struct {
	values []string // of the template's fields
	text   string   // the values, joined by slashes, which they do not have
}

// name tells partitions apart.
func (p *partition) name() string {
	if p == nil {
		return ""
	}
	return p.text
}

// all are the values for a key; nil: there are none.
func (p *partition) all() []string {
	if p == nil {
		return nil
	}
	return p.values
}

// fields are where a stream's records have the values that partitions are made of.
type fields struct {
	fields []objectkey.Field
	places []*spans.Place // in the Notes of a Row; nil: it is not noted
}

// newFields finds the fields among the properties of a schema, and among what is
// noted of its records.
func newFields(wanted []objectkey.Field, known []schema.Field, record *spans.Place) (*fields, error) {
	f := &fields{fields: wanted}
	for _, field := range wanted {
		if err := schema.CheckScalar(known, field.Name); err != nil {
			return nil, fmt.Errorf("%s in s3_key_format_string: %w", field, err)
		}
		f.places = append(f.places, record.Member([]byte(field.Name)))
	}
	return f, nil
}

// placeOf is the place of records for which the format notes nothing.
func placeOf(fields []objectkey.Field) *spans.Place {
	record := &spans.Place{}
	for _, field := range fields {
		record.Members = append(record.Members, &spans.Place{Name: field.Name})
	}
	spans.Number(record)
	return record
}

// divider finds the partitions of records. A worker has one.
type divider struct {
	fields *fields               // of the last record's stream
	values [][]byte              // of the record's fields, as JSON; nil: it has none
	before []byte                // the last record's, joined
	now    []byte                // this one's
	last   *partition            // of the last record
	hours  []hour                // of the last values that were moments
	known  map[string]*partition // by their texts
	texts  []string
	key    []byte
}

// hour is a moment's hour, and what a key has of it.
type hour struct {
	since int64 // when it began, in Unix seconds
	part  string
	text  string
}

// maxKnown bounds the partitions that a worker remembers: fields may have another
// value in each record.
const maxKnown = 10_000

// divide finds a record's partition; nil where the stream has none.
func (d *divider) divide(f *fields, row *format.Row) *partition {
	if f == nil {
		return nil
	}
	d.find(f, row)
	d.now = d.now[:0]
	for _, v := range d.values {
		d.now = append(append(d.now, v...), 0) // which no JSON has
	}
	if d.fields == f && bytes.Equal(d.now, d.before) {
		return d.last
	}
	d.fields = f
	d.now, d.before = d.before, d.now
	d.last = d.of(f)
	return d.last
}

// find finds the values. Of a repeated key the last one counts.
func (d *divider) find(f *fields, row *format.Row) {
	if d.values = d.values[:0]; row.Notes != nil && !slices.Contains(f.places, nil) {
		for _, at := range f.places {
			d.values = append(d.values, row.Notes.Value(0, at.Slot))
		}
		return
	}
	for range f.fields {
		d.values = append(d.values, nil)
	}
	for key, value := range jsonscan.Members(row.Record) {
		name := jsonscan.Unquote(key)
		for i := range f.fields {
			if string(name) == f.fields[i].Name {
				d.values[i] = value
			}
		}
	}
}

// of makes the partition of the values, or finds one that was made.
func (d *divider) of(f *fields) *partition {
	if len(d.hours) != len(f.fields) {
		d.hours = make([]hour, len(f.fields))
	}
	d.texts, d.key = d.texts[:0], d.key[:0]
	for i := range f.fields {
		text := d.text(&f.fields[i], &d.hours[i], d.values[i])
		d.texts = append(d.texts, text)
		if i > 0 {
			d.key = append(d.key, '/')
		}
		d.key = append(d.key, text...)
	}
	if p := d.known[string(d.key)]; p != nil {
		return p
	}
	if d.known == nil || len(d.known) >= maxKnown {
		d.known = map[string]*partition{}
	}
	p := &partition{append([]string(nil), d.texts...), string(d.key)}
	d.known[p.text] = p
	return p
}

// text is what a key has of a value. What is not a scalar has none.
func (d *divider) text(f *objectkey.Field, last *hour, value []byte) string {
	switch {
	case len(value) == 0, value[0] == '{', value[0] == '[', value[0] == 'n':
		return objectkey.NoValue
	case f.Part != "":
		return moment(f, last, value)
	case value[0] == '"':
		return f.Text(string(jsonscan.Unquote(value[1 : len(value)-1])))
	}
	return f.Text(string(value))
}

// moment is what a key has of a date or a date-time.
func moment(f *objectkey.Field, last *hour, value []byte) string {
	if value[0] != '"' {
		return objectkey.NoValue
	}
	micros, _, ok := schema.Moment(jsonscan.Unquote(value[1 : len(value)-1]))
	if !ok {
		return objectkey.NoValue
	}
	at := time.UnixMicro(micros)
	if since := at.Truncate(time.Hour).Unix(); since != last.since || f.Part != last.part {
		*last = hour{since, f.Part, f.Moment(at)}
	}
	return last.text
}

// shows reports whether a template has a folder that shows a property as it is, as
// country=[field:country]: engines read it as a column of the property's own values.
func shows(template, property string) bool {
	f := objectkey.Field{Name: property}
	return strings.Contains("/"+template, "/"+f.Name+"="+f.String()+"/")
}
