package s3store

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// greeter speaks TLS, and cuts whatever does not, or says by an alert that it
// does not understand.
func greeter(t *testing.T, alert bool) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil) // for its certificate
	server.StartTLS()
	server.Close()
	var conns sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		conns.Wait()
	})
	conns.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(time.Minute))
				first := make([]byte, 1)
				if _, err := io.ReadFull(conn, first); err != nil {
					return
				}
				if first[0] != 0x16 { // no greeting of TLS
					if alert {
						_, _ = conn.Write([]byte("\x15\x03\x01\x00\x02\x02\x46"))
					}
					return
				}
				c := tls.Server(&unread{conn, first}, server.TLS)
				_ = c.Handshake()
			})
		}
	})
	return l.Addr().String()
}

// unread gives back what was read.
type unread struct {
	net.Conn
	first []byte
}

func (u *unread) Read(p []byte) (int, error) {
	if len(u.first) > 0 {
		n := copy(p, u.first)
		u.first = u.first[n:]
		return n, nil
	}
	return u.Conn.Read(p)
}

// A proxy that does not let through is named, without its password, and so is the
// variable that it is in.
func TestProxies(t *testing.T) {
	answering := func(status int) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(s.Close)
		return strings.TrimPrefix(s.URL, "http://")
	}
	login, forbidden, down := answering(407), answering(403), answering(502)
	for name, test := range map[string]struct {
		endpoint, proxy string
		texts           []string
		attempts        int
	}{
		"dead, https": {
			"https://s3.test", "http://me:hunter2-hunter2@127.0.0.1:1",
			[]string{"ProxyFailed after 3 attempts: the proxy http://127.0.0.1:1 (HTTPS_PROXY) refuses connections", "Correct or unset HTTPS_PROXY in the environment, or add s3.test to NO_PROXY"},
			3,
		},
		"dead, http":      {"http://s3.test", "http://me:hunter2-hunter2@127.0.0.1:1", []string{"(HTTP_PROXY) refuses connections", "unset HTTP_PROXY"}, 3},
		"no such host":    {"http://s3.test", "http://proxy.invalid:1", []string{"the proxy http://proxy.invalid:1 (HTTP_PROXY) cannot be found"}, 3},
		"login":           {"https://s3.test", "http://" + login, []string{"(HTTPS_PROXY) does not let through to s3.test:443: 407 Proxy Authentication Required"}, 1},
		"login, http":     {"http://s3.test", "http://" + login, []string{"(HTTP_PROXY) wants a user and a password (407)"}, 1},
		"forbidden":       {"https://s3.test", "http://" + forbidden, []string{"does not let through to s3.test:443: 403 Forbidden", "add s3.test to NO_PROXY"}, 1},
		"service is down": {"https://s3.test", "http://" + down, []string{"does not let through to s3.test:443: 502 Bad Gateway"}, 3},
		"TLS to it":       {"https://s3.test", "https://" + login, []string{"(HTTPS_PROXY) does not speak TLS"}, 3},
		"socks":           {"https://s3.test", "socks5://127.0.0.1:1", []string{"the proxy socks5://127.0.0.1:1 (HTTPS_PROXY) refuses connections"}, 3},
		"not readable":    {"https://s3.test", "", []string{"the proxy of HTTPS_PROXY has an address that cannot be read", "Correct or unset HTTPS_PROXY"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var log logBuffer
			cfg := loaderConfig(test.endpoint)
			cfg.MaxAttempts, cfg.Logger = 3, log.logger()
			s := openStore(t, cfg)
			s.http.transport.Proxy = namedProxy(func(*http.Request) (*url.URL, error) {
				if test.proxy == "" {
					return nil, errors.New(`invalid proxy address "http://me:hunter2-hunter2"`)
				}
				return url.Parse(test.proxy)
			})
			_, err := storeSmall(t, s, objectKey, content(1, 10))
			if e := failure(t, err, CodeProxy, test.texts...); e.Attempts != test.attempts {
				t.Errorf("%d attempts, want %d", e.Attempts, test.attempts)
			}
			if text := err.Error() + log.String(); strings.Contains(text, "hunter2") {
				t.Errorf("a password shows in %s", text)
			}
		})
	}
}

// Redirects that are none of S3 say where they lead, but not what they carry.
func TestRedirects(t *testing.T) {
	for location, texts := range map[string][]string{
		"https://login.test/sso/start;jsessionid=secret1?token=secret2#secret3": {
			"Redirected (302): the service redirects to https://login.test/sso/start. S3 does not do that", "correct aws_endpoint_url",
		},
		"https://me:secret4@login.test/":     {"redirects to https://login.test/."},
		"/login":                             {"redirects to http://127.0.0.1:"},
		"https://127.0.0.1/":                 {"redirects to https://127.0.0.1/. aws_endpoint_url must begin with https://"},
		"https://%zz/secret5":                {"does not say where"},
		"https://login.test/" + loaderSecret: {"redirects to https://login.test/****"},
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			cfg := answering(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", location)
				w.WriteHeader(status)
			})
			s := openStore(t, cfg)
			_, err := storeSmall(t, s, objectKey, content(1, 10))
			e := failure(t, err, CodeRedirected, fmt.Sprintf("(%d)", status))
			if status == 302 {
				wantError(t, err, CodeRedirected, texts...)
			}
			if e.Attempts > 1 || strings.Contains(err.Error(), "secret") {
				t.Errorf("%d attempts: %v", e.Attempts, err)
			}
			wantError(t, s.Head(t.Context(), objectKey), CodeRedirected, "HeadObject")
		}
	}
}

// flood answers without end, as fast as it is read.
func flood(status int, before, again string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if status >= 400 {
			w.Header().Set("X-Amz-Request-Id", "R")
		}
		w.WriteHeader(status)
		_, err := io.WriteString(w, before)
		for text := strings.Repeat(again, 1+(32<<10)/len(again)); err == nil; {
			_, err = io.WriteString(w, text)
		}
	}
}

// counted counts what the service sends.
type counted struct {
	net.Conn
	n *atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// An answer is read as far as an answer goes.
func TestAnswersWithoutEnd(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"refusal":     flood(403, "<Error><Code>AccessDenied</Code><Message>", "no"),
		"html":        flood(400, "<html>", "<p>no</p>"),
		"server down": flood(500, "", "x"),
		"page": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			flood(200, "<!DOCTYPE html><br>", "x")(w, r)
		},
		"list":        flood(200, `<ListBucketResult>`, "<Contents><Key>k</Key></Contents>"),
		"empty items": flood(200, `<ListBucketResult>`, "<Contents/>"),
		"upload id":   flood(200, "<InitiateMultipartUploadResult><UploadId>", "x"),
		"no XML":      flood(200, "", " "),
		"header": func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			defer conn.Close()
			_, err = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
			for i := 0; err == nil; i++ {
				_, err = fmt.Fprintf(conn, "X-Header-%d: %s\r\n", i, strings.Repeat("x", 1000))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := answering(t, answer)
			s := openStore(t, cfg)
			var read atomic.Int64
			s.http.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, network, address)
				return &counted{conn, &read}, err
			}
			begun := time.Now()
			if _, err := s.List(t.Context(), "", 1); err == nil {
				t.Error("no error")
			}
			if err := s.Create(targetObject()).Write(t.Context(), part(1, 0, content(1, 10))); err == nil {
				t.Error("no error")
			}
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			// Two requests of two tries, besides what is buffered.
			if got := read.Load(); got > 4*(maxAnswer+(1<<20)) {
				t.Errorf("%d bytes were read", got)
			}
		})
	}
}

// What is cut off is said without the SDK's words.
func TestAnswersCutOff(t *testing.T) {
	for _, test := range []struct{ answer, text string }{
		{"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n<ListBu", "unexpected EOF"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n<<<", "XML syntax error"},
	} {
		cfg := answering(t, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(conn, test.answer)
			_ = conn.Close()
		})
		_, err := openStore(t, cfg).List(t.Context(), "", 1)
		wantError(t, err, CodeGarbled, "ListObjectsV2 s3://landing-zone: UnreadableAnswer (200) after 2 attempts: ", test.text, "does not answer as S3")
		if strings.Contains(err.Error(), "RequestID") {
			t.Errorf("the SDK speaks: %v", err)
		}
	}
}

// A page that is not XML is not an answer that was cut off: it is not asked for again.
func TestPageIsNoXML(t *testing.T) {
	cfg := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!DOCTYPE html><html><br>Log in</html>")
	})
	_, err := openStore(t, cfg).List(t.Context(), "", 1)
	if e := failure(t, err, CodeNoS3, "answered ListObjectsV2 with 200 and no ", "(text/html): that is not an S3 service"); e.Attempts != 1 {
		t.Errorf("%d attempts", e.Attempts)
	}
}

// What refuses and does not show that it is S3 may be something else. What S3
// says it says by its codes, whether or not its headers are there.
func TestStrangeRefusals(t *testing.T) {
	const strange = "Something accepts connections at http://127.0.0.1:"
	for _, test := range []struct {
		status     int
		body, hint string
	}{
		{404, "<html><body>Not Found</body></html>", strange},
		{404, "<html><br>Not Found</html>", strange},
		{502, "", strange},
		{413, "", "client_max_body_size"},
		{404, "<Error><Code>NoSuchBucket</Code></Error>", "Create the bucket"},
		{503, "<Error><Code>SlowDown</Code></Error>", "It may pass"},
		{403, "<html><body>no</body></html>", "s3:ListBucket"},
	} {
		cfg := answering(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, test.body)
		})
		_, err := openStore(t, cfg).List(t.Context(), "", 1)
		if e := (*Error)(nil); !errors.As(err, &e) || !strings.Contains(e.Hint, test.hint) {
			t.Errorf("%d %s: %v, want %q", test.status, test.body, err, test.hint)
		}
	}
}
