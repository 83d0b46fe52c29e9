package target_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"target-s3/singer"
	"target-s3/target"
	"target-s3/target/storetest"
)

const batchSchema = `{"type":"SCHEMA","stream":"s","schema":{"properties":{"id":{"type":"integer"}}},"key_properties":["id"]}` + "\n"

// batchOf is a BATCH message of so many files.
func batchOf(files int) string {
	names := make([]string, files)
	for i := range names {
		names[i] = fmt.Sprintf(`"file:///%d"`, i)
	}
	return `{"type":"BATCH","stream":"s","encoding":{"format":"jsonl"},"manifest":[` + strings.Join(names, ",") + `]}` + "\n"
}

// slowFiles are files whose first Read takes a second each, of an open one.
type slowFiles struct {
	mu             sync.Mutex
	open, most, at int
}

func (*slowFiles) Check(string) error { return nil }

func (f *slowFiles) Open(_ context.Context, address string) (io.ReadCloser, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open++
	f.most = max(f.most, f.open)
	f.at++
	return &slowFile{f, strings.NewReader(fmt.Sprintf(`{"id":%s}`, strings.TrimPrefix(address, "file:///"))), false}, nil
}

type slowFile struct {
	of   *slowFiles
	text io.Reader
	read bool
}

func (f *slowFile) Read(p []byte) (int, error) {
	if !f.read {
		time.Sleep(time.Second)
	}
	f.read = true
	return f.text.Read(p)
}

func (f *slowFile) Close() error {
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	f.of.open--
	return nil
}

// TestBatchFilesAreReadAheadOfTheirTurn: some, and no more than there is memory for;
// the rows are in the order of the manifest all the same.
func TestBatchFilesAreReadAheadOfTheirTurn(t *testing.T) {
	for memory, want := range map[int64]int{64 << 20: 1, 256 << 20: 2, 2 << 30: 4} {
		synctest.Test(t, func(t *testing.T) {
			const files = 20
			store, began := storetest.NewMemory(), time.Now()
			o := options(store, io.Discard)
			o.Config.MemoryLimitBytes, o.Config.AddRecordMetadata = memory, false
			slow := &slowFiles{}
			o.BatchFiles = slow
			if _, err := target.Load(t.Context(), strings.NewReader(batchSchema+batchOf(files)), nil, o); err != nil {
				t.Fatal(err)
			}
			content, _ := store.Object(store.Keys()[0])
			for i, line := range bytes.Split(bytes.TrimSpace(content), []byte("\n")) {
				if string(line) != fmt.Sprintf(`{"id":%d}`, i) {
					t.Fatalf("row %d is %s", i, line)
				}
			}
			if slow.most > want || slow.open != 0 || slow.at != files {
				t.Errorf("%d MiB: at most %d files were open at once, want %d; %d are still open, of %d", memory>>20, slow.most, want, slow.open, slow.at)
			}
			if took := time.Since(began).Round(time.Second); took != time.Duration(files/want)*time.Second {
				t.Errorf("%d MiB: it took %v", memory>>20, took)
			}
		})
	}
}

// hanging is a file that gives two lines, and then blocks until ctx ends.
type hanging struct {
	reading chan struct{}
	closed  chan struct{}
}

func (*hanging) Check(string) error { return nil }

func (h *hanging) Open(ctx context.Context, _ string) (io.ReadCloser, error) {
	return &hangingFile{h, ctx, strings.NewReader("{\"id\":1}\n{\"id\":2}\n")}, nil
}

type hangingFile struct {
	of   *hanging
	ctx  context.Context //nolint:containedctx // that of all its Reads
	text io.Reader
}

func (f *hangingFile) Read(p []byte) (int, error) {
	n, err := f.text.Read(p)
	if n > 0 {
		return n, nil
	}
	if err != nil {
		close(f.of.reading)
	}
	<-f.ctx.Done()
	return 0, f.ctx.Err()
}

func (f *hangingFile) Close() error {
	close(f.of.closed)
	return nil
}

// TestStopWhileABatchFileIsRead does not wait for it. Its reading ends, and its file is
// closed.
func TestStopWhileABatchFileIsRead(t *testing.T) {
	store, states := storetest.NewMemory(), &stateLog{}
	o := options(store, states)
	h := &hanging{make(chan struct{}), make(chan struct{})}
	o.BatchFiles = h
	stop := make(chan struct{})
	input := batchSchema + `{"type":"STATE","value":{"n":1}}` + "\n" + batchOf(1) + `{"type":"STATE","value":{"n":2}}` + "\n"
	done := start(t.Context(), strings.NewReader(input), stop, o)
	<-h.reading
	close(stop)
	r := await(t, done)
	if all := states.all(); r.err != nil || len(all) != 1 || all[0] != `{"n":1}` {
		t.Errorf("%v, states %q", r.err, all)
	}
	<-h.closed
}

// TestABlockOfManyBatches has lines before, between and after BATCH messages that come
// in one Read, some longer than a block, and checks what becomes of each.
func TestABlockOfManyBatches(t *testing.T) {
	var input strings.Builder
	files := batchFiles{"file:///0": "{\"id\":-1}"}
	input.WriteString(batchSchema)
	long := strings.Repeat(" ", 2*singer.BlockSize)
	const messages = 300
	for i := range messages {
		fmt.Fprintf(&input, `{"type":"RECORD","stream":"s","record":{"id":%d}}`+"\n", i)
		if i%100 == 50 {
			fmt.Fprintf(&input, `{"type":"RECORD","stream":"s",%s"record":{"id":%d}}`+"\n", long, i)
		}
		input.WriteString(batchOf(1))
		fmt.Fprintf(&input, `{"type":"STATE","value":{"n":%d}}`+"\n", i)
	}
	store, states := storetest.NewMemory(), &stateLog{}
	o := options(store, states)
	o.BatchFiles = files
	s, err := target.Load(t.Context(), strings.NewReader(input.String()), nil, o)
	if err != nil || s.Records != 2*messages+messages/100 || s.State.Line != int64(strings.Count(input.String(), "\n")) {
		t.Errorf("%d records, state of line %d, %v", s.Records, s.State.Line, err)
	}
	if all := states.all(); len(all) == 0 || all[len(all)-1] != fmt.Sprintf(`{"n":%d}`, messages-1) {
		t.Errorf("states %q", all)
	}
}
