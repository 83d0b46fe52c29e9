package target_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"target-s3/singer"
	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/storetest"
)

// delivery is a way in which an input may arrive.
type delivery struct {
	name   string
	reader func([]byte) io.Reader
}

var deliveries = []delivery{
	{"whole", func(b []byte) io.Reader { return bytes.NewReader(b) }},
	{"bytes", func(b []byte) io.Reader { return iotest.OneByteReader(bytes.NewReader(b)) }},
	{"halves", func(b []byte) io.Reader { return iotest.HalfReader(bytes.NewReader(b)) }},
	{"end", func(b []byte) io.Reader { return iotest.DataErrReader(bytes.NewReader(b)) }},
	{"slow", func(b []byte) io.Reader { return &slow{bytes.NewReader(b)} }},
	{"pieces", func(b []byte) io.Reader { return &pieces{bytes.NewReader(b), rand.New(rand.NewPCG(uint64(len(b)), 2))} }},
}

// pieces gives a random number of bytes at a time.
type pieces struct {
	r    io.Reader
	rand *rand.Rand
}

func (p *pieces) Read(b []byte) (int, error) {
	return p.r.Read(b[:min(len(b), 1+p.rand.IntN(1000))])
}

// slow leaves the compressors time to be done with everything.
type slow struct{ r io.Reader }

func (s *slow) Read(b []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return s.r.Read(b[:min(len(b), 100_000)])
}

// maxLine is how long a line may be before it is cut, as load.go works it out.
func maxLine(c config.Config) int {
	m := c.MemoryLimitBytes
	return int(max(min(max(m/8, c.MaxRecordBytes+64<<10), m), singer.BlockSize))
}

// TestWhatComesOutIsWhatWentIn compares random loads with the model.
func TestWhatComesOutIsWhatWentIn(t *testing.T) {
	small, large, largest := 500, 8, 4000
	if raceDetector || testing.Short() {
		small, large, largest = 40, 1, 1000
	}
	for seed := range small + large {
		g := newGenerator(uint64(seed))
		g.settings()
		messages := 1 + g.IntN(150)
		if seed >= small {
			messages = largest
			g.config.BatchSizeRows *= 50
			g.config.BatchSizeBytes *= 50
			g.config.BatchWaitLimit = math.MaxInt64
		}
		input := g.input(messages)
		if seed%50 == 0 {
			input = append(addLongLine(g), input...)
		}
		d := deliveries[g.IntN(len(deliveries))]
		workers := 1 + g.IntN(4)
		if !t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			checkLoad(t, g.config, input, d, workers)
		}) {
			return
		}
	}
}

// addLongLine returns a schema and a record that may be too long to be held.
func addLongLine(g *generator) []byte {
	return fmt.Appendf(nil, `{"type":"SCHEMA","stream":"long","schema":{}}
{"type":"RECORD","stream":"long","record":{"a":1}}
{"stream":"long","type":"RECORD","record":{"a":"%s"}}
{"type":"RECORD","stream":"long","record":{"a":2}}
`, strings.Repeat("0123456789", 30_000+g.IntN(10_000)))
}

func checkLoad(t *testing.T, c config.Config, input []byte, d delivery, workers int) {
	checkOutcome(t, c, input, model(c, input, maxLine(c)), d, workers)
}

func checkOutcome(t *testing.T, c config.Config, input []byte, want outcome, d delivery, workers int) {
	store := storetest.NewMemory()
	v := newView(store, c)
	states := &stateLog{}
	check := &stateCheck{view: v, want: want, log: states}
	o := options(store, check)
	o.Config, o.Workers, o.BatchFiles = c, workers, want.files
	summary, err := target.Load(t.Context(), d.reader(input), nil, o)

	if err != nil && c.BatchSizeBytes < 100 && strings.Contains(err.Error(), "files wait for one checkpoint") {
		t.Skip("each row is a file of its own, and there are more than may wait")
	}
	if check.err != nil {
		t.Errorf("at state %s: %v", states.all()[len(states.all())-1], check.err)
	}
	checkError(t, c, want, err)
	if err := v.check(want, math.MaxInt, math.MaxInt); err != nil {
		t.Error(err)
	}
	if n, all := len(want.states), states.all(); n > 0 && (len(all) == 0 || all[len(all)-1] != want.states[n-1].text) {
		t.Errorf("states %q, the last one must be %s", all, want.states[n-1].text)
	}
	if staged := store.Staged(); len(staged) > 0 {
		t.Errorf("still staged: %q", staged)
	}
	checkSummary(t, summary, want, store, states)
	if t.Failed() {
		t.Logf("%s, %d workers, settings %+v\n%.1500s", d.name, workers, c, input)
	}
}

// stateCheck looks into the bucket whenever a state comes out.
type stateCheck struct {
	view  *view
	want  outcome
	log   *stateLog
	found int // of want.states: the next one that may come
	err   error
}

func (s *stateCheck) Write(b []byte) (int, error) {
	n, err := s.log.Write(b)
	if s.err != nil {
		return n, err
	}
	text := strings.TrimSuffix(string(b), "\n")
	at := slices.IndexFunc(s.want.states[s.found:], func(st state) bool { return st.text == text })
	if at < 0 {
		s.err = fmt.Errorf("it comes out of order, or twice: %q of %v", s.log.all(), s.want.states)
		return n, err
	}
	// Which one it is of several that are the same nobody can tell: it promises
	// as much as the first, and nothing beyond the last must be visible.
	from := s.want.states[s.found+at].line
	until := math.MaxInt
	for i, st := range s.want.states[s.found+at:] {
		if st.text == text {
			until = math.MaxInt
			if next := s.found + at + i + 1; next < len(s.want.states) {
				until = s.want.states[next].line
			}
		}
	}
	s.found += at + 1
	s.err = s.view.check(s.want, from, until)
	return n, err
}

func checkError(t *testing.T, c config.Config, want outcome, err error) {
	t.Helper()
	var line *singer.LineError
	var rejected *target.TooManyRejected
	switch allowed := c.MaxRejectedRecords; {
	case want.ends >= 0:
		if !errors.As(err, &line) || line.Line != int64(want.ends)+1 || line.File != want.endsIn {
			t.Errorf("error %v, must be one of line %d of %q", err, want.ends+1, want.endsIn)
		}
	case allowed != nil && int64(len(want.rejected)) > *allowed:
		if !errors.As(err, &rejected) || rejected.Rejected != int64(len(want.rejected)) {
			t.Errorf("error %v, there are %d rejected records", err, len(want.rejected))
		}
	case err != nil:
		t.Error(err)
	}
}

func checkSummary(t *testing.T, got target.Summary, want outcome, store *storetest.Memory, states *stateLog) {
	t.Helper()
	var records, size int64
	for _, rows := range want.rows {
		records += int64(len(rows))
	}
	keys := store.Keys()
	for _, key := range keys {
		content, _ := store.Object(key)
		size += int64(len(content))
	}
	have := fmt.Sprint(got.Records, got.Rejected, got.Objects, got.Bytes, got.States)
	if due := fmt.Sprint(records, len(want.rejected), len(keys), size, len(states.all())); have != due {
		t.Errorf("summary is %s, must be %s", have, due)
	}
	var sum target.Summary
	for name, s := range got.Streams {
		sum.Records += s.Records
		sum.Rejected += s.Rejected
		sum.Objects += s.Objects
		sum.Bytes += s.Bytes
		var reasons int64
		for _, r := range s.Reasons {
			reasons += r.Count
		}
		if reasons > s.Rejected || len(s.Reasons) == 0 && s.Rejected > 0 {
			t.Errorf("%s: %d records were rejected, for %v", name, s.Rejected, s.Reasons)
		}
	}
	if sum.Records != got.Records || sum.Rejected != got.Rejected || sum.Objects+got.Table.Objects != got.Objects || sum.Bytes+got.Table.Bytes != got.Bytes {
		t.Errorf("the streams are %+v together, of %+v", sum, got)
	}
}

// TestOutputDependsOnInputAlone loads the same with different numbers of workers
// and in different deliveries.
func TestOutputDependsOnInputAlone(t *testing.T) {
	rounds, messages := 30, 2000
	if raceDetector || testing.Short() {
		rounds, messages = 2, 200
	}
	for seed := range rounds {
		g := newGenerator(uint64(1000 + seed))
		g.settings()
		input := g.input(messages)
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			sameEverywhere(t, g.config, input, deliveries)
		})
	}
}

// sameEverywhere loads with several numbers of workers, and fails where the
// bucket differs.
func sameEverywhere(t *testing.T, c config.Config, input []byte, ways []delivery) {
	t.Helper()
	var first map[string]string
	for _, workers := range []int{1, 2, 8} {
		for _, d := range ways {
			bucket := bucketOf(t, c, input, nil, d, workers)
			if first == nil {
				first = bucket
				continue
			}
			if a, b := slices.Sorted(maps.Keys(first)), slices.Sorted(maps.Keys(bucket)); !slices.Equal(a, b) {
				t.Fatalf("%d workers, %s: %d keys, with one worker %d; settings %+v\n%.1000q\n%.1000q", workers, d.name, len(b), len(a), c, b, a)
			}
			for key, content := range first {
				if bucket[key] != content {
					t.Fatalf("%d workers, %s: %s differs; settings %+v", workers, d.name, key, c)
				}
			}
		}
	}
}

// bucketOf loads an input, and returns the objects.
func bucketOf(t *testing.T, c config.Config, input []byte, files batchFiles, d delivery, workers int) map[string]string {
	t.Helper()
	store := storetest.NewMemory()
	o := options(store, io.Discard)
	o.Config, o.Workers, o.BatchFiles = c, workers, files
	_, err := target.Load(t.Context(), d.reader(input), nil, o)
	var rejected *target.TooManyRejected
	var line *singer.LineError
	var uncovered *target.UncoveredError
	if err != nil && !errors.As(err, &rejected) && !errors.As(err, &line) && !errors.As(err, &uncovered) {
		t.Fatal(err)
	}
	bucket := map[string]string{}
	for _, key := range store.Keys() {
		content, _ := store.Object(key)
		bucket[key] = string(content)
	}
	return bucket
}

// TestOutputDependsOnInputAloneUnderPressure is about files that have to give
// way: which of them do, and when, must not hang on how fast blocks are
// compressed.
func TestOutputDependsOnInputAloneUnderPressure(t *testing.T) {
	for _, tt := range []struct {
		name           string
		bytes, streams int
		large          int // streams that most of the records are of
		limit          int64
	}{
		{"many files", 5 << 20, 60, 60, 4 << 20},
		{"files of many parts", 48 << 20, 40, 3, 36 << 20},
	} {
		for _, compression := range []string{config.CompressionNone, config.CompressionGzip, config.CompressionZstd} {
			t.Run(tt.name+"/"+compression, func(t *testing.T) {
				if (raceDetector || testing.Short()) && tt.large < tt.streams {
					t.Skip("too slow under the race detector, and for -short")
				}
				t.Parallel()
				g := newGenerator(uint64(len(compression)))
				c := &g.config
				c.Compression, c.CompressionLevel = compression, 1
				size, limit := tt.bytes, tt.limit
				if raceDetector || testing.Short() {
					size, limit = size/3, limit/3
				}
				c.ValidateRecords, c.MemoryLimitBytes = false, limit
				c.BatchWaitLimit = math.MaxInt64
				input := g.interleaved(size, tt.streams, tt.large)
				sameEverywhere(t, *c, input, []delivery{deliveries[0], deliveries[4]})
			})
		}
	}
}

// TestActivateVersion closes the files of other versions of that stream, and no
// others.
func TestActivateVersion(t *testing.T) {
	versioned := func(stream string, version int) string {
		return fmt.Sprintf(`{"type":"RECORD","stream":"%s","record":{"n":1},"version":%d}`+"\n", stream, version)
	}
	all := versioned("a", 1) + versioned("a", 2) + versioned("b", 1)
	store := storetest.NewMemory()
	input := schemaLine("a") + schemaLine("b") + all +
		`{"type":"ACTIVATE_VERSION","stream":"a","version":2}` + "\n" + all
	if _, err := target.Load(t.Context(), strings.NewReader(input), nil, options(store, io.Discard)); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"singer/a/1_1709209800123.jsonl", "singer/a/1_1709209800124.jsonl",
		"singer/a/2_1709209800123.jsonl", "singer/b/1_1709209800123.jsonl",
	}
	if got := store.Keys(); !slices.Equal(got, want) {
		t.Errorf("keys %q, want %q", got, want)
	}
}
