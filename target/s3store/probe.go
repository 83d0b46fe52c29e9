package s3store

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
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

// Caller asks STS whose credentials these are: the ARN of a user, or of a role's
// session. That needs no privilege. It is empty, without an error, where there
// is no STS to ask, as with services other than AWS.
func (s *Store) Caller(ctx context.Context) (arn string, err error) {
	if !s.onAWS() && s.cfg.RoleARN == "" {
		return "", nil
	}
	out, err := s.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", s.wrap(ctx, opCaller, "", err, 0)
	}
	return clean(aws.ToString(out.Arn), maxMessage), nil
}

func (s *Store) onAWS() bool {
	if s.endpoint == "" {
		return true
	}
	u, err := url.Parse(s.endpoint)
	return err == nil && (strings.HasSuffix(u.Hostname(), ".amazonaws.com") || strings.HasSuffix(u.Hostname(), ".amazonaws.com.cn"))
}

// Service names what is talked to: the address of the endpoint, or Amazon S3 in
// its region.
func (s *Store) Service() string { return s.service() }

// Ping asks for the bucket as nobody, so that it needs no credentials, and
// returns where the service says that the bucket is, if it does. Any answer will
// do, but for one that says that the service is out of order.
func (s *Store) Ping(ctx context.Context) (region string, err error) {
	anonymous := func(ctx context.Context, in *s3.HeadBucketInput, options ...func(*s3.Options)) (*s3.HeadBucketOutput, error) {
		return s.client.HeadBucket(ctx, in, append(options, func(o *s3.Options) { o.Credentials = nil })...)
	}
	out, _, failure := call(ctx, s, opHeadBucket, "", anonymous, &s3.HeadBucketInput{Bucket: &s.cfg.Bucket})
	switch {
	case failure == nil:
		return clean(aws.ToString(out.BucketRegion), maxWord), nil
	case failure.Code == CodeRedirected:
	case failure.Status >= 300 && failure.Status < 500, failure.Status == http.StatusNotImplemented:
		return failure.BucketRegion, nil
	}
	return "", failure
}

// ClockSkew is by how much the clock of this machine is ahead of the service's,
// to the second, and whether an answer has told.
func (s *Store) ClockSkew() (skew time.Duration, ok bool) {
	if d := s.http.skew.Load(); d != nil {
		return *d, true
	}
	return 0, false
}

// HeadBucket reports whether the bucket is there and may be listed.
func (s *Store) HeadBucket(ctx context.Context) error {
	out, _, err := call(ctx, s, opHeadBucket, "", s.client.HeadBucket, &s3.HeadBucketInput{
		Bucket: &s.cfg.Bucket, ExpectedBucketOwner: optional(s.cfg.ExpectedBucketOwner),
	})
	if err == nil && aws.ToString(out.BucketRegion) != "" {
		return nil
	}
	// The list has a body, which says why, or proves that it is S3 that answers; it
	// needs the same privilege.
	if _, why := s.List(ctx, "", 1); why != nil {
		return why
	}
	return nil
}

// Get opens an object for reading. The caller closes it. The error for a missing
// object matches fs.ErrNotExist.
func (s *Store) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	out, _, err := call(ctx, s, opGet, key, s.client.GetObject, &s3.GetObjectInput{
		Bucket: &s.cfg.Bucket, Key: &key, ExpectedBucketOwner: optional(s.cfg.ExpectedBucketOwner),
	})
	if err != nil {
		return nil, missingKey(err)
	}
	return out.Body, nil
}
