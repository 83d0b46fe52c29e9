package target_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/storetest"
)

// FuzzPartitions has random sequences of records go to partitions, and compares with
// what a reference says that forgets each record before it looks at the next: which
// partition each is in, and in which order.
func FuzzPartitions(f *testing.F) {
	for seed := range uint64(12) {
		f.Add(seed)
	}
	f.Fuzz(checkPartitions)
}

func checkPartitions(t *testing.T, seed uint64) {
	g := rand.New(rand.NewPCG(seed, 1))
	memory := storetest.NewMemory()
	o := options(memory, &stateLog{})
	o.Workers = 1 + g.IntN(3)
	o.Config.S3KeyFormatString = "[integration_name]/[table_name]/p=[field:p]/d=[field:p|date]/h=[field:é x|hour]/[table_version]_[timestamp_loaded]"
	o.Config.ValidateRecords = g.IntN(3) > 0
	o.Config.AddRecordMetadata = g.IntN(2) > 0
	o.Config.BatchSizeRows = int64(g.IntN(3) * 5)
	o.Config.OutputFileFormat = config.FormatJSONL
	input, want := partitionInput(g)
	if _, err := target.Load(t.Context(), strings.NewReader(input), make(chan struct{}), o); err != nil {
		t.Fatal(err)
	}
	got := map[string][]int{}
	for _, key := range memory.Keys() { // sorted, so that the files of a partition are in order
		content, err := memory.Object(key)
		if err != nil {
			t.Fatal(err)
		}
		folder := key[:strings.LastIndexByte(key, '/')]
		for line := range bytes.Lines(content) {
			var row struct{ Number int }
			if err := json.Unmarshal(line, &row); err != nil {
				t.Fatal(err)
			}
			got[folder] = append(got[folder], row.Number)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("input:\n%s\ngot  %v\nwant %v", input, got, want)
	}
}

// partitionInput is a random input, and the records of each folder.
func partitionInput(g *rand.Rand) (input string, folders map[string][]int) {
	var b strings.Builder
	schemas := []string{`{}`, `{"properties":{"p":{},"\u00e9 x":{"type":["string","null"]},"Number":{"type":"integer"},"o":{"type":"object","properties":{"p":{}}}}}`, `{"properties":{"Number":{},"\u00e9 x":{},"p":{"type":["string","number","boolean","null","object"]}}}`}
	streams := []string{"a", "b"}
	for _, s := range streams {
		fmt.Fprintf(&b, `{"type":"SCHEMA","stream":%q,"schema":%s,"key_properties":[]}`+"\n", s, schemas[g.IntN(len(schemas))])
	}
	texts := []string{
		`"x"`, `"\u0078"`, `"y"`, `"a/b"`, `""`, `".."`, `"é"`, `null`, `1`, `1.0`, `-0`, `true`, `{"p":"x"}`,
		`"2026-01-02"`, `"2026-01-02T23:30:00-01:00"`, `"2026-01-02T00:59:59Z"`, `"2026-01-02T01:00:00Z"`, `"2026-01-02 01:00"`, `"2026-02-30"`,
		`"` + strings.Repeat("long", 100) + `"`,
	}
	if g.IntN(2) == 0 {
		texts = texts[g.IntN(10):][:g.IntN(9)+2] // so that values come again
	}
	folders = map[string][]int{}
	for n := range g.IntN(60) {
		stream := streams[g.IntN(len(streams))]
		record := fmt.Sprintf(`"Number":%d`, n)
		for _, key := range []string{`"p"`, `"é x"`, `"\u00e9 x"`, `"\u0070"`, `"o"`, `"p"`} {
			if g.IntN(3) > 0 {
				continue
			}
			value := texts[g.IntN(len(texts))]
			if key == `"o"` {
				value = `{"p":` + value + `}`
			} else if strings.Contains(key, "x") && !strings.HasPrefix(value, `"`) {
				value = "null"
			}
			if member := key + ":" + value; g.IntN(2) > 0 {
				record += "," + member
			} else {
				record = member + "," + record
			}
		}
		fmt.Fprintf(&b, `{"type":"RECORD","stream":%q,"record":{%s}}`+"\n", stream, record)
		var members map[string]any
		d := json.NewDecoder(strings.NewReader("{" + record + "}"))
		d.UseNumber()
		if err := d.Decode(&members); err != nil {
			panic(err)
		}
		folder := fmt.Sprintf("singer/%s/p=%s/d=%s/h=%s", stream, slowField(members["p"]), slowPart(members["p"], "2006-01-02"), slowPart(members["é x"], "15"))
		folders[folder] = append(folders[folder], n)
	}
	return b.String(), folders
}

var unsafeInKey = regexp.MustCompile(`[^A-Za-z0-9_.-]`)

const noValue = "__HIVE_DEFAULT_PARTITION__"

func slowField(v any) string {
	text := ""
	switch v := v.(type) {
	case string:
		text = v
	case json.Number:
		text = string(v)
	case bool:
		text = fmt.Sprint(v)
	}
	switch {
	case text == "":
		return noValue
	case strings.Trim(text, ".") == "":
		return strings.Repeat("_", len(text))
	}
	text = unsafeInKey.ReplaceAllString(text, "_")
	return text[:min(len(text), 200)]
}

func slowPart(v any, layout string) string {
	text, _ := v.(string)
	for _, l := range []string{time.RFC3339, "2006-01-02"} {
		if at, err := time.Parse(l, text); err == nil {
			return at.UTC().Format(layout)
		}
	}
	return noValue
}

// TestManyFiles bounds how many files wait for a checkpoint: when half of that do, the
// next STATE is one, and more than all are an error that keeps what came before.
func TestManyFiles(t *testing.T) {
	const most = 1000 // for as little memory
	input := func(states ...int) string {
		var b strings.Builder
		b.WriteString(`{"type":"SCHEMA","stream":"a","schema":{"properties":{"p":{"type":"integer"}}},"key_properties":[]}` + "\n")
		for n := range most + 1 {
			if slices.Contains(states, n) {
				b.WriteString(stateLine(n))
			}
			fmt.Fprintf(&b, `{"type":"RECORD","stream":"a","record":{"p":%d}}`+"\n", n)
		}
		return b.String()
	}
	for _, test := range []struct {
		name   string
		states []int
		whole  bool
		want   string // of the checkpoints
		err    string
	}{
		{"too many", nil, false, "[1000]", "1000 files wait for one checkpoint, and no more may"},
		{"a STATE in time", []int{100, 501}, false, "[501 500]", ""},
		{"a STATE too early", []int{500}, false, "[1000]", "1000 files wait for one checkpoint"},
		{"all or nothing", []int{501}, true, "[]", "1000 files wait for one checkpoint"},
	} {
		t.Run(test.name, func(t *testing.T) {
			checkpoints := []int{}
			o := options(storetest.NewMemory(), &stateLog{})
			o.Config.MemoryLimitBytes, o.Whole = 1<<20, test.whole
			o.Config.S3KeyFormatString = "[integration_name]/[table_name]/[field:p]/[table_version]_[timestamp_loaded]"
			o.Event = func(e target.Event) {
				if c, ok := e.(target.Checkpoint); ok {
					checkpoints = append(checkpoints, len(c.Objects))
				}
			}
			_, err := target.Load(t.Context(), strings.NewReader(input(test.states...)), make(chan struct{}), o)
			if fmt.Sprint(checkpoints) != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("checkpoints %v, want %s; error %v, want %q", checkpoints, test.want, err, test.err)
			}
		})
	}
}
