package gateway

import "syscall"

// dieWithParent makes the kernel end the server with the process that started it,
// which may end without any clean-up: by a panic, a time-out or a signal.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
