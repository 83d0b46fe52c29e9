package objectkey

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Field is an element of a template that stands for the value of a property of the
// record: [field:NAME], or [field:NAME|PART] for a part of a date.
type Field struct {
	Name string // of a property of the record itself, not of one below it
	Part string // one of Parts; empty: the whole value
}

// NoValue is what a Field has where a record has no value for it. Hive, Spark and
// DuckDB read it as null.
const NoValue = "__HIVE_DEFAULT_PARTITION__"

const fieldPrefix = "field:"

// part is what a Field can have of a date, with how it is formatted.
type part struct{ name, layout string }

var parts = []part{{"date", "2006-01-02"}, {"year", "2006"}, {"month", "01"}, {"day", "02"}, {"hour", "15"}}

// Parts are what a Field can have of a date.
func Parts() (names []string) {
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

func isField(element string) bool { return strings.HasPrefix(element, fieldPrefix) }

func parseField(element string) Field {
	name, part, _ := strings.Cut(element[len(fieldPrefix):], "|")
	return Field{name, part}
}

func checkField(element string) (problem string) {
	f := parseField(element)
	switch {
	case f.Name == "":
		return fmt.Sprintf("[%s] names no property: write [field:NAME]", readable(element))
	case strings.Contains(element, "|") && !slices.Contains(Parts(), f.Part):
		return fmt.Sprintf("unknown part in [%s]: must be one of %s", readable(element), strings.Join(Parts(), ", "))
	}
	return ""
}

// String is the element, with its brackets.
func (f Field) String() string {
	if f.Part == "" {
		return "[" + fieldPrefix + f.Name + "]"
	}
	return "[" + fieldPrefix + f.Name + "|" + f.Part + "]"
}

// maxFieldValue leaves room in a key for the rest of it.
const maxFieldValue = 200

// Text is what a key has of a value: characters other than those of names become _,
// and a long value is cut.
func (f Field) Text(value string) string {
	if value == "" {
		return NoValue
	}
	if len(value) > 4*maxFieldValue { // a character has 4 bytes at most
		value = value[:4*maxFieldValue]
	}
	safe := SafeName(value)
	return SafeName(safe[:min(len(safe), maxFieldValue)]) // what is left may be dots alone
}

// Moment is what a key has of a moment, for a Field with a Part.
func (f Field) Moment(t time.Time) string {
	i := slices.IndexFunc(parts, func(p part) bool { return p.name == f.Part })
	if year := t.UTC().Year(); i < 0 || year < 0 || year > 9999 {
		return NoValue
	}
	return t.UTC().Format(parts[i].layout)
}

// Fields are those of the template, each once, in its order.
func (t Template) Fields() []Field { return t.fields }

func fieldsOf(pieces []piece) (fields []Field) {
	for _, p := range pieces {
		if p.element && isField(p.text) {
			if f := parseField(p.text); !slices.Contains(fields, f) {
				fields = append(fields, f)
			}
		}
	}
	return fields
}
