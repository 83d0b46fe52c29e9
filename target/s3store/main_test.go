package s3store

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"target-s3/target/config"
	"target-s3/target/store"
	"target-s3/target/storetest"
	"target-s3/target/storetest/versitygw"
)

func TestMain(m *testing.M) {
	versitygw.ForgetCredentials()
	goleak.VerifyTestMain(m)
}

const (
	loaderKey    = "AKIALOADERLOADER0001"
	loaderSecret = "secret-of-the-loader-0123456789"
	sweeperKey   = "AKIASWEEPERSWEEP0001"
	bucketName   = "landing-zone"
	objectKey    = "singer/orders/1_1519235654474.jsonl"
)

// newServer starts a server with a bucket whose policy lets the loader do these
// things and nothing else.
func newServer(t *testing.T, actions ...string) *versitygw.Server {
	t.Helper()
	s := versitygw.Start(t)
	s.AddUser(t, loaderKey, loaderSecret)
	addBucket(t, s, bucketName, actions...)
	return s
}

func addBucket(t *testing.T, s *versitygw.Server, bucket string, actions ...string) {
	t.Helper()
	s.CreateBucket(t, bucket)
	s.PutBucketPolicy(t, bucket, versitygw.Policy(bucket, loaderKey, actions...))
}

// loaderConfig is quick to give up, so that tests are.
func loaderConfig(endpoint string) Config {
	return Config{
		Bucket:          bucketName,
		AccessKeyID:     config.NewKeyID(loaderKey),
		SecretAccessKey: config.NewSecret(loaderSecret),
		Region:          "us-east-1",
		EndpointURL:     endpoint,
		RunID:           "test-run",
		MaxBackoff:      10 * time.Millisecond,
		StallTimeout:    20 * time.Second,
	}
}

func openStore(t *testing.T, cfg Config) *Store {
	t.Helper()
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// bucket is what check and setup see of a store.
func bucket(s *Store) *Bucket { return &Bucket{s} }

// logBuffer is a log that several goroutines may write.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logBuffer) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func part(number int, offset int64, b []byte) store.Part {
	return store.Part{Number: number, Offset: offset, Size: int64(len(b)), Body: bytes.NewReader(b)}
}

func content(seed byte, size int) []byte { return storetest.Content(seed, int64(size)) }

// largeSize is two parts, the second a small one.
const largeSize = store.MinPartSize + 1000

// storeLarge stages one part and commits another.
func storeLarge(t *testing.T, s *Store, key string, c []byte) (store.Upload, error) {
	t.Helper()
	u := s.Create(store.Object{Key: key, ContentType: "application/x-ndjson"})
	if err := u.Write(t.Context(), part(1, 0, c[:store.MinPartSize])); err != nil {
		return u, err
	}
	return u, store.Commit(t.Context(), u, part(2, store.MinPartSize, c[store.MinPartSize:]))
}

func storeSmall(t *testing.T, s *Store, key string, c []byte) (store.Upload, error) {
	t.Helper()
	u := s.Create(store.Object{Key: key, ContentType: "application/x-ndjson"})
	return u, store.Commit(t.Context(), u, part(1, 0, c))
}

// wantOnly checks that this object is in the bucket, whole, and nothing else.
func wantOnly(t *testing.T, server *versitygw.Server, key string, c []byte) {
	t.Helper()
	if keys := server.Keys(t, bucketName); len(keys) != 1 || keys[0] != key {
		t.Fatalf("objects %q, want %s alone", keys, key)
	}
	o := server.Get(t, bucketName, key)
	if !bytes.Equal(o.Content, c) {
		t.Errorf("%s has %d bytes that differ from the %d written", key, len(o.Content), len(c))
	}
	if o.ContentType != "application/x-ndjson" {
		t.Errorf("content type %q", o.ContentType)
	}
	if o.Metadata[metadataUpload] == "" || o.Metadata[metadataRun] != "test-run" {
		t.Errorf("metadata %v", o.Metadata)
	}
	wantNoUploads(t, server)
}

func wantNoUploads(t *testing.T, server *versitygw.Server) {
	t.Helper()
	if left := server.Uploads(t, bucketName); len(left) != 0 {
		t.Errorf("uploads left behind: %q", left)
	}
}

// wantError checks the code and parts of the text of an error.
func wantError(t *testing.T, err error, code string, texts ...string) {
	t.Helper()
	_ = failure(t, err, code, texts...)
}

// failure is wantError for tests that want to know more.
func failure(t *testing.T, err error, code string, texts ...string) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v of type %T, want *Error with code %s", err, err, code)
	}
	if e.Code != code {
		t.Errorf("code %q, want %q in: %v", e.Code, code, e)
	}
	for _, text := range texts {
		if !strings.Contains(e.Error(), text) {
			t.Errorf("error %q does not say %q", e, text)
		}
	}
	wantNoSecrets(t, fmt.Sprintf("%v %+v %#v", e, *e, *e))
	return e
}

func wantNoSecrets(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{loaderSecret, loaderKey} {
		if strings.Contains(text, secret) {
			t.Errorf("a secret shows in: %s", text)
		}
	}
}
