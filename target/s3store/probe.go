package s3store

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// UnknownRegion is a warning where requests go to a region that AWS is not known
// to have, and empty where they do not.
func (b *Bucket) UnknownRegion() string { return b.unknownRegion() }

// Region returns the region that requests are signed for.
func (b *Bucket) Region() string { return b.region }

// Identity is whose credentials are in use.
type Identity struct {
	AccessKeyID string // not a secret, but it prints as one in package config
	Source      string // which part of the default chain had them
}

// Identity fetches credentials, if there are none yet.
func (b *Bucket) Identity(ctx context.Context) (Identity, error) {
	c, err := b.credentials(ctx)
	if err != nil {
		return Identity{}, err
	}
	return Identity{AccessKeyID: c.AccessKeyID, Source: c.Source}, nil
}

// Caller asks STS whose credentials these are: the ARN of a user, or of a role's
// session. That needs no privilege. It is empty, without an error, where there
// is no STS to ask, as with services other than AWS.
func (b *Bucket) Caller(ctx context.Context) (arn string, err error) {
	if !b.onAWS() && b.cfg.RoleARN == "" {
		return "", nil
	}
	out, err := b.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", b.wrap(ctx, opCaller, "", err, 0)
	}
	return clean(aws.ToString(out.Arn), maxMessage), nil
}

// Service names what is talked to: the address of the endpoint, or Amazon S3 in
// its region.
func (b *Bucket) Service() string { return b.service() }

// Ping asks for the bucket as nobody, so that it needs no credentials, and
// returns where the service says that the bucket is, if it does. Any answer will
// do, but for one that says that the service is out of order.
func (b *Bucket) Ping(ctx context.Context) (region string, err error) {
	anonymous := func(ctx context.Context, in *s3.HeadBucketInput, options ...func(*s3.Options)) (*s3.HeadBucketOutput, error) {
		return b.client.HeadBucket(ctx, in, append(options, func(o *s3.Options) { o.Credentials = nil })...)
	}
	out, _, failure := call(ctx, b.Store, opHeadBucket, "", anonymous, &s3.HeadBucketInput{Bucket: &b.cfg.Bucket})
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
func (b *Bucket) ClockSkew() (skew time.Duration, ok bool) {
	if d := b.http.skew.Load(); d != nil {
		return *d, true
	}
	return 0, false
}

// HeadBucket reports whether the bucket is there and may be listed.
func (b *Bucket) HeadBucket(ctx context.Context) error { return b.headBucket(ctx) }

// Get opens an object for reading. The caller closes it. The error for a missing
// object matches fs.ErrNotExist.
func (b *Bucket) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	out, _, err := call(ctx, b.Store, opGet, key, b.client.GetObject, &s3.GetObjectInput{
		Bucket: &b.cfg.Bucket, Key: &key, ExpectedBucketOwner: optional(b.cfg.ExpectedBucketOwner),
	})
	if err != nil {
		return nil, missingKey(err)
	}
	return out.Body, nil
}
