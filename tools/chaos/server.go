package main

import (
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"target-s3/target/storetest/versitygw/gateway"
)

// server is a versitygw, whose objects are files in a folder.
type server struct {
	gateway.Server
	release func() // its port

	mu sync.Mutex // held while the server is down
}

// startServer builds versitygw if it is not in the build cache, and starts it.
func startServer(scratch string) (*server, error) {
	data := filepath.Join(scratch, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, err
	}
	address, release, err := gateway.FreePort()
	if err != nil {
		return nil, err
	}
	s := &server{Server: gateway.Server{
		Address: address, Region: "us-east-1", AccessKey: "chaos-access-key-000", SecretKey: "chaos-secret-key", Data: data, Flags: []string{"--quiet"},
	}, release: release}
	if err := s.Start(); err != nil {
		release()
		return nil, err
	}
	return s, nil
}

// restart kills the server, and starts it again on the same data.
func (s *server) restart() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.End(syscall.SIGKILL); err != nil {
		return err
	}
	return s.Start()
}

func (s *server) stop() {
	_ = s.End(syscall.SIGKILL) // it is needed no more
	s.release()
}

// createBucket makes a bucket: a folder in the folder of the server.
func (s *server) createBucket(name string) error { return os.Mkdir(filepath.Join(s.Data, name), 0o700) }
