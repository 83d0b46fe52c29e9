//go:build unix

package tty

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// input is the side of a terminal that keys come from.
type input struct {
	file   *os.File
	buffer [1024]byte
}

// read returns what is there, or comes within this time, and nothing where nothing
// does. What it returns is valid until the next call.
func (i *input) read(within time.Duration) ([]byte, error) {
	ready, err := i.await(within)
	if err != nil || !ready {
		return nil, err
	}
	n, err := i.file.Read(i.buffer[:])
	if errors.Is(err, syscall.EIO) { // it has hung up
		err = io.EOF
	}
	return i.buffer[:n], err
}

// await waits until there is something to read. It is select(2), for poll(2) knows no
// terminals on macOS.
func (i *input) await(within time.Duration) (bool, error) {
	fd := int(i.file.Fd())
	if fd >= unix.FD_SETSIZE {
		return false, fmt.Errorf("%s is file %d, and a terminal must be one below %d", i.file.Name(), fd, unix.FD_SETSIZE)
	}
	for end := time.Now().Add(within); ; {
		var files unix.FdSet
		files.Set(fd)
		left := unix.NsecToTimeval(max(0, time.Until(end)).Nanoseconds())
		n, err := unix.Select(fd+1, &files, nil, nil, &left)
		if !errors.Is(err, syscall.EINTR) {
			return n > 0, os.NewSyscallError("select", err)
		}
	}
}
