package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"target-s3/bench/generate"
	"target-s3/singer"
	"target-s3/target/schema"
)

// taken is how often the fast paths were taken.
type taken struct {
	records   int
	proven    int // by the scan, so that gojsonschema need not be asked
	relearned int // lines whose beginning was not the one expected
	lookedUp  int // keys that were not the ones expected
}

// count takes an input apart as a worker does.
func count(t *testing.T, input []byte) (n taken) {
	t.Helper()
	var prover schema.Prover
	schemas := map[string]*schema.Schema{}
	parser := singer.Parser{Record: func(stream, line []byte, at int) (int, bool) {
		if s := schemas[string(stream)]; s != nil {
			return prover.Prove(s, line, at)
		}
		return 0, false
	}}
	var m singer.Message
	for line := range bytes.Lines(input) {
		if err := parser.Parse(line, &m); err != nil {
			t.Fatal(err)
		}
		switch m.Kind {
		case singer.Schema:
			keys, err := singer.Strings(m.KeyProperties)
			if err != nil {
				t.Fatal(err)
			}
			s, err := new(schema.Compiler).Compile(m.Schema, keys)
			if err != nil {
				t.Fatal(err)
			}
			schemas[string(m.Stream)] = s
		case singer.Record:
			n.records++
			if m.RecordScanned {
				n.proven++
			}
		default:
		}
	}
	n.relearned, n.lookedUp = parser.Relearned, prover.LookedUp
	return n
}

// TestFastPathsAreTaken holds that usual data takes them: what generate writes, and
// what real taps wrote. None of them shows in what a load writes, and all of them
// in how long it takes.
func TestFastPathsAreTaken(t *testing.T) {
	for _, kind := range generate.Kinds() {
		for _, compact := range []bool{false, true} {
			var input bytes.Buffer
			if _, err := generate.Write(&input, generate.Options{Kind: kind, Streams: 8, Size: 1 << 20, Compact: compact}); err != nil {
				t.Fatal(err)
			}
			n := count(t, input.Bytes())
			if n.proven < n.records || 10*n.relearned > n.records || n.lookedUp > 2*n.records {
				t.Errorf("%s, compact %v: %+v", kind, compact, n)
			}
		}
	}
	recordings, err := filepath.Glob("../cmd/target-s3/testdata/taps/*/messages.singer.gz")
	if err != nil || len(recordings) == 0 {
		t.Fatal("no recordings", err)
	}
	for _, path := range recordings {
		n := count(t, recording(t, path)) // some of the records are invalid
		if 10*n.proven < 9*n.records || 10*n.relearned > n.records || 2*n.lookedUp > n.records {
			t.Errorf("%s: %+v", path, n)
		}
	}
}

func recording(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
