package check

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"target-s3/target/storetest/versitygw"
)

// proxy stands before a server and answers in its place what no server answers
// on demand.
type proxy struct {
	// instead answers a request and returns true, or lets it pass; may be nil.
	instead func(w http.ResponseWriter, r *http.Request) bool
	// alter changes an answer on its way; may be nil.
	alter func(*http.Response)

	mu   sync.Mutex
	seen []string // method and path of each request
}

func (p *proxy) serve(t *testing.T, backend string) (endpoint string) {
	t.Helper()
	u, err := url.Parse(backend)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = u.Scheme, u.Host
			r.Out.Host = r.In.Host // which is signed
		},
		Transport: transport,
		ModifyResponse: func(r *http.Response) error {
			if p.alter != nil {
				p.alter(r)
			}
			return nil
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.seen = append(p.seen, r.Method+" "+r.URL.Path)
		p.mu.Unlock()
		if p.instead == nil || !p.instead(w, r) {
			forward.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(func() {
		server.Close()
		transport.CloseIdleConnections()
	})
	return server.URL
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<Error><Code>%s</Code><Message>%s</Message><RequestId>R1</RequestId></Error>`, code, message)
}

func isSigned(r *http.Request) bool { return r.Header.Get("Authorization") != "" }

func isPut(r *http.Request) bool {
	return r.Method == http.MethodPut && !r.URL.Query().Has("partNumber")
}

func isCreate(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Query().Has("uploads")
}

// storeAnyway stores objects as a service would that does not look at the headers
// of those requests.
func storeAnyway(t *testing.T, s *versitygw.Server, those func(*http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !isPut(r) || !those(r) {
			return false
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.Put(t, bucketName, strings.TrimPrefix(r.URL.Path, "/"+bucketName+"/"), body)
		w.Header().Set("Etag", `"1"`)
		return true
	}
}

func TestClock(t *testing.T) {
	s := newServer(t, versitygw.OnAmazon...)
	for name, test := range map[string]struct {
		ahead   time.Duration // of the service
		code    string        // of an answer to what is signed
		outcome Outcome
		text    string
	}{
		"a little": {4 * time.Minute, "", OK, "behind the service's"},
		"much":     {-6 * time.Minute, "", Failed, "6m0s ahead of the service's"},
		"too much": {20 * time.Minute, "RequestTimeTooSkewed", Failed, "RequestTimeTooSkewed"},
		"as STS":   {20 * time.Minute, "SignatureDoesNotMatch", Failed, "SignatureDoesNotMatch"},
	} {
		t.Run(name, func(t *testing.T) {
			date := func(h http.Header) { h.Set("Date", time.Now().Add(test.ahead).UTC().Format(http.TimeFormat)) }
			p := &proxy{
				alter: func(r *http.Response) { date(r.Header) },
				instead: func(w http.ResponseWriter, r *http.Request) bool {
					if test.code != "" && isSigned(r) {
						date(w.Header())
						refuse(w, 403, test.code, "The difference between the request time and the current time is too large.")
						return true
					}
					return false
				},
			}
			all := runAll(t, loader(p.serve(t, s.Endpoint)))
			got := all[Clock]
			if got.Outcome != test.outcome || !strings.Contains(got.Detail, test.text) {
				t.Errorf("%+v, want %s with %q", got, test.outcome, test.text)
			}
			others := map[string]Outcome{Encryption: Skipped, ConditionalCreate: Skipped, ChallengeFile: Skipped, Clock: test.outcome}
			if test.code != "" {
				others = expected(Clock, nil)
			}
			all.want(t, names(), others)
		})
	}
}

// Amazon S3 says by a redirect, in a header, where the bucket is.
func TestRegionOfRedirect(t *testing.T) {
	s := newServer(t, versitygw.OnAmazon...)
	p := &proxy{instead: func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/") {
			return false
		}
		w.Header().Set("X-Amz-Bucket-Region", "us-east-1")
		refuse(w, 301, "PermanentRedirect", "The bucket must be addressed using another endpoint.")
		return true
	}}
	c := loader(p.serve(t, s.Endpoint))
	c.AWSRegion = "eu-west-1"
	all := runAll(t, c)
	all.want(t, names(), map[string]Outcome{Region: Failed, Encryption: Skipped, ConditionalCreate: Skipped, ChallengeFile: Skipped})
	if got := all[Region]; got.Code != "PermanentRedirect" || !strings.Contains(got.Fix, "The bucket is in the region us-east-1") {
		t.Errorf("%+v", got)
	}
}

// Where the right region is not told, there is no going on.
func TestRegionUnknown(t *testing.T) {
	s := newServer(t, versitygw.OnAmazon...)
	p := &proxy{instead: func(w http.ResponseWriter, r *http.Request) bool {
		if isSigned(r) {
			refuse(w, 400, "AuthorizationHeaderMalformed", "The region is wrong")
		}
		return isSigned(r)
	}}
	all := runAll(t, loader(p.serve(t, s.Endpoint)))
	all.want(t, names(), expected(Region, checksAfter(Region)))
	if got := all[Region].Fix; !strings.Contains(got, "Set aws_region to the region of the bucket; us-east-1 was tried") {
		t.Errorf("fix %q", got)
	}
}

func checksAfter(gate string) []string {
	i := slices.Index(gates, gate)
	return append(gates[i+1:len(gates):len(gates)], checks()...)
}

// A service that lacks conditional writes, or only pretends to have them.
func TestConditions(t *testing.T) {
	s := newServer(t, append([]string{"s3:DeleteObject"}, versitygw.OnAmazon...)...)
	unknown := func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("If-None-Match") == "" {
			return false
		}
		refuse(w, 501, "NotImplemented", "A header you provided implies functionality that is not implemented")
		return true
	}
	isComplete := func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Query().Has("uploadId") }
	unknownInParts := func(w http.ResponseWriter, r *http.Request) bool {
		return isComplete(r) && unknown(w, r)
	}
	ignoredInParts := func(_ http.ResponseWriter, r *http.Request) bool {
		if isComplete(r) { // so that the condition holds
			s.Delete(t, bucketName, strings.TrimPrefix(r.URL.Path, "/"+bucketName+"/"))
		}
		return false
	}
	ignored := storeAnyway(t, s, func(r *http.Request) bool { return r.Header.Get("Content-Md5") == "" })
	yes, no := true, false
	for name, test := range map[string]struct {
		instead func(http.ResponseWriter, *http.Request) bool
		setting *bool
		outcome Outcome
		text    string // of detail and fix
	}{
		"as it should":              {nil, nil, OK, "exists and was not overwritten (412), neither whole nor in parts"},
		"unknown in parts":          {unknownInParts, nil, OK, "does not implement If-None-Match for uploads in parts; the loader looks whether a key is free"},
		"unknown in parts but true": {unknownInParts, &yes, Failed, "Set conditional_writes to false"},
		"ignored in parts":          {ignoredInParts, nil, OK, "but an upload in parts overwrote it"},
		"unknown":                   {unknown, nil, OK, "the loader looks whether a key is free"},
		"unknown but true":          {unknown, &yes, Failed, "Set conditional_writes to false"},
		"ignored":                   {ignored, nil, Failed, "the service ignores If-None-Match: it overwrote"},
		"off":                       {unknown, &no, Skipped, "conditional_writes is false"},
	} {
		for _, challenge := range []string{"", challengeKey} {
			t.Run(name+" "+challenge, func(t *testing.T) {
				var keys []string
				if challenge != "" {
					s.Put(t, bucketName, challenge, nil)
					defer s.Delete(t, bucketName, challenge)
					keys = append(keys, challenge)
				}
				p := &proxy{instead: test.instead}
				c := loader(p.serve(t, s.Endpoint))
				c.ConditionalWrites, c.SentinelKey = test.setting, challenge
				all := runAll(t, c)
				got := all[ConditionalCreate]
				if got.Outcome != test.outcome || !strings.Contains(got.Detail+got.Fix, test.text) {
					t.Errorf("%+v, want %s with %q", got, test.outcome, test.text)
				}
				if all[Put].Outcome != OK {
					t.Errorf("put: %+v", all[Put])
				}
				wantNothingLeft(t, s, keys...)
			})
		}
	}
}

// A challenge file that has a content is not put at risk.
func TestChallengeFileWithContent(t *testing.T) {
	s := newServer(t, versitygw.OnAmazon...)
	s.Put(t, bucketName, challengeKey, []byte("as it was"))
	p := &proxy{instead: storeAnyway(t, s, func(r *http.Request) bool { return r.Header.Get("Content-Md5") == "" })}
	c := loader(p.serve(t, s.Endpoint))
	c.SentinelKey = challengeKey
	all := runAll(t, c)
	all.want(t, names(), map[string]Outcome{Encryption: Skipped, ConditionalCreate: Skipped})
	if got := string(s.Get(t, bucketName, challengeKey).Content); got != "as it was" {
		t.Errorf("the challenge file has become %q", got)
	}
}

// A service that looks at no digest stores what is sent to try it.
func TestDigestIgnored(t *testing.T) {
	for name, more := range map[string][]string{"removed": {"s3:DeleteObject"}, "left": nil} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, append(more, versitygw.OnAmazon...)...)
			p := &proxy{instead: storeAnyway(t, s, func(r *http.Request) bool { return r.Header.Get("Content-Md5") != "" })}
			c := loader(p.serve(t, s.Endpoint))
			all := runAll(t, c)
			if all[Put].Outcome != OK || all[Get].Outcome != OK {
				t.Errorf("put %+v, get %+v", all[Put], all[Get])
			}
			keys := s.Keys(t, bucketName)
			if more != nil {
				wantNothingLeft(t, s)
				return
			}
			if len(keys) != 1 || !strings.Contains(all[Put].Fix, "aws s3 rm s3://landing-zone/"+keys[0]) {
				t.Errorf("%q is left, and put says %q", keys, all[Put].Fix)
			}
		})
	}
}

// Where versions are kept, the one that was made is removed, or said to stay.
func TestVersions(t *testing.T) {
	s := newServer(t, append([]string{"s3:DeleteObject"}, versitygw.OnAmazon...)...)
	for _, mayRemove := range []bool{true, false} {
		p := &proxy{
			alter: func(r *http.Response) {
				if isPut(r.Request) {
					r.Header.Set("X-Amz-Version-Id", "v1")
				}
			},
			instead: func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Query().Get("versionId") != "v1" {
					return false
				}
				if mayRemove {
					s.Delete(t, bucketName, strings.TrimPrefix(r.URL.Path, "/"+bucketName+"/"))
					w.WriteHeader(http.StatusNoContent)
					return true
				}
				refuse(w, 403, "AccessDenied", "s3:DeleteObjectVersion")
				return true
			},
		}
		got := runAll(t, loader(p.serve(t, s.Endpoint)))[ConditionalCreate]
		if said := strings.Contains(got.Fix, "an old version of an object, below a delete marker"); got.Outcome != OK || said == mayRemove {
			t.Errorf("mayRemove %v: %+v", mayRemove, got)
		}
		wantNothingLeft(t, s)
	}
}

// What may not be aborted is named.
func TestAbortRefused(t *testing.T) {
	s := newServer(t, versitygw.Loader...)
	all := runAll(t, loader(s.Endpoint))
	left := s.Uploads(t, bucketName)
	if len(left) != 1 {
		t.Fatalf("uploads %q", left)
	}
	key, id, _ := strings.Cut(left[0], " ")
	for _, text := range []string{key, id, "s3:AbortMultipartUpload", "AbortIncompleteMultipartUpload"} {
		if got := all[Multipart]; got.Outcome != OK || !strings.Contains(got.Fix, text) {
			t.Errorf("%+v does not say %q", got, text)
		}
	}
}
