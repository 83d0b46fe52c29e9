package roots

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// Files opens the files below the roots. It implements target.BatchFiles.
type Files struct {
	Roots Set
	// Stream reads an object as it comes. Once ctx has ended no Read blocks.
	Stream func(ctx context.Context, bucket, key string) (io.ReadCloser, error)
}

// Check implements target.BatchFiles.
func (f *Files) Check(address string) error {
	_, err := f.Roots.Find(address)
	return err
}

// Open implements target.BatchFiles.
func (f *Files) Open(ctx context.Context, address string) (io.ReadCloser, error) {
	place, err := f.Roots.Find(address)
	if err != nil {
		return nil, err
	}
	if place.Root.Bucket != "" {
		return f.Stream(ctx, place.Root.Bucket, place.Names[0])
	}
	for _, name := range place.Names {
		file, failure := openIn(place.Root.Path, name)
		if failure == nil {
			return file, nil
		}
		if err == nil { // what is said is of the path that is meant
			err = failure
		}
		if !errors.Is(failure, fs.ErrNotExist) {
			return nil, failure
		}
	}
	return nil, err
}

// openIn opens a regular file in a folder. No symbolic link leads out of it, and
// whatever happens in the folder meanwhile, nothing but a regular file is read.
func openIn(dir, name string) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, bare(err)
	}
	defer func() { _ = root.Close() }() // the file does not need it
	info, err := root.Stat(name)        // to open a device or a pipe does something to it
	if err == nil {
		err = regular(info)
	}
	if err != nil {
		return nil, bare(err)
	}
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, bare(err)
	}
	if info, err = file.Stat(); err == nil {
		err = regular(info)
	}
	if err != nil {
		_ = file.Close()
		return nil, bare(err)
	}
	return file, nil
}

func regular(info fs.FileInfo) error {
	what := ""
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		what = "a folder"
	case mode&fs.ModeNamedPipe != 0:
		what = "a pipe"
	case mode&fs.ModeDevice != 0:
		what = "a device"
	case mode&fs.ModeSocket != 0:
		what = "a socket"
	default:
		what = "no file"
	}
	return fmt.Errorf("must be a file, is %s", what)
}

// bare is the error without the path, which the caller names.
func bare(err error) error {
	var path *fs.PathError
	if !errors.As(err, &path) {
		return err
	}
	if strings.Contains(path.Err.Error(), "escapes") { // the library has no name for it
		return fmt.Errorf("a symbolic link leads out of the folder in batch_roots (%w)", path.Err)
	}
	return path.Err
}
