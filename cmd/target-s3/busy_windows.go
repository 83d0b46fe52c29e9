package main

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isBusy reports whether another program has a file open for a moment, as one that looks
// for viruses does, or one that reads the file that is to be replaced.
func isBusy(err error) bool {
	for _, busy := range []error{windows.ERROR_SHARING_VIOLATION, windows.ERROR_LOCK_VIOLATION, windows.ERROR_ACCESS_DENIED} {
		if errors.Is(err, busy) {
			return true
		}
	}
	return false
}
