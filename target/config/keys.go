package config

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"target-s3/target/objectkey"
)

// Keys makes the keys of the objects that a load with these settings writes.
type Keys struct {
	prefix   string
	template objectkey.Template
	values   objectkey.Values
}

// Keys are those of the settings. There are none of a template that is wrong.
func (c Config) Keys() (Keys, error) {
	template, err := objectkey.Parse(c.S3KeyFormatString)
	return Keys{c.S3KeyPrefix, template, objectkey.Values{
		Integration: c.IntegrationName, RunID: c.RunID, Extension: c.Extension(),
	}}, err
}

// Render is the key of an object of a table, prefix included. Integration, run and
// extension are those of the settings where the values have none.
func (k Keys) Render(v objectkey.Values) (string, error) {
	v.Integration = cmp.Or(v.Integration, k.values.Integration)
	v.RunID = cmp.Or(v.RunID, k.values.RunID)
	v.Extension = cmp.Or(v.Extension, k.values.Extension)
	key, err := k.template.Render(v)
	return k.prefix + key, err
}

// Segments are what stands between the slashes of the keys of a table, the file's name
// at the end. What differs from object to object is left open.
func (k Keys) Segments(table string) [][]objectkey.Part {
	v := k.values
	v.Table = table
	return k.template.Segments(k.prefix, v)
}

// Fields are those of the template.
func (k Keys) Fields() []objectkey.Field { return k.template.Fields() }

// Example is Render with values in place of those that records have.
func (k Keys) Example(v objectkey.Values) (string, error) {
	for _, f := range k.Fields() {
		value := "VALUE"
		if f.Part != "" {
			value = f.Moment(v.Loaded)
		}
		v.Fields = append(v.Fields, value)
	}
	return k.Render(v)
}

// Beginning is what all keys begin with, of every table and at any moment. It may be
// empty.
func (k Keys) Beginning() string { return k.prefix + k.template.Beginning(k.values) }

// Beginnings are what keys of the settings begin with, those of every stream, without
// any that another one covers. One of them may be empty: then it is the only one.
func (c Config) Beginnings() ([]string, error) {
	var all []string
	for _, one := range append([]Config{c}, c.Streams.configs()...) {
		keys, err := one.Keys()
		if err != nil {
			return nil, err
		}
		all = append(all, keys.Beginning())
	}
	slices.Sort(all)
	kept := all[:1]
	for _, b := range all[1:] {
		if !strings.HasPrefix(b, kept[len(kept)-1]) {
			kept = append(kept, b)
		}
	}
	return kept, nil
}

// Beginning is what all keys of all streams begin with.
func (c Config) Beginning() string {
	all, err := c.Beginnings()
	if err != nil {
		return ""
	}
	first, last := all[0], all[len(all)-1]
	n := 0
	for n < min(len(first), len(last)) && first[n] == last[n] {
		n++
	}
	return first[:n]
}

// Folder is what the keys of all tables begin with at this moment, up to a slash.
func (k Keys) Folder(now time.Time) (string, error) {
	one, err := k.Render(objectkey.Values{Table: "a", Version: 1, Loaded: now})
	if err != nil {
		return "", err
	}
	other, err := k.Render(objectkey.Values{Table: "b", Version: 1, Loaded: now})
	n := 0
	for n < min(len(one), len(other)) && one[n] == other[n] {
		n++
	}
	return one[:strings.LastIndexByte(one[:n], '/')+1], err
}
