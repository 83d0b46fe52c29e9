//go:build !race

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sparkRecords is how many records the backfill of the test has.
const sparkRecords = 40_000

// TestExampleSpark runs examples/spark on a local Spark: as it should go, with the
// worker of a task killed after its load, with two tasks for each piece at once, and
// with everything killed in the middle and run again. Each row is there once.
func TestExampleSpark(t *testing.T) {
	if testing.Short() {
		t.Skip("Spark takes long to start")
	}
	python := cmp.Or(os.Getenv("TEST_TARGET_S3_PYTHON"), "python3")
	if exec.CommandContext(t.Context(), python, "-c", "import pyspark").Run() != nil || exec.CommandContext(t.Context(), "java", "-version").Run() != nil {
		t.Skip("pyspark or Java is not there")
	}
	for name, run := range map[string]func(*sparkRun){
		"plain": func(r *sparkRun) { r.toTheEnd() },
		"task killed after its load": func(r *sparkRun) {
			r.target = r.script("target-s3 \"$@\" || exit $?\nmkdir " + filepath.Join(r.dir, "killed") + " 2>/dev/null && kill -9 $PPID\nexit 0\n")
			r.toTheEnd()
			if _, err := os.Stat(filepath.Join(r.dir, "killed")); err != nil {
				r.t.Error("no task was killed")
			}
		},
		"twins":         func(r *sparkRun) { r.toTheEnd("twins") },
		"driver killed": func(r *sparkRun) { r.killed(); r.toTheEnd() },
	} {
		t.Run(name, func(t *testing.T) {
			r := &sparkRun{t: t, dir: t.TempDir(), python: python, target: "target-s3"}
			r.prepare()
			run(r)
			r.count()
		})
	}
}

// sparkRun is a folder of Singer files on its way to a bucket.
type sparkRun struct {
	t      *testing.T
	dir    string
	python string
	target string
}

func (r *sparkRun) write(name, text string, mode os.FileMode) string {
	r.t.Helper()
	file := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		r.t.Fatal(err)
	}
	return file
}

// script is a loader that does more than to load.
func (r *sparkRun) script(text string) string {
	return r.write("loader", "#!/bin/sh\n"+text, 0o700)
}

// prepare writes four files. Only the first has the schema with which all would be
// loaded, and the third another.
func (r *sparkRun) prepare() {
	r.t.Helper()
	const files = 4
	for i := range files {
		var b strings.Builder
		if i%2 == 0 {
			fmt.Fprintf(&b, `{"type": "SCHEMA", "stream": "orders", "key_properties": ["id"], "schema": {"properties": {"id": {"type": "integer", "minimum": %d}}}}`+"\n", i*sparkRecords/files)
		}
		for n := i * sparkRecords / files; n < (i+1)*sparkRecords/files; n++ {
			fmt.Fprintf(&b, `{"type": "RECORD", "stream": "orders", "record": {"id": %d, "text": "as long as records are, more or less"}}`+"\n", n)
		}
		fmt.Fprintf(&b, `{"type": "STATE", "value": {"file": %d}}`, i) // and the last line has no end
		r.write(fmt.Sprintf("in/part-%d.singer", i), b.String(), 0o600)
	}
	r.write("out/bucket/.keep", "", 0o600)
	settings, err := os.ReadFile("../../examples/spark/config.json")
	if err != nil {
		r.t.Fatal(err)
	}
	c := map[string]any{}
	if err := json.Unmarshal(settings, &c); err != nil {
		r.t.Fatal(err)
	}
	c["s3_bucket"], c["aws_endpoint_url"], c["output_file_format"] = "bucket", "file:"+filepath.Join(r.dir, "out"), "jsonl"
	text, err := json.Marshal(c)
	if err != nil {
		r.t.Fatal(err)
	}
	r.write("config.json", string(text), 0o600)
}

func (r *sparkRun) command(ctx context.Context, log *bytes.Buffer, args ...string) *exec.Cmd {
	r.t.Helper()
	example, err := filepath.Abs("../../examples/spark/backfill.py")
	if err != nil {
		r.t.Fatal(err)
	}
	all := append([]string{"testdata/examples/run_backfill.py", example, filepath.Join(r.dir, "in"), filepath.Join(r.dir, "config.json"), r.target}, args...)
	cmd := exec.CommandContext(ctx, r.python, all...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // with Java, workers and loaders
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

func (r *sparkRun) toTheEnd(args ...string) {
	r.t.Helper()
	var log bytes.Buffer
	if err := r.command(r.t.Context(), &log, args...).Run(); err != nil {
		r.t.Fatalf("%v\n%s", err, &log)
	}
}

// killed kills everything once some pieces are loaded.
func (r *sparkRun) killed() {
	r.t.Helper()
	ctx, kill := context.WithCancel(r.t.Context())
	defer kill()
	var log bytes.Buffer
	cmd := r.command(ctx, &log)
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	for deadline := time.Now().Add(2 * time.Minute); r.journals() < 2; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatal("nothing was loaded")
		}
	}
	kill()
	if err := cmd.Wait(); err == nil {
		r.t.Fatal("it was not killed")
	}
}

// journals is how many pieces were begun.
func (r *sparkRun) journals() int {
	found, err := filepath.Glob(filepath.Join(r.dir, "out/bucket/_target_s3/once/*.json"))
	if err != nil {
		r.t.Fatal(err)
	}
	return len(found)
}

// count counts the rows, which must all be there, and none twice.
func (r *sparkRun) count() {
	r.t.Helper()
	files, err := filepath.Glob(filepath.Join(r.dir, "out/bucket/shop/*/*.jsonl"))
	if err != nil {
		r.t.Fatal(err)
	}
	times := make([]int, sparkRecords)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			r.t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			row := struct{ ID *int }{}
			if err := json.Unmarshal(line, &row); err != nil || row.ID == nil {
				r.t.Fatalf("%s: %s", file, line)
			}
			times[*row.ID]++
		}
	}
	for id, n := range times {
		if n != 1 {
			r.t.Fatalf("row %d is there %d times", id, n)
		}
	}
}
