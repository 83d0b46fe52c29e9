package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"target-s3/singer/printable"
	"target-s3/target"
)

// Run is what a Document says of a run beside what happened in it.
type Run struct {
	Version     string // of the program
	RunID       string
	Destination string          // where the objects are
	Settings    json.RawMessage // without secrets
	Started     time.Time
	Ended       time.Time
	Status      string
	ExitCode    int
	Err         error // nil: none
}

// DocumentFormat is the number of the form that a Document has. Members may be added
// to a form; a change of their meaning makes another.
const DocumentFormat = 1

// Document is the report of a run: one JSON document of what it made, for programs.
// Tell is told of events as they happen, and Write writes the document when all is
// over. Objects wait in a file, so that a run of any length takes no more memory.
type Document struct {
	waiting io.ReadWriteSeeker
	objects int64
	rows    int64
	bytes   int64
	states  int64
	state   []byte // the last that was written
	summary target.Summary
	err     error // of writing to waiting
}

// NewDocument returns a report of nothing yet. The file, which must be empty, is for
// the objects until Write.
func NewDocument(waiting io.ReadWriteSeeker) *Document { return &Document{waiting: waiting} }

// documentObject is an object as the document has it.
type documentObject struct {
	Key      string `json:"key"`
	Location string `json:"location"`
	Table    string `json:"table"`
	Version  int64  `json:"table_version"`
	Stream   string `json:"stream,omitempty"`
	Rows     int64  `json:"rows"`
	Bytes    int64  `json:"bytes"`
	ETag     string `json:"etag,omitempty"`
	CRC32C   string `json:"crc32c,omitempty"`
	Schema   string `json:"schema_sha256,omitempty"`
	First    int64  `json:"first_sequence,omitempty"`
	Last     int64  `json:"last_sequence,omitempty"`
}

// Tell notes what the document will say. It is a receiver of events.
func (d *Document) Tell(event target.Event) {
	switch e := event.(type) {
	case target.Checkpoint:
		d.checkpoint(e)
	case target.Ended:
		d.summary = e.Summary
	}
}

func (d *Document) checkpoint(e target.Checkpoint) {
	if e.State != nil {
		d.states++
		d.state = bytes.Clone(e.State)
	}
	var lines bytes.Buffer
	for _, o := range e.Objects {
		lines.WriteString(separator(int(d.objects)))
		d.objects++
		d.rows += o.Rows
		d.bytes += o.Bytes
		lines.Write(compact(documentObject{
			o.Key, o.Location, o.Table, o.Version, o.Stream, o.Rows, o.Bytes, strings.Trim(o.Sums.ETag, `"`), o.Sums.CRC32C, o.Schema, o.First, o.Last,
		}))
	}
	if _, err := d.waiting.Write(lines.Bytes()); err != nil && d.err == nil {
		d.err = err
	}
}

// documentStream is a stream as the document has it.
type documentStream struct {
	Stream   string           `json:"stream"`
	Records  int64            `json:"records"`
	Rejected int64            `json:"rejected"`
	After    int64            `json:"records_after_last_state"`
	Objects  int64            `json:"objects"`
	Bytes    int64            `json:"bytes"`
	Reasons  []documentReason `json:"rejected_reasons"`
}

type documentReason struct {
	Reason  string `json:"reason"`
	Records int64  `json:"records"`
}

func (d *Document) streams() []documentStream {
	all := []documentStream{}
	for _, name := range slices.Sorted(maps.Keys(d.summary.Streams)) {
		s := d.summary.Streams[name]
		v := documentStream{name, s.Records, s.Rejected, s.Uncovered, s.Objects, s.Bytes, []documentReason{}}
		for _, r := range s.Reasons {
			v.Reasons = append(v.Reasons, documentReason{r.Text, r.Count})
		}
		all = append(all, v)
	}
	return all
}

// Write writes the document, with its objects at the end, one a line.
func (d *Document) Write(w io.Writer, r Run) error {
	if d.err != nil {
		return d.err
	}
	_, err := w.Write(d.head(r))
	if err == nil {
		_, err = d.waiting.Seek(0, io.SeekStart)
	}
	if err == nil {
		_, err = io.Copy(w, d.waiting)
	}
	if err == nil {
		_, err = io.WriteString(w, "]\n}\n")
	}
	return err
}

// head is what stands before the objects.
func (d *Document) head(r Run) []byte {
	var b bytes.Buffer
	member := func(name string, value any) { fmt.Fprintf(&b, "  %q: %s,\n", name, compact(value)) }
	b.WriteString("{\n")
	member("format", DocumentFormat)
	member("version", r.Version)
	member("run_id", r.RunID)
	member("status", r.Status)
	member("exit_code", r.ExitCode)
	member("error", problem(r.Err))
	member("started_at", r.Started.UTC().Format(time.RFC3339Nano))
	member("ended_at", r.Ended.UTC().Format(time.RFC3339Nano))
	member("destination", r.Destination)
	member("settings", r.Settings)
	member("records", d.summary.Records)
	member("rejected", d.summary.Rejected)
	member("records_after_last_state", d.summary.Uncovered)
	member("states", d.states)
	fmt.Fprintf(&b, "  \"last_state\": %s,\n", cmp.Or(string(d.state), "null")) // its text as it came
	member("last_state_file", d.summary.State.File)
	member("last_state_line", d.summary.State.Line)
	b.WriteString("  \"streams\": [")
	for i, s := range d.streams() {
		b.WriteString(separator(i))
		b.Write(compact(s))
	}
	b.WriteString("],\n")
	member("object_count", d.objects)
	member("rows", d.rows)
	member("bytes", d.bytes)
	b.WriteString("  \"objects\": [")
	return b.Bytes()
}

// separator is what stands before an element of an array. Each has a line.
func separator(before int) string {
	if before == 0 {
		return "\n    "
	}
	return ",\n    "
}

// problem is an error as a member: null where there is none.
func problem(err error) any {
	if err == nil {
		return nil
	}
	return printable.Lines(err.Error())
}

// compact is a value in one line, as JSON without precautions for HTML. All values
// here can be encoded.
func compact(v any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n")
}
