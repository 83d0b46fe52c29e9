package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// server is a versitygw, whose objects are files in a folder.
type server struct {
	address        string
	access, secret string
	data           string
	program        string

	mu    sync.Mutex // held while the server is down
	cmd   *exec.Cmd
	ended chan struct{}
}

// startServer builds versitygw if it is not in the build cache, in the environment in
// which the tests do, and starts it.
func startServer(scratch string) (*server, error) {
	build := exec.Command("go", "tool", "-modfile=tools/versitygw/go.mod", "-n", "versitygw")
	build.Env = slices.DeleteFunc(os.Environ(), func(e string) bool {
		name, _, _ := strings.Cut(e, "=")
		return slices.Contains([]string{"GOFLAGS", "GOEXPERIMENT", "GOOS", "GOARCH", "GOWORK", "CGO_ENABLED"}, name)
	})
	build.Env = append(build.Env, "GOWORK=off")
	build.Stderr = os.Stderr
	program, err := build.Output()
	if err != nil {
		return nil, fmt.Errorf("versitygw: %w", err)
	}
	s := &server{access: "chaos-access-key-000", secret: "chaos-secret-key", data: filepath.Join(scratch, "data"), program: strings.TrimSpace(string(program))}
	if err := os.Mkdir(s.data, 0o700); err != nil {
		return nil, err
	}
	if s.address, err = freeAddress(); err != nil {
		return nil, err
	}
	return s, s.start()
}

func (s *server) start() error {
	s.cmd = exec.Command(s.program, "--health", "/healthz", "--quiet", "--keep-alive", "--port", s.address, "posix", s.data)
	s.cmd.Env = []string{"ROOT_ACCESS_KEY_ID=" + s.access, "ROOT_SECRET_ACCESS_KEY=" + s.secret}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	cmd, ended := s.cmd, make(chan struct{})
	s.ended = ended
	go func() { _ = cmd.Wait(); close(ended) }()
	return s.awaitHealth()
}

// restart kills the server, and starts it again on the same data.
func (s *server) restart() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop()
	return s.start()
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (s *server) awaitHealth() error {
	deadline := time.After(30 * time.Second)
	for {
		if answer, err := http.Get("http://" + s.address + "/healthz"); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-s.ended:
			return fmt.Errorf("versitygw ended at once: %v", s.cmd.ProcessState)
		case <-deadline:
			s.stop()
			return errors.New("versitygw does not serve")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (s *server) stop() {
	_ = s.cmd.Process.Kill()
	<-s.ended
}

// createBucket makes a bucket: a folder in the folder of the server.
func (s *server) createBucket(name string) error { return os.Mkdir(filepath.Join(s.data, name), 0o700) }
