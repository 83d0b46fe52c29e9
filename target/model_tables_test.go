package target_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"target-s3/target/config"
)

// What the model says of arrays in CSV: each element is a row of another table.

// element is what makes a record of the model one of those rows.
type element struct {
	value  json.RawMessage
	schema *modelSchema // of the array's items, nil if they have no properties
	keys   map[string]json.RawMessage
	levels []int
}

func (s *modelSchema) types() (array, other bool) {
	list, ok := s.Type.([]any)
	if !ok && s.Type != nil {
		list = []any{s.Type}
	}
	for _, t := range list {
		array = array || t == "array"
		other = other || (t != "array" && t != "null")
	}
	return array, other || s.Type == nil
}

// isRows reports whether a value is the rows of another table.
func (s *modelSchema) isRows(c config.Config, value json.RawMessage) bool {
	array, _ := s.types()
	return array && c.CSVArrays == config.CSVSubtables && len(value) > 0 && value[0] == '['
}

// hasNoColumn reports whether a property can only be rows of another table.
func (s *modelSchema) hasNoColumn(c config.Config) bool {
	array, other := s.types()
	return array && !other && c.CSVArrays == config.CSVSubtables
}

// withTables adds the rows of other tables that the records make.
func withTables(c config.Config, records map[table][]record) map[table][]record {
	if c.OutputFileFormat != config.FormatCSV || c.CSVArrays != config.CSVSubtables {
		return records
	}
	all := map[table][]record{}
	for t, list := range records {
		all[t] = append(all[t], list...)
		for _, r := range list {
			var object map[string]json.RawMessage
			_ = json.Unmarshal(r.raw, &object)
			e := element{schema: r.schema, keys: map[string]json.RawMessage{}}
			for _, key := range r.keys {
				e.keys[key] = object[key]
			}
			r.addRows(c, t, object, "", e, all)
		}
	}
	return all
}

// addRows adds the rows of the arrays in an object, whose names begin with prefix.
func (r record) addRows(c config.Config, t table, object map[string]json.RawMessage, prefix string, at element, all map[table][]record) {
	for name, property := range at.schema.Properties {
		value := object[name]
		var inner map[string]json.RawMessage
		if property.Properties != nil && json.Unmarshal(value, &inner) == nil {
			below := at
			below.schema = property
			r.addRows(c, t, inner, prefix+name+"__", below, all)
		}
		if !property.isRows(c, value) {
			continue
		}
		var list []json.RawMessage
		_ = json.Unmarshal(value, &list)
		to := table{t.name + "/" + prefix + name, t.version}
		for i, v := range list {
			e := element{value: v, keys: at.keys, levels: append(slices.Clone(at.levels), i)}
			if property.Items != nil && property.Items.Properties != nil {
				e.schema = property.Items
			}
			row := r
			row.element = &e
			all[to] = append(all[to], row)
			var object map[string]json.RawMessage
			if e.schema != nil && json.Unmarshal(v, &object) == nil {
				r.addRows(c, to, object, "", e, all)
			}
		}
	}
}

// matchElement compares a row of such a table with the element that it must be.
func (r *record) matchElement(c config.Config, got map[string]string) error {
	cells := map[string]string{}
	for name, cell := range got {
		cells[name] = cell
	}
	for i, level := range r.element.levels {
		name := "_sdc_level_" + strconv.Itoa(i) + "_id"
		if cells[name] != strconv.Itoa(level) {
			return fmt.Errorf("%s is %q, want %d", name, cells[name], level)
		}
		delete(cells, name)
	}
	for key, value := range r.element.keys {
		name := "_sdc_source_key_" + key
		if cell, ok := cells[name]; !ok || !sameCell(cell, value) {
			return fmt.Errorf("%s is %q, want %s", name, cell, value)
		}
		delete(cells, name)
	}
	if r.keyless {
		if len(cells["_sdc_source_key___sdc_primary_key"]) != 36 {
			return fmt.Errorf("no key in %q", got)
		}
		delete(cells, "_sdc_source_key___sdc_primary_key")
	}
	row := *r
	want := map[string]json.RawMessage{"value": r.element.value}
	if r.element.schema == nil {
		row.schema = &modelSchema{Properties: map[string]*modelSchema{"value": {}}}
	} else {
		row.schema = r.element.schema
		switch r.element.value[0] {
		case '{':
			want = nil
			_ = json.Unmarshal(r.element.value, &want)
		case 'n':
			want = nil
		}
	}
	row.keyless = false
	return row.matchCSV(c, cells, want)
}
