//go:build !race

package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestParquetReaders has tools of others read every type, row by row, from files
// of several row groups and with each compression.
func TestParquetReaders(t *testing.T) {
	interpreter := readersPython(t)
	dir := t.TempDir()
	source := filepath.Join(dir, "source.singer")
	if err := os.WriteFile(source, parquetSource(20_000), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, compression := range []string{"none", "snappy", "gzip", "zstd"} {
		t.Run("compression="+compression, func(t *testing.T) {
			to := filepath.Join(dir, compression)
			loadInto(t, to, source, map[string]any{
				"output_file_format": "parquet", "compression": compression, "memory_limit_bytes": 64 << 20, // for row groups of 2 MiB
			})
			files, _ := filepath.Glob(filepath.Join(to, "bucket", "singer", "all", "*.parquet"))
			if len(files) != 1 {
				t.Fatalf("files %q", files)
			}
			out, err := exec.CommandContext(t.Context(), interpreter, "testdata/readers/parquet.py", source, files[0]).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "20000 rows agree") {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("%s", out)
		})
	}
}

const parquetSchema = `{"type": "object", "properties": {
"id": {"type": "integer"},
"unsigned": {"type": ["null", "integer"], "minimum": 0, "maximum": 18446744073709551615},
"ratio": {"type": ["null", "number"]},
"price": {"type": ["null", "number"], "multipleOf": 0.01, "minimum": -10000000, "exclusiveMinimum": true, "maximum": 10000000, "exclusiveMaximum": true},
"amount": {"type": ["null", "number"], "precision": 18, "scale": 4},
"exact": {"type": ["null", "string"], "format": "singer.decimal", "precision": 38, "scale": 10},
"at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
"day": {"type": ["null", "string"], "format": "date"},
"ok": {"type": ["null", "boolean"]},
"name": {"type": ["null", "string"]},
"code": {"type": ["null", "string", "integer"]},
"tags": {"type": ["null", "array"], "items": {"type": ["null", "string"]}},
"items": {"type": ["null", "array"], "items": {"type": "object", "properties": {
  "sku": {"type": "string"}, "price": {"type": "number", "multipleOf": 0.01},
  "sizes": {"type": ["null", "array"], "items": {"type": "array", "items": {"type": "integer"}}}}}},
"address": {"type": ["null", "object"], "properties": {"city": {"type": ["null", "string"]}, "geo": {"type": "object", "properties": {"lat": {"type": "number"}}}}},
"free": {}}}`

// parquetSource is a stream of all types, with nulls and members missing, and
// with a member that the schema does not know.
func parquetSource(rows int) []byte {
	r := rand.New(rand.NewPCG(5, 6))
	chance := func(percent int) bool { return r.IntN(100) < percent }
	digits := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte('0' + r.IntN(10))
		}
		return strings.TrimLeft(string(b[:n-1]), "0") + string(b[n-1:])
	}
	sign := func() string { return []string{"", "-"}[r.IntN(2)] }
	text := func() string {
		return []string{`""`, `"é\u00e9\ud83d\ude00"`, `"two\nlines \"quoted\""`, `"` + digits(30) + `"`, `"status-` + digits(1) + `"`}[r.IntN(5)]
	}
	list := func(most int, element func() string) string {
		elements := make([]string, r.IntN(most+1))
		for i := range elements {
			elements[i] = element()
		}
		return "[" + strings.Join(elements, ", ") + "]"
	}
	zones := []string{"Z", "", "+00:00", "+05:30", "-0800", "+02"}
	values := []struct {
		name  string
		value func() string
	}{
		{"unsigned", func() string { return fmt.Sprint(r.Uint64()) }},
		{"ratio", func() string { return quote(r.NormFloat64() * 1e10) }},
		{"price", func() string { return sign() + digits(1+r.IntN(7)) + "." + digits(2)[:1] }},
		{"amount", func() string { return sign() + digits(1+r.IntN(14)) + "." + digits(4) }},
		{"exact", func() string { return `"` + sign() + digits(1+r.IntN(28)) + "." + digits(10) + `"` }},
		{"at", func() string {
			return fmt.Sprintf(`"%04d-%02d-%02d%s%02d:%02d:%02d.%06d%s"`, 1000+r.IntN(2000), 1+r.IntN(12), 1+r.IntN(28),
				[]string{"T", " "}[r.IntN(2)], r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1e6), zones[r.IntN(len(zones))])
		}},
		{"day", func() string { return fmt.Sprintf(`"%04d-%02d-%02d"`, 1+r.IntN(9998), 1+r.IntN(12), 1+r.IntN(28)) }},
		{"ok", func() string { return []string{"true", "false"}[r.IntN(2)] }},
		{"name", text},
		{"code", func() string { return []string{`"A"`, `7`}[r.IntN(2)] }},
		{"tags", func() string { return list(4, func() string { return []string{text(), "null"}[r.IntN(2)] }) }},
		{"items", func() string {
			return list(3, func() string {
				return fmt.Sprintf(`{"sku": %s, "price": %s, "sizes": %s}`, text(), digits(5)+".25",
					list(2, func() string { return list(3, func() string { return digits(3) }) }))
			})
		}},
		{"address", func() string {
			return []string{`{"city": ` + text() + `}`, `{"city": null, "geo": {}}`, `{"geo": {"lat": 52.5}}`, `{}`}[r.IntN(4)]
		}},
		{"free", func() string { return []string{`{"a": [1, "x", null]}`, `"text"`, `1.50`, `[]`}[r.IntN(4)] }},
		{"unknown", func() string { return `{"z": "é"}` }},
	}
	var b strings.Builder
	b.WriteString(`{"type": "SCHEMA", "stream": "all", "schema": ` + strings.ReplaceAll(parquetSchema, "\n", "") + `, "key_properties": ["id"]}` + "\n")
	for i := range rows {
		fmt.Fprintf(&b, `{"type": "RECORD", "stream": "all", "time_extracted": "2026-01-01T00:00:00.5Z", "record": {"id": %d`, i*7-1000)
		for _, v := range values {
			switch {
			case chance(10):
				fmt.Fprintf(&b, `, "%s": null`, v.name)
			case chance(90):
				fmt.Fprintf(&b, `, "%s": %s`, v.name, v.value())
			}
		}
		b.WriteString("}}\n")
	}
	return []byte(b.String())
}

func quote(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
