package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"target-s3/singer"
	"target-s3/target/compress"
)

// BatchFiles opens the files that BATCH messages name.
type BatchFiles interface {
	// Check says why a file may not be opened, or nothing.
	Check(address string) error

	// Open opens a file that may be opened. What it reads are the bytes of the file as
	// they are. Once ctx has ended no Read blocks.
	Open(ctx context.Context, address string) (io.ReadCloser, error)
}

// batchMessage is a BATCH message, whose files are to be read next.
type batchMessage struct {
	files  singer.BatchFiles
	of     singer.Message // what it says of each record: stream, version, time of extraction
	stream string
	line   int64 // in the input
	offset int64 // in the input
	after  int64 // in the input: where what follows begins
	end    int   // the same in its block
}

// batchFile is where the lines of a chunk come from, each of which is a record.
type batchFile struct {
	name string
	of   singer.Message
}

const noBatchRoots = `BATCH message, but batch_roots is not set: set it to the folders and the S3 prefixes whose files may be read, such as ` +
	`["file:///tmp/batches"] or ["s3://bucket/prefix"], or remove batch_config from the tap's settings`

// batch takes a BATCH message, so that its files are read once the lines before are
// on their way.
func (r *reading) batch(line []byte, offset int64, end int) error {
	if r.files == nil {
		return errors.New(noBatchRoots)
	}
	b := &batchMessage{line: r.line, offset: offset, after: offset + int64(len(line)), end: end}
	line = bytes.Clone(line) // its block may be used again before the files are read
	m := &b.of
	if err := r.parser.Parse(line, m); err != nil {
		return err
	}
	name, err := singer.Text(m.Stream)
	if err != nil {
		return fmt.Errorf(`"stream": %w`, err)
	}
	b.stream = string(name)
	if r.registry.streams.find(b.stream) == nil {
		return unknownStream("BATCH", b.stream, r.registry.streams)
	}
	if _, err := version(m); err != nil {
		return err
	}
	if b.files, err = singer.BatchFilesOf(line); err != nil {
		return err
	}
	if err := r.checkBatch(&b.files); err != nil {
		return b.problem(err)
	}
	r.pending = b
	return nil
}

func (r *reading) checkBatch(f *singer.BatchFiles) error {
	if f.Format != "jsonl" {
		return fmt.Errorf("files of format %.100q cannot be loaded: set the format of encoding to jsonl in the tap's batch_config", f.Format)
	}
	if !compress.Decodes(f.Compression) {
		return fmt.Errorf("files of compression %.100q cannot be loaded: set the compression of encoding to gzip, zstd or none in the tap's batch_config", f.Compression)
	}
	for address := range f.Manifest() {
		if err := r.files.Check(address); err != nil {
			return err
		}
	}
	return nil
}

func (b *batchMessage) problem(err error) error {
	return fmt.Errorf("BATCH of stream %.200q: %w", b.stream, err)
}

// readBatch reads the files of a BATCH message, and reports whether the input goes on.
func (r *reading) readBatch(ctx context.Context, stop <-chan struct{}, b *batchMessage) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for f := range openAhead(ctx, &b.files, r.files, r.limits) {
		if !r.readFile(ctx, stop, b, f) {
			return false
		}
	}
	return ctx.Err() == nil
}

func (r *reading) readFile(ctx context.Context, stop <-chan struct{}, b *batchMessage, f *aheadFile) bool {
	from := &batchFile{f.name, b.of}
	before := b.after + r.shift
	line, end := int64(1), int64(0)
	r.fileReader.Reset(f)
	for {
		block, err := r.fileReader.Next()
		if errors.Is(err, io.EOF) {
			r.shift += end
			return true
		}
		c := r.newChunk()
		c.reader, c.from, c.shift, c.firstLine = r.fileReader, from, before, line
		if block.Unfinished {
			err = errors.New("the file ends in the middle of a record: it was not written to its end")
		}
		if err != nil {
			c.err = b.broken(f.name, line-1, err)
		} else {
			c.block, c.size = block, int64(len(block.Data))
			if block.Missing > 0 {
				c.marks = append(c.marks, mark{kind: markTooLong})
			}
			c.findEnds()
			line += int64(len(c.ends))
			end = block.Offset + c.size + block.Missing
		}
		if !r.pass(ctx, stop, c) {
			return false
		}
	}
}

// broken is the error of a file that cannot be read, or not to its end.
func (b *batchMessage) broken(name string, lines int64, err error) error {
	at := name
	if lines > 0 {
		at += fmt.Sprintf(" after line %d", lines)
	}
	return &singer.LineError{Line: b.line, Offset: b.offset, Err: b.problem(fmt.Errorf("%s: %w", at, err))}
}

// unknownStream is the error of a message whose stream has had no schema.
func unknownStream(what, name string, s *streams) error {
	had := "no stream has had one"
	if known := s.names(); len(known) > 0 {
		had = fmt.Sprintf("there were: %.500q", known)
	}
	return fmt.Errorf("%s of stream %q, which has had no SCHEMA message (%s): the tap must write it first; "+
		"if this is a piece of an input that was cut into pieces, give the SCHEMA messages with --schemas FILE", what, name, had)
}
