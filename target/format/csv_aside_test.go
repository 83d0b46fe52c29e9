package format_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"target-s3/target/format"
	"target-s3/target/schema"
)

// TestLargeAsideInCSV has more members without a column than are written at once, and
// names that lead to them.
func TestLargeAsideInCSV(t *testing.T) {
	var members strings.Builder
	want := map[string]string{`q"`: `quoted, "x"`}
	for i := range 20_000 {
		value := strings.Repeat(`"`, i%5) + fmt.Sprint(i)
		text, _ := json.Marshal(value)
		fmt.Fprintf(&members, `,"n\"%d": %s`, i, text)
		want[fmt.Sprintf(`long__n"%d`, i)] = value
	}
	record := `{"long":{"b":1` + members.String() + `},"q\"":"quoted, \"x\""}`
	s, err := new(schema.Compiler).Compile([]byte(`{"properties":{"long":{"type":"object","properties":{"b":{"type":"integer"}}}}}`), []string{})
	if err != nil {
		t.Fatal(err)
	}
	l := format.NewCSVAgain(s, format.Options{Delimiter: ','})
	row := format.Row{Record: []byte(record), Repeated: true, Most: 1000}
	var scratch format.Scratch
	if out, mark := l.AppendRow([]byte("before"), &row, &scratch); !mark.Large || string(out) != "before" {
		t.Fatalf("%d bytes were appended, %+v", len(out), mark)
	}
	size, _ := l.Size(&row)
	row.Most = 0
	out, mark := l.AppendRow(make([]byte, 0, size), &row, &scratch)
	if cap(out) != size || len(out) < size-20_000 || !mark.Extra {
		t.Errorf("the row has %d bytes in %d, said was %d, %+v", len(out), cap(out), size, mark)
	}
	rows, err := csv.NewReader(strings.NewReader(string(out))).ReadAll()
	if err != nil || len(rows) != 1 || len(rows[0]) != 2 || rows[0][0] != "1" {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	got := map[string]string{}
	if err := json.Unmarshal([]byte(rows[0][1]), &got); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got, want) {
		t.Errorf("%d members, want %d", len(got), len(want))
	}
}
