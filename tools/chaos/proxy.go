package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// proxy stands before the S3 server, counts the requests of a process, and kills it
// at one of them.
type proxy struct {
	address string
	server  string // its address
	http    *http.Transport
	close   func()

	restartServer func() error

	mu      sync.Mutex
	aim     aim
	seen    int // requests since it was aimed
	journal int // of them, those that read a journal
	hit     string
	late    []*http.Request
	wait    int // answers of the next process before they arrive
	arrived sync.WaitGroup
}

// aim is where a process is killed.
type aim struct {
	request int // its number, from 1; 0: nowhere
	place   place
	wait    int // of a late request: how many answers the next process gets before it
	kill    func()

	fault fault // that the request meets instead
	times int   // and those of its kind that follow, so many in all
}

type place int

const (
	before  place = iota // the server gets nothing of it
	between              // the server has done it, and the process has no answer
	after                // the process has the answer
	late                 // the server gets it while the next process is at work
)

var places = []place{before, between, after, late}

func (p place) String() string {
	return []string{"before", "between", "after", "late"}[p]
}

func startProxy(server string, restart func() error) (*proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{restartServer: restart, address: "http://" + listener.Addr().String(), server: strings.TrimPrefix(server, "http://"), http: &http.Transport{DisableCompression: true}}
	s := &http.Server{Handler: p}
	go func() { _ = s.Serve(listener) }()
	p.close = func() { _ = s.Close(); p.arrived.Wait() }
	return p, nil
}

// point aims at the next process.
func (p *proxy) point(a aim) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.aim, p.seen, p.journal, p.hit = a, 0, 0, ""
}

// result says how many requests there were, and at which one it killed.
func (p *proxy) result() (requests int, hit string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen, p.hit
}

// ServeHTTP implements http.Handler.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the process is no more
	}
	a := p.count(r)
	up := r.Clone(r.Context())
	up.RequestURI, up.URL.Scheme, up.URL.Host = "", "http", p.server
	up.Body, up.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if a != nil && a.fault != "" {
		p.fail(w, up, body, a.fault)
		return
	}
	if a != nil && (a.place == before || a.place == late) {
		if a.place == late {
			p.hold(up.WithContext(context.WithoutCancel(r.Context())), a.wait)
		}
		a.kill()
		panic(http.ErrAbortHandler)
	}
	answer := p.forward(up)
	if a != nil && a.place == between {
		a.kill()
		panic(http.ErrAbortHandler)
	}
	answer.pass(w)
	if a != nil {
		_ = http.NewResponseController(w).Flush()
		a.kill()
	}
	p.release()
}

// reply is an answer of the server.
type reply struct {
	status int
	header http.Header
	text   []byte
}

func (p *proxy) forward(r *http.Request) reply {
	answer, err := p.http.RoundTrip(r)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return reply{answer.StatusCode, answer.Header, text}
}

func (a reply) pass(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.text)
}

// fail answers a request with a fault.
func (p *proxy) fail(w http.ResponseWriter, r *http.Request, body []byte, f fault) {
	if f.answer(w) {
		return
	}
	if f == downBefore || f == downWithin {
		p.restart(r, f == downWithin)
	}
	answer := p.forward(r)
	if f == downAfter {
		p.restart(nil, false)
	}
	if f.spoil(w, answer) {
		return
	}
	again := r.Clone(r.Context()) // replayed
	again.Body = io.NopCloser(bytes.NewReader(body))
	p.forward(again)
	answer.pass(w)
}

// restart has the server killed, within a request if there is to be one. The process
// gets no answer.
func (p *proxy) restart(r *http.Request, within bool) {
	if within {
		go func() {
			if answer, err := p.http.RoundTrip(r); err == nil {
				_ = answer.Body.Close()
			}
		}()
		time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
	}
	if err := p.restartServer(); err != nil {
		fmt.Fprintln(os.Stderr, "chaos: the server did not start again:", err)
	}
	panic(http.ErrAbortHandler)
}

// journals is how many times a journal was read.
func (p *proxy) journals() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.journal
}

// count returns the aim if this is the request.
func (p *proxy) count(r *http.Request) *aim {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen++
	name := operation(r)
	if name == "read journal" {
		p.journal++
	}
	again := p.hit == name && p.aim.fault != "" && p.aim.times > 0
	if p.aim.request == 0 || p.seen != p.aim.request && !again {
		return nil
	}
	p.aim.times--
	p.hit = name
	a := p.aim
	return &a
}

// hold keeps a request until so many others have been answered.
func (p *proxy) hold(r *http.Request, wait int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wait = wait
	p.late = append(p.late, r)
}

// release lets the requests arrive that were held for long enough.
func (p *proxy) release() {
	p.mu.Lock()
	held := p.late
	if p.wait--; p.wait > 0 {
		held = nil
	} else {
		p.late = nil
	}
	p.mu.Unlock()
	p.send(held)
}

// flush lets all of them arrive, and waits for that.
func (p *proxy) flush() {
	p.mu.Lock()
	held := p.late
	p.late = nil
	p.mu.Unlock()
	p.send(held)
	p.arrived.Wait()
}

func (p *proxy) send(held []*http.Request) {
	for _, r := range held {
		p.arrived.Go(func() {
			if answer, err := p.http.RoundTrip(r); err == nil {
				_ = answer.Body.Close()
			}
		})
	}
}

// operation names a request.
func operation(r *http.Request) string {
	q := r.URL.Query()
	journal := strings.Contains(r.URL.Path, "/_target_s3/")
	switch {
	case journal && r.Method == http.MethodPut:
		return "write journal"
	case journal && r.Method == http.MethodGet:
		return "read journal"
	case q.Has("uploads"):
		return "create upload"
	case q.Has("partNumber"):
		return "upload part"
	case q.Has("uploadId") && r.Method == http.MethodPost:
		return "complete upload"
	case q.Has("uploadId") && r.Method == http.MethodDelete:
		return "abort upload"
	case q.Has("list-type"):
		return "list"
	case r.Method == http.MethodPut:
		return "put object"
	case r.Method == http.MethodHead:
		return "head object"
	}
	return r.Method
}
