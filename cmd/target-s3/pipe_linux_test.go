package main

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestWidenPipe(t *testing.T) {
	size := func(file *os.File) int {
		t.Helper()
		n, err := unix.FcntlInt(file.Fd(), unix.F_GETPIPE_SZ, 0)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, before := range []int{4 << 10, pipeSize, 4 * pipeSize} {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := unix.FcntlInt(read.Fd(), unix.F_SETPIPE_SZ, before); err != nil {
			t.Fatal(err)
		}
		widenPipe(read)
		if got, want := size(read), max(before, pipeSize); got != want {
			t.Errorf("a pipe of %d bytes has %d, want %d", before, got, want)
		}
		read.Close()
		write.Close()
	}
	file, err := os.Open("pipe_linux.go")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	widenPipe(file) // is none
}
