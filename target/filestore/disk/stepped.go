package disk

import (
	"context"
	"errors"
	"io"
	"io/fs"
)

// Step is something that is done to a file or a folder.
type Step string

// The steps of a Stepped.
const (
	StepOpen    Step = "open"
	StepCreate  Step = "create"
	StepStat    Step = "stat"
	StepMkdir   Step = "mkdir"
	StepLink    Step = "link"
	StepRename  Step = "rename"
	StepRemove  Step = "remove"
	StepLock    Step = "lock"
	StepWrite   Step = "write"
	StepRead    Step = "read"
	StepSync    Step = "sync"
	StepSyncDir Step = "sync of a folder"
	StepClose   Step = "close"
)

// Stepped is a Disk that asks before each step, and tells after it. It is for tests,
// and for a program that is built to be killed at a step.
type Stepped struct {
	Disk

	// Before may fail a step, which is not done then; a Short write is half done.
	Before func(step Step, name string) error
	// After may fail a step that was done.
	After func(step Step, name string) error
}

// Short is the error of a write that had no room for all its bytes.
type Short struct{ Err error }

func (s Short) Error() string { return s.Err.Error() }

// Unwrap returns what the system answered.
func (s Short) Unwrap() error { return s.Err }

func (s Stepped) do(step Step, name string, do func() error) error {
	if err := s.Before(step, name); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return s.After(step, name)
}

// Open implements Disk.
func (s Stepped) Open(name string) (f File, err error) {
	return s.open(StepOpen, name, func() (File, error) { return s.Disk.Open(name) })
}

// OpenFile implements Disk.
func (s Stepped) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	return s.open(StepCreate, name, func() (File, error) { return s.Disk.OpenFile(name, flag, perm) })
}

func (s Stepped) open(step Step, name string, open func() (File, error)) (f File, err error) {
	err = s.do(step, name, func() error {
		f, err = open()
		return err
	})
	if err != nil {
		if f != nil {
			_ = f.Close()
		}
		return nil, err
	}
	return steppedFile{f, s, name}, nil
}

// Stat implements Disk.
func (s Stepped) Stat(name string) (info fs.FileInfo, err error) {
	err = s.do(StepStat, name, func() error {
		info, err = s.Disk.Stat(name)
		return err
	})
	return info, err
}

// Lstat implements Disk.
func (s Stepped) Lstat(name string) (info fs.FileInfo, err error) {
	err = s.do(StepStat, name, func() error {
		info, err = s.Disk.Lstat(name)
		return err
	})
	return info, err
}

// MkdirAll implements Disk.
func (s Stepped) MkdirAll(name string, perm fs.FileMode) error {
	return s.do(StepMkdir, name, func() error { return s.Disk.MkdirAll(name, perm) })
}

// Link implements Disk.
func (s Stepped) Link(oldname, newname string) error {
	return s.do(StepLink, newname, func() error { return s.Disk.Link(oldname, newname) })
}

// Rename implements Disk.
func (s Stepped) Rename(oldname, newname string) error {
	return s.do(StepRename, newname, func() error { return s.Disk.Rename(oldname, newname) })
}

// Remove implements Disk.
func (s Stepped) Remove(name string) error {
	return s.do(StepRemove, name, func() error { return s.Disk.Remove(name) })
}

// Lock implements Disk.
func (s Stepped) Lock(ctx context.Context, name string, perm fs.FileMode) (lock io.Closer, err error) {
	err = s.do(StepLock, name, func() error {
		lock, err = s.Disk.Lock(ctx, name, perm)
		return err
	})
	if err != nil && lock != nil {
		_ = lock.Close()
		lock = nil
	}
	return lock, err
}

type steppedFile struct {
	File
	disk Stepped
	name string
}

func (f steppedFile) Write(b []byte) (n int, err error) { return f.write(b, f.File.Write) }

func (f steppedFile) WriteAt(b []byte, at int64) (n int, err error) {
	return f.write(b, func(b []byte) (int, error) { return f.File.WriteAt(b, at) })
}

func (f steppedFile) write(b []byte, write func([]byte) (int, error)) (n int, err error) {
	err = f.disk.do(StepWrite, f.name, func() error {
		n, err = write(b)
		return err
	})
	if short := (Short{}); errors.As(err, &short) {
		n, _ = write(b[:len(b)/2])
		return n, short.Err
	}
	if n == len(b) && err != nil { // no system says so
		n = 0
	}
	return n, err
}

func (f steppedFile) Read(b []byte) (n int, err error) {
	err = f.disk.do(StepRead, f.name, func() error {
		n, err = f.File.Read(b)
		return err
	})
	return n, err
}

func (f steppedFile) Stat() (info fs.FileInfo, err error) {
	err = f.disk.do(StepStat, f.name, func() error {
		info, err = f.File.Stat()
		return err
	})
	return info, err
}

func (f steppedFile) Sync() error {
	step := StepSync
	if info, err := f.File.Stat(); err == nil && info.IsDir() {
		step = StepSyncDir
	}
	return f.disk.do(step, f.name, f.File.Sync)
}

// Close closes the file even where it says that it failed, as the system does.
func (f steppedFile) Close() error {
	err := f.disk.Before(StepClose, f.name)
	if closed := f.File.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = f.disk.After(StepClose, f.name)
	}
	return err
}
