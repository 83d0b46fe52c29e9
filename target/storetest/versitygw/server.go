package versitygw

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A Server is a running versitygw with an empty data folder of its own. Its
// fields do not change over Restart. Its methods fail the test that they are
// given; it is not safe for use by several goroutines, the server itself is.
type Server struct {
	Endpoint  string // http://127.0.0.1:port
	Region    string
	AccessKey string // of root, who may do everything
	SecretKey string

	program string
	dir     string // data and iam are in it
	port    int
	args    []string
	log     *os.File
	process *exec.Cmd // nil while stopped
	exited  chan struct{}
	client  *s3.Client
	http    *http.Client
}

// Option changes how the server is started.
type Option func(*Server)

// Region is what the server takes for its own region; us-east-1 if not given.
func Region(name string) Option { return func(s *Server) { s.Region = name } }

// MaxRequests is how many requests it serves at once before it answers with
// 503 SlowDown.
func MaxRequests(n int) Option {
	return func(s *Server) { s.args = append(s.args, "--max-requests", strconv.Itoa(n)) }
}

// Start starts a server, waits until it serves, and stops it at the end of the
// test. If the test failed, the server's log goes to the test's.
func Start(t testing.TB, options ...Option) *Server {
	t.Helper()
	program, err := binary()
	if err != nil {
		unavailable(t, err.Error())
	}
	s := &Server{
		Region:    "us-east-1",
		AccessKey: "rootaccesskey0000000",
		SecretKey: "root-secret-of-versitygw",
		program:   program,
		dir:       t.TempDir(),
		http:      &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second},
	}
	for _, o := range options {
		o(s)
	}
	if err := checkAttributes(s.dir); err != nil {
		unavailable(t, "the file system of "+s.dir+" has no user attributes, which versitygw needs: "+err.Error())
	}
	s.prepare(t)
	s.launchOnFreePort(t)
	s.client = s.newClient()
	return s
}

// unavailable skips the test, or fails it where a skip must not go unnoticed.
func unavailable(t testing.TB, why string) {
	t.Helper()
	for _, name := range []string{"CI", "TEST_TARGET_S3_REQUIRE_S3"} {
		if os.Getenv(name) != "" {
			t.Fatalf("no S3 server (and %s is set): %s", name, why)
		}
	}
	t.Skip("no S3 server: " + why)
}

func (s *Server) prepare(t testing.TB) {
	t.Helper()
	for _, name := range []string{"data", "iam"} {
		if err := os.Mkdir(filepath.Join(s.dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	s.log = log
	t.Cleanup(func() {
		s.Kill(t)
		if t.Failed() {
			s.showLog(t)
		}
		_ = log.Close()
	})
}

// launchOnFreePort tries again where another process was quicker to take the
// port that was free a moment ago.
func (s *Server) launchOnFreePort(t testing.TB) {
	t.Helper()
	var err error
	for range 5 {
		if s.port, err = freePort(t); err != nil {
			break
		}
		s.Endpoint = "http://127.0.0.1:" + strconv.Itoa(s.port)
		if err = s.launch(); err == nil {
			return
		}
	}
	s.showLog(t)
	t.Fatalf("versitygw: %v", err)
}

// freePort finds a port that no other test process has reserved, and reserves it
// until the test ends: a server that another process started on it would answer
// in place of ours. It keeps out of the range from which the kernel (Linux)
// gives connections their ports.
func freePort(t testing.TB) (int, error) {
	for range 200 {
		port := 20_000 + rand.IntN(12_000)
		lock, err := os.OpenFile(filepath.Join(os.TempDir(), "target-s3-port-"+strconv.Itoa(port)+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return 0, err
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil && isFree(port) {
			t.Cleanup(func() { _ = os.Remove(lock.Name()); _ = lock.Close() })
			return port, nil
		}
		_ = lock.Close()
	}
	return 0, errors.New("no free port was found")
}

func isFree(port int) bool {
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func (s *Server) launch() error {
	args := append([]string{
		"--health", "/healthz", "--keep-alive", "--region", s.Region,
		"--port", "127.0.0.1:" + strconv.Itoa(s.port),
		// Without the cache a new user or policy is in force at once.
		"--iam-dir", filepath.Join(s.dir, "iam"), "--iam-cache-disable",
	}, s.args...)
	args = append(args, "posix", "--data-integrity-etag", filepath.Join(s.dir, "data"))

	cmd := exec.Command(s.program, args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"ROOT_ACCESS_KEY_ID=" + s.AccessKey, "ROOT_SECRET_ACCESS_KEY=" + s.SecretKey}
	cmd.Stdout, cmd.Stderr = s.log, s.log
	cmd.SysProcAttr = dieWithTest()
	if err := cmd.Start(); err != nil {
		return err
	}
	s.process, s.exited = cmd, make(chan struct{})
	go func(exited chan struct{}) {
		_ = cmd.Wait()
		close(exited)
	}(s.exited)
	return s.awaitHealth()
}

func (s *Server) awaitHealth() error {
	deadline := time.After(30 * time.Second)
	for {
		if resp, err := s.http.Get(s.Endpoint + "/healthz"); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-s.exited:
			return fmt.Errorf("it ended at once: %v", s.process.ProcessState)
		case <-deadline:
			return fmt.Errorf("it does not serve on %s", s.Endpoint)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Stop ends the server in good order.
func (s *Server) Stop(t testing.TB) { s.end(t, syscall.SIGTERM) }

// Kill ends the server as a crash would.
func (s *Server) Kill(t testing.TB) { s.end(t, syscall.SIGKILL) }

func (s *Server) end(t testing.TB, signal syscall.Signal) {
	t.Helper()
	if s.process == nil {
		return
	}
	_ = s.process.Process.Signal(signal) // it may have ended by itself
	select {
	case <-s.exited:
	case <-time.After(20 * time.Second):
		_ = s.process.Process.Kill()
		<-s.exited
		t.Errorf("versitygw did not end within 20 s of %v", signal)
	}
	s.process = nil
}

// Restart starts a server that was stopped or killed, on the same port and the
// same data.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	if s.process != nil {
		t.Fatal("versitygw: Restart of a server that was not stopped")
	}
	if err := s.launch(); err != nil {
		t.Fatalf("versitygw restarted: %v", err)
	}
}

// Pause freezes the server: connections are taken and nothing is answered.
func (s *Server) Pause(t testing.TB) {
	t.Helper()
	s.signal(t, syscall.SIGSTOP)
	awaitStop(t, s.process.Process.Pid)
}

// Continue lets a paused server go on.
func (s *Server) Continue(t testing.TB) { s.signal(t, syscall.SIGCONT) }

func (s *Server) signal(t testing.TB, signal syscall.Signal) {
	t.Helper()
	if s.process == nil {
		t.Fatalf("versitygw: %v to a server that is stopped", signal)
	}
	if err := s.process.Process.Signal(signal); err != nil {
		t.Fatalf("versitygw: %v: %v", signal, err)
	}
}

// showLog puts the end of the server's log into the test's.
func (s *Server) showLog(t testing.TB) {
	t.Helper()
	const most = 32 << 10
	info, err := s.log.Stat()
	if err != nil {
		t.Logf("log of versitygw: %v", err)
		return
	}
	from := max(0, info.Size()-most)
	b, err := io.ReadAll(io.NewSectionReader(s.log, from, most))
	t.Logf("log of versitygw from byte %d on (%v):\n%s", from, err, b)
}
