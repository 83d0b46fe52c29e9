package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"target-s3/target/objectkey"
	"target-s3/target/pattern"
)

func checkKeyFormat(text string) (string, error) {
	_, err := objectkey.Parse(text)
	return text, keyProblems(err)
}

func checkKeyPrefix(text string) (string, error) {
	return text, keyProblems(objectkey.CheckPrefix(text))
}

// keyProblems leaves out the text of the template, which the message has
// already.
func keyProblems(err error) error {
	if wrong, ok := errors.AsType[*objectkey.Error](err); ok {
		return Problems(wrong.Problems)
	}
	return err
}

// Problems is an error of several that a value has at once.
type Problems []string

func (p Problems) Error() string { return strings.Join(p, "; ") }

// maxSegment leaves most of a key to the rest of it.
const maxSegment = 100

// checkSegment keeps what is put into every key to one segment.
func checkSegment(text string) (string, error) {
	if len(text) > maxSegment {
		return "", fmt.Errorf("%d characters: must be at most %d", len(text), maxSegment)
	}
	if safe := objectkey.SafeName(text); safe != text {
		return "", fmt.Errorf("must be letters, digits, dots, hyphens and underscores: %q would do", safe)
	}
	return text, nil
}

// Templates of other targets are Python format strings: {stream}, {date},
// {timestamp}, and {date_time:%Y%m%d} with a format of strftime.
var (
	foreignElement = pattern.New(`\{(\w*)(?::([^{}]*))?\}`)
	directive      = pattern.New(`%-?([A-Za-z])`)
	foreignSuffix  = pattern.New(`(?i)\.(csv|jsonl?|parquet)(\.(gz|gzip|xz|zst|lzma))?$`)
)

var foreignElements = map[string]string{
	"stream":      "[table_name]",
	"stream_name": "[table_name]",
	"table":       "[table_name]",
	"table_name":  "[table_name]",
	"timestamp":   "[timestamp_loaded]",
	"date":        "[year_loaded]-[month_loaded]-[day_loaded]",
	"year":        "[year_loaded]",
	"month":       "[month_loaded]",
	"day":         "[day_loaded]",
	"hour":        "[hour_loaded]",
}

// directives are what strftime has and a key can have.
var directives = map[string]string{
	"Y": "[year_loaded]", "m": "[month_loaded]", "d": "[day_loaded]", "H": "[hour_loaded]",
	"s": "[timestamp_loaded]", "F": "[year_loaded]-[month_loaded]-[day_loaded]",
}

// translateKeyFormat returns a valid s3_key_format_string that is as close as
// can be to a template of another target. What is required and missing there is
// put to the end of the file's name.
func translateKeyFormat(foreign string) string {
	stem := foreignSuffix.Regexp().ReplaceAllString(foreign, "")
	var b strings.Builder
	last := 0
	for _, at := range foreignElement.Regexp().FindAllStringSubmatchIndex(stem, -1) {
		b.WriteString(plain(stem[last:at[0]]))
		format := ""
		if at[4] >= 0 {
			format = stem[at[4]:at[5]]
		}
		b.WriteString(translateElement(stem[at[2]:at[3]], format))
		last = at[1]
	}
	b.WriteString(plain(stem[last:]))
	return complete(b.String())
}

// complete makes a template valid: it mends the segments, appends what is
// required and the extension.
func complete(template string) string {
	segments := strings.Split(template, "/")
	last := len(segments) - 1
	folders := slices.DeleteFunc(segments[:last:last], isNoSegment)
	name := segments[last]
	if isNoSegment(name) {
		name = ""
	}
	for _, e := range objectkey.Elements() {
		if !e.Required || strings.Contains(template, "["+e.Name+"]") {
			continue
		}
		if name != "" {
			name += "_"
		}
		name += "[" + e.Name + "]"
	}
	if name == "" && len(folders) > 0 { // a folder has all that is required
		name, folders = folders[len(folders)-1], folders[:len(folders)-1]
	}
	template = strings.Join(append(folders, name), "/") + ".[csv|jsonl]"
	if _, err := objectkey.Parse(template); err != nil {
		return objectkey.Default
	}
	return template
}

func isNoSegment(s string) bool { return s == "" || s == "." || s == ".." }

func translateElement(name, format string) string {
	if format == "" {
		if name == "date_time" || name == "datetime" {
			return "[timestamp_loaded]"
		}
		return foreignElements[name]
	}
	var b strings.Builder
	last := 0
	for _, at := range directive.Regexp().FindAllStringSubmatchIndex(format, -1) {
		b.WriteString(plain(format[last:at[0]]))
		b.WriteString(directives[format[at[2]:at[3]]])
		last = at[1]
	}
	b.WriteString(plain(format[last:]))
	return b.String()
}

// plain is text that stands in a key for itself: each run of characters that a key
// may not have becomes one _.
func plain(text string) string {
	var b strings.Builder
	replaced := false
	for _, r := range text {
		bad := !objectkey.Allowed(r) || strings.ContainsRune("[]{}", r)
		switch {
		case !bad:
			b.WriteRune(r)
		case !replaced:
			b.WriteByte('_')
		}
		replaced = bad
	}
	return b.String()
}
