package s3store

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"target-s3/target/config"
	"target-s3/target/store"
)

// Names of the metadata that every object carries; S3 puts x-amz-meta- before.
const (
	metadataUpload = "target-s3-upload"
	metadataRun    = "target-s3-run"
)

// Store is a bucket. It implements store.Store.
type Store struct {
	cfg      Config // with its defaults
	client   *s3.Client
	http     *watchfulClient
	identity *identity
	sts      *sts.Client // says who we are
	region   string
	endpoint string // empty: Amazon S3
	log      *slog.Logger
	reach    reach

	// sending holds a token for each part in flight, asking for each of the other
	// requests, which are mostly nothing but a way there and back. A request keeps
	// its token while it waits for another attempt, so that throttling slows all.
	sending, asking chan struct{}

	tagging *string // of every object, or nil

	// lookFirst has the operations for which If-None-Match turned out not to be
	// had. Services have it for one and not for the other.
	lookFirst sync.Map
	// partSums is set where the service refuses to keep the sum of a whole
	// object: parts are checked each by itself then.
	partSums atomic.Bool

	warnAbort sync.Once
}

var _ store.Store = (*Store)(nil)

func newStore(cfg Config) *Store {
	return &Store{
		cfg:     cfg,
		log:     cfg.Logger,
		sending: make(chan struct{}, cfg.MaxParallel),
		asking:  make(chan struct{}, store.MostPublishing),
		tagging: encodeTags(cfg.ObjectTags),
	}
}

// Close closes connections that are not in use. No upload may be under way.
func (s *Store) Close() { s.http.closeIdle() }

// Location implements store.Store.
func (s *Store) Location(key string) string { return "s3://" + s.cfg.Bucket + "/" + key }

// Create implements store.Store.
func (s *Store) Create(o store.Object) store.Upload { return s.newUpload(o) }

func (s *Store) newUpload(o store.Object) *upload {
	return &upload{
		store:  s,
		object: o,
		// 26 characters with 130 random bits: no two uploads ever share a token.
		token: rand.Text(),
		parts: map[int]sentPart{},
	}
}

// Head implements store.Store. The error for a missing object reads as users of
// other tools know it; a missing bucket is another error.
func (s *Store) Head(ctx context.Context, key string) error {
	_, err := s.head(ctx, key)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// HEAD has no body that would tell one from the other.
	var noBucket *Error
	if errors.As(s.headBucket(ctx), &noBucket) && noBucket.Status == http.StatusNotFound {
		return noBucket
	}
	return err
}

// headBucket reports whether the bucket is there and may be listed.
func (s *Store) headBucket(ctx context.Context) error {
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

// head asks about an object, and asks again with a GET of no byte where the
// service refused without saying why: an answer to HEAD has no body for that.
func (s *Store) head(ctx context.Context, key string) (*s3.HeadObjectOutput, error) {
	in := &s3.HeadObjectInput{
		Bucket: &s.cfg.Bucket, Key: &key, ExpectedBucketOwner: optional(s.cfg.ExpectedBucketOwner),
	}
	out, _, err := call(ctx, s, opHead, key, s.client.HeadObject, in)
	if err == nil {
		return out, nil
	}
	if err.Status == http.StatusNotFound {
		err.cause = fs.ErrNotExist
		return nil, err
	}
	if err.Status < 300 || err.Status >= 500 {
		return nil, err
	}
	if why := s.peek(ctx, key); why != nil {
		if why.Code != "" && why.Status >= 300 && why.Status != http.StatusNotFound {
			why.Op = opHead
			why.Hint = s.hint(why)
			return nil, why
		}
		return nil, err
	}
	// It heals: the GET got new credentials, for one.
	out, _, err = call(ctx, s, opHead, key, s.client.HeadObject, in)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// peek reads the first byte of an object and throws it away.
func (s *Store) peek(ctx context.Context, key string) *Error {
	out, _, err := call(ctx, s, opGet, key, s.client.GetObject, &s3.GetObjectInput{
		Bucket: &s.cfg.Bucket, Key: &key, Range: aws.String("bytes=0-0"),
		ExpectedBucketOwner: optional(s.cfg.ExpectedBucketOwner),
	})
	if err != nil {
		return err
	}
	_ = out.Body.Close()
	return nil
}

// smallPart is where a part begins to take longer than its request. Of those below
// it, as many are under way as of whole objects: the commit of many small files that
// must be durable waits for answers and not for bytes.
const smallPart = 1 << 20

// call makes one request, with its retries, when one of the slots is free. It
// returns how many of its attempts may have been received.
func call[In, Out any](
	ctx context.Context, s *Store, op, key string,
	send func(context.Context, *In, ...func(*s3.Options)) (*Out, error), in *In,
) (*Out, int, *Error) {
	slots := s.asking
	if part, ok := any(in).(*s3.UploadPartInput); ok && *part.ContentLength >= smallPart {
		slots = s.sending
	}
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return nil, 0, s.wrap(ctx, op, key, ctx.Err(), 0)
	}
	r := s.newRequest(ctx, op, s.service(), &s.reach)
	r.wrongDigest, _ = ctx.Value(wrongDigestKey{}).(bool)
	if op == opAbort { // what is not cleaned up now stays, so that all the time there is is used
		r.until, _ = ctx.Deadline()
	}
	out, err := send(r.in(ctx), in, func(o *s3.Options) { o.Retryer = r })
	attempts, received := r.counts()
	if err != nil {
		e := s.wrap(ctx, op, key, err, attempts)
		e.unsent = received == 0
		return nil, received, e
	}
	if slices.Contains(proven, op) {
		s.reach.hasAnswered()
	}
	return out, received, nil
}

// proven are the operations whose success nothing but S3 reports; see prove.
var proven = []string{opPut, opPart, opComplete, opHead, opGet, opCreate, opList, opListUploads}

// newRequest is a request that begins now.
func (s *Store) newRequest(ctx context.Context, op, service string, to *reach) *request {
	ctx = context.WithoutCancel(ctx) // what went wrong is told all the same
	return &request{
		op: op, service: service, cfg: s.cfg, reach: to, began: time.Now(),
		describe: func(err error) string { return s.wrap(ctx, op, "", err, 0).reason() },
	}
}

// wrongDigestKey is the context's key of true where a digest is wrong on purpose.
type wrongDigestKey struct{}

func (s *Store) metadata(token string) map[string]string {
	m := map[string]string{metadataUpload: token}
	if s.cfg.RunID != "" {
		m[metadataRun] = s.cfg.RunID
	}
	return m
}

// tokenOf finds our token in the metadata of an object. Some services change the
// case of its names.
func tokenOf(metadata map[string]string) string {
	for name, value := range metadata {
		if strings.EqualFold(name, metadataUpload) {
			return value
		}
	}
	return ""
}

func (s *Store) acl() types.ObjectCannedACL { return types.ObjectCannedACL(s.cfg.ACL) }

func (s *Store) encryption() types.ServerSideEncryption {
	return types.ServerSideEncryption(s.cfg.ServerSideEncryption)
}

func (s *Store) storageClass() types.StorageClass { return types.StorageClass(s.cfg.StorageClass) }

func (s *Store) checksums() bool { return s.cfg.RequestChecksums != config.ChecksumsWhenRequired }

// optional leaves a header out where its value is empty.
func optional(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}

func encodeTags(tags map[string]string) *string {
	values := url.Values{}
	for name, value := range tags {
		values.Set(name, value)
	}
	return optional(values.Encode())
}
