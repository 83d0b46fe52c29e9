package s3store

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"syscall"
	"testing"

	"target-s3/target/storetest/faults"
)

// proxy stands between the store and a server and breaks what no server breaks
// on demand. Set its fields before the first request.
type proxy struct {
	*httptest.Server
	// fault returns what to do to the nth request, from 1, of an operation; nil
	// lets it pass.
	fault func(op string, n int, r *http.Request) fault

	backend   string
	transport http.Transport
	mu        sync.Mutex
	counts    map[string]int
	requests  []*http.Request // all of them, in order, without their bodies
}

type (
	fault  = faults.Fault
	answer = faults.Answer
)

func newProxy(t *testing.T, backend string) *proxy {
	t.Helper()
	p := &proxy{backend: backend, counts: map[string]int{}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(func() {
		p.Server.Close()
		p.transport.CloseIdleConnections()
	})
	return p
}

func operation(r *http.Request) string {
	q := r.URL.Query()
	switch {
	case r.Method == http.MethodPut && q.Has("partNumber"):
		return opPart
	case r.Method == http.MethodPut:
		return opPut
	case r.Method == http.MethodPost && q.Has("uploads"):
		return opCreate
	case r.Method == http.MethodPost && q.Has("uploadId"):
		return opComplete
	case r.Method == http.MethodDelete:
		return opAbort
	case r.Method == http.MethodHead:
		return opHead
	case q.Has("uploads"):
		return opListUploads
	case q.Has("list-type"):
		return opList
	}
	return opGet
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	op := operation(r)
	p.mu.Lock()
	p.counts[op]++
	n := p.counts[op]
	p.requests = append(p.requests, r.Clone(r.Context()))
	p.mu.Unlock()

	forward := func() answer { return p.forward(r, body) }
	if p.fault != nil {
		if f := p.fault(op, n, r); f != nil {
			f(w, forward)
			return
		}
	}
	forward().Write(w)
}

// forward sends the request to the server with the Host that was signed. A server
// that refuses a request by its header may answer and close the connection before
// it has the body; where that came out as a broken connection instead of the
// answer, the request is sent again.
func (p *proxy) forward(r *http.Request, body []byte) answer {
	for tries := 1; ; tries++ {
		a, err := p.send(r, body)
		if err == nil {
			return a
		}
		if tries == 10 || !(errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)) {
			return answer{Status: http.StatusBadGateway, Header: http.Header{}, Body: []byte(err.Error())}
		}
	}
}

func (p *proxy) send(r *http.Request, body []byte) (answer, error) {
	out, err := http.NewRequest(r.Method, p.backend+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	out.Header, out.Host, out.ContentLength = r.Header.Clone(), r.Host, int64(len(body))
	out.Header.Del("Expect")
	resp, err := p.transport.RoundTrip(out)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return answer{Status: resp.StatusCode, Header: resp.Header, Body: b}, nil
}

func (p *proxy) count(op string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts[op]
}

// completed answers as if an upload had been completed, and does nothing.
func completed(w http.ResponseWriter, _ func() answer) {
	_, _ = io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?>
<CompleteMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Location>/x</Location><Bucket>x</Bucket><Key>x</Key><ETag>"d41d8cd98f00b204e9800998ecf8427e-2"</ETag></CompleteMultipartUploadResult>`)
}

// first applies a fault to the first n requests of an operation.
func first(wanted string, n int, f fault) func(string, int, *http.Request) fault {
	return func(op string, i int, _ *http.Request) fault {
		if op == wanted && i <= n {
			return f
		}
		return nil
	}
}

// firstOfEach applies a fault to the first n requests of every operation.
func firstOfEach(n int, f fault) func(string, int, *http.Request) fault {
	return func(_ string, i int, _ *http.Request) fault {
		if i <= n {
			return f
		}
		return nil
	}
}
