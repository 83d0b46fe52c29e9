package terminal_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"target-s3/target/config"
	"target-s3/target/connect"
	"target-s3/target/connect/check"
	"target-s3/target/connect/setup"
	"target-s3/target/connect/setup/terminal"
	"target-s3/target/connect/setup/terminal/ptytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const challengeFile = "target-s3-challenge-file-6fa459ea-ee8a-4ca4-894e-db77e160355e"

// service is S3 as far as setup sees it.
type service struct {
	bucket, challenge atomic.Bool // what is there
	mayCreate         bool
	note              string
	found             []check.Result // instead of what follows from the above
}

func (s *service) actions() connect.Actions {
	return connect.Actions{
		Check: s.check,
		CreateBucket: func(context.Context, config.Config) (connect.Done, error) {
			if !s.mayCreate {
				return connect.Done{}, errors.New("CreateBucket s3://my-bucket: AccessDenied (403): \x1b[2Jno")
			}
			s.bucket.Store(true)
			return connect.Done{Made: true, Text: "The bucket was created.", Note: s.note}, nil
		},
		CreateChallengeFile: func(context.Context, config.Config) (connect.Done, error) {
			if !s.bucket.Load() {
				return connect.Done{}, connect.ErrNoBucket
			}
			if s.challenge.Swap(true) {
				return connect.Done{Text: "The challenge file was there already."}, nil
			}
			return connect.Done{Made: true, Text: "The challenge file was created."}, nil
		},
	}
}

func (s *service) check(_ context.Context, c config.Config, each func(check.Result)) bool {
	results := s.found
	if results == nil {
		results = s.results(c)
	}
	ok := true
	for _, r := range results {
		each(r)
		ok = ok && r.Outcome != check.Failed
	}
	return ok
}

// results are worded as package check has them.
func (s *service) results(c config.Config) []check.Result {
	key := "s3://" + c.S3Bucket + "/" + c.SentinelKey
	bucket := check.Result{Name: check.Bucket, Title: "Bucket " + c.S3Bucket, Outcome: check.OK, Detail: c.S3Bucket + " exists"}
	put := check.Result{Name: "put", Title: "PutObject under shop/", Outcome: check.OK, Detail: "accepted at s3://my-bucket/shop/"}
	file := check.Result{Name: check.ChallengeFile, Title: "Challenge file", Outcome: check.OK, Detail: key + " is there"}
	if !s.bucket.Load() {
		bucket.Outcome, bucket.Code, bucket.Detail = check.Failed, "NoSuchBucket", "ListObjectsV2 s3://"+c.S3Bucket+": NoSuchBucket (404)"
		bucket.Fix = "Create the bucket, or correct s3_bucket"
		put.Outcome, put.Detail = check.Skipped, "not tried, because of bucket"
		file.Outcome, file.Detail = check.Skipped, "not tried, because of bucket"
	} else if !s.challenge.Load() {
		file.Outcome, file.Detail = check.Failed, "An error occurred (404) when calling the HeadObject operation: Not Found ("+key+")"
		file.Fix = "Put it back as an empty object, or correct sentinel_key"
	}
	return []check.Result{
		{Name: "connection", Title: "Service reachable", Outcome: check.OK, Detail: "Amazon S3 in eu-central-1 answered in 48ms"},
		{Name: check.Credentials, Title: "Credentials", Outcome: check.OK, Detail: "AKIA…MPLE from the settings"},
		{Name: "region", Title: "Region", Outcome: check.OK, Detail: "eu-central-1"},
		bucket, put,
		{Name: "encryption", Title: "Encryption", Outcome: check.Skipped, Detail: "server_side_encryption is not set; the bucket's own is AES256"},
		file,
	}
}

// base are settings with everything but a bucket.
func base(t *testing.T, more map[string]string) config.Config {
	t.Helper()
	c := config.Default()
	settings := map[string]string{"integration_name": "shop", "sentinel_key": challengeFile}
	for name, text := range more {
		settings[name] = text
	}
	for name, text := range settings {
		s, ok := config.Lookup(name)
		if !ok {
			t.Fatalf("%s is not a setting", name)
		}
		if err := s.Set(&c, text); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// run is a form on a terminal.
type run struct {
	*ptytest.Terminal
	t        *testing.T
	cancel   context.CancelCauseFunc
	pictures string // folder
	ended    chan struct{}
	saved    string
	err      error
}

func start(t *testing.T, rows int, o terminal.Options) *run {
	t.Helper()
	pictures, err := filepath.Abs("../../../../docs/pictures")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	r := &run{Terminal: ptytest.New(t, 80, rows), t: t, ended: make(chan struct{}), pictures: pictures}
	o.In, o.Out = r.Tty, r.Tty
	o.Now = func() time.Time { return time.UnixMilli(1519235654474) }
	ctx, cancel := context.WithCancelCause(t.Context())
	r.cancel = cancel
	go func() {
		defer close(r.ended)
		r.saved, r.err = terminal.Run(ctx, o)
	}()
	t.Cleanup(func() { cancel(nil) })
	return r
}

// end waits for the form to end.
func (r *run) end() (string, error) {
	r.t.Helper()
	select {
	case <-r.ended:
	case <-time.After(20 * time.Second):
		r.t.Fatal("it has not ended")
	}
	return r.saved, r.err
}

// page waits for a page, and answers it.
func (r *run) page(await string, keys ...string) {
	r.t.Helper()
	r.Await(await)
	r.Type(keys...)
}

func form(t *testing.T, more map[string]string) *setup.Form {
	return setup.New(base(t, more), setup.Surroundings{})
}
