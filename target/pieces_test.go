package target_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/storetest"
)

// manyRows is a record whose array makes so many rows of a subtable.
func manyRows(stream string, id, rows int) string {
	return fmt.Sprintf(`{"type":"RECORD","stream":%q,"record":{"id":%d,"list":[%s]}}`+"\n", stream, id, strings.TrimSuffix(strings.Repeat("7,", rows), ","))
}

// subtables has what comes of a record handed over in many pieces.
func subtables() config.Config {
	c := options(nil, nil).Config
	c.OutputFileFormat, c.CSVArrays = config.FormatCSV, config.CSVSubtables
	c.MemoryLimitBytes = 1 << 20
	return c
}

// TestPieces has records that make far more than a piece, and among them what makes
// nothing, what is rejected, and whatever may come between records.
func TestPieces(t *testing.T) {
	const schema = `{"type":"SCHEMA","stream":%q,"schema":{"properties":{"id":{"type":"integer"},"list":{"type":"array"}}},"key_properties":[%s]}` + "\n"
	input := fmt.Sprintf(schema, "a", `"id"`) + fmt.Sprintf(schema, "b", "") +
		manyRows("a", 1, 5000) + manyRows("b", 2, 3) + `{"type":"RECORD","stream":"a","record":{"id":"no"}}` + "\n" + manyRows("b", 3, 2000) +
		`{"type":"STATE","value":{"at":1}}` + "\n" + manyRows("a", 4, 0) + `{"type":"RECORD","stream":"b","record":{"id":"no"}}` + "\n" +
		fmt.Sprintf(schema, "a", "") + manyRows("a", 5, 1000) + `{"type":"ACTIVATE_VERSION","stream":"b","version":1}` + "\n" +
		strings.Repeat(manyRows("b", 6, 40), 100) + `{"type":"STATE","value":{"at":2}}` + "\n" + manyRows("a", 7, 2)
	for _, discard := range []bool{false, true} {
		c := subtables()
		if discard {
			c.UncoveredRecords = config.UncoveredDiscard
			input = input[:strings.LastIndex(input, `{"type":"RECORD"`)]
		}
		want := forget(c, []byte(input), nil)
		for _, workers := range []int{1, 2, 8} {
			checkOutcome(t, c, []byte(input), want, deliveries[0], workers)
		}
		checkOutcome(t, c, []byte(input), want, deliveries[1], 3)
	}
}

// TestStopWithinARecord stops a load when the first rows of a record were taken. The
// others are waited for, however impatient the load is.
func TestStopWithinARecord(t *testing.T) {
	const rows = 20_000
	never := make(chan struct{})
	defer close(never)
	input := &handedOver{queued: make(chan struct{}), never: never, texts: []string{
		`{"type":"SCHEMA","stream":"a","schema":{"properties":{"id":{"type":"integer"},"list":{"type":"array"}}},"key_properties":["id"]}` + "\n" + manyRows("a", 1, rows),
	}}
	stop := make(chan struct{})
	memory := &opened{Memory: storetest.NewMemory(), first: make(chan struct{})}
	go func() {
		<-memory.first
		close(stop)
	}()
	o := options(memory, io.Discard)
	o.Config, o.Patience = subtables(), time.Nanosecond
	if _, err := target.Load(context.Background(), input, stop, o); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, key := range memory.Keys() {
		if content, _ := memory.Object(key); strings.Contains(key, "list") {
			n += bytes.Count(content, []byte("\n")) - 1
		}
	}
	if n != rows {
		t.Errorf("%d rows of the record, want %d", n, rows)
	}
}
