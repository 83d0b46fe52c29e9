package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// blank is what differs from run to run in a message.
var blank = regexp.MustCompile(`…|\d[\d:.]*|"[a-z]+"|/properties\S*|\b(FILE|HOST|TARGET_S3_COMPRESSIN|HTTPS_PROXY|config\.json|UTF-16|ETag|PutObject|RECORD|a|input line)\b|\([^)]*\)|http://\S*|[>&-]{3}|: `)

// messagesOf are the messages that errors.md has: what is code in the first column of its
// tables of messages.
func messagesOf(t *testing.T) (found []string) {
	t.Helper()
	_, tables, _ := strings.Cut(pages(t)[path.Clean(docs+"errors.md")], "| message (beginning)")
	for line := range strings.Lines(tables) {
		cells := strings.Split(strings.ReplaceAll(line, `\|`, ""), "|")
		if len(cells) < 4 {
			continue
		}
		for _, span := range codeSpan.FindAllStringSubmatch(cells[1], -1) {
			found = append(found, span[1])
		}
	}
	return found
}

// sourcesOf are the sources of the program, one behind the other, but for files whose names
// end in a text.
func sourcesOf(t *testing.T, but string) string {
	t.Helper()
	var sources strings.Builder
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, but) {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			sources.Write(text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sources.String()
}

// The messages in errors.md are ones that the program has.
func TestDocsMessages(t *testing.T) {
	sources := sourcesOf(t, "docs_messages_test.go") // with the tests: some messages are put together, and are whole only there
	n := 0
	for _, message := range messagesOf(t) {
		for _, part := range blank.Split(message, -1) {
			if part = strings.Trim(part, " :;,.%"); len(part) < 5 {
				continue
			}
			n++
			if !strings.Contains(sources, part) {
				t.Errorf("no source has %q of %s", part, message)
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d messages were found", n)
	}
}

// Each warning of a load is in errors.md, where somebody will look for its words.
func TestDocsWarnings(t *testing.T) {
	known := messagesOf(t)
	warnings := regexp.MustCompile(`[lL]og(?:ger)?\.Warn\("([^"]+)"`).FindAllStringSubmatch(sourcesOf(t, "_test.go"), -1)
	for _, w := range warnings {
		if !slices.ContainsFunc(known, func(beginning string) bool { return strings.HasPrefix(w[1], beginning) }) {
			t.Errorf("docs/errors.md does not have the warning %q", w[1])
		}
	}
	if len(warnings) < 15 {
		t.Errorf("only %d warnings were found", len(warnings))
	}
}
