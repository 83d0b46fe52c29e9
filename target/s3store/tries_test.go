package s3store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"target-s3/target/store"
)

// network is what a store finds when it connects. Each dial makes a connection,
// by number from 1, or none.
type network func(ctx context.Context, n int) (net.Conn, error)

func refused(context.Context, int) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// blackHole is a firewall that answers nothing.
func blackHole(ctx context.Context, _ int) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	<-ctx.Done()
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()}
}

// silent takes what is sent and says nothing.
func silent(context.Context, int) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() { _, _ = io.Copy(io.Discard, theirs) }()
	return ours, nil
}

// serving is a service that answers each request with what answer returns; an
// empty one cuts the connection.
func serving(answer func(*http.Request) string) network {
	return func(context.Context, int) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			for in := bufio.NewReader(theirs); ; {
				req, err := http.ReadRequest(in)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, req.Body)
				text := answer(req)
				if _, err := io.WriteString(theirs, text); err != nil || text == "" {
					return
				}
			}
		}()
		return ours, nil
	}
}

const (
	notFound = "HTTP/1.1 404 Not Found\r\nX-Amz-Request-Id: R\r\nContent-Length: 0\r\n\r\n"
	slowDown = "HTTP/1.1 503 Slow Down\r\nX-Amz-Request-Id: R\r\n%sContent-Length: 0\r\n\r\n"
)

// onNetwork runs a test of a store on a network of its own, in a time of its own.
func onNetwork(t *testing.T, endpoint string, dial network, test func(t *testing.T, s *Store, log *logBuffer, dials *atomic.Int32)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		cfg := loaderConfig(endpoint)
		cfg.Logger, cfg.MaxBackoff, cfg.StallTimeout = log.logger(), 0, 0 // as in a load
		s, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		var dials atomic.Int32
		s.http.transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dial(ctx, int(dials.Add(1)))
		}
		test(t, s, &log, &dials)
		s.Close()
	})
}

// lines are those of the log that say this.
func lines(log *logBuffer, text string) (found []string) {
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}

// A service that was never reached is given up within 30 seconds, and each try
// but the last is a line that says which it was, of how many, and when the next is.
func TestNeverReached(t *testing.T) {
	for name, test := range map[string]struct {
		endpoint string
		dial     network
		tries    int
		code     string
		line     string
	}{
		"refused":       {"http://s3.test", refused, 8, CodeConnection, `msg="cannot connect" service=http://s3.test reason="connection refused"`},
		"refused TLS":   {"https://s3.test", refused, 8, CodeConnection, `reason="connection refused"`},
		"black hole":    {"http://s3.test", blackHole, 5, CodeTimeout, `msg="cannot connect"`},
		"silent":        {"http://s3.test", silent, 2, CodeTimeout, `msg="a request failed" service=http://s3.test reason="nothing was sent or received for 15s"`},
		"silent in TLS": {"https://s3.test", silent, 3, CodeTimeout, `msg="cannot connect"`},
		"cut": {
			"http://s3.test", serving(func(*http.Request) string { return "" }), 8, CodeConnection,
			`reason="the connection was closed without an answer"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			onNetwork(t, test.endpoint, test.dial, func(t *testing.T, s *Store, log *logBuffer, _ *atomic.Int32) {
				begun := time.Now()
				_, err := s.List(t.Context(), "", 1)
				if took := time.Since(begun); took < 20*time.Second || took >= 30*time.Second {
					t.Errorf("gave up after %v", took)
				}
				if e := failure(t, err, test.code, "aws_endpoint_url"); e.Attempts != test.tries && test.code == CodeConnection {
					t.Errorf("%d attempts, want %d", e.Attempts, test.tries)
				}
				got := lines(log, " next_in=")
				if len(got) != test.tries-1 {
					t.Errorf("%d lines for %d tries:\n%s", len(got), test.tries, log)
				}
				for i, line := range got {
					if want := fmt.Sprintf(`try="%d of %d" next_in=`, i+1, test.tries); !strings.Contains(line, want) || !strings.Contains(line, test.line) {
						t.Errorf("no %s and %s in %s", test.line, want, line)
					}
				}
			})
		})
	}
}

// Nothing that cannot have been received is asked about.
func TestRefusedIsNotInDoubt(t *testing.T) {
	onNetwork(t, "http://s3.test", refused, func(t *testing.T, s *Store, log *logBuffer, dials *atomic.Int32) {
		begun := time.Now()
		_, err := storeSmall(t, s, objectKey, content(1, 10))
		wantError(t, err, CodeConnection, "PutObject", "after 8 attempts: connection refused")
		if n, took := dials.Load(), time.Since(begun); n != 8 || took > 30*time.Second {
			t.Errorf("%d dials in %v", n, took)
		}
	})
}

// A service that was reached is waited for for about a minute, and then no more:
// neither whether the object came to be is asked for long, nor that it be removed.
func TestGoneAway(t *testing.T) {
	for name, test := range map[string]struct {
		then    network
		least   int // tries; how many there are depends on the jitter
		most    int
		code    string
		further int // dials
		waited  bool
	}{
		"refused":    {refused, 8, 8, CodeConnection, 0, false},
		"black hole": {blackHole, 6, 7, CodeTimeout, 0, false},
		"silent":     {silent, 2, 2, CodeTimeout, 1, true}, // a HEAD, as it may be there
	} {
		t.Run(name, func(t *testing.T) {
			first := serving(func(*http.Request) string { return notFound })
			dial := func(ctx context.Context, n int) (net.Conn, error) {
				if n == 1 {
					return first(ctx, n)
				}
				return test.then(ctx, n)
			}
			onNetwork(t, "http://s3.test", dial, func(t *testing.T, s *Store, log *logBuffer, dials *atomic.Int32) {
				if _, err := s.List(t.Context(), "", 1); err == nil {
					t.Fatal("no answer")
				}
				s.http.closeIdle()
				dials.Store(1)
				begun := time.Now()
				_, err := storeSmall(t, s, objectKey, content(1, 10))
				if took := time.Since(begun); took < 40*time.Second || took > 70*time.Second {
					t.Errorf("gave up after %v", took)
				}
				e := failure(t, err, test.code)
				if n := int(dials.Load()) - 1; e.Attempts < test.least || e.Attempts > test.most || n != e.Attempts+test.further {
					t.Errorf("%d attempts, %d dials", e.Attempts, n)
				}
				if got := lines(log, "still waiting"); (len(got) > 0) != test.waited {
					t.Errorf("lines %q", got)
				}
				begun = time.Now()
				if e := s.abort(t.Context(), objectKey, "id"); e == nil || e.Attempts != 1 || time.Since(begun) > outageStall {
					t.Errorf("after %v: %v", time.Since(begun), e)
				}
			})
		})
	}
}

// drip sends a byte of an answer a second, and there is no end of it.
func drip(context.Context, int) (net.Conn, error) {
	ours, theirs := net.Pipe()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		in := bufio.NewReader(theirs)
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		go func() {
			defer theirs.Close()
			_, err := io.WriteString(theirs, "HTTP/1.1 200 OK\r\n\r\n")
			for ; err == nil; _, err = io.WriteString(theirs, " ") {
				select {
				case <-closed:
				case <-time.After(time.Second):
				}
			}
		}()
		_, _ = io.Copy(io.Discard, in)
	}()
	return ours, nil
}

// An answer that drips is given up, though something moves all the time.
func TestAnswersThatDrip(t *testing.T) {
	onNetwork(t, "http://s3.test", drip, func(t *testing.T, s *Store, _ *logBuffer, _ *atomic.Int32) {
		_, err := s.List(t.Context(), "", 1)
		wantError(t, err, CodeTimeout, "the answer was not complete after", "does not answer as S3")
		if err := s.Create(store.Object{Key: objectKey}).Write(t.Context(), part(1, 0, content(1, 10))); err == nil {
			t.Error("no error")
		}
	})
}

// The time in which a request was on its way does not count.
func TestSlowUploadIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var known reach
		known.hasAnswered()
		r := &request{cfg: Config{Bucket: "b"}.withDefaults(), reach: &known, began: time.Now(), describe: error.Error}
		for n := 1; ; n++ {
			r.begin()
			for range 10 {
				time.Sleep(20 * time.Second)
				r.hasMoved()
			}
			if !r.IsErrorRetryable(&noAnswerError{err: syscall.ECONNRESET, connected: true}) {
				if n != DefaultMaxAttempts {
					t.Errorf("%d tries", n)
				}
				return
			}
			time.Sleep(r.wait)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	for header, want := range map[string][2]time.Duration{
		"":                                       {600 * time.Millisecond, time.Second},
		"Retry-After: 7\r\n":                     {5 * time.Second, 7 * time.Second},
		"Retry-After: 100000\r\n":                {22 * time.Second, 30 * time.Second},
		"Retry-After: -1\r\n":                    {600 * time.Millisecond, time.Second},
		"Retry-After: soon\r\n":                  {600 * time.Millisecond, time.Second},
		"Retry-After: 99999999999999999999\r\n":  {600 * time.Millisecond, time.Second},
		"Retry-After: Sat, 01 Jan 2000 00:00:12": {8 * time.Second, 12 * time.Second},
	} {
		if strings.HasSuffix(header, "12") {
			header += " GMT\r\n" // time begins in 2000 in the bubble
		}
		t.Run(strings.TrimSpace(header), func(t *testing.T) {
			n := 0
			dial := serving(func(*http.Request) string {
				if n++; n == 1 {
					return fmt.Sprintf(slowDown, header)
				}
				return notFound
			})
			onNetwork(t, "http://s3.test", dial, func(t *testing.T, s *Store, _ *logBuffer, _ *atomic.Int32) {
				begun := time.Now()
				if _, err := s.List(t.Context(), "", 1); n != 2 {
					t.Errorf("%d requests: %v", n, err)
				}
				if took := time.Since(begun); took < want[0] || took > want[1] {
					t.Errorf("waited %v, want %v", took, want)
				}
			})
		})
	}
}

// A service that refuses everything for now is waited for for about a minute,
// whatever it asks for.
func TestThrottledForGood(t *testing.T) {
	for _, header := range []string{"", "Retry-After: 25\r\n"} {
		dial := serving(func(*http.Request) string { return fmt.Sprintf(slowDown, header) })
		onNetwork(t, "http://s3.test", dial, func(t *testing.T, s *Store, log *logBuffer, _ *atomic.Int32) {
			begun := time.Now()
			_, err := s.List(t.Context(), "", 1)
			var e *Error
			if took := time.Since(begun); !errors.As(err, &e) || e.Status != 503 || took < 40*time.Second || took > 62*time.Second {
				t.Errorf("%q: gave up after %v: %v", header, took, err)
			}
			if n := len(lines(log, "level=WARN")); n == 0 || n > 6 {
				t.Errorf("%q: %d warnings:\n%s", header, n, log)
			}
		})
	}
}
