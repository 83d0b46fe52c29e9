package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// fail words an error: the step, the place, what the system answered and what to
// do about it.
func (s *Store) fail(step, key string, err error) error {
	err = cause(err)
	if what := s.advice(err); what != "" {
		return fmt.Errorf("%s %s: %w (%s)", step, s.Location(key), err, what)
	}
	return fmt.Errorf("%s %s: %w", step, s.Location(key), err)
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
	switch {
	case is(syscall.ENOSPC), is(syscall.EDQUOT):
		return "free some space, or use a folder on another disk"
	case is(syscall.EFBIG):
		return "set a smaller batch_size_bytes"
	case is(syscall.EROFS):
		return "mount it writable, or use another folder"
	case is(syscall.EACCES):
		return "give this user the right to write there, or use another folder"
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
