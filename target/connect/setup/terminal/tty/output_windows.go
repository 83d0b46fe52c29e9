package tty

import (
	"os"

	"golang.org/x/sys/windows"
)

// prepareOutput makes a console understand sequences, and not wrap a line before there is
// more of it.
func prepareOutput(console *os.File) (restore func() error, err error) {
	handle := windows.Handle(console.Fd())
	var before uint32
	if err := windows.GetConsoleMode(handle, &before); err != nil {
		return nil, os.NewSyscallError("GetConsoleMode", err)
	}
	const vt = windows.ENABLE_PROCESSED_OUTPUT | windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING | windows.DISABLE_NEWLINE_AUTO_RETURN
	if err := windows.SetConsoleMode(handle, before|vt); err != nil {
		return nil, os.NewSyscallError("SetConsoleMode", err)
	}
	return func() error { return os.NewSyscallError("SetConsoleMode", windows.SetConsoleMode(handle, before)) }, nil
}
