package main

import (
	"errors"
	"io"
	"os"
)

// stateWriter is where states go. They are to be on the disk where standard
// output is a file, before anybody counts on them.
func stateWriter(stdout io.Writer) (io.Writer, error) {
	file, ok := stdout.(*os.File)
	if !ok {
		return stdout, nil
	}
	if closedAtStart(file) {
		return nil, &usageError{errors.New("standard output is closed, and states go there: send it to a file or a runner, or to /dev/null (>/dev/null) if nobody needs them; nothing was read")}
	}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		return syncedFile{file}, nil
	}
	return stdout, nil
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
