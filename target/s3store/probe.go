package s3store

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"io/fs"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"target-s3/target"
)

// Region returns the region that requests are signed for.
func (s *Store) Region() string { return s.region }

// Identity is whose credentials are in use.
type Identity struct {
	AccessKeyID string // not a secret, but it prints as one in package config
	Source      string // which part of the default chain had them
}

// Identity fetches credentials, if there are none yet.
func (s *Store) Identity(ctx context.Context) (Identity, error) {
	c, err := s.identity.Retrieve(ctx)
	if err != nil {
		return Identity{}, s.wrap(ctx, opCredentials, "", err, 0)
	}
	return Identity{AccessKeyID: c.AccessKeyID, Source: c.Source}, nil
}

// HeadBucket reports whether the bucket is there and may be listed.
func (s *Store) HeadBucket(ctx context.Context) error {
	_, _, err := call(ctx, s, opHeadBucket, "", s.client.HeadBucket, &s3.HeadBucketInput{
		Bucket: &s.cfg.Bucket, ExpectedBucketOwner: optional(s.cfg.ExpectedBucketOwner),
	})
	if err == nil {
		return nil
	}
	// The list has a body that says why; it needs the same privilege.
	if _, why := s.List(ctx, "", 1); why != nil {
		return why
	}
	return nil
}

// List returns the keys that begin with prefix, the first most of them.
func (s *Store) List(ctx context.Context, prefix string, most int) ([]string, error) {
	out, _, err := call(ctx, s, opList, "", s.client.ListObjectsV2, &s3.ListObjectsV2Input{
		Bucket: &s.cfg.Bucket, Prefix: optional(prefix), MaxKeys: aws.Int32(int32(most)),
		ExpectedBucketOwner: optional(s.cfg.ExpectedBucketOwner),
	})
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, o := range out.Contents {
		keys = append(keys, aws.ToString(o.Key))
	}
	return keys, nil
}

// Get opens an object for reading. The caller closes it. The error for a missing
// object matches fs.ErrNotExist.
func (s *Store) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	out, _, err := call(ctx, s, opGet, key, s.client.GetObject, &s3.GetObjectInput{
		Bucket: &s.cfg.Bucket, Key: &key, ExpectedBucketOwner: optional(s.cfg.ExpectedBucketOwner),
	})
	if err != nil {
		if err.Code == "NoSuchKey" {
			err.cause = fs.ErrNotExist
		}
		return nil, err
	}
	return out.Body, nil
}

// ProbePut finds out whether objects may be written to key, with everything the
// settings say of encryption and the like, without writing one: the request asks
// to replace an object that has an ETag which none has. The object that a
// service without conditional writes makes of it all the same is empty; stored
// reports that.
func (s *Store) ProbePut(ctx context.Context, key string) (stored bool, err error) {
	u := &upload{store: s, object: target.Object{Key: key}, token: rand.Text()}
	in := u.putInput(bytes.NewReader(nil), 0, 0)
	in.IfMatch = aws.String(`"00000000000000000000000000000000"`)
	_, _, failure := call(ctx, s, opPut, key, s.client.PutObject, in)
	switch {
	case failure == nil:
		return true, nil
	case failure.Status == http.StatusPreconditionFailed, failure.Code == "NoSuchKey":
		return false, nil
	}
	return false, failure
}
