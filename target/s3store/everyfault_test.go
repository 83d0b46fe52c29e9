package s3store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"target-s3/target/store"
	"target-s3/target/storetest/faults"
	"target-s3/target/storetest/versitygw"
)

// trial is one use of the store; faults come to one of its requests.
type trial struct {
	store  *Store
	server *versitygw.Server
	bucket string
}

// trials are every operation that a load makes, by the request that is disturbed.
func trials() map[string]func(*testing.T, *trial) {
	object := func(durable bool) func(*testing.T, *trial) {
		return func(t *testing.T, r *trial) {
			c := content(1, 1000)
			u := r.store.Create(store.Object{Key: objectKey, Durable: durable})
			err := store.Commit(t.Context(), u, part(1, 0, c))
			if err == nil {
				r.wantObject(t, c)
				return
			}
			t.Log("error:", err)
			if err := u.Abort(t.Context()); err != nil {
				t.Errorf("Abort after %v: %v", err, err)
			}
			if keys := r.server.Keys(t, r.bucket); len(keys) > 0 {
				t.Errorf("%q visible after: %v", keys, err)
			}
		}
	}
	return map[string]func(*testing.T, *trial){
		opPut: object(false), opCreate: object(true), opPart: object(true), opComplete: object(true),
		opAbort: abortTrial, opHead: headTrial, opGet: readTrial, "Replace": replaceTrial, "Replace nothing": createTrial,
		opList: listTrial, opListUploads: uploadsTrial,
	}
}

func (r *trial) wantObject(t *testing.T, c []byte) {
	t.Helper()
	if keys := r.server.Keys(t, r.bucket); !slices.Equal(keys, []string{objectKey}) {
		t.Fatalf("objects %q", keys)
	}
	if got := r.server.Get(t, r.bucket, objectKey).Content; !bytes.Equal(got, c) {
		t.Fatalf("%d bytes that differ from the %d written", len(got), len(c))
	}
}

func abortTrial(t *testing.T, r *trial) {
	u := r.store.Create(store.Object{Key: objectKey, Durable: true})
	if err := u.Stage(t.Context(), part(1, 0, content(1, 10))); err != nil {
		t.Fatal(err)
	}
	err := u.Abort(t.Context())
	if err != nil {
		t.Log("error:", err)
		if err := u.Abort(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func (r *trial) put(t *testing.T, c []byte) {
	t.Helper()
	u := r.store.Create(store.Object{Key: objectKey})
	if err := store.Commit(t.Context(), u, part(1, 0, c)); err != nil {
		t.Fatal(err)
	}
}

func headTrial(t *testing.T, r *trial) {
	r.put(t, content(1, 10))
	if err := r.store.Head(t.Context(), objectKey); err != nil && !(errors.Is(err, fs.ErrNotExist) && isKind(t, "404")) {
		t.Log("error:", err)
		wantUnknown(t, err)
	}
}

// wantUnknown sees that an error claims nothing that is not so.
func wantUnknown(t *testing.T, err error) {
	t.Helper()
	var known *Error
	if !errors.As(err, &known) || known.cause != nil {
		t.Errorf("error %v of type %T matches %v", err, err, errors.Unwrap(err))
	}
}

func readTrial(t *testing.T, r *trial) {
	c := content(1, 1000)
	r.put(t, c)
	got, version, err := r.store.Read(t.Context(), objectKey, 2000)
	switch {
	case err != nil && isKind(t, "without an end"): // more than was asked for
	case err != nil:
		t.Log("error:", err)
		wantUnknown(t, err)
	case !bytes.Equal(got, c) || version == "":
		t.Errorf("read %d bytes, version %q", len(got), version)
	}
}

func replaceTrial(t *testing.T, r *trial) {
	r.put(t, []byte("one"))
	_, version, err := r.store.Read(t.Context(), objectKey, 100)
	if err != nil {
		t.Fatal(err)
	}
	r.replace(t, version)
}

func createTrial(t *testing.T, r *trial) { r.replace(t, "") }

func (r *trial) replace(t *testing.T, version string) {
	is, err := r.store.Replace(t.Context(), objectKey, []byte("two"), version)
	if err == nil {
		r.wantObject(t, []byte("two"))
		if _, now, err := r.store.Read(t.Context(), objectKey, 100); err != nil || now != is {
			t.Errorf("version %q, then %q, %v", is, now, err)
		}
		return
	}
	got, _, readErr := r.store.Read(t.Context(), objectKey, 100)
	t.Logf("error: %v, then %q", err, got)
	if refused := errors.Is(err, store.ErrRefused); refused != (isKind(t, "403") || isKind(t, "404")) || refused && string(got) == "two" {
		t.Errorf("refused is %v of %v, and there is %q", refused, err, got)
	}
	if readErr != nil && !(version == "" && errors.Is(readErr, fs.ErrNotExist)) || readErr == nil && string(got) != "one" && string(got) != "two" {
		t.Errorf("read %q, %v", got, readErr)
	}
}

func listTrial(t *testing.T, r *trial) {
	r.put(t, content(1, 10))
	got, err := r.store.List(t.Context(), "", 100)
	if err != nil {
		t.Log("error:", err)
		wantUnknown(t, err)
	} else if !slices.Equal(got, []string{objectKey}) {
		t.Errorf("keys %q", got)
	}
}

func uploadsTrial(t *testing.T, r *trial) {
	u := r.store.Create(store.Object{Key: objectKey, Durable: true})
	if err := u.Stage(t.Context(), part(1, 0, content(1, 10))); err != nil {
		t.Fatal(err)
	}
	n := 0
	for s, err := range r.store.Uploads(t.Context(), "") {
		n++
		if err != nil {
			t.Log("error:", err)
			wantUnknown(t, err)
		} else if s.Key != objectKey || s.Upload != u.Receipt().Upload {
			t.Errorf("upload %+v", s)
		}
	}
	if n != 1 {
		t.Errorf("%d uploads", n)
	}
	if err := u.Abort(t.Context()); err != nil {
		t.Error(err)
	}
}

// Every operation meets every fault: what comes out is exact, or an error with
// nothing visible.
func TestEveryFaultAtEveryOperation(t *testing.T) {
	actions := append([]string{"s3:ListBucketMultipartUploads"}, versitygw.OnAmazon...)
	server := newServer(t, actions...)
	buckets := 0
	for op, try := range trials() {
		for name := range newLab(t).Kinds() {
			buckets++
			bucket, left := fmt.Sprintf("matrix-%d", buckets), buckets%8 != 0 // of maps: others each time
			t.Run(op+"/"+name, func(t *testing.T) {
				if testing.Short() && left {
					t.Skip("for -short every eighth is enough")
				}
				t.Parallel()
				addBucket(t, server, bucket, actions...)
				p := newProxy(t, server.Endpoint)
				cfg := loaderConfig(p.URL)
				cfg.Bucket = bucket
				if strings.HasPrefix(name, "half-open") { // the others never wait for it
					cfg.StallTimeout = 500 * time.Millisecond
				}
				s := openStore(t, cfg)
				if err := s.headBucket(context.WithoutCancel(t.Context())); err != nil { // it is known to be S3
					t.Fatal(err)
				}
				f := newLab(t).Kinds()[name]
				p.fault = disturb(op, f)
				try(t, &trial{s, server, bucket})
				if left := server.Uploads(t, bucket); len(left) > 0 && !mayLeave[op+" "+strings.Split(name, ",")[0]] {
					t.Errorf("uploads left: %q", left)
				}
			})
		}
	}
}

// mayLeave are where an upload is left to the lifecycle rule: nobody knows of one
// that a network made by asking twice, a denial is not a failure, see
// TestAbortDenied, and neither is an upload that is said to be gone.
var mayLeave = map[string]bool{opCreate + " replayed": true, opAbort + " 403": true, opAbort + " 404": true}

// isKind reports whether the test is of a kind of fault.
func isKind(t *testing.T, kind string) bool {
	return strings.HasSuffix(t.Name(), "/"+strings.ReplaceAll(kind, " ", "_"))
}

// disturb brings a fault to the first request of an operation.
func disturb(op string, f fault) func(string, int, *http.Request) fault {
	var once sync.Once
	wanted := op
	if strings.HasPrefix(op, "Replace") {
		wanted = opPut
	}
	return func(is string, _ int, r *http.Request) (now fault) {
		if is == wanted && (op != "Replace" || r.Header.Get("If-Match") != "") {
			once.Do(func() { now = f })
		}
		return now
	}
}

func newLab(t *testing.T) *faults.Lab {
	l := &faults.Lab{}
	t.Cleanup(l.Close)
	return l
}
