package s3store

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"target-s3/target/connect/policy"
)

// AbortsAfter is how many days after its beginning the bucket's lifecycle rules abort
// an upload that was not completed, of any key that begins with the prefix; 0: they
// never do.
func (b *Bucket) AbortsAfter(ctx context.Context, prefix string) (days int, err error) {
	out, _, failure := call(ctx, b.Store, opGetLifecycle, "", b.client.GetBucketLifecycleConfiguration, &s3.GetBucketLifecycleConfigurationInput{
		Bucket: &b.cfg.Bucket, ExpectedBucketOwner: optional(b.cfg.ExpectedBucketOwner),
	})
	switch {
	case failure != nil && failure.Code == "NoSuchLifecycleConfiguration":
		return 0, nil
	case failure != nil:
		return 0, failure
	}
	for _, r := range out.Rules {
		if r.Status != types.ExpirationStatusEnabled || r.AbortIncompleteMultipartUpload == nil || !strings.HasPrefix(prefix, prefixOf(r)) {
			continue
		}
		if n := int(aws.ToInt32(r.AbortIncompleteMultipartUpload.DaysAfterInitiation)); days == 0 || n < days {
			days = n
		}
	}
	return days, nil
}

// prefixOf is what the keys begin with that a rule is for. One that aborts uploads
// has no other filter.
func prefixOf(r types.LifecycleRule) string {
	if r.Filter != nil {
		return aws.ToString(r.Filter.Prefix)
	}
	return aws.ToString(r.Prefix) //nolint:staticcheck // old rules have it
}

// abortLater gives the bucket, which is new, a rule that aborts uploads.
func (b *Bucket) abortLater(ctx context.Context, prefix string) *Error {
	_, _, failure := call(ctx, b.Store, opPutLifecycle, "", b.client.PutBucketLifecycleConfiguration, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: &b.cfg.Bucket,
		LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{
			ID: aws.String(policy.AbortRule), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: &prefix},
			AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(policy.AbortDays)},
		}}},
	})
	return failure
}
