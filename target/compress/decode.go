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

// NewReader reads compressed input by the ending of its name, .gz or .zst, and
// other input as it is. Closing it leaves src open.
func NewReader(name string, src io.Reader) (io.ReadCloser, error) {
	switch {
	case strings.HasSuffix(name, ".gz"):
		return gzip.NewReader(src)
	case strings.HasSuffix(name, ".zst"):
		return newZstdReader(src, maxWindow)
	}
	return io.NopCloser(src), nil
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
	b := bufio.NewReaderSize(src, 32<<10)
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
		return gzip.NewReader(b)
	case isZstd:
		return newZstdReader(b, window)
	}
	return io.NopCloser(b), nil
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
