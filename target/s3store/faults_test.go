package s3store

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"target-s3/target/store"
	"target-s3/target/storetest/faults"
	"target-s3/target/storetest/versitygw"
)

const always = 1 << 30

// What heals ends with the object there once, whole, and nothing beside it. These are
// faults of several requests and of several parts; one fault of one request is a
// matter of TestEveryFaultAtEveryOperation.
func TestFaultsThatHeal(t *testing.T) {
	for name, fault := range map[string]func(string, int, *http.Request) fault{
		"put answer lost each time": first(opPut, always, faults.Lose),
		"complete lost each time":   first(opComplete, always, faults.Lose),
		"complete error with 200":   first(opComplete, 2, faults.Refuse(200, "InternalError", "We encountered an internal error.")),
		"part answer lost":          first(opPart, 2, faults.Lose),
		"part 500":                  first(opPart, 3, faults.Refuse(500, "InternalError", "x")),
		"slow down storm":           firstOfEach(5, faults.Refuse(503, "SlowDown", "Please reduce your request rate.")),
		"too many requests":         firstOfEach(3, faults.Refuse(429, "TooManyRequests", "x")),
		"resets":                    firstOfEach(3, faults.Reset),
		"create answer lost":        first(opCreate, 2, faults.Lose),
		"abort lost, not needed":    first(opAbort, always, faults.Lose),
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "part answer lost" && name != "complete error with 200" && name != "slow down storm" {
				t.Skip("for -short three faults are enough")
			}
			t.Parallel()
			server := newServer(t, append([]string{"s3:ListBucketMultipartUploads"}, versitygw.OnAmazon...)...)
			p := newProxy(t, server.Endpoint)
			p.fault = fault
			s := openStore(t, loaderConfig(p.URL))
			for _, c := range [][]byte{content(1, 1000), content(2, largeSize)} {
				store := storeSmall
				if len(c) == largeSize {
					store = storeLarge
				}
				u, err := store(t, s, objectKey, c)
				if err != nil {
					t.Fatal(err)
				}
				wantOnly(t, server, objectKey, c)
				if err := u.Abort(t.Context()); err != nil {
					t.Errorf("Abort after Publish: %v", err)
				}
				wantOnly(t, server, objectKey, c)
				server.Delete(t, bucketName, objectKey)
			}
		})
	}
}

// What does not heal ends with an error that says so, with nothing visible, and
// with nothing left once the upload is aborted.
func TestFaultsThatStay(t *testing.T) {
	for name, test := range map[string]struct {
		fault func(string, int, *http.Request) fault
		code  string
		texts []string
	}{
		"complete always 500": {
			first(opComplete, always, faults.Refuse(500, "InternalError", "x")), "InternalError",
			[]string{"CompleteMultipartUpload s3://landing-zone/" + objectKey + ": InternalError (500) after 4 attempts: x. It may pass", "(request REQ123)"},
		},
		"complete always error with 200": {
			first(opComplete, always, faults.Refuse(200, "InternalError", "x")), "InternalError", []string{"after 4 attempts"},
		},
		"complete denied": {
			first(opComplete, always, faults.Refuse(403, "AccessDenied", "no")), "AccessDenied", []string{"s3:PutObject on arn:aws:s3:::landing-zone/*"},
		},
		"part always slow down": {
			first(opPart, always, faults.Refuse(503, "SlowDown", "Please reduce your request rate.")), "SlowDown",
			[]string{"UploadPart", "after 4 attempts", "max_parallel_uploads"},
		},
		"part digest": {
			first(opPart, always, faults.Refuse(400, "BadDigest", "x")), "BadDigest", []string{"request_checksums"},
		},
		"create always reset": {
			first(opCreate, always, faults.Reset), CodeConnection, []string{"CreateMultipartUpload", "after 4 attempts", "aws_endpoint_url"},
		},
		"create always lost": {
			first(opCreate, always, faults.Lose), CodeConnection, nil,
		},
		"complete success without object": {
			first(opComplete, always, noAnswerThenCompleted()), CodeObjectMissing, []string{"reported success, but there is no such object"},
		},
		"upload gone": {
			first(opComplete, always, faults.Refuse(404, "NoSuchUpload", "x")), "NoSuchUpload", []string{"lifecycle rule"},
		},
		"too large": {
			first(opComplete, always, faults.Refuse(400, "EntityTooLarge", "x")), "EntityTooLarge", []string{"batch_size_bytes"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "complete always 500" && name != "part digest" && name != "create always reset" {
				t.Skip("for -short three faults are enough")
			}
			t.Parallel()
			server := newServer(t, append([]string{"s3:ListBucketMultipartUploads"}, versitygw.OnAmazon...)...)
			p := newProxy(t, server.Endpoint)
			p.fault = test.fault
			cfg := loaderConfig(p.URL)
			cfg.MaxAttempts = 4
			s := openStore(t, cfg)
			u, err := storeLarge(t, s, objectKey, content(1, largeSize))
			wantError(t, err, test.code, test.texts...)
			if err := u.Abort(t.Context()); err != nil {
				t.Errorf("Abort: %v", err)
			}
			if keys := server.Keys(t, bucketName); len(keys) != 0 {
				t.Errorf("visible: %q", keys)
			}
			wantNoUploads(t, server)
		})
	}
}

// noAnswerThenCompleted is what versitygw does when it is killed in the middle of
// a completion and started again.
func noAnswerThenCompleted() fault {
	calls := 0 // the attempts of one request come one after another
	return func(w http.ResponseWriter, forward func() answer) {
		if calls++; calls == 1 {
			faults.Reset(w, forward)
			return
		}
		completed(w, forward)
	}
}

// What an Abort does not remove stays, so that it uses the time it has.
func TestAbortKeepsTrying(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	p := newProxy(t, server.Endpoint)
	p.fault = first(opAbort, 2*DefaultMaxAttempts, faults.Reset)
	s := openStore(t, loaderConfig(p.URL))
	u := s.Create(store.Object{Key: objectKey})
	if err := u.Write(t.Context(), part(1, 0, content(1, store.MinPartSize))); err != nil {
		t.Fatal(err)
	}
	s.reach.gone.Store(true) // another request has waited in vain
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := u.Abort(ctx); err != nil {
		t.Error(err)
	}
	wantNoUploads(t, server)
}

// With the three privileges alone, where the service wants more for Abort.
func TestAbortDenied(t *testing.T) {
	server := newServer(t, versitygw.Loader...)
	var log logBuffer
	cfg := loaderConfig(server.Endpoint)
	cfg.Logger = log.logger()
	s := openStore(t, cfg)
	for range 2 {
		u := s.Create(store.Object{Key: objectKey})
		if err := u.Write(t.Context(), part(1, 0, content(1, store.MinPartSize))); err != nil {
			t.Fatal(err)
		}
		if err := u.Abort(t.Context()); err != nil {
			t.Errorf("Abort: %v", err)
		}
	}
	if n := strings.Count(log.String(), "AbortIncompleteMultipartUpload"); n != 1 {
		t.Errorf("%d warnings, want 1, in:\n%s", n, &log)
	}
	// All the rest works with three.
	if _, err := storeLarge(t, s, objectKey, content(1, largeSize)); err != nil {
		t.Error(err)
	}
	if _, err := storeSmall(t, s, "small", content(1, 10)); err != nil {
		t.Error(err)
	}
}

// An orphan that the user may not look for is left, and the upload goes well.
func TestCreateLostWithoutListPrivilege(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	p := newProxy(t, server.Endpoint)
	p.fault = first(opCreate, 1, faults.Lose)
	var log logBuffer
	cfg := loaderConfig(p.URL)
	cfg.Logger = log.logger()
	if _, err := storeLarge(t, openStore(t, cfg), objectKey, content(1, largeSize)); err != nil {
		t.Fatal(err)
	}
	if left := server.Uploads(t, bucketName); len(left) != 1 {
		t.Errorf("%d uploads left, want 1", len(left))
	}
	if !strings.Contains(log.String(), "may be left behind") {
		t.Errorf("the log does not mention it:\n%s", &log)
	}
}

// A load that fails while it waits for the identifier of an upload still aborts it.
func TestCancelledWhileCreating(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	p := newProxy(t, server.Endpoint)
	ctx, cancel := context.WithCancel(t.Context())
	p.fault = func(op string, _ int, r *http.Request) fault {
		if op != opCreate {
			return nil
		}
		return func(w http.ResponseWriter, forward func() answer) {
			a := forward()
			cancel()
			select {
			case <-r.Context().Done(): // nobody waits for the answer
			case <-time.After(200 * time.Millisecond):
				a.Write(w)
			}
		}
	}
	s := openStore(t, loaderConfig(p.URL))
	u := s.Create(store.Object{Key: objectKey, Durable: true})
	if err := u.Stage(ctx, part(1, 0, content(1, 10))); !errors.Is(err, context.Canceled) {
		t.Errorf("Stage: %v, want that it was cancelled", err)
	}
	if err := u.Abort(t.Context()); err != nil {
		t.Error(err)
	}
	if left := server.Uploads(t, bucketName); len(left) > 0 {
		t.Errorf("uploads left: %q", left)
	}
}

// told is written to by a log; that it was is there to be read once.
type told chan struct{}

func (c told) Write(b []byte) (int, error) {
	select {
	case c <- struct{}{}:
	default:
	}
	return len(b), nil
}

func TestServerKilledAndRestarted(t *testing.T) {
	if testing.Short() {
		t.Skip("for -short TestServerStopped, which waits less, is enough")
	}
	server := newServer(t, versitygw.OnAmazon...)
	cfg := loaderConfig(server.Endpoint)
	cfg.MaxBackoff = time.Second
	missed := make(told, 1)
	cfg.Logger = slog.New(slog.NewTextHandler(missed, nil)) // of each try that met a server that is down
	s := openStore(t, cfg)
	c := content(1, 2*store.MinPartSize+1000)
	u := s.Create(store.Object{Key: objectKey, ContentType: "application/x-ndjson"})
	if err := u.Write(t.Context(), part(1, 0, c[:store.MinPartSize])); err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() error{
		func() error {
			return u.Write(t.Context(), part(2, store.MinPartSize, c[store.MinPartSize:2*store.MinPartSize]))
		},
		func() error {
			return store.Commit(t.Context(), u, part(3, 2*store.MinPartSize, c[2*store.MinPartSize:]))
		},
	} {
		server.Kill(t)
		select {
		case <-missed: // of the step before
		default:
		}
		done := make(chan error, 1)
		go func() { done <- step() }()
		<-missed
		server.Restart(t)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	wantOnly(t, server, objectKey, c)
}

func TestServerStopped(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	cfg := loaderConfig(server.Endpoint)
	cfg.MaxAttempts = 3
	s := openStore(t, cfg)
	u := s.Create(store.Object{Key: objectKey})
	if err := u.Write(t.Context(), part(1, 0, content(1, store.MinPartSize))); err != nil {
		t.Fatal(err)
	}
	server.Stop(t)
	begin := time.Now()
	_, err := storeSmall(t, s, objectKey, content(1, 10))
	wantError(t, err, CodeConnection, "after 3 attempts: connection refused", "Check that the service runs at "+server.Endpoint)
	_, err = storeLarge(t, s, objectKey, content(1, largeSize))
	wantError(t, err, CodeConnection, "CreateMultipartUpload") // and is not asked for long: the service is known to be gone
	wantError(t, store.Commit(t.Context(), u, store.Part{}), CodeConnection, "CompleteMultipartUpload")
	if err := u.Abort(t.Context()); err == nil {
		t.Error("Abort without a server succeeded")
	}
	if d := time.Since(begin); d > 20*time.Second {
		t.Errorf("took %v", d)
	}
	server.Restart(t)
	if err := u.Abort(t.Context()); err != nil {
		t.Errorf("Abort when the server is back: %v", err)
	}
	wantNoUploads(t, server)
}

// A frozen server takes connections and bytes and says nothing.
func TestServerFrozen(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	cfg := loaderConfig(server.Endpoint)
	cfg.MaxAttempts, cfg.StallTimeout = 2, 300*time.Millisecond
	s := openStore(t, cfg)
	server.Pause(t)
	begin := time.Now()
	_, err := storeSmall(t, s, objectKey, content(1, largeSize))
	wantError(t, err, CodeTimeout, "nothing was sent or received for 300ms", "after 2 attempts")
	if d := time.Since(begin); d > 20*time.Second {
		t.Errorf("took %v", d)
	}
	server.Continue(t)
}

func TestCancelled(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	s := openStore(t, loaderConfig(server.Endpoint))
	server.Pause(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	u := s.Create(store.Object{Key: objectKey})
	err := store.Commit(ctx, u, part(1, 0, content(1, largeSize)))
	wantError(t, err, CodeCancelled)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want context.DeadlineExceeded", err)
	}
	server.Continue(t)
}

// More uploads at once than slots: all end, and never more requests at once.
func TestServerThrottles(t *testing.T) {
	server := versitygw.Start(t, versitygw.MaxRequests(2))
	server.AddUser(t, loaderKey, loaderSecret)
	addBucket(t, server, bucketName, versitygw.OnAmazon...)
	cfg := loaderConfig(server.Endpoint)
	cfg.MaxParallel, cfg.MaxBackoff, cfg.MaxAttempts = 8, 200*time.Millisecond, 30
	s := openStore(t, cfg)
	errs := make(chan error)
	const objects = 20
	for i := range objects {
		go func() {
			_, err := storeSmall(t, s, "object/"+string(rune('a'+i)), content(byte(i), 100<<10))
			errs <- err
		}()
	}
	for range objects {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if keys := server.Keys(t, bucketName); len(keys) != objects {
		t.Errorf("%d objects, want %d", len(keys), objects)
	}
}
