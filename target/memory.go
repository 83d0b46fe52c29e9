package target

import (
	"cmp"
	"context"
	"slices"

	"target-s3/target/compress"
	"target-s3/target/format"
	"target-s3/target/store"
)

// limits is how memory_limit_bytes is shared out. Together the parts stay below
// it, with an eighth left for what is not counted: workers' output, of which each has
// a piece at most, buffers that grew beyond what they hold, the store's own.
type limits struct {
	line      int   // the longest line that is read whole
	reading   int64 // input between the reader and the appender
	piece     int   // what a worker makes of it before it hands that over
	held      int64 // rows of files that can still grow, or that wait for a checkpoint
	total     int64 // rows in memory, held or being uploaded
	judging   int64 // a record, decoded, while gojsonschema has it, and the errors found in it
	room      int64 // the record that a large row is made of, as it is read, and what is made of it
	uncovered int64 // rows that wait for a STATE outside of files
	files     int   // that wait for a checkpoint
	ahead     int   // files of a BATCH message that are read at a time
	window    int64 // how far back a compressed one of these may refer
	partSize  int64
}

func newLimits(all *allSettings, workers int) limits {
	c := &all.base.config
	record, file := c.LargestRecord(), all.largestFile()
	m := c.MemoryLimitBytes
	const envelope = 64 << 10 // what a message has around its record
	uncovered := int64(0)
	if c.DiscardsUncovered() {
		uncovered = m / 32 // twice that, as its buffer grows
	}
	return limits{
		line:      int(min(max(m/8, record+envelope), m)),
		reading:   m / 8,
		piece:     int(max(min(m/8/int64(chunksOnTheWay(workers)), maxPiece), min(minPiece, m/64))),
		held:      m/2 - 2*uncovered,
		room:      m + roomBeside,
		uncovered: uncovered,
		total:     m / 4 * 3,
		files:     int(max(minFiles, min(m/fileOverhead, maxFiles))),
		ahead:     int(min(max(m/(128<<20), 1), 4)),
		window:    min(max(m/64, 8<<20), 128<<20),
		judging:   min(max(m/8, 2*record), m/2),
		partSize:  max(store.MinPartSize, file/(store.MaxParts-100)),
	}
}

// A file takes about 1,100 bytes when it has nothing else in memory. Together the files
// that wait for a checkpoint may take what is left beside the other limits.
const (
	fileOverhead = 1536
	minFiles     = 1000
	maxFiles     = 100_000
)

// A piece is not so small that the worker waits for the appender at every chunk of what
// is as large when it is written, nor larger than that workers seldom do.
const (
	minPiece = maxPooled / 2 // so that the memory serves many
	maxPiece = 4 << 20
)

// large is what a row of that size takes of the memory for files, since the input
// has not enough for it: while it is written its line is still there, and so is
// the next one, which is read meanwhile.
func (l *limits) large(row int64) int64 { return max(0, 3*row-l.reading) }

// largeRecord is the same for each of many rows of a record. They must not be a file
// each, so that half of the memory for files is left to them.
func (l *limits) largeRecord(size int64) int64 { return min(l.large(size), l.held/2) }

// groupLag is how many row groups of one file may be on their way while it is
// estimated by those before them how large the file will be. It bounds how many
// processors one file can use, and must not depend on how many there are, or files
// would end elsewhere.
const groupLag = 8

// groupLimits returns how many bytes of rows make a row group: little enough that
// those of several files fit into the memory, and that a file does not become much
// larger than it should. Beyond 2 MiB DuckDB reads no faster, and pyarrow a fifth,
// for each column of each group takes it some time: so groups of many columns have
// up to 8 MiB. Where files are too small for an estimate no group is begun before
// the others of the file are done.
func groupLimits(memory, file int64) (size, wide int64, lag int) {
	if file < groupLag*compress.BlockSize {
		size = min(file, compress.BlockSize)
		return size, size, 0
	}
	const most, mostWide = 2 << 20, 8 << 20
	wide = max(compress.BlockSize, min(memory/32, file/groupLag, mostWide))
	return min(wide, most), wide, groupLag
}

// memory keeps what files take within the limits.
type memory struct {
	limits  limits
	batches *batches
	workers int // that compress
}

// relieve keeps memory within its limits, after a row, where so much is taken by it or
// by its record. What it does to the files hangs on that and on what is held alone, and on the latter only once no block is
// pending.
func (m *memory) relieve(ctx context.Context, large int64) error {
	held := max(0, m.limits.held-large)
	if m.batches.area.Held() > held {
		if err := m.settle(ctx); err != nil {
			return err
		}
	}
	if m.batches.area.Held() > held {
		if err := m.squeeze(ctx); err != nil {
			return err
		}
		// Well below the limit, or the next row would be here again.
		if err := m.giveWay(ctx, held/4*3, large); err != nil {
			return err
		}
	}
	return m.await(ctx, large)
}

// await waits until no more is on its way than there is memory for. Thousands of files take
// some of it, but not so much that nothing can be on its way.
func (m *memory) await(ctx context.Context, large int64) error {
	most := m.limits.total - large - m.batches.area.Held()
	files := int64(m.batches.count()) * fileOverhead
	return m.batches.area.Await(ctx, max(min(most, m.limits.total/8), most-files))
}

// settle waits until nothing is pending.
func (m *memory) settle(ctx context.Context) error {
	for _, f := range m.batches.all() {
		if err := f.Settle(ctx); err != nil {
			return err
		}
		f.ShipParts(ctx)
	}
	return nil
}

const (
	// squeezeBlock is the smallest block worth compressing before it is full.
	squeezeBlock = 16 << 10
	// squeezeGroup is that of row groups, which have metadata of their own, or
	// squeezeColumn for each of its columns if that is more.
	squeezeGroup, squeezeColumn = 64 << 10, 1 << 10
)

// squeezable is how much a file must have that is worth compressing before it is due.
func (f *file) squeezable() int64 {
	if layout, ok := f.stream.layout.(format.Grouped); ok {
		return max(squeezeGroup, int64(layout.Columns())*squeezeColumn)
	}
	return squeezeBlock
}

// squeeze compresses what is open: many files that have little each take more
// memory so than in any other way.
func (m *memory) squeeze(ctx context.Context) error {
	var busy []*file // as many as keep the compressors busy
	for _, f := range m.batches.sorted() {
		if !f.Encodes() || f.Unencoded() < f.squeezable() {
			continue
		}
		if err := f.Encode(ctx); err != nil {
			return err
		}
		if busy = append(busy, f); len(busy) > 2*m.workers {
			if err := busy[0].Settle(ctx); err != nil {
				return err
			}
			busy = busy[1:]
		}
	}
	return m.settle(ctx)
}

// giveWay ends files, the largest first, and uploads what they have in memory as
// their last part, until so much is held at most. Each waits for those before it: files
// of few rows can come to many times what their rows take.
func (m *memory) giveWay(ctx context.Context, until, large int64) error {
	files := m.batches.all()
	sortFiles(files)
	slices.SortStableFunc(files, func(a, b *file) int { return cmp.Compare(b.Held(), a.Held()) })
	for _, f := range files {
		if m.batches.area.Held() <= until || f.Held() == 0 {
			break
		}
		if !f.closed {
			m.batches.close(f)
		}
		if err := f.ShipAll(ctx); err != nil {
			return err
		}
		if err := m.await(ctx, large); err != nil {
			return err
		}
	}
	return nil
}
