package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"target-s3/target"
)

// piece is a part of a line. Where not all have room those that matter most are shown.
type piece struct {
	text   string
	matter int // 1 matters most, and no two of a line matter the same; 0: it is not shown
	color  string
}

// Colours of a terminal, and back from all of them.
const (
	plain  = "\x1b[0m"
	bold   = "\x1b[1m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	red    = "\x1b[31m"
)

// gap is between two pieces.
const gap = "  "

// color colours text, on a terminal that is to have colours.
func (s *Screen) color(text, color string) string {
	if !s.Color || color == "" || text == "" {
		return text
	}
	return color + text + plain
}

// fit joins as many pieces as have room in so many columns, in their order.
func (s *Screen) fit(pieces []piece, most int) string {
	byMatter := slices.Clone(pieces)
	slices.SortFunc(byMatter, func(a, b piece) int { return cmp.Compare(a.matter, b.matter) })
	hasRoom, used := map[int]bool{}, 0 // by what they matter
	for _, p := range byMatter {
		takes := width(p.text)
		if used > 0 {
			takes += len(gap)
		}
		if p.matter > 0 && (used == 0 || used+takes <= most) {
			hasRoom[p.matter] = true
			used += takes
		}
	}
	var shown []string
	for _, p := range pieces {
		if hasRoom[p.matter] {
			shown = append(shown, s.color(cut(p.text, most), p.color))
		}
	}
	return strings.Join(shown, gap)
}

// lines are what is drawn on a terminal of that size. The last column stays free: some
// terminals go to the next line when it is written to.
func (l *Live) lines(cols, rows int) []string {
	lines := []string{l.screen.fit(l.pieces(), cols-1)}
	if l.screen.Streams {
		const others = 4 // rows: of the whole, empty, of the rest, and of what stands above
		lines = append(lines, l.streamLines(cols-1, max(1, rows-others))...)
	}
	return lines
}

// pieces are those of the line on the whole load. Each matters differently.
func (l *Live) pieces() []piece {
	p := &l.progress
	rejected := p.Counts.Rejected + p.Staged.Rejected
	pieces := []piece{
		{l.readPiece(), 5, ""},
		{count(p.Counts.Records+p.Staged.Records, "record", "records"), 1, bold},
		{number(l.rate()) + "/s", 6, ""},
		{size(p.Bytes) + " stored", 7, ""},
		{l.openPiece(), 8, ""},
		{number(rejected) + " rejected", 9, ""},
		{l.safePiece(), 3, ""},
	}
	if pieces[0].text == "" {
		pieces[0].matter = 0
	}
	switch {
	case p.Complete:
		pieces[2].text, pieces[2].matter = "all read, committing", 2
	case p.Silent >= quiet:
		pieces[2].text, pieces[2].matter = "waiting for the tap "+age(p.Silent), 2
	}
	if rejected > 0 {
		pieces[5].matter, pieces[5].color = 4, yellow
	}
	return pieces
}

// quiet is how long a tap must have sent nothing for a line that is always seen to
// say so.
const quiet = 2 * time.Second

// readPiece says how much of the input's files was read.
func (l *Live) readPiece() string {
	if l.screen.Read == nil {
		return ""
	}
	read, of := l.screen.Read()
	if of == 0 {
		return size(read) + " read"
	}
	return fmt.Sprintf("%d%% of %s", min(100, int64(100*float64(read)/float64(of))), size(of))
}

func (l *Live) openPiece() string {
	open := int64(0)
	for _, s := range l.streams {
		if s.Open > 0 {
			open++
		}
	}
	return count(open, "open stream", "open streams")
}

// safePiece is how old the last state is that was written.
func (l *Live) safePiece() string {
	if l.safe.IsZero() {
		return "no state yet"
	}
	return "state " + age(time.Since(l.safe)) + " ago"
}

// streamLines are those of the streams for which something came last.
func (l *Live) streamLines(cols, most int) []string {
	names := slices.SortedFunc(maps.Keys(l.streams), func(a, b string) int {
		return cmp.Or(l.changed[b].Compare(l.changed[a]), cmp.Compare(a, b))
	})
	rest := ""
	if len(names) > most {
		rest = cut(fmt.Sprintf("  and %s", count(int64(len(names)-most), "more stream", "more streams")), cols)
		names = names[:most]
	}
	slices.Sort(names)
	longest, largest := 0, 0
	for _, n := range names {
		longest = max(longest, width(name(n, cols/3)))
		largest = max(largest, len(number(l.streams[n].Records)))
	}
	var lines []string
	for _, n := range names {
		lines = append(lines, l.screen.fit(streamPieces("  "+pad(name(n, cols/3), longest, false), largest, l.streams[n]), cols))
	}
	if rest != "" {
		lines = append(lines, rest)
	}
	return lines
}

func streamPieces(name string, largest int, s target.StreamProgress) []piece {
	pieces := []piece{
		{name, 1, bold},
		{pad(number(s.Records), largest, true) + " records", 2, ""},
		{pad(size(s.Bytes), len("1023.9 KiB"), true) + " stored", 4, ""},
		{number(s.Rejected) + " rejected", 0, yellow},
		{count(s.Open, "open file", "open files"), 0, ""},
	}
	if s.Rejected > 0 {
		pieces[3].matter = 3
	}
	if s.Open > 0 {
		pieces[4].matter = 5
	}
	return pieces
}
