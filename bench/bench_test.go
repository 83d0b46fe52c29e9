package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"target-s3/target/storetest/versitygw"
)

// TestMain also serves as the children: the command starts itself.
func TestMain(m *testing.M) {
	if ran, err := asChild(os.Args[1:], os.Stdin, os.Stdout); ran {
		exit(err)
	}
	// With the race detector a process sleeps for a second before it ends.
	if err := os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0"); err != nil {
		exit(err)
	}
	os.Exit(m.Run())
}

// benchmark runs the command over little data, in a folder that must be empty
// afterwards, and returns what it printed.
func benchmark(t *testing.T, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	if err := run(t.Context(), append(args, "-n", "1", "-size", "1", "-dir", dir), &stdout, &stderr); err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind in its folder: %v %v", left, err)
	}
	return stdout.String()
}

// cells are the tables' rows, each as its data, name and first figure.
func cells(output string) (rows []string) {
	for line := range strings.Lines(output) {
		if c := strings.Split(line, "|"); len(c) > 4 {
			rows = append(rows, strings.TrimSpace(c[1])+": "+strings.TrimSpace(c[2]))
			if figure := strings.TrimSpace(c[3]); figure == "" || strings.Contains(figure, "NaN") {
				rows = append(rows, "no figure in "+line)
			}
		}
	}
	return rows
}

// TestTables runs everything once and looks at which rows there are; how fast
// anything is depends on what else the machine does.
func TestTables(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures whole programs")
	}
	profiles := t.TempDir()
	got := cells(benchmark(t, "-only", "formats", "-data", "text,mixed", "-profile", profiles))
	for _, set := range []string{"text", "mixed"} {
		for _, name := range formatCommands {
			if !slices.Contains(got, set+": "+name) {
				t.Errorf("there is no row %s of %s", name, set)
			}
		}
	}
	for _, want := range []string{many + ": " + programGzip, "CPU of csv / jsonl: mixed", "memory per further open gzip file: mixed"} {
		if !slices.Contains(got, want) {
			t.Errorf("there is no row %s", want)
		}
	}
	for _, row := range got {
		if strings.HasPrefix(row, "no figure") {
			t.Error(row)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(profiles, "*.pprof")); len(files) != 5*3 {
		t.Errorf("profiles: %v", files)
	}
}

// TestDocument has the tables and pictures of a page made, in place of what was there.
func TestDocument(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures whole programs")
	}
	docs := t.TempDir()
	page, err := os.ReadFile("../docs/benchmarks.md")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(docs, "benchmarks.md")
	if err := errors.Join(os.WriteFile(path, page, 0o666), os.Mkdir(filepath.Join(docs, "pictures"), 0o777)); err != nil {
		t.Fatal(err)
	}
	benchmark(t, "-only", "growth,rules,start", "-size", "0.2", "-docs", docs)
	again, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| streams in turn", "| 8000 ", "| CPU of exponents / of the same said plainly", "| CPU of --version / of an empty Go program"} {
		if !bytes.Contains(again, []byte(want)) {
			t.Errorf("there is no %q in the page", want)
		}
	}
	if bytes.Contains(again, []byte("NaN")) {
		t.Errorf("no figure in the page:\n%s", again)
	}
	picture, err := os.ReadFile(filepath.Join(docs, "pictures", "bench-growth.svg"))
	if err != nil || xml.Unmarshal(picture, new(struct{ XMLName xml.Name })) != nil || bytes.Count(picture, []byte("<polyline")) != len(allSeries()) {
		t.Errorf("picture of growth: %v\n%s", err, picture)
	}
	if _, err := replaceBlock("no marks", "reach", ""); err == nil {
		t.Error("a page without marks is taken")
	}
}

// TestSelection measures what a ratio is made of, and no more.
func TestSelection(t *testing.T) {
	var res results
	if err := json.Unmarshal([]byte(benchmark(t, "-data", "narrow,wide", "-run", "^CPU of csv", "-compact", "-json")), &res); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range res.Rows {
		got = append(got, r.Data+": "+r.Name)
		if s := r.Samples; len(s) != 1 || s[0].CPU <= 0 || s[0].Wall <= 0 || s[0].Peak <= 0 || s[0].Report.Records != r.Records || s[0].Report.BytesIn != r.Bytes {
			t.Errorf("%s: samples %+v", r.Name, s)
		}
	}
	want := []string{"narrow: engine jsonl", "narrow: engine csv", "wide: engine jsonl", "wide: engine csv"}
	if !slices.Equal(got, want) {
		t.Errorf("measured %q, want %q", got, want)
	}
	got = nil
	for _, r := range res.Ratios {
		got = append(got, r.Data+": "+r.Name)
		if len(r.Values) != 1 || r.Values[0] <= 0 {
			t.Errorf("%s: %v", r.Name, r.Values)
		}
	}
	const csv = "CPU of csv / jsonl"
	if want := []string{"narrow: " + csv, "wide: " + csv}; !slices.Equal(got, want) {
		t.Errorf("ratios %q, want %q", got, want)
	}
}

func TestUsage(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"-n 0", "at least one round"},
		{"-size 0", "measures nothing"},
		{"-data narrow,tall", "there are narrow, wide"},
		{"-run (", "-run: error parsing"},
		{"-only start,end", "there are formats, peers"},
		{"now", `"now" is not expected`},
	} {
		err := run(t.Context(), strings.Fields(tt.args), &bytes.Buffer{}, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.args, err, tt.want)
		}
	}
}

func TestEachLine(t *testing.T) {
	long := strings.Repeat("x", 3*blockSize)
	input := "a\n\n" + long + "\nb\n"
	var got []string
	n, err := eachLine(strings.NewReader(input), func(line []byte) error {
		got = append(got, string(line))
		return nil
	})
	if err != nil || n != int64(len(input)) || !slices.Equal(got, []string{"a", "", long, "b"}) {
		t.Errorf("%d bytes, %d lines, %v", n, len(got), err)
	}
}

func TestMedian(t *testing.T) {
	for want, values := range map[float64][]float64{3: {5, 1, 3}, 2.5: {4, 1, 2, 3}, 7: {7}} {
		if got := median(values); got != want {
			t.Errorf("median of %v is %v, want %v", values, got, want)
		}
	}
	if got := spread([]float64{2, 1, 4}, 1); got != "2.0 (1.0–4.0)" {
		t.Error(got)
	}
}

// TestReached: some goals are the least that is wanted, most the most.
func TestReached(t *testing.T) {
	for _, tt := range []struct {
		least bool
		value float64
		want  bool
	}{{false, 1.1, false}, {false, 0.9, true}, {true, 1.1, true}, {true, 0.9, false}} {
		if got := (ratio{goal: 1, least: tt.least}).reached(tt.value); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

// TestPeers has the script compare the program with itself, for others have to be
// installed.
func TestPeers(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures whole programs")
	}
	versitygw.Start(t) // skips the test where there is none
	cmd := exec.CommandContext(t.Context(), "bash", "peers.sh", "1", "1")
	cmd.Env = append(os.Environ(), "PEERS=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got := cells(string(out))
	if want := []string{"target: wall s", ":--: --:"}; len(got) != 4 || !slices.Equal(got[:2], want) || !strings.HasPrefix(got[2], "jsonl: ") || !strings.HasPrefix(got[3], "csv: ") {
		t.Errorf("%q in\n%s", got, out)
	}
}

// TestScaling has the script load a little by two processes at once.
func TestScaling(t *testing.T) {
	if _, err := os.Stat("/dev/shm"); err != nil || testing.Short() {
		t.Skip("it measures whole programs in /dev/shm")
	}
	out, err := exec.CommandContext(t.Context(), "bash", "scaling.sh", "1", "1", "parquet 3 2 1").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !regexp.MustCompile(`(?m)^\| parquet \| 3 \| 2 \| 1 \| \d+\.\d\d \| \d+ \| \d+\.\d\d \|$`).Match(out) {
		t.Errorf("%s", out)
	}
}

// TestFailure tells which command it was, and what that wrote.
func TestFailure(t *testing.T) {
	dir := t.TempDir()
	input := filepath.Join(dir, "input")
	if err := os.WriteFile(input, []byte("{\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	_, err = measureOnce(t.Context(), command{name: "broken", inputs: []string{input}, argv: []string{self, childPrefix + "valid"}, procs: 1, reports: true})
	if err == nil || !strings.Contains(err.Error(), "broken") || !strings.Contains(err.Error(), "line 1 is not JSON") {
		t.Errorf("error %v", err)
	}
}
