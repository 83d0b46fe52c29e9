package config

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// definition is what PluginDefinition says of one setting: its scalars, and its lists.
type definition struct {
	scalars map[string]any
	lists   map[string][]string
}

// definitions parses the settings of PluginDefinition, as far as that uses YAML.
func definitions(t *testing.T) []definition {
	t.Helper()
	_, text, _ := strings.Cut(PluginDefinition(), "\nsettings:\n")
	var all []definition
	list := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "- "):
			all = append(all, definition{map[string]any{}, map[string][]string{}})
			all[len(all)-1].scalars["name"] = strings.TrimPrefix(line, "- name: ")
		case strings.HasPrefix(line, "  - ") || strings.HasPrefix(line, "    "):
			lists := all[len(all)-1].lists
			lists[list] = append(lists[list], strings.TrimSpace(line))
		case strings.HasSuffix(line, ":"):
			list = strings.TrimSpace(strings.TrimSuffix(line, ":"))
		default:
			key, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
			var v any
			if err := json.Unmarshal([]byte(value), &v); err != nil {
				v = value // the name of a kind
			}
			if _, twice := all[len(all)-1].scalars[key]; !ok || twice {
				t.Fatalf("%q", line)
			}
			all[len(all)-1].scalars[key] = v
		}
	}
	return all
}

// TestPluginDefinition holds what Meltano's Hub has in its schema of a setting, and what
// of it Meltano can use. That its kind decimal is not among them is on purpose.
func TestPluginDefinition(t *testing.T) {
	kinds := []string{"string", "password", "boolean", "integer", "options", "object", "array"}
	members := []string{"name", "kind", "label", "description", "value", "sensitive"}
	all := definitions(t)
	if len(all) != len(table) {
		t.Fatalf("%d definitions of %d settings", len(all), len(table))
	}
	for i, d := range all {
		s := table[i]
		if d.scalars["name"] != s.Name || !slices.Contains(kinds, d.scalars["kind"].(string)) {
			t.Errorf("%s: %v", s.Name, d.scalars)
		}
		for name := range d.scalars {
			if !slices.Contains(members, name) {
				t.Errorf("%s: member %s", s.Name, name)
			}
		}
		if (d.scalars["sensitive"] == true) != (s.Kind == SecretString) || (d.scalars["kind"] == "password") != (s.Kind == SecretString) {
			t.Errorf("%s is a secret, or is none: %v", s.Name, d.scalars)
		}
		if d.scalars["description"] == "" || d.scalars["label"] == "" {
			t.Errorf("%s: %v", s.Name, d.scalars)
		}
		if (d.scalars["kind"] == "options") != (len(d.lists["options"]) > 0) || len(d.lists["aliases"]) != len(s.Aliases) {
			t.Errorf("%s: %v", s.Name, d.lists)
		}
	}
}

// TestPluginValues: Meltano hands over every value that the definition has, and every
// option can be chosen.
func TestPluginValues(t *testing.T) {
	values := map[string]any{"s3_bucket": "my-bucket", "aws_endpoint_url": "file:out"} // where many have no effect
	for _, d := range definitions(t) {
		if v, ok := d.scalars["value"]; ok {
			values[d.scalars["name"].(string)] = v
		}
	}
	text, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	c, notices, err := Load(JSON("config.json", text))
	if err != nil || len(notices) > 0 {
		t.Fatal(notices, err)
	}
	want := Default()
	want.S3Bucket, want.AWSEndpointURL = "my-bucket", c.AWSEndpointURL
	for _, s := range table {
		if s.Text(c) != s.Text(want) {
			t.Errorf("%s is %q with Meltano's value, %q without", s.Name, s.Text(c), s.Text(want))
		}
		for _, o := range s.options() {
			if err := s.Set(&Config{}, o); err != nil {
				t.Errorf("%s: option %q: %v", s.Name, o, err)
			}
		}
	}
	if len(values) < 10 {
		t.Errorf("values of %v alone", slices.Sorted(maps.Keys(values)))
	}
}

func TestTitles(t *testing.T) {
	for name, want := range map[string]string{
		"s3_bucket": "S3 Bucket", "aws_endpoint_url": "AWS Endpoint URL", "sse_kms_key_id": "SSE KMS Key ID", "streams": "Streams", "role_arn": "Role ARN",
	} {
		if s, _ := Lookup(name); s.title() != want {
			t.Errorf("%s: %q, want %q", name, s.title(), want)
		}
	}
}
