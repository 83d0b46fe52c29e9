package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// TestWebhook has a real listener be told of each table after the checkpoint, and
// refuse to be told: neither holds up the load, nor shows its address.
func TestWebhook(t *testing.T) {
	for _, status := range []int{http.StatusNoContent, http.StatusForbidden} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			var mu sync.Mutex
			var got []string
			l := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				text, _ := io.ReadAll(r.Body)
				var body struct {
					Table  string `json:"destination_root_table_name"`
					Tables []struct{ Rows int64 }
				}
				if err := json.Unmarshal(text, &body); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				got = append(got, fmt.Sprint(body.Table, " ", body.Tables[0].Rows))
				w.WriteHeader(status)
			}))
			defer l.Close()
			p := newPipeline(t, []string{"s3_bucket=bucket", "aws_endpoint_url=file:" + t.TempDir(), "post_load_webhook_url=" + l.URL + "/s3cr3t"})
			stderr := p.want(0, "{\"n\":2}\n", strings.NewReader(reportInput()))
			l.Close() // waits for its handlers: a request that was given up may still be in one
			mu.Lock()
			defer mu.Unlock()
			if fmt.Sprint(got) != "[_sdc_rejected 1 large 20000 small 1]" {
				t.Errorf("told: %q", got)
			}
			failures := strings.Count(stderr, "the post-load webhook was not told of a table") + strings.Count(stderr, "not told of everything\" requests=3")
			if want := map[int]int{http.StatusNoContent: 0, http.StatusForbidden: 4}[status]; failures != want || strings.Contains(stderr, "s3cr3t") {
				t.Errorf("%d failures are told, want %d:\n%s", failures, want, stderr)
			}
		})
	}
}
