//go:build !race

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"target-s3/target/ddl"
)

// tablesSchema has a column of each kind, and arrays in arrays.
const tablesSchema = `{"type":"SCHEMA","stream":"orders","key_properties":["id"],"schema":{"properties":{
"id":{"type":"integer"},"status":{"type":["null","string"]},"amount":{"type":["null","number"],"multipleOf":0.01},"ratio":{"type":["null","number"]},
"paid":{"type":["null","boolean"]},"at":{"type":["null","string"],"format":"date-time"},"country":{"type":["null","string"]},
"address":{"type":["null","object"],"properties":{"city":{"type":["null","string"]},"zip":{"type":["null","integer"]}}},"other":{},
"line_items":{"type":["null","array"],"items":{"type":"object","properties":{"sku":{"type":"string"},"n":{"type":"integer"},"tags":{"type":"array","items":{"type":"string"}}}}},
"_sdc_deleted_at":{"type":["null","string"],"format":"date-time"}}}}`

// tablesLoads are two loads: of the second some rows replace those of the first, and
// its version is the greater one as a number alone.
var tablesLoads = []string{`
{"version":9,"record":{"id":1,"status":"gone with the version","country":"de","at":"2026-01-02T03:04:05Z"}}
`, `
{"version":10,"record":{"id":1,"status":"open","amount":1.25,"ratio":0.5,"paid":true,"country":"de","at":"2026-01-02T03:04:05Z","address":{"city":"x","zip":7},"other":[1,{"a":"b"}],"line_items":[{"sku":"a","n":1,"tags":["s","t"]},{"sku":"b, \"c\"\nd","n":2}]}}
{"version":10,"record":{"id":2,"status":"new","amount":10000000000000.01,"ratio":1e300,"paid":false,"country":"fr","at":"2026-01-03T00:00:00+02:00","line_items":[{"sku":"z","n":9}]}}
{"version":10,"record":{"id":2,"status":"shipped","amount":3,"paid":null,"country":"fr","at":"2026-01-03T00:00:00+02:00","line_items":[]}}
{"version":10,"record":{"id":3,"status":"deleted","country":null,"at":null,"line_items":[{"sku":"d","n":4}]}}
{"version":10,"record":{"id":3,"status":"deleted","_sdc_deleted_at":"2026-01-05T00:00:00Z"}}
{"version":10,"record":{"id":4,"status":"kept","unknown":{"to":"the schema"}}}
{"version":10,"record":{"id":"five"}}
`}

const tablesKey = "[integration_name]/[table_name]/day=[field:at|date]/by_country=[field:country]/[table_version]_[timestamp_loaded]"

// loadTables loads the loads.
func loadTables(t *testing.T, dir string, settings map[string]any) (input string) {
	t.Helper()
	for _, lines := range tablesLoads {
		text := strings.ReplaceAll(tablesSchema, "\n", "") + "\n"
		for line := range strings.Lines(strings.TrimSpace(lines) + "\n") {
			text += `{"type":"RECORD","stream":"orders",` + line[1:]
		}
		input = filepath.Join(t.TempDir(), "in.singer")
		if err := os.WriteFile(input, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		loadInto(t, dir, input, settings)
	}
	return input
}

// tablesOf is what the command prints.
func tablesOf(t *testing.T, settings map[string]any, input string, args ...string) string {
	t.Helper()
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config.json")
	if err = os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	err = run(t.Context(), process{
		args: append([]string{"ddl", "--config", file, "--input", input}, args...), getenv: func(string) string { return "" },
		stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr,
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	return stdout.String()
}

// tablesJob is what an engine runs.
type tablesJob struct {
	Statements string            `json:"statements"`
	Queries    map[string]string `json:"queries"`
}

// Engines run what the command prints for them, and find what was loaded.
func TestTablesRun(t *testing.T) {
	python := readersPython(t)
	for _, engine := range []string{"duckdb", "spark"} {
		t.Run(engine, func(t *testing.T) {
			if engine == "spark" && (exec.CommandContext(t.Context(), python, "-c", "import pyspark").Run() != nil || exec.CommandContext(t.Context(), "java", "-version").Run() != nil) {
				t.Skip("pyspark or Java is not there")
			}
			formats := []string{"jsonl", "csv", "parquet"}
			var jobs []tablesJob
			for _, format := range formats {
				settings := map[string]any{"output_file_format": format, "compression": "gzip", "s3_key_format_string": tablesKey}
				input := loadTables(t, t.TempDir(), settings)
				jobs = append(jobs, tablesJob{tablesOf(t, settings, input, "--dialect", engine, "--view", "newest", "--rejected"), tablesQueries(engine, format)})
			}
			var got []map[string][][]any
			runPython(t, python, "tables.py", map[string]any{"engine": engine, "jobs": jobs}, &got)
			for i, format := range formats {
				checkTables(t, engine, format, got[i])
			}
		})
	}
}

func tablesQueries(engine, format string) map[string]string {
	city, zip := "address.city", "address.zip"
	if format == "csv" {
		city, zip = "address__city", "address__zip"
	}
	queries := map[string]string{
		"all":    "SELECT count(*), count(DISTINCT id), sum(amount) FROM orders",
		"newest": "SELECT id, status, amount, ratio, paid, " + city + ", " + zip + ", other, day, by_country FROM orders_newest ORDER BY id",
		"day":    "SELECT id FROM orders WHERE day = DATE '2026-01-02' AND by_country = 'de' ORDER BY id, _sdc_sequence",
		"bad":    "SELECT table_name, record, day FROM _sdc_rejected WHERE reason LIKE 'id: Invalid type%'",
	}
	switch {
	case format == "csv":
		queries["items"] = "SELECT _sdc_source_key_id, _sdc_level_0_id, sku, n FROM orders__line_items ORDER BY n"
		queries["newest items"] = "SELECT _sdc_source_key_id, _sdc_level_0_id, sku, n FROM orders__line_items_newest ORDER BY n"
		queries["newest tags"] = "SELECT _sdc_source_key_id, _sdc_level_0_id, _sdc_level_1_id, value FROM orders__line_items__tags_newest ORDER BY 1, 2, 3"
		queries["extra"] = "SELECT id, _sdc_extra FROM orders WHERE _sdc_extra IS NOT NULL"
	case engine == "duckdb":
		queries["elements"] = "SELECT id, unnest(line_items).sku AS sku FROM orders_newest ORDER BY sku"
	default:
		queries["elements"] = "SELECT id, item.sku FROM orders_newest LATERAL VIEW explode(line_items) AS item ORDER BY item.sku"
	}
	return queries
}

func checkTables(t *testing.T, engine, format string, got map[string][][]any) {
	t.Helper()
	other := `[1,{"a":"b"}]`
	want := map[string][][]any{
		"all": {{"7", "4", "10000000000004.26"}},
		"bad": {{"orders", `{"id":"five"}`, nil}},
		"newest": {
			{"1", "open", "1.25", "0.5", "true", "x", "7", other, "2026-01-02", "de"},
			{"2", "shipped", "3.00", nil, nil, nil, nil, nil, "2026-01-02", "fr"},
			{"4", "kept", nil, nil, nil, nil, nil, nil, nil, nil},
		},
		"day": {{"1"}, {"1"}},
	}
	if format == "csv" {
		want["items"] = [][]any{{"1", "0", "a", "1"}, {"1", "1", "b, \"c\"\nd", "2"}, {"3", "0", "d", "4"}, {"2", "0", "z", "9"}}
		want["newest items"] = want["items"][:2]
		want["newest tags"] = [][]any{{"1", "0", "0", "s"}, {"1", "0", "1", "t"}}
		want["extra"] = [][]any{{"4", `{"unknown":{"to":"the schema"}}`}}
	} else {
		want["elements"] = [][]any{{"1", "a"}, {"1", "b, \"c\"\nd"}}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s, %s (-want +got):\n%s", engine, format, diff)
	}
}

// hostileNames are what a tap may call a property or a stream.
var hostileNames = []string{
	`a"b`, "a'b", "a`b", `x'); DROP TABLE canary; --`, `x"); DROP TABLE canary; --`, "x`); DROP TABLE canary; --", "line\n; DROP TABLE canary; --", "\r\nDROP TABLE canary;\n",
	"a\x00b", "\x1b[31m", "\u2028", `\`, `\'`, `\"`, "select", "order", "a.b", "a,b", " a ", "a:b", "<b>", "${a}", "{{a}}", "$$", "/* a", "*/", "--", "?", "%s", "ünïcode", "名前",
	"Case", "case", "CASE", "", "_", "0", strings.Repeat("long", 1000), strings.Repeat("long", 1000) + "er", "newest", "elements", "value", "records", "_sdc_Sequence", "_sdc_extra",
}

// hostileInput has them as names of properties, of properties within, and of streams.
func hostileInput(t *testing.T, key string) string {
	t.Helper()
	inner, outer, record := map[string]any{}, map[string]any{}, map[string]any{}
	for i, name := range hostileNames {
		inner[name] = map[string]any{"type": "string"}
		outer[name] = map[string]any{"type": []string{"null", "string"}}
		outer[name+"_o"] = map[string]any{"type": "object", "properties": map[string]any{name: inner[name]}}
		outer[name+"_a"] = map[string]any{"type": "array", "items": map[string]any{"type": "object", "properties": map[string]any{name: inner[name]}}}
		record[name], record[name+"_o"], record[name+"_a"] = "v", map[string]any{name: "v"}, []any{map[string]any{name: i}}
	}
	outer[key], record[key] = map[string]any{"type": "string"}, "k"
	outer["all"], record["all"] = map[string]any{"type": "object", "properties": inner}, map[string]any{}
	var lines []byte
	for _, stream := range append([]string{"t"}, hostileNames...) {
		if stream == "" || len(stream) > 100 { // a load refuses it
			continue
		}
		if stream != "t" { // which has them all
			outer, record = map[string]any{key: outer[key]}, map[string]any{key: "k"}
		}
		for _, message := range []map[string]any{
			{"type": "SCHEMA", "stream": stream, "key_properties": []string{key}, "schema": map[string]any{"properties": outer}},
			{"type": "RECORD", "stream": stream, "record": record},
		} {
			line, err := json.Marshal(message)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(append(lines, line...), '\n')
		}
	}
	file := filepath.Join(t.TempDir(), "hostile.singer")
	if err := os.WriteFile(file, lines, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// No name gets out of its quotes: DuckDB runs the statements, and each of the tables
// has its row.
func TestTablesHostileNames(t *testing.T) {
	python := readersPython(t)
	input := hostileInput(t, `k"e'y`)
	for _, format := range []string{"jsonl", "csv", "parquet"} {
		settings := map[string]any{"output_file_format": format, "validate_records": false}
		loadInto(t, t.TempDir(), input, settings)
		statements := tablesOf(t, settings, input, "--dialect", "duckdb", "--view", "newest")
		job := tablesJob{"CREATE TABLE canary (n INTEGER); INSERT INTO canary VALUES (1);" + statements, map[string]string{
			"canary": "SELECT * FROM canary", "one": `SELECT count(*), min("k""e'y") FROM t_newest`,
			"views": "SELECT count(*) FROM duckdb_views() WHERE NOT internal",
		}}
		var got []map[string][][]any
		runPython(t, python, "tables.py", map[string]any{"engine": "duckdb", "jobs": []tablesJob{job}}, &got)
		views := fmt.Sprint(strings.Count(statements, "\nCREATE OR REPLACE VIEW "))
		if diff := cmp.Diff(map[string][][]any{"canary": {{"1"}}, "one": {{"1", "k"}}, "views": {{views}}}, got[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
}

// tablesKeys are layouts of keys that every dialect has tables for.
var tablesKeys = []string{
	"[integration_name]/[table_name]/loaded_year=[year_loaded]/loaded_month=[month_loaded]/loaded_day=[day_loaded]/[table_version]_[timestamp_loaded]",
	tablesKey,
	"it's/env=prod/[integration_name]/[table_name]/day=[year_loaded]-[month_loaded]-[day_loaded]/[table_version]_[timestamp_loaded]",
}

// A parser of each dialect takes what is printed for it, and finds the statements that
// are meant, whatever names there are.
func TestTablesParsed(t *testing.T) {
	python := readersPython(t)
	if exec.Command(python, "-c", "import sqlglot").Run() != nil {
		t.Skip("needs sqlglot (pip install -r cmd/target-s3/testdata/readers/requirements.txt)")
	}
	usual := filepath.Join(t.TempDir(), "in.singer")
	if err := os.WriteFile(usual, []byte(strings.ReplaceAll(tablesSchema, "\n", "")), 0o600); err != nil {
		t.Fatal(err)
	}
	hostile := hostileInput(t, "k")
	var texts [][2]string
	var names []string
	for _, dialect := range ddl.Dialects() {
		for _, format := range []string{"jsonl", "csv", "parquet"} {
			for i, key := range tablesKeys {
				if dialect == "snowflake" {
					key = strings.ReplaceAll(key, "it's", "its") // which it refuses
				}
				for _, input := range [][]string{{usual, hostile}, {usual}, {usual}}[i] {
					settings := map[string]any{"s3_bucket": "bucket", "output_file_format": format, "s3_key_format_string": key}
					text := tablesOf(t, settings, input, append([]string{"--dialect", dialect, "--view", "newest"}, dialectFlags[dialect]...)...)
					texts, names = append(texts, [2]string{dialect, text}), append(names, dialect+", "+format+", "+key+", "+filepath.Base(input))
				}
			}
		}
	}
	var kinds [][]string
	runPython(t, python, "parse.py", texts, &kinds)
	known := map[string]bool{"create table": true, "create view": true, "create stage": true, "msck repair": true, "call": true}
	for i, all := range kinds {
		if n := strings.Count(texts[i][1], ";\n"); len(all) != n || n == 0 {
			t.Errorf("%s: the parser finds %d statements of %d", names[i], len(all), n)
		}
		for _, kind := range all {
			if !known[kind] {
				t.Errorf("%s: the parser finds %q", names[i], kind)
				break
			}
		}
	}
}

// dialectFlags are those that a dialect needs.
var dialectFlags = map[string][]string{
	"trino": {"--schema", "lake.shop"}, "redshift": {"--schema", "spectrum"}, "bigquery": {"--schema", "shop", "--connection", "aws-us-east-1.lake"}, "snowflake": {"--connection", "lake"},
}

// The tables of docs/querying.md are those that the command prints.
func TestTablesOfPage(t *testing.T) {
	page := pages(t)[path.Clean(docs+"querying.md")]
	all, settings := blocks(page, "json"), map[string]any{}
	if err := json.Unmarshal([]byte(all[0]), &settings); err != nil {
		t.Fatal(err)
	}
	input := filepath.Join(t.TempDir(), "in.singer")
	if err := os.WriteFile(input, []byte(all[1]), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--dialect", "athena", "--since", "2026"}, {"--dialect", "trino", "--schema", "lake.shop"}} {
		if !strings.Contains(page, "`target-s3 ddl "+strings.Join(args, " ")+"` prints\n\n```sql\n"+tablesOf(t, settings, input, args...)+"```") {
			t.Errorf("the page does not have what the command prints with %q", args)
		}
	}
}
