package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// loadTogether lets several loads of one name begin at once, from the same state. One
// of them loads; the others find its commits in their way, or finish one of them.
func (t *trial) loadTogether() error {
	t.proxy.point(aim{})
	results := make([]result, t.plan.together)
	errs := make([]error, len(results))
	var all sync.WaitGroup
	for i := range results {
		p, err := launch(t.program, "--config", t.config)
		if err != nil {
			return err
		}
		all.Go(func() {
			results[i], errs[i] = p.wait(func(w io.Writer) error {
				t.awaitJournals()
				return t.plan.input.write(w, 0)
			})
		})
	}
	all.Wait()
	t.faulty = false
	for i, r := range results {
		if errs[i] != nil {
			return errs[i]
		}
		if _, err := t.judge(r); err != nil {
			return fmt.Errorf("one of %d loads: %w", len(results), err)
		}
		if err := t.keep(r); err != nil {
			return err
		}
	}
	return t.verify(false)
}

// awaitJournals returns when all loads have read their journal: a tap that begins with
// a state of yesterday, when another load has come and gone, brings its rows again.
func (t *trial) awaitJournals() {
	for deadline := time.Now().Add(20 * time.Second); t.proxy.journals() < t.plan.together && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
}

// keep keeps the newest state that any of them wrote.
func (t *trial) keep(r result) error {
	for _, state := range r.states {
		next, err := nextOf(state)
		if err != nil {
			return err
		}
		if last, err := nextOf(orEmpty(t.state)); err != nil || next > last {
			t.state = state
		}
	}
	return nil
}
