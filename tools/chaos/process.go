package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is one run of the program.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	stderr bytes.Buffer

	mu     sync.Mutex
	killed bool
}

// launchGuided starts a program that says what it does in a folder.
func launchGuided(g *guide, a aim, program string, args ...string) (*process, error) {
	p, err := prepared(program, args...)
	if err != nil {
		return nil, err
	}
	child, listen, err := g.pipes()
	if err != nil {
		return nil, err
	}
	a.kill = p.kill
	g.aim, p.cmd.ExtraFiles = a, child
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	listen()
	return p, nil
}

// prepared is the program before its start. It needs nothing of the environment.
func prepared(program string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(program, args...)}
	p.cmd.Env = []string{"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null"}
	p.cmd.Stderr = &p.stderr
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if p.stdout, err = p.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	return p, nil
}

// kill ends the process as a crash does, and returns when it has ended: nothing of
// it happens later.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killed {
		return
	}
	p.killed = true
	_ = p.cmd.Process.Kill()
	awaitExit(p.cmd.Process.Pid)
}

// result is how a process ended.
type result struct {
	code   int // of its exit; -1: it was killed
	states []string
	stderr string
}

// longest is how long a process may take. Where it takes longer it says what it is at.
const longest = 2 * time.Minute

// wait feeds the process, reads its states, and returns at its end.
func (p *process) wait(feed func(io.Writer) error) (result, error) {
	var r result
	var reading sync.WaitGroup
	reading.Go(func() { r.states = readStates(p.stdout) })
	hangs := time.AfterFunc(longest, func() { _ = p.cmd.Process.Signal(syscall.SIGABRT) })
	defer hangs.Stop()
	_ = feed(p.stdin) // a process that has ended reads no more
	_ = p.stdin.Close()
	reading.Wait()
	err := p.cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return r, err
	}
	r.stderr = p.stderr.String()
	r.code = p.cmd.ProcessState.ExitCode()
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() != syscall.SIGKILL {
		return r, fmt.Errorf("ended by %v\n%s", status.Signal(), r.stderr)
	}
	return r, nil
}

// readStates reads lines. What has no newline is not a state.
func readStates(from io.Reader) (states []string) {
	for lines := bufio.NewReader(from); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return states
		}
		states = append(states, strings.TrimSpace(line))
	}
}

// awaitExit returns when a process has no more threads that run.
func awaitExit(pid int) {
	for {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return
		}
		_, rest, found := bytes.Cut(stat, []byte(") "))
		if !found || rest[0] == 'Z' || rest[0] == 'X' {
			return
		}
	}
}
