package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"target-s3/target/connect/setup/terminal/ptytest"
)

// watched is a load on a terminal, into whose standard input a test writes.
type watched struct {
	*ptytest.Terminal
	t      *testing.T
	tap    io.WriteCloser
	cmd    *exec.Cmd
	states bytes.Buffer
	wait   func() int
}

func watch(t *testing.T, cols int, env []string, args ...string) *watched {
	t.Helper()
	w := &watched{Terminal: ptytest.New(t, cols, 30), t: t}
	dir := t.TempDir()
	const config = `{"s3_bucket": "bucket", "aws_endpoint_url": "file:out", "integration_name": "shop", "batch_wait_limit_seconds": 0, "output_file_format": "jsonl"}`
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "out", "bucket"), 0o700); err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w.tap = write
	w.cmd = exec.Command("target-s3", append([]string{"--config", "config.json"}, args...)...)
	w.cmd.Dir, w.cmd.Stdin, w.cmd.Stdout = dir, read, &w.states
	w.cmd.Env = append([]string{"HOME=/no-home", "PATH=" + os.Getenv("PATH"), "TERM=xterm"}, env...)
	w.wait = w.Start(w.cmd)
	_ = read.Close() // it is the program's
	t.Cleanup(func() { _ = write.Close() })
	return w
}

// send is what the tap writes.
func (w *watched) send(lines ...string) {
	w.t.Helper()
	if _, err := io.WriteString(w.tap, strings.Join(lines, "\n")+"\n"); err != nil {
		w.t.Fatal(err)
	}
}

const watchedSchema = `{"type": "SCHEMA", "stream": "orders", "key_properties": [], "schema": {"properties": {"id": {"type": "integer"}}}}`

func watchedRecords(from, until int) string {
	var b strings.Builder
	for i := from; i < until; i++ {
		fmt.Fprintf(&b, `{"type": "RECORD", "stream": "orders", "record": {"id": %d}}`+"\n", i)
	}
	fmt.Fprintf(&b, `{"type": "STATE", "value": {"id": %d}}`, until)
	return b.String()
}

// TestProgressOnTerminal watches a load: its line, lines of the log above it, another
// width of the terminal, and at the end the summary and nothing of the line.
func TestProgressOnTerminal(t *testing.T) {
	w := watch(t, 100, []string{"NO_COLOR=1"}, "--progress", "streams")
	w.Await("0 records", "no state yet")
	w.send(watchedSchema, watchedRecords(0, 1000))
	w.Await("1,000 records", "stored", "  orders  1,000 records", " ago")
	w.send(`{"type": "GREETING"}`, `{"type": "RECORD", "stream": "orders", "record": {"id": "x"}}`)
	w.Await(`level=WARN msg="messages of unknown type are skipped"`, "  orders  1,000 records", "1 rejected")
	w.Resize(40, 30)
	w.send(watchedRecords(1000, 3000))
	w.Await("3,000 records  ", "  orders  3,000 records  1 rejected")
	w.Resize(120, 30)
	if err := w.tap.Close(); err != nil {
		t.Fatal(err)
	}
	if code := w.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	w.Await("Load succeeded: 3,000 records in 3 files", "1 of 3,001 records of stream orders rejected:", "1 × id: Invalid type. Expected: integer, given: string")
	screen := w.Text()
	for _, gone := range []string{"ago", "no state yet", "waiting", "METRIC", "msg=checkpoint", `msg="load ended"`} {
		if strings.Contains(screen, gone) {
			t.Errorf("still on the screen: %s", gone)
		}
	}
	if n := strings.Count(screen, "3,000 records"); n != 1 {
		t.Errorf("3,000 records are there %d times", n)
	}
	if regexp.MustCompile(`\x1b\[[0-9;]*m`).MatchString(w.Output()) {
		t.Error("it has colours")
	}
	if got := w.states.String(); !strings.HasSuffix(got, `{"id": 3000}`+"\n") {
		t.Errorf("states %q", got)
	}
}

// TestProgressEndedBySignal leaves no line where a signal ended the load.
func TestProgressEndedBySignal(t *testing.T) {
	w := watch(t, 100, nil)
	w.send(watchedSchema, watchedRecords(0, 10))
	w.Await("10 records", " ago")
	if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := w.wait(); code != 143 {
		t.Errorf("exit code %d", code)
	}
	w.Await("signal received", "interrupted; what was read is loaded: 10 records in 1 file")
	if strings.Contains(w.Text(), " ago") {
		t.Error("the line is still there")
	}
	if !strings.Contains(w.Output(), "\x1b[33m") {
		t.Error("it has no colours")
	}
}

// TestProgressWithoutLine writes the lines of the log where no line is wanted, or none
// can be drawn.
func TestProgressWithoutLine(t *testing.T) {
	for name, how := range map[string]struct{ env, args []string }{
		"off":         {nil, []string{"--progress", "off"}},
		"dumb":        {[]string{"TERM=dumb"}, []string{"--progress", "streams"}},
		"for Meltano": {[]string{"TARGET_S3_LOG_FORMAT=singer"}, []string{"--config", "ENV"}},
	} {
		w := watch(t, 250, how.env, how.args...)
		w.send(watchedSchema, watchedRecords(0, 10))
		w.Await("checkpoint records=10", "record_count")
		if err := w.tap.Close(); err != nil {
			t.Fatal(err)
		}
		if code := w.wait(); code != 0 {
			t.Errorf("%s: exit code %d", name, code)
		}
		w.Await("load ended")
		if out := w.Output(); strings.Contains(out, "\x1b") || strings.Contains(out, "Load succeeded") {
			t.Errorf("%s: more than lines of a log: %q", name, out)
		}
	}
}
