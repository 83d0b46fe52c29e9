package singer_test

import (
	"bytes"
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

// The stream is found wherever it stands, and never taken from within a value.
func TestParseCut(t *testing.T) {
	long := strings.Repeat("y", singer.BlockSize)
	many := strings.Repeat(`"x":{},`, singer.BlockSize/7)
	const none = ""
	for name, c := range map[string]struct{ line, stream string }{
		"behind":             {`{"record":{"a":"` + long + `"},"stream":"t","type":"RECORD"}`, `"t"`},
		"before":             {`{"stream":"t","type":"RECORD","record":{"a":"` + long + `"}}`, `"t"`},
		"on both sides":      {`{"stream":"t","record":{"a":"` + long + `"},"type":"RECORD"}`, `"t"`},
		"within as well":     {`{"record":{"a":["` + long + `"],"stream":"x","b":{"stream":"y"}},"stream":"t","type":"RECORD"}`, `"t"`},
		"quotes and braces":  {`{"record":{"a":"` + long + `\\","b":"},\\\"stream\\\":\\\"x\\\"","},":":","c":"]}\\"}` + ` , "stream" : "t", "type":"RECORD"}`, `"t"`},
		"a record of arrays": {`{"record":[["` + long + `"]],"stream":"t","type":"RECORD"}`, `"t"`},
		"another member":     {`{"x":{"record":"` + long + `"},"stream":"t","type":"RECORD","record":{}}`, `"t"`},
		"a long text":        {`{"x":"` + long + `\"","stream":"t","type":"RECORD","record":{}}`, `"t"`},
		"much behind":        {`{"record":{"a":"` + long + `"},"x":"` + long + `","stream":"t","type":"RECORD"}`, `"t"`},
		"many behind":        {`{"record":{},"stream":"t","type":"RECORD",` + many + `"y":1}`, `"t"`},
		"many before":        {`{"stream":"t","type":"RECORD",` + many + `"record":{}}`, `"t"`},
		"too many":           {`{"stream":"t",` + many + `"type":"RECORD","record":{}}`, none},
		"white space":        {`{"record":{},` + strings.Repeat(" \t", singer.BlockSize/2) + `"stream":"t","type":"RECORD"}`, `"t"`},
		"no record":          {`{"x":{"record":"` + long + `"},"stream":"t","type":"RECORD"}`, none},
		"no stream":          {`{"record":{"a":"` + long + `"},"type":"RECORD"}`, none},
		"nothing behind":     {`{"record":{"a":"` + long + `"}}`, none},
		"not a message":      {`["record",{"a":"` + long + `"},{"stream":"t"}]`, none},
		"text behind":        {`{"record":{"a":"` + long + `"},"stream":"t","type":"RECORD"} x`, none},
		"two messages":       {`{"type":"RECORD","stream":"t","record":{"a":"` + long + `"}}{"type":"STATE","value":1}`, none},
	} {
		for _, end := range []string{"\n", "\r\n", ""} {
			b := cutLine(t, c.line+end)
			var m singer.Message
			ok := singer.ParseCut(b, &m)
			if ok != (c.stream != none) || ok && (string(m.Stream) != c.stream || m.Kind != singer.Record) || b.Unfinished {
				t.Errorf("%s: %t, stream %s, unfinished: %t", name, ok, m.Stream, b.Unfinished)
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

// FuzzParseCut compares with the parser that sees the whole line, which may be cut anywhere.
func FuzzParseCut(f *testing.F) {
	f.Add(`"x":1,`, `{"b":["}]",{"\\\"":"{"}]}`, `,"stream":"t","type":"RECORD"`, uint16(0))
	f.Add("", `[{"stream":"x"}]`, `,"x":{"stream":"y"},"stream":"t"`, uint16(40))
	f.Add(`"stream":"t",`, `"\\"`, `,"type":"RECORD"`, uint16(10))
	f.Fuzz(func(t *testing.T, before, record, behind string, within uint16) {
		long := strings.Repeat("y", max(0, singer.BlockSize-int(within)))
		line := `{` + before + `"record":["` + long + `",` + record + `]` + behind + `}`
		if len(line) <= singer.BlockSize || len(before+behind) > 1000 || strings.ContainsAny(line, "\n") {
			return
		}
		var p singer.Parser
		var whole, m singer.Message
		if p.Parse([]byte(line), &whole) != nil {
			return
		}
		b := cutLine(t, line)
		if ok := singer.ParseCut(b, &m); !ok || b.Unfinished || m.Kind != whole.Kind || !bytes.Equal(m.Stream, whole.Stream) {
			t.Errorf("%s: %t, got %s %s, want %s %s", line, ok, m.Type, m.Stream, whole.Type, whole.Stream)
		}
	})
}
