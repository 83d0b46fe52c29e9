package check

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"target-s3/target/s3store"
)

// What is wrong on the way to a service is the first check that fails, and says
// how to mend it.
func TestOnTheWay(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	serve := func(h http.HandlerFunc) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	secure.StartTLS()
	defer secure.Close()
	drip := func(w http.ResponseWriter, r *http.Request) {
		for r.Method != http.MethodHead {
			_, _ = io.WriteString(w, " ")
			w.(http.Flusher).Flush()
			select {
			case <-stop:
				return
			case <-r.Context().Done():
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	for name, test := range map[string]struct {
		endpoint string
		code     string
		detail   string
		fix      string
	}{
		"TLS": {
			strings.Replace(secure.URL, "https:", "http:", 1), s3store.CodeScheme,
			"speaks TLS", "aws_endpoint_url must begin with https://",
		},
		"no TLS": {
			strings.Replace(serve(http.NotFound), "http:", "https:", 1), s3store.CodeScheme,
			"does not speak TLS", "aws_endpoint_url must begin with http://",
		},
		"login page": {
			serve(func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://login.test/sso?token=x", http.StatusFound)
			}), s3store.CodeRedirected,
			"the service redirects to https://login.test/sso", "S3 does not do that",
		},
		"silent": {
			serve(func(_ http.ResponseWriter, r *http.Request) {
				select {
				case <-stop:
				case <-r.Context().Done():
				}
			}), s3store.CodeTimeout,
			"nothing was sent or received for 200ms", "does not answer as S3: check aws_endpoint_url",
		},
		"drip": {serve(drip), s3store.CodeTimeout, "the answer was not complete after 200ms", "does not answer as S3: check aws_endpoint_url"},
	} {
		t.Run(name, func(t *testing.T) {
			c := loader(test.endpoint)
			stall := 20 * time.Second // on a busy machine others must not reach it
			if test.code == s3store.CodeTimeout {
				stall = 200 * time.Millisecond
			}
			all := runWith(t, Options{Config: c, StallTimeout: stall})
			for _, name := range names() {
				got := all[name]
				if got.Outcome != Failed {
					continue
				}
				if name != Connection || got.Code != test.code || !strings.Contains(got.Detail, test.detail) || !strings.Contains(got.Fix, test.fix) {
					t.Errorf("%+v", got)
				}
				return
			}
			t.Error("nothing failed")
		})
	}
}
