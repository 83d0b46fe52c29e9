package webhook_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"target-s3/target"
	"target-s3/target/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listener is a server that answers as it is told, and keeps what it got.
type listener struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []map[string]any
}

func listen(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *listener {
	l := &listener{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		var body map[string]any
		if err := json.Unmarshal(text, &body); err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %q: %v", r.Method, text, err)
		}
		l.mu.Lock()
		l.bodies = append(l.bodies, body)
		n := len(l.bodies)
		l.mu.Unlock()
		if answer != nil {
			answer(n, w, r)
		}
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) got() []map[string]any {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bodies
}

func hook(t *testing.T, l *listener, change func(*webhook.Options)) (*webhook.Hook, *bytes.Buffer) {
	var log bytes.Buffer
	o := webhook.Options{
		URL: l.URL + "/s3cr3t", Integration: "shop", Log: slog.New(slog.NewTextHandler(&log, nil)),
		Timeout: 10 * time.Second, Wait: time.Millisecond, Tries: 3, Queue: 100,
	}
	if change != nil {
		change(&o)
	}
	return webhook.New(t.Context(), o), &log
}

func checkpoint(version int64) target.Checkpoint {
	return target.Checkpoint{Objects: []target.Object{
		{Key: "shop/_sdc_rejected/1_1.jsonl", Table: "_sdc_rejected", Version: 1, Rows: 1, Bytes: 5, BatchedAt: "2026-01-02T03:04:07.000Z"},
		{Key: "shop/orders/1_2.csv", Table: "orders", Stream: "Orders", Version: version, Rows: 3, Bytes: 30, BatchedAt: "2026-01-02T03:04:06.000Z"},
		{Key: "shop/orders/items/1_1.csv", Table: "orders/items", Stream: "Orders", Version: version, Rows: 9, Bytes: 90, BatchedAt: "2026-01-02T03:04:05.000Z"},
	}}
}

func TestHook(t *testing.T) {
	l := listen(t, nil)
	h, log := hook(t, l, nil)
	h.Tell(target.NoKeys{Stream: "Orders"})
	h.Tell(checkpoint(1))
	h.Tell(checkpoint(2))
	h.Tell(target.Checkpoint{State: []byte(`{}`)})
	if failed := h.Close(time.Minute); failed != 0 || log.Len() > 0 {
		t.Fatalf("%d failed\n%s", failed, log)
	}
	got := l.got()
	if len(got) != 4 {
		t.Fatalf("%d requests: %v", len(got), got)
	}
	orders := got[1]
	for name, want := range map[string]any{
		"version": 1.0, "integration_name": "shop", "source_root_table_name": "Orders", "destination_root_table_name": "orders",
		"table_version": 1.0, "new_version": false, "minimum_sdc_batched_at": "2026-01-02T03:04:05.000Z",
	} {
		if orders[name] != want {
			t.Errorf("%s is %v, want %v", name, orders[name], want)
		}
	}
	if tables := orders["tables"].([]any); len(tables) != 2 || tables[1].(map[string]any)["key"] != "shop/orders/items/1_1.csv" {
		t.Errorf("tables: %v", tables)
	}
	if got[3]["new_version"] != true || got[2]["new_version"] != false {
		t.Errorf("new versions: %v, %v", got[3], got[2])
	}
}

// TestHookFails has listeners that are slow, refuse, redirect and hang. A failure is a
// warning and a count, the address never shows, and telling never waits.
func TestHookFails(t *testing.T) {
	hang := make(chan struct{})
	for name, test := range map[string]struct {
		answer   func(n int, w http.ResponseWriter, r *http.Request)
		change   func(*webhook.Options)
		failed   int
		requests int // -1: any
		reason   string
	}{
		"heals": {func(n int, w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(map[bool]int{true: 503, false: 200}[n < 3])
		}, nil, 0, 4, ""},
		"busy":      {func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, nil, 2, 6, "it answered 429"},
		"refuses":   {func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, nil, 2, 2, "it answered 403"},
		"redirects": {func(_ int, w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/other", http.StatusFound) }, nil, 2, 2, "redirects are not followed"},
		"hangs": {func(_ int, _ http.ResponseWriter, r *http.Request) {
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		}, func(o *webhook.Options) { o.Timeout = 20 * time.Millisecond }, 2, -1, "Client.Timeout exceeded"},
		"gone": {nil, func(o *webhook.Options) { o.URL = "http://127.0.0.1:1/s3cr3t" }, 2, 0, "dial tcp 127.0.0.1:1: "},
		"full": {func(int, http.ResponseWriter, *http.Request) { <-hang }, func(o *webhook.Options) { o.Queue = 0 }, 2, -1, "0 requests wait already"},
	} {
		t.Run(name, func(t *testing.T) {
			l := listen(t, test.answer)
			h, log := hook(t, l, test.change)
			if name == "full" {
				defer func(c chan struct{}) { close(c); hang = make(chan struct{}) }(hang)
			}
			h.Tell(checkpoint(1))
			failed := 0
			if name == "full" {
				failed = h.Close(time.Millisecond)
			} else {
				failed = h.Close(time.Minute)
			}
			if failed < test.failed || failed > 2 || (test.requests >= 0 && len(l.got()) != test.requests) || !strings.Contains(log.String(), test.reason) {
				t.Errorf("%d failed, want %d; %d requests, want %d; want %q in\n%s", failed, test.failed, len(l.got()), test.requests, test.reason, log)
			}
			if strings.Contains(log.String(), "s3cr3t") {
				t.Errorf("the address shows:\n%s", log)
			}
		})
	}
}
