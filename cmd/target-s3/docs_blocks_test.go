//go:build !race

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"target-s3/target/config"
)

// blocks are those of a page in one of these languages, in their order.
func blocks(text string, languages ...string) (found []string) {
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		if slices.Contains(languages, m[1]) {
			found = append(found, m[2])
		}
	}
	return found
}

// The blocks of the pages are what their mark says: a shell, Python and engines of SQL
// take them, and settings are ones that the program takes.
func TestDocsBlocks(t *testing.T) {
	all := pages(t)
	t.Run("sh", func(t *testing.T) {
		bash, err := exec.LookPath("bash")
		if err != nil {
			t.Skip("needs bash")
		}
		for page, text := range all {
			for _, block := range blocks(text, "sh", "bash") {
				feed(t, "# "+page+"\n"+block, bash, "-n")
			}
		}
	})
	t.Run("json", func(t *testing.T) {
		for page, text := range all {
			for _, block := range blocks(text, "json") {
				checkJSON(t, page, block)
			}
		}
	})
	t.Run("python", func(t *testing.T) {
		python, err := exec.LookPath("python3")
		if err != nil {
			t.Skip("needs python3")
		}
		eachBlock(t, all, "python", python, "import ast as language")
	})
	t.Run("sql", func(t *testing.T) {
		python := readersPython(t)
		if exec.Command(python, "-c", "import sqlglot").Run() != nil {
			t.Skip("needs sqlglot (pip install -r cmd/target-s3/testdata/readers/requirements.txt)")
		}
		eachBlock(t, all, "sql", python, "import sqlglot as language")
	})
}

// eachBlock has a module of Python parse the blocks of a language.
func eachBlock(t *testing.T, all map[string]string, language, python, module string) {
	t.Helper()
	var texts []string
	for _, text := range all {
		texts = append(texts, blocks(text, language)...)
	}
	texts = slices.DeleteFunc(texts, func(t string) bool { return strings.HasPrefix(t, "-- Stream ") }) // in an engine's own, see TestTablesParsed
	list, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	feed(t, string(list), python, "-c", module+`, json, sys
for text in json.load(sys.stdin):
    language.parse(text)`)
}

// feed gives a text to the standard input of a program, which must take it.
func feed(t *testing.T, text, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, text)
	}
}

// checkJSON lets the program read those that are settings.
func checkJSON(t *testing.T, page, block string) {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(block), &members); err != nil {
		t.Errorf("%s: %v\n%s", page, err, block)
	}
	if members["s3_bucket"] == nil && members["exactly_once"] == nil {
		return
	}
	if _, _, err := config.LoadPart(config.JSON(page, []byte(block))); err != nil {
		t.Errorf("%s: %v\n%s", page, err, block)
	}
}

// notRun are the commands that cannot be run here, by their beginning, and why.
var notRun = map[string]string{
	"aws ":              "the AWS CLI needs an account",
	"go ":               "run by .ci/run",
	"CGO_ENABLED=0 go ": "run by .ci/run",
	"docker ":           "run by the workflow ci",
	"pip ":              "installs from the network",
	"target-s3 setup":   "asks, and needs S3; see testdata/script/setup.txtar and TestSetupCreatesBucket",
	"target-s3 state --config config.json --give-up": "gives up a commit; see TestUploadsGone",
	"target-s3 sweep": "needs S3; see TestSweepNeedsItsPolicy",
	"mkdir -p ~/":     "writes to the home folder; see testdata/script/example_cron.txtar",
	"TAP=":            "see testdata/script/example_cron.txtar",
}

// The commands of the pages run, with the loader on a folder, and with taps that write
// what taps of their name might.
func TestDocsCommandsRun(t *testing.T) {
	for _, tool := range []string{"bash", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("needs " + tool)
		}
	}
	for page, text := range pages(t) {
		if filepath.Base(page) == "commands.md" || filepath.Dir(page) == "../.." && filepath.Base(page) != "README.md" {
			continue // the examples of the flags, and work on the project
		}
		dir := blockFolder(t)
		for i, block := range blocks(text, "sh", "bash") {
			t.Run(fmt.Sprintf("%s/%d", filepath.Base(page), i), func(t *testing.T) { runBlock(t, dir, block) })
		}
	}
}

// blockFolder has what the pages take for granted.
func blockFolder(t *testing.T) string {
	t.Helper()
	const tap = `#!/bin/sh
echo '{"type":"SCHEMA","stream":"orders","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"}}}}'
echo '{"type":"RECORD","stream":"orders","record":{"id":1}}'
echo '{"type":"STATE","value":{"bookmarks":{"orders":1}}}'
`
	dir := t.TempDir()
	for name, text := range map[string]string{
		"config.json":    `{"s3_bucket": "my-bucket", "integration_name": "shop", "aws_endpoint_url": "file:out", "exactly_once": "shop"}`,
		"rejected.jsonl": `{"table_name":"orders","reason":"id: Invalid type","record":"{\"id\": 7}"}` + "\n",
		"tap-postgres":   tap, "tap-spreadsheets": tap, "tap-x": tap,
		"report.json": `{"objects": [{"table": "orders", "key": "shop/orders/1.jsonl", "location": "s3://my-bucket/shop/orders/1.jsonl", "bytes": 9}]}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := exec.Command("sh", "-c", "cd "+dir+" && ./tap-x > whole.singer && gzip < whole.singer > piece-0042.singer.gz").Run(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// runBlock runs the lines of a block in the folder, but for those that cannot be run.
func runBlock(t *testing.T, dir, block string) {
	t.Helper()
	var lines, why []string
	for line := range strings.Lines(strings.ReplaceAll(block, "\\\n", " ")) {
		if reason := reasonNotToRun(line); reason != "" {
			why = append(why, reason)
		} else {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		t.Skip(strings.Join(slices.Compact(why), "; "))
	}
	cmd := exec.Command("bash", "-e", "-o", "pipefail", "-c", strings.Join(lines, ""))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, cmd.Args[5], out)
	}
}

func reasonNotToRun(line string) string {
	for beginning, why := range notRun {
		if strings.HasPrefix(line, beginning) {
			return why
		}
	}
	return ""
}
