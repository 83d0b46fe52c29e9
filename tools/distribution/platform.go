// Package distribution makes what people install: the program built for six platforms,
// put into wheels, archives and packages. Everything is made from the commit and the
// version alone, so that two builds are the same bytes.
package distribution

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// The names by which the program is found. On PyPI target-s3 is another program, of
// 2018, so the distribution has a name of its own; the executable keeps its name.
const (
	Program      = "target-s3"
	Distribution = "target-s3-files"
	Summary      = "Singer target that loads records into files on Amazon S3 and compatible object stores."
)

// Platform is a system that the program is built for.
type Platform struct {
	OS, Arch string
	tag      string // of a wheel, without py3-none-
}

// Platforms are all of them. A static binary runs with glibc and with musl, and Go 1.26
// needs macOS 12.
func Platforms() []Platform {
	return []Platform{
		{"linux", "amd64", "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64"},
		{"linux", "arm64", "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64"},
		{"darwin", "amd64", "macosx_12_0_x86_64"},
		{"darwin", "arm64", "macosx_12_0_arm64"},
		{"windows", "amd64", "win_amd64"},
		{"windows", "arm64", "win_arm64"},
	}
}

func (p Platform) String() string { return p.OS + "-" + p.Arch }

// Executable is the name of the program's file.
func (p Platform) Executable() string {
	if p.OS == "windows" {
		return Program + ".exe"
	}
	return Program
}

// epoch is the date of a wheel's files, and of what says no commit: the earliest that a
// zip can have.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Build compiles the program of the module at root, static and stripped.
func (p Platform) Build(ctx context.Context, root, version string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "distribution-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, p.Executable())
	if _, err := p.goTool(ctx, root, "build", "-trimpath", "-ldflags", "-s -w -X main.version="+version, "-o", file, "./cmd/"+Program); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

// goTool runs the go command for this platform and returns what it prints.
func (p Platform) goTool(ctx context.Context, root string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS="+p.OS, "GOARCH="+p.Arch, "CGO_ENABLED=0",
		"GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=", "GOFLAGS=-mod=readonly", "GOWORK=off")
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s for %s: %w\n%s", args[0], p, err, problems.String())
	}
	return out, nil
}
