package ddl

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"target-s3/target/config"
	"target-s3/target/nearest"
)

// Options are what is printed, and for which engine.
type Options struct {
	Dialect    string // one of Dialects
	Newest     bool   // also views of the newest rows
	Rejected   bool   // also the table of rejected records
	Base       string // what keys are put behind: s3://bucket/, or a folder with a slash at its end
	Folder     bool   // Base is one
	Schema     string // that tables go to, its parts joined by dots; empty: the one that is in use
	Connection string // by which the engine gets at the bucket, for those that need it
	Since      int    // the first year that may have loads
}

// Error says why there can be no tables.
type Error struct {
	Flag string // that is wrong or missing; empty: the settings or the schemas
	Text string
}

func (e *Error) Error() string { return e.Text }

// Dialects are the engines.
func Dialects() []string {
	var names []string
	for _, d := range dialects() {
		names = append(names, d.name)
	}
	return names
}

func dialects() []*dialect {
	return []*dialect{duckdb(), athena(), trino(), spark(), snowflake(), redshift(), bigquery()}
}

// Check refuses options that no settings could make right.
func (o *Options) Check() error {
	d := find(o.Dialect)
	if d == nil {
		hint := ""
		if near := nearest.Of(o.Dialect, Dialects()); near != "" {
			hint = fmt.Sprintf(", did you mean %s?", near)
		}
		return &Error{"--dialect", fmt.Sprintf("must be one of %s%s", strings.Join(Dialects(), ", "), hint)}
	}
	if n := strings.Count(o.Schema, ".") + 1; d.needsSchema != "" && (o.Schema == "" || d.schemaParts > n) {
		return &Error{"--schema", d.needsSchema}
	}
	if o.Connection == "" && d.needsConnection != "" {
		return &Error{"--connection", d.needsConnection}
	}
	if o.Connection != "" && d.needsConnection == "" {
		return &Error{"--connection", "is for snowflake and bigquery alone"}
	}
	for _, part := range strings.Split(o.Schema+"."+o.Connection, ".") {
		if part != "" && !writable(part) {
			return &Error{cmp.Or(map[bool]string{true: "--connection"}[o.Connection != ""], "--schema"), "must be a name without control characters"}
		}
	}
	return nil
}

func find(name string) *dialect {
	for _, d := range dialects() {
		if d.name == name {
			return d
		}
	}
	return nil
}

// Print writes the statements for the files that a load of the streams makes with these
// settings. Of several schemas of a stream the last one counts. It writes nothing where
// one of them can have no table.
func Print(w io.Writer, streams []Stream, c config.Config, o Options) error {
	if err := o.Check(); err != nil {
		return err
	}
	d := find(o.Dialect)
	if o.Folder && !d.readsFolders {
		return &Error{"", fmt.Sprintf("aws_endpoint_url is a folder, which %s cannot read", d.title)}
	}
	tables, problems := newTables(streams, c, o.Rejected)
	nameTables(tables)
	out := &writer{d: d, o: &o}
	if d.begin != nil {
		d.begin(out)
	}
	for _, t := range tables {
		if err := d.check(t); err != nil {
			problems = append(problems, fmt.Errorf("stream %q: %w", t.stream, err))
			continue
		}
		out.table(t)
	}
	if err := errors.Join(problems...); err != nil {
		return &Error{"", err.Error()}
	}
	_, err := io.WriteString(w, out.text.String())
	return err
}

// newTables makes the tables of all streams, and what keeps some of them from having one.
func newTables(streams []Stream, c config.Config, rejected bool) (tables []*Table, problems []error) {
	for _, s := range latest(streams) {
		t, err := newTable(s, c)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		tables = append(tables, t)
		tables = append(tables, t.subtables...)
	}
	if rejected {
		t, err := rejectedTable(c)
		if err != nil {
			return nil, append(problems, fmt.Errorf("rejected records: %w", err))
		}
		tables = append(tables, t)
	}
	return tables, problems
}
