package main

import (
	"bytes"
	"io"
	"runtime"
	"testing"

	"target-s3/bench/generate"
)

// counted is what a load did that does not depend on how fast the machine is.
type counted struct {
	allocations float64 // a record, without the load's first quarter
	written     float64 // bytes for each byte of the input
	heap        float64 // bytes allocated for each byte of the input, all in all
}

// loaded counts a load, like the one that is measured.
func loaded(t *testing.T, o generate.Options, s settings) counted {
	t.Helper()
	var input bytes.Buffer
	if _, err := generate.Write(&input, o); err != nil {
		t.Fatal(err)
	}
	size := float64(input.Len())
	document := settings{"s3_bucket": "bench"}
	for name, value := range s {
		document[name] = value
	}
	before := allocated()
	r, err := loadDiscarding(childOptions{settings: document.json(), warmup: int64(size / 4)}, struct{ io.Reader }{&input})
	if err != nil {
		t.Fatal(err)
	}
	return counted{r.Allocations, float64(r.BytesOut) / size, float64(allocated()-before) / size}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// bounds are twice what was counted, but for what is written, which hangs on nothing
// but the data.
type bounds struct {
	kind        string
	allocations float64
	written     float64
	heap        float64
}

// TestCounts holds what each format costs in counts: no clock tells on a machine that
// others use that a record came to allocate, or that a buffer is no longer kept.
func TestCounts(t *testing.T) {
	if raceDetector || testing.Short() {
		t.Skip("pools forget at random with the race detector; and 300 MB take a while")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2)) // how many chunks are under way hangs on it
	for name, kinds := range map[string][]bounds{
		engineJSONL:   {{generate.Narrow, 0.05, 1.33, 6}, {generate.Wide, 0.2, 1.06, 6}, {generate.Nested, 0.1, 1.12, 6}, {generate.Text, 0.2, 1.06, 6}, {generate.Mixed, 0.2, 1.09, 6}},
		engineCSV:     {{generate.Narrow, 0.05, 0.68, 6}, {generate.Wide, 0.2, 0.55, 6}, {generate.Nested, 14, 1.38, 12}, {generate.Text, 0.2, 0.88, 6}, {generate.Mixed, 4, 0.83, 6}},
		engineCSVJSON: {{generate.Nested, 0.1, 0.8, 6}},
		engineParquet: {{generate.Narrow, 1, 0.29, 7}, {generate.Wide, 15, 0.39, 9}, {generate.Nested, 4, 0.36, 9}, {generate.Text, 4, 0.83, 9}, {generate.Mixed, 6, 0.55, 9}},
		engineGzip:    {{generate.Narrow, 0.05, 0.19, 6}, {generate.Wide, 0.2, 0.33, 6}, {generate.Mixed, 0.2, 0.28, 6}},
	} {
		for _, most := range kinds {
			got := loaded(t, generate.Options{Kind: most.kind, Streams: 8, Size: 16 << 20}, engineSettings[name])
			if got.allocations > most.allocations || got.written > most.written || got.heap > most.heap {
				t.Errorf("%s, %s: %+v, must be at most %+v", name, most.kind, got, most)
			}
		}
	}
}

// TestCountsOfGrowth holds what grows in something other than records.
func TestCountsOfGrowth(t *testing.T) {
	if raceDetector || testing.Short() {
		t.Skip("pools forget at random with the race detector; and 300 MB take a while")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	streams := loaded(t, generate.Options{Kind: generate.Narrow, Streams: 2000, InTurn: true, Size: 16 << 20}, nil)
	if streams.allocations > 2.5 || streams.heap > 7 {
		t.Errorf("2,000 streams in turn: %+v", streams)
	}
	distinct := loaded(t, generate.Options{Kind: generate.Narrow, Streams: 2000, InTurn: true, Distinct: true, Size: 16 << 20}, nil)
	if distinct.allocations > 3.3 || distinct.heap > 11 {
		t.Errorf("2,000 streams of distinct schemas in turn: %+v", distinct)
	}
	// To compile the schema of 60 columns takes thousands of allocations.
	if turns := loaded(t, generate.Options{Kind: generate.Turns, Count: 2000}, nil); turns.allocations > 150 {
		t.Errorf("two schemas in turn: %+v; are they compiled again and again?", turns)
	}
	few := loaded(t, generate.Options{Kind: generate.Schemas, Count: 2000}, nil)
	many := loaded(t, generate.Options{Kind: generate.Schemas, Count: 8000}, nil)
	if many.heap > 1.3*few.heap {
		t.Errorf("8,000 schemas allocate %.1f bytes for each of theirs, 2,000 schemas %.1f", many.heap, few.heap)
	}
}

// TestUnusualRecordsAreProven holds for what it names that the scan proves it, and
// gojsonschema need not be asked.
func TestUnusualRecordsAreProven(t *testing.T) {
	for _, o := range []generate.Options{
		{Kind: "exponents"},
		{Kind: "odd moments"},
		{Kind: generate.Narrow, Accented: true},
		{Kind: "patternProperties"},
		{Kind: "anyOf of objects"},
		{Kind: "oneOf of objects"},
		{Kind: "items as a list"},
		{Kind: "uniqueItems"},
		{Kind: "not"},
	} {
		var input bytes.Buffer
		o.Size = 64 << 10
		if _, err := generate.Write(&input, o); err != nil {
			t.Fatal(err)
		}
		if n := count(t, input.Bytes()); n.proven < n.records || n.records == 0 {
			t.Errorf("%+v: %+v", o, n)
		}
	}
}
