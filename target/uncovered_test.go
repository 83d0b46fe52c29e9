package target_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/storetest"
)

// upToLastState is what must come of an input if only what a STATE covers is loaded,
// and how many records of each stream that leaves out.
func upToLastState(all outcome) (outcome, map[string]int64) {
	last := -1
	if n := len(all.states); n > 0 {
		last = all.states[n-1].line
	}
	some := outcome{rows: map[table][]record{}, states: all.states, ends: all.ends}
	left := map[string]int64{}
	for t, rows := range all.rows {
		for _, r := range rows {
			if r.line < last {
				some.rows[t] = append(some.rows[t], r)
			} else {
				left[r.stream]++
			}
		}
	}
	for _, r := range all.rejected {
		if r.line < last {
			some.rejected = append(some.rejected, r)
		} else {
			left[r.stream]++
		}
	}
	return some, left
}

// TestUncoveredRecordsAreLeft compares random loads with the model, with much and
// little room for records that wait for their STATE.
func TestUncoveredRecordsAreLeft(t *testing.T) {
	rounds, set := 250, 0
	if raceDetector || testing.Short() {
		rounds = 15
	}
	for seed := range rounds {
		g := newGenerator(uint64(20_000 + seed))
		g.settings()
		g.config.UncoveredRecords = config.UncoveredDiscard
		if g.chance(50) {
			g.config.MemoryLimitBytes = 10_000 << g.IntN(8)
		}
		input := g.input(1 + g.IntN(200))
		want, left := upToLastState(model(g.config, input, maxLine(g.config)))
		d, workers := deliveries[g.IntN(len(deliveries))], 1+g.IntN(4)
		store, states := storetest.NewMemory(), &stateLog{}
		check := &stateCheck{view: newView(store, g.config), want: want, log: states}
		o := options(store, check)
		o.Config, o.Workers = g.config, workers
		summary, err := target.Load(t.Context(), d.reader(input), nil, o)
		if want.ends < 0 && len(left) > 0 {
			set++
			var uncovered *target.UncoveredError
			if !errors.As(err, &uncovered) || !maps.Equal(uncovered.Streams, left) || uncovered.NoState != (len(want.states) == 0) {
				t.Errorf("error %v, want one about %v", err, left)
			}
		} else {
			checkError(t, g.config, want, err)
		}
		if check.err != nil {
			t.Error(check.err)
		}
		if err := check.view.check(want, math.MaxInt, math.MaxInt); err != nil {
			t.Error(err)
		}
		if n, all := len(want.states), states.all(); n > 0 && (len(all) == 0 || all[len(all)-1] != want.states[n-1].text) {
			t.Errorf("states %q, the last one must be %s", all, want.states[n-1].text)
		}
		if staged := store.Staged(); len(staged) > 0 || summary.Uncovered != 0 {
			t.Errorf("still staged: %q, uncovered: %d", staged, summary.Uncovered)
		}
		checkSummary(t, summary, want, store, states)
		if t.Failed() {
			t.Fatalf("seed %d: %s, %d workers, settings %+v\n%.1500s", seed, d.name, workers, g.config, input)
		}
	}
	if set < rounds/10 {
		t.Errorf("only %d inputs ended without a STATE", set)
	}
}

// TestUncoveredRecordsDependOnInputAlone holds that files begin at the same rows in
// every delivery, wherever waiting records become too many.
func TestUncoveredRecordsDependOnInputAlone(t *testing.T) {
	rounds := 6
	if raceDetector || testing.Short() {
		rounds = 1
	}
	for seed := range rounds {
		g := newGenerator(uint64(21_000 + seed))
		g.settings()
		g.config.UncoveredRecords = config.UncoveredDiscard
		g.config.MemoryLimitBytes = 20_000 << seed
		input := g.input(600)
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			sameEverywhere(t, g.config, input, slices.Delete(slices.Clone(deliveries), 1, 2))
		})
	}
}

// TestStopLeavesUncoveredRecords is about a signal: there is no error then.
func TestStopLeavesUncoveredRecords(t *testing.T) {
	for _, limit := range []int64{512 << 20, 10_000} { // they wait, or have files of their own
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			c := &b.o.Config
			c.BatchWaitLimit, c.UncoveredRecords, c.MemoryLimitBytes = time.Hour, config.UncoveredDiscard, limit
			b.start()
			b.write(schemaLine("a"), schemaLine("b"), rowLine("a", 1), stateLine(1))
			for n := range 100 {
				b.write(rowLine("a", n), rowLine("b", n))
			}
			close(b.stop)
			if err := b.end(); err != nil {
				t.Error(err)
			}
			b.wantStates(`{"at":1}`)
			b.wantRows("a", 1)
			b.wantRows("b", 0)
		})
	}
}

// TestDiscardHasNoCommitWithoutAState has neither the clock nor an empty STATE bring
// out what nothing covers.
func TestDiscardHasNoCommitWithoutAState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		c := &b.o.Config
		c.BatchWaitLimit, c.MaxUncommitted, c.UncoveredRecords = 10*time.Second, time.Minute, config.UncoveredDiscard
		b.start()
		b.write(schemaLine("a"), rowLine("a", 1))
		sleep(time.Hour)
		b.write(`{"type":"STATE","value":{}}` + "\n")
		sleep(time.Hour)
		b.wantRows("a", 0)
		b.write(stateLine(1))
		b.wantStates(`{"at":1}`) // it has been due for long
		b.wantRows("a", 1)

		b.write(rowLine("a", 2)) // the clock starts with the row, not with its STATE
		sleep(8 * time.Second)
		b.write(stateLine(2))
		sleep(2*time.Second - 1)
		b.wantStates(`{"at":1}`)
		sleep(1)
		b.wantStates(`{"at":1}`, `{"at":2}`)
		_ = b.input.Close()
		if err := b.end(); err != nil {
			t.Error(err)
		}
	})
}

// TestUncoveredErrorSaysWhatToDo reads the two sentences.
func TestUncoveredErrorSaysWhatToDo(t *testing.T) {
	for input, want := range map[string]string{
		rowLine("a", 1): "the tap sent no STATE, so its records were not loaded: 1 of stream \"a\". If this tap never sends",
		rowLine("a", 1) + stateLine(1) + rowLine("a", 2) + rowLine("b", 3) + rowLine("b", 4): "the input ended without a STATE for its last records, so they were not loaded and are left to the next run: 1 of stream \"a\", 2 of stream \"b\". If the tap failed",
	} {
		o := options(storetest.NewMemory(), &bytes.Buffer{})
		o.Config.UncoveredRecords = config.UncoveredDiscard
		_, err := target.Load(t.Context(), strings.NewReader(schemaLine("a")+schemaLine("b")+input), nil, o)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
