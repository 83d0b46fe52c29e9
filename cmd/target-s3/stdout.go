package main

import (
	"errors"
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

// errNoStates is that of a load whose states would reach nobody, and are kept by nobody.
var errNoStates = &usageError{errors.New("standard output is closed, and states go there: send it to a file or a runner, keep the state with --state-file, or send it to /dev/null, opened for writing alone (>/dev/null), if nobody needs it; nothing was read")}

// errReadOnly is that of a program whose standard output takes nothing.
var errReadOnly = &usageError{errors.New("standard output is open for reading alone, and states go there: send it to a file or a runner, or to /dev/null, opened for writing (>/dev/null); nothing was read")}

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
		f.takeBack(int64(n))
		return n, err
	}
	return n, f.Sync()
}

// takeBack removes the beginning of a state that could not be written whole, as on a full
// disk: a runner that goes by the last line would take that for a state, and the next one
// would follow on the same line. Where that fails, the error of the write says enough.
func (f syncedFile) takeBack(n int64) {
	end, err := f.Seek(0, io.SeekCurrent)
	if err != nil || n == 0 {
		return
	}
	if info, err := f.Stat(); err != nil || info.Size() != end { // somebody else writes to it
		return
	}
	if f.Truncate(end-n) == nil {
		_, _ = f.Seek(end-n, io.SeekStart)
	}
}
