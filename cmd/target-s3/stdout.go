package main

import (
	"fmt"
	"io"
	"os"
)

// stateWriter is where states go. They are to be on the disk where standard
// output is a file, before anybody counts on them.
func stateWriter(stdout io.Writer) io.Writer {
	file, ok := stdout.(*os.File)
	if !ok {
		return toStdout{stdout}
	}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		return toStdout{syncedFile{file}}
	}
	return toStdout{file}
}

// toStdout says in an error where a state could not be written.
type toStdout struct{ io.Writer }

func (w toStdout) Write(state []byte) (int, error) {
	n, err := w.Writer.Write(state)
	if err != nil {
		err = fmt.Errorf("state to standard output: %w", err)
	}
	return n, err
}

// syncedFile is on the disk after every Write.
type syncedFile struct{ *os.File }

func (f syncedFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	if err != nil {
		return n, err
	}
	return n, f.Sync()
}
