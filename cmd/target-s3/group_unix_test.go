//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// killGroup makes the end of a command's context also the end of what it has started.
func killGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// terminate sends SIGTERM to a process, or to a group if the number is negative.
func terminate(who int) error { return syscall.Kill(who, syscall.SIGTERM) }
