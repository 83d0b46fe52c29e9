//go:build linux && !race

package main_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"target-s3/target/storetest/versitygw"
)

// TestMemoryOfSlowServer loads into a service that takes and answers everything slowly,
// so that reading is always ahead of it.
func TestMemoryOfSlowServer(t *testing.T) {
	if testing.Short() {
		t.Skip("writes some hundred megabytes")
	}
	path, server := program(t), versitygw.Start(t)
	for _, tt := range []struct {
		name    string
		limit   int64 // MiB
		streams int   // 0: large records
		size    int   // MB, of all
		more    map[string]any
	}{
		{"large records", 512, 0, 500, nil},
		{"large records, csv", 512, 0, 300, map[string]any{"output_file_format": "csv", "exactly_once": "p"}},
		{"one stream", 64, 1, 200, nil},
		{"many streams", 64, 2000, 70, map[string]any{"exactly_once": "p"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bucket := "bucket-" + strings.NewReplacer(", ", "-", " ", "-").Replace(tt.name)
			server.CreateBucket(t, bucket)
			config := map[string]any{
				"s3_bucket": bucket, "aws_endpoint_url": "http://" + slowly(t, strings.TrimPrefix(server.Endpoint, "http://")),
				"aws_region": server.Region, "aws_access_key_id": server.AccessKey, "aws_secret_access_key": server.SecretKey,
				"memory_limit_bytes": tt.limit << 20, "batch_wait_limit_seconds": 0,
			}
			if tt.streams == 0 {
				config["max_record_bytes"] = 101_000_000
			}
			for name, value := range tt.more {
				config[name] = value
			}
			loader := startLoader(t, path, config)
			var err error
			if tt.streams > 0 {
				err = writeInterleaved(loader.stdin, tt.streams, tt.size*1_000_000)
			} else {
				err = writeLarge(loader.stdin, tt.size/100)
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, loader.stderr.Bytes())
			}
			loader.checkPeak(t, tt.limit<<20)
		})
	}
}

// writeLarge writes records of 100 MB, and a STATE.
func writeLarge(w io.Writer, records int) error {
	_, err := io.WriteString(w, `{"type":"SCHEMA","stream":"s","schema":{"properties":{"text":{"type":"string"}}},"key_properties":[]}`+"\n")
	line := fmt.Sprintf(`{"type":"RECORD","stream":"s","record":{"text":%q}}`+"\n", strings.Repeat("x", 100_000_000))
	for range records {
		if err == nil {
			_, err = io.WriteString(w, line)
		}
	}
	if err == nil {
		_, err = io.WriteString(w, `{"type":"STATE","value":{"done":true}}`+"\n")
	}
	return err
}

// slowly returns an address before another one, at which every connection passes
// at most 32 MB in a second, and waits before each piece.
func slowly(t *testing.T, to string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial("tcp", to)
			if err != nil {
				_ = client.Close()
				continue
			}
			go drip(up, client)
			go drip(client, up)
		}
	}()
	return listener.Addr().String()
}

func drip(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	for b := make([]byte, 64<<10); ; {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		time.Sleep(2 * time.Millisecond) // the service is what is slow
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}
