package versitygw

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"target-s3/target/storetest/versitygw/gateway"
)

// A Server is a running versitygw with an empty data folder of its own. Its
// fields do not change over Restart. Its methods fail the test that they are
// given; it is not safe for use by several goroutines, the server itself is.
type Server struct {
	Endpoint  string // http://127.0.0.1:port
	Region    string
	AccessKey string // of root, who may do everything
	SecretKey string

	dir     string // data and iam are in it
	flags   []string
	log     *os.File
	process *gateway.Server
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
	return func(s *Server) { s.flags = append(s.flags, "--max-requests", strconv.Itoa(n)) }
}

// Start starts a server, waits until it serves, and stops it at the end of the
// test. If the test failed, the server's log goes to the test's.
func Start(t testing.TB, options ...Option) *Server {
	t.Helper()
	if _, err := gateway.Build(); err != nil {
		unavailable(t, err.Error())
	}
	s := &Server{
		Region:    "us-east-1",
		AccessKey: "rootaccesskey0000000",
		SecretKey: "root-secret-of-versitygw",
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
	if runtime.GOOS == "windows" {
		t.Skip("versitygw needs Unix")
	}
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
		var address string
		var release func()
		if address, release, err = gateway.FreePort(); err != nil {
			break
		}
		t.Cleanup(release)
		s.process = &gateway.Server{
			Address: address, Region: s.Region, AccessKey: s.AccessKey, SecretKey: s.SecretKey,
			Data: filepath.Join(s.dir, "data"), Log: s.log,
			// Without the cache a new user or policy is in force at once.
			Flags:   append([]string{"--iam-dir", filepath.Join(s.dir, "iam"), "--iam-cache-disable"}, s.flags...),
			Backend: []string{"--data-integrity-etag"},
		}
		s.Endpoint = s.process.Endpoint()
		if err = s.process.Start(); err == nil {
			return
		}
	}
	s.showLog(t)
	t.Fatalf("versitygw: %v", err)
}

// Stop ends the server in good order.
func (s *Server) Stop(t testing.TB) { s.end(t, syscall.SIGTERM) }

// Kill ends the server as a crash would.
func (s *Server) Kill(t testing.TB) { s.end(t, syscall.SIGKILL) }

func (s *Server) end(t testing.TB, signal syscall.Signal) {
	t.Helper()
	if s.process == nil { // it has never been started
		return
	}
	if err := s.process.End(signal); err != nil {
		t.Error(err)
	}
}

// Restart starts a server that was stopped or killed, on the same port and the
// same data.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	if err := s.process.Start(); err != nil {
		t.Fatalf("versitygw restarted: %v", err)
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
