package s3store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"net/http"
	"time"

	"crypto/md5" //nolint:gosec // not for security: S3's own header for digests

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"target-s3/target/crc32c"
	"target-s3/target/store"
)

// ErrNoConditions says that the service does not implement conditional writes.
var ErrNoConditions = errors.New("the service does not implement conditional writes")

// PutProbe is what ProbePut found.
type PutProbe struct {
	// Stored is set by a service that does not look at digests: it stored an
	// object, which is to be removed.
	Stored  bool
	Version string // of that object, in a bucket that keeps versions
	// Unconditional is set where If-None-Match is refused, and objects are taken
	// without it.
	Unconditional bool
}

// probeText is what a probe sends, and what is found where it was stored.
const probeText = "written by target-s3 check; it may be deleted\n"

// ProbeSize is the size in bytes of what probes send.
const ProbeSize = len(probeText)

// ProbePut finds out whether objects may be written to key, with everything that
// the loader sends besides, without writing one: the bytes differ from the
// digest that they are announced with. It needs s3:PutObject and nothing else;
// a condition on an ETag would also need s3:GetObject.
func (b *Bucket) ProbePut(ctx context.Context, key string) (PutProbe, error) {
	var p PutProbe
	condition := aws.String("*")
	if b.looksFirst(opPut) {
		condition = nil
	}
	err := b.probePut(ctx, key, condition, &p)
	if b.conditionRefused(err) {
		p.Unconditional = true
		err = b.probePut(ctx, key, nil, &p)
	}
	return p, orNil(err)
}

func (b *Bucket) probePut(ctx context.Context, key string, condition *string, p *PutProbe) *Error {
	in := b.probeInput(key, []byte(probeText))
	other := md5.Sum([]byte("something else")) //nolint:gosec // see the import
	in.ContentMD5 = aws.String(base64.StdEncoding.EncodeToString(other[:]))
	in.IfNoneMatch = condition
	out, _, err := call(context.WithValue(ctx, wrongDigestKey{}, true), b.Store, opPut, key, b.client.PutObject, in)
	switch {
	case err == nil:
		p.Stored, p.Version = true, aws.ToString(out.VersionId)
		return nil
	case sameHint[err.Code] == "digest", err.Status == http.StatusPreconditionFailed:
		return nil
	}
	return err
}

func (s *Store) probeInput(key string, body []byte) *s3.PutObjectInput {
	u := &upload{store: s, object: store.Object{Key: key}, token: rand.Text()}
	return u.putInput(bytes.NewReader(body), int64(len(body)), crc32c.Of(body))
}

// CreateEmpty writes an empty object on condition that the key is free, whatever
// the settings say of conditional writes. The error matches fs.ErrExist if it is
// not, and ErrNoConditions if the service does not know the condition. The
// version is that of the object, in a bucket that keeps versions.
func (b *Bucket) CreateEmpty(ctx context.Context, key string) (version string, err error) {
	in := b.probeInput(key, nil)
	in.IfNoneMatch = aws.String("*")
	out, _, failure := call(ctx, b.Store, opPut, key, b.client.PutObject, in)
	if failure != nil {
		return "", ofCondition(failure)
	}
	return aws.ToString(out.VersionId), nil
}

// CompleteEmpty is CreateEmpty by an upload of one part, which is empty. Some
// services keep the condition there and not here.
func (b *Bucket) CompleteEmpty(ctx context.Context, key string) (version string, err error) {
	u := b.newUpload(store.Object{Key: key})
	defer func() {
		if err != nil {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortPatience)
			defer cancel()
			_ = u.Abort(ctx) // whether it may be is a check of its own
		}
	}()
	if err := u.send(ctx, store.Part{Number: 1, Body: bytes.NewReader(nil)}); err != nil {
		return "", err
	}
	in, err := u.complete(u.multi)
	if err != nil {
		return "", err
	}
	in.IfNoneMatch = aws.String("*")
	out, _, failure := call(ctx, b.Store, opComplete, key, b.client.CompleteMultipartUpload, in)
	if failure != nil {
		return "", ofCondition(failure)
	}
	return aws.ToString(out.VersionId), nil
}

// ofCondition has an error match what its condition came to.
func ofCondition(failure *Error) *Error {
	switch {
	case failure.Status == http.StatusPreconditionFailed:
		failure.cause = fs.ErrExist
	case refusesConditions(failure):
		failure.cause = ErrNoConditions
	}
	return failure
}

// IsEmpty reports whether an object that is there has no content. The error for
// a missing object matches fs.ErrNotExist.
func (b *Bucket) IsEmpty(ctx context.Context, key string) (bool, error) {
	out, err := b.head(ctx, key)
	if err != nil {
		return false, err
	}
	return aws.ToInt64(out.ContentLength) == 0, nil
}

// ProbeDelete finds out whether the key of an object that does not exist may be
// deleted. Where that leaves a delete marker, it is removed.
func (b *Bucket) ProbeDelete(ctx context.Context, key string) error {
	out, _, err := call(ctx, b.Store, opDelete, key, b.client.DeleteObject, &s3.DeleteObjectInput{
		Bucket: &b.cfg.Bucket, Key: &key, ExpectedBucketOwner: optional(b.cfg.ExpectedBucketOwner),
		IfMatch: aws.String(`"00000000000000000000000000000000"`), // with it, S3 makes no marker
	})
	switch {
	case err == nil && aws.ToBool(out.DeleteMarker):
		return b.Remove(ctx, key, aws.ToString(out.VersionId))
	case err == nil, err.Status == http.StatusPreconditionFailed, err.Status == http.StatusNotFound:
		return nil
	}
	return err
}

// Remove deletes an object, or one version of it for good.
func (b *Bucket) Remove(ctx context.Context, key, version string) error {
	_, _, err := call(ctx, b.Store, opDelete, key, b.client.DeleteObject, &s3.DeleteObjectInput{
		Bucket: &b.cfg.Bucket, Key: &key, VersionId: optional(version),
		ExpectedBucketOwner: optional(b.cfg.ExpectedBucketOwner),
	})
	return orNil(err)
}

// MultipartProbe is what ProbeMultipart found.
type MultipartProbe struct {
	Encryption string // what the service said it would encrypt the object with
	KMSKey     string
	Left       string // identifier of the upload, if it could not be aborted
	LeftWhy    error  // why it could not
}

// abortPatience bounds an abort, which is not cancelled with what it cleans up
// after.
const abortPatience = 5 * time.Second

// ProbeMultipart begins an upload in parts, sends one, and aborts it.
func (b *Bucket) ProbeMultipart(ctx context.Context, key string) (p MultipartProbe, err error) {
	u := b.newUpload(store.Object{Key: key})
	err = u.send(ctx, store.Part{Number: 1, Size: int64(len(probeText)), Body: bytes.NewReader([]byte(probeText))})
	m := u.multi // send has ended, and nobody else has the upload
	if m == nil {
		return p, err
	}
	p.Encryption, p.KMSKey = clean(m.encryption, maxWord), clean(m.kmsKey, maxMessage)

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortPatience)
	defer cancel()
	if m.id != "" {
		if e := b.abort(ctx, key, m.id); e != nil && e.Code != codeNoSuchUpload {
			p.Left, p.LeftWhy = clean(m.id, maxMessage), e
		}
	}
	if m.strays {
		u.abortStrays(ctx, m)
	}
	return p, err
}
