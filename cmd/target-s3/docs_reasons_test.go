package main

import (
	"fmt"
	"strings"
	"testing"

	"target-s3/target/config"
	"target-s3/target/connect/policy"
)

// The reasons of the privileges are the program's own.
func TestDocsReasons(t *testing.T) {
	page := pages(t)["../../docs/connecting-a-bucket.md"]
	for _, p := range policy.For(config.Config{}).Privileges() {
		if row := fmt.Sprintf("\n| `%s` | %s |", p.Action, p.Why); p.Why == "" || !strings.Contains(page, row) {
			t.Errorf("docs/connecting-a-bucket.md has no row that begins with %s", row[1:])
		}
	}
}
