//go:build !race

package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestPartitionReaders has tools of others read folders by value: each row's value is
// that of its folder, and no row is missing.
func TestPartitionReaders(t *testing.T) {
	python := readersPython(t)
	countries := []any{"de", "fr", nil, "gb"}
	var input strings.Builder
	input.WriteString(`{"type":"SCHEMA","stream":"t","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"},"country":{"type":["null","string"]},"at":{"type":"string","format":"date-time"}}}}` + "\n")
	const rows = 2000
	for n := range rows {
		country := `null`
		if c := countries[n%len(countries)]; c != nil {
			country = fmt.Sprintf("%q", c)
		}
		fmt.Fprintf(&input, `{"type":"RECORD","stream":"t","record":{"id":%d,"country":%s,"at":"2026-01-%02dT00:00:00Z"}}`+"\n", n, country, n%28+1)
	}
	for format, extension := range map[string]string{"jsonl": "jsonl", "csv": "csv", "parquet": "parquet"} {
		t.Run(format, func(t *testing.T) {
			dir := t.TempDir()
			p := newPipeline(t, []string{
				"s3_bucket=bucket", "aws_endpoint_url=file:" + dir, "output_file_format=" + format,
				"s3_key_format_string=[integration_name]/[table_name]/by_country=[field:country]/day=[field:at|date]/[table_version]_[timestamp_loaded]",
			})
			p.want(0, "", strings.NewReader(input.String()))
			var got map[string][][]any
			runPython(t, python, "partitions.py", map[string]any{"folder": filepath.Join(dir, "bucket/raw/singer/t"), "format": format, "extension": extension}, &got)
			if format == "parquet" && len(got) != 3 || len(got["duckdb"]) != rows {
				t.Errorf("%d readers, DuckDB has %d rows", len(got), len(got["duckdb"]))
			}
			for reader, found := range got {
				for n, row := range found {
					if row[0] != float64(n) || row[1] != row[2] || row[1] != countries[n%len(countries)] {
						t.Fatalf("%s: row %d is %v", reader, n, row)
					}
				}
			}
		})
	}
}
