package faults

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
)

// Answer is what a service said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Write passes the answer on.
func (a Answer) Write(w http.ResponseWriter) {
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}

// success is an answer of a service that has done nothing.
func success() Answer {
	return Answer{Status: http.StatusOK, Header: http.Header{"X-Amz-Request-Id": {"R"}}}
}

// bytes are the answer as it goes over the wire.
func (a Answer) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", a.Status, http.StatusText(a.Status))
	header := a.Header.Clone()
	header.Set("Content-Length", fmt.Sprint(len(a.Body)))
	_ = header.Write(&b)
	b.WriteString("\r\n")
	b.Write(a.Body)
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

// raw answers with what is made of the bytes of an answer, and closes the
// connection.
func raw(carryOut bool, change func([]byte) []byte) Fault {
	return func(w http.ResponseWriter, forward func() Answer) {
		a := success()
		if carryOut {
			a = forward()
		}
		conn := hijack(w)
		_, _ = conn.Write(change(a.bytes()))
		_ = conn.Close()
	}
}

func hijack(w http.ResponseWriter) net.Conn {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	return conn
}
