//go:build !unix

package main

import "os"

// readOnly cannot be told here; the first state fails.
func readOnly(*os.File) bool { return false }

// maybeClosed cannot be told here; where it was closed the first state fails.
func maybeClosed(*os.File) bool { return false }
