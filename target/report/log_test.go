package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/report"
)

// hostile is a name that an attacker chose: it would clear the screen, begin a
// line of its own, and turn the rest around.
const hostile = "a\x1b[2J\nlevel=ERROR\u202e\x7f\""

// events are one of each, with what can be said of it.
func events() []target.Event {
	object := target.Object{Key: "k/orders/1_2.jsonl", Location: "s3://b/k/orders/1_2.jsonl", Table: "orders", Version: 1, Rows: 3, Bytes: 99}
	rejects := target.Object{Key: "k/_sdc_rejected/1_3.jsonl", Location: "s3://b/k/_sdc_rejected/1_3.jsonl", Table: "_sdc_rejected", Version: 1, Rows: 5, Bytes: 500}
	return []target.Event{
		target.Schema{Stream: "orders", Table: "orders", Keys: []string{"id"}, Changed: true},
		target.NoKeys{Stream: hostile},
		target.ObjectKey{Stream: "orders", Property: hostile},
		target.NotJoined{Stream: hostile},
		target.FolderName{Stream: "orders", Property: "DT", Folder: "dt"},
		target.UnknownType{Type: hostile, At: target.Position{Line: 7}},
		target.Rejection{Stream: "orders", Reason: "id: Invalid type", At: target.Position{File: "a b.singer", Line: 8}},
		target.Rejection{Stream: hostile, Reason: hostile, At: target.Position{Line: 9}},
		target.LeftUnchecked{At: target.Position{Line: 10}},
		target.LeftUncovered{Streams: map[string]int64{"orders": 2, hostile: 3}},
		target.NoState{Counts: target.Counts{Records: 11, Rejected: 2, Uncovered: 13}},
		target.Checkpoint{
			Objects: []target.Object{object, rejects}, Counts: target.Counts{Records: 3, Rejected: 5},
			Streams: map[string]target.Counts{"orders": {Records: 3, Rejected: 1}, "bad": {Rejected: 4}, "covered later": {}},
			State:   []byte(`{"at":1}`), Took: 250 * time.Millisecond,
		},
		target.Checkpoint{State: []byte(`{"at":2}`), Took: time.Millisecond},
		target.Progress{Counts: target.Counts{Records: 3, Rejected: 5}, Staged: target.Counts{Records: 1}, Open: 1, Held: 70}, // the checkpoint said it
		target.Progress{Counts: target.Counts{Records: 3, Rejected: 5}, Staged: target.Counts{Records: 20, Rejected: 1}, Open: 2, Held: 4096},
		target.Progress{Counts: target.Counts{Records: 3, Rejected: 5}, Staged: target.Counts{Records: 20, Rejected: 1}, Open: 2, Held: 4096, Silent: 125 * time.Second},
		target.NotAborted{Key: object.Key, Err: errors.New("answer: " + hostile)},
		target.NotRetracted{Location: object.Location, Err: errors.New("permission denied")},
		target.Ended{Outcome: target.Interrupted, Summary: target.Summary{
			Counts: target.Counts{Records: 3, Rejected: 5, Uncovered: 1}, Objects: 2, Bytes: 599, States: 2, Duration: 1500 * time.Millisecond,
			State: target.Position{File: "a b.singer", Line: 12},
			Table: target.TableSummary{Objects: 1, Bytes: 500, Last: rejects},
			Streams: map[string]*target.StreamSummary{
				"orders": {
					TableSummary: target.TableSummary{Objects: 1, Bytes: 99, Last: object}, Counts: target.Counts{Records: 3, Rejected: 1},
					Reasons: []target.Reason{{Text: "id: Invalid type", Count: 1}}, Proven: 2, Asked: 1, Slow: []string{"pattern"},
				},
				"bad": {Counts: target.Counts{Rejected: 14}, Reasons: []target.Reason{
					{Text: "one", Count: 5}, {Text: hostile, Count: 4}, {Text: "three", Count: 2}, {Text: "four", Count: 1},
				}},
			},
		}},
		target.Ended{Outcome: target.Succeeded, Empty: true},
		target.Ended{Outcome: target.Rejected, Empty: true},
		target.Ended{Outcome: target.Failed, Empty: true},
	}
}

// TestLog holds every line of every event in every form. After a change that is
// meant, UPDATE_GOLDEN=1 writes the files anew.
func TestLog(t *testing.T) {
	clock := map[string]*regexp.Regexp{
		config.LogText:   regexp.MustCompile(`(?m)^time=\S+ `),
		config.LogJSON:   regexp.MustCompile(`"time":"[^"]*",`),
		config.LogSinger: regexp.MustCompile(`"ts":[0-9.e+]*,`),
	}
	for format, time := range clock {
		var out bytes.Buffer
		tell := report.Log(report.NewLogger(&out, config.Config{LogFormat: format, LogLevel: slog.LevelDebug}, 42))
		for _, e := range events() {
			out.WriteString("\n# " + reflect.TypeOf(e).Name() + "\n")
			before := out.Len()
			tell(e)
			for line := range strings.Lines(string(out.Bytes()[before:])) {
				line = strings.TrimSuffix(line, "\n")
				checkLine(t, format, line)
			}
		}
		got := time.ReplaceAll(out.Bytes(), nil)
		golden := filepath.Join("testdata", format+".golden")
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(golden, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("the lines differ from those in %s:\n%s", golden, got)
		}
	}
}

// checkLine holds what must be true of a line whatever it says.
func checkLine(t *testing.T, format, line string) {
	t.Helper()
	for _, r := range line {
		if r < ' ' || r == 0x7f || r == '\u202e' {
			t.Errorf("%s: %q has a control character", format, line)
		}
	}
	switch format {
	case config.LogText:
		if !strings.HasPrefix(line, "time=") && !strings.HasPrefix(line, "INFO METRIC: {") {
			t.Errorf("%q is not a line of the log", line)
		}
	case config.LogSinger:
		checkSingerLine(t, line)
	default:
		if !json.Valid([]byte(line)) {
			t.Errorf("%s: %q is not JSON", format, line)
		}
	}
}

// checkSingerLine holds a line to logs.schema.json of the Meltano SDK: these members
// are required, and of these types.
func checkSingerLine(t *testing.T, line string) {
	t.Helper()
	var l map[string]any
	if err := json.Unmarshal([]byte(line), &l); err != nil {
		t.Errorf("singer: %q is not JSON: %v", line, err)
	}
	for member, types := range map[string]string{
		"level": "string", "pid": "float64", "logger_name": "string", "ts": "float64", "thread_name": "string", "app_name": "string",
		"stream_name": "string <nil>", "message": "string", "extra": "map[string]interface {}",
	} {
		value, ok := l[member]
		if !ok || !strings.Contains(types, fmt.Sprintf("%T", value)) {
			t.Errorf("singer: %s must be there and be %s: %s", member, types, line)
		}
	}
	if m, ok := l["metric_info"].(map[string]any); ok {
		tags, _ := m["tags"].(map[string]any)
		if l["stream_name"] != tags["stream"] {
			t.Errorf("singer: the metric does not name its stream: %s", line)
		}
	}
}

// TestLevel holds that what is below the level is not written.
func TestLevel(t *testing.T) {
	for _, format := range []string{config.LogAuto, config.LogText, config.LogJSON, config.LogSinger} {
		var out bytes.Buffer
		tell := report.Log(report.NewLogger(&out, config.Config{LogFormat: format, LogLevel: slog.LevelWarn}, 42))
		tell(target.Schema{Stream: "orders"})
		if out.Len() > 0 {
			t.Errorf("%s: %s", format, &out)
		}
		tell(target.NoKeys{Stream: "orders"})
		if out.Len() == 0 {
			t.Errorf("%s: a warning is not written", format)
		}
	}
}

// single is a writer that one goroutine at a time may use, as a terminal or a pipe
// is that must not be handed torn lines.
type single struct {
	inside, torn atomic.Int32
}

func (s *single) Write(p []byte) (int, error) {
	if s.inside.Add(1) > 1 || !bytes.HasSuffix(p, []byte("\n")) {
		s.torn.Add(1)
	}
	runtime.Gosched()
	s.inside.Add(-1)
	return len(p), nil
}

// TestLinesStayWhole has several receivers of events log at once, as the webhook
// does beside the engine: metrics and all else must not run into each other.
func TestLinesStayWhole(t *testing.T) {
	for _, format := range []string{config.LogText, config.LogJSON, config.LogSinger} {
		var out single
		log := report.NewLogger(&out, config.Config{LogFormat: format, LogLevel: slog.LevelDebug}, 42)
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				tell := report.Log(log)
				for range 20 {
					for _, e := range events() {
						tell(e)
					}
				}
			})
		}
		wait.Wait()
		if n := out.torn.Load(); n > 0 {
			t.Errorf("%s: %d writes ran into others, or were not a line", format, n)
		}
	}
}
