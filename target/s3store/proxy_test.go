package s3store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"syscall"
	"testing"
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

// answer is what the server said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// fault answers a request in place of the proxy. It may call forward, once.
type fault func(w http.ResponseWriter, forward func() answer)

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
	forward().write(w)
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
			return answer{http.StatusBadGateway, http.Header{}, []byte(err.Error())}
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
	return answer{resp.StatusCode, resp.Header, b}, nil
}

func (a answer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

func (p *proxy) count(op string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts[op]
}

// loseAnswer carries out the request and cuts the connection.
func loseAnswer(w http.ResponseWriter, forward func() answer) {
	forward()
	reset(w, nil)
}

// reset cuts the connection and does nothing else.
func reset(w http.ResponseWriter, _ func() answer) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // RST instead of FIN
	}
	_ = conn.Close()
}

// cutXML carries out the request and answers with half of a document.
func cutXML(w http.ResponseWriter, forward func() answer) {
	a := forward()
	a.header.Del("Content-Length")
	a.body = a.body[:len(a.body)/2]
	a.write(w)
}

// noBody carries out the request and says only that it went well.
func noBody(w http.ResponseWriter, forward func() answer) {
	forward()
	w.WriteHeader(http.StatusOK)
}

// refuse answers with an error of S3 and does nothing.
func refuse(status int, code, message string) fault {
	return func(w http.ResponseWriter, _ func() answer) {
		w.Header().Set("Content-Type", "application/xml")
		w.Header().Set("X-Amz-Request-Id", "REQ123")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>%s</Code><Message>%s</Message><RequestId>REQ123</RequestId></Error>`, code, message)
	}
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
