package main_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"target-s3/target/storetest/versitygw"
)

// tap is a recording of a real tap's output, and what is known about it.
type tap struct {
	name     string // folder in testdata/taps
	source   func(*testing.T) map[string][]values
	forms    map[string]form   // by stream.column, where the tap writes a value in another form
	own      []string          // columns that the tap adds
	rejected map[string]string // stream#number of the record, from 1: part of the reason
	renamed  map[string]string // columns of CSV files, where the tap's name is taken
	replay   string            // key column of a table that is told as changes
}

// form turns a value into what its different spellings have in common. It is
// used on what was loaded and on what the source says.
type form func(any) any

var taps = []tap{
	{
		name: "meltanolabs-tap-postgres", source: shop,
		renamed: map[string]string{"ID": "ID_b4d8b0da"}, // beside id
		forms: map[string]form{
			"shop-orders.updated_at": instant, "shop-events.at": instant, "shop-times.local": instant, "shop-times.zoned": instant,
			"shop-times.clock": clock, "shop-documents.bytes": hexBytes, "shop-measurements.value": finite, "shop-measurements.exact": finite,
		},
		// The schema of an array column forbids null elements and inner arrays.
		rejected: map[string]string{
			"shop-arrays#2": "Invalid type", "shop-arrays#3": "Invalid type", "shop-arrays#4": "Invalid type",
		},
	},
	{
		name: "pipelinewise-tap-postgres", source: shop,
		renamed: map[string]string{"ID": "ID_b4d8b0da"},
		forms: map[string]form{
			"shop-orders.updated_at": instant, "shop-events.at": instant,
			"shop-times.day": instant, "shop-times.local": instant, "shop-times.zoned": instant, "shop-times.clock": clock,
			"shop-documents.bytes": absent, "shop-documents.doc": double, "shop-documents.plain": double,
			"shop-measurements.value": finite, "shop-measurements.exact": finite,
			"shop-null_arrays.texts": emptyForNull, "shop-null_arrays.ints": emptyForNull,
		},
	},
	{
		name: "meltanolabs-tap-postgres-log", source: depot, replay: "sku",
		forms: map[string]form{"depot-stock.counted_at": instant},
		own:   []string{"_sdc_deleted_at", "_sdc_lsn"},
	},
	{
		name: "pipelinewise-tap-postgres-log", source: depot, replay: "sku",
		forms: map[string]form{"depot-stock.counted_at": instant},
		own:   []string{"_sdc_deleted_at"},
		// The tap sends 1.10 and 99999.99 as the digits of the nearest double,
		// and its own schema says that they are multiples of 0.01.
		rejected: map[string]string{"depot-stock#11": "multiple of", "depot-stock#20": "multiple of"},
	},
	{
		name: "tap-csv-folder", source: csvFiles("people", "awkward", "bom"),
		own: []string{"_sdc_line_number", "_sdc_path", "_sdc_modified_at"},
		// Fields that a short row lacks are null, which the schema forbids.
		rejected: map[string]string{"awkward#14": "Invalid type", "awkward#17": "Invalid type"},
		renamed:  map[string]string{"": "_"},
	},
	{
		name: "pipelinewise-tap-s3-csv", source: csvFiles("people", "awkward=awkward rows"),
		forms:   map[string]form{"people.born": instant},
		own:     []string{"_sdc_source_bucket", "_sdc_source_file", "_sdc_source_lineno", "_sdc_extra"},
		renamed: map[string]string{"_sdc_extra": "_sdc_extra_33b4cabf"},
	},
}

// TestRealTaps loads what real taps wrote and compares every value in the bucket
// with the recording, and with the source as it is exported without Singer.
func TestRealTaps(t *testing.T) {
	server := versitygw.Start(t)
	program := program(t)
	for _, tap := range taps {
		for _, format := range []string{"jsonl", "csv"} {
			for _, compression := range []string{"none", "gzip"} {
				t.Run(tap.name+"/"+format+"/"+compression, func(t *testing.T) {
					if testing.Short() && (format == "csv") != (compression == "gzip") {
						t.Skip("for -short one compression of each format is enough")
					}
					l := load{tap: tap, format: format, recording: readRecording(t, tap.name)}
					bucket := strings.ToLower(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(t.Name()[len("TestRealTaps/"):], "-"))
					server.CreateBucket(t, bucket)
					stdout := l.run(t, program, server, bucket, compression)
					l.checkStates(t, stdout)
					l.read(t, server, bucket, compression)
					l.checkRejected(t)
					l.checkRecords(t)
					l.checkSource(t)
				})
			}
		}
	}
}

// program is the path of the program: this binary, which is the program under
// that name (see TestMain), so that nothing has to be built.
func program(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("target-s3")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// values are the columns of a row: what encoding/json makes of them, numbers as
// json.Number.
type values map[string]any

// record is a RECORD message of the recording.
type record struct {
	stream  string
	text    json.RawMessage
	version json.Number
	time    any
	keyless bool
	columns []string // of the schema in force
	number  int      // in its stream, from 1
}

type recording struct {
	records []record
	states  []string
}

func readRecording(t *testing.T, name string) (r recording) {
	t.Helper()
	compressed, err := os.ReadFile(filepath.Join("testdata", "taps", name, "messages.singer.gz"))
	check(t, err)
	streams, counts := map[string]record{}, map[string]int{}
	for _, line := range lines(t, gunzip(t, compressed)) {
		var m struct {
			Type, Stream  string
			Schema        struct{ Properties json.RawMessage }
			Keys          []string `json:"key_properties"`
			Record, Value json.RawMessage
			Version       json.Number
			TimeExtracted any `json:"time_extracted"`
		}
		check(t, json.Unmarshal(line, &m))
		switch m.Type {
		case "SCHEMA":
			streams[m.Stream] = record{stream: m.Stream, keyless: len(m.Keys) == 0, columns: memberNames(t, m.Schema.Properties)}
		case "STATE":
			r.states = append(r.states, string(m.Value))
		case "RECORD":
			counts[m.Stream]++
			rec := streams[m.Stream]
			rec.text, rec.version, rec.time, rec.number = m.Record, m.Version, m.TimeExtracted, counts[m.Stream]
			if rec.version == "" {
				rec.version = "1"
			}
			r.records = append(r.records, rec)
		}
	}
	return r
}

// load is one run of the program, and what it left in the bucket.
type load struct {
	tap
	recording
	format   string
	rows     []row
	rejects  []values
	accepted []values // the rows again, as checkRecords found them to be
}

// row is one row of a file.
type row struct {
	table, version string // of the object's key
	loaded         int64
	names          []string
	values         values // of CSV files nil or cell
	sequence       int64
}

// cell is a field of a CSV file. What type it is of the file does not say.
type cell string

func (l *load) run(t *testing.T, program string, server *versitygw.Server, bucket, compression string) (stdout string) {
	t.Helper()
	settings := map[string]any{
		"s3_bucket": bucket, "aws_endpoint_url": server.Endpoint, "aws_region": server.Region,
		"aws_access_key_id": server.AccessKey, "aws_secret_access_key": server.SecretKey,
		"output_file_format": l.format, "compression": compression,
	}
	if compression == "gzip" {
		settings["batch_size_rows"] = 300 // several files of a table
	}
	if about, err := exec.CommandContext(t.Context(), program, "--about", "--format", "json").Output(); err == nil && bytes.Contains(about, []byte("csv_arrays")) {
		settings["csv_arrays"] = "json" // subtables have tests of their own
	}
	text, err := json.Marshal(settings)
	check(t, err)
	home := t.TempDir()
	config := filepath.Join(home, "config.json")
	check(t, os.WriteFile(config, text, 0o600))

	cmd := exec.CommandContext(t.Context(), program, "--config", config, "--input", filepath.Join("testdata", "taps", l.name, "messages.singer.gz"))
	cmd.Env = []string{"HOME=" + home, "AWS_EC2_METADATA_DISABLED=true"}
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, log.Bytes())
	}
	return out.String()
}

// checkStates holds that states come out in order and as they came in, that the
// last is among them, and that an empty one is not.
func (l *load) checkStates(t *testing.T, stdout string) {
	t.Helper()
	out, left := lines(t, []byte(stdout)), l.states
	for _, state := range out {
		i := slices.Index(left, string(state))
		if i < 0 || string(state) == "{}" {
			t.Fatalf("standard output has %s, which is not a state of the recording, or not in order", state)
		}
		left = left[i+1:]
	}
	if last := l.states[len(l.states)-1]; len(out) == 0 || string(out[len(out)-1]) != last {
		t.Errorf("standard output ends with %s, want the last state, %s", out[max(0, len(out)-1):], last)
	}
}

var keyPattern = regexp.MustCompile(`^singer/([A-Za-z0-9_.-]+)/(\d+)_(\d+)\.(jsonl|csv)(\.gz)?$`)

// read reads the whole bucket.
func (l *load) read(t *testing.T, server *versitygw.Server, bucket, compression string) {
	t.Helper()
	for _, key := range server.Keys(t, bucket) {
		m := keyPattern.FindStringSubmatch(key)
		if m == nil || (m[5] == ".gz") != (compression == "gzip" && m[1] != "_sdc_rejected") {
			t.Fatalf("unexpected key %s", key)
		}
		content := server.Get(t, bucket, key).Content
		if m[5] == ".gz" {
			content = gunzip(t, content)
		}
		loaded, err := strconv.ParseInt(m[3], 10, 64)
		check(t, err)
		r := row{table: m[1], version: m[2], loaded: loaded}
		switch {
		case r.table == "_sdc_rejected" && m[4] == "jsonl":
			for _, line := range lines(t, content) {
				l.rejects = append(l.rejects, decode(t, line).(map[string]any))
			}
		case m[4] != l.format:
			t.Fatalf("unexpected format of %s", key)
		case l.format == "csv":
			l.readCSV(t, r, content)
		default:
			for _, line := range lines(t, content) {
				r.values, r.names = decode(t, line).(map[string]any), memberNames(t, line)
				l.rows = append(l.rows, r)
			}
		}
	}
	for i := range l.rows {
		l.rows[i].sequence = l.rows[i].integer(t, "_sdc_sequence")
	}
	slices.SortFunc(l.rows, func(a, b row) int { return int(a.sequence - b.sequence) })
}

func (l *load) readCSV(t *testing.T, r row, content []byte) {
	t.Helper()
	rows, err := parseCSV(string(content))
	check(t, err)
	for _, name := range rows[0] {
		r.names = append(r.names, string(name.(cell)))
	}
	for _, fields := range rows[1:] {
		if len(fields) != len(r.names) {
			t.Fatalf("table %s: a row of %d fields under %d names: %q", r.table, len(fields), len(r.names), fields)
		}
		r.values = values{}
		for i, name := range r.names {
			r.values[name] = fields[i]
		}
		l.rows = append(l.rows, r)
	}
}

func (r row) text(column string) string {
	if r.values[column] == nil {
		return ""
	}
	return fmt.Sprint(r.values[column])
}

func (r row) integer(t *testing.T, column string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(r.text(column), 10, 64)
	if err != nil {
		t.Fatalf("table %s: column %s: %v", r.table, column, err)
	}
	return n
}

// checkRejected holds that just the records are rejected that have to be, with
// their whole text. What remains in l.records are the others.
func (l *load) checkRejected(t *testing.T) {
	t.Helper()
	rejects := l.rejects
	l.records = slices.DeleteFunc(l.records, func(r record) bool {
		reason, expected := l.rejected[fmt.Sprintf("%s#%d", r.stream, r.number)]
		if !expected || len(rejects) == 0 {
			return false
		}
		got := rejects[0]
		rejects = rejects[1:]
		if got["table_name"] != r.stream || got["record"] != string(r.text) || !strings.Contains(got["reason"].(string), reason) || !timestamp.MatchString(got["_sdc_rejected_at"].(string)) {
			t.Errorf("rejected: %v, want record %d of %s: %s: %s", got, r.number, r.stream, reason, r.text)
		}
		return true
	})
	if len(l.rejects) != len(l.rejected) {
		t.Errorf("%d records rejected, want %d; the last: %v", len(l.rejects), len(l.rejected), l.rejects[max(0, len(l.rejects)-1):])
	}
}

var (
	timestamp  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	uuid       = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	unsafeRune = regexp.MustCompile(`[^A-Za-z0-9_.-]`)
)

// checkRecords holds that the rows, by _sdc_sequence, are the records in the
// order of the recording, each value with its very digits.
func (l *load) checkRecords(t *testing.T) {
	t.Helper()
	if len(l.rows) != len(l.records) {
		t.Fatalf("%d rows in the bucket, want %d", len(l.rows), len(l.records))
	}
	keys := map[string]bool{}
	for i, r := range l.rows {
		want := l.records[i]
		if i > 0 && r.sequence <= l.rows[i-1].sequence {
			t.Fatalf("_sdc_sequence %d follows %d", r.sequence, l.rows[i-1].sequence)
		}
		if r.table != folder(want.stream) || r.version != want.version.String() {
			t.Fatalf("row %d is in %s/%s, want stream %s, version %s", i, r.table, r.version, want.stream, want.version)
		}
		l.checkSystem(t, r, want, keys)
		l.accepted = append(l.accepted, l.checkValues(t, r, want))
		if t.Failed() {
			t.Fatalf("at record %d of %s: %s", want.number, want.stream, want.text)
		}
	}
}

// folder is where a stream's rows are: its name where a key may have that, else
// made so, with a hash.
func folder(stream string) string {
	safe := unsafeRune.ReplaceAllString(stream, "_")
	if safe == stream {
		return stream
	}
	return fmt.Sprintf("%s-%.4x", safe, sha256.Sum256([]byte(stream)))
}

// checkSystem holds that the system columns are there, after all others, with
// plausible values.
func (l *load) checkSystem(t *testing.T, r row, want record, keys map[string]bool) {
	t.Helper()
	columns := want.columns
	if l.format == "jsonl" {
		columns = memberNames(t, want.text)
	}
	names := []string{"_sdc_extracted_at", "_sdc_received_at", "_sdc_batched_at", "_sdc_table_version", "_sdc_sequence"}
	if want.keyless {
		names = append(names, "__sdc_primary_key")
		if key := r.text("__sdc_primary_key"); !uuid.MatchString(key) || keys[key] {
			t.Errorf("__sdc_primary_key is %q: no UUID, or there twice", key)
		} else {
			keys[key] = true
		}
	}
	names = slices.Concat(columns, names)
	for i, name := range names {
		if other, ok := l.renamed[name]; ok && l.format == "csv" {
			names[i] = other
		}
	}
	if !slices.Equal(r.names, names) {
		t.Errorf("columns %q, want %q", r.names, names)
	}
	if r.text("_sdc_extracted_at") != want.time {
		t.Errorf("_sdc_extracted_at is %s, want %v", r.text("_sdc_extracted_at"), want.time)
	}
	if at := r.text("_sdc_batched_at"); at != time.UnixMilli(r.loaded).UTC().Format("2006-01-02T15:04:05.000Z") {
		t.Errorf("_sdc_batched_at is %s, the key has %d", at, r.loaded)
	}
	if at := r.text("_sdc_received_at"); !timestamp.MatchString(at) {
		t.Errorf("_sdc_received_at is %s", at)
	}
	if v := r.text("_sdc_table_version"); v != r.version {
		t.Errorf("_sdc_table_version is %s, the key has %s", v, r.version)
	}
}

// checkValues compares a row with its record and returns its values, which have
// types now.
func (l *load) checkValues(t *testing.T, r row, want record) values {
	t.Helper()
	expected, got := decode(t, want.text).(map[string]any), values{}
	columns := want.columns
	if l.format == "jsonl" {
		columns = memberNames(t, want.text)
	}
	for _, name := range columns {
		column := name
		if other, ok := l.renamed[name]; ok && l.format == "csv" {
			column = other
		}
		got[name] = typed(t, r.values[column], expected[name])
		if !reflect.DeepEqual(got[name], expected[name]) {
			t.Errorf("column %s: %#v, want %#v", name, got[name], expected[name])
		}
	}
	return got
}

// typed reads a cell as a value of the same type as another. All else is as it
// was.
func typed(t *testing.T, v, like any) any {
	t.Helper()
	c, ok := v.(cell)
	if !ok {
		return v
	}
	switch like.(type) {
	case json.Number:
		return json.Number(c)
	case bool, []any, map[string]any:
		return decode(t, []byte(c))
	}
	return string(c)
}

// checkSource compares all tables with what the source says of itself.
func (l *load) checkSource(t *testing.T) {
	t.Helper()
	got := map[string][]values{}
	for i, v := range l.accepted {
		got[l.records[i].stream] = append(got[l.records[i].stream], v)
	}
	skip := map[any]bool{}
	for _, r := range l.rejects {
		stream, v := r["table_name"].(string), values(decode(t, []byte(r["record"].(string))).(map[string]any))
		if l.replay == "" { // what is rejected is not lost: it counts as loaded
			got[stream] = append(got[stream], v)
		} else {
			skip[v[l.replay]] = true
		}
	}
	source := l.source(t)
	for stream, rows := range source {
		have := got[stream]
		if l.replay != "" {
			have = replayed(have, l.replay)
			have, rows = without(have, l.replay, skip), without(rows, l.replay, skip)
		}
		a, b := l.canonical(t, stream, have), l.canonical(t, stream, rows)
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("%s: loaded\n%s\nthe source has\n%s", stream, a[i], b[i])
			}
		}
		if len(a) != len(b) {
			t.Fatalf("%s: %d rows were loaded, the source has %d", stream, len(a), len(b))
		}
	}
	for stream := range got {
		if _, ok := source[stream]; !ok {
			t.Errorf("table %s was loaded, the source has none", stream)
		}
	}
}

// replayed applies changes in their order.
func replayed(changes []values, key string) []values {
	table := map[any]values{}
	for _, v := range changes {
		if v["_sdc_deleted_at"] != nil {
			delete(table, v[key])
		} else {
			table[v[key]] = v
		}
	}
	return slices.Collect(maps.Values(table))
}

func without(rows []values, key string, skip map[any]bool) []values {
	return slices.DeleteFunc(rows, func(v values) bool { return skip[v[key]] })
}

// canonical returns the rows as sorted texts, which are the same for the same
// values. A missing value is null.
func (l *load) canonical(t *testing.T, stream string, rows []values) []string {
	t.Helper()
	var texts []string
	for _, r := range rows {
		r = maps.Clone(r)
		for _, name := range l.own {
			delete(r, name)
		}
		for name, v := range r {
			if f := l.forms[stream+"."+name]; f != nil {
				v = f(v)
			}
			if r[name] = v; v == nil {
				delete(r, name)
			}
		}
		texts = append(texts, canonical(t, map[string]any(r)))
	}
	slices.Sort(texts)
	return texts
}

func canonical(t *testing.T, v any) string {
	t.Helper()
	var parts []string
	switch v := v.(type) {
	case json.Number:
		n, ok := new(big.Rat).SetString(v.String())
		if !ok {
			t.Fatalf("%s is not a number", v)
		}
		return n.RatString()
	case []any:
		for _, e := range v {
			parts = append(parts, canonical(t, e))
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, fmt.Sprintf("%q: %s", key, canonical(t, v[key])))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	default:
		return fmt.Sprintf("%#v", v)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// The forms.

func instant(v any) any {
	text, _ := v.(string)
	for _, layout := range []string{"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05Z07", "2006-01-02T15:04:05", "2006-01-02"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC().Format(time.RFC3339Nano)
		}
	}
	return v
}

func clock(v any) any {
	if text, ok := v.(string); ok && strings.Contains(text, ".") {
		return strings.TrimRight(text, "0")
	}
	return v
}

func hexBytes(v any) any {
	if text, ok := v.(string); ok {
		return strings.TrimPrefix(text, `\x`)
	}
	return v
}

// finite is for a tap that has null for what is not a number to JSON.
func finite(v any) any {
	if _, ok := v.(string); ok {
		return nil
	}
	return v
}

// absent is for a column that the tap cannot read.
func absent(any) any { return nil }

func emptyForNull(v any) any {
	if v == nil {
		return []any{}
	}
	return v
}

// double is for a tap that reads numbers in documents as Python floats, and
// integers as they are.
func double(v any) any {
	switch v := v.(type) {
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			f, _ := v.Float64()
			return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
		}
	case []any:
		v = slices.Clone(v)
		for i := range v {
			v[i] = double(v[i])
		}
		return v
	case map[string]any:
		v = maps.Clone(v)
		for key := range v {
			v[key] = double(v[key])
		}
		return v
	}
	return v
}

// The sources.

func shop(t *testing.T) map[string][]values  { return exported(t, "shop-*.jsonl") }
func depot(t *testing.T) map[string][]values { return exported(t, "depot-*.jsonl") }

// exported reads tables that PostgreSQL itself wrote as JSON.
func exported(t *testing.T, pattern string) map[string][]values {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "taps", "postgres", "source", pattern))
	check(t, err)
	tables := map[string][]values{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(t, err)
		name := strings.TrimSuffix(filepath.Base(file), ".jsonl")
		tables[name] = nil
		for _, line := range lines(t, text) {
			tables[name] = append(tables[name], decode(t, line).(map[string]any))
		}
	}
	return tables
}

// csvFiles reads the files that the CSV taps read, as text. A name may be
// followed by = and the name of the stream.
func csvFiles(names ...string) func(*testing.T) map[string][]values {
	return func(t *testing.T) map[string][]values {
		t.Helper()
		tables := map[string][]values{}
		for _, name := range names {
			file, stream, other := strings.Cut(name, "=")
			if !other {
				stream = file
			}
			text, err := os.ReadFile(filepath.Join("testdata", "taps", "tap-csv-folder", "source", file+".csv"))
			check(t, err)
			rows, err := parseCSV(string(text))
			check(t, err)
			for _, fields := range rows[1:] {
				v := values{}
				for i, name := range rows[0][:min(len(fields), len(rows[0]))] {
					v[textOf(name)] = textOf(fields[i])
				}
				tables[stream] = append(tables[stream], v)
			}
		}
		return tables
	}
}

// textOf is a field to a reader that knows no null.
func textOf(field any) string {
	c, _ := field.(cell)
	return string(c)
}

// The readers.

// parseCSV reads RFC 4180 with newlines as line ends. A field is nil if it is
// empty, and a cell otherwise: "" is not nil.
func parseCSV(text string) (rows [][]any, err error) {
	var fields []any
	for text != "" {
		var field any
		if field, text, err = parseField(text); err != nil {
			return nil, fmt.Errorf("row %d: %w", len(rows)+1, err)
		}
		fields = append(fields, field)
		if text[0] == '\n' {
			rows, fields = append(rows, fields), nil
		}
		text = text[1:]
	}
	if fields != nil {
		return nil, errors.New("no newline at the end")
	}
	return rows, nil
}

// parseField returns the rest from the comma or newline on that ends the field.
func parseField(text string) (field any, rest string, err error) {
	if text[0] != '"' {
		i := strings.IndexAny(text, ",\"\n")
		if i < 0 || text[i] == '"' {
			return nil, "", errors.New("a quote, or nothing, where a comma or newline has to be")
		}
		if i > 0 {
			field = cell(text[:i])
		}
		return field, text[i:], nil
	}
	var b strings.Builder
	for rest = text; strings.HasPrefix(rest, `"`); {
		if rest != text {
			b.WriteByte('"')
		}
		i := strings.IndexByte(rest[1:], '"')
		if i < 0 {
			return nil, "", errors.New("a quote is never closed")
		}
		b.WriteString(rest[1 : 1+i])
		rest = rest[i+2:]
	}
	if rest == "" || (rest[0] != ',' && rest[0] != '\n') {
		return nil, "", errors.New("something else than a comma or newline after a quoted field")
	}
	return cell(b.String()), rest, nil
}

// lines splits at newlines alone, and wants one at the end.
func lines(t *testing.T, text []byte) [][]byte {
	t.Helper()
	if len(text) == 0 {
		return nil
	}
	if text[len(text)-1] != '\n' {
		t.Fatal("no newline at the end")
	}
	return bytes.Split(text[:len(text)-1], []byte("\n"))
}

func gunzip(t *testing.T, compressed []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bufio.NewReader(bytes.NewReader(compressed)))
	check(t, err)
	text, err := io.ReadAll(r)
	check(t, err)
	return text
}

func decode(t *testing.T, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if d.More() {
		t.Fatalf("more than one value in %s", text)
	}
	return v
}

// memberNames are the names in a JSON object, in their order.
func memberNames(t *testing.T, object []byte) (names []string) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	_, err := d.Token()
	for err == nil && d.More() {
		var name json.Token
		if name, err = d.Token(); err == nil {
			names = append(names, name.(string))
			err = d.Decode(new(json.RawMessage))
		}
	}
	check(t, err)
	return names
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
