package objectkey

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Default is the template where none is set.
const Default = "[integration_name]/[table_name]/[table_version]_[timestamp_loaded].[csv|jsonl]"

// MaxLength is the largest number of characters of a template, of a rendered
// key and of a prefix. (A prefix and a key of that length together stay below
// Amazon S3's limit of 1024 bytes.)
const MaxLength = 500

const (
	integration = "integration_name"
	tableName   = "table_name"
	extension   = "csv|jsonl"
	runID       = "run_id"
)

// Element is what a template can have between brackets.
type Element struct {
	Name     string // without its brackets
	Meaning  string // what it stands for, in a few words
	Required bool

	value func(Values) string
}

// elements are in the order in which messages name them.
var elements = []Element{
	{integration, "the integration name", true, func(v Values) string { return v.Integration }},
	{tableName, "the table", true, func(v Values) string { return v.Table }},
	{"table_version", "its version; 1 where the tap sends none", true, func(v Values) string { return strconv.FormatInt(v.Version, 10) }},
	{"timestamp_loaded", "Unix milliseconds when the file was begun", true, func(v Values) string { return strconv.FormatInt(v.Loaded.UnixMilli(), 10) }},
	{"year_loaded", "year, UTC", false, func(v Values) string { return v.Loaded.UTC().Format("2006") }},
	{"month_loaded", "month, 01 to 12", false, func(v Values) string { return v.Loaded.UTC().Format("01") }},
	{"day_loaded", "day, 01 to 31", false, func(v Values) string { return v.Loaded.UTC().Format("02") }},
	{"hour_loaded", "hour, 00 to 23", false, func(v Values) string { return v.Loaded.UTC().Format("15") }},
	{runID, "the run; 8 random characters unless set", false, func(v Values) string { return v.RunID }},
	{fieldPrefix + "NAME", "value of the property NAME, or with |date its day, UTC", false, nil},
	{extension, "extension; appended where it is missing", false, func(v Values) string { return v.Extension }},
}

// Elements are all that a template can have, those that it must have first.
func Elements() []Element { return slices.Clone(elements) }

// lookup finds an element by its name; nil: there is none.
func lookup(name string) *Element {
	if i := slices.IndexFunc(elements, func(e Element) bool { return e.Name == name }); i >= 0 {
		return &elements[i]
	}
	return nil
}

// Template is a template that was parsed. Its zero value renders nothing.
type Template struct {
	pieces []piece // with the extension, whether the text has it or not
	fields []Field
}

// Values are what the elements of a template stand for.
type Values struct {
	Integration string    // a name as SafeName makes it
	Table       string    // a name as TableName makes it, or several joined by slashes
	Version     int64     // of the table
	Loaded      time.Time // the moment the file was opened
	RunID       string    // a name as SafeName makes it; may be empty where the template does not ask for it
	Fields      []string  // of the template's Fields; nil: NoValue of each
	Extension   string    // without the dot in front, for example jsonl.gz
}

// Parse parses a template. An error is an *Error that lists every problem.
func Parse(template string) (Template, error) {
	pieces, problems := split(template)
	problems = slices.Concat(
		checkLength(template),
		checkElements(pieces),
		problems,
		checkText(pieces),
	)
	if len(problems) > 0 {
		return Template{}, &Error{What: "key template", Text: template, Problems: problems}
	}
	if count(pieces, extension) == 0 {
		pieces = append(pieces, piece{text: "."}, piece{text: extension, element: true})
	}
	return Template{pieces: pieces, fields: fieldsOf(pieces)}, nil
}

// Beginning is what all keys of one integration begin with.
func (t Template) Beginning(v Values) string {
	var b strings.Builder
	for _, p := range t.pieces {
		switch {
		case !p.element:
			b.WriteString(p.text)
		case p.text == integration:
			b.WriteString(v.Integration)
		default:
			return b.String()
		}
	}
	return b.String()
}

// Render returns the key for one object.
//
// Keys of one integration and extension differ wherever the table, the version
// or the timestamp does, given a template that has [table_name] and
// [table_version] once each and between them something that is not a digit. In
// others two tables may meet: with [table_name][table_version] both a1 of
// version 1 and a of version 11 are a11. Then the store's refusal to overwrite
// is what keeps them apart. (All this from September 2001 on, when a timestamp
// has 13 digits, and for versions that are not negative.)
func (t Template) Render(v Values) (string, error) {
	if err := t.check(v); err != nil {
		return "", fmt.Errorf("object key of table %q: %w", v.Table, err)
	}
	var key strings.Builder
	for _, p := range t.pieces {
		if p.element {
			key.WriteString(t.value(p.text, v))
		} else {
			key.WriteString(p.text)
		}
	}
	if n := key.Len(); n > MaxLength {
		mend := "shorten the key template or rename the table"
		if len(t.fields) > 0 {
			mend += ", or name properties with shorter values in [field:…]"
		}
		return "", fmt.Errorf("object key of table %q: %d characters, at most %d are allowed; %s: %s", v.Table, n, MaxLength, mend, key.String())
	}
	return key.String(), nil
}

// value is what an element stands for.
func (t Template) value(element string, v Values) string {
	if !isField(element) {
		return lookup(element).value(v)
	}
	if v.Fields == nil {
		return NoValue
	}
	return v.Fields[slices.Index(t.fields, parseField(element))]
}

// check refuses what would make a key that is not one of this package's.
func (t Template) check(v Values) error {
	if len(t.pieces) == 0 {
		return errors.New("the template was not made by Parse")
	}
	if !isSafe(v.Integration) {
		return fmt.Errorf("integration name %q is not a safe name", v.Integration)
	}
	for segment := range strings.SplitSeq(v.Table, "/") {
		if !isSafe(segment) {
			return fmt.Errorf("segment %q of the table name is not a safe name", segment)
		}
	}
	if count(t.pieces, runID) > 0 && !isSafe(v.RunID) {
		return fmt.Errorf("run_id %q is not a safe name", v.RunID)
	}
	if v.Fields != nil && len(v.Fields) != len(t.fields) {
		return fmt.Errorf("%d values for %d fields", len(v.Fields), len(t.fields))
	}
	for i, value := range v.Fields {
		if !isSafe(value) {
			return fmt.Errorf("value %q of %s is not a safe name", value, t.fields[i])
		}
	}
	if !isSafe(v.Extension) || v.Extension[0] == '.' {
		return fmt.Errorf("extension %q is not a safe name without a leading dot", v.Extension)
	}
	// Outside these years the elements change their width, and the order of
	// keys is no longer the order of time.
	if year := v.Loaded.UTC().Year(); year < 1970 || year > 9999 {
		return fmt.Errorf("time %s is not within the years 1970 to 9999", v.Loaded.UTC().Format(time.RFC3339))
	}
	return nil
}
