//go:build linux && !race

package main_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"target-s3/target/compress"
)

// TestMemoryOfBatchFiles loads files that are small, and not when they are
// decompressed: one line of a gigabyte, and records whose text comes again so far back
// that a decoder must keep much of it.
func TestMemoryOfBatchFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("writes some gigabytes")
	}
	path, dir := program(t), t.TempDir()
	line, rows := filepath.Join(dir, "line.gz"), filepath.Join(dir, "rows.zst")
	writeFile(t, line, func(w io.Writer) error {
		z := gzip.NewWriter(w)
		_, err := io.WriteString(z, `{"text":"`)
		for range 1 << 10 {
			if err == nil {
				_, err = io.WriteString(z, strings.Repeat("x", 1<<20))
			}
		}
		if err == nil {
			_, err = io.WriteString(z, "\"}\n")
		}
		if err == nil {
			err = z.Close()
		}
		return err
	})
	codec, err := compress.New("zstd", 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, rows, func(w io.Writer) error {
		block := []byte(strings.Repeat(`{"text":"`+strings.Repeat("0123456789", 100)+`"}`+"\n", 250))
		frame := codec.Block(nil, nil, block)
		for range 1000 {
			if _, err := w.Write(frame); err != nil {
				return err
			}
		}
		return nil
	})
	for _, limit := range []int64{64, 512} {
		t.Run(fmt.Sprintf("limit=%dMiB", limit), func(t *testing.T) {
			loader := startLoader(t, path, map[string]any{
				"s3_bucket": "bucket", "aws_endpoint_url": "file://" + t.TempDir(), "compression": "gzip", "batch_wait_limit_seconds": 0,
				"memory_limit_bytes": limit << 20, "batch_roots": []string{"file://" + dir},
			})
			manifest := ""
			for range 4 {
				manifest += `,"file://` + line + `","file://` + rows + `"`
			}
			_, err := fmt.Fprintf(loader.stdin, `{"type":"SCHEMA","stream":"s","schema":{"properties":{"text":{"type":"string"}}},"key_properties":[]}
{"type":"BATCH","stream":"s","encoding":{"format":"jsonl"},"manifest":[%s]}
{"type":"STATE","value":{"done":true}}
`, manifest[1:])
			if err != nil {
				t.Fatal(err)
			}
			loader.checkPeak(t, limit<<20)
			if text := loader.stderr.String(); !strings.Contains(text, " records="+strconv.Itoa(4*250_000)+" rejected=4 ") {
				t.Error(text)
			}
		})
	}
}

func writeFile(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	f, err := os.Create(name)
	if err == nil {
		err = write(f)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}
