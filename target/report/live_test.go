package report_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"target-s3/target"
	"target-s3/target/connect/setup/terminal/ptytest"
	"target-s3/target/report"
)

// frames keeps each Write apart.
type frames [][]byte

func (f *frames) Write(p []byte) (int, error) {
	*f = append(*f, bytes.Clone(p))
	return len(p), nil
}

// codes are what a terminal does not show.
var codes = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)

// screen is a Screen of that width, with nothing that a test does not ask for.
func screen(to *frames, cols int) report.Screen {
	return report.Screen{Writer: to, Size: func() (int, int) { return cols, 24 }}
}

// shop is a load as it goes on, five seconds a step.
func shop() []target.Event {
	customers := target.StreamProgress{Records: 12000, Open: 1}
	stored := customers
	stored.Open, stored.Bytes = 0, 1_234_567
	return []target.Event{
		target.Progress{},
		target.Progress{
			Staged: target.Counts{Records: 52000, Rejected: 3}, Open: 2, Held: 4096,
			Streams: map[string]target.StreamProgress{"customers": customers, "orders": {Records: 40000, Rejected: 3, Open: 1}},
		},
		target.Checkpoint{State: []byte("{}")},
		target.Progress{
			Counts: target.Counts{Records: 52000, Rejected: 3}, Staged: target.Counts{Records: 300000, Rejected: 9}, Bytes: 5_234_567, Open: 1,
			Streams: map[string]target.StreamProgress{"customers": stored, "orders": {Records: 340000, Rejected: 12, Open: 1, Bytes: 4_000_000}},
		},
		target.Progress{Counts: target.Counts{Records: 52000, Rejected: 3}, Staged: target.Counts{Records: 300000, Rejected: 9}, Bytes: 5_234_567, Open: 1, Silent: 5 * time.Second},
		target.Progress{Counts: target.Counts{Records: 52000, Rejected: 3}, Staged: target.Counts{Records: 300000, Rejected: 9}, Bytes: 5_234_567, Complete: true},
		shopEnded(target.Succeeded),
	}
}

func shopEnded(o target.Outcome) target.Ended {
	at := func(table string, moment int) target.Object {
		return target.Object{Location: fmt.Sprintf("s3://example-lake/shop/%s/1_%d.jsonl.gz", table, moment)}
	}
	return target.Ended{Outcome: o, Summary: target.Summary{
		Counts: target.Counts{Records: 352000, Rejected: 12, Uncovered: 7}, Objects: 5, Bytes: 43_234_567, States: 3, Duration: 83 * time.Second,
		State: target.Position{Line: 352014},
		Table: target.TableSummary{Objects: 2, Bytes: 4321, Last: target.Object{Location: "s3://example-lake/shop/_sdc_rejected/1_1519235654474.jsonl"}},
		Streams: map[string]*target.StreamSummary{
			"customers": {TableSummary: target.TableSummary{Objects: 1, Bytes: 1_234_567, Last: at("customers", 1519235654474)}, Counts: target.Counts{Records: 12000}},
			"orders": {
				TableSummary: target.TableSummary{Objects: 2, Bytes: 41_995_679, Last: at("orders", 1519235714474)}, Counts: target.Counts{Records: 340000, Rejected: 12},
				Reasons: []target.Reason{{Text: "amount: Invalid type. Expected: number, given: string", Count: 9}, {Text: `key property "id" is missing or null`, Count: 3}},
			},
		},
	}}
}

// tell tells a Live of events, with time between them, and gives what it wrote.
func tell(t *testing.T, events []target.Event, cols int, with func(*report.Screen)) (written frames) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		s := screen(&written, cols)
		if with != nil {
			with(&s)
		}
		l := report.NewLive(s)
		for _, e := range events {
			time.Sleep(5 * time.Second)
			l.Tell(e)
		}
	})
	return written
}

// TestLive holds what each width shows. After a change that is meant, UPDATE_GOLDEN=1
// writes the file anew.
func TestLive(t *testing.T) {
	var got strings.Builder
	for _, cols := range []int{40, 80, 200} {
		for _, streams := range []bool{false, true} {
			fmt.Fprintf(&got, "# %d columns, a line for each stream: %v\n", cols, streams)
			written := tell(t, shop(), cols, func(s *report.Screen) {
				s.Streams = streams
				s.Read = func() (int64, int64) { return 512 << 20, 2 << 30 }
			})
			for _, f := range written {
				text := strings.TrimLeft(codes.ReplaceAllString(string(f), ""), "\r\n")
				if text = strings.TrimRight(text, "\r"); text == "" {
					continue
				}
				if bytes.HasSuffix(f, []byte("\r")) { // and not of the summary
					checkWidth(t, text, cols)
				}
				got.WriteString(strings.TrimSuffix(text, "\n") + "\n--\n")
			}
		}
	}
	golden := filepath.Join("testdata", "live.golden")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("what is shown differs from %s:\n%s", golden, got.String())
	}
}

func checkWidth(t *testing.T, text string, cols int) {
	t.Helper()
	for line := range strings.SplitSeq(text, "\n") {
		if n := utf8.RuneCountInString(line); n >= cols {
			t.Errorf("%d columns: %q has %d", cols, line, n)
		}
	}
}

// TestLiveHostile holds that nothing of what others wrote acts upon the terminal,
// and that no width, height or name breaks a line.
func TestLiveHostile(t *testing.T) {
	long := strings.Repeat("売上", 300)
	all := events()
	for i, e := range all {
		if p, ok := e.(target.Progress); ok {
			p.Streams = map[string]target.StreamProgress{hostile: {Records: 1, Rejected: 2, Open: 3}, long: {Records: 1}, "": {}}
			all[i] = p
		}
	}
	for cols := range 50 {
		for _, f := range tell(t, all, cols, func(s *report.Screen) { s.Streams, s.Color = true, cols%2 == 0 }) {
			text := codes.ReplaceAllString(string(f), "")
			for _, r := range text {
				if r < ' ' && r != '\n' && r != '\r' || r == 0x7f || r == '\u202e' {
					t.Fatalf("%d columns: %q has a control character", cols, text)
				}
			}
			if strings.HasSuffix(text, "\r") && cols > 2 {
				checkWidth(t, strings.Trim(text, "\r"), cols)
			}
			if cols%2 == 1 && regexp.MustCompile(`\x1b\[[0-9;]*m`).Match(f) {
				t.Errorf("it has colours: %q", f)
			}
		}
	}
}

// TestLiveManyStreams shows the streams for which something came last, in their order.
func TestLiveManyStreams(t *testing.T) {
	first, second := map[string]target.StreamProgress{}, map[string]target.StreamProgress{}
	for i := range 50 {
		name := fmt.Sprintf("s%02d", i)
		first[name] = target.StreamProgress{Records: 1}
		second[name] = target.StreamProgress{Records: 1 + int64(i%5/4)}
	}
	written := tell(t, []target.Event{target.Progress{Streams: first}, target.Progress{Streams: second}, target.Progress{}}, 60, func(s *report.Screen) { s.Streams = true })
	text := codes.ReplaceAllString(string(written[2]), "")
	shown := regexp.MustCompile(`s\d\d`).FindAllString(text, -1)
	want := "s00 s01 s02 s03 s04 s05 s06 s07 s08 s09 s10 s11 s14 s19 s24 s29 s34 s39 s44 s49"
	if got := strings.Join(shown, " "); len(shown) != 20 || !strings.Contains(text, "and 30 more streams") || !strings.HasSuffix(got, "s14 s19 s24 s29 s34 s39 s44 s49") {
		t.Errorf("%s, want %s\n%s", got, want, text)
	}
}

// TestLiveOnTerminal draws on a terminal between lines of the log and of the tap,
// and leaves nothing but these and the summary.
func TestLiveOnTerminal(t *testing.T) {
	for _, streams := range []bool{false, true} {
		x := ptytest.New(t, 80, 40)
		var written frames
		s := screen(&written, 80)
		s.Streams = streams
		l := report.NewLive(s)
		log := func(text string) {
			if _, err := l.Write([]byte(text + "\n")); err != nil {
				t.Error(err)
			}
		}
		show := func() {
			for _, f := range written {
				if _, err := x.Tty.Write(f); err != nil {
					t.Fatal(err)
				}
			}
			written = nil
		}
		log("first line")
		all := shop()
		for i, e := range all[:len(all)-1] {
			l.Tell(e)
			log(fmt.Sprintf("log %d", i))
			show()
			if _, err := fmt.Fprintf(x.Tty, "tap %d\n", i); err != nil { // which knows nothing of the line
				t.Fatal(err)
			}
			l.Tell(e)
		}
		show()
		x.Await("all read, committing", "tap 5")
		if n := strings.Count(x.Text(), "352,000 records"); n != 1 {
			t.Errorf("the line is there %d times", n)
		}
		l.Tell(all[len(all)-1])
		log("last line")
		l.Close()
		show()
		x.Await("last line")
		x.AwaitGone("committing")
		var want []string
		for i := range all[:len(all)-1] {
			want = append(want, fmt.Sprintf("log %d", i), fmt.Sprintf("tap %d", i))
		}
		text := x.Text()
		if !strings.HasPrefix(text, "first line\n"+strings.Join(want, "\n")+"\nSTREAM ") || !strings.HasSuffix(text, "last line") {
			t.Errorf("the screen has:\n%s", text)
		}
	}
}

// TestLivePictures holds the pictures of the README to what is drawn.
func TestLivePictures(t *testing.T) {
	all := shop()
	color := func(s *report.Screen) {
		s.Color, s.Streams = true, true
		s.Read = func() (int64, int64) { return 1330 << 20, 2 << 30 }
	}
	draw := func(name, title, from string, events []target.Event) {
		x := ptytest.New(t, 110, 20)
		for _, f := range tell(t, events, 110, color) {
			if _, err := x.Tty.Write(f); err != nil {
				t.Fatal(err)
			}
		}
		x.Await(from)
		x.AwaitStill()
		got, file := x.SVG(title, from), filepath.Join("..", "..", "docs", "pictures", name+".svg")
		if os.Getenv("UPDATE_PICTURES") != "" {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s shows something else; if the screen is right, draw it anew: UPDATE_PICTURES=1 go test ./target/report -run Pictures", file)
		}
	}
	draw("load-live", "A load on a terminal while it runs, with a line for each stream", "of 2.0 GiB", all[:4])
	draw("load-summary", "The summary of a load on a terminal", "STREAM", all)
}

// TestSummaryOnTerminal holds the words for what is not as usual.
func TestSummaryOnTerminal(t *testing.T) {
	only := func(e target.Ended) string { return string(bytes.Join(tell(t, []target.Event{e}, 120, nil), nil)) }
	allRejected := shopEnded(target.Rejected)
	allRejected.Summary.Streams["orders"].Records = 0
	for _, tt := range []struct {
		ended target.Ended
		want  []string
	}{
		{target.Ended{Outcome: target.Succeeded, Empty: true}, []string{"Not one message came; did the tap start?\nLoad succeeded: 0 records in 0 files, 0 B, in 0s.\n"}},
		{target.Ended{Outcome: target.Failed, Empty: true}, []string{"Load failed: 0 records"}},
		{shopEnded(target.Failed), []string{"Load failed: 352,000 records in 5 files, 41.2 MiB, in 1m23s.\n"}},
		{shopEnded(target.Interrupted), []string{"Load interrupted; what was read is loaded: ", "The state of line 352,014 is safe; 7 records loaded after it may come again with the next run.\n"}},
		{allRejected, []string{
			"Load ended, but more records were rejected than max_rejected_records allows: ", "All 12 records of stream orders rejected (with max_rejected_records such a load ends with exit code 3):\n  9 × amount: Invalid type.",
			"They are in 2 files, the last of which is s3://example-lake/shop/_sdc_rejected/1_1519235654474.jsonl\n",
		}},
		{target.Ended{Outcome: target.Succeeded, Summary: target.Summary{Counts: target.Counts{Records: 1}, Streams: map[string]*target.StreamSummary{"a": {}}}}, []string{"No STATE came, so no state was written.\n"}},
	} {
		got := only(tt.ended)
		for _, want := range tt.want {
			if !strings.Contains(got, want) {
				t.Errorf("not said: %q\n%s", want, got)
			}
		}
	}
}
