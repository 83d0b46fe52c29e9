package compress

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is how far back a zstd frame refers that the zstd command makes with
// --long.
const maxWindow = 128 << 20

// NewReader reads a file that should be compressed as the ending of its name says, .gz
// or .zst, and otherwise may be. Closing it leaves src open.
func NewReader(name string, src io.Reader) (io.ReadCloser, error) {
	compression := ""
	switch {
	case strings.HasSuffix(name, ".gz"):
		compression = "gzip"
	case strings.HasSuffix(name, ".zst"):
		compression = "zstd"
	}
	return NewDecoder(compression, src, maxWindow)
}

// Decodes reports whether NewDecoder knows a compression by that name.
func Decodes(name string) bool {
	return name == "" || name == "none" || name == "gzip" || name == "zstd"
}

// How compressed files begin. No text in UTF-8 does.
var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// NewDecoder reads text of that compression: gzip, zstd, none or, if the name is
// empty, also none. What is said not to be compressed, and is, is decompressed
// nevertheless: batchers of the Meltano SDK compress whatever they say. A zstd frame
// may not refer back further than the window. Closing it leaves src open.
func NewDecoder(name string, src io.Reader, window int64) (io.ReadCloser, error) {
	from := &source{Reader: src}
	b := bufio.NewReaderSize(from, 32<<10)
	head, err := b.Peek(len(zstdMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	isGzip, isZstd := bytes.HasPrefix(head, gzipMagic), bytes.HasPrefix(head, zstdMagic) || isSkippable(head)
	switch {
	case name == "gzip" && !isGzip, name == "zstd" && !isZstd:
		if len(head) == 0 {
			return nil, fmt.Errorf("the file is empty, which no %s file is", name)
		}
		return nil, fmt.Errorf("the file does not begin as %s does", name)
	case isGzip:
		r, err := gzip.NewReader(b)
		return &decoder{r, from}, from.damage(err)
	case isZstd:
		r, err := newZstdReader(b, window)
		return &decoder{r, from}, from.damage(err)
	}
	return io.NopCloser(b), nil
}

// decoder says what an error of its library means for the file.
type decoder struct {
	io.ReadCloser
	from *source
}

func (d *decoder) Read(p []byte) (int, error) {
	n, err := d.ReadCloser.Read(p)
	return n, d.from.damage(err)
}

// source remembers whether reading failed: a decoder that fails without that has met a
// file that is not as it should be.
type source struct {
	io.Reader
	failed bool
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.failed = s.failed || err != nil && !errors.Is(err, io.EOF)
	return n, err
}

func (s *source) damage(err error) error {
	switch {
	case err == nil, s.failed, errors.Is(err, io.EOF), errors.Is(err, zstd.ErrWindowSizeExceeded):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the file is cut off (%w)", err)
	}
	return fmt.Errorf("the file is damaged, or something else follows its compressed text (%w)", err)
}

// isSkippable reports whether a zstd file begins with a frame that has no text.
func isSkippable(head []byte) bool {
	return len(head) == 4 && head[0]&0xf0 == 0x50 && string(head[1:]) == "\x2a\x4d\x18"
}

func newZstdReader(src io.Reader, window int64) (io.ReadCloser, error) {
	d, err := zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(window < maxWindow), zstd.WithDecoderMaxWindow(uint64(window)))
	if err != nil {
		return nil, err
	}
	return &zstdReader{d.IOReadCloser(), window}, nil
}

// zstdReader words what the library says of a window.
type zstdReader struct {
	io.ReadCloser
	window int64
}

func (r *zstdReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if errors.Is(err, zstd.ErrWindowSizeExceeded) {
		err = fmt.Errorf("zstd: to decompress it takes more than %d MiB of memory (%w); compress it without --long or --ultra", r.window>>20, err)
	}
	return n, err
}
