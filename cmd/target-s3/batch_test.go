package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"target-s3/target/storetest/versitygw"
)

// batchLines are those of a batch file, with these numbers.
func batchLines(first, last int) []byte {
	var b bytes.Buffer
	for n := first; n <= last; n++ {
		fmt.Fprintf(&b, `{"id":%d}`+"\n", n)
	}
	return b.Bytes()
}

func gzipped(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// batchInput is the output of a tap with a BATCH message, and a state before and after.
func batchInput(manifest ...string) io.Reader {
	list, _ := json.Marshal(manifest) // of strings
	return strings.NewReader(`{"type":"SCHEMA","stream":"t","schema":{"properties":{"id":{"type":"integer"}}},"key_properties":["id"]}` + "\n" +
		`{"type":"RECORD","stream":"t","record":{"id":1}}` + "\n" + `{"type":"STATE","value":{"n": 1}}` + "\n" +
		`{"type":"BATCH","stream":"t","encoding":{"format":"jsonl"},"manifest":` + string(list) + `}` + "\n" +
		`{"type":"STATE","value":{"n": 2}}` + "\n")
}

// Batch files are read from S3, also where connections break, and from nowhere but
// below the roots.
func TestBatchFilesOfS3(t *testing.T) {
	server := versitygw.Start(t)
	for _, bucket := range []string{"bucket", "exchange", "exchange-other"} {
		server.CreateBucket(t, bucket)
	}
	server.Put(t, "exchange", "in/1.jsonl", batchLines(2, 20_000))
	server.Put(t, "exchange", "in/a b%20+é/2.json.gz", gzipped(t, batchLines(20_001, 20_010)))
	server.Put(t, "exchange", "in/cut.gz", gzipped(t, batchLines(1, 10))[:20])
	server.Put(t, "exchange", "input/3.jsonl", batchLines(1, 1))
	server.Put(t, "exchange-other", "in/1.jsonl", batchLines(1, 1))
	service, broken := breaking(t, server.Endpoint)
	run := func(input io.Reader, want int, state string) string {
		t.Helper()
		for _, key := range server.Keys(t, "bucket") {
			server.Delete(t, "bucket", key)
		}
		p := newPipeline(t, []string{
			"s3_bucket=bucket", "aws_endpoint_url=" + service, "aws_region=" + server.Region,
			"aws_access_key_id=" + server.AccessKey, "aws_secret_access_key=" + server.SecretKey,
			`batch_roots=["s3://exchange/in"]`,
		})
		return p.want(want, state, input)
	}
	run(batchInput("s3://exchange/in/1.jsonl", "s3://exchange/in/a b%20+é/2.json.gz"), 0, "{\"n\": 1}\n{\"n\": 2}\n")
	last := 0
	for _, key := range server.Keys(t, "bucket") {
		for line := range strings.Lines(string(server.Get(t, "bucket", key).Content)) {
			if last++; !strings.HasPrefix(line, `{"id":`+strconv.Itoa(last)+",") {
				t.Fatalf("row %d is %s", last, line)
			}
		}
	}
	if last != 20_010 || broken.Load() < 2 {
		t.Errorf("%d rows, %d connections broke", last, broken.Load())
	}
	const at = `input line 4 \(byte \d+\): BATCH of stream "t": `
	for address, problem := range map[string]string{
		"s3://exchange/in/none":            at + `s3://exchange/in/none: GetObject s3://exchange/in/none: NoSuchKey`,
		"s3://exchange/in/cut.gz":          at + `s3://exchange/in/cut.gz after line 1: the file is cut off`,
		"s3://exchange/input/3.jsonl":      at + `s3://exchange/input/3.jsonl: is not below one of batch_roots \(s3://exchange/in/\)`,
		"s3://exchange/in/../input/3.json": at + `s3://exchange/in/../input/3.json: must not have \. or \.\. `,
		"s3://exchange-other/in/1.jsonl":   at + `s3://exchange-other/in/1.jsonl: is not below one of batch_roots`,
	} {
		stderr := run(batchInput(address), 1, "{\"n\": 1}\n")
		if !regexp.MustCompile("(?m)^target-s3: " + problem).MatchString(stderr) {
			t.Errorf("%s: no %s in\n%s", address, problem, stderr)
		}
	}
}

// breaking is a way to the service on which the connections break that read a batch
// file, each after some bytes.
func breaking(t *testing.T, endpoint string) (address string, broken *atomic.Int64) {
	t.Helper()
	to, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	broken = new(atomic.Int64)
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // which is signed
	}}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/in/1.jsonl") {
			w = &breakingWriter{w, 100_000, broken}
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL, broken
}

type breakingWriter struct {
	http.ResponseWriter
	left   int
	broken *atomic.Int64
}

func (w *breakingWriter) Write(p []byte) (int, error) {
	if len(p) <= w.left {
		w.left -= len(p)
		return w.ResponseWriter.Write(p)
	}
	_, _ = w.ResponseWriter.Write(p[:w.left])
	w.ResponseWriter.(http.Flusher).Flush()
	w.broken.Add(1)
	panic(http.ErrAbortHandler)
}

// A tap of the Meltano SDK gives the same rows with batch_config as without.
func TestBatchFilesOfTheSDK(t *testing.T) {
	python := cmp.Or(os.Getenv("TEST_TARGET_S3_PYTHON"), "python3")
	if err := exec.CommandContext(t.Context(), python, "-c", "import singer_sdk").Run(); err != nil {
		t.Skip("needs singer-sdk (pip install -r cmd/target-s3/testdata/readers/requirements.txt)")
	}
	dir := t.TempDir()
	batches := filepath.Join(dir, "a b", "50%")
	root, state := (&url.URL{Scheme: "file", Path: batches}).String(), ""
	load := func(tapConfig map[string]any) (rows []map[string]any) {
		t.Helper()
		text, err := json.Marshal(tapConfig)
		if err != nil {
			t.Fatal(err)
		}
		settings := filepath.Join(dir, "tap.json")
		if err := os.WriteFile(settings, text, 0o600); err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		tap := exec.CommandContext(t.Context(), python, "testdata/readers/sdk_tap.py", "--config", settings)
		tap.Stderr = &stderr
		input, err := tap.Output()
		if err != nil {
			t.Fatalf("the tap: %v\n%s", err, &stderr)
		}
		out := t.TempDir()
		p := newPipeline(t, []string{"s3_bucket=bucket", "aws_endpoint_url=file:" + out, "batch_roots=" + root})
		r := p.run(bytes.NewReader(input))
		if r.code != 0 || strings.Contains(r.stderr, "level=WARN") {
			t.Fatalf("exit code %d\n%s\n%s", r.code, r.stderr, input)
		}
		states := strings.Split(strings.TrimSuffix(r.stdout, "\n"), "\n")
		if last := states[len(states)-1]; state == "" {
			state = last
		} else if last != state {
			t.Errorf("last state %s, and with batches %s", state, last)
		}
		files, err := filepath.Glob(filepath.Join(out, "bucket", "raw", "singer", "numbers", "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(text)) {
				var row map[string]any
				if err := json.Unmarshal([]byte(line), &row); err != nil {
					t.Fatal(err)
				}
				maps.DeleteFunc(row, func(name string, _ any) bool { return strings.HasPrefix(name, "_sdc_") })
				rows = append(rows, row)
			}
		}
		return rows
	}
	want := load(map[string]any{})
	for _, compression := range []string{"gzip", "none"} { // the batcher writes gzip in either case
		got := load(map[string]any{"batch_config": map[string]any{
			"encoding": map[string]any{"format": "jsonl", "compression": compression}, "batch_size": 10,
			"storage": map[string]any{"root": "file://" + batches},
		}})
		if len(got) != 25 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: rows\n%v\nwant\n%v", compression, got, want)
		}
	}
	if files, err := filepath.Glob(filepath.Join(batches, "*.json.gz")); len(files) != 6 {
		t.Errorf("the tap wrote %q, %v", files, err)
	}
}
