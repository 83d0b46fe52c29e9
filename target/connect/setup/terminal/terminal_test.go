package terminal_test

import (
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"target-s3/target/config"
	"target-s3/target/connect/check"
	"target-s3/target/connect/setup"
	"target-s3/target/connect/setup/terminal"
	"target-s3/target/connect/setup/terminal/ptytest"
)

// ready is a service in which everything is as it should be.
func ready() *service {
	s := &service{}
	s.bucket.Store(true)
	s.challenge.Store(true)
	return s
}

// toGrant answers every question with what is there.
func (r *run) toGrant() {
	r.t.Helper()
	r.page("step 1 of 6", ptytest.Enter, ptytest.Enter)
	r.page("step 2 of 6", ptytest.Enter, ptytest.Enter)
	r.page("step 3 of 6", ptytest.Enter)
	r.page("step 4 of 6", ptytest.Enter, ptytest.Enter, ptytest.Enter)
	r.page("step 5 of 6", ptytest.Enter)
	r.Await("I have created the challenge file", "ctrl+c")
}

func options(t *testing.T, s *service, more map[string]string) terminal.Options {
	t.Helper()
	settings := map[string]string{"s3_bucket": "my-bucket", "aws_region": "eu-central-1"}
	for name, text := range more {
		settings[name] = text
	}
	return terminal.Options{Form: form(t, settings), Actions: s.actions(), SaveAs: "config.json"}
}

// saved is what the form has saved, as the loader reads it.
func (r *run) savedConfig() config.Config {
	r.t.Helper()
	name, err := r.end()
	if err != nil {
		r.t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		r.t.Fatal(err)
	}
	c, _, err := config.Load(config.JSON(name, text))
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *run) nothingSaved() {
	r.t.Helper()
	if entries, err := os.ReadDir("."); err != nil || len(entries) > 0 {
		r.t.Errorf("%v, %v", entries, err)
	}
}

// From any page there is a way back, also from a wrong answer, and it loses no
// answer.
func TestBack(t *testing.T) {
	r := start(t, 50, options(t, ready(), nil))
	r.page("step 1 of 6", ptytest.Escape) // there is no way
	r.AwaitStill()
	r.page("step 1 of 6", "Lake", ptytest.Enter, "wrong place", ptytest.ShiftTab)
	r.Await("> Display name")
	r.Type(ptytest.Enter, ptytest.Enter)
	r.page("step 2 of 6", ptytest.Clear, "My_Bucket")
	r.page("✗ the name of a bucket", ptytest.Escape)
	r.Await("step 1 of 6", "wrong place")
	r.Type(ptytest.Enter, ptytest.Clear, ptytest.Enter)
	r.page("step 2 of 6", ptytest.Enter) // to no avail
	r.Await("✗ the name of a bucket", "> Bucket name")
	r.Type(ptytest.Clear, "another-bucket", ptytest.Enter, ptytest.Enter)
	r.page("step 3 of 6", ptytest.Down, ptytest.Enter, ptytest.Down, ptytest.Enter, ptytest.Down, ptytest.Enter)
	r.page("step 4 of 6", ptytest.ShiftTab)
	r.page("step 3 of 6", ptytest.Enter, ptytest.Enter, ptytest.Enter)
	r.page("step 4 of 6", ptytest.Enter, ptytest.Enter, ptytest.Enter)
	r.page("step 5 of 6", "nobody")
	r.page("✗ principal", ptytest.Escape)
	r.page("step 4 of 6", ptytest.Enter, ptytest.Enter, ptytest.Enter)
	r.page("nobody", ptytest.Clear, ptytest.Enter)
	r.page("(•) I have created the challenge file", ptytest.Escape)
	r.page("ARN of the role", ptytest.Enter)
	r.page("(•) I have created the challenge file", ptytest.Enter)
	c := r.savedConfig()
	if c.DisplayName != "Lake" || c.Description != "" || c.S3Bucket != "another-bucket" || c.AWSRegion != "eu-central-1" ||
		c.OutputFileFormat != config.FormatCSV || c.CSVDelimiter != '|' || !c.CSVForceQuote || c.SentinelKey != challengeFile {
		t.Errorf("%+v", c)
	}
	if n := strings.Count(r.Output(), "Policy for the role or user that loads"); n != 1 {
		t.Errorf("the same policy was shown %d times", n)
	}
}

// Ctrl-C on any page leaves nothing but what the person had made, and says so.
func TestCtrlC(t *testing.T) {
	for name, pages := range map[string]func(*run){
		"first page": func(*run) {},
		"wrong":      func(r *run) { r.page("step 1 of 6", ptytest.Enter, ptytest.Enter); r.page("step 2 of 6", "!") },
		"grant":      func(r *run) { r.toGrant() },
		"check":      func(r *run) { r.toGrant(); r.Type(ptytest.Enter); r.Await("Quit without saving", "ctrl+c") },
		"quit choice": func(r *run) {
			r.toGrant()
			r.Type(ptytest.Enter)
			r.page("Quit without saving", ptytest.Down, ptytest.Down, ptytest.Down, ptytest.Down, ptytest.Enter)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &service{}
			s.bucket.Store(true)
			r := start(t, 50, options(t, s, nil))
			r.Await("step 1 of 6", "ctrl+c")
			pages(r)
			if name != "quit choice" {
				r.Type(ptytest.CtrlC)
			}
			if _, err := r.end(); !errors.Is(err, terminal.ErrAborted) {
				t.Errorf("%v", err)
			}
			r.nothingSaved()
			if strings.Contains(r.Text(), "stays") {
				t.Error("it says that something stays")
			}
		})
	}
}

func TestWhatWasMadeStays(t *testing.T) {
	s := &service{mayCreate: true, note: "the service\x1b[2J does not know public access blocks"}
	r := start(t, 60, options(t, s, nil))
	r.toGrant()
	r.Type(ptytest.Down, ptytest.Enter)
	r.Await("Go back", "ctrl+c")
	r.Type(ptytest.Enter) // create the bucket, and the challenge file in it
	r.Await(`Note: the service\u001b[2J does not know public access blocks`, "✓ The challenge file was created.")
	r.Await("To load: tap-x")
	if _, err := r.end(); err != nil {
		t.Fatal(err)
	}

	s = &service{mayCreate: true}
	o := options(t, s, nil)
	o.SaveAs = "taken"
	r = start(t, 60, o)
	if err := os.WriteFile("taken", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r.toGrant()
	r.Type(ptytest.Down, ptytest.Enter)
	r.page("(•) Create it in eu-central-1", ptytest.Enter)
	r.page("The file taken exists.", ptytest.CtrlC)
	if _, err := r.end(); !errors.Is(err, terminal.ErrAborted) {
		t.Errorf("%v", err)
	}
	r.Await("The bucket my-bucket was made, and stays.", challengeFile+" was made, and\nstays.")
}

// A signal ends it, on a page and during a check.
func TestCancel(t *testing.T) {
	signal := errors.New("a signal")
	r := start(t, 50, options(t, ready(), nil))
	r.Await("step 1 of 6", "ctrl+c")
	r.cancel(signal)
	if _, err := r.end(); !errors.Is(err, signal) {
		t.Errorf("%v", err)
	}
	r.nothingSaved()

	checking := make(chan struct{})
	o := options(t, ready(), nil)
	o.Actions.Check = func(ctx context.Context, _ config.Config, _ func(check.Result)) bool {
		close(checking)
		<-ctx.Done()
		return false
	}
	r = start(t, 50, o)
	r.toGrant()
	r.Type(ptytest.Enter)
	<-checking
	r.cancel(signal)
	if _, err := r.end(); !errors.Is(err, signal) {
		t.Errorf("%v", err)
	}
	r.nothingSaved()
}

func TestFileThatExists(t *testing.T) {
	r := start(t, 50, options(t, ready(), nil))
	if err := os.WriteFile("config.json", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.toGrant()
	r.Type(ptytest.Enter)
	r.page("The file config.json exists.", "/tmp/jk.json", ptytest.Enter) // which is not the place for it
	r.page("config-2.json", ptytest.Clear, "no-folder/x.json", ptytest.Enter)
	r.page("✗ settings: open no-folder", ptytest.Clear, " second.json ", ptytest.Enter)
	if saved, err := r.end(); saved != "second.json" || err != nil {
		t.Fatalf("%s, %v", saved, err)
	}
	if text, _ := os.ReadFile("config.json"); string(text) != "mine" {
		t.Errorf("%s", text)
	}

	r = start(t, 50, options(t, ready(), nil))
	if err := os.WriteFile("config.json", []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	r.toGrant()
	r.Type(ptytest.Enter)
	r.page("The file config.json exists.", ptytest.Down, ptytest.Enter)
	if c := r.savedConfig(); c.S3Bucket != "my-bucket" {
		t.Errorf("%+v", c)
	}
	if info, _ := os.Stat("config.json"); info.Mode() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestCredentials(t *testing.T) {
	secrets := map[string]string{"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "not-a-real-one"}
	for name, keep := range map[string]bool{"left out": false, "kept": true} {
		t.Run(name, func(t *testing.T) {
			r := start(t, 50, options(t, ready(), secrets))
			r.toGrant()
			r.Type(ptytest.Enter)
			r.Await("Leave the credentials out", "ctrl+c")
			if keep {
				r.Type(ptytest.Down)
			}
			r.Type(ptytest.Enter)
			if c := r.savedConfig(); c.AWSSecretAccessKey.IsZero() == keep {
				t.Errorf("%+v", c)
			}
			if strings.Contains(r.Output(), "not-a-real-one") {
				t.Error("a secret was shown")
			}
		})
	}
}

// After a check that failed there are ways on, and each leads somewhere.
func TestCheckFails(t *testing.T) {
	s := &service{} // nothing is there, and nothing may be created
	r := start(t, 60, options(t, s, nil))
	r.toGrant()
	r.Type(ptytest.Enter)
	r.page("(•) Create the bucket, or see how", ptytest.Enter)
	r.page("( ) I have created it", ptytest.Enter)
	r.Await(`✗ CreateBucket s3://my-bucket: AccessDenied (403): \u001b[2Jno`)
	r.AwaitStill()
	s.bucket.Store(true)
	r.Type(ptytest.Down, ptytest.Enter) // somebody else has created it
	r.page("(•) I have created the challenge file", ptytest.Enter)
	r.page("(•) Create the challenge file for me", ptytest.Down, ptytest.Down, ptytest.Enter) // change the answers
	r.page("step 1 of 6", ptytest.Enter, ptytest.Enter)
	r.page("> Bucket name", ptytest.Enter, ptytest.Enter)
	r.page("> Storage format", ptytest.Enter)
	r.page("> Integration name", ptytest.Enter, ptytest.Enter, ptytest.Enter)
	r.page("> ARN", ptytest.Enter)
	r.page("( ) Create it for me", ptytest.Enter)
	r.AwaitStill()
	r.page("( ) Check again", ptytest.Down, ptytest.Enter)
	r.AwaitStill()
	r.page("(•) Create the challenge file for me", ptytest.Down, ptytest.Down, ptytest.Down, ptytest.Enter) // save anyway
	if c := r.savedConfig(); c.SentinelKey != challengeFile {
		t.Errorf("%+v", c)
	}
	if s.challenge.Load() {
		t.Error("the challenge file was created unasked")
	}
}

// What a service answers cannot play with the terminal.
func TestWildAnswers(t *testing.T) {
	s := ready()
	s.found = []check.Result{
		{Name: "put", Title: "Put\x1b]0;mine\x07Object", Outcome: check.OK, Detail: "fine\x1b[31m\r\nso fine\u202e", Fix: "delete\x1b it"},
		{Name: "get", Title: "Get", Outcome: check.Failed, Detail: "\x1b[2Jno", Code: "\x1b[1mAccessDenied", Fix: "a\x00b"},
	}
	r := start(t, 50, options(t, s, nil))
	r.toGrant()
	r.Type(ptytest.Enter)
	r.Await(`✓ Put\u001b]0;mine\u0007Object`, `fine\u001b[31m\r\nso fine\u202e`, `fix:  delete\u001b it`, `what: \u001b[2Jno`, `code: \u001b[1mAccessDenied`, `fix:  a\u0000b`, "Save anyway")
	if strings.ContainsAny(r.Output(), "\x00\u202e") || strings.Contains(r.Output(), "\x1b]0;") {
		t.Error("a control character has passed")
	}
	r.Type(ptytest.CtrlC)
	_, _ = r.end()
}

var coloured = regexp.MustCompile(`\x1b\[[0-9;]*\b(3[0-7]|9[0-7])[;m]`)

func TestNoColor(t *testing.T) {
	for _, none := range []bool{false, true} {
		o := options(t, ready(), nil)
		o.NoColor = none
		r := start(t, 50, o)
		r.Await("step 1 of 6", "ctrl+c")
		if got := coloured.MatchString(r.Output()); got == none {
			t.Errorf("NoColor %v: coloured is %v", none, got)
		}
		r.Type(ptytest.CtrlC)
		_, _ = r.end()
	}
}

// What is typed can be seen in a window that is too low for the whole page.
func TestLowWindow(t *testing.T) {
	r := start(t, 10, options(t, ready(), nil))
	r.page("step 1 of 6", ptytest.Enter, ptytest.Enter)
	r.page("step 2 of 6", ptytest.Enter, ptytest.Enter)
	r.page("step 3 of 6", ptytest.Enter)
	r.page("step 4 of 6", ptytest.Enter, ptytest.Clear, "x y")
	r.Await("> Object key", "x y", "✗", "spaces are not allowed", "ctrl+c")
	r.Type(ptytest.CtrlC)
	_, _ = r.end()
}

// A text that is pasted is one answer, without the ends of lines it may have.
func TestPaste(t *testing.T) {
	r := start(t, 50, options(t, ready(), nil))
	r.page("step 1 of 6", ptytest.Enter, ptytest.Enter)
	r.page("step 2 of 6", ptytest.Clear, "\x1b[200~pasted\x1b[201~")
	r.Await("pasted", "step 2 of 6")
	r.Type("-bucket", ptytest.Enter, ptytest.Enter)
	r.Await("✓ Bucket: pasted-bucket, eu-central-1")
	r.Type(ptytest.CtrlC)
	_, _ = r.end()
}

// What is pasted comes with spaces.
func TestPastedSpaces(t *testing.T) {
	r := start(t, 120, options(t, ready(), nil))
	r.page("step 1 of 6", ptytest.Enter, ptytest.Enter)
	r.page("step 2 of 6", ptytest.Clear, "\x1b[200~ pasted-bucket \u00a0\n\x1b[201~", ptytest.Enter, ptytest.Clear, " eu-west-1 ", ptytest.Enter)
	r.Await("✓ Bucket: pasted-bucket, eu-west-1\n")
	r.page("step 3 of 6", ptytest.Enter)
	r.page("step 4 of 6", ptytest.Enter, ptytest.Enter, ptytest.Enter)
	r.page("step 5 of 6", " 123456789012 ", ptytest.Enter)
	r.Await("arn:aws:iam::123456789012:root")
	r.page("I have created the challenge file", ptytest.Enter)
	if c := r.savedConfig(); c.S3Bucket != "pasted-bucket" || c.AWSRegion != "eu-west-1" {
		t.Errorf("%q %q", c.S3Bucket, c.AWSRegion)
	}
}

// A region that is none is let pass, once the person was told.
func TestUnknownRegion(t *testing.T) {
	r := start(t, 50, options(t, ready(), nil))
	r.page("step 1 of 6", ptytest.Enter, ptytest.Enter)
	r.page("step 2 of 6", ptytest.Enter, ptytest.Clear, "us-est-1", ptytest.Enter)
	r.Await("! us-est-1 is not a known AWS region; the nearest is us-east-1. Enter", "> Region")
	r.Type(ptytest.Clear, "us-est-2")
	r.AwaitGone("! us-est")
	r.Type(ptytest.Enter)
	r.page("nearest is us-east-2", ptytest.Enter)
	r.page("step 3 of 6", ptytest.Enter)
	r.page("step 4 of 6", ptytest.Enter, ptytest.Enter, ptytest.Enter)
	r.page("step 5 of 6", ptytest.Enter)
	r.page("I have created the challenge file", ptytest.Enter)
	if c := r.savedConfig(); c.AWSRegion != "us-est-2" {
		t.Errorf("%q", c.AWSRegion)
	}
}

// The integration's name has to be given, and what this machine says is shown.
func TestNameAndSurroundings(t *testing.T) {
	none, _, err := config.LoadPart()
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, ready(), nil)
	o.Form = setup.New(none, setup.Surroundings{
		Endpoint: "http://localhost:9000", EndpointFrom: "AWS_ENDPOINT_URL", Profile: "pr\x1b[2Jod", ProfileFrom: "AWS_PROFILE",
	})
	r := start(t, 50, o)
	r.page("step 1 of 6", ptytest.Enter, ptytest.Enter)
	r.Await("Service: http://localhost:9000, from AWS_ENDPOINT_URL. It will be saved as", `AWS profile: pr\u001b[2Jod, from AWS_PROFILE.`)
	r.page("step 2 of 6", "my-bucket", ptytest.Enter, ptytest.Enter)
	r.page("step 3 of 6", ptytest.Enter)
	r.page("step 4 of 6", ptytest.Enter)
	r.Await("✗ required, and not set", "Sample: –")
	r.page("> Integration name", "crm", ptytest.Enter)
	r.page("Sample: crm/orders/1_1519235654474.jsonl", ptytest.Enter, ptytest.Enter)
	r.page("step 5 of 6", ptytest.Enter)
	r.page("I have created the challenge file", ptytest.Enter)
	if strings.Contains(r.Output(), "aws iam") || strings.Contains(r.Output(), "AWS console") || !strings.Contains(r.Output(), "in the way of your service") {
		t.Error("another service is explained as Amazon's")
	}
	if c := r.savedConfig(); c.IntegrationName != "crm" || c.AWSEndpointURL != "http://localhost:9000" || c.AWSProfile != "" {
		t.Errorf("%+v", c)
	}
	r.Await(`Not in it: The credentials. They come from the profile pr\u001b[2Jod: set`, "The challenge file must stay", "as sentinel_key:\n  target-s3-challenge-file-")
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;?<>=]*[a-zA-Z]`)

// On a terminal of 80 columns words are whole, the default key is, and each
// problem has its line. What failed has no tick.
func TestEightyColumns(t *testing.T) {
	s := &service{} // nothing is there
	r := start(t, 120, options(t, s, nil))
	r.page("step 1 of 6", ptytest.Enter, ptytest.Enter)
	r.page("step 2 of 6", ptytest.Enter, ptytest.Enter)
	r.page("step 3 of 6", ptytest.Enter)
	r.page("step 4 of 6", ptytest.Enter)
	r.Await("> Object key", "  [integration_name]/[table_name]/[table_version]_[timestamp_loaded].[csv|jsonl]\n")
	r.Type(ptytest.Clear, "a b!")
	r.Await("\n  ✗ required and missing: [integration_name]", "\n  ✗ spaces are not allowed", "\n  ✗ not allowed: !")
	r.Type(ptytest.Clear, ptytest.Enter, ptytest.Enter)
	r.page("step 5 of 6", ptytest.Enter)
	r.page("I have created the challenge file", ptytest.Enter)
	r.page("Create the bucket, or see how", ptytest.Down, ptytest.Down, ptytest.Down, ptytest.Enter) // save anyway
	r.Await("→ Check and save: Save anyway", "→ Grant and verify access: I have created the challenge file", "✓ Saved config.json")
	if _, err := r.end(); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.FieldsFunc(escapes.ReplaceAllString(r.Output(), ""), func(r rune) bool { return r == '\r' || r == '\n' }) {
		line = strings.TrimRight(line, " ")
		if command := strings.HasPrefix(strings.TrimSpace(line), "aws "); len([]rune(line)) > 80 && !command {
			t.Errorf("longer than 80: %q", line)
		}
	}
}

// Where all is printed, one question after the other.
func TestPlain(t *testing.T) {
	o := options(t, ready(), nil)
	o.Plain = true
	r := start(t, 200, o)
	const enter = "\n"
	r.page("Display name []:", "Lake", enter)
	r.page("Description []:", "<", enter)
	r.page("Display name [Lake]:", `""`, enter)
	r.AwaitStill()
	r.Type(enter) // no description
	r.page("Bucket name [my-bucket]:", "s3://x", enter)
	r.page(`✗ must be the name of the bucket alone`, "<", enter)
	r.AwaitStill()
	r.Type(enter, enter)
	r.page("Bucket name [s3://x]:", enter)
	r.AwaitStill()
	r.Type("other-bucket", enter)
	r.page("Region [eu-central-1]:", enter)
	r.page("Storage format number [1]:", "4", enter)
	r.page("✗ must be one of the numbers 1 to 3", "2", enter)
	r.page("Delimiter number [1]:", "3", enter)
	r.page("Quote all elements number [1]:", enter)
	r.page("Integration name [shop]:", enter)
	r.page("Object key [", enter)
	r.page("Exactly once number [2]:", "1", enter)
	r.page("Sample: shop/orders/1_1519235654474.csv", "123456789012", enter)
	r.page("2  Create it for me", enter)
	c := r.savedConfig()
	if c.DisplayName != "" || c.S3Bucket != "other-bucket" || c.OutputFileFormat != config.FormatCSV || c.CSVDelimiter != '\t' || c.ExactlyOnce != "shop" {
		t.Errorf("%+v", c)
	}
	if strings.Contains(r.Output(), "\x1b") {
		t.Error("it moves the cursor")
	}
}
