package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"target-s3/target/config"
	"target-s3/target/connect"
	"target-s3/target/journal"
	"target-s3/target/store"
	"target-s3/target/storetest/versitygw"
)

// pipeline is a bucket, and the program with the settings for it.
type pipeline struct {
	*testing.T
	environ []string
	config  config.Config
	store   store.Store
	remove  func(key string)
}

// onEachStore runs a test on a folder and on a server.
func onEachStore(t *testing.T, test func(*pipeline), more ...string) {
	t.Run("folder", func(t *testing.T) {
		dir := t.TempDir()
		p := newPipeline(t, append(more, "aws_endpoint_url=file:"+dir, "s3_bucket=bucket"))
		p.remove = func(key string) {
			if err := os.Remove(filepath.Join(dir, "bucket", key)); err != nil {
				t.Fatal(err)
			}
		}
		test(p)
	})
	t.Run("S3", func(t *testing.T) {
		server := versitygw.Start(t)
		server.CreateBucket(t, "bucket")
		p := newPipeline(t, append(more, "s3_bucket=bucket", "aws_endpoint_url="+server.Endpoint, "aws_region="+server.Region,
			"aws_access_key_id="+server.AccessKey, "aws_secret_access_key="+server.SecretKey))
		p.remove = func(key string) { server.Delete(t, "bucket", key) }
		test(p)
	})
}

func newPipeline(t *testing.T, settings []string) *pipeline {
	t.Helper()
	p := &pipeline{T: t}
	for _, s := range append(settings, "batch_wait_limit_seconds=0", "s3_key_prefix=raw/") {
		name, value, _ := strings.Cut(s, "=")
		p.environ = append(p.environ, config.EnvPrefix+strings.ToUpper(name)+"="+value)
	}
	var err error
	if p.config, _, err = config.Load(config.Env(p.environ)); err != nil {
		t.Fatal(err)
	}
	var closeStore func()
	if p.store, closeStore, err = connect.Open(t.Context(), p.config, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeStore)
	return p
}

// result is what a run of the program leaves.
type result struct {
	code           int
	stdout, stderr string
}

// run runs the program.
func (p *pipeline) run(stdin io.Reader, args ...string) (r result) {
	var stdout, stderr bytes.Buffer
	getenv := func(name string) string {
		for _, e := range p.environ {
			if value, ok := strings.CutPrefix(e, name+"="); ok {
				return value
			}
		}
		return ""
	}
	r.code = execute(p.Context(), process{
		args: append(args, "--config", "ENV"), getenv: getenv, environ: p.environ, stdin: stdin, stdout: &stdout, stderr: &stderr,
	})
	r.stdout, r.stderr = stdout.String(), stderr.String()
	return r
}

// want runs the program and holds its exit code and standard output.
func (p *pipeline) want(code int, stdout string, stdin io.Reader, args ...string) (stderr string) {
	p.Helper()
	r := p.run(stdin, args...)
	if r.code != code || r.stdout != stdout {
		p.Fatalf("%q: exit code %d, want %d; standard output %q, want %q\n%s", args, r.code, code, r.stdout, stdout, r.stderr)
	}
	return r.stderr
}

// unread is an input that must not be read.
type unread struct{ *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.Error("the input was read")
	return 0, io.EOF
}

// rows is the output of a tap: records with these numbers, a state after each.
func rowsFrom(first, last int) io.Reader {
	var b strings.Builder
	b.WriteString(`{"type":"SCHEMA","stream":"t","schema":{"properties":{"id":{"type":"integer"}}},"key_properties":["id"]}` + "\n")
	for n := first; n <= last; n++ {
		fmt.Fprintf(&b, `{"type":"RECORD","stream":"t","record":{"id":%d}}`+"\n"+`{"type":"STATE","value":{"n": %d}}`+"\n", n, n)
	}
	return strings.NewReader(b.String())
}

// crash leaves behind what a load does that is killed inside a commit: some objects
// published, some not, and the state not written.
func (p *pipeline) crash(key string, state string, published, unpublished int) (objects []journal.Object) {
	p.Helper()
	ctx := p.Context()
	j, err := readJournal(ctx, p.store, p.config, key)
	if err == nil {
		err = j.Begin(ctx)
	}
	if err != nil {
		p.Fatal(err)
	}
	for n := range published + unpublished {
		o := store.Object{Key: fmt.Sprintf("raw/crashed/%s%d_%d.jsonl", key, j.Commits(), n), Durable: true}
		u := p.store.Create(o)
		text := fmt.Sprintf(`{"id":%d}`+"\n", n)
		if err := u.Stage(ctx, store.Part{Number: 1, Size: int64(len(text)), Body: strings.NewReader(text)}); err != nil {
			p.Fatal(err)
		}
		objects = append(objects, journal.Object{Table: "crashed", Version: 1, Rows: 1, Receipt: u.Receipt()})
	}
	if err := j.Commit(ctx, objects, []byte(state)); err != nil {
		p.Fatal(err)
	}
	for _, o := range objects[:published] {
		if err := p.store.Resume(o.Receipt).Publish(ctx); err != nil {
			p.Fatal(err)
		}
	}
	return objects
}

// visible sees whether objects are.
func (p *pipeline) visible(want bool, objects ...journal.Object) {
	p.Helper()
	for _, o := range objects {
		if err := p.store.Head(p.Context(), o.Key); (err == nil) != want {
			p.Errorf("%s: %v", o.Key, err)
		}
	}
}

func TestStateOfTheBucket(t *testing.T) {
	onEachStore(t, func(p *pipeline) {
		p.want(0, "{}\n", unread{p.T}, "state")
		p.want(0, "{\"n\": 1}\n{\"n\": 2}\n", rowsFrom(1, 2))
		p.want(0, "{\"n\": 2}\n", unread{p.T}, "state")
		p.want(0, "{\"n\": 3}\n", rowsFrom(3, 3))
		p.want(0, "{\"n\": 3}\n", unread{p.T}, "state")
	}, "exactly_once=shop")
}

// A load that finds a commit half done does the rest, and no more.
func TestRecovery(t *testing.T) {
	onEachStore(t, func(p *pipeline) {
		objects := p.crash("", `{"n":  7}`, 1, 2)
		p.visible(false, objects[1:]...)
		stderr := p.want(75, "{\"n\":  7}\n", unread{p.T})
		for _, word := range []string{"raw/_target_s3/shop.json", "Run again"} {
			if !strings.Contains(stderr, word) {
				t.Errorf("standard error lacks %q:\n%s", word, stderr)
			}
		}
		p.visible(true, objects...)
		p.want(0, "{\"n\": 8}\n", rowsFrom(8, 8))

		objects = p.crash("", `{"n": 9}`, 0, 2)
		p.want(0, "{\"n\": 9}\n", unread{p.T}, "state")
		p.visible(true, objects...)
		p.want(0, "{\"n\": 9}\n", unread{p.T}, "state")
		p.want(0, "{\"n\": 10}\n", rowsFrom(10, 10))
	}, "exactly_once=shop")
}

// The state goes out before the journal says that it did.
func TestRecoveryIsDoneAgain(t *testing.T) {
	onEachStore(t, func(p *pipeline) {
		p.crash("", `{"n": 7}`, 2, 0)
		code := execute(p.Context(), process{
			args: []string{"--config", "ENV"}, environ: p.environ, getenv: func(string) string { return "" },
			stdin: unread{p.T}, stdout: brokenPipe{}, stderr: io.Discard,
		})
		if code != 1 {
			t.Errorf("exit code %d, want 1", code)
		}
		p.want(75, "{\"n\": 7}\n", unread{p.T})
	}, "exactly_once=shop")
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestRecoveriesTogether(t *testing.T) {
	onEachStore(t, func(p *pipeline) {
		objects := p.crash("", `{"n": 7}`, 10, 30)
		var all sync.WaitGroup
		results := make([]result, 4)
		for i := range results {
			all.Go(func() { results[i] = p.run(unread{p.T}, "state") })
		}
		all.Wait()
		for _, r := range results {
			if r.code != 0 || r.stdout != "{\"n\": 7}\n" {
				t.Errorf("exit code %d, %q\n%s", r.code, r.stdout, r.stderr)
			}
		}
		p.visible(true, objects...)
	}, "exactly_once=shop")
}

// Of two loads of one name the second to commit ends with an error.
func TestTwoLoads(t *testing.T) {
	onEachStore(t, func(p *pipeline) {
		reader, writer := io.Pipe()
		first := make(chan result, 1)
		go func() { first <- p.run(reader) }()
		p.awaitJournal()
		p.want(0, "{\"n\": 1}\n", rowsFrom(1, 1))
		_, _ = io.Copy(writer, rowsFrom(1, 2))
		_ = writer.Close()
		r := <-first
		if r.code != 1 || r.stdout != "" || !strings.Contains(r.stderr, "exactly_once") || !strings.Contains(r.stderr, "was changed by another load") {
			t.Errorf("exit code %d, %q\n%s", r.code, r.stdout, r.stderr)
		}
		p.want(0, "{\"n\": 1}\n", unread{p.T}, "state")
		if n := p.rows(); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	}, "exactly_once=shop")
}

// awaitJournal waits until a load has made its journal.
func (p *pipeline) awaitJournal() {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if p.store.Head(p.Context(), journal.Key("raw/", "shop")) == nil {
			return
		}
	}
	p.Fatal("no journal was made")
}

// rows is how many the objects of the last commits have.
func (p *pipeline) rows() (rows int64) {
	j, err := readJournal(p.Context(), p.store, p.config, "")
	if err != nil {
		p.Fatal(err)
	}
	for _, o := range j.Objects() {
		rows += o.Rows
	}
	return rows
}

// Uploads that are gone cannot be finished by anybody; what to do is said.
func TestUploadsGone(t *testing.T) {
	onEachStore(t, func(p *pipeline) {
		p.want(0, "{\"n\": 1}\n", rowsFrom(1, 1))
		objects := p.crash("", `{"n": 2}`, 1, 2)
		for _, o := range objects[1:] {
			if err := p.store.Resume(o.Receipt).Abort(p.Context()); err != nil {
				t.Fatal(err)
			}
		}
		commands := [][]string{nil, {"state"}, {"state", "--give-up"}}
		if testing.Short() { // each looks for what is gone for a while
			commands = commands[2:]
		}
		for _, args := range commands {
			stderr := p.want(1, "", unread{p.T}, args...)
			for _, word := range []string{"uploads are gone", p.store.Location(objects[0].Key), "target-s3 state --give-up"} {
				if !strings.Contains(stderr, word) {
					t.Errorf("standard error lacks %q:\n%s", word, stderr)
				}
			}
		}
		p.remove(objects[0].Key) // as a person would
		p.want(0, "{\"n\": 1}\n", unread{p.T}, "state", "--give-up")
		p.want(0, "{\"n\": 2}\n", rowsFrom(2, 2))
	}, "exactly_once=shop")
}

// An input that is loaded as a whole is loaded once.
func TestOnce(t *testing.T) {
	onEachStore(t, func(p *pipeline) {
		p.want(0, "{\"n\": 3}\n", rowsFrom(1, 3), "--once", "piece-1")
		p.want(0, "{\"n\": 3}\n", rowsFrom(1, 3), "--once", "piece-1")
		objects := p.crash("piece-2", `{"n": 3}`, 1, 1)
		p.want(0, "{\"n\": 3}\n", rowsFrom(1, 3), "--once", "piece-2")
		p.visible(true, objects...)
		p.want(2, "", unread{p.T}, "--once", "a/b")
	})
}

// What is skipped is read all the same, unless it does not end and a signal comes.
func TestOnceSkipsToTheEnd(t *testing.T) {
	input := rowsFrom(1, 3)
	if err := skip(t.Context(), input); err != nil {
		t.Fatal(err)
	}
	if n, _ := input.Read(make([]byte, 1)); n > 0 {
		t.Error("the input was not read to its end")
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errStopped)
	reader, writer := io.Pipe()
	defer writer.Close()
	if err := skip(ctx, reader); !errors.Is(err, errStopped) {
		t.Error(err)
	}
}
