package report_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"target-s3/target"
	"target-s3/target/report"
)

// metricsAt returns metrics, the clock of which stands where it is put.
func metricsAt(integration, before string) (m *report.Metrics, clock *time.Time) {
	now := time.Unix(1_700_000_000, 0)
	m = report.NewMetrics(report.MetricsOptions{
		Integration: integration, Version: "1.2.3", Started: now, Now: func() time.Time { return now }, Retries: func() int64 { return 7 }, Before: []byte(before),
	})
	return m, &now
}

// written has the official library read what is written, and returns each series with
// its value.
func written(t *testing.T, m *report.Metrics) map[string]float64 {
	t.Helper()
	var text bytes.Buffer
	if err := m.Write(&text); err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text.Bytes()))
	if err != nil {
		t.Fatalf("%v\n%s", err, &text)
	}
	all := map[string]float64{}
	for name, f := range families {
		if f.GetHelp() == "" || strings.HasSuffix(name, "_total") != (f.GetType() == dto.MetricType_COUNTER) {
			t.Errorf("%s: help %q, type %s", name, f.GetHelp(), f.GetType())
		}
		for _, s := range f.GetMetric() {
			labels := ""
			for _, l := range s.GetLabel() {
				labels += " " + l.GetName() + "=" + l.GetValue()
			}
			all[strings.TrimPrefix(name, "target_s3_")+labels] = s.GetGauge().GetValue() + s.GetCounter().GetValue()
		}
	}
	return all
}

func TestMetrics(t *testing.T) {
	m, clock := metricsAt("shop", "")
	const i = " integration=shop"
	want := map[string]float64{
		"build_info" + i + " version=1.2.3": 1, "running" + i: 1, "start_time_seconds" + i: 1_700_000_000, "duration_seconds" + i: 0,
		"checkpoints_total" + i: 0, "states_total" + i: 0, "retries_total" + i: 7,
		"staged_records" + i: 0, "open_files" + i: 0, "held_bytes" + i: 0, "input_silent_seconds" + i: 0,
	}
	if diff := cmp.Diff(want, written(t, m)); diff != "" {
		t.Fatalf("at first (-want +got):\n%s", diff)
	}

	*clock = clock.Add(90 * time.Second)
	m.Tell(target.Progress{Staged: target.Counts{Records: 3, Rejected: 2}, Open: 4, Held: 5000, Silent: 1500 * time.Millisecond})
	m.Tell(target.Checkpoint{
		Objects: []target.Object{{Stream: "a", Bytes: 10}, {Stream: "a", Bytes: 20}, {Table: "_sdc_rejected", Bytes: 5}},
		Streams: map[string]target.Counts{"a": {Records: 8, Rejected: 1}, "b\n\"\\\xff": {Records: 1}}, State: []byte(`{}`),
	})
	*clock = clock.Add(500 * time.Millisecond)
	m.Tell(target.Checkpoint{Objects: []target.Object{{Stream: "a", Bytes: 70}}, Streams: map[string]target.Counts{"a": {Records: 2}}})
	want["duration_seconds"+i], want["checkpoints_total"+i], want["states_total"+i] = 90.5, 2, 1
	want["last_checkpoint_timestamp_seconds"+i], want["last_state_timestamp_seconds"+i] = 1_700_000_090.5, 1_700_000_090
	want["staged_records"+i], want["open_files"+i], want["held_bytes"+i], want["input_silent_seconds"+i] = 5, 4, 5000, 1.5
	for stream, v := range map[string][4]float64{"a": {10, 1, 3, 100}, "b\n\"\\\ufffd": {1}, "_sdc_rejected": {0, 0, 1, 5}} {
		for k, name := range []string{"records_total", "rejected_records_total", "objects_total", "stored_bytes_total"} {
			want[name+i+" stream="+stream] = v[k]
		}
	}
	if diff := cmp.Diff(want, written(t, m)); diff != "" {
		t.Fatalf("after two checkpoints (-want +got):\n%s", diff)
	}

	m.Tell(target.Ended{})
	m.End(3)
	*clock = clock.Add(time.Hour)
	want["running"+i], want["exit_code"+i] = 0, 3
	want["staged_records"+i], want["open_files"+i], want["held_bytes"+i], want["input_silent_seconds"+i] = 0, 0, 0, 0
	if diff := cmp.Diff(want, written(t, m)); diff != "" {
		t.Fatalf("at the end (-want +got):\n%s", diff)
	}
}

// The moments of the run before are known until there are others. What is not a moment is
// not taken for one.
func TestMetricsOfRunBefore(t *testing.T) {
	first, clock := metricsAt(`a "shop"`, "")
	first.Tell(target.Checkpoint{State: []byte(`{}`)})
	*clock = clock.Add(time.Second)
	first.End(0)
	var text strings.Builder
	if err := first.Write(&text); err != nil {
		t.Fatal(err)
	}
	const i = ` integration=a "shop"`
	next, clock := metricsAt(`a "shop"`, text.String())
	*clock = clock.Add(time.Minute)
	got := written(t, next)
	for what, at := range map[string]float64{"last_checkpoint": 1_700_000_000, "last_state": 1_700_000_000, "last_success": 1_700_000_001} {
		if got[what+"_timestamp_seconds"+i] != at {
			t.Errorf("%s: %v, want %v", what, got[what+"_timestamp_seconds"+i], at)
		}
	}
	if got["checkpoints_total"+i] != 0 || got["exit_code"+i] != 0 {
		t.Error("the counts of the run before are there")
	}
	next.End(1)
	if at := written(t, next)["last_success_timestamp_seconds"+i]; at != 1_700_000_001 {
		t.Errorf("a failure is a success at %v", at)
	}
	for _, odd := range []string{"NaN", "+Inf", "-1", "x", "", "1e300"} {
		m, _ := metricsAt("s", `target_s3_last_state_timestamp_seconds{integration="s"} `+odd+"\n"+strings.Repeat("\x00", 100))
		if v, ok := written(t, m)[`last_state_timestamp_seconds integration=s`]; ok || math.IsNaN(v) {
			t.Errorf("%q is taken for a moment", odd)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestMetricsNotWritten(t *testing.T) {
	m, _ := metricsAt("s", "")
	if err := m.Write(brokenWriter{}); err == nil || err.Error() != "disk full" {
		t.Errorf("Write = %v", err)
	}
}
