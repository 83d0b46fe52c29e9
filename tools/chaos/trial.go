package main

import (
	"bytes"
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
	requests   int // of the run that was not killed
	left       int // uploads, where nothing was killed
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
	faulty  bool   // the process that ran last met a fault
	unclean bool   // a process could not remove what it staged
	clears  bool   // the process that ran last had to leave a folder as it was before the commit
}

// run lets the pipeline run until it has ended well, and counts the rows.
func (h *harness) run(p plan) (outcome, error) {
	t := &trial{harness: h, plan: p, out: outcome{kills: map[string]int{}, faults: map[string]int{}, rows: p.input.rows()}}
	if err := t.prepare(); err != nil {
		return t.out, err
	}
	defer t.clean()
	if p.together > 0 {
		if err := t.loadTogether(); err != nil {
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
		if done || err != nil {
			t.out.left = t.uploads()
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
		if r.code != 0 {
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
		if r.code == 1 && t.faulty {
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
	feed := func(w io.Writer) error { return t.plan.input.write(w, from) }
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
	case r.code == 1 && t.faulty:
		t.out.failed++
	case r.code != -1:
		return false, fmt.Errorf("exit code %d\n%s", r.code, r.stderr)
	}
	return false, nil
}

// giveUp does what the error says of a commit whose uploads are gone: versitygw loses
// one where it is killed in the middle of its completion. The objects of the commit
// that are visible are removed, and the pipeline returns to the state before.
func (t *trial) giveUp() error {
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
	a := aim{request: k.at, place: k.place, wait: k.wait, fault: k.fault, times: k.times}
	if t.plan.store != "s3" {
		t.guide = &guide{}
		return launchGuided(t.guide, a, t.program, args...)
	}
	if p, err = launch(t.program, args...); err == nil {
		a.kill = p.kill
		t.proxy.point(a)
	}
	return p, err
}

// note counts the kill.
func (t *trial) note(k kill, r result, command string) {
	var hit string
	if t.plan.store == "s3" {
		t.out.requests, hit = t.proxy.result()
	} else {
		t.out.requests, hit = t.guide.result()
	}
	if t.faulty = k.fault != "" && hit != ""; t.faulty {
		t.out.faults[string(k.fault)+": "+hit]++
	}
	t.unclean = t.unclean || t.faulty && (k.times == stays || strings.Contains(hit, "remove")) || r.code == -1
	t.clears = t.faulty && t.plan.store != "s3" && !t.unclean
	if r.code != -1 {
		return
	}
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

// journal is what the journal says; there may be none.
func (t *trial) journal() (open bool, next int, found bool) {
	text, err := os.ReadFile(filepath.Join(t.dir, "_target_s3", "pipeline.json"))
	if err != nil {
		return false, 0, false
	}
	var doc struct {
		Status string
		State  json.RawMessage
	}
	if json.Unmarshal(text, &doc) != nil {
		return false, 0, false
	}
	next, err = nextOf(string(doc.State))
	return doc.Status == "open", next, err == nil
}

// isInside reports whether a commit is half done.
func (t *trial) isInside() bool {
	if open, _, found := t.journal(); found {
		return open
	}
	seen, err := t.visible()
	next, failure := nextOf(orEmpty(t.state))
	return err == nil && failure == nil && t.beyond(seen, next) > 0
}

// uploads is how many are on their way on the server, where no process was killed
// that could not have aborted them.
func (t *trial) uploads() int {
	if total(t.out.kills) > 0 {
		return 0
	}
	where := []string{".sgwtmp", "multipart", "*", "*"}
	if t.plan.store != "s3" {
		where = []string{"chaos", "*", ".*.part"}
	}
	left, _ := filepath.Glob(filepath.Join(append([]string{t.dir}, where...)...))
	return len(left)
}

// beyond is how many rows are visible that no state covers.
func (t *trial) beyond(seen map[int]int, next int) (n int) {
	for row := range seen {
		if t.plan.input.checkpointOf(row) >= next {
			n++
		}
	}
	return n
}

// isClear sees that a commit which failed on a folder has left nothing.
func (t *trial) isClear(seen map[int]int, next int) error {
	open, _, found := t.journal()
	if !t.clears || open {
		return nil
	}
	if n := t.beyond(seen, next); n > 0 && !found {
		return fmt.Errorf("%d rows are visible beyond the state, which is %q, after the fault %v", n, t.state, t.out.faults)
	}
	if n := t.uploads(); n > 0 {
		return fmt.Errorf("%d staged files are left behind after the fault %v", n, t.out.faults)
	}
	return nil
}

// visible counts how often each row can be read. Every file must be whole.
func (t *trial) visible() (map[int]int, error) {
	seen := map[int]int{}
	err := filepath.WalkDir(filepath.Join(t.dir, "chaos"), func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) || err == nil && (d.IsDir() || strings.HasPrefix(d.Name(), ".")):
			return nil
		case err != nil:
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.HasSuffix(text, []byte("\n")) {
			return fmt.Errorf("%s ends in the middle of a row", path)
		}
		for line := range bytes.Lines(text) {
			var row struct{ ID *int }
			if err := json.Unmarshal(line, &row); err != nil || row.ID == nil {
				return fmt.Errorf("%s: %.100q is not a row", path, line)
			}
			seen[*row.ID]++
		}
		return nil
	})
	return seen, err
}

// verify holds the promises: whatever a state covers is there, whenever it is looked;
// and in the end everything is, with exactly_once a single time.
func (t *trial) verify(done bool) error {
	if done && t.proxy != nil {
		t.proxy.flush()
	}
	seen, err := t.visible()
	if err != nil {
		return err
	}
	next, err := nextOf(orEmpty(t.state))
	if err != nil {
		return err
	}
	if open, covered, found := t.journal(); found && !open {
		if n := t.beyond(seen, covered); n > 0 {
			return fmt.Errorf("%d rows are visible beyond the state of the journal, which is %d and done", n, covered)
		}
	}
	if err := t.isClear(seen, next); err != nil {
		return err
	}
	t.out.lost, t.out.copies = 0, 0
	for row := range t.plan.input.rows() {
		n := seen[row]
		if covered := done || t.plan.input.checkpointOf(row) < next; covered && n == 0 {
			t.out.lost++
		}
		t.out.copies += max(0, n-1)
	}
	if t.out.lost > 0 || t.out.copies > 0 && t.plan.exactlyOnce {
		return fmt.Errorf("%d rows are lost, %d are there twice; the state is %q", t.out.lost, t.out.copies, t.state)
	}
	return nil
}
