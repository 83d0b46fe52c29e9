package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/storetest"
)

// The model of package journal says what it asks for in a file. A load and a recovery by
// the program, with one table and one checkpoint, ask for the same, whichever request is
// lost on its way, and whichever answer.
func TestModelIsTheProgram(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "target", "journal", "testdata", "programs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range strings.Lines(string(text)) {
		lines++
		what, want, _ := strings.Cut(strings.TrimSpace(line), ": ")
		program, lost, _ := strings.Cut(what, ", request ")
		n, when := 0, ""
		if lost != "" {
			if _, err := fmt.Sscanf(lost, "%d lost %s", &n, &when); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
		}
		if got := askedFor(t, program, n, when); got != want {
			t.Errorf("%s:\nthe program %s\nthe model   %s", what, got, want)
		}
	}
	if lines < 20 {
		t.Errorf("only %d lines", lines)
	}
}

var errNoAnswer = errors.New("no answer")

// asker counts what is asked for, and loses one of the requests, or its answer.
type asker struct {
	asked []string
	at    int
	when  string // before, after
}

func (a *asker) before(what string) error {
	a.asked = append(a.asked, what)
	return a.lost("before")
}

func (a *asker) lost(when string) error {
	if len(a.asked) == a.at && a.when == when {
		return errNoAnswer
	}
	return nil
}

// Write is standard output.
func (a *asker) Write(b []byte) (int, error) {
	if err := a.before("out"); err != nil {
		return 0, err
	}
	return len(b), a.lost("after")
}

func askedFor(t *testing.T, program string, n int, when string) string {
	memory := storetest.NewMemory()
	if program == "recovery" { // of a load that came as far as to publish
		crashed := &asker{}
		_ = runAsked(t, crashed, &storetest.Faulty{Store: memory, Before: func(_ context.Context, c storetest.Call) error {
			if c.Op == storetest.OpPublish {
				return errNoAnswer
			}
			return nil
		}})
	}
	a := &asker{at: n, when: when}
	err := runAsked(t, a, &storetest.Faulty{
		Store:  memory,
		Before: func(_ context.Context, c storetest.Call) error { return a.before(string(c.Op)) },
		After:  func(context.Context, storetest.Call) error { return a.lost("after") },
	})
	how := "ends well"
	var again *finishedError
	switch {
	case errors.As(err, &again):
		how = "is to be run again"
	case err != nil:
		how = "fails"
	}
	return strings.Join(a.asked, " ") + "; " + how
}

// runAsked is what the command does with an open bucket.
func runAsked(t *testing.T, states io.Writer, bucket *storetest.Faulty) error {
	c := config.Default()
	c.ExactlyOnce, c.BatchWaitLimit, c.RunID = "model", 0, config.NewRunID()
	log := slog.New(slog.DiscardHandler)
	j, done, err := openJournal(t.Context(), bucket, c, "", states, log)
	if err != nil || done {
		return err
	}
	defer j.end(t.Context(), log)
	_, err = target.Load(t.Context(), strings.NewReader(`{"type": "SCHEMA", "stream": "a", "key_properties": [], "schema": {}}
{"type": "RECORD", "stream": "a", "record": {"n": 1}}
{"type": "STATE", "value": 1}
`), nil, target.Options{Config: c, Store: bucket, State: states, RunKey: newRunKey(), Journal: j})
	return err
}
