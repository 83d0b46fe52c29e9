package main

import (
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"target-s3/target/config"
)

const docs = "../../docs/"

// generated holds a file that is made by the program. UPDATE_DOCS=1 writes it anew.
func generated(t *testing.T, file, want string) {
	t.Helper()
	if os.Getenv("UPDATE_DOCS") != "" {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != want {
		t.Fatalf("%s is out of date; run UPDATE_DOCS=1 go test ./cmd/target-s3 -run TestDocs\n%s", file, cmp.Diff(string(have), want))
	}
}

func TestDocsSettings(t *testing.T) {
	generated(t, docs+"settings.md", "<!-- Made by UPDATE_DOCS=1 go test ./cmd/target-s3 -run TestDocs. -->\n\n# Settings\n\n"+
		strings.TrimSpace(strings.ReplaceAll(config.SettingsMarkdown(), "\n### ", "\n## "))+"\n")
}

func TestDocsCommands(t *testing.T) {
	var b strings.Builder
	b.WriteString("<!-- Made by UPDATE_DOCS=1 go test ./cmd/target-s3 -run TestDocs. -->\n\n# Commands\n")
	root := commandTree()
	for _, c := range append([]*cobra.Command{root}, root.Commands()...) {
		if c.Name() == "help" || c.Name() == "completion" {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", c.CommandPath(), strings.TrimSpace(c.Long))
		fmt.Fprintf(&b, "```sh\n%s\n```\n\n| flag | |\n|:--|:--|\n", strings.ReplaceAll(strings.TrimSpace("  "+c.Example), "\n  ", "\n"))
		c.Flags().VisitAll(func(f *pflag.Flag) { b.WriteString(flagRow(f)) })
	}
	b.WriteString("\n## Others\n\n`target-s3 --version` and `--help`, also of each command. `target-s3 completion bash|fish|powershell|zsh` prints a script that completes commands, flags and their values: `target-s3 setup --set log_<Tab>`, `--set log_level=<Tab>`.\n")
	generated(t, docs+"commands.md", b.String())
}

// TestDocsPlugin holds the definition that Meltano is given.
func TestDocsPlugin(t *testing.T) {
	generated(t, "../../plugins/loaders/target-s3--files.yml", config.PluginDefinition())
}

func commandTree() *cobra.Command {
	p := process{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }}
	root := rootCommand(p)
	addCommands(root, p)
	return root
}

func flagRow(f *pflag.Flag) string {
	if f.Name == "help" || f.Name == "version" {
		return ""
	}
	value, usage := pflag.UnquoteUsage(f)
	name := "--" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", " + name
	}
	if value != "" {
		name += " " + value
	}
	if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" {
		usage += " (default `" + f.DefValue + "`)"
	}
	return fmt.Sprintf("| `%s` | %s |\n", name, strings.ReplaceAll(usage, "|", `\|`))
}

// pages are the README and all of docs, by their paths.
func pages(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(docs + "*.md")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range append(files, "../../README.md", "../../CONTRIBUTING.md", "../../SECURITY.md") {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.ToSlash(filepath.Clean(f))] = string(text)
	}
	return all
}

// The README must fit in the head.
func TestDocsReadme(t *testing.T) {
	if n := strings.Count(pages(t)["../../README.md"], "\n"); n > 150 {
		t.Errorf("the README has %d lines; what is beyond 150 belongs in docs", n)
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)|src="([^"]+)"`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	fence   = regexp.MustCompile("(?ms)^ *```(\\w*)[^\n]*\n(.*?)^ *```$")
)

// anchors are what the headings of a page can be linked by, as GitHub makes them.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		name := strings.ToLower(m[1])
		name = regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(name, "")
		found[strings.ReplaceAll(name, " ", "-")] = true
	}
	return found
}

func TestDocsLinks(t *testing.T) {
	all := pages(t)
	for page, text := range all {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			to := m[1] + m[2]
			if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
				continue
			}
			file, anchor, _ := strings.Cut(to, "#")
			at := page
			if file != "" {
				at = path.Join(path.Dir(page), file)
			}
			if _, err := os.Stat(at); err != nil {
				t.Errorf("%s: the link %s leads nowhere", page, to)
			} else if anchor != "" && !anchors(all[at])[anchor] {
				t.Errorf("%s: the link %s has no such heading", page, to)
			}
		}
	}
}

// Every page of docs is in the index.
func TestDocsIndex(t *testing.T) {
	all := pages(t)
	index := all[path.Clean(docs+"README.md")]
	for page := range all {
		name := filepath.Base(page)
		if path.Dir(page) == path.Clean(docs) && name != "README.md" && !strings.Contains(index, "("+name+")") {
			t.Errorf("docs/%s is not in docs/README.md", name)
		}
	}
}

// command finds the program in a line of a shell.
var command = regexp.MustCompile(`(?:^|[|;&(]\s*|\$\s)(?:\./)?target-s3((?: [^|;&>#\n)]*)?)`)

// The commands in the pages are ones that the program takes.
func TestDocsCommandLines(t *testing.T) {
	n := 0
	for page, text := range pages(t) {
		for _, block := range fence.FindAllStringSubmatch(text, -1) {
			if block[1] != "sh" && block[1] != "bash" {
				continue
			}
			for line := range strings.Lines(strings.ReplaceAll(block[2], "\\\n", " ")) {
				for _, m := range command.FindAllStringSubmatch(strings.TrimSpace(line), -1) {
					n++
					if err := parses(strings.Fields(m[1])); err != nil {
						t.Errorf("%s: %s: %v", page, strings.TrimSpace(m[0]), err)
					}
				}
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d commands were found", n)
	}
}

func parses(args []string) error {
	cmd, rest, err := commandTree().Find(args)
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if left := cmd.Flags().Args(); len(left) > 0 && cmd.Name() != "completion" {
		return fmt.Errorf("arguments %q", left)
	}
	return nil
}

// The tree in CONTRIBUTING has every package, and no other.
func TestDocsLayout(t *testing.T) {
	packages := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if err == nil && strings.HasSuffix(path, ".go") {
			packages[strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../../")] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	tree := regexp.MustCompile(`(?m)^    ((?:bench|cmd|singer|target|tools)[a-z0-9/-]*) `)
	named := map[string]bool{}
	for _, m := range tree.FindAllStringSubmatch(pages(t)["../../CONTRIBUTING.md"], -1) {
		named[m[1]] = true
	}
	if diff := cmp.Diff(packages, named); diff != "" {
		t.Errorf("the packages, and those in the layout of CONTRIBUTING.md (-there +named):\n%s", diff)
	}
}
