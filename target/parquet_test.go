package target_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync/atomic"
	"testing"

	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/storetest"
)

// TestParquetDependsOnInputAlone is TestOutputDependsOnInputAlone for files that
// are made of row groups.
func TestParquetDependsOnInputAlone(t *testing.T) {
	rounds, messages := 20, 1000
	if raceDetector || testing.Short() {
		rounds, messages = 2, 100
	}
	for seed := range rounds {
		g := newGenerator(uint64(2000 + seed))
		g.settings()
		g.config.OutputFileFormat = config.FormatParquet
		if seed%4 == 0 {
			g.config.Compression, g.config.CompressionLevel = config.CompressionSnappy, 0
		}
		input := g.input(messages)
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			sameEverywhere(t, g.config, input, deliveries)
		})
	}
}

// TestParquetDependsOnInputAloneUnderPressure makes files give way, end at their
// size, and go up in parts.
func TestParquetDependsOnInputAloneUnderPressure(t *testing.T) {
	for _, tt := range []struct {
		name           string
		bytes, streams int
		large          int
		limit, file    int64
	}{
		{"many files", 5 << 20, 60, 60, 4 << 20, math.MaxInt64},
		{"files of many groups", 24 << 20, 10, 2, 8 << 20, math.MaxInt64},
		{"files that end", 24 << 20, 3, 1, 16 << 20, 4 << 20},
		{"small files", 4 << 20, 3, 1, 16 << 20, 500_000},
	} {
		for _, compression := range []string{config.CompressionNone, config.CompressionGzip} {
			t.Run(tt.name+"/"+compression, func(t *testing.T) {
				if (raceDetector || testing.Short()) && compression != config.CompressionNone {
					t.Skip("for -short and the race detector one compression is enough")
				}
				t.Parallel()
				g := newGenerator(uint64(len(compression)))
				c := &g.config
				c.OutputFileFormat, c.Compression, c.CompressionLevel = config.FormatParquet, compression, 1
				size := tt.bytes
				limit, file := tt.limit, min(tt.file, 128<<20)
				if raceDetector || testing.Short() {
					size, limit, file = size/16, limit/16, file/16
				}
				c.ValidateRecords, c.MemoryLimitBytes, c.BatchSizeBytes = false, limit, file
				c.BatchWaitLimit = math.MaxInt64
				input := g.interleaved(size, tt.streams, tt.large)
				sameEverywhere(t, *c, input, []delivery{deliveries[0], deliveries[4]})
			})
		}
	}
}

// TestParquetFileSize is about batch_size_bytes, which is of what is stored: how
// large that will be is known only once a row group is encoded.
func TestParquetFileSize(t *testing.T) {
	if raceDetector || testing.Short() {
		t.Skip("too slow under the race detector, and for -short")
	}
	orders := ordersInput(72<<20, 1) // becomes a twentieth of it
	g := newGenerator(1)
	noise := g.interleaved(24<<20, 1, 1) // hardly gets smaller
	for _, tt := range []struct {
		name  string
		input []byte
		size  int64
	}{
		{"orders", orders, 500_000}, {"orders", orders, 2 << 20}, {"noise", noise, 500_000}, {"noise", noise, 4 << 20}, {"noise", noise, 8 << 20},
	} {
		t.Run(fmt.Sprintf("%s/size=%d", tt.name, tt.size), func(t *testing.T) {
			store := storetest.NewMemory()
			o := options(store, io.Discard)
			o.Config.OutputFileFormat, o.Config.BatchSizeBytes = config.FormatParquet, tt.size
			o.Config.Compression, o.Config.CompressionLevel = config.CompressionZstd, 1
			if _, err := target.Load(t.Context(), bytes.NewReader(tt.input), nil, o); err != nil {
				t.Fatal(err)
			}
			keys := store.Keys()
			if len(keys) < 2 {
				t.Fatalf("files %q", keys)
			}
			for i, key := range keys {
				content, _ := store.Object(key)
				n := int64(len(content))
				if n > tt.size*3/2 || (n < tt.size*9/10 && i < len(keys)-1) {
					t.Errorf("%s has %d bytes", key, n)
				}
			}
		})
	}
}

// TestParquetFailures makes the store fail while row groups are being encoded: the
// load must wait for nothing that will not come.
func TestParquetFailures(t *testing.T) {
	input, failures := newGenerator(1).interleaved(16<<20, 8, 3), int64(3)
	if raceDetector || testing.Short() {
		failures = 1
	}
	for _, op := range []storetest.Op{storetest.OpWrite, storetest.OpStage, storetest.OpPublish} {
		for n := range failures {
			t.Run(fmt.Sprintf("op=%s/n=%d", op, n), func(t *testing.T) {
				t.Parallel()
				memory := storetest.NewMemory()
				var calls atomic.Int64
				store := &storetest.Faulty{Store: memory, Before: func(_ context.Context, c storetest.Call) error {
					if c.Op == op && calls.Add(1) == n+1 {
						return errBoom
					}
					return nil
				}}
				states := &stateLog{}
				o := options(store, states)
				o.Config.OutputFileFormat, o.Config.MemoryLimitBytes = config.FormatParquet, 16<<20
				_, err := target.Load(t.Context(), bytes.NewReader(input), nil, o)
				if !errors.Is(err, errBoom) {
					t.Errorf("error %v", err)
				}
				if staged := memory.Staged(); len(staged) > 0 || len(states.all()) > 0 {
					t.Errorf("staged %q, states %q", staged, states.all())
				}
			})
		}
	}
}
