//go:build unix

package versitygw

import (
	"syscall"
	"testing"
)

// Pause freezes the server: connections are taken and nothing is answered.
func (s *Server) Pause(t testing.TB) {
	t.Helper()
	s.signal(t, syscall.SIGSTOP)
	awaitStop(t, s.process.Pid())
}

// Continue lets a paused server go on.
func (s *Server) Continue(t testing.TB) { s.signal(t, syscall.SIGCONT) }

func (s *Server) signal(t testing.TB, signal syscall.Signal) {
	t.Helper()
	if err := s.process.Signal(signal); err != nil {
		t.Fatalf("versitygw: %v", err)
	}
}
