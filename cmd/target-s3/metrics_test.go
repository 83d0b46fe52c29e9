package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// What is tried again is counted, whether the log shows it or not.
func TestRetriesCounted(t *testing.T) {
	var shown bytes.Buffer
	m := &metricsFile{}
	log := m.counting(slog.New(slog.NewTextHandler(&shown, &slog.HandlerOptions{Level: slog.LevelWarn}))).With("a", "b").WithGroup("g")
	log.Debug("a request failed", "try", "1 of 3")
	log.Warn("cannot connect", "try", "2 of 3")
	log.Warn("something else")
	if n := m.retries.Load(); n != 2 {
		t.Errorf("%d tries are counted, want 2", n)
	}
	if lines := strings.Count(shown.String(), "\n"); lines != 2 || !strings.Contains(shown.String(), `msg="cannot connect" a=b g.try="2 of 3"`) {
		t.Errorf("the log shows\n%s", &shown)
	}
}
