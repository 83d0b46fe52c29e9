package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// The distribution that pip installs, and the variant of the plugin in Meltano.
const (
	pipName       = "target-s3-files"
	pluginVariant = "files"
)

// PluginDefinition is what Meltano has to know to use the program as a plugin:
//
//	meltano add target-s3 --plugin-type loader --from-ref target-s3--files.yml
//
// It is YAML, and valid under the schema of definitions of Meltano's Hub.
func PluginDefinition() string {
	var b strings.Builder
	b.WriteString("# Made from the table of settings: target-s3 --about --format meltano\n")
	for _, p := range []property{
		{"name", aboutName},
		{"variant", pluginVariant},
		{"namespace", "target_s3"},
		{"label", "Amazon S3 (JSON Lines, CSV, Parquet)"},
		{"description", aboutDescription},
		{"pip_url", pipName},
		{"executable", aboutName},
		{"domain_url", "https://aws.amazon.com/s3/"},
		{"quality", "unknown"},
		{"maintenance_status", "active"},
	} {
		fmt.Fprintf(&b, "%s: %s\n", p.name, yaml(p.value))
	}
	b.WriteString("keywords:\n- aws\n- file\ncapabilities:\n")
	for _, c := range capabilities {
		fmt.Fprintf(&b, "- %s\n", c)
	}
	b.WriteString("settings_group_validation:\n")
	sign := "- "
	for _, s := range table {
		if s.Required {
			fmt.Fprintf(&b, "%s- %s\n", sign, s.Name)
			sign = "  "
		}
	}
	b.WriteString("settings:\n")
	for _, s := range table {
		b.WriteString(s.definition())
	}
	return b.String()
}

// definition is the setting as an element of a list in YAML.
func (s Setting) definition() string {
	var b strings.Builder
	fmt.Fprintf(&b, "- name: %s\n  kind: %s\n  label: %s\n  description: %s\n", s.Name, s.pluginKind(), yaml(s.title()), yaml(s.pluginDescription()))
	if len(s.Aliases) > 0 {
		b.WriteString("  aliases:\n")
		for _, a := range s.Aliases {
			fmt.Fprintf(&b, "  - %s\n", a.Name)
		}
	}
	if options := s.options(); len(options) > 0 {
		b.WriteString("  options:\n")
		for _, o := range options {
			fmt.Fprintf(&b, "  - label: %s\n    value: %s\n", yaml(o), yaml(o))
		}
	}
	if s.Default != "" {
		fmt.Fprintf(&b, "  value: %s\n", yaml(s.pluginDefault()))
	}
	if s.Kind == SecretString {
		b.WriteString("  sensitive: true\n")
	}
	return b.String()
}

// pluginKind is Meltano's name for the kind. Seconds are strings: Meltano's integer
// refuses fractions, and it cannot write its own decimal from the environment as JSON.
func (s Setting) pluginKind() string {
	switch s.Kind {
	case SecretString:
		return "password"
	case Bool:
		return "boolean"
	case Integer, Bytes:
		return "integer"
	case Choice, AutoBool:
		return "options"
	case Tags, PerPattern:
		return "object"
	case List:
		return "array"
	case String, Seconds:
	}
	return "string"
}

// options are the values to choose from, as one types them.
func (s Setting) options() []string {
	switch s.Kind {
	case AutoBool:
		return []string{"auto", "true", "false"}
	case Choice:
		options := slices.Clone(s.Enum)
		for i, o := range options {
			options[i] = tabSpelled(o)
		}
		return options
	default:
		return nil
	}
}

func (s Setting) pluginDefault() any {
	if s.Kind == Seconds {
		return s.Default
	}
	return s.jsonDefault()
}

func (s Setting) pluginDescription() string {
	if s.Default == "" && s.DefaultNote != "" {
		return s.Description + " Default: " + s.DefaultNote + "."
	}
	return s.Description
}

// title is the name for people: S3 Bucket for s3_bucket.
func (s Setting) title() string {
	words := strings.Split(s.Name, "_")
	for i, w := range words {
		switch w {
		case "s3", "aws", "csv", "id", "url", "arn", "sse", "kms", "acl":
			words[i] = strings.ToUpper(w)
		default:
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}

// yaml writes a scalar. JSON is YAML; a text is in quotes, whatever it is.
func yaml(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("value of a plugin definition: %v", err)) //nolint:forbidigo // a row of the table is wrong; a test reaches each
	}
	return strings.TrimSpace(b.String())
}
