package target_test

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/store"
	"target-s3/target/storetest"
)

// handedOver gives one text a Read, and says at the Read after the last that all
// of them are in the queue; then it blocks.
type handedOver struct {
	texts  []string
	queued chan struct{}
	never  chan struct{}
}

func (h *handedOver) Read(p []byte) (int, error) {
	if len(h.texts) == 0 {
		close(h.queued)
		<-h.never
		return 0, io.EOF
	}
	n := copy(p, h.texts[0])
	if h.texts[0] = h.texts[0][n:]; h.texts[0] == "" {
		h.texts = h.texts[1:]
	}
	return n, nil
}

// opened is a store that says when the first file was opened, as its first row is
// appended.
type opened struct {
	*storetest.Memory
	once  sync.Once
	first chan struct{}
}

func (s *opened) Create(o store.Object) store.Upload {
	s.once.Do(func() { close(s.first) })
	return s.Memory.Create(o)
}

// TestStopWhileARecordIsChecked does not wait for a record that the library has
// been at for seconds: it is left to the next run, and what came before is
// committed.
func TestStopWhileARecordIsChecked(t *testing.T) {
	settings, _, err := config.Load(config.JSON("config.json", []byte(`{"s3_bucket": "bucket-x", "add_record_metadata": false}`)))
	if err != nil {
		t.Fatal(err)
	}
	length := 600_000 // is checked for a second or two
	if raceDetector || testing.Short() {
		length = 200_000
	}
	input := &handedOver{queued: make(chan struct{}), never: make(chan struct{})}
	defer func() { // what was not waited for ends by itself
		close(input.never)
		for deadline := time.Now().Add(time.Minute); goleak.Find() != nil && time.Now().Before(deadline); {
			runtime.Gosched()
		}
	}()
	input.texts = []string{
		`{"type":"SCHEMA","stream":"a","key_properties":[],"schema":{"properties":{"n":{"type":"integer"},"s":{"pattern":"([a-z]*[a-m]){1,20}Q"}}}}` + "\n" +
			`{"type":"RECORD","stream":"a","record":{"n":1}}` + "\n" + `{"type":"STATE","value":{"at":1}}` + "\n",
		`{"type":"RECORD","stream":"a","record":{"s":"` + strings.Repeat("abz", length/3) + `"}}` + "\n",
	}
	stop := make(chan struct{})
	memory := &opened{Memory: storetest.NewMemory(), first: make(chan struct{})}
	go func() { // what comes before must be taken, however long that lasts
		<-input.queued
		<-memory.first
		close(stop)
	}()
	var states bytes.Buffer
	var events []target.Event
	summary, err := target.Load(context.Background(), input, stop, target.Options{
		Config: settings, Store: memory, State: &states, Event: func(e target.Event) { events = append(events, e) }, Patience: time.Millisecond,
	})
	if err != nil || summary.Records != 1 || summary.Rejected != 0 {
		t.Errorf("%d records, %d rejected, %v", summary.Records, summary.Rejected, err)
	}
	if states.String() != `{"at":1}`+"\n" || len(memory.Keys()) != 1 {
		t.Errorf("states %q, objects %q", &states, memory.Keys())
	}
	if !slices.Contains(events, target.Event(target.LeftUnchecked{At: target.Position{Line: 4}})) {
		t.Errorf("nobody is told: %v", events)
	}
}
