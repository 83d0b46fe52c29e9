package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// outcome is what became of a pipeline.
type outcome struct {
	kills      map[string]int // by where they were
	faults     map[string]int // by what they were and where
	inside     int            // kills that left a commit half done
	recoveries int            // runs that ended with 75
	refused    int            // runs that met the commit of another
	gaveUp     int            // commits whose uploads the server had lost
	failed     int            // runs that ended with 1 for a fault
	rows       int
	lost       int
	copies     int
	names      [][]string // of each process's requests or steps
	left       int        // uploads, where nothing was killed
	swept      int        // uploads that target-s3 sweep removed in the end
}

// trial is one pipeline on a bucket of its own.
type trial struct {
	*harness
	plan    plan
	dir     string // where the objects are
	config  string
	state   string // that the runner has; empty: none
	out     outcome
	guide   *guide // of the process that ran last, on a folder
	ran     kill   // of the process that ran last
	code    int    // its exit code
	hit     string // the request or step of it that met a fault
	gone    bool   // that process said that its uploads were
	unclean bool   // a process may have left what it staged
}

// run lets the pipeline run until it has ended well, and counts the rows.
func (h *harness) run(p plan) (outcome, error) {
	t := &trial{harness: h, plan: p, out: outcome{kills: map[string]int{}, faults: map[string]int{}, rows: p.input.rows()}}
	if err := t.prepare(); err != nil {
		return t.out, err
	}
	defer t.clean()
	if p.together > 0 {
		if err := t.loadTogether(); err != nil || p.input.loads > 0 {
			return t.out, err
		}
	}
	for n := 0; ; n++ {
		if n > len(p.kills)+8 {
			return t.out, errors.New("it does not come to an end")
		}
		done, err := t.pipeline()
		if err == nil {
			err = t.verify(done)
		}
		if done && err == nil {
			err = t.sweepUp()
		}
		if done || err != nil {
			return t.out, err
		}
	}
}

func (t *trial) prepare() error {
	t.number++
	bucket := fmt.Sprintf("chaos-%d", t.number)
	settings := map[string]any{
		"s3_bucket": bucket, "batch_wait_limit_seconds": 0, "integration_name": "chaos",
		"s3_key_format_string": "[integration_name]/[table_name]/[table_version]_[timestamp_loaded].[csv|jsonl]",
	}
	if t.plan.exactlyOnce {
		settings["exactly_once"] = "pipeline"
	}
	switch t.plan.store {
	case "s3":
		t.dir = filepath.Join(t.server.Data, bucket)
		settings["aws_endpoint_url"], settings["aws_region"] = t.proxy.address, "us-east-1"
		settings["aws_access_key_id"], settings["aws_secret_access_key"] = t.server.AccessKey, t.server.SecretKey
	default:
		root := filepath.Join(t.scratch, "folder")
		t.dir = filepath.Join(root, bucket)
		settings["aws_endpoint_url"] = "file:" + root
	}
	if t.plan.store == "s3" {
		if err := t.server.createBucket(filepath.Base(t.dir)); err != nil {
			return err
		}
	}
	text, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	t.config = filepath.Join(t.scratch, "config.json")
	return os.WriteFile(t.config, text, 0o600)
}

func (t *trial) clean() { _ = os.RemoveAll(t.dir) }

// pipeline is what a runner does: the tap goes on from the state that there is, and
// what the target says is kept. It reports whether all is loaded.
func (t *trial) pipeline() (done bool, err error) {
	if t.plan.sweeps {
		r, err := t.process(func(io.Writer) error { return nil }, "sweep", "--config", t.config, "--older-than", "1ms")
		if err != nil || r.code == -1 {
			return false, err
		}
		if r.code != 0 && !(r.code == 1 && t.hit != "") {
			return false, fmt.Errorf("sweep: exit code %d\n%s", r.code, r.stderr)
		}
	}
	if t.plan.fromBucket {
		r, err := t.process(func(io.Writer) error { return nil }, "state", "--config", t.config)
		if err != nil || r.code == -1 {
			return false, err
		}
		if r.code == 1 && strings.Contains(r.stderr, "cannot be finished") {
			return false, t.giveUp()
		}
		if r.code == 1 && t.hit != "" {
			t.out.failed++
			return false, nil
		}
		if r.code != 0 || len(r.states) != 1 {
			return false, fmt.Errorf("state: exit code %d, %q\n%s", r.code, r.states, r.stderr)
		}
		t.state = r.states[0]
	}
	from, err := nextOf(orEmpty(t.state))
	if err != nil {
		return false, err
	}
	feed := func(w io.Writer) error { return t.plan.input.write(w, 0, from) }
	r, err := t.process(feed, "--config", t.config)
	if err != nil {
		return false, err
	}
	if n := len(r.states); n > 0 && !t.plan.fromBucket {
		t.state = r.states[n-1]
	}
	return t.judge(r)
}

// judge says whether all is loaded, and what else a load may end with.
func (t *trial) judge(r result) (done bool, err error) {
	switch {
	case r.code == 0:
		return true, nil
	case r.code == 75 && t.plan.exactlyOnce:
		t.out.recoveries++
	case r.code == 1 && t.plan.exactlyOnce && strings.Contains(r.stderr, "was changed by another load"):
		t.out.refused++
	case r.code == 1 && strings.Contains(r.stderr, "cannot be finished"):
		return false, t.giveUp()
	case r.code == 1 && t.hit != "":
		t.out.failed++
	case r.code != -1:
		return false, fmt.Errorf("exit code %d\n%s", r.code, r.stderr)
	}
	return false, nil
}

// giveUp does what the error says of a commit whose uploads are gone: versitygw loses
// one where it is killed in the middle of its completion. The objects of the commit
// that are visible are removed, and the pipeline returns to the state before. Where the
// process was lied to it is first run again.
func (t *trial) giveUp() error {
	if t.hit != "" && !t.gone {
		t.gone = true
		t.out.failed++
		return nil
	}
	t.out.gaveUp++
	text, err := os.ReadFile(filepath.Join(t.dir, "_target_s3", "pipeline.json"))
	if err != nil {
		return err
	}
	var doc struct{ Objects []struct{ Key string } }
	if err := json.Unmarshal(text, &doc); err != nil {
		return err
	}
	for _, o := range doc.Objects {
		if err := os.Remove(filepath.Join(t.dir, o.Key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	t.plan.kills = nil
	r, err := t.process(func(io.Writer) error { return nil }, "state", "--give-up", "--config", t.config)
	if err != nil {
		return err
	}
	if r.code != 0 || len(r.states) != 1 {
		return fmt.Errorf("state --give-up: exit code %d, %q\n%s", r.code, r.states, r.stderr)
	}
	t.state = r.states[0]
	return nil
}

func orEmpty(state string) string {
	if state == "" {
		return "{}"
	}
	return state
}

// process runs the program, and kills it where the plan says.
func (t *trial) process(feed func(io.Writer) error, args ...string) (result, error) {
	var k kill
	if len(t.plan.kills) > 0 {
		k, t.plan.kills = t.plan.kills[0], t.plan.kills[1:]
	}
	p, err := t.launch(k, args...)
	if err != nil {
		return result{}, err
	}
	if k.time > 0 {
		timer := time.AfterFunc(k.time, p.kill)
		defer timer.Stop()
	}
	r, err := p.wait(feed)
	if err != nil {
		return r, err
	}
	t.note(k, r, args[0])
	return r, nil
}

func (t *trial) launch(k kill, args ...string) (p *process, err error) {
	a := aim{request: k.at, place: k.place, wait: k.wait, fault: k.fault, scope: k.scope}
	if t.plan.store != "s3" {
		t.guide = &guide{}
		return launchGuided(t.guide, a, t.program, args...)
	}
	if p, err = prepared(t.program, args...); err != nil {
		return nil, err
	}
	a.kill = p.kill
	t.proxy.point(a)
	return p, p.cmd.Start()
}

// note counts the kill or the fault.
func (t *trial) note(k kill, r result, command string) {
	var hit string
	var names []string
	if t.plan.store == "s3" {
		names, hit = t.proxy.result()
	} else {
		names, hit = t.guide.result()
	}
	t.out.names = append(t.out.names, names)
	t.ran, t.code, t.hit = k, r.code, ""
	if k.fault != "" && hit != "" {
		t.hit = hit
		t.out.faults[fmt.Sprintf("%s (%s)", k.fault, k.scope)]++
		t.unclean = t.unclean || t.mayLeave(hit)
	}
	if r.code != -1 {
		return
	}
	t.unclean = true
	where := "at a random moment"
	if k.time == 0 {
		where = hit
		if t.plan.store == "s3" {
			where = k.place.String() + " " + hit
		}
	}
	if command == "state" || command == "sweep" {
		where += " (" + command + ")"
	}
	t.out.kills[where]++
	if t.isInside() {
		t.out.inside++
	}
}

// mayLeave reports whether the process that ran last may have left what it staged.
func (t *trial) mayLeave(hit string) bool {
	if t.plan.store == "s3" {
		return t.ran.mayLeave(hit)
	}
	return strings.Contains(hit, "remove") || t.ran.scope == always || t.ran.scope == ofTable && t.ran.fault.lasts("remove")
}
