//go:build race

package target_test

// raceDetector makes everything several times slower: tests do with fewer rounds.
const raceDetector = true
