//go:build !linux

package versitygw

import "testing"

func checkAttributes(string) error { return nil }

func awaitStop(testing.TB, int) {}
