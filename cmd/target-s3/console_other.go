//go:build !windows

package main

import "os"

// canErase reports whether what is drawn on a terminal can be erased, which all do that
// are not dumb.
func canErase(*os.File) bool { return true }
