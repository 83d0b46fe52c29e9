package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// docs/promises.md says how many kinds of fault there are.
func TestPromisesCountFaults(t *testing.T) {
	text, err := os.ReadFile("../../docs/promises.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("Each of %d kinds of fault", len(requestFaults)); !strings.Contains(string(text), want) {
		t.Errorf("docs/promises.md does not say %q", want)
	}
}
