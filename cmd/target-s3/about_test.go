package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"target-s3/target/config"
)

// TestAboutRefusesNothing: what the program accepts is valid under the schema of --about:
// any name of a setting, and strings for what is none. The program is what validates.
func TestAboutRefusesNothing(t *testing.T) {
	var about bytes.Buffer
	if err := config.About(&about, "json", "1"); err != nil {
		t.Fatal(err)
	}
	var described struct{ Settings map[string]any }
	if err := json.Unmarshal(about.Bytes(), &described); err != nil {
		t.Fatal(err)
	}
	described.Settings["$schema"] = "http://json-schema.org/draft-07/schema#" // which it is as well
	sample, err := os.ReadFile("../../config.sample.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, settings := range map[string]string{
		"sample":  string(sample),
		"strings": `{"s3_bucket": "my-bucket", "batch_size_rows": "128", "batch_wait_limit_seconds": "0.5", "csv_force_quote": "true", "force_path_style": "false", "object_tags": "a=b"}`,
		"aliases": `{"s3_bucket": "my-bucket", "delimiter": "\\t", "region": "eu-central-1", "max_batch_size": 10, "encryption_type": "none"}`,
		"others":  `{"s3_bucket": "my-bucket", "load_method": "append-only", "stream_maps": {}, "temp_dir": null, "max_rejected_records": null, "compression": null}`,
		"streams": `{"s3_bucket": "my-bucket", "streams": {"crm_*": {"batch_size_rows": "5", "delimiter": "|", "output_file_format": "csv"}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := config.Load(config.JSON("config.json", []byte(settings))); err != nil {
				t.Fatal(err)
			}
			if stderr, code := judge(t, described.Settings, settings); code != 0 {
				t.Errorf("exit code %d\n%s", code, stderr)
			}
		})
	}
	if _, code := judge(t, described.Settings, `{"s3_bucket": "my-bucket", "compressing": "gzip"}`); code != exitFailed {
		t.Errorf("an unknown setting is valid: exit code %d", code)
	}
}

// judge loads a record with a schema, and nothing that is invalid.
func judge(t *testing.T, schema map[string]any, record string) (stderr string, code int) {
	t.Helper()
	dir := t.TempDir()
	message, err := json.Marshal(map[string]any{"type": "SCHEMA", "stream": "settings", "key_properties": []string{}, "schema": schema})
	if err != nil {
		t.Fatal(err)
	}
	var line bytes.Buffer
	if err := json.Compact(&line, []byte(record)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"config.json": `{"s3_bucket": "my-bucket", "invalid_records": "fail", "aws_endpoint_url": "file:` + filepath.ToSlash(dir) + `"}`,
		"in.singer":   string(message) + "\n" + `{"type": "RECORD", "stream": "settings", "record": ` + line.String() + "}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var told strings.Builder
	code = execute(t.Context(), process{
		args:   []string{"--config", filepath.Join(dir, "config.json"), "--input", filepath.Join(dir, "in.singer")},
		getenv: func(string) string { return "" }, stdin: strings.NewReader(""), stdout: &bytes.Buffer{}, stderr: &told,
	})
	return told.String(), code
}
