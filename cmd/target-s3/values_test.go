package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	pq "github.com/parquet-go/parquet-go"
)

// TestValuesPage loads every line of the tables of docs/values.md in every format,
// and holds what the page says of it.
func TestValuesPage(t *testing.T) {
	const page = "../../docs/values.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	rows := 0
	for i, line := range lines {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		if rows++; testing.Short() && rows%5 != 0 {
			continue
		}
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		what, value := strings.Trim(cells[0], "` "), strings.Trim(cells[1], "` |")
		lines[i] = fmt.Sprintf("| `%s` | `%s` |", what, value)
		for _, format := range []string{"jsonl", "csv", "parquet"} {
			lines[i] += " " + storedAs(t, format, what, value) + " |"
		}
		if lines[i] != line && os.Getenv("UPDATE_VALUES") == "" {
			t.Errorf("docs/values.md says\n%s\nbut it is\n%s", line, lines[i])
		}
	}
	if rows < 100 {
		t.Errorf("only %d lines were found", rows)
	}
	if os.Getenv("UPDATE_VALUES") != "" {
		if err := os.WriteFile(page, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// storedAs loads a record with one value and says what is in the file: a property
// of that schema, or a member of the message.
func storedAs(t *testing.T, format, what, value string) string {
	t.Helper()
	schema, record, member, column := what, `{"id": 1, "p": `+value+`}`, "", "p"
	if !strings.HasPrefix(what, "{") {
		schema, record, member = "{}", `{"id": 1}`, `, "`+what+`": `+value
		column = map[string]string{"version": "_sdc_table_version", "time_extracted": "_sdc_extracted_at"}[what]
	}
	dir := t.TempDir()
	settings := map[string]any{
		"s3_bucket": "bucket", "aws_endpoint_url": "file://" + dir, "output_file_format": format, "csv_arrays": "json", "add_record_metadata": member != "",
	}
	config, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "config.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	input := `{"type":"SCHEMA","stream":"t","key_properties":["id"],"schema":{"properties":{"id":{},"p":` + schema + `}}}
{"type":"RECORD","stream":"t","record":` + record + member + "}\n"
	var stderr bytes.Buffer
	if err := run(t.Context(), process{
		args: []string{"--config", file}, getenv: func(string) string { return "" }, stdin: strings.NewReader(input), stdout: io.Discard, stderr: &stderr,
	}); err != nil {
		return "the load ends"
	}
	names, _ := filepath.Glob(dir + "/bucket/singer/t/*")
	if len(names) == 0 {
		return "rejected"
	}
	content, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	switch format {
	case "jsonl":
		return storedInJSON(t, content, column, value)
	case "csv":
		return storedInCSV(t, content, column)
	}
	return storedInParquet(t, content, column)
}

func storedInJSON(t *testing.T, content []byte, column, value string) string {
	t.Helper()
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(content, &members); err != nil {
		t.Fatal(err)
	}
	if got := string(members[column]); got != value {
		return "`" + got + "`"
	}
	return "as it is"
}

// storedInCSV shows the bytes of all fields behind the first, or of the one system
// column that is asked for.
func storedInCSV(t *testing.T, content []byte, column string) string {
	t.Helper()
	header, row, _ := strings.Cut(strings.TrimSuffix(string(content), "\n"), "\n")
	_, header, _ = strings.Cut(header, ",")
	_, row, _ = strings.Cut(row, ",")
	if at := slices.Index(strings.Split(header, ","), column); at >= 0 && column != "p" {
		header, row = column, strings.Split(row, ",")[at]
	}
	shown := "`" + strings.NewReplacer("\n", "⏎", "\r", "␍", "\x00", "␀").Replace(row) + "`"
	switch {
	case header != column:
		return shown + " in `" + header + "`"
	case row == "":
		return "nothing"
	}
	return shown
}

func storedInParquet(t *testing.T, content []byte, column string) string {
	t.Helper()
	f, err := pq.OpenFile(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	rows := pq.NewGenericReader[any](f)
	defer func() { _ = rows.Close() }()
	row := make([]any, 1)
	if n, err := rows.Read(row); n != 1 {
		t.Fatal(err)
	}
	members := row[0].(map[string]any)
	value := members[column]
	for _, field := range f.Schema().Fields() {
		if field.Name() != column || !field.Leaf() || value == nil {
			continue
		}
		switch kind := field.Type().String(); {
		case strings.HasPrefix(kind, "TIMESTAMP"):
			value = time.UnixMicro(value.(int64)).UTC().Format("2006-01-02T15:04:05.999999Z")
			return code(t, members, value)
		case kind == "DATE":
			return code(t, members, time.Unix(int64(value.(int32))*24*60*60, 0).UTC().Format(time.DateOnly))
		case strings.HasPrefix(kind, "DECIMAL"):
			decimal, ok := new(big.Rat).SetString(fmt.Sprint(value))
			if !ok {
				t.Fatalf("%v is not a decimal", value)
			}
			text, _ := strings.CutSuffix(strings.TrimRight(decimal.FloatString(9), "0"), ".")
			return code(t, members, text)
		}
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return code(t, members, string(text))
}

func code(t *testing.T, members map[string]any, value any) string {
	t.Helper()
	out := fmt.Sprintf("`%v`", value)
	if extra, ok := members["_sdc_extra"]; ok && extra != nil {
		out += fmt.Sprintf(", `_sdc_extra` `%s`", extra)
	}
	return out
}
