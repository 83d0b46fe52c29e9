package s3store

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// watchfulClient ends an attempt in which nothing has moved for too long: no
// connection, no byte of the request, no byte of the answer. A time limit for
// the whole attempt would have to know the size of the request and the speed of
// the line.
type watchfulClient struct {
	client http.Client
	stall  time.Duration
	skew   atomic.Pointer[time.Duration] // of our clock, by the last answer that had a date
}

// stalledError is what such an attempt ends with. The SDK's retryer knows it as
// a time-out.
type stalledError struct{ after time.Duration }

func (e *stalledError) Error() string { return "nothing was sent or received for " + e.after.String() }
func (e *stalledError) Timeout() bool { return true }

// Do implements aws.HTTPClient.
func (c *watchfulClient) Do(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	w := &watch{ctx: ctx, cancel: cancel, stall: c.stall}
	w.timer = time.AfterFunc(c.stall, func() { cancel(&stalledError{c.stall}) })

	req = req.WithContext(ctx)
	if req.Body != nil && req.Body != http.NoBody {
		req.Body = &watchedBody{req.Body, w}
	}
	sent := time.Now()
	resp, err := c.client.Do(req)
	if err != nil {
		w.stop()
		return nil, w.explain(err)
	}
	w.moved()
	c.compareClocks(resp.Header, sent)
	resp.Body = &watchedAnswer{watchedBody{resp.Body, w}}
	return resp, nil
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

func (c *watchfulClient) closeIdle() { c.client.CloseIdleConnections() }

type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	stall  time.Duration
	timer  *time.Timer
}

// moved starts the time anew. After stop it must not be called, or the timer
// would run once more, to no effect.
func (w *watch) moved() { w.timer.Reset(w.stall) }

func (w *watch) stop() {
	w.timer.Stop()
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

type watchedBody struct {
	io.ReadCloser
	watch *watch
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.watch.moved()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.watch.explain(err)
	}
	return n, err
}

type watchedAnswer struct{ watchedBody }

func (b *watchedAnswer) Close() error {
	err := b.ReadCloser.Close()
	b.watch.stop()
	return err
}
