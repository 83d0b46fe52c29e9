package s3store

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"target-s3/target/store"
)

// pageSize keeps a page of the longest keys below the limit of an answer.
const pageSize = 100

// List implements store.Store.
func (s *Store) List(ctx context.Context, prefix string, most int) ([]string, error) {
	var keys []string
	in := &s3.ListObjectsV2Input{
		Bucket: &s.cfg.Bucket, Prefix: optional(prefix), ExpectedBucketOwner: optional(s.cfg.ExpectedBucketOwner),
	}
	for len(keys) < most {
		in.MaxKeys = aws.Int32(int32(min(most-len(keys), pageSize)))
		out, _, err := call(ctx, s, opList, "", s.client.ListObjectsV2, in)
		if err != nil {
			return nil, err
		}
		for _, o := range out.Contents {
			keys = append(keys, aws.ToString(o.Key))
		}
		if !aws.ToBool(out.IsTruncated) {
			break
		}
		if aws.ToString(out.NextContinuationToken) == aws.ToString(in.ContinuationToken) {
			return nil, s.misuse(opList, prefix, endlessList)
		}
		in.ContinuationToken = out.NextContinuationToken
	}
	return keys[:min(most, len(keys))], nil
}

const endlessList = "the service says that there is more, but not where it begins"

// Uploads implements store.Store. It needs s3:ListBucketMultipartUploads, which a
// load does not.
func (s *Store) Uploads(ctx context.Context, prefix string) iter.Seq2[store.Staged, error] {
	return func(yield func(store.Staged, error) bool) {
		in := &s3.ListMultipartUploadsInput{
			Bucket: &s.cfg.Bucket, Prefix: optional(prefix), MaxUploads: aws.Int32(pageSize),
			ExpectedBucketOwner: optional(s.cfg.ExpectedBucketOwner),
		}
		for {
			out, _, err := call(ctx, s, opListUploads, prefix, s.client.ListMultipartUploads, in)
			if err != nil && err.Code == "InvalidArgument" && in.UploadIdMarker != nil {
				// versitygw 1.8.0 finds no page by the last upload of the one before. By
				// its key alone it does; only further uploads of that key are left out.
				in.UploadIdMarker = nil
				out, _, err = call(ctx, s, opListUploads, prefix, s.client.ListMultipartUploads, in)
			}
			if err != nil {
				yield(store.Staged{}, err)
				return
			}
			for _, u := range out.Uploads {
				if !yield(store.Staged{Key: aws.ToString(u.Key), Upload: aws.ToString(u.UploadId), Since: aws.ToTime(u.Initiated)}, nil) {
					return
				}
			}
			if !aws.ToBool(out.IsTruncated) {
				return
			}
			if aws.ToString(out.NextKeyMarker) == aws.ToString(in.KeyMarker) && aws.ToString(out.NextUploadIdMarker) == aws.ToString(in.UploadIdMarker) {
				yield(store.Staged{}, s.misuse(opListUploads, prefix, endlessList))
				return
			}
			in.KeyMarker, in.UploadIdMarker = out.NextKeyMarker, out.NextUploadIdMarker
		}
	}
}
