package main

import (
	"fmt"
	"strings"
	"testing"

	"target-s3/target/config"
	"target-s3/target/connect/check"
	"target-s3/target/connect/policy"
)

// The reasons of the checks and of the privileges are the program's own.
func TestDocsReasons(t *testing.T) {
	all := pages(t)
	row := func(page, name, why string) {
		t.Helper()
		if want := fmt.Sprintf("\n| `%s` | %s |", name, why); why == "" || !strings.Contains(all["../../docs/"+page], want) {
			t.Errorf("docs/%s has no row that begins with %s", page, want)
		}
	}
	for _, name := range check.Names() {
		row("checks.md", name, check.Why(name))
	}
	for _, p := range policy.For(config.Config{}).Privileges() {
		row("connecting-a-bucket.md", p.Action, p.Why)
	}
}
