package main_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"target-s3/target/storetest/versitygw"
)

// crashMessages is the output of a tap that can resume: its states say with
// which message to go on. Each record has its own index as its id.
type crashMessages struct {
	lines  []string
	states map[int]bool // which of them are states
	pauses map[int]bool // before which of them the tap waits for its source
}

// bigRecord makes a file of more than one part with few records.
const bigRecord = 60 << 10

func newCrashMessages(r *rand.Rand) crashMessages {
	m := crashMessages{states: map[int]bool{}, pauses: map[int]bool{}}
	record := func(stream string, size int) {
		text := make([]byte, size)
		for i := range text {
			text[i] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"[r.Uint32()%64]
		}
		m.lines = append(m.lines, fmt.Sprintf(`{"type": "RECORD", "stream": "%s", "record": {"id": %d, "text": "%s"}}`+"\n", stream, len(m.lines), text))
	}
	for round := range 12 {
		m.pauses[len(m.lines)] = true
		for range 20 {
			record("a", 50)
			record("b", 200)
			record("c", r.IntN(2000))
		}
		if round%4 == 2 {
			for range (7 << 20) / bigRecord {
				record("big", bigRecord)
			}
		}
		m.states[len(m.lines)] = true
		m.lines = append(m.lines, fmt.Sprintf(`{"type": "STATE", "value": {"next": %d}}`+"\n", len(m.lines)+1))
	}
	for range 5 { // beyond the last state
		record("a", 50)
	}
	return m
}

const crashSchemas = `{"type":"SCHEMA","stream":"a","schema":{"properties":{"id":{"type":"integer"}}},"key_properties":["id"]}
{"type":"SCHEMA","stream":"b","schema":{"properties":{"id":{"type":"integer"}}},"key_properties":["id"]}
{"type":"SCHEMA","stream":"c","schema":{"properties":{"id":{"type":"integer"}}},"key_properties":["id"]}
{"type":"SCHEMA","stream":"big","schema":{"properties":{"id":{"type":"integer"}}},"key_properties":["id"]}
`

// write is the tap, from one message on.
func (m crashMessages) write(w io.Writer, from int, pause time.Duration) error {
	b := bufio.NewWriter(w)
	_, _ = b.WriteString(crashSchemas)
	for i := from; i < len(m.lines); i++ {
		if m.pauses[i] && pause > 0 {
			if err := b.Flush(); err != nil {
				return err
			}
			time.Sleep(pause)
		}
		_, _ = b.WriteString(m.lines[i])
	}
	return b.Flush()
}

// crashRun is a running loader.
type crashRun struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stderr bytes.Buffer

	mu     sync.Mutex
	states []string
	read   chan struct{} // closed at the end of standard output
}

func startLoader(t *testing.T, program string, config map[string]any) *crashRun {
	t.Helper()
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	r := &crashRun{cmd: exec.Command(program, "--config", file), read: make(chan struct{})}
	r.cmd.Env = []string{"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null"}
	r.cmd.Stderr = &r.stderr
	stdout, err := r.cmd.StdoutPipe()
	if err == nil {
		r.stdin, err = r.cmd.StdinPipe()
	}
	if err == nil {
		err = r.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.cmd.Process.Kill() })
	go func() {
		defer close(r.read)
		for lines := bufio.NewReader(stdout); ; {
			line, err := lines.ReadString('\n')
			if err != nil {
				return // what has no newline is not a state
			}
			r.mu.Lock()
			r.states = append(r.states, strings.TrimSpace(line))
			r.mu.Unlock()
		}
	}()
	return r
}

// wait returns the exit code, or minus the signal that ended the process.
func (r *crashRun) wait(t *testing.T) int {
	t.Helper()
	<-r.read
	err := r.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if status := r.cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		return -int(status.Signal())
	}
	return r.cmd.ProcessState.ExitCode()
}

// next is what the last state says, 0 where there is none.
func (r *crashRun) next(t *testing.T) int {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var state struct{ Next int }
	for i, line := range r.states {
		last := state.Next
		if err := json.Unmarshal([]byte(line), &state); err != nil || state.Next <= last {
			t.Errorf("state %d is %s, after %d (%v)", i, line, last, err)
		}
	}
	return state.Next
}

func crashConfig(server *versitygw.Server, bucket string) map[string]any {
	return map[string]any{
		"s3_bucket": bucket, "aws_endpoint_url": server.Endpoint, "aws_region": server.Region,
		"aws_access_key_id": server.AccessKey, "aws_secret_access_key": server.SecretKey,
	}
}

// visible counts how often each record can be read. Every object must be whole.
func visible(t *testing.T, server *versitygw.Server, bucket string) map[int]int {
	t.Helper()
	counts := map[int]int{}
	for _, key := range server.Keys(t, bucket) {
		text := server.Get(t, bucket, key).Content
		if strings.HasSuffix(key, ".gz") {
			r, err := gzip.NewReader(bytes.NewReader(text))
			if err == nil {
				text, err = io.ReadAll(r)
			}
			if err != nil {
				t.Errorf("%s: %v", key, err)
				continue
			}
		}
		if !bytes.HasSuffix(text, []byte("\n")) {
			t.Errorf("%s ends in the middle of a row", key)
		}
		for line := range bytes.Lines(text) {
			var row struct{ ID *int }
			if err := json.Unmarshal(line, &row); err != nil || row.ID == nil {
				t.Errorf("%s: %v in %.100q", key, err, line)
				continue
			}
			counts[*row.ID]++
		}
	}
	return counts
}

// TestKill kills the loader at random moments, looks at what the last state
// promised, and lets the tap go on from there.
func TestKill(t *testing.T) {
	server, program := versitygw.Start(t), program(t)
	trials := 20
	if testing.Short() {
		trials = 1
	}
	var mu sync.Mutex
	seen := map[string]int{}
	t.Run("trials", func(t *testing.T) {
		for trial := range trials {
			t.Run(fmt.Sprint(trial), func(t *testing.T) {
				t.Parallel()
				what := killAndResume(t, program, server, uint64(trial))
				mu.Lock()
				defer mu.Unlock()
				seen[what]++
			})
		}
	})
	t.Logf("killed: %v", seen)
}

// killAndResume returns at which stage the loader was killed.
func killAndResume(t *testing.T, program string, server *versitygw.Server, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, uint64(time.Now().UnixNano()))) // the moment is random anyway
	messages := newCrashMessages(r)
	bucket := fmt.Sprintf("kill-%d", seed)
	server.CreateBucket(t, bucket)
	config := crashConfig(server, bucket)
	config["compression"] = []string{"none", "gzip"}[seed/2%2]
	config["batch_wait_limit_seconds"] = []any{0, 0.05}[seed/4%2]
	if seed%2 == 0 {
		config["batch_size_rows"] = 7
	}

	first := startLoader(t, program, config)
	pause := 40 * time.Millisecond
	after := time.Duration(r.Int64N(int64(13*pause + 200*time.Millisecond)))
	go func() {
		time.Sleep(after)
		_ = first.cmd.Process.Kill()
	}()
	_ = messages.write(first.stdin, 0, pause)
	_ = first.stdin.Close()
	code := first.wait(t)
	if code != 0 && code != -int(syscall.SIGKILL) {
		t.Fatalf("exit %d\n%s", code, first.stderr.Bytes())
	}

	next := first.next(t)
	counts := visible(t, server, bucket)
	for id := range next {
		if !messages.states[id] && counts[id] != 1 {
			t.Fatalf("the last state says %d, record %d is visible %d times (killed after %v)", next, id, counts[id], after)
		}
	}
	what := "before, between or after commits"
	switch most := slices.Max(append(slices.Collect(maps.Keys(counts)), -1)); {
	case code == 0:
		what = "never: the load was quicker"
	case next == 0 && most < 0:
		what = "before the first commit"
	case most >= next:
		what = "between a commit and its state"
	}

	second := startLoader(t, program, config)
	if err := messages.write(second.stdin, next, 0); err != nil {
		t.Error(err)
	}
	_ = second.stdin.Close()
	if code := second.wait(t); code != 0 {
		t.Fatalf("the rerun: exit %d\n%s", code, second.stderr.Bytes())
	}
	counts = visible(t, server, bucket)
	for id := range messages.lines {
		most := 2
		if id < next {
			most = 1
		}
		if n := counts[id]; !messages.states[id] && (n < 1 || n > most) {
			t.Errorf("record %d is visible %d times, the tap went on from %d (killed after %v)", id, n, next, after)
		}
	}
	return what
}

// TestSignal ends the loader while it waits for input, with rows and parts
// staged that no state covers.
func TestSignal(t *testing.T) {
	server, program := versitygw.Start(t), program(t)
	for _, tt := range []struct {
		signal syscall.Signal
		code   int
		half   string
	}{
		{syscall.SIGTERM, 143, ""},
		{syscall.SIGINT, 130, `{"type": "RECORD", "stream": "a", "rec`},
	} {
		t.Run(tt.signal.String(), func(t *testing.T) {
			bucket := fmt.Sprintf("signal-%d", tt.code)
			server.CreateBucket(t, bucket)
			messages := newCrashMessages(rand.New(rand.NewPCG(1, 1)))
			// Up to where the first large file has more than a part.
			last, sent := 0, 0
			for size := 0; size < 6<<20; sent++ {
				if messages.states[sent] {
					last = sent + 1
				}
				size += len(messages.lines[sent])
			}
			messages.lines = messages.lines[:sent]

			loader := startLoader(t, program, crashConfig(server, bucket))
			if err := messages.write(loader.stdin, 0, 0); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(loader.stdin, tt.half); err != nil {
				t.Fatal(err)
			}
			for deadline := time.Now().Add(20 * time.Second); len(server.Uploads(t, bucket)) == 0; time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("no multipart upload\n%s", loader.stderr.Bytes())
				}
			}
			if n := len(visible(t, server, bucket)); n > 0 {
				t.Errorf("%d records are visible before any checkpoint", n)
			}

			began := time.Now()
			if err := loader.cmd.Process.Signal(tt.signal); err != nil {
				t.Fatal(err)
			}
			if code := loader.wait(t); code != tt.code {
				t.Errorf("exit %d, want %d\n%s", code, tt.code, loader.stderr.Bytes())
			}
			t.Logf("it took %v", time.Since(began))
			if next := loader.next(t); next != last {
				t.Errorf("the last state says %d, want %d", next, last)
			}
			counts := visible(t, server, bucket)
			for id := range messages.lines {
				if !messages.states[id] && counts[id] != 1 {
					t.Errorf("record %d is visible %d times", id, counts[id])
				}
			}
			if uploads := server.Uploads(t, bucket); len(uploads) > 0 {
				t.Errorf("uploads were left: %q", uploads)
			}
		})
	}
}
