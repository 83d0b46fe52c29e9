package versitygw

import "syscall"

// dieWithTest has the kernel end the server with the test binary, which may
// end without any clean-up: by a panic, a time-out or a signal.
func dieWithTest() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// checkAttributes reports whether files in dir can have user attributes.
func checkAttributes(dir string) error {
	return syscall.Setxattr(dir, "user.target-s3", []byte("x"), 0)
}
