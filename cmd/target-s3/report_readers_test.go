//go:build !race

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReportCounts has DuckDB count the rows of exactly the objects that a report
// lists, and Iceberg take them into a table.
func TestReportCounts(t *testing.T) {
	python := readersPython(t)
	var input strings.Builder
	input.WriteString(`{"type":"SCHEMA","stream":"t","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"},"d":{"type":"string","format":"date-time"},"a":{"type":"array","items":{"type":"integer"}}}}}` + "\n")
	for n := range 5000 {
		id := fmt.Sprint(n)
		if n%1000 == 7 {
			id = `"no"`
		}
		fmt.Fprintf(&input, `{"type":"RECORD","stream":"t","record":{"id":%s,"d":"2026-01-02T03:04:05Z","a":[1,2]}}`+"\n", id)
	}
	for _, format := range []string{"jsonl", "csv", "parquet"} {
		t.Run(format, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "report.json")
			p := newPipeline(t, []string{"s3_bucket=bucket", "aws_endpoint_url=file:" + dir, "output_file_format=" + format, "batch_size_rows=700"})
			p.want(0, "", strings.NewReader(input.String()), "--report", file)

			want := map[string]int64{}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := readReport(t, file)
			for _, o := range r.Objects {
				want[o.Table] += o.Rows
			}
			if want["t"] != 4995 || want["_sdc_rejected"] != 5 || len(r.Objects) < 8 {
				t.Errorf("the report is not what was meant:\n%s", text)
			}
			var got struct {
				Rows    map[string]int64 `json:"rows"`
				Iceberg *int64           `json:"iceberg"`
			}
			runPython(t, python, "report.py", map[string]any{"report": file, "format": format, "folder": t.TempDir()}, &got)
			if !maps.Equal(got.Rows, want) {
				t.Errorf("DuckDB counts %v, the report %v", got.Rows, want)
			}
			if got.Iceberg != nil && *got.Iceberg != want["t"] {
				t.Errorf("Iceberg has %d rows, want %d", *got.Iceberg, want["t"])
			}
			if format == "parquet" && got.Iceberg == nil {
				t.Log("pyiceberg is not there")
			}
		})
	}
}
