package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"target-s3/target/config"
)

// TestDocsMan holds the page that packages put where man finds it. tools/release adds the
// version to its first line.
func TestDocsMan(t *testing.T) {
	generated(t, docs+"target-s3.1", manPage(commandTree()))
}

// man-db reads the page without a complaint, and shows what is meant.
func TestDocsManReads(t *testing.T) {
	if out, err := exec.CommandContext(t.Context(), "man", "--version").Output(); err != nil || !strings.HasPrefix(string(out), "man 2.") {
		t.Skip("no man-db")
	}
	cmd := exec.CommandContext(t.Context(), "man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", docs+"target-s3.1")
	cmd.Env = append(cmd.Environ(), "MANWIDTH=80", "LC_ALL=C.UTF-8", "MANROFFSEQ=", "GROFF_NO_SGR=1")
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil || complaints.Len() > 0 {
		t.Fatalf("%v\n%s", err, complaints.String())
	}
	text := regexp.MustCompile(`.\x08`).ReplaceAllString(string(out), "") // bold letters are printed twice
	text = strings.Join(strings.Fields(text), " ")
	for _, want := range []string{
		" target-s3 - load Singer data into Amazon S3 ", " -c, --config FILE ", " target-s3 check Verifies ", " s3_bucket (required) ",
		" One of “,”, “|”, “\\t”. ", " tap-postgres --config tap.json | target-s3 --config config.json ", " EXIT STATUS 0 everything is durable; ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// manPage is the page for the program and all of its commands.
func manPage(root *cobra.Command) string {
	var m man
	m.WriteString(".\\\" Made by UPDATE_DOCS=1 go test ./cmd/target-s3 -run TestDocs.\n.TH TARGET-S3 1\n.nh\n.ad l\n.SH NAME\n")
	fmt.Fprintf(&m, "target\\-s3 \\- %s\n", roff(strings.ToLower(root.Short[:1])+root.Short[1:]))
	m.WriteString(".SH SYNOPSIS\n.nf\n\\fItap\\fR | \\fBtarget\\-s3\\fR \\fB\\-\\-config\\fR \\fIFILE\\fR [\\fIoption\\fR...]\n" +
		"\\fBtarget\\-s3\\fR \\fIcommand\\fR [\\fIoption\\fR...]\n.fi\n")
	text, codes, _ := strings.Cut(root.Long, "Exit codes: ")
	m.section("DESCRIPTION", text)
	m.section("OPTIONS", "")
	m.flags(root)
	m.section("COMMANDS", "Each has `--help`.")
	for _, c := range root.Commands() {
		if c.Name() != "help" && c.Name() != "completion" {
			m.command(c)
		}
	}
	m.WriteString(".SS target\\-s3 completion\n")
	m.text("Prints a script for `bash`, `fish`, `powershell` or `zsh` that completes commands, flags and their values.")
	m.settings()
	m.section("EXIT STATUS", strings.ToUpper(codes[:1])+codes[1:])
	m.section("EXAMPLES", "")
	m.example(root.Example)
	return m.String()
}

// man is a page of the manual in the making.
type man struct{ strings.Builder }

func (m *man) section(title, text string) {
	fmt.Fprintf(m, ".SH %s\n", title)
	m.text(text)
}

// text writes paragraphs.
func (m *man) text(text string) {
	for i, p := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			m.WriteString(".PP\n")
		}
		if p != "" {
			m.WriteString(roff(p) + "\n")
		}
	}
}

func (m *man) command(c *cobra.Command) {
	fmt.Fprintf(m, ".SS %s\n", roff(c.CommandPath()))
	m.text(c.Long)
	m.flags(c)
	m.example(c.Example)
}

func (m *man) example(text string) {
	fmt.Fprintf(m, ".PP\n.nf\n.RS 4\n%s\n.RE\n.fi\n", roff(strings.ReplaceAll(strings.TrimSpace("  "+text), "\n  ", "\n")))
}

func (m *man) flags(c *cobra.Command) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if row := flagRow(f); row != "" {
			cells := rowCells(row)
			fmt.Fprintf(m, ".TP\n%s\n%s\n", roff(cells[0]), roff(cells[1]))
		}
	})
}

// settings writes what the table of settings says.
func (m *man) settings() {
	intro, groups, _ := strings.Cut(config.SettingsMarkdown(), "\n### ")
	m.section("SETTINGS", intro)
	for group := range strings.SplitSeq(groups, "\n### ") {
		title, rows, _ := strings.Cut(group, "\n")
		fmt.Fprintf(m, ".SS %s\n", roff(title))
		for row := range strings.Lines(rows) {
			cells := rowCells(row)
			if len(cells) < 4 || !strings.HasPrefix(cells[0], "`") {
				continue
			}
			name, byDefault, text := cells[0], cells[2], cells[3]
			switch {
			case cells[1] == "yes":
				name += " (required)"
			case byDefault != "–":
				text += " Default: " + byDefault + "."
			}
			fmt.Fprintf(m, ".TP\n%s\n%s\n", roff(name), roff(text))
		}
	}
}

// rowCells are the cells of a row of a Markdown table.
func rowCells(row string) []string {
	const bar = "\x00"
	var cells []string
	row = strings.Trim(strings.ReplaceAll(strings.TrimSpace(row), `\|`, bar), "|")
	for c := range strings.SplitSeq(row, "|") {
		cells = append(cells, strings.ReplaceAll(strings.TrimSpace(c), bar, "|"))
	}
	return cells
}

var (
	codeSpan  = regexp.MustCompile("`([^`]+)`")
	plainName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	boldName  = regexp.MustCompile(`^(-[\w-]+(?:, --[\w-]+)?)(?: (\S+))?$`)
)

// roff writes a text, in which code stands in backquotes, as man pages have it: in ASCII,
// with names in bold type and other code in quotation marks.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "^", `\(ha`, "~", `\(ti`).Replace(text)
	text = codeSpan.ReplaceAllStringFunc(text, func(span string) string {
		code := strings.Trim(span, "`")
		plain := strings.ReplaceAll(code, `\-`, "-")
		if m := boldName.FindStringSubmatch(plain); m != nil {
			bold := `\fB` + strings.ReplaceAll(m[1], "-", `\-`) + `\fR`
			if m[2] != "" {
				bold += ` \fI` + strings.ReplaceAll(m[2], "-", `\-`) + `\fR`
			}
			return bold
		}
		if plainName.MatchString(plain) {
			return `\fB` + code + `\fR`
		}
		return `\(lq` + strings.ReplaceAll(code, "/", `/\:`) + `\(rq` // a line may end after a slash
	})
	text = regexp.MustCompile(`(?m)^\.`).ReplaceAllString(text, `\&.`)
	var b strings.Builder
	for _, r := range text {
		if r < 0x80 {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\[u%04X]`, r)
		}
	}
	return b.String()
}
