package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"target-s3/target/crc32c"
)

// runReport is what the tests read of a report.
type runReport struct {
	Status  string `json:"status"`
	Rows    int64  `json:"rows"`
	Bytes   int64  `json:"bytes"`
	Objects []struct {
		Key      string `json:"key"`
		Location string `json:"location"`
		Table    string `json:"table"`
		Stream   string `json:"stream"`
		Rows     int64  `json:"rows"`
		Bytes    int64  `json:"bytes"`
		ETag     string `json:"etag"`
		CRC32C   string `json:"crc32c"`
		First    int64  `json:"first_sequence"`
		Last     int64  `json:"last_sequence"`
	} `json:"objects"`
}

func readReport(t *testing.T, file string) (r runReport) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return r
}

// TestReport compares what the report says of each object with what is there: small
// objects, one that was uploaded in parts, and objects that the journal names.
func TestReport(t *testing.T) {
	for _, more := range [][]string{nil, {"exactly_once=shop"}} {
		t.Run(fmt.Sprint(more), func(t *testing.T) {
			if testing.Short() && more == nil {
				t.Skip("for -short one kind of commit is enough")
			}
			onEachStore(t, func(p *pipeline) {
				file := filepath.Join(p.TempDir(), "report.json")
				p.want(0, "{\"n\":2}\n", strings.NewReader(reportInput()), "--report", file)
				checkReport(p, readReport(p.T, file))
			}, append(more, "memory_limit_bytes=67108864")...)
		})
	}
}

// reportInput has one table of more than two parts, and two small ones.
func reportInput() string {
	var b strings.Builder
	for _, s := range []string{"large", "small", "other"} {
		fmt.Fprintf(&b, `{"type":"SCHEMA","stream":%q,"schema":{"properties":{"id":{"type":"integer"}}},"key_properties":["id"]}`+"\n", s)
	}
	filler := strings.Repeat("0123456789", 100)
	for n := range 20_000 {
		fmt.Fprintf(&b, `{"type":"RECORD","stream":"large","record":{"id":%d,"text":%q}}`+"\n", n, filler)
	}
	b.WriteString(`{"type":"RECORD","stream":"small","record":{"id":1}}` + "\n" + `{"type":"RECORD","stream":"other","record":{"id":"x"}}` + "\n")
	b.WriteString(`{"type":"STATE","value":{"n":2}}` + "\n")
	return b.String()
}

func checkReport(p *pipeline, r runReport) {
	p.Helper()
	var rows, size int64
	parts := false
	for _, o := range r.Objects {
		content, version, err := p.store.Read(p.Context(), o.Key, 1<<30)
		if err != nil {
			p.Fatal(err)
		}
		if got := int64(bytes.Count(content, []byte("\n"))); got != o.Rows || int64(len(content)) != o.Bytes {
			p.Errorf("%s: %d rows and %d bytes, the report says %d and %d", o.Key, got, len(content), o.Rows, o.Bytes)
		}
		if got := crc32c.Hex(crc32c.Of(content)); got != o.CRC32C {
			p.Errorf("%s: the checksum is %s, the report says %q", o.Key, got, o.CRC32C)
		}
		if p.config.AWSEndpointURL[:5] != "file:" && strings.Trim(version, `"`) != o.ETag {
			p.Errorf("%s: the ETag is %s, the report says %q", o.Key, version, o.ETag)
		}
		if first, last := sequenceRange(p.T, content); first != o.First || last != o.Last {
			p.Errorf("%s: its rows have the sequences %d to %d, the report says %d to %d", o.Key, first, last, o.First, o.Last)
		}
		rows, size = rows+o.Rows, size+o.Bytes
		parts = parts || strings.Contains(o.ETag, "-")
	}
	if len(r.Objects) != 3 || rows != 20_002 || r.Rows != rows || r.Bytes != size {
		p.Errorf("%d objects, %d rows, %d bytes; in sum %d and %d", len(r.Objects), r.Rows, r.Bytes, rows, size)
	}
	if p.config.AWSEndpointURL[:5] != "file:" && !parts {
		p.Error("no object was uploaded in parts")
	}
}

// sequenceRange has those of the first and the last row; 0 where they have none.
func sequenceRange(t *testing.T, content []byte) (first, last int64) {
	t.Helper()
	lines := bytes.Split(bytes.TrimSuffix(content, []byte("\n")), []byte("\n"))
	var ends [2]struct {
		Sequence int64 `json:"_sdc_sequence"`
	}
	for i, line := range [][]byte{lines[0], lines[len(lines)-1]} {
		if err := json.Unmarshal(line, &ends[i]); err != nil {
			t.Fatal(err)
		}
	}
	return ends[0].Sequence, ends[1].Sequence
}
