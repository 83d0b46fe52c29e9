// Package compress makes the bytes of a file smaller, a block at a time, so that
// the blocks of one file, and of many files, can be worked on in parallel by a
// few encoders: an encoder for every open file would cost 1 to 22 MB each.
//
// It is the only user of the compression library.
package compress

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// BlockSize is how much is compressed at a time. Larger blocks hardly make the
// files smaller and no longer fit the processor's cache.
const BlockSize = 256 << 10

// Codec compresses blocks. It serves many goroutines.
type Codec interface {
	// Suffix is what file names get, ".gz" for example, or "".
	Suffix() string

	// Begin and End append what stands before the first block and after the
	// last one of a file that has the given bytes.
	Begin(dst []byte) []byte
	End(dst []byte, sum Sum) []byte

	// Block appends the compressed form of a block. The one before it, or its
	// end, serves as a dictionary where the format has such a thing.
	Block(dst, before, block []byte) []byte
}

// Sum is what End has to know of a file's uncompressed bytes.
type Sum struct {
	CRC  uint32 // IEEE
	Size int64
}

// Add adds the bytes to the sum.
func (s *Sum) Add(b []byte) {
	s.CRC = crc32.Update(s.CRC, crc32.IEEETable, b)
	s.Size += int64(len(b))
}

// New returns the codec of that name: none, gzip (levels 1 to 9) or zstd (1 to 22;
// the library knows four). Workers is how many Blocks will run at once.
func New(name string, level, workers int) (Codec, error) {
	switch name {
	case "none":
		return nil, nil
	case "gzip":
		return newGzip(level)
	case "zstd":
		return newZstd(level, workers)
	}
	return nil, fmt.Errorf("unknown compression %q", name)
}

const (
	// window is how far deflate looks back.
	window = 32 << 10
	// fastWindow is how much of that a block of the fast levels begins with: they
	// compress it to learn it, which takes as long as any bytes do, and more hardly
	// makes the files smaller. The others only index it.
	fastWindow = 8 << 10
	lastFast   = 6
)

// gzipCodec makes one gzip member of many blocks: each is primed with the end of the
// one before it and ends with a sync flush, so that the parts join.
type gzipCodec struct {
	writers sync.Pool
	primed  int // bytes
}

func newGzip(level int) (Codec, error) {
	if _, err := flate.NewWriter(io.Discard, level); err != nil {
		return nil, fmt.Errorf("compression level: %w", err)
	}
	c := &gzipCodec{primed: window}
	if level <= lastFast {
		c.primed = fastWindow
	}
	c.writers.New = func() any {
		w, _ := flate.NewWriter(io.Discard, level) // the level was tried above
		return w
	}
	return c, nil
}

func (*gzipCodec) Suffix() string { return ".gz" }

// Begin appends a header without name and time: the same records give the same
// bytes.
func (*gzipCodec) Begin(dst []byte) []byte {
	return append(dst, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)
}

func (c *gzipCodec) Block(dst, before, block []byte) []byte {
	w := c.writers.Get().(*flate.Writer)
	defer c.writers.Put(w)
	out := bytes.NewBuffer(dst)
	w.ResetDict(out, before[max(0, len(before)-c.primed):])
	// A bytes.Buffer never fails.
	_, _ = w.Write(block)
	_ = w.Flush()
	return out.Bytes()
}

// End appends an empty final block, the checksum and the size.
func (*gzipCodec) End(dst []byte, sum Sum) []byte {
	dst = append(dst, 3, 0)
	dst = binary.LittleEndian.AppendUint32(dst, sum.CRC)
	return binary.LittleEndian.AppendUint32(dst, uint32(sum.Size)) // modulo 2^32, by RFC 1952
}

// zstdCodec makes a frame of every block; frames concatenate.
type zstdCodec struct {
	encoder *zstd.Encoder
}

func newZstd(level, workers int) (Codec, error) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(level)),
		zstd.WithEncoderConcurrency(workers), zstd.WithWindowSize(BlockSize), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return &zstdCodec{e}, nil
}

func (*zstdCodec) Suffix() string                      { return ".zst" }
func (*zstdCodec) Begin(dst []byte) []byte             { return dst }
func (*zstdCodec) End(dst []byte, _ Sum) []byte        { return dst }
func (c *zstdCodec) Block(dst, _, block []byte) []byte { return c.encoder.EncodeAll(block, dst) }
