// Command testsummary reads what `go test -json` writes, prints what `go test`
// would, and at the end the tests that were skipped, with their reasons. A suite that
// skips what it cannot run must say so, or nobody notices.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// event is a line of `go test -json`; see go doc test2json.
type event struct {
	Action, Package, Test, Output string
}

func main() {
	failed, err := summarize(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsummary:", err)
	}
	if failed || err != nil {
		os.Exit(1)
	}
}

// test names a test of a package, or, without a name, the package.
type test struct{ pkg, name string }

// summarize reports whether anything failed.
func summarize(r io.Reader, w io.Writer) (failed bool, err error) {
	output := map[test][]string{}
	skipped, all := map[string]int{}, 0
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			break
		} else if err != nil {
			return failed, err
		}
		var e event
		if json.Unmarshal(line, &e) != nil { // of the compiler
			_, _ = w.Write(line)
			continue
		}
		id := test{e.Package, e.Test}
		switch e.Action {
		case "output", "build-output":
			output[id] = append(output[id], e.Output)
			if e.Action == "build-output" {
				_, _ = io.WriteString(w, e.Output)
			}
		case "fail", "build-fail":
			failed = true
			_, _ = io.WriteString(w, strings.Join(output[id], ""))
		case "skip":
			if e.Test != "" {
				whole, part, _ := strings.Cut(e.Test, "/")
				if part != "" {
					whole += "/..."
				}
				skipped[fmt.Sprintf("%s %s: %s", e.Package, whole, reason(output[id]))]++
				all++
			}
		case "pass":
			if e.Test == "" {
				_, _ = io.WriteString(w, last(output[id]))
			}
		}
		if e.Action != "output" && e.Test != "" {
			delete(output, id)
		}
	}
	fmt.Fprintf(w, "\n%d tests were skipped.\n", all)
	for _, text := range slices.Sorted(maps.Keys(skipped)) {
		if n := skipped[text]; n > 1 {
			text += fmt.Sprintf(" (%d of them)", n)
		}
		fmt.Fprintln(w, "  "+text)
	}
	return failed, nil
}

// reason is what a skipped test said: a line that begins with its file.
func reason(output []string) string {
	for _, line := range slices.Backward(output) {
		if text := strings.TrimSpace(line); !strings.HasPrefix(text, "---") && !strings.HasPrefix(text, "===") {
			_, why, _ := strings.Cut(text, ": ")
			return why
		}
	}
	return "no reason"
}

// last is the line that says how a package ended.
func last(output []string) string {
	if len(output) == 0 {
		return ""
	}
	return output[len(output)-1]
}
