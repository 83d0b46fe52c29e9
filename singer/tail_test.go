package singer_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"target-s3/singer"
)

// cutLine returns the block of a line that is longer than a reader holds.
func cutLine(t *testing.T, line string) singer.Block {
	t.Helper()
	b, err := singer.NewReader(strings.NewReader(line), singer.BlockSize).Next()
	if err != nil || b.Missing == 0 {
		t.Fatalf("%d bytes are missing, %v", b.Missing, err)
	}
	return b
}

// What stands behind a record that is too long is found, whatever stands in it, and is
// never taken from within it.
func TestParseCut(t *testing.T) {
	long := strings.Repeat("y", singer.BlockSize)
	for name, c := range map[string]struct{ line, stream string }{
		"behind":             {`{"record":{"a":"` + long + `"},"stream":"t","type":"RECORD"}`, `"t"`},
		"before":             {`{"stream":"t","type":"RECORD","record":{"a":"` + long + `"}}`, `"t"`},
		"on both sides":      {`{"stream":"t","record":{"a":"` + long + `"},"type":"RECORD"}`, `"t"`},
		"within as well":     {`{"record":{"a":["` + long + `"],"stream":"x","b":{"stream":"y"}},"stream":"t","type":"RECORD"}`, `"t"`},
		"quotes and braces":  {`{"record":{"a":"` + long + `\\","b":"},\\\"stream\\\":\\\"x\\\"","},":":","c":"]}\\"}` + ` , "stream" : "t", "type":"RECORD"}`, `"t"`},
		"a record of arrays": {`{"record":[["` + long + `"]],"stream":"t","type":"RECORD"}`, `"t"`},
		"nothing behind":     {`{"record":{"a":"` + long + `"}}`, ""},
		"not a message":      {`["record",{"a":"` + long + `"},{"stream":"t"}]`, ""},
		"another member":     {`{"x":{"record":"` + long + `"},"stream":"t","type":"RECORD"}`, ""},
		"too much behind":    {`{"record":{"a":"` + long + `"},"x":"` + long + `","stream":"t","type":"RECORD"}`, ""},
		"text behind":        {`{"record":{"a":"` + long + `"},"stream":"t","type":"RECORD"} x`, ""},
	} {
		for _, end := range []string{"\n", "\r\n", ""} {
			b := cutLine(t, c.line+end)
			var p singer.Parser
			var m singer.Message
			known := p.ParseCut(b, &m)
			if string(m.Stream) != c.stream || known != (m.Kind == singer.Record) || b.Unfinished {
				t.Errorf("%s: stream %s, unfinished: %t", name, m.Stream, b.Unfinished)
			}
		}
	}
	for _, line := range []string{`{"record":{"a":"`, `{"type":"RECORD","stream":"t","record":{"a":"`} {
		for _, end := range []string{long, long + `"`, long + `"}`} {
			if !cutLine(t, line+end).Unfinished {
				t.Errorf("%s: finished", line)
			}
		}
	}
}

// FuzzParseCut compares with a decoder that sees the whole line.
func FuzzParseCut(f *testing.F) {
	f.Add(`{"b":["}]",{"\\\"":"{"}]}`, `"stream":"t","type":"RECORD"`)
	f.Add(`[{"stream":"x"}]`, `"x":{"stream":"y"},"stream":"t"`)
	long := strings.Repeat("y", singer.BlockSize)
	f.Fuzz(func(t *testing.T, record, behind string) {
		line := `{"record":["` + long + `",` + record + `],` + behind + `}`
		var want struct{ Stream, Type json.RawMessage }
		if len(behind) > 1000 || strings.ContainsAny(record+behind, "\n") || json.Unmarshal([]byte(line), &want) != nil {
			return
		}
		var p singer.Parser
		var whole, m singer.Message
		if p.Parse([]byte(line), &whole) != nil {
			return // a member twice, or of a name that differs in case
		}
		p = singer.Parser{}
		_ = p.ParseCut(cutLine(t, line), &m)
		if !bytes.Equal(m.Stream, whole.Stream) || !bytes.Equal(m.Type, whole.Type) {
			t.Errorf("%s: got %s %s, want %s %s", behind, m.Type, m.Stream, whole.Type, whole.Stream)
		}
	})
}
