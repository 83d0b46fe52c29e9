package staging

import (
	"context"
	"fmt"

	"target-s3/target/format"
)

// grouping is what a file of a columnar format has beside other files: rows wait
// until they make a row group, which is then encoded as a job like any other.
type grouping struct {
	layout   format.Grouped
	full     int64          // size of rows that make a group
	waiting  [][]byte       // blocks of whole rows
	size     int64          // of what waits
	rows     []int64        // for each group that was begun: the size of all rows until its end
	finished []format.Group // in order, without their pages
	footer   int            // memory of the footer, and of what it is made of
}

// newGrouping has groups that are large enough for their columns.
func newGrouping(layout format.Grouped, s *Sizes) *grouping {
	return &grouping{layout: layout, full: max(s.Group, min(int64(layout.Columns())*columnSize, s.WideGroup))}
}

// groupJob is a row group to be encoded.
type groupJob struct {
	layout  format.Grouped
	waiting [][]byte
	size    int64 // of what waits
	opened  format.Timestamp
	making  int // memory, while it is made
	taken   int // that of the rows included
	group   format.Group
	err     error
}

const (
	// mostGroups is well within the 32,767 that Parquet allows.
	mostGroups = 10_000
	// columnMemory is what a column of a row group takes beside its values, while
	// it is made and for its metadata.
	columnMemory = 16 << 10
	// columnSize is what a column of a row group should have, in bytes of rows.
	columnSize = 64 << 10
)

// add lets a block of rows wait.
func (g *grouping) add(block []byte) {
	g.waiting = append(g.waiting, block)
	g.size += int64(len(block))
}

// beginGroup has a row group made of the rows that wait.
func (f *File) beginGroup(ctx context.Context) error {
	g := f.groups
	j := &groupJob{layout: g.layout, waiting: g.waiting, size: g.size, opened: f.spec.Opened}
	// The pages of the columns while they are made, and the result. It must not be
	// less than what the result will take.
	j.making = int(2*g.size) + bufferSize + g.layout.Columns()*columnMemory
	f.hold(j.making)
	j.taken = j.making
	for _, b := range g.waiting {
		j.taken += cap(b)
	}
	before := int64(0)
	if n := len(g.rows); n > 0 {
		before = g.rows[n-1]
	}
	g.rows = append(g.rows, before+g.size)
	g.waiting, g.size = nil, 0
	pending := &job{area: f.area, group: j, done: make(chan struct{})}
	f.pending = append(f.pending, pending)
	return f.area.submit(ctx, pending)
}

// isFullOfGroups has a row group made where enough rows wait, and then reports
// whether the file is as large as it should be. That hangs on groups alone of
// which it is certain that they are finished.
func (f *File) isFullOfGroups(ctx context.Context) (bool, error) {
	g := f.groups
	if g.size >= g.full {
		if err := f.beginGroup(ctx); err != nil {
			return false, err
		}
	}
	if err := f.collect(ctx, false); err != nil {
		return false, err
	}
	known := len(g.rows) - f.spec.Sizes.GroupLag
	for len(g.finished) < known {
		if _, err := f.collectFirst(ctx, true); err != nil {
			return false, err
		}
	}
	if known <= 0 {
		return false, nil
	}
	last := g.finished[known-1]
	ratio := float64(last.At+last.Size) / float64(g.rows[known-1])
	expected := int64(ratio * float64(g.rows[len(g.rows)-1]+g.size))
	return len(g.rows) >= mostGroups || expected >= f.spec.Sizes.File, nil
}

func (j *groupJob) run(a *Area) {
	if int64(j.making) > a.options.Group {
		a.large.Lock()
		defer a.large.Unlock()
	}
	rows := func(yield func([]byte) bool) {
		for i, b := range j.waiting {
			if !yield(b) {
				return
			}
			j.waiting[i] = nil
			a.freeBuffer(b)
		}
	}
	j.group, j.err = j.layout.Group(rows, j.size, j.opened)
}

// collectGroup takes over a row group that is encoded.
func (f *File) collectGroup(j *groupJob) error {
	if j.err != nil {
		return fmt.Errorf("%s: %w", f.spec.Object.Key, j.err)
	}
	if f.offset+f.size == 0 {
		f.put(f.groups.layout.Header(nil, f.spec.Extra))
	}
	group := j.group
	group.At = f.offset + f.size
	for i, b := range group.Pages {
		f.put(b)
		group.Pages[i] = nil // or it would be there twice
	}
	group.Pages = nil
	f.groups.finished = append(f.groups.finished, group)
	footer := cap(group.Meta) + group.Footer
	f.groups.footer += footer
	f.hold(footer - j.taken)
	return nil
}

// putFooter ends the file.
func (f *File) putFooter() error {
	g := f.groups
	f.hold(-g.footer) // what it is made of is there for another moment
	if err := g.layout.Footer(f.spec.Version, g.finished, f.put); err != nil {
		return fmt.Errorf("%s: %w", f.spec.Object.Key, err)
	}
	*g = grouping{layout: g.layout, full: g.full}
	return nil
}
