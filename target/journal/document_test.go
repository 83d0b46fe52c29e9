package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"target-s3/target/store"
)

func sample() document {
	return document{
		Format: format, Name: "shop", Commit: 7, Token: "ABC", Status: statusOpen,
		State:    []byte(`{"bookmarks": {"orders" : "2024-01-01 <&>"}, "n": 1.10}`),
		Previous: []byte(`{"bookmarks":{}}`),
		Objects: []Object{
			{Table: "orders/line_items", Version: 1, Rows: 3, Receipt: store.Receipt{
				Key: "shop/orders/1_2.jsonl", Upload: "u1", Size: 30, CRC32C: "00aa00bb", Token: "t1",
				Parts: []store.PartReceipt{{Size: 20, ETag: `"e1"`}, {Size: 10, ETag: `"e2"`}},
			}},
			{Table: "empty", Version: 1519235654474, Receipt: store.Receipt{Key: "shop/empty/1_2.jsonl", Upload: "u2", Token: "t2"}},
		},
	}
}

func encoded(t testing.TB, d document) []byte {
	t.Helper()
	b, err := d.encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDocument(t *testing.T) {
	d := sample()
	b := encoded(t, d)
	if !json.Valid(b) {
		t.Fatalf("no JSON:\n%s", b)
	}
	if n := bytes.Count(b, []byte("\n")); n != 11 {
		t.Errorf("%d lines, want one for each member and object:\n%s", n, b)
	}
	got, err := decode(b, "shop")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, got); diff != "" {
		t.Error(diff)
	}
	if !bytes.Contains(b, d.State) {
		t.Errorf("the state is not there as it came:\n%s", b)
	}
}

// A document without a state has null, and so has one of no commit.
func TestDocumentOfNothing(t *testing.T) {
	d := document{Format: format, Name: "shop", Token: "A", Status: statusDone}
	got, err := decode(encoded(t, d), "shop")
	if err != nil || got.State != nil || got.Previous != nil || len(got.Objects) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDocumentRefused(t *testing.T) {
	good := string(encoded(t, sample()))
	if _, err := decode([]byte(good), "shop"); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ old, new, want string }{
		"nothing":         {good, "", "unexpected end"},
		"no object":       {good, "[]", "not a JSON object, but of the kind array"},
		"format of text":  {`"format": 1`, `"format": "1"`, "its format is of the kind string"},
		"cut":             {good[len(good)/2:], "", "unexpected end"},
		"something after": {good, good + "{}", "after top-level value"},
		"a newer format":  {`"format": 1`, `"format": 2`, "a newer version of this program"},
		"no format":       {`"format": 1,`, ``, "its format is 0"},
		"another name":    {`"name": "shop"`, `"name": "other"`, `its name is "other", not "shop"`},
		"a member":        {`"commit": 7`, `"commit": 7, "comment": ""`, `unknown field "comment"`},
		"status":          {`"open"`, `"half"`, `its status is "half"`},
		"token":           {`"ABC"`, `""`, "its token must have"},
		"a long token":    {`"ABC"`, `"` + strings.Repeat("x", 101) + `"`, "its token must have"},
		"commit":          {`"commit": 7`, `"commit": 0`, "its commit is 0"},
		"negative commit": {`"commit": 7`, `"commit": -7`, "its commit is -7"},
		"large commit":    {`"commit": 7`, `"commit": 1e99`, "its commit is of the kind number 1e99"},
		"last commit":     {`"commit": 7`, `"commit": 9223372036854775807`, "its commit is 9223372036854775807"},
		"state of lines":  {`"state": {`, "\"state\": {\n", "its state has a line break"},
		"not UTF-8":       {`2024-01-01`, "2024\xff", "it is not UTF-8"},
		"no key":          {`"shop/orders/1_2.jsonl"`, `""`, "not a key"},
		"key leads out":   {`"shop/orders/1_2.jsonl"`, `"shop/../../1_2.jsonl"`, "not a key"},
		"key of a root":   {`"shop/orders/1_2.jsonl"`, `"/etc/passwd"`, "not a key"},
		"key of a line":   {`"shop/orders/1_2.jsonl"`, `"shop/orders\n1_2.jsonl"`, "not a key"},
		"key of Windows":  {`"shop/orders/1_2.jsonl"`, `"shop\\..\\1_2.jsonl"`, "not a key"},
		"a long key":      {`"shop/orders/1_2.jsonl"`, `"` + strings.Repeat("x", 1025) + `"`, "not a key"},
		"key twice":       {`"shop/empty/1_2.jsonl"`, `"shop/orders/1_2.jsonl"`, "is there twice"},
		"rows":            {`"rows":3`, `"rows":-3`, "must not be negative"},
		"size":            {`"size":30`, `"size":-30`, "must not be negative"},
		"parts":           {`"parts":[`, `"parts":[` + strings.Repeat(`{},`, 10_000), "it has 10002 parts"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(good, tt.old, tt.new, 1)
			if text == good {
				t.Fatal("the document is the same")
			}
			if _, err := decode([]byte(text), "shop"); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// What a journal can hold is said in the documentation.
// What is written can be read: nobody could go on from a journal that cannot.
func TestOnlyWhatCanBeReadIsWritten(t *testing.T) {
	deep := func(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }
	for name, tt := range map[string]struct {
		change func(d *document)
		want   string // of the error; empty: none
	}{
		"deep":            {func(d *document) { d.State = []byte(deep(9_999)) }, ""},
		"deeper":          {func(d *document) { d.State = []byte(deep(10_000)) }, "10,000 levels"},
		"deeper before":   {func(d *document) { d.Previous = []byte(deep(20_000)) }, "10,000 levels"},
		"surrogate":       {func(d *document) { d.State = []byte(`"\ud83d"`) }, ""},
		"not UTF-8":       {func(d *document) { d.State = []byte("\"\xff\"") }, "UTF-8"},
		"not JSON":        {func(d *document) { d.State = []byte("{") }, "JSON"},
		"of two values":   {func(d *document) { d.State = []byte("1, 2") }, "JSON"},
		"of two lines":    {func(d *document) { d.State = []byte("{\n}") }, "line break"},
		"key twice":       {func(d *document) { d.Objects[1].Key = d.Objects[0].Key }, "is there twice"},
		"key out":         {func(d *document) { d.Objects[1].Key = "a/../b" }, "not a key"},
		"states of 17 MB": {func(d *document) { d.State = []byte(`"` + strings.Repeat("x", 17<<20) + `"`); d.Previous = d.State }, "the states before and after it take 34 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			d := sample()
			tt.change(&d)
			b, err := d.encode()
			if err == nil {
				_, err := decode(b, "shop")
				if err != nil || tt.want != "" {
					t.Fatalf("it was written; reading it: %v", err)
				}
				return
			}
			if tt.want == "" || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestDocumentTooLarge(t *testing.T) {
	if raceDetector || testing.Short() {
		t.Skip("for -short and the race detector TestOnlyWhatCanBeReadIsWritten, which has one that is too large, is enough")
	}
	d := document{Format: format, Name: "shop", Commit: 1, Token: "ABC", Status: statusOpen}
	add := func(objects, parts int) {
		for range objects {
			n := len(d.Objects)
			o := Object{Table: "a_table_of_some_name", Version: 1, Rows: 1000, Receipt: store.Receipt{
				Key: fmt.Sprintf("integration/a_table_of_some_name/1_%013d.jsonl.gz", n), Upload: strings.Repeat("u", 120), Token: strings.Repeat("t", 32),
			}}
			for range parts {
				o.Parts = append(o.Parts, store.PartReceipt{Size: 5 << 20, ETag: `"` + strings.Repeat("e", 32) + `"`, CRC32C: "01234567"})
				o.Size += 5 << 20
			}
			d.Objects = append(d.Objects, o)
		}
	}
	add(5000, 1)
	add(25, 10_000)
	b := encoded(t, d)
	t.Logf("%d objects, %d bytes", len(d.Objects), len(b))
	if _, err := decode(b, "shop"); err != nil {
		t.Error(err)
	}
	add(15, 10_000)
	if _, err := d.encode(); err == nil || !strings.Contains(err.Error(), "larger than 32 MiB") {
		t.Errorf("error %v", err)
	}
	if _, err := decode(make([]byte, MaxBytes+1), "shop"); err == nil {
		t.Error("more than the limit was read")
	}
}

// Whatever is read, nothing breaks; and what is taken for a journal says the same
// when it is written again.
func FuzzDocument(f *testing.F) {
	d := sample()
	f.Add(encoded(f, d))
	d.Status, d.State = statusDone, nil
	f.Add(encoded(f, d))
	f.Add([]byte(`{"format":1,"name":"shop","token":"a","status":"done"}`))
	f.Add([]byte(`{"format":1,"name":"shop","token":"a","status":"done","state":[1,"\ud800"],"objects":[{"key":"a","size":1e2}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := decode(body, "shop")
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error of several lines: %q", err)
			}
			return
		}
		again, err := decode(encoded(t, d), "shop")
		if err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
		if len(d.Objects) == 0 { // none and null are the same
			d.Objects, again.Objects = nil, nil
		}
		for i := range d.Objects {
			if len(d.Objects[i].Parts) == 0 {
				d.Objects[i].Parts, again.Objects[i].Parts = nil, nil
			}
		}
		if diff := cmp.Diff(d, again); diff != "" {
			t.Error(diff)
		}
	})
}

// TestEncodeCopiesOnce: a state may have 16 MiB, and is in memory beside the journal's body.
func TestEncodeCopiesOnce(t *testing.T) {
	if raceDetector {
		t.Skip("with the race detector a buffer is made twice where it grows")
	}
	state := []byte(`"` + strings.Repeat("a", 8<<20) + `"`)
	d := document{Format: format, Name: "shop", Commit: 2, Token: "t", Status: statusOpen, State: state, Previous: state}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	body, err := d.encode()
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if made := after.TotalAlloc - before.TotalAlloc; made > uint64(len(body)+1<<20) {
		t.Errorf("%d bytes were allocated for %d", made, len(body))
	}
}
