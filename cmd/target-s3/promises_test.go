package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPromises sees to it that what docs/promises.md names is there.
func TestPromises(t *testing.T) {
	text, err := os.ReadFile("../../docs/promises.md")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	err = filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, "_test.go") {
			var source []byte
			source, err = os.ReadFile(name)
			tests.Write(source)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z]+|[a-z_]+\\.txtar)`").FindAllSubmatch(text, -1)
	if len(names) < 20 {
		t.Errorf("%d names of tests", len(names))
	}
	for _, n := range names {
		name := string(n[1])
		if strings.HasSuffix(name, ".txtar") {
			if _, err := os.Stat(filepath.Join("testdata/script", name)); err != nil {
				t.Error(err)
			}
		} else if !strings.Contains(tests.String(), "func "+name+"(") {
			t.Errorf("docs/promises.md names %s, which there is not", name)
		}
	}
}
