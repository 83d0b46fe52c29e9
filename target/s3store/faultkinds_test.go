package s3store

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
)

// kinds are the faults of a network, of what stands in it, and of a service, each
// as it happens to one request.
func kinds(l *lab) map[string]fault {
	return map[string]fault{
		"reset before":  reset,
		"closed before": l.raw(false, func([]byte) []byte { return nil }),
		"reset after":   loseAnswer,
		"closed after":  l.raw(true, func([]byte) []byte { return nil }),
		"cut in status": l.raw(true, func(b []byte) []byte { return b[:10] }),
		"cut in header": l.raw(true, func(b []byte) []byte { return b[:bytes.Index(b, []byte("\r\n"))+20] }),
		"cut after header, of more": l.raw(true, func(b []byte) []byte {
			return withHeader(head(b), "Content-Length", "1000")
		}),
		"cut in body": l.raw(true, func(b []byte) []byte {
			return append(withHeader(head(b), "Content-Length", fmt.Sprint(len(body(b))+100)), body(b)...)
		}),
		"cut in half": l.raw(true, func(b []byte) []byte {
			return append(withHeader(head(b), "Content-Length", fmt.Sprint(len(body(b))+1)), body(b)[:len(body(b))/2]...)
		}),
		"cut in chunks": l.raw(true, func(b []byte) []byte {
			return append(withHeader(head(b), "Transfer-Encoding", "chunked"), "ffff\r\n<"...)
		}),
		"header cut short, carried out":     l.raw(true, bare),
		"header cut short, not carried out": l.raw(false, bare),
		"half a document":                   cutXML,
		"nothing, carried out":              noBody,
		"nothing, not carried out":          func(w http.ResponseWriter, _ func() answer) { w.WriteHeader(http.StatusOK) },
		"a web page":                        page(200, false),
		"bad gateway":                       page(502, false),
		"gateway time-out, carried out":     page(504, true),
		"500":                               refuse(500, "InternalError", "x"),
		"500, carried out":                  after(refuse(500, "InternalError", "x")),
		"503":                               refuse(503, "SlowDown", "x"),
		"503, carried out":                  after(refuse(503, "ServiceUnavailable", "x")),
		"429":                               refuse(429, "TooManyRequests", "x"),
		"409":                               refuse(409, "ConditionalRequestConflict", "x"),
		"409 aborted":                       refuse(409, "OperationAborted", "x"),
		"403":                               refuse(403, "AccessDenied", "x"),
		"412":                               refuse(412, "PreconditionFailed", "x"),
		"400":                               refuse(400, "RequestTimeout", "x"),
		"200 with an error":                 refuse(200, "InternalError", "x"),
		"half-open":                         l.hold(false),
		"half-open, carried out":            l.hold(true),
		"slow":                              l.slow,
		"replayed":                          replayed,
		"replayed, other answer":            replayedOther,
	}
}

// lab is what faults need of a test.
type lab struct {
	t     *testing.T
	mu    sync.Mutex
	conns []net.Conn
}

func newLab(t *testing.T) *lab {
	l := &lab{t: t}
	t.Cleanup(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, c := range l.conns {
			_ = c.Close()
		}
	})
	return l
}

func hijack(w http.ResponseWriter) net.Conn {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	return conn
}

// raw answers with what is made of the bytes of an answer, and closes the
// connection.
func (l *lab) raw(carryOut bool, change func([]byte) []byte) fault {
	return func(w http.ResponseWriter, forward func() answer) {
		a := answer{status: http.StatusOK, header: http.Header{"X-Amz-Request-Id": {"R"}}}
		if carryOut {
			a = forward()
		}
		conn := hijack(w)
		_, _ = conn.Write(change(a.bytes()))
		_ = conn.Close()
	}
}

// bytes are the answer as it goes over the wire.
func (a answer) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	header := a.header.Clone()
	header.Set("Content-Length", fmt.Sprint(len(a.body)))
	_ = header.Write(&b)
	b.WriteString("\r\n")
	b.Write(a.body)
	return b.Bytes()
}

func head(b []byte) []byte { return b[:bytes.Index(b, []byte("\r\n\r\n"))+4] }
func body(b []byte) []byte { return b[len(head(b)):] }

// withHeader replaces what says how long the body is.
func withHeader(head []byte, name, value string) []byte {
	var b bytes.Buffer
	for line := range bytes.SplitSeq(bytes.TrimSuffix(head, []byte("\r\n")), []byte("\r\n")) {
		if len(line) > 0 && !bytes.HasPrefix(line, []byte("Content-Length:")) {
			b.Write(append(line, "\r\n"...))
		}
	}
	b.WriteString(name + ": " + value + "\r\n\r\n")
	return b.Bytes()
}

// bare is an answer of success whose header lost all but its length.
func bare(b []byte) []byte {
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body(b)), body(b))
}

func page(status int, carryOut bool) fault {
	return func(w http.ResponseWriter, forward func() answer) {
		if carryOut {
			forward()
		}
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("<html></html>"))
	}
}

func after(f fault) fault {
	return func(w http.ResponseWriter, forward func() answer) {
		forward()
		f(w, nil)
	}
}

func replayed(w http.ResponseWriter, forward func() answer) {
	a := forward()
	forward()
	a.write(w)
}

func replayedOther(w http.ResponseWriter, forward func() answer) {
	forward()
	forward().write(w)
}

// hold says nothing more.
func (l *lab) hold(carryOut bool) fault {
	return func(w http.ResponseWriter, forward func() answer) {
		if carryOut {
			forward()
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.conns = append(l.conns, hijack(w))
	}
}

// slow sends an answer in pieces. The first is one byte.
func (l *lab) slow(w http.ResponseWriter, forward func() answer) {
	conn := hijack(w)
	defer conn.Close()
	for i, piece := range slices.Collect(slices.Chunk(forward().bytes(), 100)) {
		if i == 0 {
			_, _ = conn.Write(piece[:1])
			piece = piece[1:]
		}
		_, _ = conn.Write(piece)
	}
}
