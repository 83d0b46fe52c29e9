//go:build unix

package main

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestProgressOfFiles says how much of the input's files was read.
func TestProgressOfFiles(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "in.singer")
	if err := os.WriteFile(file, []byte(watchedSchema+"\n"+watchedRecords(0, 100)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	f := newInputs([]string{file})
	if _, err := io.Copy(io.Discard, f); err != nil {
		t.Fatal(err)
	}
	if read, of := f.progress(); read == 0 || read != of {
		t.Errorf("%d of %d", read, of)
	}
	if _, of := newInputs([]string{file, fifo}).progress(); of != 0 {
		t.Errorf("the size of what is not a file is known: %d", of)
	}
	w := watch(t, 100, nil, "--input", file, "--input", fifo)
	end, err := os.OpenFile(fifo, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.Await(" KiB read  100 records")
	if err := end.Close(); err != nil {
		t.Fatal(err)
	}
	if code := w.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
