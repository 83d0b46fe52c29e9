package gateway

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// A Server is a versitygw that keeps objects as files. Its exported fields do not
// change once it has been started.
type Server struct {
	Address   string // 127.0.0.1:port
	Region    string
	AccessKey string // of root, who may do everything
	SecretKey string
	Data      string   // an existing folder; each bucket is a folder in it
	Flags     []string // further ones of versitygw
	Backend   []string // further ones of its command posix
	Log       *os.File // nil: nowhere

	process *exec.Cmd // nil while it is stopped
	ended   chan struct{}
}

// Endpoint is where it serves.
func (s *Server) Endpoint() string { return "http://" + s.Address }

// Start starts the server, on the data that are there, and waits until it serves.
func (s *Server) Start() error {
	if s.process != nil {
		return errors.New("it runs already")
	}
	program, err := Build()
	if err != nil {
		return err
	}
	args := append([]string{"--health", "/healthz", "--keep-alive", "--region", s.Region, "--port", s.Address}, s.Flags...)
	args = append(append(append(args, "posix"), s.Backend...), s.Data)
	cmd := exec.Command(program, args...)
	cmd.Dir = filepath.Dir(s.Data)
	cmd.Env = []string{"ROOT_ACCESS_KEY_ID=" + s.AccessKey, "ROOT_SECRET_ACCESS_KEY=" + s.SecretKey}
	if s.Log != nil {
		cmd.Stdout, cmd.Stderr = s.Log, s.Log
	}
	cmd.SysProcAttr = dieWithParent()
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	s.process, s.ended = cmd, ended
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	if err := s.awaitHealth(); err != nil {
		_ = s.End(syscall.SIGKILL)
		return err
	}
	return nil
}

func (s *Server) awaitHealth() error {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	deadline := time.After(30 * time.Second)
	for {
		if answer, err := client.Get(s.Endpoint() + "/healthz"); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-s.ended:
			return fmt.Errorf("versitygw ended at once: %v", s.process.ProcessState)
		case <-deadline:
			return errors.New("versitygw does not serve on " + s.Address)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Signal sends a signal to a server that runs.
func (s *Server) Signal(signal syscall.Signal) error {
	if s.process == nil {
		return fmt.Errorf("%v to a server that is stopped", signal)
	}
	return s.process.Process.Signal(signal)
}

// Pid is that of a server that runs.
func (s *Server) Pid() int { return s.process.Process.Pid }

// End ends the server by a signal, and by force where that takes too long, which is
// an error. It may be started again afterwards. One that is stopped stays so.
func (s *Server) End(signal syscall.Signal) (err error) {
	if s.process == nil {
		return nil
	}
	_ = s.process.Process.Signal(signal) // it may have ended by itself
	select {
	case <-s.ended:
	case <-time.After(20 * time.Second):
		_ = s.process.Process.Kill()
		<-s.ended
		err = fmt.Errorf("versitygw did not end within 20 s of %v", signal)
	}
	s.process = nil
	return err
}

// FreePort finds a port that no other process has reserved in this way, and reserves
// it until release is called: a server that another process started on it would
// answer in place of ours. It keeps out of the range from which the kernel (Linux)
// gives connections their ports.
func FreePort() (address string, release func(), err error) {
	for range 200 {
		port := strconv.Itoa(20_000 + rand.IntN(12_000))
		lock, err := os.OpenFile(filepath.Join(os.TempDir(), "target-s3-port-"+port+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return "", nil, err
		}
		address := "127.0.0.1:" + port
		if flock(lock, false) == nil && isFree(address) {
			return address, func() { _ = os.Remove(lock.Name()); _ = lock.Close() }, nil
		}
		_ = lock.Close()
	}
	return "", nil, errors.New("no free port was found")
}

func isFree(address string) bool {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return false
	}
	return l.Close() == nil
}
