//go:build !unix

package main

import (
	"errors"
	"os"
)

// fill cannot tell here when a pipe is full: a write to it waits.
func fill(*os.File) error { return errors.New("a pipe is filled on Unix alone: use [unix]") }
