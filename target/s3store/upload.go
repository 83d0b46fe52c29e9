package s3store

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"target-s3/target/crc32c"
	"target-s3/target/store"
)

// upload implements store.Upload. It begins a multipart upload at the first
// Write; without any, Publish puts the whole object, unless that must be durable.
type upload struct {
	store *Store
	token string // tells our object from another of the same key

	mu       sync.Mutex
	object   store.Object
	multi    *multipart // nil before the first Write
	parts    map[int]sentPart
	finished bool // Stage was called, or Abort
	visible  bool // Publish succeeded
	resumed  bool // another Store staged it
	tried    bool // it may have been published before, here or elsewhere

	// do makes what is staged visible; nil before Stage and after Abort.
	do      func(context.Context) error
	size    int64  // of the object, once it is staged in parts
	crc     uint32 // of the object, once it is staged
	etag    string // as the service gave it last
	inDoubt bool   // a part failed that may be stored yet
}

// multipart is a multipart upload. The fields are set before begun is closed.
type multipart struct {
	begun    chan struct{}
	err      error
	id       string
	wholeSum bool      // the service keeps the sum of the whole object
	since    time.Time // when we began to ask for it
	strays   bool      // answers were lost: there may be uploads that nobody knows
	gone     bool      // it was aborted; used by Abort alone

	encryption string // what the service said it would encrypt with
	kmsKey     string
}

type sentPart struct {
	offset, size int64
	etag         *string
	crc          uint32
}

// key is that of the object, as it is now.
func (u *upload) key() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.object.Key
}

// moveOn takes the next key, if there is one.
func (u *upload) moveOn() bool {
	if u.object.Next == nil {
		return false
	}
	key := u.object.Next()
	if key == "" {
		return false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.object.Key = key
	return true
}

// Write implements store.Upload.
func (u *upload) Write(ctx context.Context, p store.Part) error {
	u.mu.Lock()
	finished := u.finished
	u.mu.Unlock()
	if finished {
		return u.store.misuse(opPart, u.key(), "Write after Stage or Abort")
	}
	return u.send(ctx, p)
}

// send stages one part.
func (u *upload) send(ctx context.Context, p store.Part) error {
	of, err := u.store.sumPart(p)
	if err != nil {
		return u.store.bodyError(opPart, u.key(), err)
	}
	m, err := u.begin(ctx)
	if err != nil {
		return err
	}
	in := u.partInput(m, p, of.crc)
	out, _, failure := call(of.with(ctx), u.store, opPart, u.key(), u.store.client.UploadPart, in)
	u.mu.Lock()
	defer u.mu.Unlock()
	if failure != nil {
		u.inDoubt = u.inDoubt || failure.inDoubt()
		return failure
	}
	if _, twice := u.parts[p.Number]; twice {
		return u.store.misuse(opPart, u.object.Key, "a part was written twice")
	}
	u.parts[p.Number] = sentPart{offset: p.Offset, size: p.Size, etag: out.ETag, crc: of.crc}
	return nil
}

func (u *upload) partInput(m *multipart, p store.Part, crc uint32) *s3.UploadPartInput {
	number := int32(p.Number)
	in := &s3.UploadPartInput{
		Bucket: &u.store.cfg.Bucket, Key: aws.String(u.key()), UploadId: &m.id,
		ExpectedBucketOwner: optional(u.store.cfg.ExpectedBucketOwner),
		PartNumber:          &number, Body: p.Body, ContentLength: &p.Size,
	}
	if u.store.checksums() {
		in.ChecksumCRC32C = header(crc)
	}
	return in
}

// begin creates the multipart upload, once: other Writes wait for the first.
func (u *upload) begin(ctx context.Context) (*multipart, error) {
	u.mu.Lock()
	m, first := u.multi, u.multi == nil
	if first {
		m = &multipart{begun: make(chan struct{}), since: time.Now()}
		u.multi = m
	}
	u.mu.Unlock()

	if first {
		m.err = u.create(ctx, m)
		close(m.begun)
	}
	select {
	case <-m.begun:
		return m, m.err
	case <-ctx.Done():
		return nil, u.store.wrap(ctx, opCreate, u.key(), ctx.Err(), 0)
	}
}

func (u *upload) create(ctx context.Context, m *multipart) error {
	s := u.store
	if err := u.findFreeKey(ctx); err != nil {
		return err
	}
	ctx, end := outlive(ctx, createGrace)
	defer end()
	in := u.createInput()
	out, attempts, err := call(ctx, s, opCreate, u.key(), s.client.CreateMultipartUpload, in)
	if err != nil && in.ChecksumType != "" && isAbout(err, "checksum") {
		s.partSums.Store(true)
		in.ChecksumType = ""
		out, attempts, err = call(ctx, s, opCreate, u.key(), s.client.CreateMultipartUpload, in)
	}
	m.strays = attempts > 1 || err != nil && err.inDoubt()
	if err != nil {
		return err
	}
	m.id = *out.UploadId // it is there, see prove
	m.encryption, m.kmsKey = string(out.ServerSideEncryption), aws.ToString(out.SSEKMSKeyId)
	m.wholeSum = s.checksums() && out.ChecksumType == types.ChecksumTypeFullObject
	if m.strays {
		m.strays = !u.abortStrays(ctx, m)
	}
	return nil
}

// createGrace is how long an upload that is being created is waited for when the load
// has failed. Without the answer nobody knows which upload there is to abort, but for
// those who may list them.
const createGrace = 5 * time.Second

// outlive returns a context that ends so much later than another one, or with the
// function.
func outlive(ctx context.Context, by time.Duration) (context.Context, func()) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(by, func() { cancel(context.Cause(ctx)) })
		context.AfterFunc(longer, func() { t.Stop() })
	})
	return longer, func() {
		stop()
		cancel(nil)
	}
}

// findFreeKey looks for a key that no object has yet: parts cannot be moved to
// another. Who may not look goes on without.
func (u *upload) findFreeKey(ctx context.Context) error {
	for u.object.Next != nil {
		_, err := u.store.head(ctx, u.key())
		var failure *Error
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.As(err, &failure) && failure.Status == http.StatusForbidden:
			return nil
		case err != nil:
			return err
		case !u.moveOn():
			return u.store.exists(opCreate, u.key(), Error{})
		}
	}
	return nil
}

func (u *upload) createInput() *s3.CreateMultipartUploadInput {
	s := u.store
	in := &s3.CreateMultipartUploadInput{
		Bucket: &s.cfg.Bucket, Key: aws.String(u.key()),
		ContentType: optional(u.object.ContentType), Metadata: s.metadata(u.token),
		ACL: s.acl(), ServerSideEncryption: s.encryption(), SSEKMSKeyId: optional(s.cfg.SSEKMSKeyID),
		StorageClass: s.storageClass(), Tagging: s.tagging,
		ExpectedBucketOwner: optional(s.cfg.ExpectedBucketOwner),
	}
	if s.checksums() {
		// Without the algorithm the sums of the parts are refused at the end.
		in.ChecksumAlgorithm = types.ChecksumAlgorithmCrc32c
		if !s.partSums.Load() {
			in.ChecksumType = types.ChecksumTypeFullObject
		}
	}
	return in
}

// complete lists the parts in order. A gap would be data that is lost, and
// S3 would not notice.
func (u *upload) complete(m *multipart) (*s3.CompleteMultipartUploadInput, error) {
	s := u.store
	var parts []types.CompletedPart
	var crc uint32
	var size int64
	for number := int32(1); int(number) <= len(u.parts); number++ {
		p, ok := u.parts[int(number)]
		if !ok || p.offset != size {
			return nil, s.misuse(opComplete, u.key(), "the parts leave a gap or overlap")
		}
		part := types.CompletedPart{PartNumber: &number, ETag: p.etag}
		if s.checksums() {
			part.ChecksumCRC32C = header(p.crc)
		}
		parts = append(parts, part)
		crc = crc32c.Combine(crc, p.crc, p.size)
		size += p.size
	}
	u.size, u.crc = size, crc
	in := &s3.CompleteMultipartUploadInput{
		Bucket: &s.cfg.Bucket, Key: aws.String(u.key()), UploadId: &m.id,
		ExpectedBucketOwner: optional(s.cfg.ExpectedBucketOwner),
		MultipartUpload:     &types.CompletedMultipartUpload{Parts: slices.Clip(parts)},
	}
	if m.wholeSum {
		in.ChecksumType, in.ChecksumCRC32C, in.MpuObjectSize = types.ChecksumTypeFullObject, header(crc), &size
	}
	return in, nil
}

func (u *upload) putInput(body io.Reader, size int64, crc uint32) *s3.PutObjectInput {
	s := u.store
	in := &s3.PutObjectInput{
		Bucket: &s.cfg.Bucket, Key: aws.String(u.key()), Body: body, ContentLength: &size,
		ContentType: optional(u.object.ContentType), Metadata: s.metadata(u.token),
		ACL: s.acl(), ServerSideEncryption: s.encryption(), SSEKMSKeyId: optional(s.cfg.SSEKMSKeyID),
		StorageClass: s.storageClass(), Tagging: s.tagging,
		ExpectedBucketOwner: optional(s.cfg.ExpectedBucketOwner),
	}
	if s.checksums() {
		in.ChecksumCRC32C = header(crc)
	}
	return in
}
