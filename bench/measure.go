package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sample is one run of one command.
type sample struct {
	Wall   time.Duration `json:"wall_ns"`
	CPU    time.Duration `json:"cpu_ns"` // user and system
	Peak   int64         `json:"peak_bytes"`
	Report report        `json:"report"`
}

// command is a process to be measured: cat INPUTS | ARGV.
type command struct {
	name   string
	inputs []string
	argv   []string
	procs  int // GOMAXPROCS
	env    []string

	reports bool // prints a report
	times   int  // how often it runs, where once is too short; 0 is once

	// share of the input that the command works on, where all of it would take
	// too long; times are scaled up to the whole. 0 is all.
	share float64

	// after completes the sample with what the command left behind, and removes
	// that.
	after func(*sample) error
}

// measureOnce runs the command. Its time runs from before it is started, as does
// the cat's that feeds it, until it has ended. Only its own CPU time counts.
func measureOnce(ctx context.Context, c command) (sample, error) {
	var s sample
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...)
	cmd.Stderr = &stderr
	if c.reports {
		cmd.Stdout = &stdout
	}
	environ := slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "TARGET_S3_") })
	cmd.Env = append(append(environ, "GOMAXPROCS="+strconv.Itoa(c.procs)), c.env...)

	began := time.Now()
	err := feed(cmd, exec.CommandContext(ctx, "cat", c.inputs...))
	s.Wall = time.Since(began)
	if err != nil {
		return s, &runError{c.name, err, stderr.String()}
	}
	s.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	s.Peak = peakOf(cmd.ProcessState.SysUsage())
	if c.reports {
		if err := json.Unmarshal(stdout.Bytes(), &s.Report); err != nil {
			return s, fmt.Errorf("%s: its report %q: %w", c.name, stdout.Bytes(), err)
		}
		if s.Report.CPU > 0 {
			s.CPU = s.Report.CPU
		}
	}
	if c.share > 0 {
		s.Wall = time.Duration(float64(s.Wall) / c.share)
		s.CPU = time.Duration(float64(s.CPU) / c.share)
	}
	if c.after != nil {
		if err := c.after(&s); err != nil {
			return s, &runError{c.name, err, stderr.String()}
		}
	}
	return s, nil
}

// feed runs cmd with the output of cat as its input, until cmd has ended. That cat
// breaks off is not an error: cmd may read only a part.
func feed(cmd, cat *exec.Cmd) error {
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd.Stdin, cat.Stdout = read, write
	started := cmd.Start()
	var fed error
	if started == nil {
		fed = cat.Start()
	}
	_, _ = read.Close(), write.Close()
	if started != nil {
		return started
	}
	err = cmd.Wait()
	if fed != nil {
		return fed
	}
	_ = cat.Wait()
	return err
}

// runError is a command that failed, and what it wrote about that.
type runError struct {
	command string
	err     error
	stderr  string
}

func (e *runError) Error() string {
	return fmt.Sprintf("%s: %v\n%s", e.command, e.err, lastLines(e.stderr, 20))
}
func (e *runError) Unwrap() error { return e.err }

func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
