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
	"slices"
	"strings"
)

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

// uploads are those on their way on the server, or staged files in a folder.
func (t *trial) uploads() (left []string) {
	if t.plan.store == "s3" {
		left, _ = filepath.Glob(filepath.Join(t.dir, ".sgwtmp", "multipart", "*", "*"))
		return left
	}
	_ = filepath.WalkDir(t.dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".part") {
			left = append(left, path)
		}
		return nil
	})
	return left
}

// sweepUp removes what was left, which makes no difference to what is visible.
func (t *trial) sweepUp() error {
	left := t.uploads()
	if total(t.out.kills) == 0 {
		t.out.left = len(left)
	}
	if len(left) == 0 || t.lossy() {
		return nil
	}
	t.plan.kills = nil
	r, err := t.process(func(io.Writer) error { return nil }, "sweep", "--config", t.config, "--older-than", "1ms")
	if err != nil || r.code != 0 {
		return fmt.Errorf("sweep in the end: exit code %d, %w\n%s", r.code, err, r.stderr)
	}
	if still := t.uploads(); len(still) > 0 {
		return fmt.Errorf("target-s3 sweep has left %q\n%s", still, r.stderr)
	}
	t.out.swept = len(left)
	return t.verify(true)
}

// lossy reports whether the server was killed: versitygw then forgets of some uploads
// that they are uploads.
func (t *trial) lossy() bool {
	for what := range t.out.faults {
		if fault(what).isDown() {
			return true
		}
	}
	return false
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

// isClear sees that a commit which failed has left nothing: no row that no state covers,
// and no upload but those that an open journal names.
func (t *trial) isClear(seen map[int]int, next int) error {
	open, _, found := t.journal()
	if t.hit == "" || t.code == -1 || open {
		return nil
	}
	if n := t.beyond(seen, next); n > 0 && !found && t.code != 0 && !t.mayBeBeyond() {
		return fmt.Errorf("%d rows are visible beyond the state, which is %q, after the fault %v at %s", n, t.state, t.out.faults, t.hit)
	}
	if left := t.uploads(); len(left) > 0 && !t.unclean {
		return fmt.Errorf("%q are left behind after the fault %v at %s", left, t.out.faults, t.hit)
	}
	return nil
}

// mayBeBeyond reports whether other files of the commit may be visible: a bucket takes
// nothing back, and a folder cannot where nothing can be removed.
func (t *trial) mayBeBeyond() bool {
	if t.plan.store == "s3" {
		return !t.plan.exactlyOnce && slices.Contains([]string{"put object", "complete upload", "head object"}, t.hit) || t.ran.scope == everything
	}
	return t.unclean && t.ran.scope != ofTable
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
	if t.proxy != nil {
		t.proxy.settle()
		if done {
			t.proxy.flush()
		}
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
