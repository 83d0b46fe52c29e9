package staging_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"

	"target-s3/target/compress"
	"target-s3/target/format"
	"target-s3/target/schema"
	"target-s3/target/staging"
	"target-s3/target/storetest"
)

// TestRowsAcrossPieces appends rows of any length, so that they lie across the pieces
// of a block, and widens some of them.
func TestRowsAcrossPieces(t *testing.T) {
	layout := format.NewCSV(schema.Describe([]byte(`{"properties":{"a":{}}}`), nil), format.Options{Delimiter: ','})
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 0))
		name := []string{"none", "gzip", "zstd"}[seed%3]
		memory := storetest.NewMemoryMinPart(partSize)
		a, _ := area(t, memory, nil)
		s := spec(t, "k", layout, name)
		s.Extra = true
		f, want := a.Open(s), layout.Header(nil, true)
		for range 1 + random.IntN(400) {
			row := bytes.Repeat([]byte{byte('a' + random.IntN(26))}, 1<<random.IntN(12)+random.IntN(100))
			if random.IntN(200) == 0 {
				row = bytes.Repeat(row, 1+2*staging.LargeRow/len(row))
			}
			row, widen := append(row, '\n'), random.IntN(3) == 0
			if err := f.Append(row, widen); err != nil {
				t.Fatal(err)
			}
			if want = append(want, row...); widen {
				want = layout.Widen(want)
			}
			if f.IsBlockFull() || random.IntN(100) == 0 {
				if err := f.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		commit(t, a, f)
		stored, err := memory.Object("k")
		if err != nil {
			t.Fatal(err)
		}
		r, err := compress.NewReader(map[string]string{"none": "k", "gzip": "k.gz", "zstd": "k.zst"}[name], bytes.NewReader(stored))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d, %s: %d bytes, want %d, error %v", seed, name, len(got), len(want), err)
		}
		wantNoMemory(t, a)
	}
}

// TestManyBlocksAreNotCopied counts what the blocks of many files take while they grow.
func TestManyBlocksAreNotCopied(t *testing.T) {
	a, _ := area(t, storetest.NewMemory(), nil)
	var files []*staging.File
	for range 100 {
		files = append(files, a.Open(spec(t, "k", lines(), "none")))
	}
	line := bytes.Repeat([]byte("x"), 400)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const rows = 300
	for range rows {
		for _, f := range files {
			if err := f.Append(line, false); err != nil {
				t.Fatal(err)
			}
		}
	}
	runtime.ReadMemStats(&after)
	if taken, held := after.TotalAlloc-before.TotalAlloc, uint64(a.Held()); taken > held+held/10 {
		t.Errorf("%d bytes were allocated for blocks of %d", taken, held)
	}
}
