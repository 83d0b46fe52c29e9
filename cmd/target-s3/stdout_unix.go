//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// readOnly reports whether the file was opened for reading alone, as some daemons hand over
// /dev/null: no state would ever get through.
func readOnly(file *os.File) bool {
	flags, err := unix.FcntlInt(file.Fd(), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDONLY
}

// maybeClosed reports whether the file may have been closed when the program was
// started. What then can be seen is what Go opened in its place: /dev/null, for
// reading and writing. Python's subprocess.DEVNULL, Node's "ignore" and daemons
// hand over the same, and nothing tells the two apart. A shell's >/dev/null is for
// writing alone, and so is meant.
func maybeClosed(file *os.File) bool {
	is, err := file.Stat()
	null, nullErr := os.Stat(os.DevNull)
	if err != nil || nullErr != nil || !os.SameFile(is, null) {
		return false
	}
	flags, err := unix.FcntlInt(file.Fd(), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}
