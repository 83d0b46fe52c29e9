package format_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"target-s3/target/format"
	"target-s3/target/schema"
)

func TestCSVNamesAreKeptApart(t *testing.T) {
	for text, want := range map[string]string{
		`{"properties":{"a":{"properties":{"b":{}}},"a__b":{}}}`:                      "a__b_6a870fc7,a__b",
		`{"properties":{"a__b":{},"a":{"properties":{"b":{}}}}}`:                      "a__b,a__b_6a870fc7",
		`{"properties":{"a":{"properties":{"b__c":{},"b":{"properties":{"c":{}}}}}}}`: "a__b__c,a__b__c_fc1c45fe",
		`{"properties":{"a":{"properties":{"b":{"properties":{"c":{}}},"b__c":{}}}}}`: "a__b__c_fc1c45fe,a__b__c",
		`{"properties":{"_sdc_extra":{}}}`:                                            "_sdc_extra_33b4cabf",
		`{"properties":{"_SDC_Extra":{}}}`:                                            "_SDC_Extra_35371828",
		`{"properties":{"userId":{},"userID":{}}}`:                                    "userId_72233777,userID",
		`{"properties":{"userID":{},"userId":{}}}`:                                    "userID,userId_72233777",
		`{"properties":{"userID":{}}}`:                                                "userID",
		`{"properties":{"Name":{},"name":{}}}`:                                        "Name_df5c7dd1,name",
		`{"properties":{"a":{"properties":{"B":{}}},"A":{"properties":{"b":{}}}}}`:    "a__B_0e12baaa,A__b",
		`{"properties":{"":{},"_":{}}}`:                                               "__055539df,_",
	} {
		l := format.NewCSV(schema.Describe([]byte(text), nil), format.Options{Delimiter: ','})
		if got := strings.TrimSpace(string(l.Header(nil, false))); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// TestNamesDependOnThePath has a property always get one of two names, its own or
// that with its suffix, whatever else there is and in which order.
func TestNamesDependOnThePath(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	parts := []string{"a", "A", "b", "B", "a__b", "a_", "_b", "A__b", "", "_", "\u0130", "i", "_sdc_extra", "a__b_6a870fc7"}
	suffixed := map[string]string{} // by path
	for range 20_000 {
		var paths [][]string
		for range 1 + r.IntN(8) {
			path := []string{parts[r.IntN(len(parts))]}
			for r.IntN(2) == 0 {
				path = append(path, parts[r.IntN(len(parts))])
			}
			if !slices.ContainsFunc(paths, func(p []string) bool { return slices.Equal(p, path) }) {
				paths = append(paths, path)
			}
		}
		taken := []string{"_sdc_extra"}
		names := format.ColumnNames(taken, paths)
		folded := map[string]bool{"_sdc_extra": true}
		byPath := map[string]string{}
		for i, name := range names {
			if folded[strings.ToLower(name)] {
				t.Fatalf("%q: %q is there twice, or taken", paths, name)
			}
			folded[strings.ToLower(name)] = true
			key, own := strings.Join(paths[i], "\x00"), strings.Join(paths[i], "__")
			byPath[key] = name
			if own == "" {
				own = "_"
			}
			if name == own || strings.Contains(key, "6a870fc7") || key == "a\x00b" { // these are made to meet
				continue
			}
			if before := suffixed[key]; before != "" && before != name {
				t.Fatalf("%q is %q, and was %q", paths[i], name, before)
			}
			suffixed[key] = name
			if len(name) != len(own)+9 || !strings.HasPrefix(name, own+"_") {
				t.Fatalf("%q is %q", paths[i], name)
			}
		}
		r.Shuffle(len(paths), func(i, k int) { paths[i], paths[k] = paths[k], paths[i] })
		for i, name := range format.ColumnNames(taken, paths) {
			if byPath[strings.Join(paths[i], "\x00")] != name {
				t.Fatalf("%q: in another order %q is %q", paths, paths[i], name)
			}
		}
	}
}

func TestCSVColumnOrder(t *testing.T) {
	const one = `{"properties":{"id":{},"b":{},"a":{"properties":{"z":{},"c":{}}},"a0":{},"B":{},"list":{"type":"array","items":{"properties":{"y":{},"x":{}}}}}}`
	const other = `{"properties":{"B":{},"list":{"type":"array","items":{"properties":{"x":{},"y":{}}}},"a0":{},"a":{"properties":{"c":{},"z":{}}},"b":{},"id":{}}}`
	const record = `{"list":[{"x":6,"y":7}],"a":{"c":2,"z":3},"b":5,"a0":1,"id":4,"B":"b","more":1}`
	for _, text := range []string{one, other} {
		s := schema.Describe([]byte(text), []string{"id"})
		l := format.NewCSV(s, format.Options{Delimiter: ',', Metadata: true, Subtables: true, ByName: true})
		if got := string(l.Header(nil, true)); !strings.HasPrefix(got, "B_a1c69ab8,a0,a__c,a__z,b,id,_sdc_extracted_at,") || !strings.HasSuffix(got, ",_sdc_extra\n") {
			t.Errorf("%s: header %s", text, got)
		}
		if got := string(l.Tables()[0].Layout.Header(nil, false)); !strings.HasPrefix(got, "_sdc_source_key_id,_sdc_level_0_id,x,y,_sdc_extracted_at,") {
			t.Errorf("%s: header %s", text, got)
		}
		var rows []string
		last := 0
		l.AppendRows(nil, row(t, record), &format.Scratch{}, func(dst []byte, _ int, _ format.Mark) []byte {
			rows = append(rows, string(dst[last:]))
			last = len(dst)
			return dst
		})
		if len(rows) != 2 || !strings.HasPrefix(rows[0], "b,1,2,3,5,4,,") || !strings.HasPrefix(rows[1], "4,0,6,7,,") {
			t.Errorf("%s: rows %q", text, rows)
		}
	}
}

// TestKeysOfSubtablesAreBounded: a subtable has the columns of all keys, so that
// thousands of both would take gigabytes.
func TestKeysOfSubtablesAreBounded(t *testing.T) {
	var arrays, below strings.Builder
	var keys []string
	for i := range 3000 {
		fmt.Fprintf(&arrays, `,"a%d":{"type":"array"}`, i)
		fmt.Fprintf(&below, `,"b%d":{}`, i)
		keys = append(keys, fmt.Sprintf("k%d", i))
	}
	long := strings.Repeat("x", 1<<20)
	for _, tt := range []struct {
		first string
		keys  []string
		want  int
	}{
		{`"id":{}`, []string{"id"}, 3000},
		{`"id":{"properties":{"x":{},"y":{"properties":{"z":{}}}}}`, []string{"id"}, 3000},
		{`"id":{}`, keys, 0},
		{`"` + long + `":{}`, []string{long}, 0},
		{`"id":{"properties":{"x":{}` + below.String() + `}}`, []string{"id"}, 0},
	} {
		s := schema.Describe([]byte(`{"properties":{`+tt.first+arrays.String()+`}}`), tt.keys)
		l := format.NewCSV(s, format.Options{Delimiter: ',', Subtables: true})
		if got := len(l.Tables()); got != tt.want {
			t.Errorf("%.50s: %d tables, want %d", tt.first, got, tt.want)
		}
		if header := string(l.Header(nil, false)); tt.want == 0 && !strings.Contains(header, ",a2999") {
			t.Errorf("%.50s: arrays have no columns", tt.first)
		}
	}
}
