package main

import (
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/report"
)

// What --progress may be.
const (
	progressAuto    = "auto"
	progressLine    = "line"
	progressStreams = "streams"
	progressOff     = "off"
)

func progressKinds() []string {
	return []string{progressAuto, progressLine, progressStreams, progressOff}
}

func checkProgress(kind string) error {
	if all := progressKinds(); !slices.Contains(all, kind) {
		return &usageError{fmt.Errorf("--progress %q: must be one of %s", kind, strings.Join(all, ", "))}
	}
	return nil
}

// display is where a load is watched: a log, and on a terminal a line that is always
// the last one there.
type display struct {
	log   *slog.Logger
	live  *report.Live // nil: there is no such line
	debug bool         // the log has everything
	files *inputs      // nil: the input is standard input
}

// newDisplay shows the line where standard error is a terminal on which text can be
// erased, and the log is for people.
func newDisplay(p process, f flags, c config.Config) *display {
	d := &display{debug: c.LogLevel < slog.LevelInfo}
	if len(f.inputs) > 0 {
		d.files = newInputs(f.inputs)
	}
	file, isFile := p.screen.(*os.File)
	isText := c.LogFormat == config.LogAuto || c.LogFormat == config.LogText
	dumb := p.getenv("TERM") == "dumb"
	if !isFile || !isText || dumb || f.progress == progressOff || !term.IsTerminal(int(file.Fd())) || !canErase(file) {
		d.log = report.NewLogger(p.stderr, c, os.Getpid())
		return d
	}
	screen := report.Screen{
		Writer: file, Size: func() (int, int) { return terminalSize(file) },
		Color: p.getenv("NO_COLOR") == "", Streams: f.progress == progressStreams,
	}
	if d.files != nil {
		screen.Read = d.files.progress
	}
	d.live = report.NewLive(screen)
	if c.LogLevel == slog.LevelInfo { // which the line and the summary say
		c.LogLevel = slog.LevelWarn
	}
	d.log = report.NewLogger(d.live, c, os.Getpid())
	return d
}

// terminalSize is that of a terminal, or a usual one where it does not say.
func terminalSize(file *os.File) (columns, rows int) {
	columns, rows, err := term.GetSize(int(file.Fd()))
	if err != nil || columns <= 0 || rows <= 0 {
		return 80, 24
	}
	return columns, rows
}

// beat is how often it is to be told of the progress.
func (d *display) beat() time.Duration {
	if d.live != nil {
		return 200 * time.Millisecond
	}
	return time.Minute
}

// receivers are told of what happens.
func (d *display) receivers() []func(target.Event) {
	log := report.Log(d.log)
	if d.live == nil {
		return []func(target.Event){log}
	}
	return []func(target.Event){func(e target.Event) {
		switch e.(type) {
		case target.Progress:
		case target.Ended: // the summary has its warnings as well
			if d.debug {
				log(e)
			}
		default:
			log(e)
		}
	}, d.live.Tell}
}

// close erases the line.
func (d *display) close() {
	if d.live != nil {
		d.live.Close()
	}
}
