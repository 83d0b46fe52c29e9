package report

import (
	"bytes"
	"io"
	"sync"
	"time"

	"target-s3/target"
)

// Screen is a terminal that a Live draws on.
type Screen struct {
	Writer  io.Writer
	Size    func() (columns, rows int) // asked whenever something is drawn
	Color   bool
	Streams bool // a line for each stream as well

	// Read says how much of the input's files was read, of how much. Nil: the input is
	// no file; of 0: its size is not known.
	Read func() (read, of int64)
}

// Live shows on a terminal how far a load is, in a line that is always the last one
// there and goes when the load ends; then it prints a summary.
//
// Between two drawings the cursor stands at the beginning of an empty line above
// it. So what other programs write to the same terminal, as the tap does, begins
// on a line of its own; and a terminal that becomes narrower, and breaks the line
// into several, has all of them below the cursor, where they are erased.
type Live struct {
	screen Screen

	mu       sync.Mutex
	drawn    bool // something is below the cursor
	over     bool // nothing will be drawn any more
	progress target.Progress
	streams  map[string]target.StreamProgress
	changed  map[string]time.Time // when something came for each stream
	began    time.Time
	safe     time.Time // of the last state; zero: there was none
	samples  []sample
}

// sample is how many records were read at a moment.
type sample struct {
	at      time.Time
	records int64
}

// recently is the time over which the rate is told.
const recently = 5 * time.Second

// NewLive draws nothing before it is told of something.
func NewLive(screen Screen) *Live {
	return &Live{screen: screen, began: time.Now(), changed: map[string]time.Time{}}
}

// Tell is a receiver of events. It draws at each Progress.
func (l *Live) Tell(event target.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	switch e := event.(type) {
	case target.Checkpoint:
		if e.State != nil {
			l.safe = time.Now()
		}
	case target.Progress:
		l.note(e)
		_ = l.draw(nil) // what cannot be drawn now may be next time
	case target.Ended:
		l.end()
		_, _ = l.screen.Writer.Write(l.screen.summary(e)) // there is nobody to tell
	}
}

// Write writes lines of a log above what is drawn.
func (l *Live) Write(lines []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over || !l.drawn {
		return l.screen.Writer.Write(lines)
	}
	if err := l.draw(lines); err != nil {
		return 0, err
	}
	return len(lines), nil
}

// Close erases what is drawn, for good. It does not wait for a terminal that takes
// nothing: the program is to end at once.
func (l *Live) Close() {
	if l.mu.TryLock() {
		defer l.mu.Unlock()
		l.end()
	}
}

func (l *Live) end() {
	if l.drawn {
		_, _ = io.WriteString(l.screen.Writer, erase)
	}
	l.drawn, l.over = false, true
}

// What a terminal is told.
const (
	erase = "\r\x1b[J" // from the beginning of this line to the end of the screen
	up    = "\x1b[A"
)

// draw erases what is drawn, writes lines, and draws anew, in one Write.
func (l *Live) draw(lines []byte) error {
	cols, rows := l.screen.Size()
	block := l.lines(cols, rows)
	var b bytes.Buffer
	if l.drawn {
		b.WriteString(erase)
	}
	b.Write(lines)
	for _, line := range block {
		b.WriteString("\n" + line)
	}
	for range block {
		b.WriteString(up)
	}
	b.WriteString("\r")
	l.drawn = true
	_, err := l.screen.Writer.Write(b.Bytes())
	return err
}

// note takes over what is known.
func (l *Live) note(e target.Progress) {
	now := time.Now()
	l.progress = e
	l.samples = append(l.samples, sample{now, e.Counts.Records + e.Staged.Records})
	for len(l.samples) > 2 && now.Sub(l.samples[1].at) >= recently {
		l.samples = l.samples[1:]
	}
	if e.Streams == nil {
		return
	}
	for name, s := range e.Streams {
		if s != l.streams[name] {
			l.changed[name] = now
		}
	}
	l.streams = e.Streams
}

// rate is how many records were read in a second, recently.
func (l *Live) rate() int64 {
	if len(l.samples) == 0 {
		return 0
	}
	first, last := sample{at: l.began}, l.samples[len(l.samples)-1]
	if len(l.samples) > 1 {
		first = l.samples[0]
	}
	if took := last.at.Sub(first.at).Seconds(); took > 0 {
		return int64(float64(last.records-first.records) / took)
	}
	return 0
}
