//go:build !linux

package versitygw

import (
	"syscall"
	"testing"
)

func dieWithTest() *syscall.SysProcAttr { return nil }

func checkAttributes(string) error { return nil }

func awaitStop(testing.TB, int) {}
