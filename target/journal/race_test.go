//go:build race

package journal

// raceDetector makes everything several times slower: tests do with fewer rounds.
const raceDetector = true
