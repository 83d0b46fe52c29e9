package singer

import (
	"bytes"
	"io"

	"target-s3/singer/jsonscan"
)

// StateWriter writes states, one line each.
type StateWriter struct {
	w io.Writer
}

// NewStateWriter writes to w, which must not buffer: when Write
// returns, the state must be written.
func NewStateWriter(w io.Writer) *StateWriter { return &StateWriter{w} }

// Write writes the state's exact text and a newline in one call of the
// underlying writer, whose error it returns.
func (s *StateWriter) Write(value []byte) error {
	line := append(append(make([]byte, 0, len(value)+1), value...), '\n')
	_, err := s.w.Write(line)
	return err
}

// EmptyState reports whether a state says nothing, as {} and null do. Runners
// that are given such a state forget the one they have.
func EmptyState(value []byte) bool {
	value = bytes.TrimSpace(value)
	if string(value) == "null" {
		return true
	}
	return len(value) > 1 && value[0] == '{' && value[jsonscan.SkipSpace(value, 1)] == '}'
}
