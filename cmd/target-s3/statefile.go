package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gofrs/flock"

	"target-s3/singer/printable"
)

// stateFile is the file of --state-file. It has the last state that was written, whole,
// at any moment: a new state is written beside it, synced, and renamed.
type stateFile struct {
	name string // as it was given
	path string // of the file that it is, or links to
	mode fs.FileMode
	lock *flock.Flock
}

// openStateFile locks a state file and finds out whether it can be replaced. What
// stands in the way of that is wrong usage, but another load is not.
func openStateFile(name string, stdout io.Writer) (*stateFile, error) {
	f := &stateFile{name: name, path: name, mode: 0o666}
	if err := f.look(stdout); err != nil {
		return nil, &usageError{f.named(err)}
	}
	f.lock = flock.New(f.path+".lock", flock.SetPermissions(f.mode))
	switch locked, err := f.lock.TryLock(); {
	case err != nil:
		return nil, &usageError{f.named(err)}
	case !locked:
		return nil, f.named(fmt.Errorf("another load has this state file (%s is locked): wait until that load ends, or give each pipeline a state file of its own; nothing was read", printable.Line(f.path+".lock")))
	}
	err := f.stage(nil)
	if err == nil {
		err = os.Remove(f.staged())
	}
	if err != nil {
		return nil, &usageError{f.named(errors.Join(err, f.close()))}
	}
	return f, nil
}

// look sees what there is under the name.
func (f *stateFile) look(stdout io.Writer) error {
	switch path, err := filepath.EvalSymlinks(f.name); {
	case err == nil:
		f.path = path
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", printable.Line(f.path))
	}
	if out, ok := stdout.(*os.File); ok {
		if is, err := out.Stat(); err == nil && os.SameFile(is, info) {
			return errors.New("standard output goes to the same file, which the shell has emptied: send it to /dev/null")
		}
	}
	f.mode = info.Mode().Perm()
	file, err := os.OpenFile(f.path, os.O_WRONLY, 0) // a file that may not be written is not replaced
	if err != nil {
		return err
	}
	return file.Close()
}

// staged is where a state is until it is whole. Whoever has the lock may overwrite
// what a crash has left there.
func (f *stateFile) staged() string { return f.path + ".new" }

// stage writes a state beside the file.
func (f *stateFile) stage(state []byte) error {
	if err := os.Remove(f.staged()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(f.staged(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, f.mode)
	if err != nil {
		return err
	}
	_, err = file.Write(state)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// Write replaces the state. Where it cannot, the file keeps the one before.
func (f *stateFile) Write(state []byte) (int, error) {
	err := f.stage(state)
	if err == nil {
		err = os.Rename(f.staged(), f.path)
	}
	if err != nil {
		_ = os.Remove(f.staged()) // it may be what fills the disk
	} else {
		err = syncFolder(filepath.Dir(f.path))
	}
	if err != nil {
		return 0, fmt.Errorf("state to --state-file %s: %w; make room or correct the permissions, and run again", printable.Line(f.name), printable.Error(err))
	}
	return len(state), nil
}

// syncFolder has a file's new name on the disk.
func syncFolder(name string) error {
	if runtime.GOOS == "windows" { // which has no such thing
		return nil
	}
	folder, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func (f *stateFile) close() error { return f.lock.Close() }

func (f *stateFile) named(err error) error {
	return fmt.Errorf("--state-file %s: %w", printable.Line(f.name), printable.Error(err))
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
