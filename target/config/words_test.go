package config

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"target-s3/target/nearest"
)

var settingLike = regexp.MustCompile(`\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b`)

// otherNames look like settings and are none: the name of a check, members of the
// report and of Meltano's log lines, what another target calls its bucket, an option of
// BigQuery, and a stream of the Meltano SDK.
var otherNames = []string{
	"conditional_create", "object_rows", "object_bytes", "stream_name", "aws_bucket", "field_delimiter", "duplicate_records",
}

// TestNamesInMessages: what looks like the name of a setting in a message of the
// program or a page of docs is one. A setting that is renamed is found everywhere.
func TestNamesInMessages(t *testing.T) {
	known := names()
	judge := func(place, text string) {
		for _, word := range settingLike.FindAllString(text, -1) {
			if near := nearest.Of(word, known); near != "" && !slices.Contains(known, word) && !slices.Contains(otherNames, word) {
				t.Errorf("%s: %s is not a setting; is %s meant?", place, word, near)
			}
		}
	}
	for _, root := range []string{"../../target", "../../cmd", "../../singer", "../../docs"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil || d.IsDir():
				return err
			case strings.HasSuffix(path, ".md"):
				text, err := os.ReadFile(path)
				judge(path, string(text))
				return err
			case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			files := token.NewFileSet()
			f, err := parser.ParseFile(files, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					judge(files.Position(lit.Pos()).String(), lit.Value)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
