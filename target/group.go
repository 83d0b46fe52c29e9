package target

import (
	"context"
	"fmt"

	"target-s3/target/compress"
	"target-s3/target/format"
)

// grouping is what a file of a columnar format has beside other files: rows wait
// until they make a row group, which is then encoded as a job like any other.
type grouping struct {
	layout   format.Grouped
	waiting  [][]byte       // pages of whole rows
	size     int64          // of what waits
	rows     []int64        // for each group that was begun: the size of all rows until its end
	finished []format.Group // in order, without their pages
	meta     int            // memory of what the footer needs
}

// groupJob is a row group to be encoded.
type groupJob struct {
	layout  format.Grouped
	waiting [][]byte
	opened  format.Timestamp
	taken   int // memory beside waiting
	group   format.Group
	err     error
}

const (
	// groupLag is how many row groups of one file may be on their way while it is
	// estimated by those before them how large the file will be. It bounds how
	// many processors one file can use, and must not depend on how many there are,
	// or files would end elsewhere.
	groupLag = 8
	// mostGroups is well within the 32,767 that Parquet allows.
	mostGroups = 10_000
	// columnMemory is what a column of a row group takes beside its values, while
	// it is made and for its metadata.
	columnMemory = 16 << 10
)

// groupLimits returns how many bytes of rows make a row group: what readers
// like, but little enough that the row groups of several files fit into the
// memory, and that a file does not become much larger than it should. Where
// files are too small for an estimate no group is begun before the others of
// the file are done.
func groupLimits(memory, file int64) (size int64, lag int) {
	if file < groupLag*compress.BlockSize {
		return min(file, compress.BlockSize), 0
	}
	const most = 64 << 20
	return max(compress.BlockSize, min(memory/32, file/groupLag, most)), groupLag
}

// add has a page of rows wait.
func (g *grouping) add(page []byte) {
	g.waiting = append(g.waiting, page)
	g.size += int64(len(page))
}

// unencoded is how many bytes of rows the file has that no compressor has.
func (f *file) unencoded() int64 {
	n := int64(len(f.open))
	if f.groups != nil {
		n += f.groups.size
	}
	return n
}

// squeezable is how much of that is worth encoding before it is due.
func (f *file) squeezable() int64 {
	if f.groups != nil {
		return max(squeezeGroup, int64(f.groups.layout.Columns())*squeezeColumn)
	}
	return squeezeBlock
}

// flushAll is flush, and has a row group made of the rows that wait.
func (f *file) flushAll(ctx context.Context) error {
	err := f.flush(ctx)
	if err != nil || f.groups == nil || f.groups.size == 0 {
		return err
	}
	g := f.groups
	j := &groupJob{layout: g.layout, waiting: g.waiting, opened: f.opened}
	// The pages of the columns while they are made, and the result. It must not be
	// less than what the result will take.
	j.taken = int(2*g.size) + pageSize + g.layout.Columns()*columnMemory
	f.take(j.taken)
	before := int64(0)
	if n := len(g.rows); n > 0 {
		before = g.rows[n-1]
	}
	g.rows = append(g.rows, before+g.size)
	g.waiting, g.size = nil, 0
	pending := &job{group: j, done: make(chan struct{})}
	f.pending = append(f.pending, pending)
	return f.load.submit(ctx, pending)
}

// isFullOfGroups has a row group made where enough rows wait, and then reports
// whether the file is as large as it should be. That hangs on groups alone of
// which it is certain that they are finished.
func (f *file) isFullOfGroups(ctx context.Context) (bool, error) {
	g := f.groups
	if g.size >= f.load.limits.group {
		if err := f.flushAll(ctx); err != nil {
			return false, err
		}
	}
	if err := f.collect(ctx, false); err != nil {
		return false, err
	}
	known := len(g.rows) - f.load.limits.groupLag
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
	return len(g.rows) >= mostGroups || expected >= f.load.config.BatchSizeBytes, nil
}

func (j *groupJob) run() {
	j.group, j.err = j.layout.Group(j.waiting, j.opened, newPage)
}

// collectGroup takes over a row group that is encoded.
func (f *file) collectGroup(j *groupJob) error {
	if j.err != nil {
		return fmt.Errorf("%s: %w", f.name, j.err)
	}
	if f.offset+f.size == 0 {
		f.put(f.groups.layout.Header(nil, f.extra))
	}
	group := j.group
	group.At = f.offset + f.size
	for _, b := range group.Pages {
		f.put(b)
		freePage(b)
	}
	group.Pages = nil
	f.groups.finished = append(f.groups.finished, group)
	f.groups.meta += cap(group.Meta)
	f.take(cap(group.Meta) - j.taken)
	for _, b := range j.waiting {
		f.take(-cap(b))
		freePage(b)
	}
	return nil
}

// putFooter ends the file.
func (f *file) putFooter() error {
	g := f.groups
	footer, err := g.layout.Footer(nil, f.key.version, g.finished)
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	f.put(footer)
	f.take(-g.meta)
	*g = grouping{layout: g.layout}
	return nil
}
