//go:build !unix

package main

import (
	"errors"
	"os/exec"
)

// killGroup leaves it at the command itself: groups of processes are a matter of Unix.
func killGroup(*exec.Cmd) {}

func terminate(int) error { return errors.ErrUnsupported }
