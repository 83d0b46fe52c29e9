package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"target-s3/singer"
	"target-s3/singer/printable"
	"target-s3/target/config"
	"target-s3/target/ddl"
	"target-s3/target/objectkey"
)

const ddlLong = `Prints what a query engine needs to read the files of a load with these settings: tables,
or views in DuckDB, for each stream and subtable. The folders of the object key are
partition columns. The command reads SCHEMA messages and skips all others; if a stream
has several schemas, the last one counts. It needs no bucket.

With --view newest there is also a view of the newest row of each key: with the largest
_sdc_table_version and _sdc_sequence, without rows that the tap calls deleted. For a
subtable the view has the elements of these rows. With --rejected there is also the table
of rejected records, _sdc_rejected. Some engines refuse a table before it has a file.

Columns have the types that the files hold. What an engine cannot call a column is
renamed or left out, and a comment says so. What it cannot read at all is an error.`

const ddlExample = `  tap-postgres --config tap.json | target-s3 ddl --config config.json --dialect athena > tables.sql
  target-s3 ddl --config config.json --dialect duckdb --view newest --input messages.singer.gz
  target-s3 ddl --config config.json --dialect trino --schema lake.shop --input messages.singer`

// viewNewest is what --view may be.
const viewNewest = "newest"

// ddlFlags are the options of the command ddl.
type ddlFlags struct {
	configs, inputs []string
	options         ddl.Options
	view            string
}

// ddlCommand is the command that prints tables.
func ddlCommand(p process) *cobra.Command {
	var f ddlFlags
	cmd := &cobra.Command{
		Use: "ddl", Short: "Print the tables by which query engines read the files", Long: ddlLong, Example: ddlExample,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return printTables(p, f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	configFlag(cmd, &f.configs)
	flags.StringVar(&f.options.Dialect, "dialect", "", "`ENGINE` that reads the files: "+strings.Join(ddl.Dialects(), ", "))
	flags.StringVar(&f.view, "view", "", "`"+viewNewest+"`: also views of the newest rows, for streams with keys")
	flags.BoolVar(&f.options.Rejected, "rejected", false, "also the table of rejected records, "+objectkey.RejectedTable)
	flags.StringArrayVar(&f.inputs, "input", nil, "read messages from `FILE` (also .gz and .zst) instead of standard input; may be repeated")
	flags.StringVar(&f.options.Schema, "schema", "", "`NAME` of the schema or database that the tables go to, with dots between its parts")
	flags.StringVar(&f.options.Connection, "connection", "", "`NAME` of what lets the engine into the bucket: Snowflake's storage integration, BigQuery's connection")
	flags.IntVar(&f.options.Since, "since", time.Now().UTC().Year(), "of athena: the first `YEAR` of loads; its tables have ten")
	flags.Lookup("since").DefValue = "this year"
	return cmd
}

func printTables(p process, f ddlFlags) error {
	if err := f.check(); err != nil {
		return &usageError{err}
	}
	c, notices, err := settings(p, f.configs)
	if err != nil {
		return err
	}
	if err := checkInputs(p, f.inputs); err != nil {
		return err
	}
	tellNotices(p, notices)
	if err := f.locate(c); err != nil {
		return err
	}
	input, files := p.stdin, newInputs(f.inputs)
	if len(f.inputs) > 0 {
		input = files
	}
	streams, err := readSchemas(input, c.MemoryLimitBytes/4)
	if line := (*singer.LineError)(nil); errors.As(err, &line) && len(f.inputs) > 0 {
		file, lines, bytes := files.locate(line.Offset)
		line.File, line.Line, line.Offset = file, line.Line-lines, line.Offset-bytes
	}
	if err != nil {
		return err
	}
	if len(streams) == 0 {
		return errors.New("the input has no SCHEMA message, so there is no table to make")
	}
	var text bytes.Buffer
	if err := ddl.Print(&text, streams, c, f.options); err != nil {
		return fmt.Errorf("ddl: %w", err)
	}
	_, err = p.stdout.Write(text.Bytes())
	return err
}

// check finds what is wrong in the flags alone.
func (f *ddlFlags) check() error {
	if f.view != "" && f.view != viewNewest {
		return fmt.Errorf("--view %q: must be %s", f.view, viewNewest)
	}
	f.options.Newest = f.view != ""
	if f.options.Since < 1970 || f.options.Since > 9990 {
		return fmt.Errorf("--since %d: must be a year from 1970 to 9990", f.options.Since)
	}
	if f.options.Dialect == "" {
		return fmt.Errorf("for which engine? Give --dialect, one of %s", strings.Join(ddl.Dialects(), ", "))
	}
	err := f.options.Check()
	if wrong := (*ddl.Error)(nil); errors.As(err, &wrong) {
		given := map[string]string{"--dialect": f.options.Dialect, "--schema": f.options.Schema, "--connection": f.options.Connection}[wrong.Flag]
		if given != "" {
			given = fmt.Sprintf(" %q", given)
		}
		return fmt.Errorf("%s%s: %w", wrong.Flag, given, err)
	}
	return err
}

// locate says where the files are.
func (f *ddlFlags) locate(c config.Config) error {
	f.options.Base = "s3://" + c.S3Bucket + "/"
	root, ok := c.FileRoot()
	if !ok {
		return nil
	}
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	f.options.Folder, f.options.Base = true, filepath.ToSlash(filepath.Join(root, c.S3Bucket))+"/"
	return nil
}

// readSchemas reads the SCHEMA messages of an input whose lines have at most so many
// bytes. Of the other messages it wants nothing, but that they are lines.
func readSchemas(input io.Reader, most int64) ([]ddl.Stream, error) {
	reader := singer.NewReader(input, int(most))
	var streams []ddl.Stream
	for number := int64(1); ; {
		block, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return streams, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the input: %w", printable.Error(err))
		}
		if block.Missing > 0 && isRecord(block) {
			number++
			continue
		}
		offset := block.Offset
		for line := range bytes.Lines(block.Data) {
			s, err := readSchema(line)
			switch {
			case err != nil && block.Missing > 0:
				err = fmt.Errorf("the line is longer than a quarter of memory_limit_bytes, %d bytes", most)
				fallthrough
			case err != nil:
				return nil, &singer.LineError{Line: number, Offset: offset, Near: singer.Excerpt(bytes.TrimRight(line, "\r\n"), singer.Place(err)), Err: err}
			case s != nil:
				streams = append(streams, *s)
			}
			number++
			offset += int64(len(line))
		}
		reader.Free(block)
	}
}

// isRecord reports whether a line that is too long to be held is a RECORD.
func isRecord(b singer.Block) bool {
	var m singer.Message
	return singer.ParseCut(b, &m) && m.Kind == singer.Record
}

// readSchema reads a line, and returns nil where it is not a SCHEMA message.
func readSchema(line []byte) (*ddl.Stream, error) {
	if singer.PlainRecord(line) || singer.Blank(line) {
		return nil, nil
	}
	var parser singer.Parser
	var m singer.Message
	if err := parser.Parse(line, &m); errors.Is(err, singer.ErrCutOff) {
		return nil, errors.New("the input ends in the middle of a message, so tables may be missing")
	} else if err != nil {
		return nil, err
	}
	if m.Kind != singer.Schema {
		return nil, nil
	}
	name, err := singer.Text(m.Stream)
	if err != nil {
		return nil, fmt.Errorf(`"stream": %w`, err)
	}
	keys, err := singer.Strings(m.KeyProperties)
	if err != nil {
		return nil, fmt.Errorf(`"key_properties": %w`, err)
	}
	s := &ddl.Stream{Name: string(name), Schema: bytes.Clone(m.Schema)}
	for _, key := range keys {
		if !slices.Contains(s.Keys, key) {
			s.Keys = append(s.Keys, key)
		}
	}
	return s, nil
}
