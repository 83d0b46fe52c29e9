//go:build !race

package target_test

const raceDetector = false
