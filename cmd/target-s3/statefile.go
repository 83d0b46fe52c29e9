package main

import (
	"fmt"
	"io"

	"target-s3/singer/printable"
)

// stateFile is the file of --state-file. It has the last state that was written, whole,
// at any moment.
type stateFile struct{ wholeFile }

func openStateFile(name string, stdout io.Writer) (*stateFile, error) {
	f := &stateFile{wholeFile{flag: "--state-file", what: "state file", name: name}}
	return f, f.open(stdout)
}

// Write replaces the state. Where it cannot, the file keeps the one before.
func (f *stateFile) Write(state []byte) (int, error) {
	err := f.replace(func(w io.Writer) error {
		_, err := w.Write(state)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("state to --state-file %s: %w; make room or correct the permissions, and run again", printable.Line(f.name), printable.Error(err))
	}
	return len(state), nil
}

// bothWriter writes each state to the state file and then to standard output. So
// whoever sees a state on standard output finds it in the file, or a later one;
// should the program end between the two, a runner that goes by standard output
// begins one state earlier, which loses nothing.
type bothWriter struct {
	file   *stateFile
	stdout io.Writer
}

func (w bothWriter) Write(state []byte) (int, error) {
	if n, err := w.file.Write(state); err != nil {
		return n, err
	}
	return w.stdout.Write(state)
}
