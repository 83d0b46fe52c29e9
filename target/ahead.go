package target

import (
	"context"

	"target-s3/singer"
	"target-s3/target/compress"
)

// A file of a BATCH message is opened, and begun to be read, while those before it
// are: a service takes its time to answer, and what is compressed takes time to
// decompress. Each has its goroutine, and pages of its own to fill.
const (
	pageSize = 64 << 10
	pages    = 8 // of one file
)

// aheadFile reads a file that a goroutine of its own fills into pages.
type aheadFile struct {
	name  string
	full  chan []byte // closed at the end
	spare chan []byte // nil: a page that is yet to be made
	page  []byte      // that is being read
	rest  []byte      // of it
	err   error       // valid once full is closed
}

// openAhead opens the files of a manifest, in its order and some before their turn. Once
// ctx has ended there are no more, and those there are end.
func openAhead(ctx context.Context, files *singer.BatchFiles, from BatchFiles, l limits) <-chan *aheadFile {
	queue := make(chan *aheadFile, l.ahead-1)
	go func() {
		defer close(queue)
		for address := range files.Manifest() {
			f := &aheadFile{name: address, full: make(chan []byte, pages), spare: make(chan []byte, pages)}
			for range pages {
				f.spare <- nil
			}
			select {
			case queue <- f:
			case <-ctx.Done():
				return
			}
			go f.fill(ctx, from, files.Compression, l.window)
		}
	}()
	return queue
}

// fill reads the file until its end, or until ctx ends.
func (f *aheadFile) fill(ctx context.Context, from BatchFiles, compression string, window int64) {
	defer close(f.full)
	file, err := from.Open(ctx, f.name)
	if err != nil {
		f.err = err
		return
	}
	defer func() { _ = file.Close() }() // it was only read
	src, err := compress.NewDecoder(compression, file, window)
	if err != nil {
		f.err = err
		return
	}
	defer func() { _ = src.Close() }()
	for err == nil {
		var page []byte
		select {
		case page = <-f.spare:
		case <-ctx.Done():
			f.err = context.Cause(ctx)
			return
		}
		if page == nil {
			page = make([]byte, pageSize)
		}
		n := 0
		for n < len(page) && err == nil {
			var m int
			m, err = src.Read(page[n:])
			n += m
		}
		f.full <- page[:n] // which has room for all pages
	}
	f.err = err
}

// Read implements io.Reader.
func (f *aheadFile) Read(p []byte) (int, error) {
	for len(f.rest) == 0 {
		if f.page != nil {
			f.spare <- f.page[:cap(f.page)]
			f.page = nil
		}
		page, ok := <-f.full
		if !ok {
			return 0, f.err
		}
		f.page, f.rest = page, page
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}
