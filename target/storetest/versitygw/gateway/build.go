package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// modfile of the tool, from the root of the module.
const modfile = "tools/versitygw/go.mod"

// Build builds the server if it is not in the build cache, which takes 2 to 3
// minutes, and returns its path there.
var Build = sync.OnceValues(func() (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(os.TempDir(), "target-s3-versitygw.lock"))
	if err != nil {
		return "", fmt.Errorf("lock of the versitygw build: %w", err)
	}
	defer unlock()
	if path := remembered(root); path != "" {
		return path, nil
	}

	// -n prints the path instead of running the tool, so that the process that
	// the test starts and signals is the server itself and not the go command.
	cmd := exec.Command("go", "tool", "-modfile="+modfile, "-n", "versitygw")
	cmd.Dir = root
	cmd.Env = buildEnv(os.Environ())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("build of versitygw: %w\n%s", err, stderr.Bytes())
	}
	path := strings.TrimSpace(string(out))
	remember(root, path)
	return path, nil
})

// buildEnv drops what would make it another build than the one in the cache.
func buildEnv(environ []string) []string {
	var env []string
	for _, e := range environ {
		name, _, _ := strings.Cut(e, "=")
		switch name {
		case "GOFLAGS", "GOEXPERIMENT", "GOOS", "GOARCH", "GOWORK", "CGO_ENABLED":
		default:
			env = append(env, e)
		}
	}
	return append(env, "GOWORK=off")
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, modfile)); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no folder above the test has " + modfile)
		}
		dir = parent
	}
}

// lock keeps two test binaries from building at the same time: each build by
// itself takes all processors and 2 GB of memory.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, err
	}
	if err := flock(f, true); err != nil {
		_ = f.Close()
		return nil, err
	}
	return func() { _ = f.Close() }, nil // closing it gives up the lock
}
