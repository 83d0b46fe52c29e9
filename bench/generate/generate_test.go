package generate_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"target-s3/bench/generate"
	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/report"
	"target-s3/target/storetest"
)

func write(t *testing.T, o generate.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	r, err := generate.Write(&b, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Bytes != int64(b.Len()) {
		t.Errorf("%s: says %d bytes, wrote %d", o.Kind, r.Bytes, b.Len())
	}
	if n := int64(bytes.Count(b.Bytes(), []byte(`RECORD"`))); n != r.Records {
		t.Errorf("%s: says %d records, wrote %d", o.Kind, r.Records, n)
	}
	return b.Bytes()
}

// TestAccented has names with escapes where Python writes them, and the same data.
func TestAccented(t *testing.T) {
	o := generate.Options{Kind: generate.Narrow, Size: 1 << 16, Seed: 1}
	plain := write(t, o)
	o.Accented = true
	python := write(t, o)
	o.Compact = true
	compact := write(t, o)
	if !bytes.Contains(python, []byte(`"status\u00e9": "`)) || !bytes.Contains(compact, []byte(`"statusé":"`)) {
		t.Error("the names have no accents")
	}
	count := bytes.Count(python, []byte(`\u00e9": `))
	if same := bytes.ReplaceAll(python, []byte(`\u00e9": `), []byte(`": `)); count < 1000 || !bytes.HasPrefix(plain, same[:len(same)/2]) {
		t.Errorf("of %d names the accents are not all that differs", count)
	}
}

// TestDeterministic holds the bytes: figures of two days can be compared only if
// they are of the same data. A change on purpose replaces the sums.
func TestDeterministic(t *testing.T) {
	for _, tt := range []struct {
		kind    string
		compact bool
		sum     string
	}{
		{generate.Narrow, false, "713178b08bd5b2ea"},
		{generate.Narrow, true, "babce70625394fa9"},
		{generate.Wide, false, "ee3d0d191d236c77"},
		{generate.Wide, true, "f9fa303fecf698b7"},
		{generate.Nested, false, "6d10e397105838cb"},
		{generate.Nested, true, "28d7f407e4b1f4b9"},
		{generate.Text, false, "689803124e914f56"},
		{generate.Text, true, "8621133178ad34cb"},
		{generate.Mixed, false, "4e6e9e0553ed4f6a"},
		{generate.Mixed, true, "a940daef1aded149"},
	} {
		b := write(t, generate.Options{Kind: tt.kind, Streams: 4, Size: 1 << 20, Seed: 1, Compact: tt.compact})
		if got := fmt.Sprintf("%x", sha256.Sum256(b))[:16]; got != tt.sum {
			t.Errorf("%s, compact %v: sum %s, want %s", tt.kind, tt.compact, got, tt.sum)
		}
	}
	a := write(t, generate.Options{Kind: generate.Narrow, Streams: 1, Size: 1 << 10, Seed: 1})
	if b := write(t, generate.Options{Kind: generate.Narrow, Streams: 1, Size: 1 << 10, Seed: 2}); bytes.Equal(a, b) {
		t.Error("another seed gives the same data")
	}
}

// TestLoads has the program itself judge the records: none may be rejected.
func TestLoads(t *testing.T) {
	kinds := append(generate.Kinds(), generate.Columns, generate.Schemas, generate.Repeated, generate.Turns)
	for _, kind := range generate.Twins() {
		kinds = append(kinds, kind, kind+generate.Plain)
	}
	for _, kind := range kinds {
		for _, compact := range []bool{false, true} {
			t.Run(fmt.Sprintf("kind=%s/compact=%v", kind, compact), func(t *testing.T) {
				o := generate.Options{Kind: kind, Streams: 5, Size: 300 << 10, Seed: 3, Compact: compact, Count: 50}
				input := write(t, o)
				var log, states bytes.Buffer
				c, _, err := config.Load(config.JSON("test", []byte(`{"s3_bucket":"bucket"}`)))
				if err != nil {
					t.Fatal(err)
				}
				s, err := target.Load(context.Background(), bytes.NewReader(input), nil, target.Options{
					Config: c, Store: storetest.NewMemory(), State: &states, Event: report.Log(slog.New(slog.NewTextHandler(&log, nil))),
				})
				if err != nil {
					t.Fatal(err)
				}
				if n := int64(bytes.Count(input, []byte(`RECORD"`))); s.Rejected != 0 || s.Records != n {
					t.Errorf("%d records of %d were loaded, %d rejected\n%s", s.Records, n, s.Rejected, log.Bytes())
				}
				if states.Len() == 0 {
					t.Error("no state came out")
				}
			})
		}
	}
}

func TestShape(t *testing.T) {
	for kind, columns := range map[string]int{generate.Narrow: 8, generate.Wide: 60} {
		schemas, lines := 0, bufio.NewScanner(bytes.NewReader(write(t, generate.Options{Kind: kind, Streams: 2, Size: 10 << 10, Seed: 1})))
		for lines.Scan() {
			var m struct {
				Type           string
				Schema, Record struct{ Properties map[string]json.RawMessage }
			}
			if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
				t.Fatal(err)
			}
			if m.Type == "SCHEMA" {
				schemas++
				if n := len(m.Schema.Properties); n != columns {
					t.Errorf("%s has %d columns, want %d", kind, n, columns)
				}
			}
		}
		if schemas != 2 {
			t.Errorf("%s: %d schemas of 2 streams", kind, schemas)
		}
	}
	many := write(t, generate.Options{Kind: generate.Narrow, Streams: 1, Size: 8 << 20, Seed: 1})
	if n := bytes.Count(many, []byte(`"STATE"`)); n < 3 {
		t.Errorf("%d states in 8 MB", n)
	}
	text := string(write(t, generate.Options{Kind: generate.Text, Streams: 1, Size: 100 << 10, Seed: 1}))
	for _, want := range []string{`\n`, `\"`, `\\`, `\u00df`, `\ud83d\udce6`, `", "`} {
		if !strings.Contains(text, want) {
			t.Errorf("text has no %s", want)
		}
	}
	compact := string(write(t, generate.Options{Kind: generate.Text, Streams: 1, Size: 100 << 10, Seed: 1, Compact: true}))
	for _, want := range []string{"Straße", "📦", `","`} {
		if !strings.Contains(compact, want) {
			t.Errorf("compact text has no %s", want)
		}
	}
	if _, err := generate.Write(&bytes.Buffer{}, generate.Options{Kind: "tall"}); err == nil || !strings.Contains(err.Error(), `"tall"`) {
		t.Errorf("an unknown kind gives %v", err)
	}
}
