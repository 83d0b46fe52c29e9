package s3store

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"testing"

	"target-s3/target/store"
	"target-s3/target/storetest/faults"
	"target-s3/target/storetest/versitygw"
)

// A lost answer does not make another's object ours.
func TestLostAnswerAndKeyTaken(t *testing.T) {
	for _, op := range []string{opPut, opComplete} {
		t.Run(op, func(t *testing.T) {
			server := newServer(t, versitygw.OnAmazon...)
			p := newProxy(t, server.Endpoint)
			p.fault = func(seen string, n int, r *http.Request) fault {
				if seen == op && n == 1 { // after it was looked whether the key is free
					if _, err := storeSmall(t, openStore(t, loaderConfig(server.Endpoint)), objectKey, []byte("another's")); err != nil {
						t.Error(err)
					}
				}
				return first(op, 2, faults.Lose)(seen, n, r)
			}
			s := openStore(t, loaderConfig(p.URL))
			store := storeSmall
			if op == opComplete {
				store = storeLarge
			}
			u, err := store(t, s, objectKey, content(1, largeSize))
			if !errors.Is(err, fs.ErrExist) {
				t.Errorf("error %v, want one matching fs.ErrExist", err)
			}
			wantError(t, err, "PreconditionFailed", "never overwritten")
			if err := u.Abort(t.Context()); err != nil {
				t.Errorf("Abort: %v", err)
			}
			if got := server.Get(t, bucketName, objectKey).Content; string(got) != "another's" {
				t.Errorf("the object was overwritten by %d bytes", len(got))
			}
			wantNoUploads(t, server)
		})
	}
}

// What is refused for one operation is still used for the other.
func TestConditionNotImplementedForOne(t *testing.T) {
	for _, op := range []string{opPut, opComplete} {
		t.Run(op, func(t *testing.T) {
			server := newServer(t, versitygw.OnAmazon...)
			p := newProxy(t, server.Endpoint)
			p.fault = func(seen string, _ int, r *http.Request) fault {
				if seen == op && r.Header.Get("If-None-Match") != "" {
					return faults.Refuse(501, "NotImplemented", "not here")
				}
				return nil
			}
			s := openStore(t, loaderConfig(p.URL))
			for i := range 2 {
				if _, err := storeSmall(t, s, fmt.Sprint("small", i), content(1, 10)); err != nil {
					t.Fatal(err)
				}
				if _, err := storeLarge(t, s, fmt.Sprint("large", i), content(2, largeSize)); err != nil {
					t.Fatal(err)
				}
			}
			if !s.looksFirst(op) || s.looksFirst(opPut) && s.looksFirst(opComplete) {
				t.Errorf("looks first with PutObject: %v, with CompleteMultipartUpload: %v", s.looksFirst(opPut), s.looksFirst(opComplete))
			}
			if n := p.count(op); n != 3 { // refused, then twice without
				t.Errorf("%d requests, want 3", n)
			}
		})
	}
}

// A service that takes the condition and does not keep it is not relied on where
// another's object stands already.
func TestConditionIgnoredByComplete(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	server.Put(t, bucketName, objectKey, []byte("another's"))
	p := newProxy(t, server.Endpoint)
	u, err := storeLarge(t, openStore(t, loaderConfig(p.URL)), objectKey, content(1, largeSize))
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v, want one matching fs.ErrExist", err)
	}
	wantError(t, err, CodeExists, "put [run_id] into s3_key_format_string")
	if err := u.Abort(t.Context()); err != nil {
		t.Errorf("Abort: %v", err)
	}
	if p.count(opComplete) > 0 {
		t.Error("the upload was completed though its key was taken")
	}
}

// Who may not look whether a key is free sends the parts all the same.
func TestPartsWithoutReadPrivilege(t *testing.T) {
	server := newServer(t, "s3:PutObject")
	s := openStore(t, loaderConfig(server.Endpoint))
	u := s.Create(store.Object{Key: objectKey, Next: func() string { return "another" }, ContentType: "application/x-ndjson"})
	if err := u.Write(t.Context(), part(1, 0, content(1, 100))); err != nil {
		t.Fatal(err)
	}
	if err := store.Commit(t.Context(), u, store.Part{}); err != nil {
		t.Fatal(err)
	}
	wantOnly(t, server, objectKey, content(1, 100))
}

// A lost answer does not move an object on to the next key: it is there twice
// then.
func TestLostAnswerWithNextKey(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	p := newProxy(t, server.Endpoint)
	p.fault = first(opPut, 1, faults.Lose)
	s := openStore(t, loaderConfig(p.URL))
	u := s.Create(store.Object{Key: objectKey, Next: func() string { return "another" }, ContentType: "application/x-ndjson"})
	if err := store.Commit(t.Context(), u, part(1, 0, content(1, 100))); err != nil {
		t.Fatal(err)
	}
	wantOnly(t, server, objectKey, content(1, 100))
}

// Where answers were lost, an object without a token is neither taken for ours nor
// for another's, and no second one is made.
func TestLostAnswersOfForgetfulService(t *testing.T) {
	forget := func(w http.ResponseWriter, forward func() answer) {
		a := forward()
		a.Header.Del("X-Amz-Meta-" + metadataUpload)
		a.Header.Del("X-Amz-Meta-" + metadataRun)
		a.Write(w)
	}
	noETag := func(w http.ResponseWriter, forward func() answer) {
		a := forward()
		a.Header.Del("Etag")
		a.Write(w)
	}
	for name, answered := range map[string]fault{"lost": faults.Lose, "unproven": noETag} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t, versitygw.OnAmazon...)
			p := newProxy(t, server.Endpoint)
			p.fault = func(op string, n int, _ *http.Request) fault {
				switch {
				case op == opHead:
					return forget
				case op == opPut && n == 1:
					return answered
				}
				return nil
			}
			s := openStore(t, loaderConfig(p.URL))
			u := s.Create(store.Object{Key: objectKey, Next: func() string { return "another" }})
			if err := store.Commit(t.Context(), u, part(1, 0, content(1, 100))); err == nil || errors.Is(err, fs.ErrExist) {
				t.Errorf("error %v", err)
			}
			if keys := server.Keys(t, bucketName); len(keys) != 1 {
				t.Errorf("objects %q, want one", keys)
			}
		})
	}
}

// A key that is taken when an object is published again may be taken by the object
// itself. Where that cannot be looked into, no other key is tried: it would be there
// twice.
func TestPublishAgainWithoutLooking(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	p := newProxy(t, server.Endpoint)
	p.fault = func(op string, n int, _ *http.Request) fault {
		switch {
		case op == opHead, op == opGet:
			return faults.Refuse(403, "AccessDenied", "x")
		case op == opPut && n == 1:
			return faults.Lose
		}
		return nil
	}
	cfg := loaderConfig(p.URL)
	cfg.MaxAttempts = 1
	u := openStore(t, cfg).Create(store.Object{Key: objectKey, Next: func() string { return "another" }})
	if err := u.Stage(t.Context(), part(1, 0, content(1, 100))); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := u.Publish(t.Context()); err == nil || errors.Is(err, fs.ErrExist) {
			t.Errorf("error %v", err)
		}
	}
	if keys := server.Keys(t, bucketName); len(keys) != 1 {
		t.Errorf("objects %q, want one", keys)
	}
}

// If-None-Match that is not implemented, in the words of several services.
func TestConditionNotImplemented(t *testing.T) {
	for name, refusal := range map[string]fault{
		"501":     faults.Refuse(501, "NotImplemented", "A header you provided implies functionality that is not implemented."),
		"400":     faults.Refuse(400, "InvalidArgument", "Unsupported header 'if-none-match' received for this API call."),
		"request": faults.Refuse(400, "InvalidRequest", "Conditional writes are not supported"),
	} {
		noConditions := func(_ string, _ int, r *http.Request) fault {
			if r.Header.Get("If-None-Match") != "" {
				return refusal
			}
			return nil
		}
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "501" {
				t.Skip("for -short the words of one service are enough")
			}
			t.Parallel()
			server := newServer(t, versitygw.OnAmazon...)
			p := newProxy(t, server.Endpoint)
			p.fault = noConditions
			var log logBuffer
			cfg := loaderConfig(p.URL)
			cfg.Logger = log.logger()
			s := openStore(t, cfg)
			large, small := content(1, largeSize), content(2, 10)
			for range 2 { // the second time, the keys are taken
				_, errSmall := storeSmall(t, s, "small", small)
				u, errLarge := storeLarge(t, s, "large", large)
				if keys := server.Keys(t, bucketName); len(keys) != 2 {
					t.Fatalf("objects %q after %v, %v", keys, errSmall, errLarge)
				}
				if p.count(opPut) > 2 { // refused, then sent without
					t.Error("an object was sent again though its key was taken")
				}
				_ = u.Abort(t.Context())
			}
			_, err := storeSmall(t, s, "small", content(3, 10))
			wantError(t, err, CodeExists, "never overwritten")
			if !errors.Is(err, fs.ErrExist) {
				t.Errorf("error %v, want one matching fs.ErrExist", err)
			}
			if n := strings.Count(log.String(), "does not implement conditional writes"); n != 2 { // one an operation
				t.Errorf("%d warnings, want 2, in:\n%s", n, &log)
			}
			wantNoUploads(t, server)
		})
		t.Run(name+" insisted on", func(t *testing.T) {
			t.Parallel()
			server := newServer(t, versitygw.OnAmazon...)
			p := newProxy(t, server.Endpoint)
			p.fault = noConditions
			cfg := loaderConfig(p.URL)
			cfg.ConditionalWrites = new(true)
			_, err := storeSmall(t, openStore(t, cfg), objectKey, content(1, 10))
			var e *Error
			if !errors.As(err, &e) || len(server.Keys(t, bucketName)) != 0 {
				t.Errorf("error %v, objects %q", err, server.Keys(t, bucketName))
			}
		})
	}
}

// A refusal that is not about the condition does not end the use of it.
func TestNotImplementedForAnotherReason(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	p := newProxy(t, server.Endpoint)
	p.fault = first(opPut, 2, faults.Refuse(501, "NotImplemented", "no tags here"))
	s := openStore(t, loaderConfig(p.URL))
	_, err := storeSmall(t, s, objectKey, content(1, 10))
	wantError(t, err, "NotImplemented", "object_tags")
	if s.looksFirst(opPut) {
		t.Error("the store gave up conditional writes")
	}
}

func TestConditionalWritesOff(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	p := newProxy(t, server.Endpoint)
	cfg := loaderConfig(p.URL)
	cfg.ConditionalWrites = new(false)
	s := openStore(t, cfg)
	c := content(1, largeSize)
	if _, err := storeLarge(t, s, objectKey, c); err != nil {
		t.Fatal(err)
	}
	for _, r := range p.requests {
		if r.Header.Get("If-None-Match") != "" {
			t.Errorf("%s has If-None-Match", operation(r))
		}
	}
	_, err := storeSmall(t, s, objectKey, content(2, 10))
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v, want one matching fs.ErrExist", err)
	}
	wantOnly(t, server, objectKey, c)
}

// Who may write and not read cannot be told whose object it is that has the key.
// That no answer was lost proves that it is another's; nothing else does.
func TestKeyTakenWithoutReadPrivilege(t *testing.T) {
	server := newServer(t, "s3:PutObject")
	server.Put(t, bucketName, objectKey, []byte("another's"))
	p := newProxy(t, server.Endpoint)
	s := openStore(t, loaderConfig(p.URL))
	_, err := storeSmall(t, s, objectKey, content(1, 10))
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v, want one matching fs.ErrExist", err)
	}
	p.fault = func(op string, n int, _ *http.Request) fault {
		if op == opPut && n == 2 {
			return faults.Lose
		}
		return nil
	}
	_, err = storeSmall(t, s, objectKey, content(1, 10))
	wantError(t, err, "PreconditionFailed", "after 2 attempts")
	if errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v claims to know whose object it is", err)
	}
}
