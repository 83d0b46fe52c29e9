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

	"target-s3/target/storetest/faults"
)

// proxy stands before the S3 server, counts the requests of a process, and kills it
// at one of them.
type proxy struct {
	address string
	server  string // its address
	http    *http.Transport
	close   func()
	lab     faults.Lab
	kinds   map[string]faults.Fault

	restartServer func() error

	mu      sync.Mutex
	aim     aim
	names   []string // of the requests since it was aimed
	hit     string
	late    []*http.Request
	wait    int // answers of the next process before they arrive
	arrived sync.WaitGroup
	active  sync.RWMutex // read-locked by requests that are being carried out, whether anybody waits or not
}

// aim is where a process is killed.
type aim struct {
	request int // its number, from 1; 0: nowhere
	place   place
	wait    int // of a late request: how many answers the next process gets before it
	kill    func()

	fault fault // that the request meets instead
	scope scope // which others meet it
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
	p.kinds = p.lab.Kinds()
	s := &http.Server{Handler: p}
	go func() { _ = s.Serve(listener) }()
	p.close = func() { _ = s.Close(); p.lab.Close(); p.arrived.Wait() }
	return p, nil
}

// point aims at the next process.
func (p *proxy) point(a aim) {
	p.lab.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.aim, p.names, p.hit = a, nil, ""
}

// result says which requests there were, and at which one it was aimed.
func (p *proxy) result() (names []string, hit string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.names, p.hit
}

// ServeHTTP implements http.Handler.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.active.RLock()
	defer p.active.RUnlock()
	a := p.count(r)
	up := r.Clone(context.WithoutCancel(r.Context())) // who has gone may still have sent it
	up.RequestURI, up.URL.Scheme, up.URL.Host = "", "http", p.server
	if a != nil && a.fault == cutWithin {
		p.cut(up)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the process is no more
	}
	up.ContentLength = int64(len(body))
	if a == nil {
		p.send(up, body).Write(w)
		p.release()
		return
	}
	if a.fault != "" {
		p.fail(w, up, body, a.fault)
		return
	}
	p.strike(w, up, body, a)
}

// strike kills the process that sent the request.
func (p *proxy) strike(w http.ResponseWriter, r *http.Request, body []byte, a *aim) {
	if a.place == before || a.place == late {
		if a.place == late {
			p.hold(withBody(r, body), a.wait)
		}
		a.kill()
		panic(http.ErrAbortHandler)
	}
	answer := p.send(r, body)
	if a.place == between {
		a.kill()
		panic(http.ErrAbortHandler)
	}
	answer.Write(w)
	_ = http.NewResponseController(w).Flush()
	a.kill()
	p.release()
}

// cut has the server get half of a request: of its body, as the half of a header is
// nothing that a server does anything with.
func (p *proxy) cut(r *http.Request) {
	if r.ContentLength > 0 {
		r.Body = half(r)
		if answer, err := p.http.RoundTrip(r); err == nil {
			_ = answer.Body.Close()
		}
	}
	panic(http.ErrAbortHandler)
}

func withBody(r *http.Request, body []byte) *http.Request {
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	return again
}

// send has a request carried out.
func (p *proxy) send(r *http.Request, body []byte) faults.Answer {
	answer, err := p.http.RoundTrip(withBody(r, body))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return faults.Answer{Status: answer.StatusCode, Header: answer.Header, Body: text}
}

// fail answers a request with a fault.
func (p *proxy) fail(w http.ResponseWriter, r *http.Request, body []byte, f fault) {
	switch f {
	case downBefore, downWithin:
		p.restart(withBody(r, body), f == downWithin)
	case downAfter:
		p.send(r, body)
		p.restart(nil, false)
	}
	p.kinds[string(f)](w, func() faults.Answer { return p.send(r, body) })
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
func (p *proxy) journals() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range p.names {
		if name == "read journal" {
			n++
		}
	}
	return n
}

// count returns the aim if this is a request that it is at.
func (p *proxy) count(r *http.Request) *aim {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := operation(r)
	p.names = append(p.names, name)
	if p.aim.request == 0 || !p.aim.isAt(len(p.names), name == p.hit) && !(p.aim.scope == ofTable && writesTable(r)) {
		return nil
	}
	if p.aim.scope == twice && name == p.hit {
		p.aim.scope = once
	}
	if p.hit == "" {
		p.hit = name
	}
	a := p.aim
	return &a
}

// isAt reports whether the aim is at a request or step by its number, or since it is of
// the kind that was hit.
func (a aim) isAt(number int, again bool) bool {
	switch a.scope {
	case ofTable:
		return false
	case everything:
		return number >= a.request
	case twice, always:
		return number == a.request || number > a.request && again
	}
	return number == a.request
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
	p.deliver(held)
}

// settle returns when no request is being carried out. The process has ended.
func (p *proxy) settle() {
	p.active.Lock()
	defer p.active.Unlock()
}

// flush lets all of them arrive, and waits for that.
func (p *proxy) flush() {
	p.mu.Lock()
	held := p.late
	p.late = nil
	p.mu.Unlock()
	p.deliver(held)
	p.arrived.Wait()
}

func (p *proxy) deliver(held []*http.Request) {
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
	case q.Has("uploads") && r.Method == http.MethodPost:
		return "create upload"
	case q.Has("uploads"):
		return "list uploads"
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
	case r.Method == http.MethodHead && strings.Count(strings.Trim(r.URL.Path, "/"), "/") == 0:
		return "head bucket"
	case r.Method == http.MethodHead:
		return "head object"
	}
	return r.Method
}
