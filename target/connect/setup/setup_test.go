package setup_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"target-s3/target/config"
	"target-s3/target/connect/awscli"
	"target-s3/target/connect/setup"
	"target-s3/target/objectkey"
)

func filled(t *testing.T, answers map[string]string) *setup.Form {
	t.Helper()
	f := setup.New(config.Default(), setup.Surroundings{})
	for setting, text := range answers {
		if err := f.Put(setting, text); err != nil {
			t.Fatalf("%s: %v", setting, err)
		}
	}
	return f
}

func TestEveryFieldIsASetting(t *testing.T) {
	f := setup.New(config.Default(), setup.Surroundings{})
	for _, step := range setup.Steps() {
		for _, field := range step.Fields {
			if _, ok := config.Lookup(field.Setting); !ok {
				t.Fatalf("%s is not a setting", field.Setting)
			}
			if err := f.Check(field.Setting, f.Text(field.Setting)); err != nil && !field.Required() {
				t.Errorf("%s: what the form shows first is wrong: %v", field.Setting, err)
			}
			for _, c := range field.Choices {
				if err := f.Put(field.Setting, c.Value); err != nil {
					t.Errorf("%s %q: %v", field.Setting, c.Value, err)
				}
			}
		}
	}
	for _, e := range objectkey.Elements() {
		if !e.Required {
			continue
		}
		if !strings.Contains(setup.New(config.Default(), setup.Surroundings{}).Text("s3_key_format_string"), e.Name) {
			t.Errorf("%s is not in the default key", e.Name)
		}
	}
}

func TestCheckSpeaksAsTheLoaderDoes(t *testing.T) {
	for _, c := range []struct{ setting, text, want string }{
		{"s3_bucket", "", "required, and not set"},
		{"s3_bucket", "s3://x-bucket", `did you mean "x-bucket"`},
		{"s3_bucket", "https://x-bucket.s3.eu-central-1.amazonaws.com/a", `did you mean "x-bucket"`},
		{"s3_bucket", "My_Bucket", "lower-case letters"},
		{"s3_bucket", "abc/b", `did you mean "abc"`},
		{"s3_key_format_string", "[integration_name]/[table_name]_[timestamp_loaded]", "required and missing: [table_version]"},
		{"s3_key_format_string", "a b/[integration_name]/[table_name]/[table_version]_[timestamp_loaded]", "spaces are not allowed"},
		{"s3_key_format_string", "a!/[integration_name]/[table_name]/[table_version]_[timestamp_loaded]", "not allowed: !"},
		{"s3_key_format_string", strings.Repeat("a", 500) + "[integration_name]/[table_name]/[table_version]_[timestamp_loaded]", "at most 500"},
		{"aws_region", "eu central", "a region such as"},
		{"integration_name", "", "required, and not set"},
		{"integration_name", " \u00a0", "required, and not set"},
		{"integration_name", "my shop", "letters, digits, dots"},
		{"s3_bucket", "x-bucket", ""},
		{"s3_bucket", " \tx-bucket\u00a0\n", ""},
		{"s3_bucket", "\ufeffx-bucket\u200b", ""},
		{"aws_region", " eu-central-1\r\n", ""},
		{"csv_delimiter", "\t", ""},
		{"s3_key_format_string", "", ""},
	} {
		f := setup.New(config.Default(), setup.Surroundings{})
		err := f.Put(c.setting, c.text)
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: %v, want %q", c.setting, c.text, err, c.want)
			continue
		}
		if f.Text(c.setting) != setup.Trim(c.text) {
			t.Errorf("%s: %q was typed, %q is kept", c.setting, c.text, f.Text(c.setting))
		}
		var problem *setup.Problem
		if _, err := f.Config(); !errors.As(err, &problem) {
			t.Errorf("%s %q: Config: %v", c.setting, c.text, err)
		}
	}
}

func TestConfigIsWhatTheLoaderReads(t *testing.T) {
	base := config.Default()
	for setting, text := range map[string]string{"compression": "zstd", "object_tags": "team=data&env=prod eu", "s3_key_prefix": "raw/"} {
		s, _ := config.Lookup(setting)
		if err := s.Set(&base, text); err != nil {
			t.Fatal(err)
		}
	}
	f := setup.New(base, setup.Surroundings{})
	for setting, text := range map[string]string{"s3_bucket": "my-bucket", "output_file_format": "csv", "csv_delimiter": "\t", "display_name": "Raw \"zone\""} {
		if err := f.Put(setting, text); err != nil {
			t.Fatal(err)
		}
	}
	c, err := f.Config()
	if err != nil {
		t.Fatal(err)
	}
	if c.S3Bucket != "my-bucket" || c.CSVDelimiter != '\t' || c.DisplayName != `Raw "zone"` || c.Compression != "zstd" ||
		c.ObjectTags["env"] != "prod eu" || c.SentinelKey != f.ChallengeFile() {
		t.Errorf("%+v", c)
	}
	key, err := f.SampleKey(time.UnixMilli(1519235654474))
	if want := "raw/singer/orders/1_1519235654474.csv.zst"; err != nil || key != want {
		t.Errorf("sample key %q, %v; want %q", key, err, want)
	}
	for _, format := range []string{"parquet", "csv"} {
		if err := f.Put("output_file_format", format); err != nil {
			t.Fatal(err)
		}
		suffix := map[string]string{"parquet": "parquet", "csv": "csv.zst"}[format]
		if key, err := f.SampleKey(time.UnixMilli(1519235654474)); err != nil || key != "raw/singer/orders/1_1519235654474."+suffix {
			t.Errorf("sample key %q, %v", key, err)
		}
	}
	if again := setup.New(c, setup.Surroundings{}); again.ChallengeFile() != f.ChallengeFile() || again.Text("csv_delimiter") != "\t" {
		t.Error("a form of finished settings does not begin with them")
	}
}

func TestConfigRefusesWhatLoadRefuses(t *testing.T) {
	base := config.Default()
	s, _ := config.Lookup("sse_kms_key_id")
	if err := s.Set(&base, "some-key"); err != nil {
		t.Fatal(err)
	}
	f := setup.New(base, setup.Surroundings{})
	if err := f.Put("s3_bucket", "my-bucket"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Config(); err == nil || !strings.Contains(err.Error(), "sse_kms_key_id") {
		t.Errorf("%v", err)
	}
}

func TestChallengeFileIsNewEachTime(t *testing.T) {
	one, two := setup.New(config.Default(), setup.Surroundings{}).ChallengeFile(), setup.New(config.Default(), setup.Surroundings{}).ChallengeFile()
	form := regexp.MustCompile(`^target-s3-challenge-file-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	if one == two || !form.MatchString(one) {
		t.Errorf("%s, %s", one, two)
	}
}

func TestCommands(t *testing.T) {
	f := filled(t, map[string]string{"s3_bucket": "my-bucket", "aws_region": "eu-central-1"})
	c, err := f.Config()
	if err != nil {
		t.Fatal(err)
	}
	want := "aws s3api put-object --bucket my-bucket --key " + f.ChallengeFile() + " --region eu-central-1"
	if got := awscli.CreateChallenge(c); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	create := awscli.CreateBucket(c)
	if len(create) != 3 || !strings.Contains(create[2], `"Filter":{"Prefix":"singer/"},"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":7}`) || !strings.Contains(create[0], "LocationConstraint=eu-central-1") || !strings.Contains(create[1], "BlockPublicAcls=true") {
		t.Errorf("%q", create)
	}
	c.AWSRegion, c.AWSProfile = "us-east-1", "it's"
	create = awscli.CreateBucket(c)
	if strings.Contains(create[0], "LocationConstraint") || !strings.HasSuffix(create[0], `--profile 'it'\''s'`) {
		t.Errorf("%q", create)
	}
	c.AWSEndpointURL = "file:///tmp/a b"
	if got := awscli.CreateChallenge(c); got != "mkdir -p '/tmp/a b/my-bucket' && touch '/tmp/a b/my-bucket/"+f.ChallengeFile()+"'" {
		t.Errorf("%s", got)
	}
	if got := awscli.CreateBucket(c); got != nil {
		t.Errorf("%q", got)
	}
}

func TestPolicy(t *testing.T) {
	f := filled(t, map[string]string{"s3_bucket": "my-bucket", "aws_region": "cn-north-1"})
	p, err := f.Policy("arn:aws-cn:iam::123456789012:role/loader")
	if err != nil || !strings.Contains(string(p), "arn:aws-cn:s3:::my-bucket/*") || !strings.Contains(string(p), "role/loader") {
		t.Errorf("%s, %v", p, err)
	}
	if p, err = f.Policy(""); err != nil || strings.Contains(string(p), "Principal") {
		t.Errorf("%s, %v", p, err)
	}
	if again, err := f.Policy(" 123456789012\n"); err != nil || !strings.Contains(string(again), "123456789012:root") {
		t.Errorf("%s, %v", again, err)
	}
	var actions []string
	for _, p := range f.Privileges() {
		if p.Why == "" {
			t.Errorf("%s: no reason", p.Action)
		}
		actions = append(actions, p.Action)
	}
	if !slices.Equal(actions, []string{"s3:PutObject", "s3:GetObject", "s3:ListBucket"}) {
		t.Errorf("%q", actions)
	}
	if _, err = f.Policy("nobody"); err == nil {
		t.Error("nobody is let in")
	}
}

func TestSave(t *testing.T) {
	base := config.Default()
	for setting, text := range map[string]string{"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "not-a-real-one"} {
		s, _ := config.Lookup(setting)
		if err := s.Set(&base, text); err != nil {
			t.Fatal(err)
		}
	}
	f := setup.New(base, setup.Surroundings{})
	if err := f.Put("s3_bucket", "my-bucket"); err != nil {
		t.Fatal(err)
	}
	c, err := f.Config()
	if err != nil || !setup.HasSecrets(c) {
		t.Fatalf("%v", err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "config.json")
	if err = setup.Save(c, path, false, false); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), "EXAMPLE") || strings.Contains(string(text), "not-a-real-one") {
		t.Errorf("%s, %v", text, err)
	}
	if info, _ := os.Stat(path); info.Mode() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode %v", info.Mode())
	}
	if err = setup.Save(c, path, true, false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file was replaced unasked: %v", err)
	}
	if again, _ := os.ReadFile(path); string(again) != string(text) {
		t.Error("the file that was to be left is another")
	}
	if err = setup.Save(c, path, true, true); err != nil {
		t.Fatal(err)
	}
	if text, _ = os.ReadFile(path); !strings.Contains(string(text), "not-a-real-one") {
		t.Errorf("%s", text)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

// TestIntegrationName: it has to be chosen, unless the settings have one.
func TestIntegrationName(t *testing.T) {
	none, _, err := config.LoadPart()
	if err != nil {
		t.Fatal(err)
	}
	f := setup.New(none, setup.Surroundings{})
	if err := f.Put("s3_bucket", "my-bucket"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Config(); err == nil || strings.Join(setup.Lines(err), "") != "Integration name: required, and not set" {
		t.Errorf("%v", err)
	}
	if _, err := f.SampleKey(time.UnixMilli(1)); err == nil {
		t.Error("there is a sample key without it")
	}
	for _, name := range []string{"shop", "singer"} { // the latter is the loader's default
		if err := f.Put("integration_name", name); err != nil {
			t.Fatal(err)
		}
		c, err := f.Config()
		if err != nil || c.IntegrationName != name {
			t.Fatalf("%+v, %v", c, err)
		}
		file := filepath.Join(t.TempDir(), "config.json")
		if err := setup.Save(c, file, false, false); err != nil {
			t.Fatal(err)
		}
		text, _ := os.ReadFile(file)
		again, _, err := config.LoadPart(config.JSON("", text))
		if err != nil || setup.New(again, setup.Surroundings{}).Text("integration_name") != name {
			t.Errorf("%s asks again for %s: %v", text, name, err)
		}
	}
}

func TestLines(t *testing.T) {
	f := setup.New(config.Default(), setup.Surroundings{})
	err := f.Put("s3_key_format_string", "a b/[table_name]!")
	want := []string{
		"required and missing: [integration_name] [table_version] [timestamp_loaded]",
		"spaces are not allowed: use _ or -", "not allowed: ! (any printable ASCII character is, but !@#$%^&* and the backslash)",
	}
	if got := setup.Lines(err); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	_, err = f.Config()
	if got := setup.Lines(err); len(got) != 4 || got[0] != "Bucket name: required, and not set" || got[1] != "Object key: "+want[0] {
		t.Errorf("%q", got)
	}
	if got := setup.Lines(errors.Join(errors.New("a\nb\n"), fmt.Errorf("c: %w", errors.New("d")))); !slices.Equal(got, []string{"a", "b", "c: d"}) {
		t.Errorf("%q", got)
	}
	if got := setup.Lines(nil); got != nil {
		t.Errorf("%q", got)
	}
}

func TestUnknownRegion(t *testing.T) {
	f := setup.New(config.Default(), setup.Surroundings{})
	for region, want := range map[string]string{
		"us-est-1": "the nearest is us-east-1", " eu-central-1 ": "", "": "", "mars": "not a known AWS", "a b": "",
	} {
		if got := f.Warn("aws_region", region); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q", region, got)
		}
	}
	if got := f.Warn("s3_bucket", "us-est-1"); got != "" {
		t.Errorf("%q", got)
	}
	other := setup.New(config.Default(), setup.Surroundings{Endpoint: "http://localhost:9000", EndpointFrom: "AWS_ENDPOINT_URL"})
	if got := other.Warn("aws_region", "garage"); got != "" {
		t.Errorf("%q", got)
	}
}

// TestSurroundings: the service that is in force is shown and saved, the profile
// is shown and named.
func TestSurroundings(t *testing.T) {
	around := setup.Surroundings{
		Endpoint: "http://localhost:9000", EndpointFrom: "AWS_ENDPOINT_URL", Profile: "prod", ProfileFrom: "AWS_PROFILE",
		Region: "eu-west-1", RegionFrom: "AWS_REGION",
	}
	for name, tt := range map[string]struct {
		settings map[string]string
		around   setup.Surroundings
		endpoint string
		notes    []string
		missing  string
	}{
		"nothing": {endpoint: "", notes: []string{"This machine has no region configured"}, missing: "from a profile or from the machine"},
		"all": {around: around, endpoint: "http://localhost:9000", notes: []string{
			"Service: http://localhost:9000, from AWS_ENDPOINT_URL. It will be saved", "AWS profile: prod, from AWS_PROFILE. It is not saved", "loads take eu-west-1, from AWS_REGION",
		}, missing: "the profile prod: set AWS_PROFILE for loads"},
		"settings win": {
			settings: map[string]string{"aws_endpoint_url": "https://minio.example.com", "aws_profile": "mine"}, around: around,
			endpoint: "https://minio.example.com", notes: []string{"Service: https://minio.example.com (aws_endpoint_url)", "AWS profile: mine (aws_profile)", "loads take eu-west-1"},
			missing: "the profile mine",
		},
		"wrong": {
			around: setup.Surroundings{Endpoint: "localhost:9000", EndpointFrom: "AWS_ENDPOINT_URL_S3", Problem: "no profile \"prodd\""},
			notes:  []string{"AWS_ENDPOINT_URL_S3 is \"localhost:9000\" and cannot be used", "no profile \"prodd\""}, missing: "Credentials",
		},
		"folder": {settings: map[string]string{"aws_endpoint_url": "file:out"}, around: around, endpoint: "file:out", notes: []string{"The files go into the folder out"}},
	} {
		t.Run(name, func(t *testing.T) {
			base := config.Default()
			for setting, text := range tt.settings {
				s, _ := config.Lookup(setting)
				if err := s.Set(&base, text); err != nil {
					t.Fatal(err)
				}
			}
			f := setup.New(base, tt.around)
			if err := f.Put("s3_bucket", "my-bucket"); err != nil {
				t.Fatal(err)
			}
			c, err := f.Config()
			if err != nil || c.AWSEndpointURL != tt.endpoint {
				t.Errorf("endpoint %q, %v", c.AWSEndpointURL, err)
			}
			region := setup.Field{Setting: "aws_region"}
			if asks := f.Asks(region); asks == (name == "folder") {
				t.Errorf("asks for the region: %v", asks)
			}
			notes := f.Notes()
			if len(notes) != len(tt.notes) {
				t.Fatalf("%q", notes)
			}
			for i, want := range tt.notes {
				if !strings.Contains(notes[i], want) {
					t.Errorf("%q, want %q", notes[i], want)
				}
			}
			missing := strings.Join(f.NotInFile(c, false), "\n")
			if tt.missing == "" && missing != "" || !strings.Contains(missing, tt.missing) {
				t.Errorf("not in the file: %q", missing)
			}
		})
	}
}

func TestGuides(t *testing.T) {
	c := config.Default()
	c.S3Bucket, c.SentinelKey, c.AWSRegion = "my-bucket", "a/b/challenge", "eu-central-1"
	g := setup.GuidesFor(c)
	for name, guide := range map[string]*setup.Guide{"bucket": g.Bucket, "policy": g.BucketPolicy, "identity": g.IdentityPolicy, "challenge": g.Challenge} {
		if guide == nil || len(guide.Steps) != 3 || !strings.HasPrefix(guide.Console, "https://console.aws.amazon.com/") || !strings.HasPrefix(guide.Help, "https://docs.aws.amazon.com/") {
			t.Errorf("%s: %+v", name, guide)
		}
	}
	if steps := strings.Join(g.Challenge.Steps, "\n"); !strings.Contains(steps, "file named challenge,") || !strings.Contains(steps, "the folder a/b ") {
		t.Error(steps)
	}
	for region, console := range map[string]string{"cn-north-1": "https://console.amazonaws.cn/s3/", "us-gov-west-1": "https://console.amazonaws-us-gov.com/s3/"} {
		c.AWSRegion = region
		if g := setup.GuidesFor(c); g.Bucket.Console != console {
			t.Errorf("%s: %s", region, g.Bucket.Console)
		}
	}
	c.AWSEndpointURL = "https://minio.example.com"
	if g := setup.GuidesFor(c); g != (setup.Guides{}) {
		t.Errorf("%+v", g)
	}
}

func TestChallengeNote(t *testing.T) {
	base := config.Default()
	if note := setup.New(base, setup.Surroundings{}).ChallengeNote(); !strings.Contains(note, "saved with the settings, as sentinel_key") {
		t.Error(note)
	}
	base.SentinelKey = "mine"
	if note := setup.New(base, setup.Surroundings{}).ChallengeNote(); strings.Contains(note, "made") {
		t.Error(note)
	}
}

func TestFreeName(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, want := range []string{"config-2.json", "config-3.json"} {
		if got := setup.FreeName("config.json"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if err := os.WriteFile(want, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := setup.FreeName("none/config"); got != "none/config-2" {
		t.Error(got)
	}
}

// TestExactlyOnce is suggested under the integration's name, whatever that becomes,
// unless the settings rule it out.
func TestExactlyOnce(t *testing.T) {
	f := setup.New(config.Default(), setup.Surroundings{})
	f.SuggestExactlyOnce()
	for setting, text := range map[string]string{"s3_bucket": "my-bucket", "integration_name": "shop"} {
		if err := f.Put(setting, text); err != nil {
			t.Fatal(err)
		}
	}
	once := func() string {
		t.Helper()
		c, err := f.Config()
		if err != nil {
			t.Fatal(err)
		}
		return c.ExactlyOnce
	}
	if got := once(); got != "shop" {
		t.Errorf("suggested: %q", got)
	}
	_ = f.Put("integration_name", "crm")
	if got := once(); got != "crm" {
		t.Errorf("with another integration: %q", got)
	}
	_ = f.Put("integration_name", ".crm") // which a pipeline's name must not begin with
	if _, err := f.Config(); err == nil || !strings.Contains(err.Error(), "Exactly once: must be") {
		t.Errorf("%v", err)
	}
	_ = f.Put("integration_name", "crm")
	_ = f.Put("exactly_once", "")
	if got := once(); got != "" {
		t.Errorf("refused: %q", got)
	}
	c := config.Default()
	no := false
	c.ConditionalWrites, c.S3Bucket, c.IntegrationName = &no, "my-bucket", "shop"
	f = setup.New(c, setup.Surroundings{})
	f.SuggestExactlyOnce()
	if got := once(); got != "" {
		t.Errorf("without conditional writes: %q", got)
	}
	c.ConditionalWrites, c.ExactlyOnce = nil, "pipe"
	f = setup.New(c, setup.Surroundings{})
	f.SuggestExactlyOnce()
	if got := once(); got != "pipe" {
		t.Errorf("set before: %q", got)
	}
}
