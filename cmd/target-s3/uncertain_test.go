package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"target-s3/target/storetest/versitygw"
)

// A load that cannot find out whether its commit was made leaves its uploads: somebody
// may yet publish them. Where it was not made sweep finds them, and the next run loads
// everything again.
func TestSweepAfterAnUncertainCommit(t *testing.T) {
	server := versitygw.Start(t)
	server.CreateBucket(t, "bucket")
	to, err := url.Parse(server.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	var lost atomic.Bool // the answer to the commit, and the way to the journal since
	forward := httputil.NewSingleHostReverseProxy(to)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		journal := strings.Contains(r.URL.Path, "/_target_s3/")
		switch {
		case journal && r.Method == http.MethodPut && bytes.Contains(body, []byte(`"status": "open"`)) && lost.CompareAndSwap(false, true):
			w.WriteHeader(http.StatusPreconditionFailed) // which is not proof: it may be the answer to a second try
		case journal && lost.Load():
			w.WriteHeader(http.StatusForbidden)
		default:
			forward.ServeHTTP(w, r)
		}
	}))
	defer proxy.Close()

	settings := []string{
		"s3_bucket=bucket", "aws_region=" + server.Region, "aws_access_key_id=" + server.AccessKey, "aws_secret_access_key=" + server.SecretKey,
		"exactly_once=shop",
	}
	p := newPipeline(t, append(settings, "aws_endpoint_url="+proxy.URL))
	stderr := p.want(1, "", rowsFrom(1, 1))
	if !strings.Contains(stderr, "It is not known whether") {
		t.Errorf("standard error:\n%s", stderr)
	}
	if left := server.Uploads(t, "bucket"); len(left) != 1 {
		t.Fatalf("uploads %q, want the one of the commit", left)
	}

	p = newPipeline(t, append(settings, "aws_endpoint_url="+server.Endpoint))
	r := p.run(unread{t}, "sweep", "--older-than", "1ms")
	if left := server.Uploads(t, "bucket"); r.code != 0 || len(left) != 0 {
		t.Errorf("sweep: exit code %d, uploads %q\n%s%s", r.code, left, r.stdout, r.stderr)
	}
	p.want(0, "{\"n\": 1}\n", rowsFrom(1, 1))
	if n := p.rows(); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}
