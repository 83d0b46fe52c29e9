package s3store

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Abort implements store.Upload.
func (u *upload) Abort(ctx context.Context) error {
	u.mu.Lock()
	u.finished, u.do = true, nil
	m := u.multi
	if u.visible {
		m = nil
	}
	inDoubt := u.inDoubt
	u.mu.Unlock()
	if m == nil {
		return nil
	}
	select {
	case <-m.begun:
	case <-ctx.Done():
		return u.store.wrap(ctx, opAbort, u.key(), ctx.Err(), 0)
	}
	if err := u.abortOwn(ctx, m, inDoubt); err != nil {
		return err
	}
	if m.strays {
		m.strays = !u.abortStrays(ctx, m)
	}
	return nil
}

// maxAborts bounds how often an upload is aborted where a part may have come in
// after the abort before.
const maxAborts = 3

// abortOwn aborts the upload in hand. S3 keeps a part that arrives while an
// upload is aborted, so that it must be aborted again until it is not found.
func (u *upload) abortOwn(ctx context.Context, m *multipart, inDoubt bool) error {
	if m.gone || m.id == "" {
		return nil
	}
	for again, n := true, 0; again && n < maxAborts; n++ {
		err := u.store.abort(ctx, u.key(), m.id)
		switch {
		case err == nil:
			again = inDoubt
		case err.Code == codeNoSuchUpload:
			again = false
		case err.Status == http.StatusForbidden && !u.resumed: // else nothing but that was asked for
			u.store.warnAbortDenied(err)
			again = false
		default:
			return err
		}
	}
	m.gone = true
	return nil
}

func (s *Store) abort(ctx context.Context, key, id string) *Error {
	_, _, err := call(ctx, s, opAbort, key, s.client.AbortMultipartUpload, &s3.AbortMultipartUploadInput{
		Bucket: &s.cfg.Bucket, Key: &key, UploadId: &id,
		ExpectedBucketOwner: optional(s.cfg.ExpectedBucketOwner),
	})
	return err
}

// warnAbortDenied is not an error: whatever made the upload fail is worse, and on
// Amazon S3 it does not occur.
func (s *Store) warnAbortDenied(err *Error) {
	s.warnAbort.Do(func() {
		s.log.Warn("the credentials may not remove the parts of a failed upload; they stay in the bucket, invisible, and cost storage; "+
			"grant s3:AbortMultipartUpload, or give the bucket a lifecycle rule with AbortIncompleteMultipartUpload",
			"bucket", s.cfg.Bucket, "error", err.Error())
	})
}

// clockSkew is how far the clocks of client and service may differ before S3
// refuses requests.
const clockSkew = 15 * time.Minute

// abortStrays aborts uploads that came to be when the answer to their creation
// was lost, and reports whether it is done with that. It is done too if it may
// not list uploads, which is not among the privileges that the loader needs.
func (u *upload) abortStrays(ctx context.Context, m *multipart) (done bool) {
	s := u.store
	out, _, err := call(ctx, s, opListUploads, u.key(), s.client.ListMultipartUploads, &s3.ListMultipartUploadsInput{
		Bucket: &s.cfg.Bucket, Prefix: aws.String(u.key()), // those of the very key come first
		ExpectedBucketOwner: optional(s.cfg.ExpectedBucketOwner),
	})
	if err == nil {
		for _, id := range strays(out.Uploads, u.key(), m) {
			if e := s.abort(ctx, u.key(), id); e != nil && e.Code != codeNoSuchUpload {
				err = e
			}
		}
	}
	if err != nil {
		s.log.Debug("an upload whose creation was not answered may be left behind", "error", err.Error())
	}
	return ctx.Err() == nil
}

// strays picks the uploads that are ours. One of that key and of this time is:
// another load has the key only if it looked for it in the same moment. Where the
// upload in hand is also in the list, it tells the time by the service's clock, and
// the initiator of ours.
func strays(uploads []types.MultipartUpload, key string, m *multipart) (ids []string) {
	from, to, initiator := m.since.Add(-clockSkew), time.Now().Add(clockSkew), ""
	for _, up := range uploads {
		if m.id != "" && aws.ToString(up.UploadId) == m.id && up.Initiated != nil {
			// A second more, as services round.
			from = up.Initiated.Add(-time.Since(m.since) - time.Second)
			to = up.Initiated.Add(time.Second)
			initiator = initiatorOf(up)
		}
	}
	for _, up := range uploads {
		id := aws.ToString(up.UploadId)
		if aws.ToString(up.Key) != key || id == "" || id == m.id || up.Initiated == nil ||
			up.Initiated.Before(from) || up.Initiated.After(to) || initiatorOf(up) != initiator && initiator != "" {
			continue
		}
		ids = append(ids, id)
	}
	return ids
}

func initiatorOf(up types.MultipartUpload) string {
	if up.Initiator == nil {
		return ""
	}
	return aws.ToString(up.Initiator.ID)
}
