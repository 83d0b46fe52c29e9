package config

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	aboutName        = "target-s3"
	aboutDescription = "Singer target that loads records into files on Amazon S3 and compatible object stores."
)

// capabilities are those of the Meltano Singer SDK's list that this target has.
var capabilities = []string{
	"about",
	"activate-version",
	"batch",
	"structured-logging",
	"validate-records",
}

// AboutFormats are the formats of About.
func AboutFormats() []string { return []string{"json", "markdown", "meltano", "text"} }

// About writes what the program is and can be set to, in one of AboutFormats.
// The members and headings are those of the Meltano Singer SDK, so that tools
// made for its plugins understand them.
func About(w io.Writer, format, version string) error {
	if !slices.Contains(AboutFormats(), format) {
		return fmt.Errorf("format %q: must be one of %s", format, quotedList(AboutFormats()))
	}
	var text string
	var err error
	switch format {
	case "json":
		text, err = aboutJSON(version)
	case "markdown":
		text = aboutMarkdown(version)
	case "meltano":
		text = PluginDefinition()
	case "text":
		text = aboutText(version)
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

func aboutJSON(version string) (string, error) {
	text, err := object{
		{"name", aboutName},
		{"description", aboutDescription},
		{"version", version},
		{"sdk_version", nil}, // not made with the SDK, nor with Python
		{"supported_python_versions", nil},
		{"capabilities", capabilities},
		{"settings", jsonSchema()},
	}.indented()
	return string(text), err
}

// jsonSchema describes a document of settings. It refuses nothing that Load accepts, but
// for a choice in other than its own letters: strings do for numbers and booleans, and a
// setting may go by another name.
func jsonSchema() object {
	var properties object
	required := []string{}
	for _, s := range table {
		properties.add(s.Name, s.jsonSchema())
		if s.Required {
			required = append(required, s.Name)
		}
	}
	return object{
		{"type", "object"},
		{"properties", properties},
		{"required", required},
		{"propertyNames", object{{"enum", names()}}},
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
	}
}

func (s Setting) jsonSchema() object {
	o := object{{"title", s.title()}, {"type", s.jsonTypes()}}
	if s.Kind == Tags {
		o.add("additionalProperties", object{{"type", "string"}})
	}
	if s.Kind == List {
		o.add("items", object{{"type", "string"}})
	}
	if s.Kind == PerPattern {
		var settings object
		var known []string
		for _, p := range table {
			if p.PerStream {
				settings.add(p.Name, p.jsonSchema())
				known = append(append(known, p.Name), p.aliases()...)
			}
		}
		o.add("additionalProperties", object{{"type", "object"}, {"properties", settings}, {"propertyNames", object{{"enum", known}}}})
	}
	if values := s.jsonEnum(); values != nil {
		o.add("enum", values)
	}
	if s.Kind == String && len(s.Enum) > 0 {
		o.add("examples", s.Enum)
	}
	if s.Kind == Integer || s.Kind == Bytes || s.Kind == Seconds {
		o.add("minimum", s.Min)
		if s.Max != 0 {
			o.add("maximum", s.Max)
		}
	}
	if s.Default != "" {
		o.add("default", s.jsonDefault())
	}
	o.add("description", s.Description)
	if len(s.Aliases) > 0 {
		o.add("aliases", s.aliases())
	}
	if s.Kind == SecretString {
		o.add("secret", true)
		o.add("writeOnly", true)
	}
	return o
}

// jsonTypes is one type, or several where null, which means not set, is one.
func (s Setting) jsonTypes() any {
	types := map[Kind][]string{
		Bool: {"boolean"}, AutoBool: {"boolean", "string"}, Integer: {"integer"}, Bytes: {"integer"},
		Seconds: {"number"}, Tags: {"object", "string"}, List: {"array", "string"}, PerPattern: {"object", "string"},
	}[s.Kind]
	if !slices.Contains(types, "string") {
		types = append(types, "string")
	}
	if s.Required {
		return types[0]
	}
	return append(types, "null")
}

func (s Setting) jsonEnum() []any {
	var values []any
	switch s.Kind {
	case Choice:
		for _, e := range s.Enum {
			values = append(values, e)
			if spelled := tabSpelled(e); spelled != e {
				values = append(values, spelled)
			}
		}
	case Bool:
		values = []any{true, false, "true", "false"}
	case AutoBool:
		values = []any{true, false, "auto", "true", "false"}
	default:
		return nil
	}
	return append(values, nil)
}

func (s Setting) jsonDefault() any {
	c := Default()
	if v := value(s.field(&c)); v != nil {
		return v
	}
	return s.Default // auto, which is nil in a Config
}

func aboutMarkdown(version string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# `%s`\n\n%s\n\nVersion %s.\n\n## Capabilities\n\n", aboutName, aboutDescription, version)
	for _, c := range capabilities {
		fmt.Fprintf(&b, "- `%s`\n", c)
	}
	b.WriteString("\n## Settings\n\n")
	b.WriteString(SettingsMarkdown())
	return b.String()
}

func aboutText(version string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Name: %s\nDescription: %s\nVersion: %s\nCapabilities:\n", aboutName, aboutDescription, version)
	for _, c := range capabilities {
		fmt.Fprintf(&b, "  - %s\n", c)
	}
	b.WriteString("Settings:\n")
	for _, s := range table {
		fmt.Fprintf(&b, "  - Name: %s\n    Type: %s\n    Environment Variable: %s\n", s.Name, s.Kind, s.Env())
		if d := s.shownDefault(); d != "" {
			fmt.Fprintf(&b, "    Default: %s\n", d)
		}
		fmt.Fprintf(&b, "    Description: %s\n", s.Description)
	}
	return b.String()
}
