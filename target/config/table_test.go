package config

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// TestEveryFieldHasItsSetting fails when the fields of Config and the rows of
// the table drift apart: a field without a row, a row without a field, or two
// rows for one field.
func TestEveryFieldHasItsSetting(t *testing.T) {
	var c Config
	rows := make(map[uintptr][]string)
	for _, s := range table {
		at := reflect.ValueOf(s.field(&c)).Pointer()
		rows[at] = append(rows[at], s.Name)
	}
	fields := reflect.ValueOf(&c).Elem()
	for i := range fields.NumField() {
		name, at := fields.Type().Field(i).Name, fields.Field(i).Addr().Pointer()
		if len(rows[at]) != 1 {
			t.Errorf("field %s has the settings %v, want exactly one", name, rows[at])
			continue
		}
		if plain := strings.ReplaceAll(rows[at][0], "_", ""); !sameName(name, plain) {
			t.Errorf("field %s belongs to %s: the names differ", name, rows[at][0])
		}
		delete(rows, at)
	}
	for _, names := range rows {
		t.Errorf("%v are stored outside of Config's fields", names)
	}
}

// sameName compares a field with its setting. The unit that a time.Duration
// carries itself may be missing.
func sameName(field, setting string) bool {
	return strings.EqualFold(field, setting) || strings.EqualFold(field, strings.TrimSuffix(setting, "seconds"))
}

func TestRowsAreComplete(t *testing.T) {
	nameOK := regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
	seen := make(map[string]bool)
	for _, name := range names() {
		if seen[name] || !nameOK.MatchString(name) {
			t.Errorf("%s occurs twice or is not a name", name)
		}
		seen[name] = true
	}
	for _, s := range table {
		if s.Group == "" || !strings.HasSuffix(s.Description, ".") || len(s.Description) > 170 {
			t.Errorf("%s: needs a group and a description of one or two sentences", s.Name)
		}
		if (s.Kind == Choice) != (s.Enum != nil) && s.Kind != String {
			t.Errorf("%s: a choice needs an enum, and only a choice has one", s.Name)
		}
		if s.Kind == Seconds && s.Max == 0 {
			t.Errorf("%s: seconds need a bound, or they overflow", s.Name)
		}
		var c Config
		if err := s.Set(&c, ""); err != nil {
			t.Errorf("%s: default %q: %v", s.Name, s.Default, err)
		}
	}
}

// TestEveryFieldIsReached sets each setting to something that is not its
// default and sees the field change, and back.
func TestEveryFieldIsReached(t *testing.T) {
	values := map[string]string{
		"s3_bucket": "bucket", "s3_key_format_string": "[table_name]/[integration_name]/[table_version]/[timestamp_loaded]",
		"csv_delimiter": "|", "log_level": "debug", "role_arn": "arn:aws:iam::123456789012:role/x",
		"expected_bucket_owner": "123456789012", "aws_endpoint_url": "file:x", "object_tags": "a=b",
		"memory_limit_bytes": "100000000", "post_load_webhook_url": "https://example.com/x", "batch_roots": "file:///x", "streams": `{"a": {"compression": "gzip"}}`,
	}
	for _, s := range table {
		c := Default()
		text := values[s.Name]
		switch {
		case text != "":
		case s.Kind == Bool, s.Kind == AutoBool:
			text = map[string]string{"true": "false"}[s.Default]
			if text == "" {
				text = "true"
			}
		case s.Kind == Choice:
			text = s.Enum[len(s.Enum)-1]
		case s.Kind == Integer, s.Kind == Bytes, s.Kind == Seconds:
			text = "7"
		default:
			text = "xyz"
		}
		if err := s.Set(&c, text); err != nil {
			t.Errorf("%s = %q: %v", s.Name, text, err)
		}
		if reflect.DeepEqual(c, Default()) {
			t.Errorf("%s = %q changes no field", s.Name, text)
		}
		if err := s.Set(&c, ""); err != nil || !reflect.DeepEqual(c, Default()) {
			t.Errorf("%s: the empty text does not restore the default: %v", s.Name, err)
		}
	}
}

// TestOfferedValues holds that what is offered is accepted, and that a setting whose values can be
// counted offers them.
func TestOfferedValues(t *testing.T) {
	for _, s := range Settings() {
		values := s.Values()
		if counted := s.Kind == Bool || s.Kind == AutoBool || s.Kind == Choice; counted && len(values) < 2 {
			t.Errorf("%s offers %q", s.Name, values)
		}
		for _, v := range values {
			if c := Default(); s.Set(&c, v) != nil {
				t.Errorf("%s does not accept %q", s.Name, v)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	if s, ok := Lookup("s3_bucket"); !ok || s.Env() != "TARGET_S3_S3_BUCKET" {
		t.Errorf("s3_bucket: %v %v", s.Env(), ok)
	}
	if _, ok := Lookup("region"); ok {
		t.Error("an alias is found as a setting")
	}
}

func TestSample(t *testing.T) {
	const file = "../../config.sample.json"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c, notices, err := Load(JSON(file, data))
	if err != nil || len(notices) > 0 {
		t.Fatal(err, notices)
	}
	if c.S3Bucket == "" || c.AWSRegion == "" || c.Compression != CompressionGzip || c.OutputFileFormat != FormatJSONL {
		t.Errorf("%+v", c)
	}
	if !c.AWSAccessKeyID.IsZero() || !c.AWSSecretAccessKey.IsZero() || c.SentinelKey != "" {
		t.Error("the sample has credentials or a challenge file")
	}
}
