//go:build linux && !race

package main_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// beside is what the program may take beyond memory_limit_bytes, whatever it
// loads, as the README says: code, stacks, and what the garbage collector has
// not come to yet, for which load.go grants 64 MiB.
const beside = 96 << 20

// TestMemory loads several times as much as memory_limit_bytes without a STATE
// that would let go of it, from streams that are interleaved row by row.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes some gigabytes")
	}
	path := program(t)
	for _, tt := range []struct {
		streams     int
		compression string
		limit       int64 // MiB
		size        int   // MiB
		validate    bool
		format      string
	}{
		{1, "none", 64, 200, false, "jsonl"},
		{1, "gzip", 64, 200, false, "jsonl"},
		{50, "none", 64, 200, false, "jsonl"},
		{50, "gzip", 64, 200, false, "jsonl"},
		{500, "none", 64, 200, false, "jsonl"},
		{500, "gzip", 64, 200, false, "jsonl"},
		{1, "none", 128, 300, false, "jsonl"},
		{1, "gzip", 128, 300, false, "jsonl"},
		{50, "none", 128, 300, false, "jsonl"},
		{50, "gzip", 128, 300, false, "jsonl"},
		{500, "none", 128, 300, false, "jsonl"},
		{500, "gzip", 128, 300, false, "jsonl"},
		{500, "gzip", 64, 100, true, "jsonl"},
		{1, "none", 64, 200, false, "parquet"},
		{1, "zstd", 64, 200, false, "parquet"},
		{50, "none", 64, 200, false, "parquet"},
		{50, "gzip", 64, 200, false, "parquet"},
		{50, "zstd", 64, 200, false, "parquet"},
		{500, "snappy", 64, 200, false, "parquet"},
		{1, "zstd", 128, 300, false, "parquet"},
		{50, "zstd", 128, 300, false, "parquet"},
		{500, "zstd", 128, 300, false, "parquet"},
	} {
		t.Run(fmt.Sprintf("streams=%d/compression=%s/limit=%dMiB/validate=%v/format=%s", tt.streams, tt.compression, tt.limit, tt.validate, tt.format), func(t *testing.T) {
			began := time.Now()
			dir := t.TempDir()
			loader := startLoader(t, path, map[string]any{
				"s3_bucket": "bucket", "aws_endpoint_url": "file://" + dir,
				"output_file_format": tt.format, "compression": tt.compression, "memory_limit_bytes": tt.limit << 20,
				"validate_records": tt.validate, "batch_wait_limit_seconds": 0,
			})
			if err := writeInterleaved(loader.stdin, tt.streams, tt.size<<20); err != nil {
				t.Fatalf("%v\n%s", err, loader.stderr.Bytes())
			}
			loader.checkPeak(t, tt.limit<<20)
			files, _ := filepath.Glob(filepath.Join(dir, "bucket", "singer", "*", "*"))
			t.Logf("%d files, %.1f s", len(files), time.Since(began).Seconds())
		})
	}
}

// TestMemoryOfLargeRecords loads records so large that few fit into memory_limit_bytes:
// a line that is read, the next one, and the row that is made of it are there at
// the same time.
func TestMemoryOfLargeRecords(t *testing.T) {
	if testing.Short() {
		t.Skip("writes some hundred megabytes")
	}
	path := program(t)
	for _, tt := range []struct {
		name   string
		limit  int64  // MiB
		size   int    // of a record, MB
		text   string // repeated to that size
		format string
	}{
		{"asked about", 64, 15, `\u00e9`, "csv"},
		{"rejected", 512, 100, `\"`, "jsonl"},
		{"asked about", 512, 100, `\u00e9`, "csv"},
		{"valid", 64, 15, "x", "jsonl"},
		{"valid", 64, 15, "x", "csv"},
		{"rejected", 64, 15, "x", "jsonl"},
		{"rejected", 64, 15, `\"`, "jsonl"},
		{"rejected", 64, 15, `\u00e9`, "jsonl"},
		{"valid", 512, 100, "x", "jsonl"},
		{"rejected", 512, 50, `\"`, "jsonl"},
		{"valid", 64, 15, "x", "parquet"},
		{"valid", 64, 15, `\u00e9`, "parquet"},
		{"valid", 512, 100, "x", "parquet"},
	} {
		t.Run(fmt.Sprintf("%s/size=%dMB/text=%q/limit=%dMiB/format=%s", tt.name, tt.size, tt.text, tt.limit, tt.format), func(t *testing.T) {
			dir := t.TempDir()
			loader := startLoader(t, path, map[string]any{
				"s3_bucket": "bucket", "aws_endpoint_url": "file://" + dir, "output_file_format": tt.format,
				"memory_limit_bytes": tt.limit << 20, "max_record_bytes": tt.size*1_000_000 + 100,
				"batch_wait_limit_seconds": 0, "log_level": "debug",
			})
			kind := map[string]string{"valid": `"type":"string"`, "rejected": `"type":"integer"`, "asked about": `"if":{"type":"integer"}`}[tt.name]
			_, err := fmt.Fprintf(loader.stdin, `{"type":"SCHEMA","stream":"s","schema":{"properties":{"text":{"type":"string"},"kind":{%s}}},"key_properties":[]}`+"\n", kind)
			line := `{"type":"RECORD","stream":"s","record":{"kind":"k","text":"` + strings.Repeat(tt.text, tt.size*1_000_000/len(tt.text)-10) + `"}}` + "\n"
			for range min(8, 400/tt.size) {
				if err == nil {
					_, err = io.WriteString(loader.stdin, line)
				}
			}
			if err == nil {
				_, err = io.WriteString(loader.stdin, `{"type":"STATE","value":{"done":true}}`+"\n")
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, loader.stderr.Bytes())
			}
			loader.checkPeak(t, tt.limit<<20)
			proven := !strings.Contains(loader.stderr.String(), "msg=validation stream=s proven=0 asked_gojsonschema=")
			if tt.name != "rejected" && proven != (tt.name == "valid") {
				t.Errorf("proven: %v\n%s", proven, loader.stderr.Bytes())
			}
		})
	}
}

// TestMemoryOfManyRows loads a record whose rows are many times as large as it is, and
// another of its size behind it.
func TestMemoryOfManyRows(t *testing.T) {
	if testing.Short() {
		t.Skip("writes some hundred megabytes")
	}
	const limit = 64 << 20
	for _, tt := range []struct {
		element string
		size    int // of a record, MB
	}{{"1", 2}, {`{"a":"twenty characters.."}`, 25}} {
		t.Run(fmt.Sprintf("element=%s/size=%dMB", tt.element, tt.size), func(t *testing.T) {
			loader := startLoader(t, program(t), map[string]any{
				"s3_bucket": "bucket", "aws_endpoint_url": "file://" + t.TempDir(), "output_file_format": "csv",
				"memory_limit_bytes": limit, "max_record_bytes": limit / 2, "batch_wait_limit_seconds": 0,
			})
			line := `{"type":"RECORD","stream":"s","record":{"id":"a key","list":[` + strings.Repeat(tt.element+",", tt.size*1_000_000/len(tt.element+",")) + tt.element + "]}}\n"
			for _, text := range []string{
				`{"type":"SCHEMA","stream":"s","schema":{"properties":{"id":{"type":"string"},"list":{"type":"array","items":{"properties":{"a":{}}}}}},"key_properties":["id"]}` + "\n",
				line, line, `{"type":"STATE","value":{"done":true}}` + "\n",
			} {
				if _, err := io.WriteString(loader.stdin, text); err != nil {
					t.Fatalf("%v\n%s", err, loader.stderr.Bytes())
				}
			}
			loader.checkPeak(t, limit)
		})
	}
}

// TestMemoryOfOneRecord loads records of many small values, of which several times their
// size could be made: places, members, numbers of eight bytes. What cannot fit is rejected.
func TestMemoryOfOneRecord(t *testing.T) {
	if testing.Short() {
		t.Skip("loads some hundred megabytes")
	}
	const limit = 64 << 20
	long := strings.Repeat("x", 400) // before each member that it leads to
	for _, tt := range []struct {
		name, format, schema, open, element, close string
		size                                       int // MB
		rejected                                   bool
	}{
		{"numbers", "parquet", `{"type":"array","items":{"type":"integer"}}`, "[", "N", "]", 10, false},
		{"one number", "parquet", `{"type":"array","items":{"type":"integer"}}`, "[", "1", "]", 10, false},
		{"too many numbers", "parquet", `{"type":"array","items":{"type":"integer"}}`, "[", "1", "]", 15, true},
		{"arrays", "parquet", `{"type":"array","items":{"type":"array","items":{"type":"integer"}}}`, "[", "[1]", "]", 10, false},
		{"a key again and again", "parquet", `{"type":"object","properties":{"b":{"type":"integer"}}}`, "{", `"c":1`, "}", 15, false},
		{"members without a column", "parquet", `{"type":"integer"}`, "1,", `"N":1`, "", 15, false},
		{"a key again and again", "jsonl", `{"type":"integer"}`, "1,", `"a":1`, "", 15, false},
		{"members without a column", "csv", `{"type":"object","properties":{"b":{"type":"integer"}}}`, "{", `"N":1`, "}", 15, false},
		{"members of elements", "parquet", `{"type":"array","items":{"type":"object","properties":{"b":{"type":"integer"}}}}`, "[", `{"0":1,"1":1}`, "]", 12, false},
		{"long names", "parquet", `{"type":"object","properties":{"` + long + `":{"type":"object","properties":{"b":{}}}}}`, `{"` + long + `":{`, `"N":1`, "}}", 5, true},
		{"long names", "csv", `{"type":"object","properties":{"` + long + `":{"type":"object","properties":{"b":{}}}}}`, `{"` + long + `":{`, `"N":1`, "}}", 5, true},
	} {
		t.Run(fmt.Sprintf("%s/%s/size=%dMB", tt.name, tt.format, tt.size), func(t *testing.T) {
			dir := t.TempDir()
			loader := startLoader(t, program(t), map[string]any{
				"s3_bucket": "bucket", "aws_endpoint_url": "file://" + dir, "output_file_format": tt.format,
				"memory_limit_bytes": limit, "batch_wait_limit_seconds": 0,
			})
			var line strings.Builder
			line.WriteString(`{"type":"RECORD","stream":"s","record":{"a":` + tt.open)
			for i := 0; line.Len() < tt.size*1_000_000; i++ {
				line.WriteString(strings.ReplaceAll(tt.element, "N", strconv.Itoa(i)) + ",")
			}
			text := strings.TrimSuffix(line.String(), ",") + tt.close + "}}\n"
			for _, text := range []string{
				`{"type":"SCHEMA","stream":"s","schema":{"properties":{"a":` + tt.schema + `}},"key_properties":[]}` + "\n",
				text, text, text, `{"type":"STATE","value":{"done":true}}` + "\n",
			} {
				if _, err := io.WriteString(loader.stdin, text); err != nil {
					t.Fatalf("%v\n%s", err, loader.stderr.Bytes())
				}
			}
			loader.checkPeak(t, limit)
			if files, _ := filepath.Glob(filepath.Join(dir, "bucket", "singer", "_sdc_rejected", "*")); len(files) > 0 != tt.rejected {
				t.Errorf("rejected: %v\n%s", files, loader.stderr.Bytes())
			}
		})
	}
}

// TestMemoryOfPartitions has many files that take little each: the values of one
// table, or those of many streams.
func TestMemoryOfPartitions(t *testing.T) {
	if testing.Short() {
		t.Skip("writes tens of thousands of files")
	}
	const limit = 64 << 20
	for _, tt := range []struct{ streams, values, rows int }{{1, 10_000, 100_000}, {200, 30, 200_000}} {
		t.Run(fmt.Sprintf("streams=%d/values=%d", tt.streams, tt.values), func(t *testing.T) {
			loader := startLoader(t, program(t), map[string]any{
				"s3_bucket": "bucket", "aws_endpoint_url": "file://" + t.TempDir(), "memory_limit_bytes": limit,
				"batch_wait_limit_seconds": 0, "s3_key_format_string": "[integration_name]/[table_name]/p=[field:p]/[table_version]_[timestamp_loaded]",
			})
			input := bufio.NewWriter(loader.stdin)
			for s := range tt.streams {
				fmt.Fprintf(input, `{"type":"SCHEMA","stream":"s%d","schema":{"properties":{"p":{"type":"integer"},"text":{"type":"string"}}},"key_properties":[]}`+"\n", s)
			}
			random := rand.New(rand.NewPCG(1, 2))
			text := strings.Repeat("x", 500)
			for range tt.rows {
				fmt.Fprintf(input, `{"type":"RECORD","stream":"s%d","record":{"p":%d,"text":"%s"}}`+"\n", random.IntN(tt.streams), random.IntN(tt.values), text)
			}
			fmt.Fprintln(input, `{"type":"STATE","value":{"done":true}}`)
			if err := input.Flush(); err != nil {
				t.Fatalf("%v\n%s", err, loader.stderr.Bytes())
			}
			loader.checkPeak(t, limit)
		})
	}
}

// TestMemoryOfManySchemas has thousands of streams with many columns each: of one schema,
// or each with its own.
func TestMemoryOfManySchemas(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles thousands of schemas")
	}
	const limit = 64 << 20
	for _, tt := range []struct {
		format   string
		streams  int
		distinct bool
		columns  int
	}{{"jsonl", 2000, false, 100}, {"parquet", 3000, false, 100}, {"parquet", 1000, true, 100}, {"parquet", 15_000, true, 5}} {
		t.Run(fmt.Sprintf("%s/streams=%d/distinct=%v/columns=%d", tt.format, tt.streams, tt.distinct, tt.columns), func(t *testing.T) {
			loader := startLoader(t, program(t), map[string]any{
				"s3_bucket": "bucket", "aws_endpoint_url": "file://" + t.TempDir(), "memory_limit_bytes": limit, "batch_wait_limit_seconds": 0,
				"output_file_format": tt.format, "compression": "none",
			})
			var properties, values strings.Builder
			for i := range tt.columns {
				fmt.Fprintf(&properties, `,"column_number_%d_of_NAME":{"type":["null","string"],"maxLength":255}`, i)
				fmt.Fprintf(&values, `,"column_number_%d_of_NAME":"value %d"`, i, i)
			}
			b := bufio.NewWriter(loader.stdin)
			write := func(s int, line string) {
				name := "all"
				if tt.distinct {
					name = strconv.Itoa(s)
				}
				_, _ = b.WriteString(strings.ReplaceAll(strings.ReplaceAll(line, "NAME", name), "STREAM", strconv.Itoa(s)) + "\n")
			}
			for s := range tt.streams {
				write(s, `{"type":"SCHEMA","stream":"sSTREAM","schema":{"properties":{"id":{"type":"integer"}`+properties.String()+`}},"key_properties":["id"]}`)
			}
			for s := range tt.streams {
				write(s, `{"type":"RECORD","stream":"sSTREAM","record":{"id":STREAM`+values.String()+`}}`)
			}
			_, _ = b.WriteString(`{"type":"STATE","value":{"done":true}}` + "\n")
			if err := b.Flush(); err != nil {
				t.Fatalf("%v\n%s", err, loader.stderr.Bytes())
			}
			loader.checkPeak(t, limit)
		})
	}
}

// TestMemoryOfManyColumns has tables of thousands of columns, whose footers alone come to
// many megabytes. Records have all of them, or one each.
func TestMemoryOfManyColumns(t *testing.T) {
	if testing.Short() {
		t.Skip("writes some hundred megabytes")
	}
	const limit = 64 << 20
	for _, tt := range []struct {
		tables, columns, rows int
		sparse                bool
	}{{1, 40_000, 60, false}, {1, 10_000, 12_000, true}, {8, 10_000, 8, false}} {
		t.Run(fmt.Sprintf("tables=%d/columns=%d/sparse=%v", tt.tables, tt.columns, tt.sparse), func(t *testing.T) {
			loader := startLoader(t, program(t), map[string]any{
				"s3_bucket": "bucket", "aws_endpoint_url": "file://" + t.TempDir(), "memory_limit_bytes": limit,
				"batch_wait_limit_seconds": 0, "output_file_format": "parquet",
			})
			var properties, values strings.Builder
			for i := range tt.columns {
				fmt.Fprintf(&properties, `,"column_%d":{"type":["null","string"]}`, i)
				fmt.Fprintf(&values, `,"column_%d":"value NUMBER"`, i)
			}
			b := bufio.NewWriter(loader.stdin)
			for table := range tt.tables {
				fmt.Fprintf(b, `{"type":"SCHEMA","stream":"s%d","schema":{"properties":{"of_%d":{"type":"integer"}%s}},"key_properties":[]}`+"\n", table, table, properties.String())
			}
			for row := range tt.rows {
				of := values.String()
				if tt.sparse {
					of = fmt.Sprintf(`,"column_%d":"value NUMBER"`, row*7%tt.columns)
				}
				of = strings.ReplaceAll(of, "NUMBER", strconv.Itoa(row))
				for table := range tt.tables {
					fmt.Fprintf(b, `{"type":"RECORD","stream":"s%d","record":{"of_%d":1%s}}`+"\n", table, table, of)
				}
			}
			_, _ = b.WriteString(`{"type":"STATE","value":{"done":true}}` + "\n")
			if err := b.Flush(); err != nil {
				t.Fatalf("%v\n%s", err, loader.stderr.Bytes())
			}
			loader.checkPeak(t, limit)
		})
	}
}

// checkPeak waits for the state that says that all is loaded, and ends the load.
func (r *crashRun) checkPeak(t *testing.T, limit int64) {
	t.Helper()
	if !r.awaitState(5 * time.Minute) {
		t.Fatalf("no state\n%s", r.stderr.Bytes())
	}
	peak := peakMemory(t, r.cmd.Process.Pid)
	_ = r.stdin.Close()
	if code := r.wait(t); code != 0 {
		t.Fatalf("exit %d\n%s", code, r.stderr.Bytes())
	}
	t.Logf("peak %d MiB, %+d MiB of the limit", peak>>20, (peak-limit)>>20)
	if peak > limit+beside {
		t.Errorf("peak memory is %d MiB, %d are allowed", peak>>20, (limit+beside)>>20)
	}
}

// awaitState waits for a first state, for as long as the loader runs.
func (r *crashRun) awaitState(most time.Duration) bool {
	came := func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.states) > 0
	}
	for deadline := time.Now().Add(most); !came() && time.Now().Before(deadline); {
		select {
		case <-r.read:
			return came()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return came()
}

// writeInterleaved writes records of all streams in turn, which hardly get
// smaller when they are compressed, and then a STATE.
func writeInterleaved(w io.Writer, streams, size int) error {
	b := bufio.NewWriterSize(w, 64<<10)
	for s := range streams {
		fmt.Fprintf(b, `{"type":"SCHEMA","stream":"s%03d","schema":{"properties":{"id":{"type":"integer"},"text":{"type":"string"}}},"key_properties":["id"]}`+"\n", s)
	}
	r := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, 4<<20)
	for i := range text {
		text[i] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"[r.Uint32()%64]
	}
	line := []byte{}
	for n := 0; n < size; n += len(line) {
		at := r.IntN(len(text) - 1000)
		line = fmt.Appendf(line[:0], `{"type": "RECORD", "stream": "s%03d", "record": {"id": %d, "text": "`, r.IntN(streams), n)
		line = append(line, text[at:at+100+r.IntN(900)]...)
		line = append(line, `"}}`+"\n"...)
		if _, err := b.Write(line); err != nil {
			return err
		}
	}
	_, _ = b.WriteString(`{"type":"STATE","value":{"done":true}}` + "\n")
	return b.Flush()
}

// peakMemory is the largest amount of memory that the process had resident. (What
// wait4 reports begins with that of the test itself, which forked it.)
func peakMemory(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(text), " kB"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n << 10
		}
	}
	t.Fatalf("no VmHWM in\n%s", status)
	return 0
}
