package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"target-s3/singer"
)

// reading is the goroutine that reads the input. Everything that is not plainly
// a RECORD it handles itself, in order, so that what it leaves to the workers
// can be done in any.
type reading struct {
	pipe     *pipe
	tell     *teller
	now      func() time.Time
	limits   limits
	reader   *singer.Reader
	parser   singer.Parser
	message  singer.Message
	registry *registry
	warned   map[string]bool // types of messages that are skipped
	line     int64           // number of the next line
	anything bool            // came, but for white space

	files      BatchFiles     // nil: none are read
	fileReader *singer.Reader // of one after the other
	pending    *batchMessage  // whose files are to be read next; nil: there is none
	shift      int64          // bytes of the files that were read, see chunk
}

func newReading(input io.Reader, l limits, p *pipe, r *registry, t *teller, o *Options) *reading {
	return &reading{
		pipe: p, tell: t, now: o.Now, limits: l, reader: singer.NewReader(input, l.line),
		registry: r, warned: map[string]bool{}, line: 1,
		files: o.BatchFiles, fileReader: singer.NewReader(nil, l.line),
	}
}

// run reads until the input ends or fails, ctx ends, or stop is closed, and then
// closes the queue. It may be blocked in a Read for ever.
func (r *reading) run(ctx context.Context, stop <-chan struct{}) {
	defer close(r.pipe.queue)
	for {
		r.pipe.progress.wait()
		block, err := r.reader.Next()
		r.pipe.progress.read()
		if errors.Is(err, io.EOF) {
			r.pipe.complete.Store(true)
			return
		}
		if err != nil {
			c := r.newChunk()
			at := "the input"
			if r.line > 1 {
				at = fmt.Sprintf("the input after line %d", r.line-1)
			}
			c.err = fmt.Errorf("reading %s: %w", at, err)
			r.pass(ctx, stop, c)
			return
		}
		if !r.anything && !singer.Blank(block.Data) {
			r.anything = true
			r.pipe.anything.Store(true)
		}
		if !r.block(ctx, stop, block) {
			return
		}
	}
}

// newChunk begins a chunk of the input.
func (r *reading) newChunk() *chunk {
	c := r.pipe.chunks.new()
	c.received, c.streams = r.now(), r.registry.streams
	c.reader, c.firstLine, c.shift = r.reader, r.line, r.shift
	return c
}

// block passes on a block, with the files of its BATCH messages where they stand, and
// reports whether the input goes on.
func (r *reading) block(ctx context.Context, stop <-chan struct{}, block singer.Block) bool {
	for {
		c := r.newChunk()
		c.block = block
		r.prepare(c)
		batch := r.pending
		r.pending = nil
		if batch != nil && batch.end < len(block.Data) { // what follows is another chunk's, and the memory nobody's
			c.block.Data = block.Data[:batch.end:batch.end]
		}
		c.size = int64(len(c.block.Data))
		if !r.pass(ctx, stop, c) || batch != nil && !r.readBatch(ctx, stop, batch) {
			return false
		}
		if batch == nil || batch.end == len(block.Data) {
			return true
		}
		block = singer.Block{Data: block.Data[batch.end:], Offset: block.Offset + int64(batch.end)}
	}
}

// pass sends a chunk on, and reports whether the input goes on.
func (r *reading) pass(ctx context.Context, stop <-chan struct{}, c *chunk) bool {
	last, size := c.err != nil, c.size // once it is sent the chunk is another's
	if !r.pipe.send(ctx, stop, c) || last {
		return false
	}
	// Beside a long line there is no memory for the next one.
	return size <= r.pipe.most/2 || r.pipe.onTheWay.Await(ctx, 0) == nil
}

// prepare marks the lines of a chunk that are not records.
func (r *reading) prepare(c *chunk) {
	if c.block.Missing > 0 {
		r.prepareTooLong(c)
		return
	}
	for at := 0; at < len(c.block.Data); r.line++ {
		end := len(c.block.Data)
		if n := bytes.IndexByte(c.block.Data[at:], '\n'); n >= 0 {
			end = at + n + 1
		}
		line := c.block.Data[at:end]
		if !singer.PlainRecord(line) {
			if err := r.mark(c, line, at); err != nil {
				c.err = r.lineError(c, line, at, err)
				c.block.Data = c.block.Data[:at]
				return
			}
			if r.pending != nil {
				c.ends = append(c.ends, end)
				r.line++
				return
			}
		}
		c.ends = append(c.ends, end)
		at = end
	}
}

func (r *reading) lineError(c *chunk, line []byte, at int, err error) error {
	place := singer.Place(err)
	return &singer.LineError{Line: r.line, Offset: c.block.Offset + int64(at+place), Near: singer.Excerpt(bytes.TrimRight(line, "\r\n"), place), Err: err}
}

// mark handles a line that may be anything.
func (r *reading) mark(c *chunk, line []byte, at int) error {
	mark := mark{at: at}
	if singer.Blank(line) {
		c.marks = append(c.marks, mark)
		return nil
	}
	m := &r.message
	if err := r.parser.Parse(line, m); err != nil {
		return err
	}
	switch m.Kind {
	case singer.Record:
		return nil
	case singer.State:
		mark.kind, mark.state = markState, bytes.Clone(m.Value)
	case singer.Schema:
		changed, err := r.registry.define(m)
		if err != nil {
			return err
		}
		if changed {
			mark.kind, mark.streams = markSchema, r.registry.streams
		}
	case singer.ActivateVersion:
		if err := activate(m, &mark); err != nil {
			return err
		}
	case singer.Batch:
		if err := r.batch(line, c.block.Offset+int64(at), at+len(line)); err != nil {
			return err
		}
	default:
		r.warnUnknown(m, c.block.Offset+int64(at))
	}
	c.marks = append(c.marks, mark)
	return nil
}

func activate(m *singer.Message, mark *mark) error {
	name, err := singer.Text(m.Stream)
	if err != nil {
		return fmt.Errorf(`"stream": %w`, err)
	}
	version, ok, err := singer.Int(m.Version)
	if err != nil {
		return fmt.Errorf(`"version": %w`, err)
	}
	if ok {
		mark.kind, mark.stream, mark.version = markActivate, string(name), version
	}
	return nil
}

// maxWarned bounds the memory that made-up types can take.
const maxWarned = 100

func (r *reading) warnUnknown(m *singer.Message, offset int64) {
	name, _ := singer.Text(m.Type)
	name = name[:min(len(name), 100)]
	if r.warned[string(name)] || len(r.warned) >= maxWarned {
		return
	}
	r.warned[string(name)] = true
	r.tell.event(UnknownType{string(name), r.tell.at("", r.line, offset)})
}

// prepareTooLong handles a line that is longer than can be held. As long as what stands
// around the record says whose it is, it can be rejected, and what is of no kind that is
// known is skipped as ever.
func (r *reading) prepareTooLong(c *chunk) {
	m := &r.message
	known := singer.ParseCut(c.block, m)
	size := int64(len(c.block.Data)) + c.block.Missing
	err := fmt.Errorf("the line has %d bytes, more than the %d that memory_limit_bytes and max_record_bytes allow, and is not a RECORD of some stream; raise memory_limit_bytes", size, r.limits.line)
	switch {
	case c.block.Unfinished:
		err = fmt.Errorf("the input ends in the middle of a message of more than %d bytes: %w", len(c.block.Data), singer.ErrCutOff)
	case known && m.Kind == singer.Record:
		c.marks, err = append(c.marks, mark{kind: markTooLong}), nil
	case known && m.Kind == singer.Unknown:
		r.warnUnknown(m, c.block.Offset)
		c.marks, err = append(c.marks, mark{}), nil
	}
	if err != nil {
		c.err = r.lineError(c, c.block.Data, 0, err)
		c.block.Data = c.block.Data[:0]
		return
	}
	c.ends = append(c.ends, len(c.block.Data))
	r.line++
}
