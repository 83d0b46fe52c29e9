package s3store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Stream reads an object as it comes, of any size. Where the connection breaks it goes
// on from there, as long as the object is still the same. Once ctx has ended no Read
// blocks.
func (s *Store) Stream(ctx context.Context, key string) (io.ReadCloser, error) {
	r := &stream{store: s, ctx: ctx, key: key}
	if err := r.open(); err != nil {
		return nil, err
	}
	return r, nil
}

// stream is an object that is being read.
type stream struct {
	store *Store
	ctx   context.Context //nolint:containedctx // that of all its Reads
	key   string
	etag  string
	size  int64 // of the object; negative: the service does not say
	at    int64
	fails int           // tries since the last byte
	body  io.ReadCloser // nil: the connection broke
}

// open begins, or goes on, at r.at.
func (r *stream) open() error {
	s := r.store
	in := &s3.GetObjectInput{Bucket: &s.cfg.Bucket, Key: &r.key, ExpectedBucketOwner: optional(s.cfg.ExpectedBucketOwner)}
	if r.etag != "" {
		in.IfMatch = &r.etag
		in.Range = aws.String(fmt.Sprintf("bytes=%d-", r.at))
	}
	out, _, failure := call(r.ctx, s, opGet, r.key, s.client.GetObject, in)
	switch {
	case failure != nil && r.etag != "" && (failure.Status == http.StatusPreconditionFailed || failure.Status == http.StatusNotFound):
		return r.changed()
	case failure != nil:
		return missingKey(failure)
	case r.etag == "":
		r.etag, r.size = aws.ToString(out.ETag), -1
		if out.ContentLength != nil {
			r.size = *out.ContentLength
		}
	case aws.ToString(out.ETag) != r.etag:
		_ = out.Body.Close()
		return r.changed()
	case !strings.HasPrefix(aws.ToString(out.ContentRange), fmt.Sprintf("bytes %d-", r.at)):
		_ = out.Body.Close()
		return fmt.Errorf("%s %s: the connection broke after %d bytes, and the service does not go on from there", opGet, s.Location(r.key), r.at)
	}
	r.body = out.Body
	return nil
}

func (r *stream) changed() error {
	return fmt.Errorf("%s %s: the object was changed or removed while it was read", opGet, r.store.Location(r.key))
}

// Read implements io.Reader.
func (r *stream) Read(p []byte) (int, error) {
	for {
		if r.body == nil {
			if err := r.open(); err != nil {
				return 0, err
			}
		}
		n, err := r.body.Read(p)
		r.at += int64(n)
		if n > 0 {
			r.fails = 0
		}
		if errors.Is(err, io.EOF) && (r.size < 0 || r.at == r.size) {
			return n, io.EOF
		}
		if err == nil && n > 0 {
			return n, nil
		}
		if err != nil {
			if err := r.broke(err); err != nil {
				return n, err
			}
		}
		if n > 0 {
			return n, nil
		}
	}
}

// broke is for a connection that broke. The error says that it is of no use to try
// again.
func (r *stream) broke(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	_ = r.body.Close()
	r.body = nil
	r.fails++
	if r.fails >= readTries || r.etag == "" || r.ctx.Err() != nil {
		return r.store.broken(r.ctx, r.key, err, r.fails)
	}
	return nil
}

// Close implements io.Closer.
func (r *stream) Close() error {
	if r.body == nil {
		return nil
	}
	return r.body.Close()
}
