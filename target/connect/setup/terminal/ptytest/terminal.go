// Package ptytest is a terminal for tests: a pseudo-terminal with an emulator on
// its other side, whose screen can be read, waited for and drawn.
package ptytest

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// patience is how long a screen may take to show something on a busy machine.
const patience = 30 * time.Second

// Keys that are more than a character.
const (
	Enter    = "\r"
	Escape   = "\x1b"
	Up       = "\x1b[A"
	Down     = "\x1b[B"
	ShiftTab = "\x1b[Z"
	CtrlC    = "\x03"
	Clear    = "\x01\x0b" // to the start of the line, and delete what follows
)

// Terminal is safe for use by one test.
type Terminal struct {
	Tty *os.File // what a program takes for its terminal

	t      testing.TB
	keys   *os.File
	screen vt10x.Terminal

	mu      sync.Mutex
	changed time.Time
	rest    []byte // of a character or an escape sequence that has come in part
	all     strings.Builder
}

// New makes a terminal, which is gone at the end of the test. If that failed its
// screen goes to the test's log.
func New(t testing.TB, cols, rows int) *Terminal {
	t.Helper()
	keys, tty, err := pty.Open()
	if errors.Is(err, pty.ErrUnsupported) {
		t.Skip("no pseudo-terminals on this system")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(keys, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)}); err != nil {
		t.Fatal(err)
	}
	x := &Terminal{Tty: tty, t: t, keys: keys, screen: vt10x.New(vt10x.WithSize(cols, rows))}
	read := make(chan struct{})
	go func() {
		defer close(read)
		x.read()
	}()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("screen:\n%s", x.Text())
		}
		_ = tty.Close()
		_ = keys.Close()
		<-read
	})
	return x
}

func (x *Terminal) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := x.keys.Read(buffer)
		x.mu.Lock()
		x.all.Write(buffer[:n])
		x.feed(buffer[:n])
		x.changed = time.Now()
		x.mu.Unlock()
		if err != nil {
			return // it was closed
		}
	}
}

var (
	// partial is an escape sequence without its end.
	partial = regexp.MustCompile(`\x1b(\[\??[0-9;]*)?$`)
	// faint does not exist for the emulator; it becomes grey.
	faint = regexp.MustCompile(`\x1b\[([0-9;]*;)?2((?:;[0-9;]*)?)m`)
)

func (x *Terminal) feed(data []byte) {
	data = append(x.rest, data...)
	x.rest = nil
	end := len(data)
	if at := partial.FindIndex(data); at != nil {
		end = at[0]
	}
	for i := max(0, end-utf8.UTFMax); i < end; i++ {
		if utf8.RuneStart(data[i]) && !utf8.FullRune(data[i:end]) {
			end = i
		}
	}
	x.rest = append(x.rest, data[end:]...)
	data = data[:end]
	data = faint.ReplaceAll(data, []byte("\x1b[${1}90${2}m"))
	_, _ = x.screen.Write(data) // never fails
}

// Resize gives the terminal another size.
func (x *Terminal) Resize(cols, rows int) {
	x.t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.screen.Resize(cols, rows)
	if err := pty.Setsize(x.keys, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)}); err != nil {
		x.t.Fatal(err)
	}
}

// HangUp ends the connection, as a closed window does.
func (x *Terminal) HangUp() {
	x.t.Helper()
	if err := x.keys.Close(); err != nil {
		x.t.Fatal(err)
	}
	// It is closed when nobody reads from it any more, and so there is something to read.
	if _, err := io.WriteString(x.Tty, " "); err != nil {
		x.t.Fatal(err)
	}
}

// Start runs a command on the terminal, with standard error, and with standard input
// unless the caller has set that; standard output is the caller's. What it returns waits for the end and gives the
// exit code.
func (x *Terminal) Start(cmd *exec.Cmd) (wait func() int) {
	x.t.Helper()
	if cmd.Stdin == nil {
		cmd.Stdin = x.Tty
	}
	cmd.Stderr = x.Tty
	cmd.SysProcAttr = ownTerminal()
	if err := cmd.Start(); err != nil {
		x.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // the exit code says it
	}()
	x.t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has ended where all went well
		<-ended
	})
	return func() int {
		x.t.Helper()
		select {
		case <-ended:
		case <-time.After(patience):
			x.t.Fatalf("it has not ended within %v", patience)
		}
		return cmd.ProcessState.ExitCode()
	}
}

// Type presses keys.
func (x *Terminal) Type(keys ...string) {
	x.t.Helper()
	x.mu.Lock()
	x.changed = time.Now()
	x.mu.Unlock()
	if _, err := io.WriteString(x.keys, strings.Join(keys, "")); err != nil {
		x.t.Fatal(err)
	}
}

// Text is what the screen shows, without the spaces that end its lines.
func (x *Terminal) Text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	lines := strings.Split(x.screen.String(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// Output is all that was ever written to it.
func (x *Terminal) Output() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.all.String()
}

// Await waits until the screen shows all of these texts.
func (x *Terminal) Await(texts ...string) {
	x.t.Helper()
	x.until("not on the screen: "+strings.Join(texts, " | "), func() bool {
		screen := x.Text()
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// AwaitGone waits until the screen no longer shows a text.
func (x *Terminal) AwaitGone(text string) {
	x.t.Helper()
	x.until("still on the screen: "+text, func() bool { return !strings.Contains(x.Text(), text) })
}

// AwaitStill waits until nothing has been typed or written for a while.
func (x *Terminal) AwaitStill() {
	x.t.Helper()
	x.until("it does not come to rest", func() bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		return time.Since(x.changed) > 150*time.Millisecond
	})
}

func (x *Terminal) until(what string, done func() bool) {
	x.t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(3 * time.Millisecond) {
		if time.Now().After(deadline) {
			x.t.Fatal(errors.New(what))
		}
	}
}
