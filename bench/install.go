package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// installTime is how long installing one peer may take.
const installTime = 10 * time.Minute

// cached is the folder that a peer is installed into; it stays for the next run.
func cached(name string) (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "target-s3-bench", strings.ReplaceAll(name, "==", "-")), nil
}

// installPython installs a package into a virtual environment, with the first of
// the interpreters that there is.
func installPython(ctx context.Context, requirement, program string, interpreters ...string) (string, error) {
	dir, err := cached(requirement)
	if err != nil {
		return "", err
	}
	installed := filepath.Join(dir, "bin", program)
	if _, err := os.Stat(installed); err == nil {
		return installed, nil
	}
	for _, python := range interpreters {
		if execute(ctx, "", python, "-c", "import venv") != nil {
			continue // not there, or a shim that leads nowhere
		}
		err := execute(ctx, "", python, "-m", "venv", "--clear", dir)
		if err == nil {
			err = execute(ctx, "", filepath.Join(dir, "bin", "pip"), "install", "--quiet", requirement)
		}
		if err != nil {
			_ = os.RemoveAll(dir) // half of an installation must not pass for one
			return "", fmt.Errorf("it cannot be installed with %s: %w", python, err)
		}
		return installed, nil
	}
	return "", fmt.Errorf("none of %s is here", strings.Join(interpreters, ", "))
}

// The Go peer: its module's path leads nowhere, so that go install cannot get it.
const (
	blobSource = "https://github.com/MeltanoLabs/target-jsonl-blob"
	blobCommit = "a88e48ecea0b1934875ca8a5bc98c317199cedb1"
)

// installBlob takes the program from the PATH, or builds it from its repository.
func installBlob(ctx context.Context, _ *bench) (string, error) {
	const program = "target-jsonl-blob"
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	dir, err := cached(program + "-" + blobCommit[:12])
	if err != nil {
		return "", err
	}
	installed := filepath.Join(dir, program)
	if _, err := os.Stat(installed); err == nil {
		return installed, nil
	}
	source, err := os.MkdirTemp("", "target-s3-bench-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(source) }()
	for _, args := range [][]string{
		{"git", "init", "--quiet"},
		{"git", "fetch", "--quiet", "--depth=1", blobSource, blobCommit},
		{"git", "checkout", "--quiet", blobCommit},
		{"go", "build", "-o", installed, "."},
	} {
		if err := execute(ctx, source, args...); err != nil {
			return "", fmt.Errorf("it is not on the PATH and cannot be built from its repository: %w", err)
		}
	}
	return installed, nil
}

// execute runs a command; the error has the last line that it wrote.
func execute(ctx context.Context, dir string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, installTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GOWORK=off", "PIP_DISABLE_PIP_VERSION_CHECK=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		if last := lastLines(string(out), 1); last != "" {
			err = errors.New(last)
		}
		return fmt.Errorf("%s %s: %w", filepath.Base(args[0]), args[1], err)
	}
	return nil
}
