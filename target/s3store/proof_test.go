package s3store

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"target-s3/target/storetest/versitygw"
)

// oddAnswers say that all is well, and prove nothing.
var oddAnswers = map[string]http.HandlerFunc{
	"web page": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<html><head><title>Log in</title></head><body>Hello</body></html>")
	},
	"web page of a file": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Etag", `"65f1-264"`)
		w.Header().Set("Last-Modified", "Tue, 24 Nov 2026 10:00:00 GMT")
		_, _ = io.WriteString(w, "<!doctype html><title>Log in</title>")
	},
	"web page of Amazon's": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Etag", `"65f1-264"`)
		w.Header().Set("X-Amz-Cf-Id", "x")
		w.Header().Set("X-Amz-Cf-Pop", "FRA50-P1")
		_, _ = io.WriteString(w, "<html></html>")
	},
	"JSON": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Etag", `W/"2-vyGp6PvFo4RvsFtPoIWeCReyIC8"`)
		_, _ = io.WriteString(w, "{}")
	},
	"other XML": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		_, _ = io.WriteString(w, `<?xml version="1.0"?><status><ok/></status>`)
	},
	"nothing":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) },
	"no content": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
}

// opListOfBucket is the list that HeadBucket asks for.
const opListOfBucket = "HeadBucket, then ListObjectsV2"

// A server that has one answer to everything is found out by every operation.
func TestNothingIsProven(t *testing.T) {
	for name, reply := range oddAnswers {
		for op, do := range map[string]func(*testing.T, *Store) error{
			opPut: func(t *testing.T, s *Store) error {
				_, err := storeSmall(t, s, objectKey, content(1, 10))
				return err
			},
			opCreate: func(t *testing.T, s *Store) error {
				u, err := storeLarge(t, s, objectKey, content(1, largeSize))
				_ = u.Abort(t.Context())
				return err
			},
			opHead: func(t *testing.T, s *Store) error { return s.Head(t.Context(), objectKey) },
			opGet: func(t *testing.T, s *Store) error {
				body, err := bucket(s).Get(t.Context(), objectKey)
				if err == nil {
					_ = body.Close()
				}
				return err
			},
			opListOfBucket: func(t *testing.T, s *Store) error { return bucket(s).HeadBucket(t.Context()) },
			opList: func(t *testing.T, s *Store) error {
				_, err := s.List(t.Context(), "", 1)
				return err
			},
		} {
			t.Run(name+"/"+op, func(t *testing.T) {
				t.Parallel()
				server := httptest.NewServer(reply)
				t.Cleanup(server.Close)
				cfg := loaderConfig(server.URL)
				cfg.MaxAttempts = 2
				err := do(t, openStore(t, cfg))
				if op == opListOfBucket {
					op = opList
				}
				wantError(t, err, CodeNoS3, server.URL+" answered "+op+" with 20", ": that is not an S3 service. Correct aws_endpoint_url (for MinIO the port of the API")
				if errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
					t.Errorf("error %v says that there is an object, or none", err)
				}
			})
		}
	}
}

// One odd answer to each operation, in place of the service's: what was stored is
// found, and what was not is not taken for stored.
func TestOddAnswer(t *testing.T) {
	server := newServer(t, append([]string{"s3:ListBucketMultipartUploads"}, versitygw.OnAmazon...)...)
	for name, reply := range oddAnswers {
		for _, op := range []string{opPut, opCreate, opPart, opComplete} {
			for _, stored := range []bool{true, false} {
				t.Run(name+"/"+op+"/"+map[bool]string{true: "carried out", false: "not carried out"}[stored], func(t *testing.T) {
					if testing.Short() && op != opPut && (name != "web page" || stored) {
						t.Skip("for -short one odd answer to the operations of large uploads is enough")
					}
					p := newProxy(t, server.Endpoint)
					p.fault = first(op, 1, func(w http.ResponseWriter, forward func() answer) {
						if stored {
							forward()
						}
						reply(w, nil)
					})
					store := storeLarge
					if op == opPut {
						store = storeSmall
					}
					c := content(1, largeSize)
					u, err := store(t, openStore(t, loaderConfig(p.URL)), objectKey, c)
					// After the creation of an upload the service is known to be S3, and
					// is asked again.
					if stored && op == opPut || op == opPart || op == opComplete {
						if err != nil {
							t.Fatal(err)
						}
						wantOnly(t, server, objectKey, c)
						server.Delete(t, bucketName, objectKey)
						return
					}
					wantError(t, err, CodeNoS3, "answered "+op+" with 20", "that is not an S3 service")
					if err := u.Abort(t.Context()); err != nil {
						t.Error(err)
					}
					if keys := server.Keys(t, bucketName); len(keys) > 0 {
						t.Errorf("objects %q", keys)
					}
					wantNoUploads(t, server)
				})
			}
		}
	}
}

// cutWithin carries out the request, and cuts the connection when the client has
// begun to read the body of the answer.
func cutWithin(w http.ResponseWriter, forward func() answer) {
	a := forward()
	a.Header.Set("Content-Length", strconv.Itoa(len(a.Body)+100))
	a.Body = a.Body[:len(a.Body)/2]
	a.Write(w)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// A PutObject whose answers are all cut off is found in the end.
func TestCutOffForGood(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	p := newProxy(t, server.Endpoint)
	p.fault = func(op string, _ int, _ *http.Request) fault {
		if op != opPut {
			return nil
		}
		return func(w http.ResponseWriter, forward func() answer) {
			cutWithin(w, func() answer {
				a := forward()
				a.Status = http.StatusOK
				return a
			})
		}
	}
	if _, err := storeSmall(t, openStore(t, loaderConfig(p.URL)), objectKey, content(1, 10)); err != nil {
		t.Error(err)
	}
	wantOnly(t, server, objectKey, content(1, 10))
}

// An ETag of another number of parts is not proof, either.
func TestETagOfOtherParts(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	for _, stored := range []bool{true, false} {
		p := newProxy(t, server.Endpoint)
		p.fault = first(opComplete, 1, func(w http.ResponseWriter, forward func() answer) {
			if stored {
				forward()
			}
			_, _ = io.WriteString(w, `<CompleteMultipartUploadResult><ETag>"d41d8cd98f00b204e9800998ecf8427e-7"</ETag></CompleteMultipartUploadResult>`)
		})
		c := content(1, largeSize)
		u, err := storeLarge(t, openStore(t, loaderConfig(p.URL)), objectKey, c)
		if stored {
			if err != nil {
				t.Error(err)
			}
			wantOnly(t, server, objectKey, c)
			server.Delete(t, bucketName, objectKey)
			continue
		}
		wantError(t, err, CodeObjectMissing)
		if err := u.Abort(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// What services give that are not Amazon's is proof enough.
func TestProofOfOtherServices(t *testing.T) {
	for name, header := range map[string]http.Header{
		"ETag alone":                     {"Etag": {`"1"`}},
		"ETag without quotes":            {"Etag": {"1"}},
		"page in a bucket":               {"Etag": {`"1"`}, "Content-Type": {"text/html"}, "X-Amz-Request-Id": {"1"}},
		"page in a bucket of Google's":   {"Etag": {`"1"`}, "Content-Type": {"text/html"}, "X-Goog-Generation": {"1"}},
		"weakened by a proxy on the way": {"Etag": {`W/"1"`}, "X-Amz-Request-Id": {"1"}},
		"no ETag, but our own object":    {"X-Amz-Meta-Target-S3-Upload": {"1"}},
		"a page of no bytes":             {"Etag": {`"1"`}, "Content-Type": {"text/html"}, "Content-Length": {"0"}},
	} {
		cfg := answering(t, func(w http.ResponseWriter, _ *http.Request) {
			for k, v := range header {
				w.Header()[k] = v
			}
		})
		if err := openStore(t, cfg).Head(t.Context(), objectKey); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// As moto does, which calls everything a page.
	list := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<?xml version="1.0"?><ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>`)
	})
	if keys, err := openStore(t, list).List(t.Context(), "", 1); len(keys) != 1 || err != nil {
		t.Errorf("list called a page: %q, %v", keys, err)
	}
}
