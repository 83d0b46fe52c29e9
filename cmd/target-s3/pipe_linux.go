package main

import (
	"io"
	"os"

	"golang.org/x/sys/unix"

	"target-s3/singer"
)

// pipeSize has room for the block that is read next while the one after it is written.
// Linux gives a pipe half a block, and then each end waits for the other twice a block.
const pipeSize = 2 * singer.BlockSize

// widenPipe has the pipe that the input may come from hold more. Where that is not
// possible it stays as it is: that only takes longer.
func widenPipe(input io.Reader) {
	file, ok := input.(*os.File)
	if !ok {
		return
	}
	fd := file.Fd()
	if size, err := unix.FcntlInt(fd, unix.F_GETPIPE_SZ, 0); err == nil && size < pipeSize {
		_, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, pipeSize)
	}
}
