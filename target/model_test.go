package target_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"target-s3/target/compress"
	"target-s3/target/config"
	"target-s3/target/objectkey"
	"target-s3/target/storetest"
)

// The model says what must come of an input. It is plain and slow, decodes with
// encoding/json, and shares no code with the engine.

// table is what one set of files holds.
type table struct {
	name    string
	version int64
}

// record is a RECORD message.
type record struct {
	line    int // from 0
	offset  int64
	stream  string
	schema  *modelSchema
	keyless bool
	raw     json.RawMessage
	time    json.RawMessage
	valid   bool
	cut     string // the line, where it is too long to be read whole
	keys    []string
	element *element // what the row is of it, where it is not all

	verbatim bool // the row begins with its very text
}

// outcome is what must come of an input.
type outcome struct {
	rows     map[table][]record // in input order
	rejected []record
	states   []state // the ones that say something
	ends     int     // line that ends the input with an error, -1 if none does
	endsIn   string  // the file of that line; empty: the input
	files    batchFiles
}

type state struct {
	line int
	text string
}

// modelSchema is as much of JSON Schema as the tests make use of.
type modelSchema struct {
	Type       any                     `json:"type"`
	Properties map[string]*modelSchema `json:"properties"`
	Required   []string                `json:"required"`
	Additional *bool                   `json:"additionalProperties"`
	Items      *modelSchema            `json:"items"`
}

// model works out the outcome. Lines of more than maxLine bytes count as cut.
func model(c config.Config, input []byte, maxLine int) outcome {
	m := modeller{config: c, maxLine: maxLine, streams: map[string]*modelStream{}}
	m.out = outcome{rows: map[table][]record{}, ends: -1}
	offset := int64(0)
	for i, line := range bytes.SplitAfter(input, []byte("\n")) {
		if !m.line(i, offset, line) {
			m.out.ends = i
			break
		}
		offset += int64(len(line))
	}
	return m.out
}

type modeller struct {
	config  config.Config
	maxLine int
	streams map[string]*modelStream
	out     outcome
}

type modelStream struct {
	table  string
	schema *modelSchema
	keys   []string
}

// line reports whether the input goes on after it.
func (m *modeller) line(number int, offset int64, line []byte) bool {
	if len(bytes.TrimSpace(line)) == 0 {
		return true
	}
	var message map[string]json.RawMessage
	if json.Unmarshal(line, &message) != nil {
		return false
	}
	var kind, stream string
	_ = json.Unmarshal(message["type"], &kind)
	_ = json.Unmarshal(message["stream"], &stream)
	switch strings.ToUpper(kind) {
	case "SCHEMA":
		s := &modelStream{table: objectkey.TableName(stream)}
		_ = json.Unmarshal(message["schema"], &s.schema)
		_ = json.Unmarshal(message["key_properties"], &s.keys)
		m.streams[stream] = s
	case "STATE":
		if message["value"] == nil {
			return false
		}
		if !emptyState(message["value"]) {
			m.out.states = append(m.out.states, state{number, string(message["value"])})
		}
	case "RECORD":
		s := m.streams[stream]
		if s == nil {
			return false
		}
		version := int64(1)
		if v := message["version"]; v != nil && string(v) != "null" {
			f, _ := strconv.ParseFloat(string(v), 64) // some taps write 2.0
			version = int64(f)
		}
		r := record{
			line: number, offset: offset, stream: stream, schema: s.schema, keyless: len(s.keys) == 0,
			raw: message["record"], time: message["time_extracted"], keys: s.keys,
		}
		if len(line) > m.maxLine {
			r.cut = string(line[:m.maxLine])
		}
		r.valid = m.valid(s, &r)
		if !r.valid && m.config.InvalidRecords == config.InvalidFail {
			return false
		}
		if r.valid {
			key := table{s.table, version}
			m.out.rows[key] = append(m.out.rows[key], r)
		} else {
			m.out.rejected = append(m.out.rejected, r)
		}
	}
	return true
}

func emptyState(value json.RawMessage) bool {
	var v map[string]json.RawMessage
	return json.Unmarshal(value, &v) == nil && len(v) == 0
}

func (m *modeller) valid(s *modelStream, r *record) bool {
	if r.raw[0] != '{' || int64(len(r.raw)) > m.config.MaxRecordBytes || !utf8.Valid(r.raw) || r.cut != "" {
		return false
	}
	if !m.config.ValidateRecords {
		return true
	}
	doc := decode(r.raw)
	for _, key := range s.keys {
		if doc.(map[string]any)[key] == nil {
			return false
		}
	}
	return s.schema.accepts(doc)
}

func (s *modelSchema) accepts(v any) bool {
	if s.Type != nil && !s.acceptsType(v) {
		return false
	}
	if list, ok := v.([]any); ok && s.Items != nil {
		return !slices.ContainsFunc(list, func(v any) bool { return !s.Items.accepts(v) })
	}
	object, ok := v.(map[string]any)
	if !ok {
		return true
	}
	for _, name := range s.Required {
		if _, ok := object[name]; !ok {
			return false
		}
	}
	for name, member := range object {
		property := s.Properties[name]
		if property == nil && s.Additional != nil && !*s.Additional {
			return false
		}
		if property != nil && !property.accepts(member) {
			return false
		}
	}
	return true
}

func (s *modelSchema) acceptsType(v any) bool {
	is := ""
	switch v := v.(type) {
	case nil:
		is = "null"
	case bool:
		is = "boolean"
	case string:
		is = "string"
	case []any:
		is = "array"
	case map[string]any:
		is = "object"
	case json.Number:
		is = "number"
		if n, ok := new(big.Rat).SetString(v.String()); ok && n.IsInt() { // 1.0 and 1e3 are also integers
			is = "integer"
		}
	}
	accepted, ok := s.Type.([]any)
	if !ok {
		accepted = []any{s.Type}
	}
	return slices.ContainsFunc(accepted, func(t any) bool { return t == is || (t == "number" && is == "integer") })
}

func decode(text []byte) any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		panic(fmt.Sprintf("%v in %q", err, text))
	}
	return v
}

// The bucket, read with other people's readers.

// object is a file of the bucket.
type object struct {
	key    string
	table  table
	loaded int64 // milliseconds in the key
	rows   []fields
}

// fields are the columns of a row: JSON text from JSON Lines, plain text from
// CSV.
type fields struct {
	json    map[string]json.RawMessage
	text    map[string]string
	members int // that the JSON object is written with
	line    string
}

var keyForm = regexp.MustCompile(`^singer/(.+)/(-?\d+)_(\d+)\.(jsonl|csv)(\.gz|\.zst)?$`)

func readObject(store *storetest.Memory, key string, c config.Config) (object, error) {
	parts := keyForm.FindStringSubmatch(key)
	if parts == nil {
		return object{}, fmt.Errorf("key %q is of no form that is known", key)
	}
	o := object{key: key, table: table{name: parts[1]}}
	o.table.version, _ = strconv.ParseInt(parts[2], 10, 64)
	o.loaded, _ = strconv.ParseInt(parts[3], 10, 64)
	content, err := store.Object(key)
	if err != nil {
		return object{}, err
	}
	if content, err = expand(key, content); err != nil {
		return object{}, fmt.Errorf("%s: %w", key, err)
	}
	if parts[4] == "csv" {
		o.rows, err = readCSV(content, rune(c.CSVDelimiter))
	} else {
		o.rows, err = readJSONL(content)
	}
	if err == nil && len(o.rows) == 0 {
		err = fmt.Errorf("no rows")
	}
	if err != nil {
		return object{}, fmt.Errorf("%s: %w in %.500q", key, err, content)
	}
	return o, nil
}

func expand(key string, content []byte) ([]byte, error) {
	r, err := compress.NewReader(key, bytes.NewReader(content))
	if strings.HasSuffix(key, ".gz") { // the standard library's is not the one that we write with
		r, err = gzip.NewReader(bytes.NewReader(content))
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func readJSONL(content []byte) (rows []fields, err error) {
	if !bytes.HasSuffix(content, []byte("\n")) {
		return nil, fmt.Errorf("no newline at the end")
	}
	for line := range bytes.SplitSeq(content[:len(content)-1], []byte("\n")) {
		var f fields
		if err := json.Unmarshal(line, &f.json); err != nil {
			return nil, err
		}
		f.members, f.line = countMembers(line), string(line)
		rows = append(rows, f)
	}
	return rows, nil
}

func countMembers(object []byte) (n int) {
	d := json.NewDecoder(bytes.NewReader(object))
	_, _ = d.Token()
	for d.More() {
		_, _ = d.Token()
		if d.Decode(new(json.RawMessage)) != nil {
			return -1
		}
		n++
	}
	return n
}

func readCSV(content []byte, comma rune) (rows []fields, err error) {
	r := csv.NewReader(bytes.NewReader(content))
	r.Comma = comma
	lines, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	for _, line := range lines[1:] {
		f := fields{text: map[string]string{}}
		for i, name := range lines[0] {
			f.text[name] = line[i]
		}
		if len(f.text) != len(line) {
			return nil, fmt.Errorf("two columns of one name in %q", lines[0])
		}
		rows = append(rows, f)
	}
	return rows, nil
}

// view is what is visible in a bucket. Objects never change, so each is read
// but once.
type view struct {
	store   *storetest.Memory
	config  config.Config
	objects map[string]object
}

func newView(store *storetest.Memory, c config.Config) *view {
	return &view{store, c, map[string]object{}}
}

// tables reads what is new, and returns the rows of all tables in the order of
// their files.
func (v *view) tables() (map[table][]located, error) {
	for _, key := range v.store.Keys() {
		if _, ok := v.objects[key]; ok {
			continue
		}
		o, err := readObject(v.store, key, v.config)
		if err != nil {
			return nil, err
		}
		v.objects[key] = o
	}
	byTable := map[table][]object{}
	for _, o := range v.objects {
		byTable[o.table] = append(byTable[o.table], o)
	}
	rows := map[table][]located{}
	for t, objects := range byTable {
		slices.SortFunc(objects, func(a, b object) int { return cmp.Compare(a.loaded, b.loaded) })
		for _, o := range objects {
			for _, r := range o.rows {
				rows[t] = append(rows[t], located{r, o.loaded})
			}
		}
	}
	return rows, nil
}

// located is a row with the moment of its file.
type located struct {
	fields
	loaded int64
}

// check compares the bucket with the outcome. Of what the input has before line
// from everything must be visible, of what it has from line until on nothing.
func (v *view) check(want outcome, from, until int) error {
	got, err := v.tables()
	if err != nil {
		return err
	}
	rejected := table{"_sdc_rejected", 1}
	rows := withTables(v.config, want.rows)
	for t := range got {
		if t != rejected && len(rows[t]) == 0 {
			return fmt.Errorf("table %v: it should not be there", t)
		}
	}
	for t, records := range rows {
		if err := v.checkRows(got[t], records, from, until); err != nil {
			return fmt.Errorf("table %v: %w", t, err)
		}
	}
	if err := v.checkRows(got[rejected], want.rejected, from, until); err != nil {
		return fmt.Errorf("table %v: %w", rejected, err)
	}
	return nil
}

func (v *view) checkRows(got []located, want []record, from, until int) error {
	if len(got) > len(want) {
		return fmt.Errorf("%d rows, there are only %d records", len(got), len(want))
	}
	for i, r := range want {
		if i == len(got) {
			if r.line < from {
				return fmt.Errorf("%d rows: the record of line %d is not visible", len(got), r.line+1)
			}
			return nil
		}
		if r.line >= until {
			return fmt.Errorf("row %d: the record of line %d is visible before its state", i, r.line+1)
		}
		if err := r.match(v.config, got[i]); err != nil {
			return fmt.Errorf("row %d of line %d: %w\n got %s %q\nwant %s", i, r.line+1, err, got[i].json, got[i].text, r.raw)
		}
	}
	return nil
}

// match compares a row with the record that it must be.
func (r *record) match(c config.Config, got located) error {
	if !r.valid {
		return r.matchRejected(c, got)
	}
	if c.AddRecordMetadata {
		if err := r.matchSystem(got); err != nil {
			return err
		}
	}
	if r.element != nil {
		return r.matchElement(c, got.text)
	}
	if r.verbatim && !strings.HasPrefix(got.line, string(r.raw[:len(r.raw)-1])) {
		return fmt.Errorf("its text is %s", got.line)
	}
	var want map[string]json.RawMessage
	if err := json.Unmarshal(r.raw, &want); err != nil {
		return err
	}
	if got.text != nil {
		return r.matchCSV(c, got.text, want)
	}
	if c.ValidateRecords && got.members != len(got.json) {
		return fmt.Errorf("a member is there twice")
	}
	for name, value := range got.json {
		if system(c, name, r.keyless) {
			continue
		}
		if !same(value, want[name]) {
			return fmt.Errorf("%q is %s, want %s", name, value, want[name])
		}
	}
	for name := range want {
		if _, ok := got.json[name]; !ok {
			return fmt.Errorf("%q is missing", name)
		}
	}
	return nil
}

// same compares texts: numbers and strings must come through digit by digit.
func same(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && x.String() == y.String()
}

func system(c config.Config, name string, keyless bool) bool {
	if !c.AddRecordMetadata {
		return false
	}
	switch name {
	case "_sdc_extracted_at", "_sdc_received_at", "_sdc_batched_at", "_sdc_table_version", "_sdc_sequence":
		return true
	case "__sdc_primary_key":
		return keyless
	}
	return false
}

func (f fields) get(name string) string {
	if f.text != nil {
		return f.text[name]
	}
	var text string
	if json.Unmarshal(f.json[name], &text) == nil {
		return text
	}
	return string(f.json[name])
}

func (r *record) matchSystem(got located) error {
	var extracted string
	_ = json.Unmarshal(r.time, &extracted)
	for name, want := range map[string]string{
		"_sdc_extracted_at": extracted,
		"_sdc_received_at":  moment(epoch.UnixMilli()),
		"_sdc_batched_at":   moment(got.loaded),
		"_sdc_sequence":     strconv.FormatInt(epoch.UnixNano()+r.offset, 10),
	} {
		if got := got.get(name); got != want {
			return fmt.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if key := got.get("__sdc_primary_key"); (key == "" || key == "mine") && r.keyless && r.element == nil {
		return fmt.Errorf("__sdc_primary_key is %q", key)
	}
	return nil
}

// matchCSV compares cells. The reader does not tell null from the empty string.
func (r *record) matchCSV(c config.Config, got map[string]string, want map[string]json.RawMessage) error {
	cells, extra := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	r.schema.flatten(c, "", want, cells, extra)
	if len(extra) > 0 {
		var have map[string]json.RawMessage
		if err := json.Unmarshal([]byte(got["_sdc_extra"]), &have); err != nil {
			return fmt.Errorf("_sdc_extra is %q", got["_sdc_extra"])
		}
		for name := range extra {
			if !same(extra[name], have[name]) {
				return fmt.Errorf("_sdc_extra has %q: %s, want %s", name, have[name], extra[name])
			}
		}
		if len(extra) != len(have) {
			return fmt.Errorf("_sdc_extra is %q", got["_sdc_extra"])
		}
	} else if got["_sdc_extra"] != "" {
		return fmt.Errorf("_sdc_extra is %q", got["_sdc_extra"])
	}
	for name, cell := range got {
		value := cells[name]
		delete(cells, name)
		if name == "_sdc_extra" || system(c, name, r.keyless) {
			continue
		}
		if !sameCell(cell, value) {
			return fmt.Errorf("%q is %q, want %s", name, cell, value)
		}
	}
	if len(cells) > 0 {
		return fmt.Errorf("no column for %v", cells)
	}
	return nil
}

func (s *modelSchema) flatten(c config.Config, prefix string, object, cells, extra map[string]json.RawMessage) {
	for name, value := range object {
		property := s.Properties[name]
		var inner map[string]json.RawMessage
		switch {
		case property == nil:
			extra[prefix+name] = value
		case property.isRows(c, value):
		case property.hasNoColumn(c):
			if string(value) != "null" {
				extra[prefix+name] = value
			}
		case property.Properties == nil:
			cells[prefix+name] = value
		case json.Unmarshal(value, &inner) == nil: // null gives none
			property.flatten(c, prefix+name+"__", inner, cells, extra)
		default:
			extra[prefix+name] = value
		}
	}
}

func sameCell(cell string, value json.RawMessage) bool {
	var text string
	switch {
	case value == nil || string(value) == "null":
		return cell == ""
	case value[0] == '"':
		_ = json.Unmarshal(value, &text)
		return cell == text
	case value[0] == '{' || value[0] == '[':
		return json.Valid([]byte(cell)) && same(json.RawMessage(cell), value)
	}
	return cell == string(value)
}

func (r *record) matchRejected(c config.Config, got located) error {
	if name := got.get("table_name"); name != r.stream {
		return fmt.Errorf("table_name is %q, want %q", name, r.stream)
	}
	if got.get("reason") == "" {
		return fmt.Errorf("no reason")
	}
	if at := got.get("_sdc_rejected_at"); at != moment(epoch.UnixMilli()) {
		return fmt.Errorf("_sdc_rejected_at is %q", at)
	}
	raw := string(r.raw)
	if r.cut != "" {
		raw = r.cut
	}
	text := got.get("record")
	if int64(len(raw)) > c.MaxRecordBytes { // a rune may be cut
		if !strings.HasPrefix(string([]rune(raw)), text) || int64(len(text)) < c.MaxRecordBytes-utf8.UTFMax {
			return fmt.Errorf("record is %q", text)
		}
		return nil
	}
	if want := string([]rune(raw)); text != want {
		return fmt.Errorf("record is %q, want %q", text, want)
	}
	return nil
}

func moment(milli int64) string {
	return time.UnixMilli(milli).UTC().Format("2006-01-02T15:04:05.000Z")
}
