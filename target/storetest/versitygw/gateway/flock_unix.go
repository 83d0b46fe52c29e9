//go:build unix

package gateway

import (
	"os"
	"syscall"
)

// flock locks a file until it is closed, and may wait for another process to do so.
func flock(f *os.File, wait bool) error {
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	return syscall.Flock(int(f.Fd()), how)
}
