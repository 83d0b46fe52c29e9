package check

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"target-s3/target/config"
	"target-s3/target/storetest/versitygw"
)

// Encryption that cannot be had is told from writing that cannot be had, at
// whichever request it shows.
func TestEncryption(t *testing.T) {
	s := newServer(t, versitygw.OnAmazon...)
	const header = "X-Amz-Server-Side-Encryption"
	denied := func(at func(*http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if !at(r) || r.Header.Get(header) == "" {
				return false
			}
			refuse(w, 403, "AccessDenied", "User: loader is not authorized to perform: kms:GenerateDataKey on resource: key")
			return true
		}
	}
	confirm := func(r *http.Response) {
		if isCreate(r.Request) {
			r.Header.Set(header, r.Request.Header.Get(header))
			r.Header.Set("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", "arn:aws:kms:x:1:key/k")
		}
	}
	for name, test := range map[string]struct {
		proxy   *proxy
		outcome Outcome
		text    string
	}{
		"confirmed":    {&proxy{alter: confirm}, OK, "confirms aws:kms with the key arn:aws:kms:x:1:key/k"},
		"at PutObject": {&proxy{instead: denied(isPut)}, Failed, "kms:GenerateDataKey and kms:Decrypt on the key"},
		"at parts":     {&proxy{instead: denied(isCreate)}, Failed, "kms:GenerateDataKey and kms:Decrypt on the key"},
	} {
		t.Run(name, func(t *testing.T) {
			c := loader(test.proxy.serve(t, s.Endpoint))
			c.ServerSideEncryption = config.SSEKMS
			all := runAll(t, c)
			all.want(t, names(), map[string]Outcome{Encryption: test.outcome, ConditionalCreate: Skipped, ChallengeFile: Skipped})
			if got := all[Encryption]; !strings.Contains(got.Detail+got.Fix, test.text) {
				t.Errorf("%+v, want %q", got, test.text)
			}
			wantNothingLeft(t, s)
		})
	}
}

// Amazon S3 says 403 of a missing object to those who may not list.
func TestListMissingAsOnAmazon(t *testing.T) {
	s := newServer(t, "s3:AbortMultipartUpload", "s3:PutObject", "s3:GetObject")
	s.Put(t, bucketName, challengeKey, nil)
	p := &proxy{instead: func(w http.ResponseWriter, r *http.Request) bool {
		missing := (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.Contains(r.URL.Path, "/shop/") || strings.HasSuffix(r.URL.Path, "/not-there")
		if missing {
			refuse(w, 403, "AccessDenied", "Access Denied")
		}
		return missing
	}}
	endpoint := p.serve(t, s.Endpoint)
	for key, others := range map[string]map[string]Outcome{
		challengeKey: {List: Failed, Encryption: Skipped},
		"not-there":  {List: Failed, Encryption: Skipped, Get: Skipped, ChallengeFile: Skipped, ConditionalCreate: Skipped},
	} {
		c := loader(endpoint)
		c.SentinelKey = key
		runAll(t, c).want(t, names(), others)
	}
}

// Whatever a service writes is shown without what would play with a terminal.
func TestAnswersAreCleaned(t *testing.T) {
	s := newServer(t, versitygw.OnAmazon...)
	p := &proxy{instead: func(w http.ResponseWriter, r *http.Request) bool {
		if isPut(r) {
			refuse(w, 403, "Access&#x9b;31m&#10;Denied"+strings.Repeat("x", 5000), "no&#10;&#x9b;31m"+loaderSecret+strings.Repeat("y", 5000))
		}
		return isPut(r)
	}}
	got := runAll(t, loader(p.serve(t, s.Endpoint)))[Put] // runAll looks for control characters and secrets
	if got.Outcome != Failed || len(got.Detail) > 1500 || len(got.Code) > 200 || strings.ContainsRune(got.Detail, '\u009b') {
		t.Errorf("%+v", got)
	}
}

// A service that takes connections and says nothing is given up, once.
func TestSilentService(t *testing.T) {
	s := newServer(t, versitygw.OnAmazon...)
	s.Pause(t)
	defer s.Continue(t)
	all := runWith(t, Options{Config: loader(s.Endpoint), StallTimeout: 50 * time.Millisecond})
	all.want(t, names(), expected(Connection, nil))
	if got := all[Connection].Code; got != "TimedOut" {
		t.Errorf("code %q", got)
	}
}

// A service that is lost on the way is not waited for in every check.
func TestServiceLost(t *testing.T) {
	s := newServer(t, versitygw.OnAmazon...)
	for name, at := range map[string]func(*http.Request) bool{Put: isPut, Multipart: isCreate} {
		t.Run(name, func(t *testing.T) {
			over := make(chan struct{})
			p := &proxy{instead: func(_ http.ResponseWriter, r *http.Request) bool {
				if at(r) {
					<-over
				}
				return at(r)
			}}
			endpoint := p.serve(t, s.Endpoint)
			defer close(over) // before the proxy is closed
			// The requests before it must not stall on a busy machine.
			all := runWith(t, Options{Config: loader(endpoint), StallTimeout: time.Second})
			others := map[string]Outcome{name: Failed}
			for _, later := range checks()[slices.Index(checks(), name)+1:] {
				others[later] = Skipped
				if got := all[later].Detail; got != "not tried, because of "+name {
					t.Errorf("%s: %q", later, got)
				}
			}
			all.want(t, names(), others)
		})
	}
}

// Once the user has had enough nothing more is said, and nothing is left.
func TestCancelled(t *testing.T) {
	s := newServer(t, append([]string{"s3:DeleteObject"}, versitygw.OnAmazon...)...)
	for name, at := range map[string]func(*http.Request) bool{
		"part":   func(r *http.Request) bool { return r.URL.Query().Has("partNumber") },
		"object": func(r *http.Request) bool { return isPut(r) && r.Header.Get("Content-Md5") == "" },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			p := &proxy{alter: func(r *http.Response) { // it has been carried out
				if at(r.Request) {
					cancel()
				}
			}}
			c := loader(p.serve(t, s.Endpoint))
			var last string
			if Run(ctx, Options{Config: c}, func(r Result) {
				if last = r.Name; r.Outcome == Failed {
					t.Errorf("%+v", r)
				}
			}) {
				t.Error("Run = true")
			}
			if ctx.Err() == nil || last == ChallengeFile {
				t.Errorf("it went on to %s", last)
			}
			wantNothingLeft(t, s)
		})
	}
}
