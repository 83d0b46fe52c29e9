package filestore

import (
	"context"
	"io"
)

// contextReader ends a long copy when its context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r contextReader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.r.Read(b)
	if err == nil {
		err = r.ctx.Err()
	}
	return n, err
}

// contextWriter is the same on the other side, for a source that writes its buffers as
// they are.
type contextWriter struct {
	ctx context.Context
	w   io.Writer
}

func (w contextWriter) Write(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.w.Write(b)
	if err == nil {
		err = w.ctx.Err()
	}
	return n, err
}
