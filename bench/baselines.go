package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/xeipuuv/gojsonschema"
)

// blockSize is how much the baselines read at a time, the program's own measure.
const blockSize = 128 << 10

// eachLine calls back with every line, without its newline.
func eachLine(r io.Reader, do func(line []byte) error) (bytesIn int64, err error) {
	buf := make([]byte, blockSize)
	have := 0
	for {
		n, err := r.Read(buf[have:])
		have += n
		bytesIn += int64(n)
		rest := buf[:have]
		for {
			end := bytes.IndexByte(rest, '\n')
			if end < 0 {
				break
			}
			if err := do(rest[:end]); err != nil {
				return bytesIn, err
			}
			rest = rest[end+1:]
		}
		if errors.Is(err, io.EOF) {
			return bytesIn, nil
		}
		if err != nil {
			return bytesIn, err
		}
		have = copy(buf, rest)
		if have == len(buf) {
			longer := make([]byte, 2*len(buf))
			copy(longer, buf)
			buf = longer
		}
	}
}

// split is the least that anything which reads lines has to do.
func split(r io.Reader) (report, error) {
	lines := int64(0)
	n, err := eachLine(r, func([]byte) error { lines++; return nil })
	return report{Records: lines, BytesIn: n}, err
}

// valid is what the standard library needs to say that lines are JSON.
func valid(r io.Reader) (report, error) {
	lines := int64(0)
	n, err := eachLine(r, func(line []byte) error {
		if lines++; !json.Valid(line) {
			return fmt.Errorf("line %d is not JSON", lines)
		}
		return nil
	})
	return report{Records: lines, BytesIn: n}, err
}

// judge has gojsonschema validate every record, as its manual says, until limit
// bytes of lines are done.
func judge(r io.Reader, limit int64) (report, error) {
	var rep report
	enough := errors.New("that is enough")
	schemas := map[string]*gojsonschema.Schema{}
	_, err := eachLine(r, func(line []byte) error {
		var m struct {
			Type, Stream   string
			Schema, Record json.RawMessage
		}
		err := json.Unmarshal(line, &m)
		if err != nil {
			return err
		}
		switch m.Type {
		case "SCHEMA":
			schemas[m.Stream], err = gojsonschema.NewSchema(gojsonschema.NewBytesLoader(m.Schema))
			if err != nil {
				return err
			}
		case "RECORD":
			verdict, err := schemas[m.Stream].Validate(gojsonschema.NewBytesLoader(m.Record))
			if err != nil {
				return err
			}
			if !verdict.Valid() {
				return fmt.Errorf("a record of %s is not valid: %v", m.Stream, verdict.Errors())
			}
			rep.Records++
		}
		if rep.BytesIn += int64(len(line)) + 1; rep.BytesIn >= limit {
			return enough
		}
		return nil
	})
	if errors.Is(err, enough) {
		err = nil
	}
	return rep, err
}

// compressStream is one gzip stream made by one goroutine.
func compressStream(r io.Reader, level int) (report, error) {
	var rep report
	out := &counter{}
	w, err := gzip.NewWriterLevel(out, level)
	if err != nil {
		return rep, err
	}
	buf := make([]byte, blockSize)
	for {
		n, err := r.Read(buf)
		rep.BytesIn += int64(n)
		if _, err := w.Write(buf[:n]); err != nil {
			return rep, err
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return rep, err
		}
	}
	err = w.Close()
	rep.BytesOut = out.n
	return rep, err
}

// counter counts what is written to it.
type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}
