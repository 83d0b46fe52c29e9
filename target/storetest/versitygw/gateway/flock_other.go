//go:build !unix

package gateway

import (
	"errors"
	"os"
)

// flock refuses: versitygw keeps what belongs to an object in attributes of its file,
// and runs on Unix alone.
func flock(*os.File, bool) error { return errors.New("versitygw needs Unix") }
