//go:build !race

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// TestQueryingPageSpark runs what docs/querying.md says of Spark, where it is
// installed, on two loads: the second has its columns in another order, one more,
// and a version that is the larger one as a number alone.
func TestQueryingPageSpark(t *testing.T) {
	python := readersPython(t)
	if exec.CommandContext(t.Context(), python, "-c", "import pyspark").Run() != nil || exec.CommandContext(t.Context(), "java", "-version").Run() != nil {
		t.Skip("pyspark or Java is not there")
	}
	page, err := os.ReadFile("../../docs/querying.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string][]string{}
	for _, m := range regexp.MustCompile("(?ms)^```(json|sql|python)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		blocks[m[1]] = append(blocks[m[1]], m[2])
	}
	newest, elements := blocks["sql"][0], blocks["sql"][1]
	job := map[string]any{"queries": map[string][]string{
		"jsonl": {"SELECT id, status, new FROM (" + newest + ")"},
		"csv": {
			"SELECT id, status, new FROM (" + newest + ")", "CREATE OR REPLACE TEMP VIEW newest_orders AS " + newest,
			"SELECT sku, n FROM (" + elements + ")", "SELECT sku, n FROM line_items ORDER BY n",
		},
	}}
	for i, format := range []string{"jsonl", "csv"} {
		settings, dir := map[string]any{}, t.TempDir()
		if err := json.Unmarshal([]byte(blocks["json"][0]), &settings); err != nil {
			t.Fatal(err)
		}
		settings["output_file_format"] = format
		for _, input := range []string{
			`{"type":"SCHEMA","stream":"orders","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"},"status":{"type":"string"},"line_items":{"type":"array","items":{"properties":{"sku":{},"n":{}}}}}}}
{"type":"RECORD","stream":"orders","version":9,"record":{"id":1,"status":"open","line_items":[{"sku":"a","n":1},{"sku":"b\nc, \"d\"","n":2}]}}
`,
			`{"type":"SCHEMA","stream":"orders","key_properties":["id"],"schema":{"properties":{"status":{"type":"string"},"new":{},"id":{"type":"integer"},"line_items":{"type":"array","items":{"properties":{"n":{},"sku":{}}}}}}}
{"type":"RECORD","stream":"orders","version":10,"record":{"id":1,"status":"shipped","new":"x","line_items":[{"sku":"e","n":3}]}}
{"type":"RECORD","stream":"orders","version":10,"record":{"id":1,"status":"done","new":"y","line_items":[{"sku":"f","n":4}]}}
`,
		} {
			file := filepath.Join(t.TempDir(), "in.singer")
			if err := os.WriteFile(file, []byte(input), 0o600); err != nil {
				t.Fatal(err)
			}
			loadInto(t, dir, file, settings)
		}
		job[format] = strings.ReplaceAll(blocks["python"][i], "s3a://example-lake", "file://"+dir+"/bucket")
	}
	got := map[string][][][]string{}
	runPython(t, python, "spark_page.py", job, &got)
	want := map[string][][][]string{
		"jsonl": {{{"1", "done", "y"}}},
		"csv":   {{{"1", "done", "y"}}, {}, {{"f", "4"}}, {{"a", "1"}, {"b\nc, \"d\"", "2"}, {"e", "3"}, {"f", "4"}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
