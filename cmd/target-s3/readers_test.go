//go:build !race

package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

// readersPython is a Python that has what testdata/readers needs: the one that
// TEST_TARGET_S3_PYTHON names, which must have it, or python3. Where that has not,
// the test is skipped.
func readersPython(t *testing.T) string {
	t.Helper()
	named := os.Getenv("TEST_TARGET_S3_PYTHON")
	python := cmp.Or(named, "python3")
	out, err := exec.CommandContext(t.Context(), python, "-c", "import duckdb, pandas, pyarrow, pytz, zstandard").CombinedOutput()
	switch {
	case err != nil && named != "":
		t.Fatalf("%s: %v\n%s", python, err, out)
	case err != nil:
		t.Skipf("the readers of others are not there (pip install -r cmd/target-s3/testdata/readers/requirements.txt, and name the Python in TEST_TARGET_S3_PYTHON): %v", err)
	}
	return python
}

// readersRows are values that are easily read wrongly: the id, a text or null, a
// number, a boolean and nested data.
func readersRows() (rows [][]any) {
	texts := []any{
		nil, "", " ", " a ", "a,b", "a|b", "a\tb", `"`, `a"b""c`, "line\nline", "line\r\nline", "\r", `\N`, `\.`, `\`, "null", "NULL", "NaN",
		"é", "日本語", "😀", "\u2028", "0123", "1e5", "true", "#x", "'", "a;b", "<&>", strings.Repeat("long ", 2000),
	}
	for i := range 3000 { // more than one block of compression
		rows = append(rows, []any{
			float64(i), texts[i%len(texts)], float64(i*7919%1000) / 8, i%2 == 0,
			map[string]any{"a": float64(i % 5), "b": []any{texts[1+(i+1)%(len(texts)-2)], "x"}},
		})
	}
	return rows
}

func readersInput(rows [][]any) string {
	var b strings.Builder
	b.WriteString(`{"type":"SCHEMA","stream":"t","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"},"s":{"type":["null","string"]},` +
		`"n":{"type":"number"},"b":{"type":"boolean"},"o":{"type":"object","properties":{"a":{"type":"integer"},"b":{}}}}}}` + "\n")
	for _, r := range rows {
		record, err := json.Marshal(map[string]any{"id": r[0], "s": r[1], "n": r[2], "b": r[3], "o": r[4]})
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, `{"type":"RECORD","stream":"t","record":%s}`+"\n", record)
	}
	return b.String()
}

// TestReaders has tools that are not ours read the files, and compares them with
// the source.
func TestReaders(t *testing.T) {
	python := readersPython(t)
	rows := readersRows()
	input := filepath.Join(t.TempDir(), "in.singer")
	if err := os.WriteFile(input, []byte(readersInput(rows)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, compression := range []string{"none", "gzip", "zstd"} {
		t.Run("jsonl/"+compression, func(t *testing.T) {
			checkReaders(t, python, input, map[string]any{"output_file_format": "jsonl", "compression": compression}, rows)
		})
		for _, delimiter := range []string{",", "|", "\t"} {
			for _, force := range []bool{false, true} {
				t.Run(fmt.Sprintf("csv/%s/%q/force=%v", compression, delimiter, force), func(t *testing.T) {
					checkReaders(t, python, input, map[string]any{
						"output_file_format": "csv", "compression": compression, "csv_delimiter": delimiter, "csv_force_quote": force,
					}, rows)
				})
			}
		}
	}
}

func checkReaders(t *testing.T, python, input string, settings map[string]any, rows [][]any) {
	t.Helper()
	dir := t.TempDir()
	loadInto(t, dir, input, settings)
	files, _ := filepath.Glob(dir + "/bucket/singer/t/*")
	job := map[string]any{"files": files, "format": settings["output_file_format"], "compression": settings["compression"], "delimiter": settings["csv_delimiter"], "spark": settings["compression"] == "gzip" && settings["csv_force_quote"] != true}
	if job["format"] == "csv" {
		job["columns"] = [][2]string{{"id", ""}, {"s", ""}, {"n", ""}, {"b", ""}, {"o__a", ""}, {"o__b", ""}}
		rows = asCSV(t, rows)
	} else {
		job["columns"] = [][2]string{{"id", "BIGINT"}, {"s", "VARCHAR"}, {"n", "DOUBLE"}, {"b", "BOOLEAN"}, {"o", "STRUCT(a BIGINT, b VARCHAR[])"}}
	}
	for reader, got := range readWith(t, python, job) {
		compareRows(t, reader, got, rows, reader != "duckdb" && reader != "pyarrow" && job["format"] == "csv")
	}
}

// loadInto loads the input into the folder.
func loadInto(t *testing.T, dir, input string, settings map[string]any) {
	t.Helper()
	settings["s3_bucket"], settings["aws_endpoint_url"] = "bucket", "file://"+dir
	config, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config.json")
	if err = os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	if err = run(t.Context(), process{
		args: []string{"--config", file, "--input", input}, getenv: func(string) string { return "" },
		stdin: strings.NewReader(""), stdout: io.Discard, stderr: &stderr,
	}); err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
}

// readWith runs the script.
func readWith(t *testing.T, python string, job map[string]any) map[string][][]any {
	t.Helper()
	var results map[string][][]any
	runPython(t, python, "read.py", job, &results)
	if len(results) < 3 {
		t.Fatalf("%d readers", len(results))
	}
	return results
}

// runPython gives a script of testdata/readers its input as JSON, and decodes its
// output.
func runPython(t *testing.T, python, script string, input, output any) {
	t.Helper()
	text, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "readers", script))
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(text), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	if err := json.Unmarshal(out, output); err != nil {
		t.Fatalf("%v in %.500s", err, out)
	}
}

// asCSV are the rows as CSV has them: every value a text, the object's members in
// columns of their own.
func asCSV(t *testing.T, rows [][]any) (out [][]any) {
	t.Helper()
	text := func(v any) any {
		if _, ok := v.(string); ok || v == nil {
			return v
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, r := range rows {
		o := r[4].(map[string]any)
		out = append(out, []any{text(r[0]), text(r[1]), text(r[2]), text(r[3]), text(o["a"]), text(o["b"])})
	}
	return out
}

// compareRows reports the first difference.
func compareRows(t *testing.T, reader string, got, want [][]any, nullIsEmpty bool) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s reads %d rows of %d", reader, len(got), len(want))
		return
	}
	for i := range want {
		for k, w := range want[i] {
			if nullIsEmpty && w == nil {
				w = ""
			}
			if !reflect.DeepEqual(got[i][k], w) {
				t.Errorf("%s: row %d, column %d: %#v, want %#v", reader, i, k, got[i][k], w)
				return
			}
		}
	}
}

// TestQueryingPage runs what docs/querying.md says of DuckDB, on two loads. The second
// repeats and changes some rows of the first.
func TestQueryingPage(t *testing.T) {
	python := readersPython(t)
	page, err := os.ReadFile("../../docs/querying.md")
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]any{}
	blocks := map[string][]string{} // by language
	for _, m := range regexp.MustCompile("(?ms)^```(json|sql)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		blocks[m[1]] = append(blocks[m[1]], m[2])
	}
	if err := json.Unmarshal([]byte(blocks["json"][0]), &settings); err != nil {
		t.Fatal(err)
	}
	newest, elements, jsonView, count, csvView := blocks["sql"][0], blocks["sql"][1], blocks["sql"][2], blocks["sql"][3], blocks["sql"][4]
	testNewestElements(t, python, newest, elements)
	testLateValues(t, python, settings, map[string]string{"jsonl": jsonView, "csv": csvView})
	testVersionsAsText(t, python, newest)
	for format, view := range map[string]string{"jsonl": jsonView, "csv": csvView} {
		dir := t.TempDir()
		for _, rows := range []string{`[1,"open"] [2,""] [3,null]`, `[2,""] [3,"shipped"]`} {
			input := `{"type":"SCHEMA","stream":"orders","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"},"status":{"type":["null","string"]}}}}` + "\n"
			for _, row := range strings.Fields(rows) {
				id, status, _ := strings.Cut(strings.Trim(row, "[]"), ",")
				input += fmt.Sprintf(`{"type":"RECORD","stream":"orders","record":{"id":%s,"status":%s}}`, id, status) + "\n"
			}
			file := filepath.Join(t.TempDir(), "in.singer")
			if err := os.WriteFile(file, []byte(input), 0o600); err != nil {
				t.Fatal(err)
			}
			settings["output_file_format"] = format
			loadInto(t, dir, file, settings)
		}
		view = strings.ReplaceAll(view, "s3://example-lake", dir+"/bucket")
		for query, want := range map[string]string{
			"SELECT id, status FROM (" + newest + ") ORDER BY id":              `[[1 open] [2 ] [3 shipped]]`,
			strings.ReplaceAll(count, "2026", time.Now().UTC().Format("2006")): `[[5]]`,
		} {
			var rows [][]any
			runPython(t, python, "query.py", []string{view, query}, &rows)
			if got := fmt.Sprint(rows); got != want {
				t.Errorf("%s: %s\n%s, want %s", format, query, got, want)
			}
		}
	}
}

// In TestSubtablesJoin DuckDB puts an order together again from its tables.
func TestSubtablesJoin(t *testing.T) {
	python, dir := readersPython(t), t.TempDir()
	input := filepath.Join(t.TempDir(), "in.singer")
	if err := os.WriteFile(input, []byte(`{"type":"SCHEMA","stream":"orders","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"},"customer":{"type":"string"},`+
		`"line_items":{"type":"array","items":{"type":"object","properties":{"product":{"type":"string"},"tax_lines":{"type":"array","items":{"type":"object","properties":{"rate":{"type":"number"}}}}}}}}}}
{"type":"RECORD","stream":"orders","record":{"id":1,"customer":"x","line_items":[{"product":"a","tax_lines":[{"rate":1},{"rate":2}]},{"product":"b","tax_lines":[{"rate":4}]}]}}
{"type":"RECORD","stream":"orders","record":{"id":2,"customer":"y","line_items":[{"product":"a","tax_lines":[{"rate":8}]}]}}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	loadInto(t, dir, input, map[string]any{"output_file_format": "csv"})
	var rows [][]any
	runPython(t, python, "query.py", []string{
		"CREATE VIEW o AS SELECT * FROM '" + dir + "/bucket/singer/orders/*.csv'",
		"CREATE VIEW i AS SELECT * FROM '" + dir + "/bucket/singer/orders/line_items/*.csv'",
		"CREATE VIEW t AS SELECT * FROM '" + dir + "/bucket/singer/orders/line_items/tax_lines/*.csv'",
		`SELECT o.customer, i.product, sum(t.rate)::BIGINT
		FROM o JOIN i ON i._sdc_source_key_id = o.id
		JOIN t ON t._sdc_source_key_id = i._sdc_source_key_id AND t._sdc_level_0_id = i._sdc_level_0_id
		GROUP BY ALL ORDER BY ALL`,
	}, &rows)
	if got, want := fmt.Sprint(rows), "[[x a 3] [x b 4] [y a 8]]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// In testNewestElements an array loses its elements in a second load.
func testNewestElements(t *testing.T, python, newest, elements string) {
	t.Helper()
	dir := t.TempDir()
	for _, lines := range []string{`["a","b"]`, `[]`} {
		input := `{"type":"SCHEMA","stream":"orders","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"},"line_items":{"type":"array"}}}}
{"type":"RECORD","stream":"orders","record":{"id":1,"line_items":` + lines + `}}
`
		if lines != "[]" {
			input += `{"type":"RECORD","stream":"orders","record":{"id":2,"line_items":["c"]}}` + "\n"
		}
		file := filepath.Join(t.TempDir(), "in.singer")
		if err := os.WriteFile(file, []byte(input), 0o600); err != nil {
			t.Fatal(err)
		}
		loadInto(t, dir, file, map[string]any{"output_file_format": "csv"})
	}
	var rows [][]any
	runPython(t, python, "query.py", []string{
		"CREATE VIEW orders AS SELECT * FROM '" + dir + "/bucket/singer/orders/*.csv'",
		"CREATE VIEW line_items AS SELECT * FROM '" + dir + "/bucket/singer/orders/line_items/*.csv'",
		"CREATE VIEW newest_orders AS " + newest,
		"SELECT _sdc_source_key_id, value FROM (" + elements + ")",
	}, &rows)
	if got := fmt.Sprint(rows); got != "[[2 c]]" {
		t.Errorf("the elements of the newest records are %s", got)
	}
}

// testLateValues has the first fraction, and the first value of a column, come far
// behind what DuckDB looks at by itself, in one file and in many.
func testLateValues(t *testing.T, python string, settings map[string]any, views map[string]string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "in.singer")
	var input strings.Builder
	input.WriteString(`{"type":"SCHEMA","stream":"orders","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"},"amount":{"type":"number"}}}}` + "\n")
	for id := 1; id <= 50_000; id++ {
		amount, more := "1", ""
		if id > 45_000 {
			amount, more = "1.5", `,"late":1`
		}
		fmt.Fprintf(&input, `{"type":"RECORD","stream":"orders","record":{"id":%d,"amount":%s%s}}`+"\n", id, amount, more)
	}
	if err := os.WriteFile(file, []byte(input.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for format, view := range views {
		for _, rows := range []int{0, 1000} {
			dir := t.TempDir()
			more := maps.Clone(settings)
			more["output_file_format"], more["batch_size_rows"] = format, rows
			loadInto(t, dir, file, more)
			late := map[string]string{"jsonl": "late", "csv": "_sdc_extra"}[format]
			var got [][]any
			runPython(t, python, "query.py", []string{
				strings.ReplaceAll(view, "s3://example-lake", dir+"/bucket"), "SELECT sum(amount), count(" + late + ") FROM orders",
			}, &got)
			if fmt.Sprint(got) != "[[52500 5000]]" {
				t.Errorf("%s, %d rows a file: %v", format, rows, got)
			}
		}
	}
}

// testVersionsAsText has the newest rows found by an engine to which all columns
// are text.
func testVersionsAsText(t *testing.T, python, newest string) {
	t.Helper()
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "in.singer")
	input := `{"type":"SCHEMA","stream":"orders","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"},"status":{"type":"string"}}}}
{"type":"RECORD","stream":"orders","version":9,"record":{"id":1,"status":"old"}}
{"type":"RECORD","stream":"orders","version":10,"record":{"id":1,"status":"new"}}
`
	if err := os.WriteFile(file, []byte(input), 0o600); err != nil {
		t.Fatal(err)
	}
	loadInto(t, dir, file, map[string]any{"output_file_format": "csv"})
	var rows [][]any
	runPython(t, python, "query.py", []string{
		"CREATE VIEW orders AS SELECT * FROM read_csv('" + dir + "/bucket/singer/orders/*.csv', all_varchar = true)",
		"SELECT status FROM (" + newest + ")",
	}, &rows)
	if got := fmt.Sprint(rows); got != "[[new]]" {
		t.Errorf("the newest rows are %s", got)
	}
}
