package target

import (
	"bytes"
	"io"
)

// pagesReader reads pages one after the other.
type pagesReader struct {
	pages  [][]byte
	size   int64
	offset int64
	at     bytes.Reader // over the page that holds offset
	page   int
}

func newPagesReader(pages [][]byte) *pagesReader {
	r := &pagesReader{pages: pages}
	for _, p := range pages {
		r.size += int64(len(p))
	}
	_, _ = r.Seek(0, io.SeekStart)
	return r
}

func (r *pagesReader) Read(p []byte) (int, error) {
	for r.page < len(r.pages) {
		n, _ := r.at.Read(p)
		if n > 0 || len(p) == 0 {
			r.offset += int64(n)
			return n, nil
		}
		if r.page++; r.page < len(r.pages) {
			r.at.Reset(r.pages[r.page])
		}
	}
	return 0, io.EOF
}

func (r *pagesReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.offset
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, io.ErrUnexpectedEOF
	}
	r.offset = offset
	for r.page = 0; r.page < len(r.pages); r.page++ {
		n := int64(len(r.pages[r.page]))
		if offset < n {
			r.at.Reset(r.pages[r.page][offset:])
			break
		}
		offset -= n
	}
	return r.offset, nil
}
