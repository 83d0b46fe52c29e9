//go:build !linux

package versitygw

import "syscall"

func dieWithTest() *syscall.SysProcAttr { return nil }

func checkAttributes(string) error { return nil }
