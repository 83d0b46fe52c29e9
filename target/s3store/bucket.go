package s3store

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Bucket is a Store as those see it who connect a bucket: what check tries by real
// use, and what setup makes. A load knows nothing of that.
type Bucket struct{ *Store }

// OpenBucket prepares requests to a bucket. It fetches no credentials: the first
// request does, or Identity. Close the Bucket when it is no longer used.
func OpenBucket(ctx context.Context, cfg Config) (*Bucket, error) {
	s, err := prepare(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &Bucket{s}, nil
}

// withoutConstraint is the one region that S3 refuses to have named when a
// bucket is made there.
const withoutConstraint = "us-east-1"

// CreateBucket makes the bucket, in the region that requests are signed for, makes
// it refuse all public access, and gives it a lifecycle rule that aborts uploads of
// keys that begin with the prefix. A note says what was not done of that; on Amazon
// S3 a bucket that may be public is an error, and the bucket is made all the same. A
// bucket that exists is an error.
func (b *Bucket) CreateBucket(ctx context.Context, prefix string) (note string, err error) {
	in := &s3.CreateBucketInput{Bucket: &b.cfg.Bucket}
	if b.region != withoutConstraint {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraint(b.region),
		}
	}
	if _, _, failure := call(ctx, b.Store, opCreateBucket, "", b.client.CreateBucket, in); failure != nil {
		return "", failure
	}
	_, _, failure := call(ctx, b.Store, opBlockPublic, "", b.client.PutPublicAccessBlock, &s3.PutPublicAccessBlockInput{
		Bucket: &b.cfg.Bucket,
		PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), IgnorePublicAcls: aws.Bool(true),
			BlockPublicPolicy: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
		},
	})
	var notes []string
	if failure != nil {
		if b.endpoint == "" {
			return "", fmt.Errorf("the bucket was made, but not told to refuse public access: %w", failure)
		}
		// Few other services know it.
		notes = append(notes, fmt.Sprintf("the service did not block public access (%s): check that the bucket is not public", failure.Code))
	}
	if failure := b.abortLater(ctx, prefix); failure != nil {
		notes = append(notes, fmt.Sprintf("it has no lifecycle rule that aborts unfinished uploads (%s): run target-s3 sweep now and then", failure.Code))
	}
	return strings.Join(notes, "; "), nil
}
