//go:build unix

package distribution

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"target-s3/target/storetest/versitygw"
)

const lake = "lake"

// bucketProject is a project that loads into a bucket.
type bucketProject struct {
	project
	server *versitygw.Server
	broken *atomic.Bool // no upload can be completed
}

// onBucket gives a project a bucket, on a server whose uploads can be made to fail.
func (p project) onBucket() bucketProject {
	p.Helper()
	b := bucketProject{project: p, server: versitygw.Start(p.T), broken: &atomic.Bool{}}
	b.server.CreateBucket(p.T, lake)
	to, err := url.Parse(b.server.Endpoint)
	if err != nil {
		p.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to) // which leaves the signed host as it is
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.broken.Load() && r.Method == http.MethodPost && r.URL.Query().Has("uploadId") {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	p.Cleanup(front.Close)
	b.env = []string{
		"TARGET_S3_S3_BUCKET=" + lake, "TARGET_S3_AWS_ENDPOINT_URL=" + front.URL, "TARGET_S3_AWS_REGION=" + b.server.Region,
		"TARGET_S3_AWS_ACCESS_KEY_ID=" + b.server.AccessKey, "TARGET_S3_AWS_SECRET_ACCESS_KEY=" + b.server.SecretKey,
	}
	return b
}

// orders are the ids of the rows in the bucket, in order, and their text.
func (b bucketProject) orders(integration string) (ids []int, text string) {
	b.Helper()
	for _, key := range b.server.Keys(b.T, lake) {
		if strings.HasPrefix(key, integration+"/orders/") {
			text += string(b.server.Get(b.T, lake, key).Content)
		}
	}
	for line := range strings.Lines(text) {
		var row struct{ ID int }
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			b.Fatal(err)
		}
		ids = append(ids, row.ID)
	}
	slices.Sort(ids)
	return ids, text
}

// meltanoBucket loads into a bucket on S3: through the mapper and with continued state,
// and then with exactly_once, whatever comes between.
func meltanoBucket(p project) {
	b := p.onBucket()
	b.mapped()
	b.env = append(b.env, "TARGET_S3_INTEGRATION_NAME=once", "TARGET_S3_EXACTLY_ONCE=orders")
	b.interrupted()
}

// mapped puts meltano-map-transform between tap and loader, twice.
func (b bucketProject) mapped() {
	if out, ok := b.meltanoRun("install", "mapper", "meltano-map-transformer"); !ok {
		b.Fatalf("the mapper cannot be installed:\n%s", out)
	}
	const orders = "id,email,amount,note\n6,fay@example.com,6,\n7,gil@example.com,7,by phone\n"
	b.write("orders.csv", orders)
	out := b.must("run", "--full-refresh", "tap-orders", "hide-emails", "target-s3")
	b.says(out, "info", "start .*destination=s3://"+lake+"/")
	b.write("orders.csv", orders+"8,hal@example.com,8,\n")
	b.must("run", "tap-orders", "hide-emails", "target-s3")
	ids, text := b.orders("singer")
	if !slices.Equal(ids, []int{6, 7, 8}) {
		b.Errorf("the second run did not go on from the state of the first: orders %v", ids)
	}
	if strings.Contains(text, "@") || strings.Contains(text, "by phone") {
		b.Errorf("not mapped:\n%s", text)
	}
}

// interrupted crashes inside a commit (exit code 1, then 75), is told to end while the
// tap is amid its orders, and runs once more: no order is lost, and none is there twice.
func (b bucketProject) interrupted() {
	run := []string{"run", "--state-id-suffix", "once", "tap-orders", "target-s3"}
	orders := "id,email,amount,note\n1,ada@example.com,1,\n2,bob@example.com,2,\n"
	b.write("orders.csv", orders)
	for _, tt := range []struct {
		broken     bool
		level, say string
	}{
		{true, "error", "AccessDenied"}, // 1
		{false, "error", "a load that crashed inside a commit was finished, .* Run again"}, // 75
	} {
		b.broken.Store(tt.broken)
		out, ok := b.meltanoRun(run...)
		if ok {
			b.Errorf("meltano succeeded:\n%s", out)
		}
		b.says(out, tt.level, tt.say)
	}
	if ids, _ := b.orders("once"); !slices.Equal(ids, []int{1, 2}) {
		b.Errorf("orders %v after the commit was finished", ids)
	}

	last := b.terminated(run, "3,cy@example.com,3,\n4,dee@example.com,4,\n")
	ids, _ := b.orders("once")
	if want := fmt.Sprint(ids[len(ids)-1]); last != want {
		b.Errorf("Meltano keeps the state of order %s, and the last order in the bucket is %s", last, want)
	}

	b.write("orders.csv", orders+"3,cy@example.com,3,\n4,dee@example.com,4,\n5,eve@example.com,5,\n")
	b.must(run...)
	if ids, text := b.orders("once"); !slices.Equal(ids, []int{1, 2, 3, 4, 5}) {
		b.Errorf("orders %v, want each once:\n%s", ids, text)
	}
}

// terminated sends SIGTERM to meltano while the tap waits for more than these rows, and
// returns the last order of the state that Meltano has kept.
func (b bucketProject) terminated(run []string, rows string) string {
	b.Helper()
	name := filepath.Join(b.dir, "orders.csv")
	if err := os.Remove(name); err != nil {
		b.Fatal(err)
	}
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		b.Fatal(err)
	}
	pipe, err := os.OpenFile(name, os.O_RDWR, 0) // which waits for nobody
	if err != nil {
		b.Fatal(err)
	}
	defer pipe.Close()
	var out bytes.Buffer
	cmd := b.command(run...)
	cmd.Env = append(cmd.Env, "TARGET_S3_BATCH_WAIT_LIMIT_SECONDS=0")
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	if _, err := io.WriteString(pipe, "id,email,amount,note\n"+rows); err != nil {
		b.Fatal(err)
	}
	b.await(3)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		b.Errorf("meltano succeeded:\n%s", &out)
	}
	b.says(out.String(), "warning", "signal received")
	b.says(out.String(), "error", "ended by signal 15")
	if err := os.Remove(name); err != nil {
		b.Fatal(err)
	}
	state := b.must("--environment", "dev", "state", "get", "dev:tap-orders-to-target-s3:once")
	m := regexp.MustCompile(`"last": ?(\d+)`).FindStringSubmatch(state)
	if m == nil {
		b.Fatalf("no state:\n%s", state)
	}
	return m[1]
}

// await waits until an order is in the bucket.
func (b bucketProject) await(id int) {
	b.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ids, _ := b.orders("once"); slices.Contains(ids, id) {
			return
		}
	}
	b.Fatalf("order %d does not come", id)
}
