//go:build !unix

package main

import "errors"

// freeBytes is asked of the folder in memory, which Linux alone has.
func freeBytes(string) (uint64, error) { return 0, errors.ErrUnsupported }

// peakOf and peakOfSelf do not know the resident memory here.
func peakOf(any) int64 { return 0 }

func peakOfSelf() int64 { return 0 }
