package target

import (
	"bytes"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"target-s3/singer"
	"target-s3/target/format"
	"target-s3/target/staging"
)

// chunk is a block of input on its way from the reader through one worker to the
// appender. Each of them owns it in its turn: the reader until it is queued, the
// worker until it is done, the appender from then on.
type chunk struct {
	block     singer.Block
	reader    *singer.Reader // that the block goes back to
	from      *batchFile     // that the block is of; nil: the input itself
	shift     int64          // from the block's offset to where it would be if files stood in the input
	size      int64          // of the block, as counted by load.reading
	firstLine int64          // number of the block's first line
	received  time.Time
	streams   *streams // in force at the block's start
	ends      []int    // where each line ends in the block, its newline included
	marks     []mark   // in input order
	err       error    // what ends the input after this chunk, if anything

	out     []byte // the rows, in input order
	rows    []row
	records int64 // that the rows are of, without the rejected ones
	dests   []dest
	index   map[destKey]int32 // of dests, but for those of subtables
	recent  int32             // of dests, that was looked for last
	tables  []int32           // of dests: their subtables'
	rejects []reject
	counted int // the worker's: those of rejects that come before the last mark

	piece piece         // that the worker handed over last
	done  chan struct{} // gets a value from the worker for each piece
	more  chan struct{} // gets a value from the appender for each but the last

	passed, reported int  // the appender's: of marks and of rejects, in the pieces before
	appended         int  // the appender's: of rows, before the one that could not be
	given            bool // the appender's: a file has a row in out, and keeps it
}

// mark is something between the records of a chunk.
type mark struct {
	at      int // where its line begins in the block
	row     int // set by the worker: how many rows precede it
	rejects int // set by the worker: how many entries of rejects do
	line    int64
	kind    markKind
	state   []byte   // the value of a STATE
	streams *streams // in force from here on, after a SCHEMA
	stream  string   // of an ACTIVATE_VERSION
	version int64
}

type markKind uint8

const (
	markSkip markKind = iota // a line that means nothing here
	markState
	markSchema
	markActivate
	markTooLong // a RECORD line whose end is missing
)

// row is where a row ends in a chunk's output, and where it goes.
type row struct {
	end       int
	batchedAt int   // offset in the output of a timestamp to be set, or -1
	sequence  int64 // of its record; 0: the record was rejected
	dest      int32
	extra     bool
	large     uint16 // MiB of its record, where it is one of several rows of it
}

// dest is where rows of a chunk go.
type dest struct {
	destKey
	file   *file // the appender's: the file that was open for it last
	rows   int64 // the appender's: not yet counted
	proven int64 // the worker's: rows that were proven valid
	asked  int64 // the worker's: rows that gojsonschema judged
	tables int   // after the first of its subtables in tables; 0: none had a row
}

type destKey struct {
	stream    *stream
	version   int64
	partition *partition
}

// reject counts the records of a stream that were rejected for one reason,
// between two marks of a chunk.
type reject struct {
	stream string
	count  int64
	file   string // of the first, where that is none of the input
	line   int64  // of the first
	offset int64  // of the first
	reason string // of the first
	many   bool   // reasons, and not that one alone
}

// append takes what was appended to the chunk's output as a row, for that one of dests.
func (c *chunk) append(out []byte, to int32, sequence int64, mark format.Mark, large uint16) {
	if mark.BatchedAt >= 0 {
		mark.BatchedAt += len(c.out)
	}
	c.out = out
	c.rows = append(c.rows, row{})
	r := &c.rows[len(c.rows)-1] // set in place: a row that is made elsewhere is waited for when it is copied
	r.end, r.batchedAt, r.sequence, r.dest, r.extra, r.large = len(out), mark.BatchedAt, sequence, to, mark.Extra, large
}

// dest finds or adds the destination. Most often it is the one that was looked for last.
func (c *chunk) dest(key destKey) int32 {
	if int(c.recent) < len(c.dests) && c.dests[c.recent].destKey == key {
		return c.recent
	}
	at, ok := c.index[key]
	if !ok {
		at = c.add(key)
		c.index[key] = at
	}
	c.recent = at
	return at
}

func (c *chunk) add(key destKey) int32 {
	c.dests = append(c.dests, dest{destKey: key})
	return int32(len(c.dests) - 1)
}

// destOfTable finds or adds the destination for a subtable of one of dests.
func (c *chunk) destOfTable(of int32, table int) int32 {
	d := &c.dests[of]
	key := d.destKey
	if d.tables == 0 {
		d.tables = len(c.tables) + 1
		c.tables = append(c.tables, make([]int32, len(key.stream.tables))...)
	}
	at := &c.tables[d.tables-1+table] // 0 is never a subtable's
	if *at == 0 {
		key.stream = key.stream.tables[table]
		*at = c.add(key)
	}
	return *at
}

// count counts a rejected record of a chunk. Between two marks there is one entry
// for each stream and reason, or, once there are many, for each stream.
func (c *chunk) count(stream string, line, offset int64, reason string) {
	many := len(c.rejects)-c.counted >= maxChunkRejects
	for i := len(c.rejects) - 1; i >= c.counted; i-- {
		if r := &c.rejects[i]; r.stream == stream && (r.many || r.reason == reason) {
			r.count++
			return
		}
	}
	c.rejects = append(c.rejects, reject{stream: stream, count: 1, file: c.file(), line: line, offset: offset, reason: reason, many: many})
}

// takeBack takes those of rejects back whose rows, up to until, were not appended.
func (c *chunk) takeBack(rejects []reject, until int) []reject {
	for i := c.appended; i < until; i++ {
		start := 0
		if i > 0 {
			start = c.rows[i-1].end
		}
		var of struct {
			Table  string `json:"table_name"`
			Reason string `json:"reason"`
		}
		if c.dests[c.rows[i].dest].stream.table != rejectedTable || json.Unmarshal(c.out[start:c.rows[i].end], &of) != nil {
			continue
		}
		for j := len(rejects) - 1; j >= 0; j-- {
			if r := &rejects[j]; r.stream == of.Table && (r.many || r.reason == of.Reason) {
				r.count--
				break
			}
		}
	}
	return slices.DeleteFunc(rejects, func(r reject) bool { return r.count == 0 })
}

// findEnds finds the lines, of which none is looked at before the worker does.
func (c *chunk) findEnds() {
	for at := 0; at < len(c.block.Data); {
		n := bytes.IndexByte(c.block.Data[at:], '\n') + 1
		if n == 0 {
			n = len(c.block.Data) - at
		}
		at += n
		c.ends = append(c.ends, at)
	}
}

// file is the name of the file that the chunk is of; empty: it is of the input itself.
func (c *chunk) file() string {
	if c.from == nil {
		return ""
	}
	return c.from.name
}

// maxChunkRejects is how many entries a chunk has before its reasons are not a longer
// told apart: looking for one takes time.
const maxChunkRejects = 64

// chunkPool is the pool of one load: its channels are the load's.
type chunkPool struct{ sync.Pool }

// maxPooled is the most memory that a pooled chunk may keep: one long line must
// not be paid for ever after. And a row that is longer is its file's from then on,
// see staging.File.Append, so that no other chunk may write where it is.
const maxPooled = staging.LargeRow

func (p *chunkPool) new() *chunk {
	if c, ok := p.Get().(*chunk); ok {
		return c
	}
	return &chunk{index: map[destKey]int32{}, done: make(chan struct{}, 1), more: make(chan struct{}, 1)}
}

// free gives a chunk's memory back, but for its block. The worker must be done.
func (p *chunkPool) free(c *chunk) {
	if cap(c.out) > maxPooled {
		return
	}
	clear(c.dests)
	clear(c.marks)
	clear(c.rejects)
	clear(c.index)
	*c = chunk{
		index: c.index, done: c.done, more: c.more, out: c.out[:0], rows: c.rows[:0], dests: c.dests[:0], tables: c.tables[:0],
		ends: c.ends[:0], marks: c.marks[:0], rejects: c.rejects[:0],
	}
	p.Put(c)
}
