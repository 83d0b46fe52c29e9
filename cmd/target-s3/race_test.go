//go:build race

package main

// raceDetector reports some crashes itself, and takes more memory than a process may
// be allowed.
const raceDetector = true
