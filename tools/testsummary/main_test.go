package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestSummarize(t *testing.T) {
	const input = `{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: no S3 server here\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- SKIP: TestA (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}
`
	var out strings.Builder
	failed, err := summarize(strings.NewReader(input), &out)
	if failed || err != nil {
		t.Fatal(failed, err)
	}
	if want := "ok  \tp\t0.1s\n\n1 tests were skipped.\n  p TestA: no S3 server here\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

// TestSummarizeParts has one line for the parts of a test that give the same reason.
func TestSummarizeParts(t *testing.T) {
	var input, out strings.Builder
	for _, part := range []string{"TestA/x", "TestA/y/z", "TestB"} {
		fmt.Fprintf(&input, `{"Action":"output","Package":"p","Test":%q,"Output":"    a_test.go:1: for -short\n"}`+"\n", part)
		fmt.Fprintf(&input, `{"Action":"skip","Package":"p","Test":%q}`+"\n", part)
	}
	if _, err := summarize(strings.NewReader(input.String()), &out); err != nil {
		t.Fatal(err)
	}
	if want := "\n3 tests were skipped.\n  p TestA/...: for -short (2 of them)\n  p TestB: for -short\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func TestSummarizeFailure(t *testing.T) {
	const input = `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: broken\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
# p
no JSON
`
	var out strings.Builder
	failed, err := summarize(strings.NewReader(input), &out)
	if !failed || err != nil || !strings.Contains(out.String(), "broken") || !strings.Contains(out.String(), "no JSON") {
		t.Errorf("failed %v, %v:\n%s", failed, err, out.String())
	}
}
