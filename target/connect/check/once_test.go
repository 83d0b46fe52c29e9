package check

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"target-s3/target/journal"
	"target-s3/target/s3store"
	"target-s3/target/store"
	"target-s3/target/storetest/versitygw"
)

// TestExactlyOnce: whether the service replaces an object on a condition is tried
// with a load's privileges, where nothing is lost by it.
func TestExactlyOnce(t *testing.T) {
	s := newServer(t, versitygw.OnAmazon...)
	s.Put(t, bucketName, challengeKey, nil)
	const content = "not empty"
	s.Put(t, bucketName, "full", []byte(content))
	ignored := func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("If-Match") == "" {
			return false
		}
		w.Header().Set("ETag", `"0"`)
		return true
	}
	unknown := func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("If-Match") == "" {
			return false
		}
		refuse(w, http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented")
		return true
	}
	for name, test := range map[string]struct {
		sentinel string
		journal  string
		instead  func(http.ResponseWriter, *http.Request) bool
		outcome  Outcome
		detail   string
	}{
		"challenge file":       {challengeKey, "", nil, OK, "possible: s3://landing-zone/target-s3-challenge-file was not replaced"},
		"full challenge file":  {"full", "", nil, Skipped, "by leaving an object behind; the first load tries it"},
		"nothing to try it on": {"", "", nil, Skipped, "by leaving an object behind; the first load tries it"},
		"journal":              {"", aJournal, nil, OK, "possible: s3://landing-zone/lake/_target_s3/shop.json was not replaced"},
		"broken journal":       {"", aJournal[:20], nil, Failed, "s3://landing-zone/lake/_target_s3/shop.json is not a journal of this program: "},
		"its challenge file":   {challengeKey, aJournal[:20], nil, Failed, "s3://landing-zone/lake/_target_s3/shop.json is not a journal of this program: "},
		"ignored":              {challengeKey, "", ignored, Failed, "the service ignores If-Match: it replaced s3://landing-zone/target-s3-challenge-file, by the same contents"},
		"unknown":              {challengeKey, "", unknown, Failed, "the service does not implement If-Match"},
	} {
		t.Run(name, func(t *testing.T) {
			c := loader((&proxy{instead: test.instead}).serve(t, s.Endpoint))
			c.ExactlyOnce, c.S3KeyPrefix, c.SentinelKey = "shop", "lake/", test.sentinel
			key := journal.Key(c.S3KeyPrefix, c.ExactlyOnce)
			if test.journal != "" {
				s.Put(t, bucketName, key, []byte(test.journal))
				defer s.Delete(t, bucketName, key)
			}
			got := runAll(t, c)[ExactlyOnce]
			if got.Outcome != test.outcome || !strings.Contains(got.Detail, test.detail) {
				t.Errorf("%+v", got)
			}
			if test.journal != "" && string(s.Get(t, bucketName, key).Content) != test.journal {
				t.Error("the journal has changed")
			}
			if len(s.Get(t, bucketName, challengeKey).Content) != 0 || string(s.Get(t, bucketName, "full").Content) != content {
				t.Error("a challenge file has changed")
			}
		})
	}
}

// TestUnfinishedUploads are counted, and the rule about them is found, where these
// credentials may look.
func TestUnfinishedUploads(t *testing.T) {
	s := newServer(t, append([]string{"s3:ListBucketMultipartUploads"}, versitygw.OnAmazon...)...)
	s.Put(t, bucketName, challengeKey, nil)
	stage(t, s, "shop/orders/1_1.jsonl")
	stage(t, s, "another/orders/1_1.jsonl")
	for name, test := range map[string]struct {
		status  int
		days    int
		later   time.Duration
		once    string
		denied  bool
		outcome Outcome
		detail  string
		fix     string
		nothing bool // to fix
	}{
		"new":       {status: 200, days: 7, outcome: OK, detail: "a lifecycle rule aborts them 7 days after they began; 0 are older than 24 hours", nothing: true},
		"old":       {status: 200, days: 7, later: 25 * time.Hour, outcome: OK, detail: "; 1 are older than 24 hours", fix: "target-s3 sweep aborts those that are old"},
		"no rule":   {status: 404, outcome: OK, detail: "no lifecycle rule aborts them", fix: `"Filter":{"Prefix":"shop/"}`},
		"too early": {status: 200, days: 1, once: "shop", outcome: OK, detail: "1 days after", fix: "wait for 7 days"},
		"early":     {status: 200, days: 1, outcome: OK, detail: "1 days after", nothing: true},
		"denied":    {status: 403, outcome: OK, detail: "whether a lifecycle rule aborts them cannot be told (AccessDenied); 0 are older", nothing: true},
		"both":      {status: 403, denied: true, outcome: Skipped, detail: "how many there are cannot be told (AccessDenied)", nothing: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := &proxy{instead: func(w http.ResponseWriter, r *http.Request) bool {
				switch {
				case r.Method == http.MethodGet && r.URL.Query().Has("uploads") && test.denied:
					refuse(w, http.StatusForbidden, "AccessDenied", "No.")
				case r.Method != http.MethodGet || !r.URL.Query().Has("lifecycle"):
					return false
				case test.status == http.StatusOK:
					_, _ = fmt.Fprintf(w, "<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter></Filter><AbortIncompleteMultipartUpload>"+
						"<DaysAfterInitiation>%d</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>", test.days)
				case test.status == http.StatusNotFound:
					refuse(w, test.status, "NoSuchLifecycleConfiguration", "There is none.")
				default:
					refuse(w, test.status, "AccessDenied", "No.")
				}
				return true
			}}
			c := loader(p.serve(t, s.Endpoint))
			c.ExactlyOnce, c.SentinelKey = test.once, challengeKey
			got := runWith(t, Options{Config: c, Now: func() time.Time { return time.Now().Add(test.later) }})[UnfinishedUploads]
			if got.Outcome != test.outcome || !strings.Contains(got.Detail, test.detail) || !strings.Contains(got.Fix, test.fix) || test.nothing != (got.Fix == "") {
				t.Errorf("%+v", got)
			}
		})
	}
	if left := s.Uploads(t, bucketName); len(left) != 2 {
		t.Errorf("%q", left)
	}
}

// stage leaves an upload behind, as a load that was killed does.
func stage(t *testing.T, server *versitygw.Server, key string) {
	t.Helper()
	s, err := s3store.Open(t.Context(), s3store.FromSettings(loader(server.Endpoint)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Create(store.Object{Key: key, Durable: true}).Stage(t.Context(), store.Part{Number: 1, Size: 1, Body: strings.NewReader("x")}); err != nil {
		t.Fatal(err)
	}
}
