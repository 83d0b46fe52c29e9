package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"target-s3/target/config"
)

// sdkStreams are the streams that the Meltano SDK tests targets with, and what passing
// means for a target that appends files. docs/meltano.md has the words.
var sdkStreams = map[string]struct {
	records, rejected int
	code              int
	state             string
	word              string
}{
	"array_data":                       {4, 0, 0, `{"test_array_data": 4}`, "arrays stay arrays; with `csv` they are rows of a subtable"},
	"camelcase":                        {2, 0, 0, "", "names of tables and columns keep their case"},
	"camelcase_complex_schema":         {0, 0, 0, "", "a stream without records leaves no file"},
	"duplicate_records":                {5, 0, 0, `{"test_duplicate_records": 2}`, "all five rows: loads append, and a [query](querying.md#the-rows-that-count) finds the newest row of a key"},
	"encoded_string_data":              {28, 0, 0, `{"test_strings": 11, "test_strings_in_objects": 11, "test_strings_in_arrays": 6}`, "every text is the same when it is read again"},
	"invalid_schema":                   {0, 0, 0, "", "a schema without properties describes no column and is not an error; the SDK's own targets refuse it"},
	"multiple_state_messages":          {12, 0, 0, `{"test_multiple_state_messages_a": 5, "test_multiple_state_messages_b": 6}`, "the last of three states: it covers the others"},
	"no_primary_keys":                  {3, 0, 0, `{"test_no_pk": 3}`, "rows are appended, keys or none"},
	"no_primary_keys_append":           {5, 0, 0, `{"test_no_pk": 5}`, "the same, in a second load: another file"},
	"optional_attributes":              {4, 0, 0, `{"test_optional_attributes": 4}`, "a column that a record lacks is missing (`jsonl`), empty (`csv`) or null (`parquet`)"},
	"pk_updates":                       {2, 0, 0, "", "a schema that changes begins another file"},
	"record_before_schema":             {0, 0, 1, "", "exit code 1, with the line: nothing says what the record is"},
	"record_missing_fields":            {2, 0, 0, "", "as optional_attributes"},
	"record_missing_key_property":      {0, 1, 0, "", "rejected, with the reason, and the load goes on; `invalid_records: fail` makes it fatal, as in the SDK's own targets"},
	"record_missing_required_property": {0, 1, 0, "", "the same"},
	"schema_no_properties":             {4, 0, 0, "", "an object without properties stays JSON text, where columns need types"},
	"schema_updates":                   {6, 0, 0, `{"test_schema_updates": 6}`, "each change of the schema begins another file"},
	"special_chars_in_attributes":      {1, 0, 0, "", "names of columns stay as they are; the table's name is made fit for a key"},
	"user_location_data":               {11, 0, 0, `{"test_users": 5, "test_locations": 3, "test_user_in_location": 3}`, "three tables"},
	"user_location_upsert_data":        {14, 0, 0, `{"test_users": 13, "test_locations": 8, "test_user_in_location": 14}`, "rows are appended, not merged"},
}

// TestTargetStreams loads all streams of the installed SDK, and holds each line of the log
// to its schema.
func TestTargetStreams(t *testing.T) {
	folder := sdkFolder(t)
	inputs, err := filepath.Glob(filepath.Join(folder, "testing", "target_test_streams", "*.singer"))
	if err != nil || len(inputs) < len(sdkStreams) {
		t.Fatalf("%d streams in %s: %v", len(inputs), folder, err)
	}
	var log bytes.Buffer
	for _, format := range []string{config.FormatJSONL, config.FormatCSV, config.FormatParquet} {
		for _, input := range inputs {
			name := strings.TrimSuffix(filepath.Base(input), ".singer")
			t.Run(format+"/"+name, func(t *testing.T) { loadSDKStream(t, format, name, input, &log) })
		}
	}
	validate := exec.CommandContext(t.Context(), sdkPython(), "-c", `import json, pathlib, sys, jsonschema, singer_sdk
schema = json.loads((pathlib.Path(singer_sdk.__file__).parent / "schemas" / "logs.schema.json").read_text())
validator = jsonschema.Draft202012Validator(schema)
print(sum(1 for line in sys.stdin if validator.validate(json.loads(line)) is None))`)
	lines := bytes.Count(log.Bytes(), []byte("\n"))
	validate.Stdin = &log
	if out, err := validate.CombinedOutput(); err != nil || lines == 0 {
		t.Errorf("%d lines of the log: %v\n%s", lines, err, out)
	}
}

func loadSDKStream(t *testing.T, format, name, input string, log *bytes.Buffer) {
	want, known := sdkStreams[name]
	if !known {
		t.Fatal("a stream that nobody has thought about; what should become of it?")
	}
	p := newPipeline(t, []string{"s3_bucket=bucket", "aws_endpoint_url=file:" + t.TempDir(), "output_file_format=" + format, "log_format=singer"})
	r := p.run(unread{t}, "--input", input)
	log.WriteString(r.stderr)
	if r.code != want.code {
		t.Errorf("exit code %d, want %d\n%s", r.code, want.code, r.stderr)
	}
	if want.code == 0 {
		compareCounts(t, r.stderr, want.records, want.rejected)
	}
	states := strings.Split(strings.TrimSuffix(r.stdout, "\n"), "\n")
	if last := states[len(states)-1]; last != want.state {
		t.Errorf("last state %s, want %s", last, want.state)
	}
}

// compareCounts finds the summary in the lines of a log.
func compareCounts(t *testing.T, log string, records, rejected int) {
	t.Helper()
	if want := fmt.Sprintf(" records=%d rejected=%d ", records, rejected); !strings.Contains(log, "load ended status=succeeded"+want) {
		t.Errorf("not%s\n%s", want, log)
	}
}

// TestDocsTargetStreams holds the words in docs.
func TestDocsTargetStreams(t *testing.T) {
	page := pages(t)["../../docs/meltano.md"]
	for name, s := range sdkStreams {
		if row := "| `" + name + "` | " + s.word + " |\n"; !strings.Contains(page, row) {
			t.Errorf("docs/meltano.md lacks %s", row)
		}
	}
}

func sdkPython() string { return cmp.Or(os.Getenv("TEST_TARGET_S3_PYTHON"), "python3") }

// sdkFolder is where the SDK is installed.
func sdkFolder(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), sdkPython(), "-c", "import singer_sdk; print(singer_sdk.__path__[0])").Output()
	if err != nil {
		t.Skip("needs singer-sdk (pip install -r cmd/target-s3/testdata/readers/requirements.txt)")
	}
	return strings.TrimSpace(string(out))
}
