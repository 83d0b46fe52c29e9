package config

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func about(t *testing.T, format string) string {
	t.Helper()
	var b strings.Builder
	if err := About(&b, format, "1.2.3"); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestAboutJSON holds the shape that tools for Meltano's plugins read.
func TestAboutJSON(t *testing.T) {
	text := about(t, "json")
	var got struct {
		Name, Description, Version string
		Capabilities               []string
		Settings                   struct {
			Type       string
			Properties map[string]map[string]any
			Required   []string
		}
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if got.Name != "target-s3" || got.Version != "1.2.3" || got.Settings.Type != "object" || !slices.Equal(got.Settings.Required, []string{"s3_bucket"}) {
		t.Errorf("%+v", got)
	}
	order := []string{`"name"`, `"description"`, `"version"`, `"sdk_version"`, `"supported_python_versions"`, `"capabilities"`, `"settings"`}
	at := 0
	for _, member := range order {
		next := strings.Index(text[at:], "\n  "+member+":")
		if next < 0 {
			t.Fatalf("%s is missing or out of order", member)
		}
		at += next
	}
	for _, s := range table {
		if got.Settings.Properties[s.Name]["description"] != s.Description {
			t.Errorf("%s: %v", s.Name, got.Settings.Properties[s.Name])
		}
	}
	for name, want := range map[string]string{
		"s3_bucket":                `{"description":"Name of the bucket, without ` + "`s3://`, `https://`" + ` or slashes.","title":"S3 Bucket","type":"string"}`,
		"aws_session_token":        `{"description":"Session token that belongs to a temporary access key.","secret":true,"title":"AWS Session Token","type":["string","null"],"writeOnly":true}`,
		"csv_delimiter":            `{"aliases":["delimiter"],"default":",","description":"Character between the fields of a CSV file; ` + "`\\\\t`" + ` is a tab.","enum":[",","|","\t","\\t",null],"title":"CSV Delimiter","type":["string","null"]}`,
		"batch_wait_limit_seconds": `{"default":300,"description":"Seconds from the first uncommitted record until a checkpoint is due. It takes place at the next STATE after that; 0 means at every STATE.","maximum":31536000,"minimum":0,"title":"Batch Wait Limit Seconds","type":["number","string","null"]}`,
	} {
		if one, err := json.Marshal(got.Settings.Properties[name]); err != nil || string(one) != want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", name, err, one, want)
		}
	}
	if p := got.Settings.Properties["force_path_style"]; p["default"] != "auto" {
		t.Error(p)
	}
}

// TestDefaultsOfSchema: what --about calls the default is taken as the default.
func TestDefaultsOfSchema(t *testing.T) {
	for _, s := range table {
		if s.Default == "" {
			continue
		}
		raw, err := json.Marshal(s.jsonDefault())
		if err != nil {
			t.Fatal(err)
		}
		text, err := s.text(raw)
		c, want := Config{}, Config{}
		if err == nil {
			err = s.Set(&c, text)
		}
		if e := s.Set(&want, ""); e != nil || err != nil || value(s.field(&c)) != value(s.field(&want)) {
			t.Errorf("%s: %s: %v %v", s.Name, raw, err, e)
		}
	}
}

func TestAboutText(t *testing.T) {
	text := about(t, "text")
	for _, want := range []string{
		"Name: target-s3\nDescription: Singer target", "\nVersion: 1.2.3\nCapabilities:\n  - about\n",
		"\nSettings:\n  - Name: display_name\n    Type: string\n    Environment Variable: TARGET_S3_DISPLAY_NAME\n",
		"    Environment Variable: TARGET_S3_MAX_REJECTED_RECORDS\n    Default: unlimited\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing: %s", want)
		}
	}
}

func TestAboutMarkdown(t *testing.T) {
	text := about(t, "markdown")
	if !strings.HasPrefix(text, "# `target-s3`\n\n") || !strings.HasSuffix(text, "\n## Settings\n\n"+SettingsMarkdown()) {
		t.Error(text)
	}
}

func TestSettingsMarkdown(t *testing.T) {
	text := SettingsMarkdown()
	for _, want := range []string{
		"\n### Files\n\n| Setting | Required | Default | Description |\n|:--------|:--------:|:--------|:------------|\n",
		"\n| `s3_bucket` | yes | – | Name of the bucket",
		"| `[integration_name]/[table_name]/[table_version]_[timestamp_loaded].[csv\\|jsonl]` |",
		" One of `,`, `\\|`, `\\t`. Alias: `delimiter`. |\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing: %s", want)
		}
	}
	for line := range strings.Lines(text) {
		cells := strings.Count(line, "|") - strings.Count(line, `\|`)
		if strings.HasPrefix(line, "|") && cells != 5 {
			t.Errorf("%d bars: %s", cells, line)
		}
	}
	for _, name := range names() {
		if _, ok := foreignTo(name); !ok && !strings.Contains(text, "`"+name+"`") {
			t.Errorf("%s is not in the reference", name)
		}
	}
}

func TestAboutFormats(t *testing.T) {
	err := About(nil, "yaml", "1")
	if err == nil || err.Error() != `format "yaml": must be one of "json", "markdown", "meltano", "text"` {
		t.Error(err)
	}
	for _, format := range AboutFormats() {
		if about(t, format) == "" {
			t.Error(format)
		}
	}
}
