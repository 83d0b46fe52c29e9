package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// TestInputs joins files to one input, whatever the size of the reads, and says of
// every byte of it in which file and line that is.
func TestInputs(t *testing.T) {
	contents := []string{"a1\na2\n", "", "b1", "\ufeff", "\ufeffc1\n\n", "d", "e\n"}
	const want = "a1\na2\n" + "b1\n" + "c1\n\n" + "d\n" + "e\n"
	dir := t.TempDir()
	var names []string
	for i, text := range contents {
		names = append(names, filepath.Join(dir, fmt.Sprint(i)))
		if err := os.WriteFile(names[i], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, reader := range map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r },
		"byte":  iotest.OneByteReader,
		"half":  iotest.HalfReader,
	} {
		f := newInputs(names)
		got, err := io.ReadAll(reader(f))
		if string(got) != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		for i := range want {
			file, lines, size := f.locate(int64(i))
			content := contents[mustIndex(t, names, file)]
			line := int64(strings.Count(want[:i], "\n")) - lines
			at := int64(i) - size
			if at < int64(len(content)) && (content[at] != want[i] || line != int64(strings.Count(content[:at], "\n"))) {
				t.Errorf("%s: byte %d is in %s, line %d, byte %d", name, i, file, line, at)
			}
			if at > int64(len(content)) || at == int64(len(content)) && want[i] != '\n' {
				t.Errorf("%s: byte %d is in %s, byte %d", name, i, file, at)
			}
		}
	}
	if file, lines, size := newInputs(names).locate(5); file != "" || lines != 0 || size != 0 {
		t.Errorf("before the first: %s, %d, %d", file, lines, size)
	}
}

func mustIndex(t *testing.T, names []string, name string) int {
	t.Helper()
	for i, n := range names {
		if n == name {
			return i
		}
	}
	t.Fatalf("%q is not a file", name)
	return 0
}
