package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"target-s3/target/storetest/versitygw"
)

// counted counts requests as Amazon S3 limits them.
type counted struct{ writes, reads atomic.Int64 }

// countedServer is an S3 server behind what counts the requests.
func countedServer(t *testing.T) (settings []string, c *counted) {
	t.Helper()
	server := versitygw.Start(t)
	server.CreateBucket(t, "bucket")
	to, err := url.Parse(server.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	c = &counted{}
	forward := httputil.NewSingleHostReverseProxy(to) // which leaves the signed host as it is
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			c.reads.Add(1)
		} else {
			c.writes.Add(1)
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return []string{
		"s3_bucket=bucket", "aws_endpoint_url=" + front.URL, "aws_region=" + server.Region,
		"aws_access_key_id=" + server.AccessKey, "aws_secret_access_key=" + server.SecretKey,
	}, c
}

// tables is an input of n tables, with so many records of a KB in each.
func tables(n, records int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"type":"SCHEMA","stream":"t%d","key_properties":[],"schema":{"properties":{"x":{"type":"string"}}}}`+"\n", i)
		record := fmt.Sprintf(`{"type":"RECORD","stream":"t%d","record":{"x":%q}}`+"\n", i, strings.Repeat("x", 1000))
		b.WriteString(strings.Repeat(record, records))
	}
	b.WriteString(`{"type":"STATE","value":{"n":1}}` + "\n")
	return b.String()
}

// TestRequests counts the requests of a load, which cost money, and of which S3 takes so
// many a second. docs/scaling.md has them, but for the second HEAD of each object, which
// Amazon S3 does not need.
func TestRequests(t *testing.T) {
	settings, c := countedServer(t)
	plain, exactly := newPipeline(t, settings), newPipeline(t, append(settings[:len(settings):len(settings)], "exactly_once=shop"))
	exactly.want(0, `{"n":1}`+"\n", strings.NewReader(tables(1, 1))) // the first load tries the service
	for _, tt := range []struct {
		name            string
		p               *pipeline
		args            []string
		tables, records int
		writes, reads   int64
	}{
		{"plain", plain, nil, 7, 1, 7, 1},
		{"three parts", plain, nil, 1, 11_000, 3 + 2, 2 + 1},
		{"exactly once", exactly, nil, 7, 1, 3*7 + 1 + 1, 2*7 + 2},
		{"exactly once, three parts", exactly, nil, 1, 11_000, 3 + 2 + 1 + 1, 2 + 2},
		{"once", plain, []string{"--once", "a"}, 7, 1, 3*7 + 5, 2*7 + 2},
		{"once, again", plain, []string{"--once", "a"}, 7, 1, 0, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c.writes.Store(0)
			c.reads.Store(0)
			tt.p.want(0, `{"n":1}`+"\n", strings.NewReader(tables(tt.tables, tt.records)), tt.args...)
			if w, r := c.writes.Load(), c.reads.Load(); w != tt.writes || r != tt.reads {
				t.Errorf("%d that write and %d that read, want %d and %d", w, r, tt.writes, tt.reads)
			}
		})
	}
}
