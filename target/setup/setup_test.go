package setup_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"target-s3/target/config"
	"target-s3/target/setup"
)

func filled(t *testing.T, answers map[string]string) *setup.Form {
	t.Helper()
	f := setup.New(config.Default())
	for setting, text := range answers {
		if err := f.Put(setting, text); err != nil {
			t.Fatalf("%s: %v", setting, err)
		}
	}
	return f
}

func TestEveryFieldIsASetting(t *testing.T) {
	f := setup.New(config.Default())
	for _, step := range setup.Steps() {
		for _, field := range step.Fields {
			s, ok := config.Lookup(field.Setting)
			if !ok {
				t.Fatalf("%s is no setting", field.Setting)
			}
			if err := f.Check(field.Setting, f.Text(field.Setting)); err != nil && !s.Required {
				t.Errorf("%s: what the form shows first is wrong: %v", field.Setting, err)
			}
			for _, c := range field.Choices {
				if err := f.Put(field.Setting, c.Value); err != nil {
					t.Errorf("%s %q: %v", field.Setting, c.Value, err)
				}
			}
		}
	}
	for _, e := range setup.Elements() {
		if !e.Required {
			continue
		}
		if !strings.Contains(setup.New(config.Default()).Text("s3_key_format_string"), e.Name) {
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
		{"s3_bucket", "x-bucket", ""},
		{"s3_key_format_string", "", ""},
	} {
		f := setup.New(config.Default())
		err := f.Put(c.setting, c.text)
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: %v, want %q", c.setting, c.text, err, c.want)
			continue
		}
		if f.Text(c.setting) != c.text {
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
	f := setup.New(base)
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
	if again := setup.New(c); again.ChallengeFile() != f.ChallengeFile() || again.Text("csv_delimiter") != "\t" {
		t.Error("a form of finished settings does not begin with them")
	}
}

func TestConfigRefusesWhatLoadRefuses(t *testing.T) {
	base := config.Default()
	s, _ := config.Lookup("sse_kms_key_id")
	if err := s.Set(&base, "some-key"); err != nil {
		t.Fatal(err)
	}
	f := setup.New(base)
	if err := f.Put("s3_bucket", "my-bucket"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Config(); err == nil || !strings.Contains(err.Error(), "sse_kms_key_id") {
		t.Errorf("%v", err)
	}
}

func TestChallengeFileIsNewEachTime(t *testing.T) {
	one, two := setup.New(config.Default()).ChallengeFile(), setup.New(config.Default()).ChallengeFile()
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
	if got := setup.CreateChallengeCommand(c); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	create := setup.CreateBucketCommands(c)
	if len(create) != 2 || !strings.Contains(create[0], "LocationConstraint=eu-central-1") || !strings.Contains(create[1], "BlockPublicAcls=true") {
		t.Errorf("%q", create)
	}
	c.AWSRegion, c.AWSProfile = "us-east-1", "it's"
	create = setup.CreateBucketCommands(c)
	if strings.Contains(create[0], "LocationConstraint") || !strings.HasSuffix(create[0], `--profile 'it'\''s'`) {
		t.Errorf("%q", create)
	}
	c.AWSEndpointURL = "file:///tmp/a b"
	if got := setup.CreateChallengeCommand(c); got != "mkdir -p '/tmp/a b/my-bucket' && touch '/tmp/a b/my-bucket/"+f.ChallengeFile()+"'" {
		t.Errorf("%s", got)
	}
	if got := setup.CreateBucketCommands(c); got != nil {
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
	f := setup.New(base)
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
	if info, _ := os.Stat(path); info.Mode() != 0o600 {
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
