//go:build unix

package main

import "golang.org/x/sys/unix"

// noCore makes a crash leave no image of the memory. Where that is not possible the
// limit stays as it is: it is not a reason not to load.
func noCore() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
}
