package target_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"testing"

	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/store"
)

// discard is a store that reads what it is given, as sending it would, and keeps
// nothing.
type discard struct{ store.Store }

type discardUpload struct{ store.Upload }

func (discard) Create(store.Object) store.Upload    { return discardUpload{} }
func (discard) Location(key string) string          { return key }
func (discardUpload) Publish(context.Context) error { return nil }
func (discardUpload) Abort(context.Context) error   { return nil }
func (discardUpload) Write(_ context.Context, p store.Part) error {
	_, err := io.Copy(io.Discard, p.Body)
	return err
}

func (d discardUpload) Stage(ctx context.Context, tail store.Part) error {
	if tail.Size == 0 {
		return nil
	}
	return d.Write(ctx, tail)
}

// ordersInput is what a tap of a database writes: ten columns of the usual
// types, interleaved over so many streams.
func ordersInput(size, streams int) []byte {
	var b bytes.Buffer
	const columns = `"id":{"type":"integer"},"customer_id":{"type":["null","integer"]},"name":{"type":["null","string"],"maxLength":255},` +
		`"email":{"type":["null","string"]},"created_at":{"type":["null","string"],"format":"date-time"},"updated_at":{"type":["null","string"],"format":"date-time"},` +
		`"amount":{"type":["null","number"]},"status":{"type":["null","string"]},"note":{"type":["null","string"]},"paid":{"type":["null","boolean"]}`
	for s := range streams {
		fmt.Fprintf(&b, `{"type": "SCHEMA", "stream": "orders_%d", "schema": {"type": "object", "properties": {%s}}, "key_properties": ["id"]}`+"\n", s, columns)
	}
	for n := 0; b.Len() < size; n++ {
		fmt.Fprintf(&b, `{"type": "RECORD", "stream": "orders_%d", "record": {"id": %d, "customer_id": %d, "name": "Customer number %d", "email": "c%d@example.com", `+
			`"created_at": "2023-%02d-%02dT10:%02d:00+00:00", "updated_at": "2024-01-01T00:00:%02d.%06d+00:00", "amount": %d.%02d, "status": "%s", "note": null, "paid": %v}, `+
			`"time_extracted": "2024-02-29T12:00:00.000000Z"}`+"\n",
			n%streams, n, n*7919%100_003, n*7919%100_003, n*7919%100_003, 1+n%12, 1+n%28, n%60, n%60, n*104_729%1_000_000,
			n*31%1000, n%100, []string{"open", "shipped", "returned"}[n%3], n%2 == 0)
	}
	b.WriteString(`{"type": "STATE", "value": {"bookmarks": {}}}` + "\n")
	return b.Bytes()
}

func benchmarkLoad(b *testing.B, input []byte, change func(*config.Config)) {
	b.SetBytes(int64(len(input)))
	b.ReportAllocs()
	for b.Loop() {
		o := options(discard{}, io.Discard)
		o.Workers = 0
		change(&o.Config)
		if _, err := target.Load(b.Context(), bytes.NewReader(input), nil, o); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoad is a whole load into a store that discards. MB/s are of input.
func BenchmarkLoad(b *testing.B) {
	input := ordersInput(32<<20, 1)
	for _, format := range []string{config.FormatJSONL, config.FormatCSV, config.FormatParquet} {
		for _, compression := range []string{config.CompressionNone, config.CompressionGzip, config.CompressionZstd} {
			for _, validate := range []bool{true, false} {
				b.Run(fmt.Sprintf("format=%s/compression=%s/validate=%v", format, compression, validate), func(b *testing.B) {
					benchmarkLoad(b, input, func(c *config.Config) {
						c.OutputFileFormat, c.ValidateRecords = format, validate
						c.Compression, c.CompressionLevel = compression, 1
					})
				})
			}
		}
	}
}

// BenchmarkManyStreams is bound by the appender: each row goes to another file.
func BenchmarkManyStreams(b *testing.B) {
	for _, streams := range []int{1, 500} {
		input := ordersInput(32<<20, streams)
		for _, compression := range []string{config.CompressionNone, config.CompressionGzip} {
			for _, limit := range []int64{64 << 20, 512 << 20} {
				b.Run(fmt.Sprintf("streams=%d/compression=%s/limit=%dMiB", streams, compression, limit>>20), func(b *testing.B) {
					benchmarkLoad(b, input, func(c *config.Config) {
						c.ValidateRecords, c.MemoryLimitBytes = false, limit
						c.Compression, c.CompressionLevel = compression, 1
					})
				})
			}
		}
	}
}

// BenchmarkMemberOrder compares the order in which most taps write the members of
// a message with that of taps that sort them, where the record comes before its
// stream and type.
func BenchmarkMemberOrder(b *testing.B) {
	usual := ordersInput(32<<20, 1)
	record := regexp.MustCompile(`^\{"type": "RECORD", "stream": ("[a-z0-9_]+"), "record": (.*), "time_extracted": ("[^"]*")\}\n$`)
	var sorted []byte
	for line := range bytes.Lines(usual) {
		sorted = append(sorted, record.ReplaceAll(line, []byte(`{"record": $2, "stream": $1, "time_extracted": $3, "type": "RECORD"}`+"\n"))...)
	}
	for _, order := range []struct {
		name  string
		input []byte
	}{{"usual", usual}, {"sorted", sorted}} {
		b.Run("order="+order.name, func(b *testing.B) {
			benchmarkLoad(b, order.input, func(*config.Config) {})
		})
	}
}
