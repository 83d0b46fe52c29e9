package s3store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"target-s3/target/store"
)

// readTries is how often an object is read whose body breaks off.
const readTries = 3

// Read implements store.Store. The version of an object is its ETag.
func (s *Store) Read(ctx context.Context, key string, most int64) (body []byte, version string, err error) {
	for range readTries {
		body, version, err = s.readOnce(ctx, key, most)
		if cut := (*cutBodyError)(nil); !errors.As(err, &cut) {
			break
		}
	}
	return body, version, err
}

// cutBodyError says that the body of an answer could not be read to its end.
type cutBodyError struct{ error }

func (e *cutBodyError) Unwrap() error { return e.error }

func (s *Store) readOnce(ctx context.Context, key string, most int64) ([]byte, string, error) {
	in := &s3.GetObjectInput{Bucket: &s.cfg.Bucket, Key: &key, ExpectedBucketOwner: optional(s.cfg.ExpectedBucketOwner)}
	if s.checksums() {
		in.ChecksumMode = types.ChecksumModeEnabled // an end that is cut off shows even where no length was given
	}
	out, _, failure := call(ctx, s, opGet, key, s.client.GetObject, in)
	if failure != nil {
		return nil, "", missingKey(failure)
	}
	defer func() { _ = out.Body.Close() }() // it was only read
	body, err := io.ReadAll(io.LimitReader(out.Body, most+1))
	switch {
	case err != nil:
		return nil, "", &cutBodyError{s.broken(ctx, key, err, 1)}
	case int64(len(body)) > most:
		return nil, "", fmt.Errorf("%s %s: it has more than %d bytes", opGet, s.Location(key), most)
	case out.ContentLength != nil && int64(len(body)) != *out.ContentLength:
		return nil, "", &cutBodyError{s.broken(ctx, key, io.ErrUnexpectedEOF, 1)}
	}
	return body, aws.ToString(out.ETag), nil
}

// broken is the error of an answer whose body ends too early, or is not what the service
// has the checksum of. To the SDK that is none of an answer.
func (s *Store) broken(ctx context.Context, key string, err error, attempts int) *Error {
	e := s.wrap(ctx, opGet, key, err, attempts)
	if e.Code == CodeNotSent {
		e.Code = CodeGarbled
		e.Hint = "What came is not what was stored: the connection broke off, a proxy on the way changed it, or the object is damaged"
	}
	return e
}

// missingKey has the error of an object that does not exist match fs.ErrNotExist.
func missingKey(err *Error) *Error {
	if err.Code == codeNoSuchKey {
		err.cause = fs.ErrNotExist
	}
	return err
}

// isRefusal reports whether an answer says that a request will not be carried out.
// Others of 4xx are about the moment: 408, 409, 425, 429.
func isRefusal(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusForbidden || status == http.StatusNotFound
}

// Replace implements store.Store, by the conditions If-Match and If-None-Match.
func (s *Store) Replace(ctx context.Context, key string, body []byte, version string) (string, error) {
	if s.cfg.ConditionalWrites != nil && !*s.cfg.ConditionalWrites {
		return "", fmt.Errorf("%s %s: conditional_writes is false: %w", opPut, s.Location(key), errors.ErrUnsupported)
	}
	in := &s3.PutObjectInput{
		Bucket: &s.cfg.Bucket, Key: &key, Body: bytes.NewReader(body), ContentLength: aws.Int64(int64(len(body))),
		ContentType: aws.String("application/json"),
		ACL:         s.acl(), ServerSideEncryption: s.encryption(), SSEKMSKeyId: optional(s.cfg.SSEKMSKeyID),
		Tagging: s.tagging, ExpectedBucketOwner: optional(s.cfg.ExpectedBucketOwner),
	}
	if version == "" {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = &version
	}
	var of sums
	if s.checksums() {
		var err error
		of, err = s.sumPart(store.Part{Size: int64(len(body)), Body: bytes.NewReader(body)})
		if err != nil {
			return "", s.bodyError(opPut, key, err)
		}
		in.ChecksumCRC32C = header(of.crc)
	}
	out, received, failure := call(of.with(ctx), s, opPut, key, s.client.PutObject, in)
	switch {
	case failure == nil:
		return aws.ToString(out.ETag), nil
	case refusesConditions(failure):
		failure.cause, failure.Hint = errors.ErrUnsupported, "" // a journal has no use for a way without them
	case failure.Status == http.StatusPreconditionFailed,
		failure.Status == http.StatusNotFound && version != "" && failure.Code == codeNoSuchKey:
		failure.cause = store.ErrChanged // it may be a try before that has changed it
	case received == 0, received == 1 && isRefusal(failure.Status):
		return "", store.Refused(failure)
	}
	return "", failure
}
