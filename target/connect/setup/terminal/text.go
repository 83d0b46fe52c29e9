package terminal

import (
	"fmt"
	"io"
	"strings"

	"target-s3/target/connect/setup"
	"target-s3/target/connect/setup/terminal/tty"
)

// columns is the width of a terminal that nobody has widened, and as wide as
// prose should be.
const columns = 80

// hang wraps a text behind a beginning, below whose end its other lines begin. No
// width is one line.
func hang(begin, text string, width int) string {
	if width <= 0 {
		return begin + text
	}
	used := tty.Width(begin)
	return begin + strings.Join(wrap(text, max(20, width-used)), "\n"+strings.Repeat(" ", used))
}

// hanging is hang at the width of prose.
func hanging(begin, text string) string { return hang(begin, text, columns-1) }

// wrap breaks a text between words, at spaces alone. A word that is longer than a
// line, such as an address, stays whole.
func wrap(text string, width int) (lines []string) {
	line := ""
	for word := range strings.SplitSeq(text, " ") {
		switch {
		case line == "":
			line = word
		case tty.Width(line)+1+tty.Width(word) > width:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// broken is wrap where nothing may be longer than a line, such as on the form's
// screen, which would lose it.
func broken(text string, width int) (lines []string) {
	for _, line := range wrap(text, width-1) {
		lines = append(lines, cut(line, width)...)
	}
	return lines
}

// cut takes a text apart that is longer than a line.
func cut(text string, width int) (parts []string) {
	begin, at, used := 0, 0, 0
	for character, wide := range tty.Characters(text) {
		if used > 0 && used+wide > width {
			parts, begin, used = append(parts, text[begin:at]), at, 0
		}
		at += len(character)
		used += wide
	}
	return append(parts, text[begin:])
}

// prose is a paragraph.
func prose(text string) string { return hang("", text, columns-1) + "\n" }

// fail prints what went wrong, a line for each problem.
func fail(w io.Writer, err error) {
	for _, line := range setup.Lines(err) {
		fmt.Fprintln(w, hang("✗ ", line, columns-1))
	}
	fmt.Fprintln(w)
}

// steps are the way of the console, if there is one.
func steps(g *setup.Guide) string {
	if g == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "In the AWS console, %s\n\n", g.Console)
	for i, s := range g.Steps {
		fmt.Fprintln(&b, hang(fmt.Sprintf("  %d. ", i+1), s, columns-1))
	}
	fmt.Fprintf(&b, "\n  More on that:\n  %s\n\n", g.Help)
	return b.String()
}

// byCommand introduces commands, which come after the way of the console and are
// not wrapped: they are there to be copied.
func byCommand(g *setup.Guide, text string) string {
	begin := "With the AWS CLI"
	if g != nil {
		begin = "Or with the AWS CLI"
	}
	return prose(begin+text) + "\n"
}
