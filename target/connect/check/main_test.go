package check

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"target-s3/target/config"
	"target-s3/target/storetest/versitygw"
)

// names are those of all checks, in the order in which they are made.
func names() []string { return append(append([]string{Settings}, gates...), checks()...) }

// The reasons in the documentation are the program's own.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../../docs/checks.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names() {
		if row := fmt.Sprintf("\n| `%s` | %s |", name, whys[name]); whys[name] == "" || !strings.Contains(string(page), row) {
			t.Errorf("docs/checks.md has no row that begins with %s", row[1:])
		}
	}
}

func TestMain(m *testing.M) {
	versitygw.ForgetCredentials()
	goleak.VerifyTestMain(m)
}

const (
	loaderKey    = "AKIALOADERLOADER0001"
	loaderSecret = "secret-of-the-loader-0123456789"
	bucketName   = "landing-zone"
	challengeKey = "target-s3-challenge-file"
)

// loader are the settings of a load into a service.
func loader(endpoint string) config.Config {
	c := config.Default()
	c.S3Bucket, c.IntegrationName = bucketName, "shop"
	c.AWSEndpointURL, c.AWSRegion = endpoint, "us-east-1"
	c.AWSAccessKeyID, c.AWSSecretAccessKey = config.NewKeyID(loaderKey), config.NewSecret(loaderSecret)
	return c
}

// newServer starts a server with a bucket whose policy lets the loader do these
// things and nothing else.
func newServer(t *testing.T, actions ...string) *versitygw.Server {
	t.Helper()
	s := versitygw.Start(t)
	s.AddUser(t, loaderKey, loaderSecret)
	s.CreateBucket(t, bucketName)
	s.PutBucketPolicy(t, bucketName, versitygw.Policy(bucketName, loaderKey, actions...))
	return s
}

// results are those of a run, by name.
type results map[string]Result

// runAll runs the checks, and checks what holds of all results.
func runAll(t *testing.T, c config.Config) results {
	t.Helper()
	return runWith(t, Options{Config: c})
}

func runWith(t *testing.T, o Options) results {
	t.Helper()
	o.MaxBackoff = time.Millisecond
	all, failed := results{}, false
	ok := Run(t.Context(), o, func(r Result) {
		if _, twice := all[r.Name]; twice {
			t.Errorf("%s is reported twice", r.Name)
		}
		all[r.Name] = r
		failed = failed || r.Outcome == Failed
		if r.Title == "" || r.Why == "" || r.Outcome == "" {
			t.Errorf("%s lacks something: %+v", r.Name, r)
		}
		if r.Outcome == Failed && r.Fix == "" {
			t.Errorf("%s does not say how to mend it: %+v", r.Name, r)
		}
		for _, text := range []string{r.Title, r.Detail, r.Code, r.Fix} {
			if strings.Contains(text, loaderSecret) || strings.Contains(text, loaderKey) {
				t.Errorf("a secret shows in %s: %s", r.Name, text)
			}
			if strings.ContainsAny(text, "\n\r\x1b") {
				t.Errorf("%s cannot be printed: %q", r.Name, text)
			}
		}
	})
	if ok == failed {
		t.Errorf("Run = %v, though failed is %v", ok, failed)
	}
	return all
}

// want checks the outcomes, given as name=outcome. Those not given are ok, but for
// what is not set, and what a load's credentials may not look at.
func (all results) want(t *testing.T, names []string, others map[string]Outcome) {
	t.Helper()
	if len(all) != len(names) {
		t.Errorf("%d results, want %d", len(all), len(names))
	}
	for _, name := range names {
		outcome := others[name]
		switch {
		case outcome != "":
		case name == ExactlyOnce || name == UnfinishedUploads:
			outcome = Skipped
		default:
			outcome = OK
		}
		if got := all[name]; got.Outcome != outcome {
			t.Errorf("%s is %q, want %q: %+v", name, got.Outcome, outcome, got)
		}
	}
}

// wantNothingLeft checks that there is nothing in the bucket but these objects.
func wantNothingLeft(t *testing.T, s *versitygw.Server, keys ...string) {
	t.Helper()
	if got := s.Keys(t, bucketName); strings.Join(got, " ") != strings.Join(keys, " ") {
		t.Errorf("objects %q, want %q", got, keys)
	}
	if left := s.Uploads(t, bucketName); len(left) != 0 {
		t.Errorf("uploads left behind: %q", left)
	}
}
