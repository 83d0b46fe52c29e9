package s3store

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// withoutConstraint is the one region that S3 refuses to have named when a
// bucket is made there.
const withoutConstraint = "us-east-1"

// CreateBucket makes the bucket, in the region that requests are signed for, and
// has it refuse all public access. A note says what a service other than Amazon
// S3 did not do of that; there it is an error, and the bucket is made all the
// same. A bucket that exists is an error.
func (s *Store) CreateBucket(ctx context.Context) (note string, err error) {
	in := &s3.CreateBucketInput{Bucket: &s.cfg.Bucket}
	if s.region != withoutConstraint {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraint(s.region),
		}
	}
	if _, _, failure := call(ctx, s, opCreateBucket, "", s.client.CreateBucket, in); failure != nil {
		return "", failure
	}
	_, _, failure := call(ctx, s, opBlockPublic, "", s.client.PutPublicAccessBlock, &s3.PutPublicAccessBlockInput{
		Bucket: &s.cfg.Bucket,
		PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), IgnorePublicAcls: aws.Bool(true),
			BlockPublicPolicy: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
		},
	})
	switch {
	case failure == nil:
		return "", nil
	case s.endpoint != "": // few other services know it
		return fmt.Sprintf("the service did not block public access (%s): check that the bucket is not public", failure.Code), nil
	}
	return "", fmt.Errorf("the bucket was made, but not told to refuse public access: %w", failure)
}
