package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"target-s3/target/compress"
)

// TestMain also serves package main_test: one binary has the tests of both. The
// scripts run this binary under the name of the program.
func TestMain(m *testing.M) {
	testscript.Main(leakless{m}, map[string]func(){"target-s3": main, "from": from, "crash": crash})
}

// from is the program with a file for standard input, as a shell would start it: from FILE
// ARGUMENTS.
func from() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	os.Stdin, os.Args = file, append([]string{"target-s3"}, os.Args[2:]...)
	main()
}

// crash is a program that ends as the program does when it crashes.
func crash() {
	abortOnCrash()
	switch os.Args[1] {
	case "panic":
		panic("by itself")
	case "goroutine":
		go panic("in a goroutine")
	case "stack":
		var deeper func(int) int
		deeper = func(n int) int { return deeper(n+1) + 1 }
		deeper(0)
	case "map":
		m := map[int]int{}
		for range 8 {
			go func() {
				for {
					m[0]++
				}
			}()
		}
	case "memory":
		size := 1 << 30
		fmt.Print(make([]byte, 16*size)[0])
	}
	select {}
}

// leakless are tests that fail if they leave a goroutine behind.
type leakless struct{ m *testing.M }

func (l leakless) Run() int {
	if signal.Ignored(syscall.SIGHUP) { // under nohup: what the tests start must not inherit that
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	// With the race detector a process sleeps for a second before it ends, and the tests
	// start hundreds.
	if err := os.Setenv(raceOptions, os.Getenv(raceOptions)+" atexit_sleep_ms=0"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := l.m.Run()
	if code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

var updateScripts = flag.Bool("update", false, "rewrite what the scripts in testdata/script expect of cmp")

// TestScripts runs the program as a shell would, on what testdata/script says.
//
// Every script has a folder of its own, in which config.json makes the folder
// out the store, with a bucket of the name bucket. Beside the commands of
// testscript there are those of commands.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		Setup:               prepareScript,
		Cmds:                commands,
		Condition:           condition,
		UpdateScripts:       *updateScripts,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// condition knows those of our own.
func condition(name string) (bool, error) {
	switch name {
	case "race":
		return raceDetector, nil
	case "mount": // a disk, in a name space of its own
		return exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt").Run() == nil, nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

const configFile = `{"s3_bucket": "bucket", "aws_endpoint_url": "file:out"}` + "\n"

// raceOptions is the variable with the options of the race detector.
const raceOptions = "GORACE"

func prepareScript(env *testscript.Env) error {
	env.Setenv(raceOptions, os.Getenv(raceOptions)) // the rest of the environment does not reach scripts
	s := &session{}
	env.Values[sessionKey{}] = s
	env.Defer(s.kill)
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		return err
	}
	env.Setenv("EXAMPLES", examples)
	name := filepath.Join(env.WorkDir, "config.json")
	if _, err := os.Stat(name); err == nil {
		return nil // the script has its own
	}
	return os.WriteFile(name, []byte(configFile), 0o666)
}

var commands = map[string]func(*testscript.TestScript, bool, []string){
	"load":    cmdLoad,
	"exits":   cmdExits,
	"objects": cmdObjects,
	"show":    cmdShow,
	"parquet": cmdParquet,
	"json":    cmdJSON,
	"repeat":  cmdRepeat,
	"broken":  cmdBroken,

	"service": cmdService,
	"amazon":  cmdAmazon,

	"start":  cmdStart,
	"send":   cmdSend,
	"await":  cmdAwait,
	"signal": cmdSignal,
	"eof":    cmdEOF,
	"ended":  cmdEnded,
}

func usage(ts *testscript.TestScript, neg, wrong bool, text string) {
	if neg || wrong {
		ts.Fatalf("usage: %s", text)
	}
}

// cmdLoad loads a file with the settings of config.json and those given. These
// reach the program through its environment.
func cmdLoad(ts *testscript.TestScript, neg bool, args []string) {
	want := "0"
	if len(args) > 1 && args[0] == "-exit" {
		want, args = args[1], args[2:]
	}
	flag := ""
	if len(args) > 1 && args[0] == "-flag" {
		flag, args = args[1], args[2:]
	}
	usage(ts, neg, len(args) == 0, "load [-exit code] [-flag --name=value] file [setting=value...]")
	for _, a := range args[1:] {
		name, value, ok := strings.Cut(a, "=")
		usage(ts, neg, !ok, "load [-exit code] [-flag --name=value] file [setting=value...]")
		name = "TARGET_S3_" + strings.ToUpper(name)
		defer ts.Setenv(name, ts.Getenv(name))
		ts.Setenv(name, value)
	}
	exits(ts, want, "from", append([]string{args[0], "--config", "config.json", "--config", fromEnv}, strings.Fields(flag)...)...)
}

// cmdExits is exec with a certain exit code.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) < 2, "exits code program [argument...]")
	exits(ts, args[0], args[1], args[2:]...)
}

func exits(ts *testscript.TestScript, want, program string, args ...string) {
	err := ts.Exec(program, args...)
	exit := (*exec.ExitError)(nil)
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%s: %v", program, err)
	}
	code := 0
	if exit != nil {
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != want {
		ts.Fatalf("exit code %d, want %s", code, want)
	}
}

// cmdObjects prints the keys in the bucket, in their order, with N for the
// timestamp and Y/M/D/H for the hour that it is in. Nothing else may be there.
func cmdObjects(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) > 0, "objects")
	stdout := ts.Stdout() // which is empty from here on
	for _, o := range listObjects(ts) {
		fmt.Fprintln(stdout, o.masked)
	}
}

// cmdShow prints the objects whose masked keys match, each with its key above.
// Of the system columns, those that differ from run to run are checked and then
// masked.
func cmdShow(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) > 1, "show [pattern]")
	stdout := ts.Stdout()
	last := map[string]int64{} // sequence by masked key
	for _, o := range listObjects(ts) {
		if len(args) == 1 {
			if ok, err := path.Match(args[0], o.masked); err != nil || !ok {
				ts.Check(err)
				continue
			}
		}
		text := decompress(ts, o)
		last[o.masked] = checkSequence(ts, o, text, last[o.masked])
		fmt.Fprintf(stdout, "== %s\n%s", o.masked, maskSystem(ts, o, text))
	}
}

// checkSequence sees to it that _sdc_sequence increases from row to row, in
// subtables from record to record, and that no __sdc_primary_key occurs twice. It
// returns the last _sdc_sequence.
func checkSequence(ts *testscript.TestScript, o object, text string, last int64) int64 {
	subtable := strings.HasPrefix(text, columnSource)
	for _, m := range sequences.FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseInt(m[1]+m[2], 10, 64)
		ts.Check(err)
		if n < last || (n == last && !subtable) {
			ts.Fatalf("%s: _sdc_sequence %d follows %d", o.key, n, last)
		}
		last = n
	}
	keys := primaryKey.FindAllString(text, -1)
	slices.Sort(keys)
	if !subtable && len(slices.Compact(slices.Clone(keys))) < len(keys) {
		ts.Fatalf("%s: a __sdc_primary_key occurs twice", o.key)
	}
	return last
}

// columnSource begins the header of a subtable.
const columnSource = "_sdc_source_key_"

// object is a file of the store.
type object struct {
	key, masked string
	name        string
	batched     string // the timestamp of the key as _sdc_batched_at has it
}

var timestamp = regexp.MustCompile(`\d{13}`)

func listObjects(ts *testscript.TestScript) (objects []object) {
	root := ts.MkAbs("out/bucket")
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "_target_s3" {
			return fs.SkipDir // of the program itself
		}
		if err != nil || d.IsDir() {
			return err
		}
		key, err := filepath.Rel(root, name)
		key = filepath.ToSlash(key)
		if key == ".sentinel" {
			return err
		}
		i := slices.IndexFunc(timestamp.FindAllString(key, -1), isNow)
		if i < 0 {
			return fmt.Errorf("%s: no timestamp of now", key)
		}
		loaded := timestamp.FindAllString(key, -1)[i]
		at := timeOf(loaded)
		masked := strings.Replace(key, loaded, "N", 1)
		masked = strings.ReplaceAll(masked, at.Format("2006/01/02/15"), "Y/M/D/H")
		objects = append(objects, object{key, masked, name, at.Format("2006-01-02T15:04:05.000Z")})
		return err
	})
	if !errors.Is(err, fs.ErrNotExist) {
		ts.Check(err)
	}
	return objects
}

func timeOf(milli string) time.Time {
	n, _ := strconv.ParseInt(milli, 10, 64) // a match of timestamp
	return time.UnixMilli(n).UTC()
}

func isNow(milli string) bool { return now(timeOf(milli)) }

// now reports whether it was a moment ago, of a test on a busy machine. Of many
// files in a millisecond the last have timestamps that lie ahead.
func now(t time.Time) bool {
	return time.Since(t).Abs() < time.Hour
}

func decompress(ts *testscript.TestScript, o object) string {
	file, err := os.Open(o.name)
	ts.Check(err)
	defer file.Close()
	r, err := compress.NewReader(o.name, file)
	ts.Check(err)
	defer r.Close()
	text, err := io.ReadAll(r)
	ts.Check(err)
	return string(text)
}

const (
	moment   = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`
	betweenC = `"?[,|\t]"?` // two fields of CSV
)

var (
	sequences = regexp.MustCompile(`"_sdc_sequence":(\d{19})\b|` + moment + betweenC + moment + betweenC + `\d+` + betweenC + `(\d{19})\b`)

	received   = regexp.MustCompile(`("_sdc_(?:received|rejected)_at":")(` + moment + `)"`)
	systemCSV  = regexp.MustCompile(`(` + moment + `)(` + betweenC + `)(` + moment + `)(` + betweenC + `\d+` + betweenC + `)\d{19}\b`)
	sequence   = regexp.MustCompile(`("_sdc_sequence":)\d{19}\b`)
	primaryKey = regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b`)
)

// maskSystem replaces what differs from run to run: RECEIVED, BATCHED, which
// must be the timestamp of the key, SEQUENCE and UUID.
func maskSystem(ts *testscript.TestScript, o object, text string) string {
	for _, m := range append(received.FindAllStringSubmatch(text, -1), systemCSV.FindAllStringSubmatch(text, -1)...) {
		at := m[1]
		if strings.HasPrefix(at, `"`) {
			at = m[2]
		}
		t, err := time.Parse(time.RFC3339, at)
		ts.Check(err)
		if !now(t) {
			ts.Fatalf("%s: received at %s, which is not now", o.key, at)
		}
	}
	text = received.ReplaceAllString(text, `${1}RECEIVED"`)
	text = strings.ReplaceAll(text, `"_sdc_batched_at":"`+o.batched+`"`, `"_sdc_batched_at":"BATCHED"`)
	text = systemCSV.ReplaceAllStringFunc(text, func(s string) string {
		m := systemCSV.FindStringSubmatch(s)
		if m[3] != o.batched {
			return s
		}
		return "RECEIVED" + m[2] + "BATCHED" + m[4] + "SEQUENCE"
	})
	text = sequence.ReplaceAllString(text, "${1}SEQUENCE")
	return primaryKey.ReplaceAllString(text, "UUID")
}

// cmdJSON takes a file, or stdout or stderr, that must consist of JSON objects,
// one a line if it is to, and prints members of those that have all of them.
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	lines := len(args) > 0 && args[0] == "-lines"
	if lines {
		args = args[1:]
	}
	usage(ts, neg, len(args) == 0, "json [-lines] file [member.member...]")
	docs := []string{ts.ReadFile(args[0])}
	stdout := ts.Stdout()
	if lines {
		docs = strings.Split(strings.TrimSuffix(docs[0], "\n"), "\n")
	}
	for _, text := range docs {
		var doc map[string]any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&doc); err != nil || d.More() {
			ts.Fatalf("no JSON object: %v\n%s", err, text)
		}
		var found []string
		for _, name := range args[1:] {
			if v := lookUp(doc, name); v != nil {
				found = append(found, fmt.Sprint(v))
			}
		}
		if len(found) == len(args)-1 && len(found) > 0 {
			fmt.Fprintln(stdout, strings.Join(found, " "))
		}
	}
}

func lookUp(v any, name string) any {
	for part := range strings.SplitSeq(name, ".") {
		object, _ := v.(map[string]any)
		v = object[part]
	}
	switch v.(type) {
	case map[string]any, []any:
		text, _ := json.Marshal(v) // it was JSON before
		return string(text)
	}
	return v
}

// cmdRepeat appends a text to a file, so many times. In the text, %d is the
// number of the time, from 1, and the escape sequences of Go can be used.
func cmdRepeat(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) != 3, "repeat times text file")
	times, err := strconv.Atoi(args[0])
	ts.Check(err)
	once := unescape(ts, args[1])
	var all strings.Builder
	if !strings.Contains(once, "%d") {
		all.WriteString(strings.Repeat(once, times))
		times = 0
	}
	for i := range times {
		all.WriteString(strings.ReplaceAll(once, "%d", strconv.Itoa(i+1)))
	}
	file, err := os.OpenFile(ts.MkAbs(args[2]), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	ts.Check(err)
	_, err = file.WriteString(all.String())
	ts.Check(err)
	ts.Check(file.Close())
}

// unescape replaces the escape sequences of Go.
func unescape(ts *testscript.TestScript, text string) string {
	var b strings.Builder
	for text != "" {
		r, isRune, rest, err := strconv.UnquoteChar(text, 0)
		ts.Check(err)
		if text = rest; isRune {
			b.WriteRune(r)
		} else {
			b.WriteByte(byte(r))
		}
	}
	return b.String()
}

// cmdBroken loads the files before and after with lines between them that end
// the load: exit code 1 and a message that matches. What came before must be
// committed and its state out, as the files want and state say.
func cmdBroken(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) != 2, "broken text pattern")
	in := ts.ReadFile("before") + unescape(ts, args[0]) + "\n" + ts.ReadFile("after")
	ts.Check(os.WriteFile(ts.MkAbs("in"), []byte(in), 0o666))
	ts.Check(os.RemoveAll(ts.MkAbs("out")))
	cmdLoad(ts, false, []string{"-exit", "1", "in"})
	if text := ts.ReadFile("stderr"); !regexp.MustCompile(`(?m)^target-s3: ` + args[1]).MatchString(text) {
		ts.Fatalf("no message that matches %s:\n%s", args[1], text)
	}
	if got, want := ts.ReadFile("stdout"), ts.ReadFile("state"); got != want {
		ts.Fatalf("standard output:\n%s\nwant:\n%s", got, want)
	}
	var committed string
	for _, o := range listObjects(ts) {
		committed += "== " + o.masked + "\n" + maskSystem(ts, o, decompress(ts, o))
	}
	if want := ts.ReadFile("want"); committed != want {
		ts.Fatalf("committed:\n%s\nwant:\n%s", committed, want)
	}
}

// cmdService starts an S3 service, at $SERVICE, that answers every request with
// an error, or none, or that is a web server and answers with a page; or, with
// "writes", answers so those alone that write something, and the others as an
// empty bucket does. The requests stand in the file requests.
func cmdService(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 0 || len(args) > 3, "service silent|page|status [code [writes]]")
	status, err := strconv.Atoi(args[0])
	if args[0] != "silent" && args[0] != "page" {
		ts.Check(err)
	}
	requests, err := os.Create(ts.MkAbs("requests"))
	ts.Check(err)
	over := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(requests, r.Method, r.URL.Path)
		if args[0] == "page" {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintln(w, "<html><title>Log in</title></html>")
			return
		}
		if status == 0 {
			<-over
			return
		}
		if len(args) == 3 && r.Method == http.MethodGet {
			fmt.Fprint(w, "<ListBucketResult></ListBucketResult>")
			return
		}
		w.WriteHeader(status)
		if len(args) > 1 {
			fmt.Fprintf(w, "<Error><Code>%s</Code><Message>No.</Message></Error>", args[1])
		}
	}))
	ts.Defer(func() {
		close(over)
		server.Close()
		requests.Close()
	})
	ts.Setenv("SERVICE", server.URL)
}

// session is a program whose standard input is held open.
type session struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	pipes []*os.File    // kept open beside it
	ended chan struct{} // closed at its end
}

type sessionKey struct{}

func current(ts *testscript.TestScript) *session { return ts.Value(sessionKey{}).(*session) }

// awaitTimeout bounds waiting. On an idle machine it is a matter of milliseconds.
const awaitTimeout = 30 * time.Second

// cmdStart starts a load, or another command, with the settings of config.json and those
// given. What it writes goes into the files states and log, unless the reader of
// its states is deaf, and has closed its end, or stuck, and reads nothing.
func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	reader, program := "", []string{"target-s3"}
	if len(args) > 0 && slices.Contains([]string{"check", "ddl"}, args[0]) {
		program, args = append(program, args[0]), args[1:]
	}
	if len(args) > 0 && args[0] == "-nohup" {
		program, args = append([]string{"nohup"}, program...), args[1:]
	}
	if len(args) > 0 && strings.HasPrefix(args[0], "-") && args[0] != "-flag" {
		reader, args = args[0], args[1:]
	}
	s := current(ts)
	usage(ts, neg, s.cmd != nil || !slices.Contains([]string{"", "-deaf", "-stuck"}, reader), "start [check|ddl] [-nohup] [-deaf|-stuck] [-flag --name=value] [setting=value...]")
	program = append(program, "--config", "config.json", "--config", "ENV")
	if len(args) > 1 && args[0] == "-flag" {
		program, args = append(program, args[1]), args[2:]
	}
	cmd := exec.Command(program[0], program[1:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"HOME=/no-home", "PATH=" + ts.Getenv("PATH")}
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		cmd.Env = append(cmd.Env, "TARGET_S3_"+strings.ToUpper(name)+"="+value)
	}
	var err error
	s.stdin, err = cmd.StdinPipe()
	ts.Check(err)
	stdout, err := s.stdout(ts.MkAbs("states"), reader)
	ts.Check(err)
	defer stdout.Close()
	stderr, err := os.Create(ts.MkAbs("log"))
	ts.Check(err)
	defer stderr.Close()
	cmd.Stdout, cmd.Stderr = stdout, stderr
	ts.Check(cmd.Start())
	ended := make(chan struct{})
	s.cmd, s.ended = cmd, ended
	go func() {
		defer close(ended)
		_ = cmd.Wait() // ended looks at the exit code
	}()
}

func (s *session) stdout(name, reader string) (*os.File, error) {
	if reader == "" {
		return os.Create(name)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	if reader == "-deaf" {
		return w, r.Close()
	}
	s.pipes = append(s.pipes, r)
	return w, fill(w)
}

// cmdSend writes the content of a file to its standard input.
func cmdSend(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) != 1, "send file")
	_, err := io.WriteString(current(ts).stdin, ts.ReadFile(args[0]))
	ts.Check(err)
}

// cmdAwait waits for a line in a file that matches, also where there is no file yet.
func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) != 2, "await pattern file")
	pattern := regexp.MustCompile(args[0])
	for deadline := time.Now().Add(awaitTimeout); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[1])); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		lines := bufio.NewScanner(strings.NewReader(ts.ReadFile(args[1])))
		for lines.Scan() {
			if pattern.Match(lines.Bytes()) {
				return
			}
		}
	}
	ts.Fatalf("%s has no match after %v:\n%s", args[1], awaitTimeout, ts.ReadFile(args[1]))
}

// cmdSignal sends a signal, or again and again until the program has ended.
func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]syscall.Signal{
		"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "QUIT": syscall.SIGQUIT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL,
	}
	again := len(args) == 2 && args[0] == "-again"
	if again {
		args = args[1:]
	}
	usage(ts, neg, len(args) != 1 || signals[args[0]] == 0, "signal [-again] HUP|INT|QUIT|TERM|KILL")
	s := current(ts)
	for {
		err := s.cmd.Process.Signal(signals[args[0]])
		if !again {
			ts.Check(err)
			return
		}
		select {
		case <-s.ended:
			return
		case <-time.After(sameSignal / 4):
		}
	}
}

// cmdEOF closes its standard input.
func cmdEOF(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) != 0, "eof")
	ts.Check(current(ts).stdin.Close())
}

// cmdEnded waits for the end of what start has started.
func cmdEnded(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) != 1, "ended code")
	s := current(ts)
	select {
	case <-s.ended:
	case <-time.After(awaitTimeout):
		ts.Fatalf("it still runs after %v:\n%s", awaitTimeout, ts.ReadFile("log"))
	}
	code := s.cmd.ProcessState.ExitCode()
	s.kill()
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s:\n%s", code, args[0], ts.ReadFile("log"))
	}
}

// kill ends the session so that there can be another.
func (s *session) kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill() // an error says that it has ended
		<-s.ended
		_ = s.stdin.Close()
	}
	for _, p := range s.pipes {
		p.Close()
	}
	*s = session{}
}
