package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// loadTogether lets several loads begin at once. Those of one name have the same rows:
// one of them loads; the others find its commits in their way, or finish one of them.
// Without a name they load rows of their own into the same table, and all end well.
func (t *trial) loadTogether() error {
	t.ran, t.code, t.hit = kill{}, 0, ""
	if t.proxy != nil {
		t.proxy.point(aim{})
	}
	own := t.plan.input.loads > 0
	results := make([]result, t.plan.together)
	errs := make([]error, len(results))
	guides := make([]guide, len(results))
	var all sync.WaitGroup
	for i := range results {
		p, err := t.launchOne(&guides[i])
		if err != nil {
			return err
		}
		all.Go(func() {
			results[i], errs[i] = p.wait(func(w io.Writer) error {
				if t.plan.exactlyOnce {
					t.awaitJournals(guides)
				}
				if own {
					return t.plan.input.write(w, i, 0)
				}
				return t.plan.input.write(w, 0, 0)
			})
		})
	}
	all.Wait()
	for i, r := range results {
		if errs[i] != nil {
			return errs[i]
		}
		if done, err := t.judge(r); err != nil || own && !done {
			return fmt.Errorf("one of %d loads: exit code %d, %w", len(results), r.code, err)
		}
		if err := t.keep(r); err != nil {
			return err
		}
	}
	return t.verify(own)
}

func (t *trial) launchOne(g *guide) (*process, error) {
	if t.plan.store != "s3" {
		return launchGuided(g, aim{}, t.program, "--config", t.config)
	}
	p, err := prepared(t.program, "--config", t.config)
	if err != nil {
		return nil, err
	}
	return p, p.cmd.Start()
}

// awaitJournals returns when all loads know their journal: a tap that begins with a
// state of yesterday, when another load has come and gone, brings its rows again.
func (t *trial) awaitJournals(guides []guide) {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		know := 0
		if t.plan.store == "s3" {
			know = t.proxy.journals()
		}
		for i := range guides {
			if guides[i].knowsJournal.Load() {
				know++
			}
		}
		if know >= t.plan.together {
			return
		}
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
