// Package disk is what a filestore asks of the operating system: one folder, and
// what can be done in it. It is an interface so that any step may be made to fail,
// or to be the last one of a process.
package disk

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// Disk is a folder. Names are slash-separated paths in it, and do not lead out of
// it, not even by a symbolic link. The methods do what those of os.Root do.
type Disk interface {
	Open(name string) (File, error)
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
	Stat(name string) (fs.FileInfo, error)
	Lstat(name string) (fs.FileInfo, error)
	MkdirAll(name string, perm fs.FileMode) error
	Link(oldname, newname string) error
	Rename(oldname, newname string) error
	Remove(name string) error
	FS() fs.FS
	// Lock keeps other programs from locking the same file, which it creates, until
	// it is closed or the program ends.
	Lock(ctx context.Context, name string, perm fs.FileMode) (io.Closer, error)
	Close() error
}

// File is a file or a folder that is open.
type File interface {
	io.Reader
	io.Writer
	io.WriterAt
	Stat() (fs.FileInfo, error)
	Sync() error
	Close() error
}

// Open returns the Disk of a folder.
func Open(dir string) (Disk, error) {
	r, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return root{r}, nil
}

type root struct{ *os.Root }

func (r root) Open(name string) (File, error) { return file(r.Root.Open(name)) }

func (r root) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	return file(r.Root.OpenFile(name, flag, perm))
}

// file keeps a nil *os.File from looking like a File.
func file(f *os.File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return f, nil
}

// A lock is tried so often, and for so long: a program of ours has it for a moment.
const (
	lockInterval = 20 * time.Millisecond
	lockPatience = 30 * time.Second
)

var errLocked = errors.New("another program has held the lock for 30 seconds: end it, and run again")

func (r root) Lock(ctx context.Context, name string, perm fs.FileMode) (io.Closer, error) {
	f, err := r.Root.OpenFile(name, os.O_CREATE|os.O_RDWR, perm)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	_ = f.Close()                               // it is there, and within the folder
	if err == nil && !info.Mode().IsRegular() { // to open a pipe would wait for ever
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, lockPatience, errLocked)
	defer cancel()
	l := flock.New(f.Name(), flock.SetPermissions(perm))
	if _, err := l.TryLockContext(ctx, lockInterval); err != nil {
		return nil, cmp.Or(context.Cause(ctx), err)
	}
	return l, nil
}
