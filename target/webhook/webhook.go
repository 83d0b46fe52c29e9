// Package webhook tells a web address what each checkpoint has loaded, a request for
// each table, as Stitch's post-load webhooks do. It never holds a load up: what it is
// told waits in a queue of a bounded length, and what cannot be delivered is counted.
package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"target-s3/target"
)

// Options are what a Hook works with.
type Options struct {
	URL         string // a secret: whoever knows it may post
	Integration string // the integration's name
	Log         *slog.Logger

	Timeout time.Duration // of one request
	Wait    time.Duration // before the second try; it doubles
	Tries   int           // of one table's request
	Queue   int           // requests that may wait
}

// Hook delivers what it is told.
type Hook struct {
	options  Options
	client   *http.Client
	queue    chan body
	ended    chan struct{}
	giveUp   context.CancelFunc
	versions map[string]int64 // of tables, as they were told last

	mu     sync.Mutex
	failed int // requests that were not delivered
}

// body is the body of a request: what Stitch sends, and the objects.
type body struct {
	Version      int       `json:"version"` // of this form
	Integration  string    `json:"integration_name"`
	Source       string    `json:"source_root_table_name"`
	Destination  string    `json:"destination_root_table_name"`
	TableVersion int64     `json:"table_version"`
	NewVersion   bool      `json:"new_version"`
	BatchedAt    string    `json:"minimum_sdc_batched_at"`
	Tables       []objects `json:"tables"`
}

type objects struct {
	Table string `json:"table_name"`
	Key   string `json:"key"`
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"`
}

// New starts a Hook, which delivers until Close, or until ctx ends.
func New(ctx context.Context, o Options) *Hook {
	ctx, giveUp := context.WithCancel(ctx)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	h := &Hook{
		options: o, queue: make(chan body, o.Queue), ended: make(chan struct{}), giveUp: giveUp, versions: map[string]int64{},
		client: &http.Client{
			Timeout: o.Timeout, Transport: transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	go h.run(ctx)
	return h
}

// Tell queues a request for each table of a Checkpoint. It is a receiver of events.
func (h *Hook) Tell(event target.Event) {
	e, ok := event.(target.Checkpoint)
	if !ok {
		return
	}
	for _, b := range h.bodies(e) {
		select {
		case h.queue <- b:
		default:
			h.fail(b, fmt.Errorf("%d requests wait already", cap(h.queue)))
		}
	}
}

// bodies are those of a checkpoint, of each table and version one, subtables with it.
func (h *Hook) bodies(e target.Checkpoint) []body {
	type table struct {
		name    string
		version int64
	}
	var all []body
	index := map[table]int{}
	for _, o := range e.Objects {
		root, _, _ := strings.Cut(o.Table, "/")
		key := table{root, o.Version}
		at, known := index[key]
		if !known {
			at = len(all)
			index[key] = at
			before, told := h.versions[root]
			h.versions[root] = o.Version
			all = append(all, body{
				Version: 1, Integration: h.options.Integration, Source: o.Stream, Destination: root,
				TableVersion: o.Version, NewVersion: told && before != o.Version, BatchedAt: o.BatchedAt,
			})
		}
		b := &all[at]
		b.BatchedAt = min(b.BatchedAt, o.BatchedAt)
		b.Tables = append(b.Tables, objects{o.Table, o.Key, o.Rows, o.Bytes})
	}
	return all
}

// Close delivers what still waits, for so long at most, and returns how many requests
// were not delivered.
func (h *Hook) Close(most time.Duration) (failed int) {
	close(h.queue)
	timer := time.AfterFunc(most, h.giveUp)
	<-h.ended
	timer.Stop()
	h.giveUp()
	h.client.CloseIdleConnections()
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failed
}

func (h *Hook) run(ctx context.Context) {
	defer close(h.ended)
	for b := range h.queue {
		if err := h.deliver(ctx, b); err != nil {
			h.fail(b, err)
		}
	}
}

func (h *Hook) fail(b body, err error) {
	h.mu.Lock()
	h.failed++
	h.mu.Unlock()
	h.options.Log.Warn("the post-load webhook was not told of a table; the data is in the bucket", "table", b.Destination, "reason", err.Error())
}

// deliver posts one body, and again where that may help.
func (h *Hook) deliver(ctx context.Context, b body) error {
	text, err := json.Marshal(b)
	if err != nil {
		return err
	}
	wait := h.options.Wait
	for try := 1; ; try++ {
		again, err := h.post(ctx, text)
		if err == nil || !again || try == h.options.Tries {
			return err
		}
		select {
		case <-time.After(wait):
			wait *= 2
		case <-ctx.Done():
			return err
		}
	}
}

// post sends one request. It reports whether another may succeed where it failed.
func (h *Hook) post(ctx context.Context, text []byte) (again bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.options.URL, bytes.NewReader(text))
	if err != nil {
		return false, errors.New("post_load_webhook_url is not an address that can be asked")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "target-s3")
	answer, err := h.client.Do(r)
	if err != nil {
		if failure := (*url.Error)(nil); errors.As(err, &failure) {
			err = failure.Err // without the address, which is a secret
		}
		return ctx.Err() == nil, err
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 64<<10)
	switch s := answer.StatusCode; {
	case s < 300:
		return false, nil
	case s < 400:
		return false, fmt.Errorf("it answered %d: redirects are not followed, give the address that it leads to", s)
	default:
		return s == http.StatusTooManyRequests || s >= 500, fmt.Errorf("it answered %d", s)
	}
}
