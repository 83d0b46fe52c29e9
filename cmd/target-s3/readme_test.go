package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"target-s3/target/config"
)

// TestReadmeSettings holds the README's reference to the table of settings.
// UPDATE_README=1 rewrites it.
func TestReadmeSettings(t *testing.T) {
	const file = "../../README.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), "<!-- settings: made by target/config; a test compares -->\n")
	have, after, ok2 := strings.Cut(rest, "<!-- /settings -->")
	if !ok || !ok2 {
		t.Fatal("the README has lost the marks around its settings")
	}
	want := strings.TrimRight(config.SettingsMarkdown(), "\n") + "\n"
	if have == want {
		return
	}
	if os.Getenv("UPDATE_README") == "" {
		t.Fatalf("the README's settings are out of date; run UPDATE_README=1 go test ./cmd/target-s3 -run ReadmeSettings\n%s", cmp.Diff(have, want))
	}
	text = []byte(before + "<!-- settings: made by target/config; a test compares -->\n" + want + "<!-- /settings -->" + after)
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
