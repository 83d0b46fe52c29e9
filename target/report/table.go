package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"target-s3/singer/printable"
	"target-s3/target"
	"target-s3/target/objectkey"
)

// row is a line of the summary's table.
type row struct {
	cells    [len(heads)]string
	location string // of the last file; empty: there is none
}

// heads are above the columns of the table: a name, and numbers.
var heads = [...]string{"STREAM", "RECORDS", "REJECTED", "FILES", "STORED"}

const lastFile = "LAST FILE"

// summary is what a person asks when a load has ended, for a terminal.
func (s *Screen) summary(e target.Ended) []byte {
	cols, _ := s.Size()
	var b strings.Builder
	if len(e.Summary.Streams) > 0 {
		s.table(&b, rows(e.Summary), cols)
	}
	s.rejections(&b, e.Summary)
	if e.Empty && e.Outcome != target.Failed {
		s.warn(&b, "Not one message came; did the tap start?")
	}
	s.safe(&b, e.Summary)
	s.outcome(&b, e)
	return []byte(b.String())
}

func rows(s target.Summary) []row {
	var all []row
	for _, n := range slices.Sorted(maps.Keys(s.Streams)) {
		v := s.Streams[n]
		all = append(all, row{[...]string{n, number(v.Records), number(v.Rejected), number(v.Objects), size(v.Bytes)}, v.Last.Location})
	}
	if t := s.Table; t.Objects > 0 {
		all = append(all, row{[...]string{objectkey.RejectedTable, "", "", number(t.Objects), size(t.Bytes)}, t.Last.Location})
	}
	if len(all) > 1 {
		all = append(all, row{[...]string{"all", number(s.Records), number(s.Rejected), number(s.Objects), size(s.Bytes)}, ""})
	}
	return all
}

// table writes the rows. Where a line has no room for a location each has a line of
// its own, so that it can be copied.
func (s *Screen) table(b *strings.Builder, rows []row, cols int) {
	widths := [len(heads)]int{}
	for i, h := range heads {
		widths[i] = len(h)
	}
	location := 0
	for i := range rows {
		rows[i].cells[0] = name(rows[i].cells[0], max(len(heads[0]), cols/3))
		rows[i].location = printable.Line(rows[i].location)
		location = max(location, width(rows[i].location))
		for j, c := range rows[i].cells {
			widths[j] = max(widths[j], width(c))
		}
	}
	all := location + len(gap)*len(heads)
	for _, w := range widths {
		all += w
	}
	beside := all <= cols
	head := row{cells: heads}
	if beside && location > 0 {
		head.location = lastFile
	}
	b.WriteString(s.color(line(head, widths, cols, beside), bold) + "\n")
	for _, r := range rows {
		b.WriteString(line(r, widths, cols, beside) + "\n")
		if !beside && r.location != "" {
			b.WriteString(gap + r.location + "\n")
		}
	}
}

// line is a row as text. Columns that have no room are left out, from the right.
func line(r row, widths [len(heads)]int, cols int, beside bool) string {
	text := pad(r.cells[0], widths[0], false)
	for i := 1; i < len(heads); i++ {
		next := text + gap + pad(r.cells[i], widths[i], true)
		if width(next) > cols {
			break
		}
		text = next
	}
	if beside && r.location != "" {
		text += gap + r.location
	}
	return strings.TrimRight(text, " ")
}

// rejections says what was rejected, why, and where it is.
func (s *Screen) rejections(b *strings.Builder, sum target.Summary) {
	for _, n := range slices.Sorted(maps.Keys(sum.Streams)) {
		v := sum.Streams[n]
		if v.Rejected == 0 {
			continue
		}
		text := fmt.Sprintf("%s of %s of stream %s rejected:", number(v.Rejected), count(v.Records+v.Rejected, "record", "records"), name(n, longestName))
		if v.Records == 0 {
			text = fmt.Sprintf("All %s of stream %s rejected (with max_rejected_records such a load ends with exit code 3):",
				count(v.Rejected, "record", "records"), name(n, longestName))
		}
		s.warn(b, text)
		reasons, rest := commonest(v)
		for _, r := range reasons {
			fmt.Fprintf(b, "  %s × %s\n", number(r.Count), printable.Line(r.Text))
		}
		if rest > 0 {
			fmt.Fprintf(b, "  %s × other reasons\n", number(rest))
		}
	}
	if t := sum.Table; t.Objects > 0 {
		where := "They are in "
		if t.Objects > 1 {
			where = fmt.Sprintf("They are in %s files, the last of which is ", number(t.Objects))
		}
		b.WriteString(where + printable.Line(t.Last.Location) + "\n")
	}
}

// longestName is how much of a name is shown within a sentence, in columns.
const longestName = 60

func (s *Screen) warn(b *strings.Builder, text string) {
	b.WriteString(s.color(text, yellow) + "\n")
}

// safe says which state is safe.
func (s *Screen) safe(b *strings.Builder, sum target.Summary) {
	switch {
	case sum.States == 0 && sum.Records+sum.Rejected > 0:
		b.WriteString("No STATE came, so no state was written.\n")
	case sum.States > 0:
		at := "line " + number(sum.State.Line)
		if sum.State.File != "" {
			at += " of " + printable.Line(sum.State.File)
		}
		text := "The state of " + at + " is safe"
		if sum.Uncovered > 0 {
			text += fmt.Sprintf("; %s loaded after it may come again with the next run", count(sum.Uncovered, "record", "records"))
		}
		b.WriteString(text + ".\n")
	}
}

// outcome says how the load ended, as its exit code does.
func (s *Screen) outcome(b *strings.Builder, e target.Ended) {
	words := [...]struct{ text, color string }{
		target.Failed:      {"failed", red},
		target.Succeeded:   {"succeeded", green},
		target.Rejected:    {"ended, but more records were rejected than max_rejected_records allows", yellow},
		target.Interrupted: {"interrupted; what was read is loaded", yellow},
	}[e.Outcome]
	sum := e.Summary
	fmt.Fprintf(b, "%s: %s in %s, %s, in %s.\n", s.color("Load "+words.text, words.color),
		count(sum.Records, "record", "records"), count(sum.Objects, "file", "files"), size(sum.Bytes), age(sum.Duration))
}
