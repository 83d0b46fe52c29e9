package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// canErase makes the console understand the sequences that erase what is drawn on it, and
// reports whether it does. It stays so for whoever writes there next: consoles that can do
// it at all are mostly set up like that.
func canErase(console *os.File) bool {
	handle := windows.Handle(console.Fd())
	var mode uint32
	if windows.GetConsoleMode(handle, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(handle, mode|windows.ENABLE_PROCESSED_OUTPUT|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
