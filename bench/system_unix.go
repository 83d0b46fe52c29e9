//go:build unix

package main

import (
	"runtime"
	"syscall"
)

// freeBytes is the room on the file system of a folder.
func freeBytes(dir string) (uint64, error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, err
	}
	return fs.Bavail * uint64(fs.Bsize), nil
}

// peakOf is the largest resident memory of a process that was waited for. On Linux
// it begins with that of the process that started it, which therefore generates
// and compares nothing itself.
func peakOf(usage any) int64 {
	r, ok := usage.(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return r.Maxrss // bytes there, KiB elsewhere
	}
	return r.Maxrss << 10
}

// peakOfSelf is below what no peak of another process can be seen.
func peakOfSelf() int64 {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return peakOf(&r)
}
