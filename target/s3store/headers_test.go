package s3store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"target-s3/target/store"
	"target-s3/target/storetest/faults"
)

// recorder is just enough of S3 to store an object, and it remembers what it was
// sent. It keeps no promise about checksums unless keepsSums is set.
type recorder struct {
	keepsSums bool
	refuseSum bool // refuses ChecksumType, as services do that only know sums of parts

	mu       sync.Mutex
	requests map[string][]*http.Request // by operation
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	op := operation(req)
	_, _ = io.Copy(io.Discard, req.Body)
	r.mu.Lock()
	if r.requests == nil {
		r.requests = map[string][]*http.Request{}
	}
	r.requests[op] = append(r.requests[op], req.Clone(req.Context()))
	r.mu.Unlock()
	w.Header().Set("ETag", `"abc"`)
	switch op {
	case opCreate:
		if r.refuseSum && req.Header.Get("X-Amz-Checksum-Type") != "" {
			faults.Refuse(400, "InvalidRequest", "The FULL_OBJECT checksum type cannot be used with the crc32c checksum algorithm.")(w, nil)
			return
		}
		if r.keepsSums {
			w.Header().Set("X-Amz-Checksum-Type", "FULL_OBJECT")
		}
		_, _ = w.Write([]byte(`<InitiateMultipartUploadResult><UploadId>id1</UploadId></InitiateMultipartUploadResult>`))
	case opComplete:
		completed(w, nil)
	case opHead:
		w.WriteHeader(http.StatusNotFound)
	case opList:
		_, _ = w.Write([]byte(`<ListBucketResult></ListBucketResult>`))
	case opAbort:
		w.WriteHeader(http.StatusNoContent)
	}
}

func (r *recorder) serve(t *testing.T) (url string) {
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return server.URL
}

// last returns the headers of the last request of an operation.
func (r *recorder) last(t *testing.T, op string) http.Header {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.requests[op]) == 0 {
		t.Fatalf("no %s was sent", op)
	}
	return r.requests[op][len(r.requests[op])-1].Header
}

// storeAll sends a request of every kind.
func storeAll(t *testing.T, s *Store) {
	t.Helper()
	if _, err := storeLarge(t, s, objectKey, content(1, largeSize)); err != nil {
		t.Fatal(err)
	}
	if _, err := storeSmall(t, s, objectKey, content(1, 10)); err != nil {
		t.Fatal(err)
	}
	u := s.Create(store.Object{Key: objectKey})
	if err := u.Write(t.Context(), part(1, 0, content(1, 10))); err != nil {
		t.Fatal(err)
	}
	if err := u.Abort(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Head(t.Context(), objectKey); err == nil {
		t.Fatal("the recorder has an object")
	}
}

func TestHeadersOfSettings(t *testing.T) {
	var r recorder
	cfg := loaderConfig(r.serve(t))
	cfg.ServerSideEncryption, cfg.SSEKMSKeyID = "aws:kms", "arn:aws:kms:us-east-1:111122223333:key/k"
	cfg.StorageClass, cfg.ACL = "STANDARD_IA", "bucket-owner-full-control"
	cfg.ObjectTags = map[string]string{"team": "data & more", "cost": "a=b"}
	cfg.ExpectedBucketOwner = "111122223333"
	storeAll(t, openStore(t, cfg))

	for _, op := range []string{opPut, opCreate} {
		got := r.last(t, op)
		for name, want := range map[string]string{
			"X-Amz-Server-Side-Encryption":                "aws:kms",
			"X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id": "arn:aws:kms:us-east-1:111122223333:key/k",
			"X-Amz-Storage-Class":                         "STANDARD_IA",
			"X-Amz-Acl":                                   "bucket-owner-full-control",
			"X-Amz-Tagging":                               "cost=a%3Db&team=data+%26+more",
			"X-Amz-Meta-Target-S3-Run":                    "test-run",
			"Content-Type":                                "application/x-ndjson",
		} {
			// The upload that is aborted has no content type.
			if got.Get(name) != want && (name != "Content-Type" || op == opPut) {
				t.Errorf("%s: %s: %q, want %q", op, name, got.Get(name), want)
			}
		}
		if len(got.Get("X-Amz-Meta-Target-S3-Upload")) < 20 {
			t.Errorf("%s: token %q", op, got.Get("X-Amz-Meta-Target-S3-Upload"))
		}
	}
	for _, op := range []string{opPut, opCreate, opPart, opComplete, opAbort, opHead, opList} {
		if got := r.last(t, op).Get("X-Amz-Expected-Bucket-Owner"); got != "111122223333" {
			t.Errorf("%s: expected bucket owner %q", op, got)
		}
	}
	for op, want := range map[string]string{opPut: "*", opComplete: "*", opPart: "", opCreate: ""} {
		if got := r.last(t, op).Get("If-None-Match"); got != want {
			t.Errorf("%s: If-None-Match %q, want %q", op, got, want)
		}
	}
}

// Services that are not S3 refuse what they do not know: nothing is sent that
// was not asked for.
func TestHeadersByDefault(t *testing.T) {
	var r recorder
	storeAll(t, openStore(t, loaderConfig(r.serve(t))))
	for op, requests := range r.requests {
		for _, req := range requests {
			for name, values := range req.Header {
				switch lower := strings.ToLower(name); {
				case lower == "x-amz-acl", strings.HasPrefix(lower, "x-amz-grant"), lower == "content-encoding",
					strings.Contains(lower, "encryption"), lower == "x-amz-storage-class", lower == "x-amz-tagging",
					strings.Contains(lower, "trailer"), lower == "x-amz-expected-bucket-owner",
					strings.Contains(values[0], "STREAMING"):
					t.Errorf("%s sends %s: %s", op, name, values)
				}
			}
			if req.TransferEncoding != nil {
				t.Errorf("%s is sent in chunks", op)
			}
			if !strings.Contains(req.UserAgent(), "app/target-s3") {
				t.Errorf("%s: user agent %q", op, req.UserAgent())
			}
		}
	}
}

func wantSum(c []byte) string {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], crc32.Checksum(c, crc32.MakeTable(crc32.Castagnoli)))
	return base64.StdEncoding.EncodeToString(b[:])
}

func TestChecksumHeaders(t *testing.T) {
	c, small := content(1, largeSize), content(1, 10)
	for name, test := range map[string]struct {
		r          *recorder
		checksums  string
		algorithm  string
		typ        string // of the last create
		part, put  string
		completion string
		creates    int
	}{
		"S3":               {&recorder{keepsSums: true}, "", "CRC32C", "FULL_OBJECT", wantSum(small), wantSum(small), wantSum(c), 2},
		"sums are ignored": {&recorder{}, "auto", "CRC32C", "FULL_OBJECT", wantSum(small), wantSum(small), "", 2},
		"sums of parts":    {&recorder{refuseSum: true}, "when_supported", "CRC32C", "", wantSum(small), wantSum(small), "", 3},
		"none":             {&recorder{keepsSums: true}, "when_required", "", "", "", "", "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			r := test.r
			cfg := loaderConfig(r.serve(t))
			cfg.RequestChecksums = test.checksums
			storeAll(t, openStore(t, cfg))
			create := r.last(t, opCreate)
			for what, pair := range map[string][2]string{
				"algorithm":  {create.Get("X-Amz-Checksum-Algorithm"), test.algorithm},
				"type":       {create.Get("X-Amz-Checksum-Type"), test.typ},
				"part":       {r.last(t, opPart).Get("X-Amz-Checksum-Crc32c"), test.part},
				"put":        {r.last(t, opPut).Get("X-Amz-Checksum-Crc32c"), test.put},
				"completion": {r.last(t, opComplete).Get("X-Amz-Checksum-Crc32c"), test.completion},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
				}
			}
			if n := len(r.requests[opCreate]); n != test.creates {
				t.Errorf("%d creates, want %d", n, test.creates)
			}
		})
	}
}

// Over https the payload is not hashed besides, unless there is no checksum; and
// AWS_CA_BUNDLE, by which the certificate is known here, is honoured.
func TestPayloadOverTLS(t *testing.T) {
	for checksums, unsigned := range map[string]bool{"when_supported": true, "when_required": false} {
		var r recorder
		server := httptest.NewTLSServer(&r)
		bundle := filepath.Join(t.TempDir(), "ca.pem")
		certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
		if err := os.WriteFile(bundle, certificate, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("AWS_CA_BUNDLE", bundle)
		cfg := loaderConfig(server.URL)
		cfg.RequestChecksums = checksums
		s := openStore(t, cfg)
		storeAll(t, s)
		for _, op := range []string{opPut, opPart} {
			if got := r.last(t, op).Get("X-Amz-Content-Sha256"); (got == "UNSIGNED-PAYLOAD") != unsigned {
				t.Errorf("%s, %s: payload hash %q", checksums, op, got)
			}
		}
		s.Close()
		server.Close()
	}
}

// countedBody counts the bytes that are read of it.
type countedBody struct {
	io.ReadSeeker
	read int
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadSeeker.Read(p)
	b.read += n
	return n, err
}

// What is signed over http is read once for all its sums, however often it is sent;
// and no other request has its sum.
func TestPayloadIsSummedOnce(t *testing.T) {
	var r recorder
	refused := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if op := operation(req); (op == opPut || op == opPart) && !refused[op] {
			refused[op] = true
			_, _ = io.Copy(io.Discard, req.Body)
			faults.Refuse(503, "SlowDown", "Please reduce your request rate.")(w, nil)
			return
		}
		r.ServeHTTP(w, req)
	}))
	t.Cleanup(server.Close)
	s := openStore(t, loaderConfig(server.URL))
	c := content(1, 100_000)
	for op, send := range map[string]func(store.Upload, store.Part) error{
		opPut: func(u store.Upload, p store.Part) error { return store.Commit(t.Context(), u, p) },
		opPart: func(u store.Upload, p store.Part) error {
			return errors.Join(u.Write(t.Context(), p), u.Abort(t.Context()))
		},
	} {
		body := &countedBody{ReadSeeker: bytes.NewReader(c)}
		if err := send(s.Create(store.Object{Key: objectKey}), store.Part{Number: 1, Size: int64(len(c)), Body: body}); err != nil {
			t.Fatal(err)
		}
		if want := 3 * len(c); body.read != want {
			t.Errorf("%s: %d bytes were read, want %d: once for the sums, and for each try", op, body.read, want)
		}
	}
	payload := fmt.Sprintf("%x", sha256.Sum256(c))
	for op, requests := range r.requests {
		for _, req := range requests {
			if got := req.Header.Get("X-Amz-Content-Sha256"); (got == payload) != (op == opPut || op == opPart) {
				t.Errorf("%s: payload hash %q", op, got)
			}
		}
	}
}

func TestAddressing(t *testing.T) {
	for name, test := range map[string]struct {
		path *bool
		env  bool
		want string // host and path
	}{
		"auto":            {nil, false, "s3.test/landing-zone/small"},
		"auto by env":     {nil, true, "s3.test/landing-zone/small"},
		"insisted":        {new(true), false, "s3.test/landing-zone/small"},
		"host of its own": {new(false), false, "landing-zone.s3.test/small"},
	} {
		t.Run(name, func(t *testing.T) {
			var r recorder
			address := strings.TrimPrefix(r.serve(t), "http://")
			cfg := loaderConfig("http://s3.test")
			cfg.Region = ""
			cfg.ForcePathStyle = test.path
			if test.env {
				t.Setenv("AWS_ENDPOINT_URL_S3", cfg.EndpointURL)
				cfg.EndpointURL = ""
			}
			s := openStore(t, cfg)
			if bucket(s).Region() != "us-east-1" {
				t.Errorf("region %q", bucket(s).Region())
			}
			s.http.transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, address)
			}
			if _, err := storeSmall(t, s, "small", nil); err != nil {
				t.Fatal(err)
			}
			if got := r.requests[opPut][0].Host + r.requests[opPut][0].URL.Path; got != test.want {
				t.Errorf("sent to %q, want %q", got, test.want)
			}
		})
	}
}
