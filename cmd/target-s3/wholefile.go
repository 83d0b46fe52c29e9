package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"

	"target-s3/singer/printable"
)

// wholeFile is a file that is replaced whole: it has what it had, or what it is to
// have. That is written beside it, synced, and renamed.
type wholeFile struct {
	flag string // that names it
	what string // it is
	name string // as it was given
	path string // of the file that it is, or links to
	mode fs.FileMode
	lock *flock.Flock
}

// open locks the file and finds out whether it can be replaced. What stands in the
// way of that is wrong usage, but another load is not.
func (f *wholeFile) open(stdout io.Writer) error {
	f.path, f.mode = f.name, 0o666
	if err := f.look(stdout); err != nil {
		return &usageError{f.named(err)}
	}
	f.lock = flock.New(f.path+".lock", flock.SetPermissions(f.mode))
	switch locked, err := f.lock.TryLock(); {
	case err != nil:
		return &usageError{f.named(err)}
	case !locked:
		return f.named(fmt.Errorf("another load has this %s (%s is locked): wait until that load ends, or give each pipeline a %s of its own; nothing was read",
			f.what, printable.Line(f.path+".lock"), f.what))
	}
	if err := f.try(); err != nil {
		return &usageError{f.named(errors.Join(err, f.close()))}
	}
	return nil
}

func (f *wholeFile) close() error { return f.lock.Close() }

// look sees what there is under the name.
func (f *wholeFile) look(stdout io.Writer) error {
	path, err := linked(f.name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f.path = path
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

// linked is the file that a name leads to by links, also where it does not exist yet. An
// error is of what is on the way there.
func linked(name string) (string, error) {
	const most = 40 // links, as on Linux
	for range most {
		path, err := filepath.EvalSymlinks(name)
		if !errors.Is(err, fs.ErrNotExist) {
			return cmp.Or(path, name), err
		}
		to, notLink := os.Readlink(name)
		if notLink != nil {
			return name, err
		}
		if !filepath.IsAbs(to) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(name))
			if err != nil {
				return name, err
			}
			to = filepath.Join(dir, to)
		}
		name = to
	}
	return name, errors.New("too many links")
}

// staged is where the contents are until they are whole. What a crash has left there
// may be overwritten by those who know that nobody else is writing.
func (f *wholeFile) staged() string { return f.path + ".new" }

// stage writes contents beside the file.
func (f *wholeFile) stage(write func(io.Writer) error) error {
	if err := removeIfThere(f.staged()); err != nil {
		return err
	}
	file, err := os.OpenFile(f.staged(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, f.mode)
	if err != nil {
		return err
	}
	err = write(file)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// try finds out whether the file can be replaced.
func (f *wholeFile) try() error {
	if err := f.stage(func(io.Writer) error { return nil }); err != nil {
		return err
	}
	return os.Remove(f.staged())
}

// replace replaces the file. Where it cannot, the file stays as it is.
func (f *wholeFile) replace(write func(io.Writer) error) error {
	err := f.stage(write)
	if err == nil {
		err = whileBusy(isBusy, func() error { return os.Rename(f.staged(), f.path) })
	}
	if err != nil {
		_ = os.Remove(f.staged()) // it may be what fills the disk
		return err
	}
	return syncFolder(filepath.Dir(f.path))
}

// whileBusy does something again until no other program is in its way any more, for a few
// seconds.
func whileBusy(busy func(error) bool, do func() error) error {
	const most = 5 * time.Second
	err, began := do(), time.Now()
	for wait := time.Millisecond; err != nil && busy(err) && time.Since(began) < most; wait *= 2 {
		time.Sleep(wait)
		err = do()
	}
	return err
}

func removeIfThere(name string) error {
	err := os.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
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

func (f *wholeFile) named(err error) error {
	return fmt.Errorf("%s %s: %w", f.flag, printable.Line(f.name), printable.Error(err))
}
