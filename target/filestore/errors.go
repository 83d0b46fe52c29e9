package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"syscall"

	"target-s3/singer/printable"
)

// Error is what went wrong at a place.
type Error struct {
	Step   string // what was being done
	Place  string // the file or folder
	Err    error  // what the system answered
	Advice string // what to do about it; may be empty
}

func (e *Error) Error() string {
	text := e.Step + " " + printable.Line(e.Place+": "+e.Err.Error())
	if e.Advice != "" {
		text += " (" + e.Advice + ")"
	}
	return text
}

// Unwrap returns what the system answered.
func (e *Error) Unwrap() error { return e.Err }

func (s *Store) fail(step, key string, err error) error {
	err = cause(err)
	return &Error{Step: step, Place: s.Location(key), Err: err, Advice: s.advice(err)}
}

// cause takes off what the os package says about the place: it knows hidden
// names, relative to the bucket's folder.
func cause(err error) error {
	switch e := err.(type) {
	case *fs.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	}
	return err
}

// and adds what went wrong while an error was being dealt with, if anything did.
func and(err, then error) error {
	if then == nil {
		return err
	}
	if err == nil {
		return then
	}
	return fmt.Errorf("%w, then %w", cause(err), then)
}

func (s *Store) advice(err error) string {
	is := func(target error) bool { return errors.Is(err, target) }
	onWindows := func(target error) bool { return runtime.GOOS == "windows" && is(target) }
	const diskFull = syscall.Errno(112) // of Windows, where it is not ENOSPC
	switch {
	case is(syscall.ENOSPC), is(syscall.EDQUOT), onWindows(diskFull):
		return "free some space, or use a folder on another disk"
	case is(syscall.EFBIG):
		return "set a smaller batch_size_bytes"
	case is(syscall.EROFS):
		return "mount it writable, or use another folder"
	case is(syscall.EACCES), onWindows(fs.ErrPermission):
		return "give this user the right to read and write there, or use another folder"
	case is(syscall.ENOTDIR):
		return "a file is where a folder is needed: move it away, or use another folder or key"
	case is(syscall.ENAMETOOLONG):
		return "make the key template shorter, or put a slash into it"
	case is(syscall.EMFILE), is(syscall.ENFILE):
		return "raise the limit of open files: ulimit -n"
	case s.escapes != nil && is(s.escapes):
		return "a symbolic link leads out of the bucket's folder: remove it, or use another key"
	}
	return ""
}
