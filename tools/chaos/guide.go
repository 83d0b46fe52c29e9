package main

import (
	"bufio"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// guide is asked by a process before and after each step that it takes in a folder
// (target/filestore/disk_chaos.go), and lets it go on, makes it fail, or
// kills it while it waits.
type guide struct {
	aim aim

	names []string // of the steps, which come to two each
	hit   string
	ended sync.WaitGroup

	knowsJournal atomic.Bool // the process has found its journal, or that there is none
}

// diskFaults are what a step can meet that is not a crash.
var diskFaults = map[fault]syscall.Errno{
	"ENOSPC": syscall.ENOSPC,
	"EDQUOT": syscall.EDQUOT,
	"EIO":    syscall.EIO,
	"EROFS":  syscall.EROFS,
	"EACCES": syscall.EACCES,
	"EMFILE": syscall.EMFILE,
	"short":  syscall.ENOSPC, // a write is half done
}

// changing are the steps that fail on a disk that is full, or that may not be changed;
// the first ones need no room.
var changing = []string{"remove", "create", "write", "mkdir", "link", "rename", "sync", "sync of a folder"}

// opening are those that need a descriptor.
var opening = []string{"open", "create", "lock", "sync of a folder"}

// lasts reports whether a fault that stays strikes at a step.
func (f fault) lasts(step string) bool {
	switch f {
	case "EIO":
		return true
	case "EMFILE":
		return slices.Contains(opening, step)
	case "EROFS":
		return step != "write" && !strings.HasPrefix(step, "sync") && slices.Contains(changing, step)
	case "EACCES":
		return step == "open" || step == "remove" || step == "create" || step == "mkdir" || step == "link" || step == "rename"
	}
	return slices.Contains(changing[1:], step)
}

// pipes are what a process and its guide speak through. Those of the process must be
// closed here once it runs.
func (g *guide) pipes() (child []*os.File, listen func(), err error) {
	reports, reporter, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	answers, answerer, err := os.Pipe()
	if err != nil {
		_, _ = reports.Close(), reporter.Close()
		return nil, nil, err
	}
	return []*os.File{reporter, answers}, func() {
		_, _ = reporter.Close(), answers.Close()
		g.ended.Go(func() {
			for lines := bufio.NewScanner(reports); lines.Scan(); {
				_, _ = io.WriteString(answerer, g.answer(lines.Text())+"\n")
			}
			_, _ = reports.Close(), answerer.Close()
		})
	}, nil
}

// answer says what becomes of a step. It does not return before the process is dead
// where it is killed.
func (g *guide) answer(report string) string {
	when, rest, _ := strings.Cut(report, "\t")
	step, name, _ := strings.Cut(rest, "\t")
	kind := kindOf(name)
	g.names = append(g.names, when+" "+step+kind)
	if when == "after" && kind == " (journal)" {
		g.knowsJournal.Store(true)
	}
	if g.aim.request == 0 || !g.isAt(when, step, name) {
		return ""
	}
	if g.hit == "" {
		g.hit = when + " " + step + kind
	}
	if g.aim.fault == "" {
		g.aim.kill()
		return ""
	}
	number := strconv.Itoa(int(diskFaults[g.aim.fault]))
	if g.aim.fault == "short" && when == "before" {
		return "short " + number
	}
	return number
}

// isAt reports whether the aim is at a step. A fault that stays strikes all that it can
// strike, before they are taken.
func (g *guide) isAt(when, step, name string) bool {
	switch g.aim.scope {
	case ofTable:
		return when == "before" && g.aim.fault.lasts(step) && strings.Contains(name, "/"+stricken+"/")
	case always:
		return len(g.names) == g.aim.request || len(g.names) > g.aim.request && when == "before" && g.aim.fault.lasts(step)
	}
	return len(g.names) == g.aim.request
}

// kindOf says what a name is one of.
func kindOf(name string) string {
	switch {
	case strings.HasSuffix(name, ".lock"):
		return " (lock)"
	case strings.Contains(name, "_target_s3/"):
		return " (journal)"
	case strings.HasSuffix(name, ".part"):
		return " (staged)"
	}
	return ""
}

// result says which steps there were, and at which one it was aimed. The process
// has ended.
func (g *guide) result() ([]string, string) {
	g.ended.Wait()
	return g.names, g.hit
}
