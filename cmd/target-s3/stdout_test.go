package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestStateWriter has states synced where they go into a file, and written as
// they are elsewhere.
func TestStateWriter(t *testing.T) {
	name := filepath.Join(t.TempDir(), "states")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := stateWriter(file)
	if w != (toStdout{syncedFile{file}}) {
		t.Fatalf("%T", w)
	}
	if n, err := w.Write([]byte("{}\n")); n != 3 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	file.Close()
	if text, err := os.ReadFile(name); string(text) != "{}\n" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := w.Write([]byte("{}\n")); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("%v", err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, file := range []*os.File{write, null} {
		if w := stateWriter(file); w != (toStdout{file}) {
			t.Errorf("%T", w)
		}
	}
	if b := (&bytes.Buffer{}); stateWriter(b) != (toStdout{b}) {
		t.Error("not the writer itself")
	}
}
