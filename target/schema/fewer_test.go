package schema

import "testing"

// Fewer says that a test leaves out what takes long: with -short, and with the race
// detector, which makes everything ten times slower and finds nothing in code that runs
// in one goroutine.
func Fewer() bool { return raceDetector || testing.Short() }
