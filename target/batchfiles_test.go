package target_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing/iotest"
)

// batchFiles are files that BATCH messages may name, by their addresses. Those that
// end in .gz are compressed when they are read.
type batchFiles map[string]string

func (f batchFiles) Check(string) error { return nil }

func (f batchFiles) Open(_ context.Context, address string) (io.ReadCloser, error) {
	text, ok := f[address]
	if !ok {
		return nil, fs.ErrNotExist
	}
	if strings.HasSuffix(address, ".gz") {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = io.WriteString(w, text) // which never fails
		_ = w.Close()
		text = b.String()
	}
	return io.NopCloser(iotest.HalfReader(strings.NewReader(text))), nil
}

// batch writes a BATCH message, and the files that it names.
func (s *sequencer) batch(of *sequenceStream) {
	members := map[string]string{
		"type": `"BATCH"`, "stream": quote(of.name),
		"encoding": pick(s.generator, `{"format":"jsonl"}`, `{"format":"jsonl","compression":null}`, `{"compression":"none","format":"jsonl"}`),
	}
	var manifest []string
	for range s.IntN(4) {
		name := fmt.Sprintf("file:///batches/%d%s", len(s.files), pick(s.generator, ".jsonl", ".gz"))
		s.files[name] = s.fileOf(of)
		manifest = append(manifest, quote(name))
	}
	if s.chance(3) {
		manifest = append(manifest, `"file:///batches/none"`)
	}
	members["manifest"] = "[" + strings.Join(manifest, ",") + "]"
	if of.version > 1 || s.chance(10) {
		members["version"] = pick(s.generator, fmt.Sprint(of.version), `null`)
	}
	if s.chance(30) {
		members["time_extracted"] = `"2024-02-29T12:00:00Z"`
	}
	var list []string
	for _, name := range shuffled(s.generator, append([]string{"encoding", "manifest"}, s.order...)) {
		if value, ok := members[name]; ok {
			list = append(list, quote(name)+":"+value)
		}
	}
	s.write("{" + strings.Join(list, ",") + "}")
}

// fileOf is a file of records, of which few are alone on their line with nothing else.
func (s *sequencer) fileOf(of *sequenceStream) string {
	var b strings.Builder
	if s.chance(5) {
		b.WriteString(byteOrderMark)
	}
	for range s.IntN(6) {
		switch {
		case s.chance(5):
			b.WriteString(pick(s.generator, "", " \t\r "))
		case s.chance(1):
			b.WriteString(pick(s.generator, `{`, `INFO done`, `{"id":1} {}`, `{"id":1,,}`, `"`, `{"id":1}}`))
		default:
			b.WriteString(s.spell(s.recordOf(of)))
		}
		b.WriteString("\n")
	}
	if text := b.String(); s.chance(30) {
		return strings.TrimRight(text, "\n")
	}
	return b.String()
}

// batch takes a BATCH message: its records are those of the files, at the places
// where these would be if they stood in the input.
func (f *forgetful) batch(number int, after int64, stream string, members map[string]json.RawMessage) error {
	if _, ok := f.schemas[stream]; !ok {
		return errors.New("no schema")
	}
	var manifest []string
	if err := json.Unmarshal(members["manifest"], &manifest); err != nil {
		return err
	}
	for _, name := range manifest {
		text, ok := f.files[name]
		if !ok {
			return fs.ErrNotExist
		}
		offset := after
		rest, ok := strings.CutPrefix(text, byteOrderMark)
		if ok {
			offset += int64(len(byteOrderMark))
		}
		for i, line := range strings.SplitAfter(rest, "\n") {
			if strings.Trim(line, " \t\r\n") == "" {
				offset += int64(len(line))
				continue
			}
			raw, err := valueOf([]byte(line))
			if err == nil {
				err = f.record(record{line: number, offset: offset, stream: stream, raw: raw, time: members["time_extracted"]}, members["version"])
			}
			if err != nil {
				f.out.ends, f.out.endsIn = i, name
				return err
			}
			offset += int64(len(line))
		}
		after += int64(len(text))
		f.shift += int64(len(text))
	}
	return nil
}

// valueOf is the one value of a line.
func valueOf(line []byte) (json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(bytes.ReplaceAll(line, []byte("NaN"), []byte(nanText))))
	var value json.RawMessage
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more text")
	}
	return value, nil
}
