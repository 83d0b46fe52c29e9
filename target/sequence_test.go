package target_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"target-s3/singer/jsonscan"
	"target-s3/target/config"
	"target-s3/target/objectkey"
	"target-s3/target/schema"
)

// From line to line a load remembers how lines begin, which stream comes next and
// what its records look like. What comes of a line must not show it.

// forgetful says what must come of an input, and keeps nothing from line to line
// but the SCHEMA messages in force: each line is decoded by encoding/json, and each
// record judged by the library, under a schema that is compiled for it.
type forgetful struct {
	config  config.Config
	schemas map[string]schemaMessage
	files   batchFiles
	shift   int64 // bytes of files before
	out     outcome
}

type schemaMessage struct {
	table string
	text  json.RawMessage
	keys  []string
}

func forget(c config.Config, input []byte, files batchFiles) outcome {
	f := forgetful{config: c, schemas: map[string]schemaMessage{}, files: files, out: outcome{rows: map[table][]record{}, ends: -1, files: files}}
	offset := int64(0)
	if rest, ok := bytes.CutPrefix(input, []byte(byteOrderMark)); ok {
		input, offset = rest, int64(len(byteOrderMark))
	}
	for i, line := range bytes.SplitAfter(input, []byte("\n")) {
		if len(bytes.Trim(line, " \t\r\n")) > 0 && f.message(i, offset+f.shift, line) != nil {
			if f.out.endsIn == "" {
				f.out.ends = i
			}
			break
		}
		offset += int64(len(line))
	}
	return f.out
}

const byteOrderMark = "\xef\xbb\xbf"

// needs are the members of a message that are not a member of another's, or of none.
var needs = map[string][]string{
	"RECORD": {"stream", "record"}, "SCHEMA": {"stream", "schema"}, "STATE": {"value"}, "ACTIVATE_VERSION": {"stream", "version"},
	"BATCH": {"stream", "encoding", "manifest"},
}

// message takes a line, or says why the input ends there.
func (f *forgetful) message(number int, offset int64, line []byte) error {
	members, err := membersOf(line)
	if err != nil {
		return err
	}
	kind, err := text(members["type"])
	if err != nil {
		return err
	}
	kind = strings.ToUpper(kind)
	var stream string
	for _, name := range needs[kind] {
		if members[name] == nil {
			return errors.New("a member is missing")
		}
		if name == "stream" {
			if stream, err = text(members[name]); err != nil {
				return err
			}
		}
	}
	switch kind {
	case "SCHEMA":
		s := schemaMessage{table: objectkey.TableName(stream), text: members["schema"]}
		err = json.Unmarshal(append([]byte{}, members["key_properties"]...), &s.keys)
		if members["key_properties"] == nil {
			err = nil
		}
		f.schemas[stream] = s
	case "STATE":
		if value := members["value"]; !emptyState(value) {
			f.out.states = append(f.out.states, state{number, string(value)})
		}
	case "ACTIVATE_VERSION":
		_, err = integer(members["version"])
	case "BATCH":
		err = f.batch(number, offset+int64(len(line)), stream, members)
	case "RECORD":
		err = f.record(record{line: number, offset: offset, stream: stream, raw: members["record"], time: members["time_extracted"]}, members["version"])
	}
	return err
}

func (f *forgetful) record(r record, version json.RawMessage) error {
	s, ok := f.schemas[r.stream]
	if !ok {
		return errors.New("no schema")
	}
	key := table{s.table, 1}
	if version != nil && string(version) != "null" {
		var err error
		if key.version, err = integer(version); err != nil {
			return err
		}
	}
	if err := json.Unmarshal(s.text, &r.schema); err != nil {
		return err
	}
	r.keys, r.keyless = s.keys, len(s.keys) == 0
	if r.valid = !bytes.Contains(r.raw, []byte(nanText)) && f.fits(s, r.raw); r.valid {
		if last := distinct(r.raw); f.config.ValidateRecords && !same(last, r.raw) {
			r.raw = last
		} else {
			r.verbatim = f.config.OutputFileFormat == config.FormatJSONL && !hasSystemName(r.raw)
		}
		f.out.rows[key] = append(f.out.rows[key], r)
		return nil
	}
	if f.config.InvalidRecords == config.InvalidFail {
		return errors.New("invalid_records is fail")
	}
	r.raw = bytes.ReplaceAll(r.raw, []byte(nanText), []byte("NaN"))
	f.out.rejected = append(f.out.rejected, r)
	return nil
}

func (f *forgetful) fits(s schemaMessage, record []byte) bool {
	if record[0] != '{' || int64(len(record)) > f.config.MaxRecordBytes {
		return false
	}
	var scan jsonscan.Scanner
	if _, err := scan.Value(record, 0); err != nil {
		panic(fmt.Sprintf("%v in %q", err, record))
	}
	if !f.config.ValidateRecords {
		lone := scan.Unusual&jsonscan.LoneSurrogate != 0 && f.config.OutputFileFormat == config.FormatCSV
		return !lone && utf8.Valid(record)
	}
	compiled, err := new(schema.Compiler).Compile(s.text, s.keys)
	if err != nil {
		panic(fmt.Sprintf("%v of %s", err, s.text))
	}
	_, err = compiled.Validate(record, scan.Unusual, scan.Members, 1<<30)
	return err == nil
}

// distinct keeps the last member of each name in every object.
func distinct(value json.RawMessage) json.RawMessage {
	if value[0] != '{' && value[0] != '[' {
		return value
	}
	d := json.NewDecoder(bytes.NewReader(value))
	_, _ = d.Token()
	var names []string
	var list [][]byte
	for d.More() {
		var name string
		var spelt []byte
		if value[0] == '{' {
			from := d.InputOffset()
			t, _ := d.Token()
			name, spelt = t.(string), slices.Concat(bytes.TrimLeft(value[from:d.InputOffset()], ", \t\r"), []byte{':'})
		}
		var inner json.RawMessage
		if err := d.Decode(&inner); err != nil {
			panic(fmt.Sprintf("%v in %q", err, value))
		}
		if at := slices.Index(names, name); at >= 0 && spelt != nil {
			names, list = slices.Delete(names, at, at+1), slices.Delete(list, at, at+1)
		}
		names, list = append(names, name), append(list, append(spelt, distinct(inner)...))
	}
	return slices.Concat(value[:1], bytes.Join(list, []byte(",")), value[len(value)-1:])
}

// hasSystemName reports whether a record has a member that may be replaced.
func hasSystemName(record json.RawMessage) bool {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(record, &members)
	for name := range members {
		if strings.HasPrefix(name, "_sdc_") {
			return true
		}
	}
	return false
}

// nanText stands for NaN, so that encoding/json can read it.
const nanText = `"<NaN>"`

// membersOf decodes a line. No member that Singer knows may be there twice, and
// only records may hold what is not text, or NaN.
func membersOf(line []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(bytes.ReplaceAll(line, []byte("NaN"), []byte(nanText))))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("no object")
	}
	members := map[string]json.RawMessage{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		key := name.(string)
		if key != "record" && bytes.Contains(value, []byte(nanText)) {
			return nil, errors.New("NaN")
		}
		if !slices.Contains([]string{"type", "stream", "record", "schema", "key_properties", "value", "version", "time_extracted", "encoding", "manifest"}, key) {
			continue
		}
		if members[key] != nil || (key != "record" && !utf8.Valid(value)) {
			return nil, errors.New("a member is there twice, or is not UTF-8")
		}
		members[key] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more text")
	}
	return members, nil
}

// text decodes a string. Half of a surrogate pair is none.
func text(value json.RawMessage) (s string, err error) {
	if len(value) == 0 || value[0] != '"' {
		return "", errors.New("no string")
	}
	if err = json.Unmarshal(value, &s); err == nil && strings.ContainsRune(s, utf8.RuneError) {
		err = errors.New("half of a surrogate pair")
	}
	return s, err
}

// integer decodes one that may be written as a float.
func integer(value json.RawMessage) (int64, error) {
	var n json.Number
	if err := json.Unmarshal(value, &n); err != nil || value[0] == '"' {
		return 0, errors.New("no number")
	}
	r, ok := new(big.Rat).SetString(n.String())
	if !ok || !r.IsInt() {
		return 0, errors.New("no integer")
	}
	return r.Num().Int64(), nil
}

// TestSequences loads sequences of lines, in each format, at once by one worker and
// a byte at a time by several.
func TestSequences(t *testing.T) {
	seeds, lines, rows, rejected := 150, 0, 0, 0
	if raceDetector || testing.Short() {
		seeds = 20
	}
	for seed := range uint64(seeds) {
		for _, f := range []string{config.FormatJSONL, config.FormatCSV} {
			c, input, files := sequence(rand.NewPCG(seed, 5), f)
			want := forget(c, input, files)
			lines += bytes.Count(input, []byte("\n"))
			rejected += len(want.rejected)
			for _, r := range want.rows {
				rows += len(r)
			}
			if !t.Run(fmt.Sprintf("seed=%d/%s", seed, f), func(t *testing.T) {
				t.Parallel()
				checkOutcome(t, c, input, want, deliveries[0], 1)
				checkOutcome(t, c, input, want, deliveries[1], 3)
			}) {
				return
			}
		}
	}
	t.Logf("%d lines, %d rows, %d rejected", lines, rows, rejected)
	if rows < lines/3 || rejected < lines/20 {
		t.Error("too few of the lines make rows, or are rejected")
	}
}

// TestSequencesOfGroups does so for files that are made of row groups. What was there
// before the rows of one, in the same memory, must not show.
func TestSequencesOfGroups(t *testing.T) {
	seeds := 100
	if raceDetector || testing.Short() {
		seeds = 15
	}
	for seed := range uint64(seeds) {
		c, input, files := sequence(rand.NewPCG(seed, 6), config.FormatParquet)
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			checkGroups(t, c, input, files, deliveries[1], 3)
		})
	}
}

// checkGroups loads at once by one worker, and in another way, and compares.
func checkGroups(t *testing.T, c config.Config, input []byte, files batchFiles, d delivery, workers int) {
	want := bucketOf(t, c, input, files, deliveries[0], 1)
	got := bucketOf(t, c, input, files, d, workers)
	if a, b := slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)); !slices.Equal(a, b) {
		t.Fatalf("%d workers, %s: keys %.1000q, with one worker %.1000q; settings %+v", workers, d.name, b, a, c)
	}
	for key, content := range want {
		if got[key] != content {
			t.Fatalf("%d workers, %s: %s differs; settings %+v\n%.1500s", workers, d.name, key, c, input)
		}
	}
}

// FuzzSequence lets the fuzzer choose what the sequences are made of.
func FuzzSequence(f *testing.F) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 20 {
		data := make([]byte, 300)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		chosen := &fuzzed{data, rand.NewPCG(uint64(len(data)), 6)}
		of := chosen.Uint64() >> 56
		c, input, files := sequence(chosen, [...]string{config.FormatJSONL, config.FormatCSV, config.FormatCSV, config.FormatParquet}[of>>3&3])
		if c.OutputFileFormat == config.FormatParquet {
			checkGroups(t, c, input, files, deliveries[of>>1&1], 2+int(of>>2&1))
			return
		}
		checkOutcome(t, c, input, forget(c, input, files), deliveries[of>>1&1], 1+int(of>>2&2))
	})
}

// fuzzed are numbers; data has the leading bits of the first of them.
type fuzzed struct {
	data []byte
	rest *rand.PCG
}

func (c *fuzzed) Uint64() uint64 {
	n := c.rest.Uint64()
	if len(c.data) > 0 {
		n = n>>8 | uint64(c.data[0])<<56
		c.data = c.data[1:]
	}
	return n
}
