package target

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"target-s3/singer/jsonscan"
	"target-s3/target/config"
	"target-s3/target/format"
	"target-s3/target/schema"
)

// TestShelf has records of many streams in turn, from several goroutines, and holds
// that what their schemas are compiled to stays within its bound, and that rows are
// the same whether it was forgotten or not.
func TestShelf(t *testing.T) {
	const streams, columns, rounds = 40, 20, 5
	for _, files := range []string{config.FormatJSONL, config.FormatCSV, config.FormatParquet} {
		c := config.Config{OutputFileFormat: files, ValidateRecords: true, CSVDelimiter: ',', CSVArrays: config.CSVSubtables}
		r := newRegistry(&allSettings{base: &settings{config: c}}, func(Event) {})
		r.shelf.most = 100_000 // for some of them
		for s := range streams {
			var properties []string
			for i := range columns {
				properties = append(properties, fmt.Sprintf(`"s%d_c%d":{"type":["null","string","integer"],"maxLength":%d}`, s, i, i+5))
			}
			define(t, r, fmt.Sprintf("s%d", s), `{"properties":{`+strings.Join(properties, ",")+fmt.Sprintf(`,"list%d":{"type":"array","items":{"type":"integer"}}}}`, s))
		}
		if n := len(r.shelf.forms); n == streams || n < 2 {
			t.Fatalf("%s: %d of %d streams have their schema compiled", files, n, streams)
		}
		first := rowsOf(t, r, streams)
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				for range rounds {
					if rows := rowsOf(t, r, streams); rows != first {
						t.Errorf("%s: the rows are\n%.1000s\nand were\n%.1000s", files, rows, first)
					}
				}
			})
		}
		all.Wait()
		var size int64
		for _, f := range r.shelf.forms {
			size += f.made
		}
		if size != r.shelf.size || size > r.shelf.most {
			t.Errorf("%s: %d bytes are on the shelf, it says %d, and %d may be", files, size, r.shelf.size, r.shelf.most)
		}
	}
}

// TestShelfCountsOnce has many workers miss what was forgotten, at the same time: one of
// them makes it again, and it counts once.
func TestShelfCountsOnce(t *testing.T) {
	for _, files := range []string{config.FormatJSONL, config.FormatCSV, config.FormatParquet} {
		c := config.Config{OutputFileFormat: files, ValidateRecords: true, CSVDelimiter: ',', CSVArrays: config.CSVSubtables}
		r := newRegistry(&allSettings{base: &settings{config: c}}, func(Event) {})
		define(t, r, "s0", `{"properties":{"s0_c1":{"type":"string"},"s0_c3":{"type":"integer"},"list0":{"type":"array","items":{"type":"integer"}}}}`)
		rowsOf(t, r, 1)
		size := r.shelf.size
		for range 20 {
			r.streams.find("s0").form.drop()
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() { rowsOf(t, r, 1) })
			}
			all.Wait()
			if r.shelf.size != size {
				t.Fatalf("%s: %d bytes are on the shelf, and were %d when one worker made it", files, r.shelf.size, size)
			}
		}
	}
}

// rowsOf are those that a record of each stream makes.
func rowsOf(t *testing.T, r *registry, streams int) string {
	var prover schema.Prover
	var scratch format.Scratch
	var out []byte
	for i := range streams {
		s := r.streams.find(fmt.Sprintf("s%d", i))
		record := fmt.Appendf(nil, `{"s%d_c1":"text","s%d_c3":17,"list%d":[1,2],"other":[]}`, i, i, i)
		if _, proven := prover.Prove(s.schema, record, 0); !proven {
			t.Errorf("stream %d: not proven", i)
			continue
		}
		if _, err := s.schema.Validate(record, 0, membersIn(record), 1<<20); err != nil {
			t.Errorf("stream %d: %v", i, err)
		}
		row := format.Row{Record: record, Notes: prover.Notes()}
		if nested, ok := s.layout.(format.Nested); ok {
			out = nested.AppendRows(out, &row, &scratch, func(dst []byte, table int, _ format.Mark) []byte {
				if table >= 0 {
					dst = s.tables[table].layout.Header(dst, false)
				}
				return dst
			})
		} else {
			out, _ = s.layout.AppendRow(out, &row, &scratch)
		}
		out = s.layout.Header(out, true)
	}
	return string(out)
}

func membersIn(record []byte) int {
	var scan jsonscan.Scanner
	_, _ = scan.Value(record, 0)
	return scan.Members
}

// TestShelfNarrows has streams, which cannot be forgotten, take of what schemas may. One
// that has another schema takes no more.
func TestShelfNarrows(t *testing.T) {
	r := newRegistry(&allSettings{base: &settings{config: config.Config{OutputFileFormat: config.FormatJSONL, ValidateRecords: true}}}, func(Event) {})
	before := r.shelf.most
	for i := range 100 {
		define(t, r, "s", fmt.Sprintf(`{"properties":{"a%d":{}}}`, i))
	}
	if taken := before - r.shelf.most; taken < bytesOfStream || taken > 2*bytesOfStream {
		t.Errorf("one stream has taken %d bytes", taken)
	}
	for i := range int(before / bytesOfStream) {
		define(t, r, fmt.Sprintf("s%d", i), `{}`)
	}
	if r.shelf.most != leastShelf {
		t.Errorf("%d bytes are left", r.shelf.most)
	}
}
