package s3store

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// noAnswerError is a try that got no answer from the service.
type noAnswerError struct {
	err       error
	connected bool
	proxy     string // through which it went; empty: none
}

func (e *noAnswerError) Error() string { return e.err.Error() }
func (e *noAnswerError) Unwrap() error { return e.err }

func isUnanswered(err error) bool {
	var e *noAnswerError
	return errors.As(err, &e)
}

// proxyError is a proxy that does not let through what is sent.
type proxyError struct {
	proxy    string // its address; empty where that cannot be read
	variable string // of the environment, that names it
	reason   string
	final    bool // it will not change its mind
}

func (e *proxyError) Error() string {
	if e.proxy == "" {
		return "the proxy of " + e.variable + " " + e.reason
	}
	return "the proxy " + e.proxy + " (" + e.variable + ") " + e.reason
}

// schemeError is http where TLS is spoken, or the other way round.
type schemeError struct {
	host string
	tls  bool // what is spoken
}

func (e *schemeError) Error() string {
	if e.tls {
		return e.host + " speaks TLS"
	}
	return e.host + " does not speak TLS"
}

// redirectError is a redirect that is none of S3.
type redirectError struct {
	status int
	to     string // without what follows the path
	upward bool   // to the same host, by https
}

func (e *redirectError) Error() string {
	if e.to == "" {
		return "the service redirects elsewhere, and does not say where"
	}
	return "the service redirects to " + e.to
}

// explain finds out why there was no answer.
func (c *watchfulClient) explain(ctx context.Context, req *http.Request, err error, connected bool, r *request) error {
	var header tls.RecordHeaderError
	var op *net.OpError
	var refusal *proxyError
	var stalled *stalledError
	proxy, variable := c.proxyOf(req)
	switch {
	case errors.As(err, &refusal):
		err = refusal
	case errors.As(err, &op) && (op.Op == "proxyconnect" || strings.HasPrefix(op.Op, "socks")):
		err = &proxyError{proxy: proxy, variable: variable, reason: proxyReason(op.Err)}
	case errors.As(err, &header):
		err = &schemeError{host: req.URL.Host}
	case connected && !errors.As(err, &stalled) && c.speaksTLS(ctx, req, r):
		err = &schemeError{host: req.URL.Host, tls: true}
	}
	return &noAnswerError{err: err, connected: connected, proxy: proxy}
}

// isRefused reports whether nobody listens there. Windows has a number of its own for it,
// which is not ECONNREFUSED.
func isRefused(err error) bool {
	const windows = syscall.Errno(10061) // WSAECONNREFUSED
	return errors.Is(err, syscall.ECONNREFUSED) || runtime.GOOS == "windows" && errors.Is(err, windows)
}

func proxyReason(err error) string {
	var header tls.RecordHeaderError
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case isRefused(err):
		return "refuses connections"
	case errors.As(err, &header):
		return "does not speak TLS"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "cannot be found: no such host"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "does not answer"
	}
	return "cannot be used: " + err.Error()
}

// proxyOf is the proxy that a request goes through, without user and password,
// and the variable that names it.
func (c *watchfulClient) proxyOf(req *http.Request) (address, variable string) {
	if c.transport.Proxy == nil {
		return "", ""
	}
	u, err := c.transport.Proxy(req)
	if err != nil || u == nil {
		return "", ""
	}
	return u.Scheme + "://" + u.Host, proxyVariable(req)
}

func proxyVariable(req *http.Request) string { return strings.ToUpper(req.URL.Scheme) + "_PROXY" }

// namedProxy keeps an address of a proxy that cannot be read out of errors: it may
// hold a password.
func namedProxy(find func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	if find == nil {
		return nil
	}
	return func(req *http.Request) (*url.URL, error) {
		u, err := find(req)
		if err != nil {
			return nil, &proxyError{variable: proxyVariable(req), reason: "has an address that cannot be read", final: true}
		}
		return u, nil
	}
}

// proxyRefused is asked what a proxy answered to CONNECT.
func proxyRefused(_ context.Context, proxy *url.URL, connect *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{
		proxy: proxy.Scheme + "://" + proxy.Host, variable: "HTTPS_PROXY",
		reason: "does not let through to " + connect.Host + ": " + clean(answer.Status, maxWord),
		final:  answer.StatusCode < 500,
	}
}

// notOfS3 is about answers that come from something else.
func (c *watchfulClient) notOfS3(ctx context.Context, req *http.Request, resp *http.Response, r *request) (err error) {
	if hasServiceHeader(resp.Header) {
		return nil
	}
	switch {
	case resp.StatusCode == http.StatusBadRequest && c.speaksTLS(ctx, req, r):
		err = &schemeError{host: req.URL.Host, tls: true}
	case resp.StatusCode >= 300 && resp.StatusCode < 400 && resp.Header.Get("Location") != "":
		err = redirected(req, resp)
	case resp.StatusCode == http.StatusProxyAuthRequired:
		proxy, variable := c.proxyOf(req)
		err = &proxyError{proxy: proxy, variable: variable, reason: "wants a user and a password (407)", final: true}
	}
	if err != nil {
		_ = resp.Body.Close()
	}
	return err
}

func redirected(req *http.Request, resp *http.Response) error {
	e := &redirectError{status: resp.StatusCode}
	if u, err := req.URL.Parse(resp.Header.Get("Location")); err == nil {
		path, _, _ := strings.Cut(u.Path, ";") // sessions are kept there
		e.to = u.Scheme + "://" + u.Host + path
		e.upward = req.URL.Scheme == "http" && u.Scheme == "https" && u.Hostname() == req.URL.Hostname()
	}
	return e
}

// speaksTLS tries, once, whether a service that was asked by http, and has not
// answered as S3 does yet, would rather be asked by https. Some say so, some cut
// the connection, and some send an alert of TLS. Nothing is sent but a greeting.
func (c *watchfulClient) speaksTLS(ctx context.Context, req *http.Request, r *request) bool {
	if r == nil || req.URL.Scheme != "http" || r.reach.answered.Load() || ctx.Err() != nil {
		return false
	}
	if proxy, _ := c.proxyOf(req); proxy != "" || !c.probed.CompareAndSwap(false, true) {
		return false
	}
	const enough = 5 * time.Second
	ctx, cancel := context.WithTimeout(ctx, enough)
	defer cancel()
	address := req.URL.Host
	if req.URL.Port() == "" {
		address = net.JoinHostPort(req.URL.Hostname(), "80")
	}
	conn, err := c.transport.DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	//nolint:gosec // whose certificate it is does not matter: nothing is entrusted to it
	err = tls.Client(conn, &tls.Config{ServerName: req.URL.Hostname(), InsecureSkipVerify: true}).HandshakeContext(ctx)
	var alert tls.AlertError
	return err == nil || errors.As(err, &alert)
}
