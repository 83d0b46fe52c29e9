//go:build !unix

package versitygw

import "testing"

// Pause cannot freeze a process here.
func (s *Server) Pause(t testing.TB) {
	t.Helper()
	t.Skip("a process is paused by a signal of Unix")
}

// Continue has nothing to do: see Pause.
func (s *Server) Continue(testing.TB) {}
