//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// fill writes to a pipe until nothing more fits in.
func fill(pipe *os.File) error {
	conn, err := pipe.SyscallConn()
	if err != nil {
		return err
	}
	var full error
	err = conn.Write(func(fd uintptr) bool {
		for full == nil {
			_, full = syscall.Write(int(fd), make([]byte, 4096))
		}
		return true
	})
	if err != nil || !errors.Is(full, syscall.EAGAIN) {
		return fmt.Errorf("the pipe is not full: %w", errors.Join(err, full))
	}
	return nil
}
