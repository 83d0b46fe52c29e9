package staging

import (
	"bytes"
	"io"
)

// body reads buffers one after the other.
type body struct {
	buffers [][]byte
	size    int64
	offset  int64
	at      bytes.Reader // over the buffer that has offset
	current int
}

func newBody(buffers [][]byte) *body {
	r := &body{buffers: buffers}
	for _, p := range buffers {
		r.size += int64(len(p))
	}
	_, _ = r.Seek(0, io.SeekStart)
	return r
}

func (r *body) Read(p []byte) (int, error) {
	for r.current < len(r.buffers) {
		n, _ := r.at.Read(p)
		if n > 0 || len(p) == 0 {
			r.offset += int64(n)
			return n, nil
		}
		if r.current++; r.current < len(r.buffers) {
			r.at.Reset(r.buffers[r.current])
		}
	}
	return 0, io.EOF
}

// WriteTo lets a sum be made of the buffers as they are, without copying them.
func (r *body) WriteTo(w io.Writer) (n int64, err error) {
	for r.current < len(r.buffers) {
		wrote, err := r.at.WriteTo(w)
		n += wrote
		r.offset += wrote
		if err != nil {
			return n, err
		}
		if r.current++; r.current < len(r.buffers) {
			r.at.Reset(r.buffers[r.current])
		}
	}
	return n, nil
}

func (r *body) Seek(offset int64, whence int) (int64, error) {
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
	for r.current = 0; r.current < len(r.buffers); r.current++ {
		n := int64(len(r.buffers[r.current]))
		if offset < n {
			r.at.Reset(r.buffers[r.current][offset:])
			break
		}
		offset -= n
	}
	return r.offset, nil
}
