package s3store

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// watchfulClient ends a try in which nothing has moved for too long: no
// connection, no byte of the request, no byte of the answer. A time limit for
// the whole try would have to know the size of the request and the speed of the
// line; answers have one, and a limit of size, as only their contents can be long.
type watchfulClient struct {
	transport *http.Transport
	stall     time.Duration                 // for what is not among our own requests
	skew      atomic.Pointer[time.Duration] // of our clock, by the last answer that had a date
	probed    atomic.Bool                   // whether the service speaks TLS was tried
}

// stalledError is what such a try ends with.
type stalledError struct{ text string }

func (e *stalledError) Error() string { return e.text }
func (e *stalledError) Timeout() bool { return true }

// noticeAfter is how long nothing may move before the log says so.
const noticeAfter = 15 * time.Second

// Do implements aws.HTTPClient. It does not follow redirects: one of S3 means the
// wrong region, and an error that says which is right is worth more than following
// it with every request.
func (c *watchfulClient) Do(req *http.Request) (*http.Response, error) {
	r := requestIn(req.Context())
	caller := req.Context()
	ctx, w := c.watch(caller, r)
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		if connected.CompareAndSwap(false, true) && r != nil {
			r.hasConnected()
		}
	}})
	req = req.WithContext(ctx)
	if req.Body != nil && req.Body != http.NoBody {
		req.Body = &watchedBody{req.Body, w}
	}
	sent := time.Now()
	resp, err := c.transport.RoundTrip(req)
	if err == nil {
		err = c.notOfS3(caller, req, resp, r)
	} else {
		err = c.explain(caller, req, w.explain(err), connected.Load(), r)
	}
	if err != nil {
		w.stop()
		return nil, err
	}
	w.moved()
	if r != nil && r.isAnswer(resp.Header) {
		r.reach.hasAnswered()
	}
	c.compareClocks(resp.Header, sent)
	resp.Body = w.bound(resp, operationOf(req))
	return resp, nil
}

// watch begins to watch a try.
func (c *watchfulClient) watch(ctx context.Context, r *request) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{ctx: ctx, cancel: cancel, request: r, stall: c.stall}
	if r != nil {
		w.stall = r.begin()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(min(w.stall, noticeAfter), w.idle)
	return ctx, w
}

// compareClocks keeps by how much our clock is ahead of the service's. A date is
// of whole seconds, and one that comes from a cache is of another time.
func (c *watchfulClient) compareClocks(h http.Header, sent time.Time) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || h.Get("Age") != "" {
		return
	}
	halfway := sent.Add(time.Since(sent) / 2)
	skew := halfway.Sub(date.Add(time.Second / 2))
	c.skew.Store(&skew)
}

func (c *watchfulClient) closeIdle() { c.transport.CloseIdleConnections() }

type watch struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc
	request *request // nil: not one of ours
	stall   time.Duration

	mu    sync.Mutex
	timer *time.Timer // of nothing moving
	said  bool        // since something moved
	whole *time.Timer // of the answer as a whole
	over  bool
}

// moved starts the time anew.
func (w *watch) moved() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		w.said = false
		w.timer.Reset(min(w.stall, noticeAfter))
	}
}

// rest stops the time until something is asked for again: whoever reads an object may
// have other things to do meanwhile.
func (w *watch) rest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
}

// idle ends the try, or says first that it might.
func (w *watch) idle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.said && w.stall > noticeAfter {
		w.said = true
		w.timer.Reset(w.stall - noticeAfter)
		if w.request != nil && !w.over {
			w.request.stillWaiting(noticeAfter)
		}
		return
	}
	w.cancel(&stalledError{"nothing was sent or received for " + w.stall.Round(100*time.Millisecond).String()})
}

// endIn ends the try whether something moves or not.
func (w *watch) endIn(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.whole = time.AfterFunc(d, func() {
		w.cancel(&stalledError{"the answer was not complete after " + d.String()})
	})
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.timer.Stop()
	if w.whole != nil {
		w.whole.Stop()
	}
	w.cancel(nil)
}

// explain replaces the error of a cancelled request by the reason for it.
func (w *watch) explain(err error) error {
	var stalled *stalledError
	if errors.As(context.Cause(w.ctx), &stalled) {
		return stalled
	}
	return err
}

// watchedBody is that of a request.
type watchedBody struct {
	io.ReadCloser
	watch *watch
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.watch.moved()
		if b.watch.request != nil {
			b.watch.request.hasMoved()
		}
	}
	return n, err
}
