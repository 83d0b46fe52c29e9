//go:build unix

package tty

import "os"

// prepareOutput has nothing to do: terminals understand what is written to them.
func prepareOutput(*os.File) (restore func() error, err error) {
	return func() error { return nil }, nil
}
