//go:build !unix

package ptytest

import "syscall"

// ownTerminal is never needed where New skips every test.
func ownTerminal() *syscall.SysProcAttr { return nil }
