package s3store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"target-s3/target/config"
	"target-s3/target/store"
	"target-s3/target/storetest/faults"
	"target-s3/target/storetest/versitygw"
)

// What a real server says to settings that are wrong, whatever is tried first.
func TestErrorsOfServer(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	for name, test := range map[string]struct {
		change func(*Config)
		code   string
		texts  []string
	}{
		"key": {
			func(c *Config) { c.AccessKeyID = config.NewKeyID("AKIANOBODYNOBODY0001") },
			"InvalidAccessKeyId",
			[]string{"(403)", "aws_access_key_id"},
		},
		"secret": {
			func(c *Config) { c.SecretAccessKey = config.NewSecret("wrong-secret-wrong") },
			"SignatureDoesNotMatch",
			[]string{"(403)", "aws_secret_access_key"},
		},
		"token": {
			func(c *Config) { c.SessionToken = config.NewSecret("wrong-token") },
			"InvalidToken",
			[]string{"(400)", "aws_session_token"},
		},
		"bucket": {
			func(c *Config) { c.Bucket = "no-bucket" },
			"NoSuchBucket",
			[]string{"(404)", "s3://no-bucket", "Create the bucket"},
		},
		"region": {
			func(c *Config) { c.Region = "eu-west-1" },
			"AuthorizationHeaderMalformed",
			[]string{"(400)", "The bucket is in the region us-east-1: set aws_region to that; eu-west-1 was tried"},
		},
		"owner": {
			func(c *Config) { c.ExpectedBucketOwner = "123456789012" },
			"AccessDenied",
			[]string{"(403)", "expected_bucket_owner, 123456789012"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := loaderConfig(server.Endpoint)
			test.change(&cfg)
			s := openStore(t, cfg)
			for op, err := range map[string]error{
				opPut:        store.Commit(t.Context(), s.Create(store.Object{Key: objectKey}), part(1, 0, content(1, 10))),
				opCreate:     s.Create(store.Object{Key: objectKey}).Write(t.Context(), part(1, 0, content(1, 10))),
				opHead:       s.Head(t.Context(), objectKey),
				opHeadBucket: bucket(s).HeadBucket(t.Context()),
			} {
				e := failure(t, err, test.code, test.texts...)
				if e.Attempts != 1 {
					t.Errorf("%s: %d attempts at what cannot heal", op, e.Attempts)
				}
				if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) {
					t.Errorf("%s: %v counts as an object that is missing or there", op, err)
				}
			}
		})
	}
}

func TestDenied(t *testing.T) {
	server := newServer(t, "s3:ListBucket")
	s := openStore(t, loaderConfig(server.Endpoint))
	_, err := storeSmall(t, s, objectKey, content(1, 10))
	wantError(t, err, "AccessDenied", "The credentials need s3:PutObject on arn:aws:s3:::landing-zone/*; target-s3 policy")
	_, err = storeLarge(t, s, objectKey, content(1, largeSize))
	wantError(t, err, "AccessDenied", "CreateMultipartUpload", "s3:PutObject on")
	wantError(t, s.Head(t.Context(), objectKey), "AccessDenied", "HeadObject", "s3:GetObject and s3:ListBucket on the bucket and its objects")
	_, err = bucket(s).Get(t.Context(), objectKey)
	wantError(t, err, "AccessDenied", "GetObject", "s3:GetObject on")
	if err := bucket(s).HeadBucket(t.Context()); err != nil {
		t.Error(err)
	}

	cfg := loaderConfig(server.Endpoint)
	cfg.ObjectTags, cfg.ACL = map[string]string{"team": "data"}, "private"
	_, err = storeSmall(t, openStore(t, cfg), objectKey, content(1, 10))
	wantError(t, err, "AccessDenied", "s3:PutObjectTagging", "s3:PutObjectAcl")
}

func TestProbePut(t *testing.T) {
	server := newServer(t, versitygw.Loader...)
	s := openStore(t, loaderConfig(server.Endpoint))
	server.Put(t, bucketName, "there", []byte("as it was"))
	for _, key := range []string{"there", "not-there"} {
		if p, err := bucket(s).ProbePut(t.Context(), key); p != (PutProbe{}) || err != nil {
			t.Errorf("ProbePut(%s) = %+v, %v", key, p, err)
		}
	}
	if keys := server.Keys(t, bucketName); len(keys) != 1 || string(server.Get(t, bucketName, "there").Content) != "as it was" {
		t.Errorf("the probe wrote to %q", keys)
	}
	addBucket(t, server, "read-only", "s3:GetObject", "s3:ListBucket")
	cfg := loaderConfig(server.Endpoint)
	cfg.Bucket = "read-only"
	_, err := bucket(openStore(t, cfg)).ProbePut(t.Context(), "x")
	wantError(t, err, "AccessDenied", "s3:PutObject")

	var r recorder // it looks at no digest
	if p, err := bucket(openStore(t, loaderConfig(r.serve(t)))).ProbePut(t.Context(), "x"); !p.Stored || err != nil {
		t.Errorf("ProbePut without digests = %+v, %v", p, err)
	}
}

func TestHeadMissing(t *testing.T) {
	server := newServer(t, versitygw.Loader...)
	err := openStore(t, loaderConfig(server.Endpoint)).Head(t.Context(), "target-s3-challenge-file")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want one matching fs.ErrNotExist", err)
	}
	const want = "An error occurred (404) when calling the HeadObject operation: Not Found"
	if err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

func TestProbes(t *testing.T) {
	server := newServer(t, versitygw.Loader...)
	s := openStore(t, loaderConfig(server.Endpoint))
	server.Put(t, bucketName, "a/1", []byte("one"))
	server.Put(t, bucketName, "b/1", []byte("two"))
	if keys, err := s.List(t.Context(), "a/", 10); err != nil || len(keys) != 1 || keys[0] != "a/1" {
		t.Errorf("List = %q, %v", keys, err)
	}
	body, err := bucket(s).Get(t.Context(), "b/1")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(body); err != nil || string(b) != "two" {
		t.Errorf("Get = %q, %v", b, err)
	}
	_ = body.Close()
	if _, err := bucket(s).Get(t.Context(), "c"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Get of nothing: %v", err)
	}
	if id, err := bucket(s).Identity(t.Context()); err != nil || id.AccessKeyID != loaderKey || id.Source == "" {
		t.Errorf("Identity = %+v, %v", id, err)
	}
	if bucket(s).Region() != "us-east-1" || s.Location("k") != "s3://landing-zone/k" {
		t.Errorf("Region %q, Location %q", bucket(s).Region(), s.Location("k"))
	}
}

// answering is a service that gives every request the same answer.
func answering(t *testing.T, answer http.HandlerFunc) Config {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	cfg := loaderConfig(server.URL)
	cfg.MaxAttempts, cfg.MaxBackoff = 2, time.Millisecond
	return cfg
}

func TestHints(t *testing.T) {
	for _, test := range []struct {
		status        int
		code, message string
		hint          string
		attempts      int
	}{
		{301, "PermanentRedirect", "x", "The bucket is in the region eu-central-1: set aws_region to that", 1},
		{400, "AuthorizationHeaderMalformed", "the region 'us-east-1' is wrong; expecting 'ap-south-1'", "The bucket is in the region ap-south-1", 1},
		{400, "ExpiredToken", "The provided token has expired.", "Get new credentials", 1},
		{403, "RequestTimeTooSkewed", "x", "clock of this machine", 1},
		{503, "SlowDown", "x", "max_parallel_uploads", 2},
		{429, "TooManyRequests", "x", "max_parallel_uploads", 2},
		{500, "InternalError", "x", "run the load again later", 2},
		{400, "AccessControlListNotSupported", "x", "remove the setting acl", 1},
		{404, "XAdminUserNotFound", "x", "correct aws_access_key_id", 1},
		{400, "EntityTooLarge", "x", "batch_size_bytes", 1},
		{400, "InvalidDigest", "x", "request_checksums to when_required", 1},
		{400, "BadDigest", "x", "request_checksums to when_required", 2},
		{400, "XAmzContentSHA256Mismatch", "x", "request_checksums to when_required", 2},
		{400, "IncompleteBody", "x", "request_checksums to when_required", 2},
		{507, "Insufficient", "x", "run the load again later", 2},
		{520, "Unknown", "x", "run the load again later", 2},
		{505, "HTTPVersion", "x", "", 1},
		{413, "TooLarge", "x", "client_max_body_size", 1},
		{400, "InvalidStorageClass", "x", "storage_class", 1},
		{400, "KMS.NotFoundException", "x", "sse_kms_key_id", 1},
		{
			403, "AccessDenied", "User: arn:aws:iam::1:user/x is not authorized to perform: kms:GenerateDataKey on resource: y",
			"kms:GenerateDataKey and kms:Decrypt", 1,
		},
		{403, "AccessDenied", "Access Denied", "s3:PutObject", 1},
		{403, "Whatever", "x", "s3:PutObject", 1},
		{400, "InvalidRequest", "Unsupported checksum header", "request_checksums to when_required", 1},
		{418, "Teapot", "x", "", 1},
	} {
		cfg := answering(t, func(w http.ResponseWriter, r *http.Request) {
			if test.status == 301 {
				w.Header().Set("X-Amz-Bucket-Region", "eu-central-1")
			}
			faults.Refuse(test.status, test.code, test.message)(w, nil)
		})
		_, err := storeSmall(t, openStore(t, cfg), objectKey, content(1, 10))
		e := failure(t, err, test.code, fmt.Sprintf("PutObject s3://landing-zone/%s: %s (%d)", objectKey, test.code, test.status), test.hint)
		if e.Attempts != test.attempts {
			t.Errorf("%s: %d attempts, want %d", test.code, e.Attempts, test.attempts)
		}
		if (e.Hint == "") != (test.hint == "") || !strings.Contains(e.Hint, test.hint) {
			t.Errorf("%s: hint %q, want %q in it", test.code, e.Hint, test.hint)
		}
		if e.RequestID != "REQ123" {
			t.Errorf("%s: request %q", test.code, e.RequestID)
		}
	}
}

// The region is also found in a redirect of HeadObject, which has no body.
func TestHeadRedirected(t *testing.T) {
	cfg := answering(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amz-Bucket-Region", "eu-central-1")
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusMovedPermanently)
			return
		}
		faults.Refuse(301, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint.")(w, nil)
	})
	wantError(t, openStore(t, cfg).Head(t.Context(), objectKey), "PermanentRedirect", "HeadObject", "region eu-central-1")
}

// A service that means ill cannot flood the log, steer the terminal or have our
// secrets repeated.
func TestHostileAnswers(t *testing.T) {
	long := strings.Repeat("ä", 100_000)
	for name, answer := range map[string]http.HandlerFunc{
		"long": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Amz-Request-Id", long)
			faults.Refuse(400, "C"+long, long)(w, nil)
		},
		"control": func(w http.ResponseWriter, r *http.Request) {
			faults.Refuse(400, "Bad&#xA;Code", "line 1&#xA;line 2&#x9;\x1b[31mred&#x85;&#x202E;")(w, nil)
		},
		"secret": func(w http.ResponseWriter, r *http.Request) {
			faults.Refuse(403, "SignatureDoesNotMatch", "your key is "+loaderSecret+", is it not?")(w, nil)
		},
		"html": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<html><body>Proxy says no"+long)
		},
		"binary": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write(content(1, 10_000))
		},
		"empty": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusBadRequest) },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := storeSmall(t, openStore(t, answering(t, answer)), objectKey, content(1, 10))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			text := e.Error()
			wantNoSecrets(t, text)
			if len(e.Message) > maxMessage || len(e.Code) > maxWord || len(e.RequestID) > maxWord || !utf8.ValidString(text) {
				t.Errorf("%d, %d, %d bytes: %.200q", len(e.Message), len(e.Code), len(e.RequestID), text)
			}
			if strings.ContainsAny(text, "\n\r\t\x1b\u202e\u0085") {
				t.Errorf("control characters in %q", text)
			}
		})
	}
}

func TestNoService(t *testing.T) {
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	tls.StartTLS()
	defer tls.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for name, test := range map[string]struct {
		endpoint string
		code     string
		texts    []string
		attempts int
	}{
		"refused":     {"http://127.0.0.1:1", CodeConnection, []string{"connection refused", "http://127.0.0.1:1"}, 3},
		"no host":     {"http://no-such-host.invalid", CodeNoSuchHost, []string{"no such host", "aws_endpoint_url"}, 1},
		"certificate": {tls.URL, CodeCertificate, []string{"certificate", "AWS_CA_BUNDLE"}, 1},
		"plain http":  {strings.Replace(plain.URL, "http:", "https:", 1), CodeScheme, []string{"does not speak TLS. aws_endpoint_url must begin with http://"}, 1},
		"tls":         {strings.Replace(tls.URL, "https:", "http:", 1), CodeScheme, []string{"speaks TLS. aws_endpoint_url must begin with https://"}, 1},
		"tls, cut":    {"http://" + greeter(t, false), CodeScheme, []string{"speaks TLS. aws_endpoint_url must begin with https://"}, 1},
		"tls, alert":  {"http://" + greeter(t, true), CodeScheme, []string{"speaks TLS. aws_endpoint_url must begin with https://"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := loaderConfig(test.endpoint)
			cfg.MaxAttempts = 3
			err := openStore(t, cfg).Head(t.Context(), objectKey)
			if e := failure(t, err, test.code, test.texts...); e.Attempts != test.attempts {
				t.Errorf("%d attempts, want %d", e.Attempts, test.attempts)
			}
			if strings.Contains(err.Error(), "StatusCode") || strings.Contains(err.Error(), "x-id=") {
				t.Errorf("the SDK speaks: %v", err)
			}
		})
	}
}

func TestBodyOfWrongSize(t *testing.T) {
	s := openStore(t, loaderConfig("http://127.0.0.1:1"))
	p := part(1, 0, content(1, 10))
	p.Size = 11
	wantError(t, store.Commit(t.Context(), s.Create(store.Object{Key: "a"}), p), CodeBody, "has 10 bytes, not 11")
	wantError(t, s.Create(store.Object{Key: "a"}).Write(t.Context(), p), CodeBody)
}

// Parts that do not make up an object are noticed before S3 joins them.
func TestPartsWithGaps(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	s := openStore(t, loaderConfig(server.Endpoint))
	c := content(1, store.MinPartSize)
	for name, second := range map[string]store.Part{
		"number":     part(3, store.MinPartSize, c),
		"gap":        part(2, store.MinPartSize+1, c),
		"overlap":    part(2, store.MinPartSize-1, c),
		"same twice": part(1, store.MinPartSize, c),
	} {
		u := s.Create(store.Object{Key: objectKey})
		if err := u.Write(t.Context(), part(1, 0, c)); err != nil {
			t.Fatal(err)
		}
		err := u.Write(t.Context(), second)
		if err == nil {
			err = store.Commit(t.Context(), u, store.Part{})
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		if err := u.Abort(t.Context()); err != nil {
			t.Error(err)
		}
	}
	wantNoUploads(t, server)
}

// Who waits for its turn does not wait longer than its context.
func TestContextOfTurns(t *testing.T) {
	cfg := answering(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	s := openStore(t, cfg)
	for range cap(s.asking) {
		s.asking <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Head(ctx, "b"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
