//go:build chaos

package filestore

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"target-s3/target/filestore/disk"
)

// openDisk makes the program say before and after each step what it is about to do,
// on descriptor 3, and wait on descriptor 4 for what becomes of it: this is the build
// that tools/chaos kills. A line of an answer is empty, or the number of an error,
// which may follow the word short.
func openDisk(dir string) (disk.Disk, error) {
	d, err := disk.Open(dir)
	if err != nil {
		return nil, err
	}
	g := &guide{reports: os.NewFile(3, "reports"), answers: bufio.NewReader(os.NewFile(4, "answers"))}
	return disk.Stepped{
		Disk:   d,
		Before: func(step disk.Step, name string) error { return g.ask("before", step, name) },
		After:  func(step disk.Step, name string) error { return g.ask("after", step, name) },
	}, nil
}

// guide asks about one step at a time.
type guide struct {
	mu      sync.Mutex
	reports *os.File
	answers *bufio.Reader
}

func (g *guide) ask(when string, step disk.Step, name string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, err := fmt.Fprintf(g.reports, "%s\t%s\t%s\n", when, step, name); err != nil {
		return fmt.Errorf("this build is for tools/chaos alone: %w", err)
	}
	answer, err := g.answers.ReadString('\n')
	if err != nil {
		return fmt.Errorf("this build is for tools/chaos alone: %w", err)
	}
	answer, short := strings.CutPrefix(strings.TrimSuffix(answer, "\n"), "short ")
	if answer == "" {
		return nil
	}
	number, err := strconv.Atoi(answer)
	switch {
	case err != nil:
		return errors.New("tools/chaos: " + answer)
	case short:
		return disk.Short{Err: syscall.Errno(number)}
	}
	return syscall.Errno(number)
}
