//go:build unix

package ptytest

import "syscall"

// ownTerminal makes standard error the terminal of a process, which sends it signals.
func ownTerminal() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 2}
}
