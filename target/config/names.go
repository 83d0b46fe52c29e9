package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// refused are settings of other S3 targets for the object key. Their elements
// have other names here, so they are answered with a translation.
var refused = []string{"naming_convention", "path_template"}

// names are all that a setting may go by, and the refused ones.
func names() []string {
	var all []string
	for _, s := range table {
		all = append(all, s.Name)
		for _, a := range s.Aliases {
			all = append(all, a.Name)
		}
	}
	return append(all, refused...)
}

// resolve finds the setting of a member, and the alias if it goes by one.
func resolve(m member) (Setting, *Alias, error) {
	for _, s := range table {
		if s.Name == m.name {
			return s, nil, nil
		}
		for i, a := range s.Aliases {
			if a.Name == m.name {
				return s, &s.Aliases[i], nil
			}
		}
	}
	if slices.Contains(refused, m.name) {
		var template string
		_ = json.Unmarshal(m.raw, &template) // what is no string has the default for a translation
		return Setting{}, nil, fmt.Errorf("not accepted here: set s3_key_format_string to %q instead", translateKeyFormat(template))
	}
	return Setting{}, nil, unknown(m.name)
}

func unknown(name string) error {
	if near := nearest(name); near != "" {
		return fmt.Errorf("unknown setting: did you mean %s?", near)
	}
	return errors.New("unknown setting")
}

// nearest is the known setting that a name was probably meant to be, or empty.
// Names are near if one in three characters differs or less, or if one is the
// end of the other, as size_rows is of batch_size_rows.
func nearest(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "-", "_")
	best, least := "", max(1, len(name)/3)+1
	for _, s := range table {
		known := []string{s.Name, strings.TrimPrefix(strings.TrimPrefix(s.Name, "s3_"), "aws_")}
		for _, a := range s.Aliases {
			known = append(known, a.Name)
		}
		for _, k := range known {
			if d := distance(name, k); d < least {
				best, least = s.Name, d
			}
		}
	}
	if best != "" {
		return best
	}
	ending := func(s Setting) bool {
		return strings.HasSuffix(s.Name, "_"+name) || strings.HasSuffix(name, "_"+s.Name)
	}
	if i := slices.IndexFunc(table, ending); i >= 0 {
		return table[i].Name
	}
	return ""
}

// distance is the number of bytes to insert, delete or replace, after
// Levenshtein.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
