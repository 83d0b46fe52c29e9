package target

import (
	"target-s3/target/compress"
	"target-s3/target/config"
	"target-s3/target/store"
)

// limits is how memory_limit_bytes is shared out. Together the parts stay below
// it, with an eighth left for what is not counted: workers' output, buffers that
// grew beyond what they hold, the store's own.
type limits struct {
	line      int   // the longest line that is read whole
	reading   int64 // input between the reader and the appender
	held      int64 // rows of files that can still grow, or that wait for a checkpoint
	total     int64 // rows in memory, held or being uploaded
	judging   int64 // a record, decoded, while gojsonschema has it, and the errors found in it
	uncovered int64 // rows that wait for a STATE outside of files
	partSize  int64
	group     int64 // rows that make a row group
	groupLag  int   // row groups of one file that may be on their way
}

func newLimits(c config.Config) limits {
	m := c.MemoryLimitBytes
	const envelope = 64 << 10 // what a message has around its record
	group, lag := groupLimits(m, c.BatchSizeBytes)
	return limits{
		group: group, groupLag: lag,
		line:      int(min(max(m/8, c.MaxRecordBytes+envelope), m)),
		reading:   m / 8,
		held:      m / 2,
		uncovered: m / 32,
		total:     m / 4 * 3,
		judging:   min(max(m/8, 2*c.MaxRecordBytes), m/2),
		partSize:  max(store.MinPartSize, c.BatchSizeBytes/(store.MaxParts-100)),
	}
}

// large is what a row of that size takes of the memory for files, since the input
// has not enough for it: while it is written its line is still there, and so is
// the next one, which is read meanwhile.
func (l *limits) large(row int64) int64 { return max(0, 3*row-l.reading) }

// groupLag is how many row groups of one file may be on their way while it is
// estimated by those before them how large the file will be. It bounds how many
// processors one file can use, and must not depend on how many there are, or files
// would end elsewhere.
const groupLag = 8

// groupLimits returns how many bytes of rows make a row group: what readers like,
// but little enough that the row groups of several files fit into the memory, and
// that a file does not become much larger than it should. Where files are too small
// for an estimate no group is begun before the others of the file are done.
func groupLimits(memory, file int64) (size int64, lag int) {
	if file < groupLag*compress.BlockSize {
		return min(file, compress.BlockSize), 0
	}
	const most = 64 << 20
	return max(compress.BlockSize, min(memory/32, file/groupLag, most)), groupLag
}
