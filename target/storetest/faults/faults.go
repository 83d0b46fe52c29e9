// Package faults is what a request to S3 can meet that is no crash: faults of a
// network, of what stands in it, and of a service. The tests of package s3store bring
// each to each operation of the store, and tools/chaos to each request of a load.
package faults

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
)

// Fault answers a request in place of the service. It may have the request carried
// out by forward, once or more often.
type Fault func(w http.ResponseWriter, forward func() Answer)

// Lab is where faults are made. It holds the connections on which nothing more is said.
type Lab struct {
	mu    sync.Mutex
	conns []net.Conn
}

// Close ends the connections that are held.
func (l *Lab) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.conns = nil
}

// Kinds are all of them, by their names.
func (l *Lab) Kinds() map[string]Fault {
	return map[string]Fault{
		"reset before":  Reset,
		"closed before": raw(false, func([]byte) []byte { return nil }),
		"reset after":   Lose,
		"closed after":  raw(true, func([]byte) []byte { return nil }),
		"cut in status": raw(true, func(b []byte) []byte { return b[:10] }),
		"cut in header": raw(true, func(b []byte) []byte { return b[:bytes.Index(b, []byte("\r\n"))+20] }),
		"cut after header, of more": raw(true, func(b []byte) []byte {
			return withHeader(head(b), "Content-Length", "1000")
		}),
		"cut in body": raw(true, func(b []byte) []byte {
			return append(withHeader(head(b), "Content-Length", fmt.Sprint(len(body(b))+100)), body(b)...)
		}),
		"cut in half": raw(true, func(b []byte) []byte {
			return append(withHeader(head(b), "Content-Length", fmt.Sprint(len(body(b))+1)), body(b)[:len(body(b))/2]...)
		}),
		"cut in chunks": raw(true, func(b []byte) []byte {
			return append(withHeader(head(b), "Transfer-Encoding", "chunked"), "ffff\r\n<"...)
		}),
		"header cut short, carried out":     raw(true, bare),
		"header cut short, not carried out": raw(false, bare),
		"half a document":                   HalfDocument,
		"nothing, carried out":              NoBody,
		"nothing, not carried out":          func(w http.ResponseWriter, _ func() Answer) { w.WriteHeader(http.StatusOK) },
		"a web page":                        page(200, false),
		"bad gateway":                       page(502, false),
		"gateway time-out, carried out":     page(504, true),
		"500":                               Refuse(500, "InternalError", "x"),
		"500, carried out":                  after(Refuse(500, "InternalError", "x")),
		"503":                               Refuse(503, "SlowDown", "x"),
		"503, carried out":                  after(Refuse(503, "ServiceUnavailable", "x")),
		"429":                               Refuse(429, "TooManyRequests", "x"),
		"409":                               Refuse(409, "ConditionalRequestConflict", "x"),
		"409 aborted":                       Refuse(409, "OperationAborted", "x"),
		"404":                               Refuse(404, "NoSuchUpload", "x"),
		"403":                               Refuse(403, "AccessDenied", "x"),
		"412":                               Refuse(412, "PreconditionFailed", "x"),
		"400":                               Refuse(400, "RequestTimeout", "x"),
		"200 with an error":                 Refuse(200, "InternalError", "x"),
		"200 with an error, carried out":    after(Refuse(200, "InternalError", "x")),
		"half-open":                         l.hold(false, nil),
		"half-open, carried out":            l.hold(true, nil),
		"half-open in the answer":           l.hold(true, func(b []byte) []byte { return append(withHeader(head(b), "Content-Length", "1000"), body(b)...) }),
		"without an end":                    endless,
		"slow":                              slow,
		"replayed":                          replayed,
		"replayed, other answer":            replayedOther,
	}
}

// Reset cuts the connection and does nothing else.
func Reset(w http.ResponseWriter, _ func() Answer) {
	conn := hijack(w)
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // RST instead of FIN
	}
	_ = conn.Close()
}

// Lose has the request carried out and cuts the connection.
func Lose(w http.ResponseWriter, forward func() Answer) {
	forward()
	Reset(w, nil)
}

// HalfDocument has the request carried out and answers with half of a document.
func HalfDocument(w http.ResponseWriter, forward func() Answer) {
	a := forward()
	a.Header.Del("Content-Length")
	a.Body = a.Body[:len(a.Body)/2]
	a.Write(w)
}

// NoBody has the request carried out and says only that it went well.
func NoBody(w http.ResponseWriter, forward func() Answer) {
	forward()
	w.WriteHeader(http.StatusOK)
}

// Refuse answers with an error of S3 and does nothing.
func Refuse(status int, code, message string) Fault {
	return func(w http.ResponseWriter, _ func() Answer) {
		w.Header().Set("Content-Type", "application/xml")
		w.Header().Set("X-Amz-Request-Id", "REQ123")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>%s</Code><Message>%s</Message><RequestId>REQ123</RequestId></Error>`, code, message)
	}
}

func page(status int, carryOut bool) Fault {
	return func(w http.ResponseWriter, forward func() Answer) {
		if carryOut {
			forward()
		}
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("<html></html>"))
	}
}

func after(f Fault) Fault {
	return func(w http.ResponseWriter, forward func() Answer) {
		forward()
		f(w, nil)
	}
}

func replayed(w http.ResponseWriter, forward func() Answer) {
	a := forward()
	forward()
	a.Write(w)
}

func replayedOther(w http.ResponseWriter, forward func() Answer) {
	forward()
	forward().Write(w)
}

// hold says no more than what is made of the answer; nil: nothing.
func (l *Lab) hold(carryOut bool, some func([]byte) []byte) Fault {
	return func(w http.ResponseWriter, forward func() Answer) {
		a := success()
		if carryOut {
			a = forward()
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		conn := hijack(w)
		l.conns = append(l.conns, conn)
		if some != nil {
			_, _ = conn.Write(some(a.bytes()))
		}
	}
}

// slow sends an answer in pieces. The first is one byte.
func slow(w http.ResponseWriter, forward func() Answer) {
	a := forward()
	conn := hijack(w)
	defer conn.Close()
	for i, piece := range slices.Collect(slices.Chunk(a.bytes(), 100)) {
		if i == 0 {
			_, _ = conn.Write(piece[:1])
			piece = piece[1:]
		}
		_, _ = conn.Write(piece)
	}
}

// endless has the request carried out and goes on with the answer for longer than
// anybody should read it.
func endless(w http.ResponseWriter, forward func() Answer) {
	a := forward()
	a.Header.Del("Content-Length")
	a.Write(w)
	space := bytes.Repeat([]byte(" "), 32<<10)
	for range 4096 {
		if _, err := w.Write(space); err != nil {
			return
		}
	}
}
