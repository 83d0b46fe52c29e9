package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/term"

	"target-s3/target/config"
	"target-s3/target/connect/setup"
	"target-s3/target/connect/setup/terminal/ptytest"
	"target-s3/target/storetest/versitygw"
)

const setupChallenge = "challenge-of-the-test"

// setupRun is the program's form on a terminal.
type setupRun struct {
	*ptytest.Terminal
	t      *testing.T
	dir    string
	cmd    *exec.Cmd
	stdout bytes.Buffer
	wait   func() int
}

func startSetup(t *testing.T, args ...string) *setupRun {
	t.Helper()
	return startSetupOn(t, "xterm-256color", args...)
}

func startSetupOn(t *testing.T, kind string, args ...string) *setupRun {
	t.Helper()
	r := &setupRun{Terminal: ptytest.New(t, 220, 70), t: t, dir: t.TempDir()}
	r.cmd = exec.Command("target-s3", append([]string{"setup"}, args...)...)
	r.cmd.Dir, r.cmd.Stdout = r.dir, &r.stdout
	r.cmd.Env = []string{"HOME=/no-home", "PATH=" + os.Getenv("PATH"), "TERM=" + kind, "AWS_EC2_METADATA_DISABLED=true"}
	r.wait = r.Start(r.cmd)
	return r
}

// page waits for a page, and answers it.
func (r *setupRun) page(await string, keys ...string) {
	r.t.Helper()
	r.Await(await, "ctrl+c quit")
	r.Type(keys...)
}

// refusal is how the loader refuses a value, a line for each problem.
func refusal(t *testing.T, setting, value string) (lines []string) {
	t.Helper()
	s, _ := config.Lookup(setting)
	c := config.Default()
	err := s.Set(&c, value)
	if err == nil {
		t.Fatalf("%s: the loader accepts %q", setting, value)
	}
	for _, line := range setup.Lines(err) {
		lines = append(lines, "✗ "+line)
	}
	return lines
}

// correct types values that are wrong, awaits the loader's own words on each, and
// sees to it that they cannot be left like that.
func (r *setupRun) correct(setting string, values []string) {
	r.t.Helper()
	for _, v := range values {
		r.Type(ptytest.Clear, v)
		problems := refusal(r.t, setting, v)
		r.Await(problems...)
		r.Type(ptytest.Enter)
		r.AwaitStill()
		r.Await(problems...)
	}
	r.Type(ptytest.Clear)
}

var (
	wrongBuckets = []string{"s3://x", "https://my-bucket.s3.amazonaws.com/raw", "My_Bucket", "a/b", "xn--a", "ab"}
	wrongKeys    = []string{
		"[integration_name]/[table_name]/[timestamp_loaded]",
		"my data/[integration_name]/[table_name]/[table_version]_[timestamp_loaded]",
		"wow!/[integration_name]/[table_name]/[table_version]_[timestamp_loaded]",
		strings.Repeat("x", 450) + "/[integration_name]/[table_name]/[table_version]_[timestamp_loaded]",
	}
)

// TestSetupOnTerminal gets everything wrong first, and corrects it. The settings
// that come of it load data.
func TestSetupOnTerminal(t *testing.T) {
	r := startSetup(t, "--set", "aws_endpoint_url=file:out", "--challenge-file", setupChallenge, "--integration-name", "shop")
	r.page("step 1 of 6", "Lake", ptytest.Enter, "for the test", ptytest.Enter)
	r.Await("step 2 of 6", "ctrl+c")
	r.correct("s3_bucket", wrongBuckets)
	r.Type("my-bucket", ptytest.Enter)
	r.page("step 3 of 6", ptytest.Down, ptytest.Enter, ptytest.Down, ptytest.Enter, ptytest.Down, ptytest.Enter)
	r.Await("step 4 of 6", "[hour_loaded]", "Sample: shop/orders/1_")
	r.correct("integration_name", []string{"my shop"})
	r.Type("shop", ptytest.Enter)
	r.Await("> Object key")
	r.correct("s3_key_format_string", wrongKeys)
	r.Type("raw/[integration_name]/[table_name]/[table_version]_[timestamp_loaded]")
	r.Await("Sample: raw/shop/orders/1_")
	r.Type(ptytest.Enter)
	r.page("> Exactly once", ptytest.Enter)
	r.page("(•) I have created the challenge file", ptytest.Down, ptytest.Enter)
	if code := r.wait(); code != 0 {
		t.Fatalf("exit %d", code)
	}
	r.Await("needs no policy", "The challenge file must stay", "✓ Saved config.json")
	if r.stdout.String() != "config.json\n" {
		t.Errorf("standard output %q", r.stdout.String())
	}
	want := `{"display_name":"Lake","description":"for the test","s3_bucket":"my-bucket","integration_name":"shop",` +
		`"s3_key_format_string":"raw/[integration_name]/[table_name]/[table_version]_[timestamp_loaded]","sentinel_key":"` + setupChallenge + `",` +
		`"output_file_format":"csv","csv_delimiter":"|","csv_force_quote":true,"exactly_once":"shop","aws_endpoint_url":"file:out"}`
	text, err := os.ReadFile(filepath.Join(r.dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	var flat bytes.Buffer
	if err := json.Compact(&flat, text); err != nil || flat.String() != want {
		t.Errorf("%s, %v", flat.String(), err)
	}
	if info, err := os.Stat(filepath.Join(r.dir, "config.json")); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	r.load("raw/shop/orders/1_*.csv")
}

// load loads the example with the settings that were saved.
func (r *setupRun) load(pattern string) {
	r.t.Helper()
	shop, err := filepath.Abs("../../examples/quickstart/shop.singer")
	if err != nil {
		r.t.Fatal(err)
	}
	cmd := exec.Command("target-s3", "--config", "config.json", "--input", shop)
	cmd.Dir, cmd.Env = r.dir, r.cmd.Env
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("%v\n%s", err, out)
	}
	if pattern == "" {
		return
	}
	files, err := filepath.Glob(filepath.Join(r.dir, "out/my-bucket", pattern))
	if err != nil || len(files) != 1 {
		r.t.Fatalf("%q, %v", files, err)
	}
	if text, err := os.ReadFile(files[0]); err != nil || !strings.Contains(string(text), `"|"`) {
		r.t.Errorf("%s, %v", text, err)
	}
}

// TestSetupCreatesBucket does it on a server, from nothing.
func TestSetupCreatesBucket(t *testing.T) {
	server := versitygw.Start(t)
	r := startSetup(t, "--bucket", "new-bucket", "--region", server.Region, "--challenge-file", setupChallenge,
		"--principal", "123456789012", "--with-secrets",
		"--set", "aws_endpoint_url="+server.Endpoint, "--set", "aws_access_key_id="+server.AccessKey, "--set", "aws_secret_access_key="+server.SecretKey)
	r.page("step 1 of 6", ptytest.Enter, ptytest.Enter)
	r.page("step 2 of 6", ptytest.Enter, ptytest.Enter)
	r.page("step 3 of 6", ptytest.Enter)
	r.page("step 4 of 6", "shop", ptytest.Enter, ptytest.Enter, ptytest.Enter)
	r.page("> ARN", ptytest.Enter)
	r.Await("arn:aws:iam::123456789012:root", "aws s3api put-object --bucket new-bucket --key "+setupChallenge)
	r.page("(•) I have created the challenge file", ptytest.Enter)
	r.page("(•) Create the bucket, or see how", ptytest.Enter)
	r.page("(•) Create it in us-east-1", ptytest.Enter)
	r.Await("✓ The bucket was created.")
	r.page("(•) I have created the challenge file", ptytest.Down, ptytest.Enter)
	if code := r.wait(); code != 0 {
		t.Fatalf("exit %d", code)
	}
	if strings.Contains(r.Output(), server.SecretKey) {
		t.Error("the secret was shown")
	}
	r.load("")
	keys := strings.Join(server.Keys(t, "new-bucket"), "\n")
	for _, want := range []string{`(?m)^` + setupChallenge + `$`, `(?m)^shop/orders/1_\d{13}\.jsonl$`} {
		if !regexp.MustCompile(want).MatchString(keys) {
			t.Errorf("no %s in\n%s", want, keys)
		}
	}
}

// TestSetupLeft leaves it, by Ctrl-C and by signals. The terminal is as it was
// and there is no file.
func TestSetupLeft(t *testing.T) {
	for name, tt := range map[string]struct {
		leave func(*setupRun)
		code  int
	}{
		"ctrl-c": {func(r *setupRun) { r.Type(ptytest.CtrlC) }, 130},
		"INT":    {func(r *setupRun) { _ = r.cmd.Process.Signal(syscall.SIGINT) }, 130},
		"TERM":   {func(r *setupRun) { _ = r.cmd.Process.Signal(syscall.SIGTERM) }, 143},
	} {
		t.Run(name, func(t *testing.T) {
			r := startSetup(t, "--bucket", "my-bucket", "--set", "aws_endpoint_url=file:out")
			r.page("step 1 of 6", ptytest.Enter, ptytest.Enter)
			r.Await("step 2 of 6", "ctrl+c")
			raw, err := term.GetState(int(r.Tty.Fd()))
			if err != nil {
				t.Fatal(err)
			}
			tt.leave(r)
			if code := r.wait(); code != tt.code {
				t.Errorf("exit %d, want %d", code, tt.code)
			}
			r.Await("target-s3: setup was left, nothing was saved")
			if after, err := term.GetState(int(r.Tty.Fd())); err != nil || reflect.DeepEqual(after, raw) {
				t.Errorf("the terminal was left as it was for the form: %v", err)
			}
			if entries, err := os.ReadDir(r.dir); err != nil || len(entries) > 0 || r.stdout.Len() > 0 {
				t.Errorf("%v, %v, %q", entries, err, r.stdout.String())
			}
		})
	}
}

// TestSetupPrinted is for terminals that can only print, and for those whose
// users have them read aloud.
func TestSetupPrinted(t *testing.T) {
	r := startSetupOn(t, "dumb", "--set", "aws_endpoint_url=file:out", "--challenge-file", setupChallenge)
	const enter = "\n"
	for _, answer := range []struct{ await, keys string }{
		{"Display name []:", enter},
		{"Description []:", enter},
		{"Bucket name []:", "a/b" + enter},
		{refusal(t, "s3_bucket", "a/b")[0], "my-bucket" + enter},
		{"Storage format number [1]:", enter},
		{"Integration name []:", enter},
		{"✗ required, and not set", "crm" + enter},
		{"Object key [", enter},
		{"Exactly once number [1]:", enter},
		{"2  Create it for me", "2" + enter},
	} {
		r.Await(answer.await)
		r.Type(answer.keys)
	}
	if code := r.wait(); code != 0 || r.stdout.String() != "config.json\n" {
		t.Errorf("exit %d, %q", code, r.stdout.String())
	}
	r.load("")

	r = startSetupOn(t, "dumb")
	r.Await("Display name []:")
	r.Type(ptytest.CtrlC) // which the terminal makes a signal
	if code := r.wait(); code != 130 {
		t.Errorf("exit %d", code)
	}
	r.Await("setup was left, nothing was saved")
}

// TestSetupUnasked does with flags what the form does, on a server.
func TestSetupUnasked(t *testing.T) {
	server := versitygw.Start(t)
	file := filepath.Join(t.TempDir(), "made.json")
	args := []string{
		"setup", "--non-interactive", "--bucket", "new-bucket", "--integration-name", "shop", "--region", server.Region, "--challenge-file", setupChallenge,
		"--save-as", file, "--with-secrets",
		"--set", "aws_endpoint_url=" + server.Endpoint, "--set", "aws_access_key_id=" + server.AccessKey, "--set", "aws_secret_access_key=" + server.SecretKey,
	}
	stdout, stderr, err := runQuietly(t, args...)
	if exitCode(err) != exitFailed || stdout != "" || !strings.Contains(stderr, "aws s3api create-bucket --bucket new-bucket") || !strings.Contains(stderr, "--create-bucket.") {
		t.Errorf("%v\n%s", err, stderr)
	}
	_, _, err = runQuietly(t, append(args, "--create-challenge-file")...)
	if exitCode(err) != exitFailed || !strings.Contains(err.Error(), "the bucket does not exist (new-bucket); --create-bucket creates it") {
		t.Errorf("%v", err)
	}
	stdout, stderr, err = runQuietly(t, append(args, "--create-challenge-file", "--create-bucket")...)
	if err != nil || stdout != file+"\n" || !strings.Contains(stderr, "✓ The bucket was created.") || !strings.Contains(stderr, "Note: ") || strings.Contains(stderr, server.SecretKey) {
		t.Fatalf("%v\n%s", err, stderr)
	}
	if _, _, err := runQuietly(t, "--config", file, "--input", "../../examples/quickstart/shop.singer"); err != nil {
		t.Error(err)
	}
	_, stderr, err = runQuietly(t, append(args, "--create-challenge-file", "--create-bucket", "--overwrite")...)
	if err != nil || !strings.Contains(stderr, "✓ The bucket was there already.") || !strings.Contains(stderr, "✓ The challenge file was there already.") {
		t.Errorf("%v\n%s", err, stderr)
	}
}
