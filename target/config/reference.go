package config

import (
	"fmt"
	"strings"
)

// SettingsMarkdown is the reference of the settings: for each group a heading
// of the third level and a table with a row for each setting.
func SettingsMarkdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Each setting is a member of the JSON object in a `--config` file, or, with `--config ENV`, the environment variable `%s` "+
		"and its name in upper case. Numbers and booleans may be written as strings. `null` and the empty string mean: not set. `--config` may be repeated; later ones win. An unknown name is an error, also in the environment (except `TARGET_S3__…`, with two underscores: these are Meltano's).\n", EnvPrefix)
	group := ""
	for _, s := range table {
		if s.Group != group {
			group = s.Group
			fmt.Fprintf(&b, "\n### %s\n\n", group)
			b.WriteString("| Setting | Required | Default | Description |\n|:--------|:--------:|:--------|:------------|\n")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.Name, yesNo(s.Required), cell(s.markdownDefault()), cell(s.markdownDescription()))
	}
	return b.String()
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// cell keeps a text from ending a cell of a table. A backslash does so also inside
// a code span.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// shownDefault is the default, or what happens without one, in plain text.
func (s Setting) shownDefault() string {
	if s.Default != "" {
		return s.Default
	}
	return s.DefaultNote
}

func (s Setting) markdownDefault() string {
	switch {
	case s.Default != "":
		return code(s.Default)
	case s.DefaultNote != "":
		return s.DefaultNote
	}
	return "–"
}

func (s Setting) markdownDescription() string {
	text := s.Description
	switch s.Kind {
	case Choice:
		text += " One of " + codes(s.Enum) + "."
	case AutoBool:
		text += " One of `true`, `false`, `auto`."
	case Integer, Bytes, Seconds:
		text += " Must be " + s.acceptsNumber() + "."
	default:
		if len(s.Enum) > 0 {
			text += " Usual are " + codes(s.Enum) + "."
		}
	}
	if s.Kind == PerPattern {
		text += " Each may have " + codes(perStream()) + "."
	}
	switch len(s.Aliases) {
	case 0:
	case 1:
		text += " Alias: " + codes(s.aliases()) + "."
	default:
		text += " Aliases: " + codes(s.aliases()) + "."
	}
	return text
}

func code(text string) string { return "`" + tabSpelled(text) + "`" }

func codes(texts []string) string {
	marked := make([]string, len(texts))
	for i, t := range texts {
		marked[i] = code(t)
	}
	return strings.Join(marked, ", ")
}
