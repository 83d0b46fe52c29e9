//go:build !race

package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
			r.target = r.program("loader", "target-s3 \"$@\" || exit $?\nmkdir "+filepath.Join(r.dir, "killed")+" 2>/dev/null && kill -9 $PPID\nexit 0\n")
			r.toTheEnd()
			if _, err := os.Stat(filepath.Join(r.dir, "killed")); err != nil {
				r.t.Error("no task was killed")
			}
		},
		"twins":         func(r *sparkRun) { r.toTheEnd("twins") },
		"driver killed": func(r *sparkRun) { r.killed(); r.toTheEnd() },
	} {
		t.Run(name, func(t *testing.T) {
			r := &sparkRun{newExampleFolder(t), python, "target-s3"}
			r.prepare()
			run(r)
			r.eachOnce(sparkRecords)
		})
	}
}

// sparkRun is a folder of Singer files on its way to a bucket.
type sparkRun struct {
	*exampleFolder
	python string
	target string
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
	settings, err := os.ReadFile("../../examples/spark/config.json")
	if err != nil {
		r.t.Fatal(err)
	}
	r.settings(string(settings))
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
	killGroup(cmd) // with Java, workers and loaders
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
