package format_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"target-s3/target/format"
	"target-s3/target/schema"
)

// TestSystemColumnsFromRowToRow has rows of many kinds follow each other: what is kept
// of one must not show in the next.
func TestSystemColumnsFromRowToRow(t *testing.T) {
	var layouts []format.Layout
	for _, keys := range [][]string{{"id"}, nil} {
		s := schema.Describe([]byte(`{"properties":{"id":{}}}`), keys)
		layouts = append(layouts, format.NewJSONL(s, format.Options{Metadata: true}), format.NewJSONL(s, format.Options{}), format.NewCSV(s, format.Options{Metadata: true, Delimiter: ','}))
	}
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	var kept format.Scratch
	for n := range 20_000 {
		r := row(t, pick(`{"id":1}`, `{"id":1}`, `{}`, `{"_sdc_sequence":3}`, `{"id":1,"_sdc_sequence":3}`))
		if text := pick("", `"2026-01-01T00:00:00Z"`, `"2026-01-01T00:00:00Z"`, `"2026-01-01T00:00:01Z"`, "null", "7"); text != "" {
			r.TimeExtracted = []byte(text)
		}
		copy(r.Received[len(r.Received)-2:], pick("1", "1", "1", "2"))
		r.Version = int64(random.IntN(2))
		r.Sequence = int64(random.Uint64()>>1) >> random.IntN(64)
		l := layouts[random.IntN(len(layouts))]
		got, mark := l.AppendRow([]byte("before"), r, &kept)
		want, wantMark := l.AppendRow([]byte("before"), r, &format.Scratch{})
		if !bytes.Equal(got, want) || mark != wantMark {
			t.Fatalf("row %d:\n got %s %+v\nwant %s %+v", n, got, mark, want, wantMark)
		}
		sequence := strconv.FormatInt(r.Sequence, 10)
		if l != layouts[1] && l != layouts[4] && !slices.Contains(strings.FieldsFunc(string(got), func(r rune) bool { return strings.ContainsRune(":,}\n", r) }), sequence) {
			t.Fatalf("%s has no sequence %s", got, sequence)
		}
	}
}
