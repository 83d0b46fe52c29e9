package page

import (
	"net"
	"net/http"
	"sync"
)

// spare has the connections over which nothing was asked yet. Browsers open some
// ahead, and Shutdown would wait for a request from them.
type spare struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
	over  bool
}

// note is the server's ConnState.
func (s *spare) note(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(s.conns, c)
	case s.over:
		_ = c.Close() // nothing is under way
	default:
		s.conns[c] = true
	}
}

// close closes them, and those that are still to come.
func (s *spare) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	for c := range s.conns {
		_ = c.Close() // nothing is under way
	}
}
