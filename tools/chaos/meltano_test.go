package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// meltanoProject has a tap that goes on from a state, and the loader behind a script
// that says which process it is.
const meltanoProject = `version: 1
default_environment: dev
environments: [{name: dev}]
send_anonymous_usage_stats: false
plugins:
  extractors:
  - name: tap-rows
    namespace: tap_rows
    executable: ./tap.py
    capabilities: [state]
  loaders:
  - name: target-s3
    namespace: target_s3
    executable: ./target.sh
    config: %s
`

const meltanoTap = `#!/usr/bin/env python3
import json, sys
next = 0
if "--state" in sys.argv:
    next = json.load(open(sys.argv[sys.argv.index("--state") + 1])).get("next", 0)
def say(**message): print(json.dumps(message), flush=True)
for checkpoint in range(next, 3):
    for table in ("customers", "orders", "items"):
        say(type="SCHEMA", stream=table, key_properties=["id"], schema={"properties": {"id": {"type": "integer"}}})
    for n, table in enumerate(("customers", "orders", "items")):
        for row in range(4):
            say(type="RECORD", stream=table, record={"id": checkpoint * 12 + n * 4 + row})
    say(type="STATE", value={"next": checkpoint + 1})
`

// TestMeltano makes Meltano run a pipeline whose loader is killed inside a commit, and
// run it again, and again. TEST_TARGET_S3_MELTANO is the path of meltano.
func TestMeltano(t *testing.T) {
	meltano := os.Getenv("TEST_TARGET_S3_MELTANO")
	if meltano == "" {
		t.Skip("TEST_TARGET_S3_MELTANO does not say where Meltano is")
	}
	t.Chdir("../..")
	h, err := newHarness(t.TempDir(), 0, []string{"s3"})
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	for _, place := range places {
		for _, at := range []int{20, 24, 28, 30, 32} {
			t.Run(fmt.Sprint(place, " ", at), func(t *testing.T) { runMeltano(t, h, meltano, at, place) })
		}
	}
}

func runMeltano(t *testing.T, h *harness, meltano string, at int, place place) {
	trial := &trial{harness: h, plan: plan{store: "s3", exactlyOnce: true, input: input{checkpoints: 3, tables: 3}}}
	if err := trial.prepare(); err != nil {
		t.Fatal(err)
	}
	defer trial.clean()
	dir := t.TempDir()
	settings, err := os.ReadFile(trial.config)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"meltano.yml": fmt.Sprintf(meltanoProject, settings), // JSON is YAML
		"tap.py":      meltanoTap,
		"target.sh":   "#!/bin/sh\necho $$ >" + dir + "/pid\nexec " + h.program + ` "$@"` + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	kill := func() {
		text, err := os.ReadFile(filepath.Join(dir, "pid"))
		pid, failure := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil || failure != nil {
			t.Error(err, failure)
			return
		}
		if p, err := os.FindProcess(pid); err == nil {
			_ = p.Kill()
		}
		awaitExit(pid)
	}
	h.proxy.point(aim{request: at, place: place, kill: kill})
	var codes []string
	for n := 0; ; n++ {
		cmd := exec.Command(meltano, "run", "tap-rows", "target-s3")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "MELTANO_SEND_ANONYMOUS_USAGE_STATS=false", "AWS_EC2_METADATA_DISABLED=true")
		out, err := cmd.CombinedOutput()
		codes = append(codes, fmt.Sprint(cmd.ProcessState.ExitCode()))
		if err == nil {
			break
		}
		switch n {
		case 0:
			_, hit := h.proxy.result()
			t.Logf("killed %v %s", place, hit)
		case 4:
			t.Fatalf("it does not come to an end: exit codes %v\n%s", codes, out)
		}
		h.proxy.point(aim{})
	}
	t.Logf("exit codes of meltano run: %v", codes)
	seen, err := trial.visible()
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(seen)
	for row := range trial.plan.input.rows() {
		if seen[row] != 1 {
			t.Fatalf("row %d is there %d times: %s", row, seen[row], text)
		}
	}
}
