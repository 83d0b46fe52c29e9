// Package store is the contract of the places that objects go to. It is a room below
// the engine: package target is given a Store, and the stores (s3store, filestore,
// and those of storetest, whose suite all of them pass) know nothing of the engine.
package store

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// MinPartSize is the smallest part, other than the last one of an object, that
// a Store must accept. It is Amazon S3's own limit for multipart uploads.
const MinPartSize = 5 << 20

// MaxParts is the largest number of parts of one object, S3's limit again.
const MaxParts = 10_000

// MostPublishing is how many objects are published at the same time: their bytes are
// there already, and each takes hardly more than the wait for an answer.
const MostPublishing = 32

// Store is where objects go. Objects are created whole and are never
// overwritten: an object is visible under its key completely or not at all.
//
// A Store is used from many goroutines at once. Its errors say in one line what
// was tried, on which bucket and key, what the service answered and what to do
// about it; they never contain credentials. Retrying what can heal (throttling,
// 5xx, resets, time-outs) is the Store's work: an error that comes out is final.
// What a Store cannot do at all it says by an error that matches
// errors.ErrUnsupported.
type Store interface {
	// Create prepares an upload of a new object. It does no I/O and cannot fail:
	// whatever is wrong shows at the first Write or at Stage.
	Create(Object) Upload

	// Resume returns an upload that was staged before, perhaps by another process,
	// to be published or aborted. It does no I/O. The receipt may come from
	// anywhere: it is checked when it is used.
	Resume(Receipt) Upload

	// Head reports whether an object of that key is visible: nil if it is, an
	// error matching fs.ErrNotExist if it is not, another error otherwise.
	Head(ctx context.Context, key string) error

	// List returns the keys of visible objects that begin with a prefix, in any
	// order and at most so many.
	List(ctx context.Context, prefix string, most int) ([]string, error)

	// Uploads goes through what was staged for keys that begin with a prefix, by any
	// process, and was neither published nor aborted, in any order. An error is the
	// last that comes. What Resume makes of the key and the upload can be aborted;
	// only a receipt can be published.
	Uploads(ctx context.Context, prefix string) iter.Seq2[Staged, error]

	// Location is how a person would name the key: s3://bucket/key or a path.
	Location(key string) string

	Records
}

// Records are small objects that are replaced, for what programs of one bucket
// must agree about. They are the only objects that ever change.
type Records interface {
	// Read returns a whole object, of at most so many bytes, and its version. The
	// error matches fs.ErrNotExist where there is none.
	Read(ctx context.Context, key string, most int64) (body []byte, version string, err error)

	// Replace puts an object in place of the version that Read returned, or creates
	// it where the version is empty, and returns the version it has now. The error
	// matches ErrChanged where another version is there, which is this very one if a
	// network delivered the request twice. It matches ErrRefused where nothing was
	// replaced, and nothing is on its way that could do it. After any other error it
	// is not known whether the object was replaced. So whoever must know reads it, and tells by
	// the contents: they should be unlike any before. Contents that are
	// equal may have equal versions. The error matches errors.ErrUnsupported where
	// the service has no such condition, as far as it says so.
	Replace(ctx context.Context, key string, body []byte, version string) (string, error)
}

var (
	// ErrChanged says that a record is not the version that was to be replaced.
	ErrChanged = errors.New("it was changed by another program")

	// ErrRefused says that nothing was done, and that nothing is on its way.
	ErrRefused = errors.New("it was refused")

	// ErrGone says that what was staged is there no longer, and was not published.
	ErrGone = errors.New("what was staged is gone")
)

// Object is what an upload will be when it is visible.
type Object struct {
	Key         string // without a leading slash; only the characters of package objectkey
	ContentType string // media type, for example application/x-ndjson

	// Next gives the key to use instead of the last one, which another object has
	// taken; empty: there is none. It is called by one goroutine at a time, and
	// what it gave last is the object's key. Nil: there is Key alone.
	Next func() string

	// Durable makes Stage put everything where another process can publish it: the
	// upload has a Receipt then, and its key does not change any more.
	Durable bool

	// Checksum makes Sums know the CRC32C of the object. A store that computes it
	// anyway may know it without.
	Checksum bool
}

// Part is a contiguous piece of an object.
type Part struct {
	Number int           // from 1, without gaps
	Offset int64         // of its first byte in the object
	Size   int64         // in bytes
	Body   io.ReadSeeker // exactly Size bytes; may be read more than once
}

// Upload is one object on its way. Until Publish nothing of it can be seen under
// its key.
//
// Write may be called from several goroutines at once, with different parts,
// and keeps no reference to a Body once it has returned. Stage is called after
// every Write has returned nil; Abort after every other call has returned.
type Upload interface {
	// Write stages one part. Every part but the object's last has the same
	// size or a larger one than MinPartSize.
	Write(context.Context, Part) error

	// Stage takes the last part and does whatever is long and whatever can fail
	// before the object is visible. The tail is the whole object where nothing was
	// written before, and its Size may be 0 (then its Number and Body mean nothing).
	// Its Body may be used until Publish or Abort has returned. Stage is called
	// once.
	Stage(ctx context.Context, tail Part) error

	// Receipt is what it takes to publish a durable object from elsewhere. It is
	// valid once Stage has returned nil.
	Receipt() Receipt

	// Publish makes the staged object visible, whole, and does no more than that.
	// It may be called again after an error, and after success changes nothing. If
	// the key is taken by another object, that object is as it was, and this one
	// gets the next key. The error matches fs.ErrExist where there is no other, or
	// where what was staged cannot be moved: a Store that cannot looks before it
	// stages the first part. It matches ErrGone where what was staged is gone and
	// the object is not there. An answer lost on the way is not a conflict: an
	// object that this very upload made counts as success, and where it cannot be
	// told whose object it is the error is another.
	Publish(context.Context) error

	// Sums are those of the object. They are valid once Publish has returned nil.
	Sums() Sums

	// Retract takes back what Publish made visible, so that nothing of the upload
	// is left. The error matches errors.ErrUnsupported where a Store cannot.
	Retract(context.Context) error

	// Abort gives up the upload and removes what was staged. It may be called
	// more than once, and before any Write; after a successful Publish it does
	// nothing.
	Abort(context.Context) error
}

// Sums tell an object from others of its key.
type Sums struct {
	ETag   string // as S3 gives it, with its quotes; empty: the store has none
	CRC32C string // of the whole object, as 8 hexadecimal digits; empty: not known
}

// Receipt tells what was staged for one object. It holds no secret: it lets those
// publish the object who may write to the bucket anyway.
type Receipt struct {
	Key    string `json:"key"`
	Upload string `json:"upload"` // the upload's identifier; on a folder the name of the staged file
	Token  string `json:"token,omitempty"`
	Size   int64  `json:"size"` // of the object, in bytes

	// CRC32C of the whole object, as 8 hexadecimal digits; empty: not known.
	CRC32C string `json:"crc32c,omitempty"`

	// Parts are those of a multipart upload, in order; a folder has none.
	Parts []PartReceipt `json:"parts,omitempty"`
}

// Staged is an upload on its way.
type Staged struct {
	Key    string
	Upload string    // as in a Receipt
	Since  time.Time // when it was begun; on a folder, when it was written to last
}

// PartReceipt is one part of a multipart upload.
type PartReceipt struct {
	Size   int64  `json:"size"`
	ETag   string `json:"etag"`
	CRC32C string `json:"crc32c,omitempty"`
}

// Refused makes an error match ErrRefused, and leaves its text alone.
func Refused(err error) error { return &refusedError{err} }

type refusedError struct{ err error }

func (e *refusedError) Error() string   { return e.err.Error() }
func (e *refusedError) Unwrap() []error { return []error{e.err, ErrRefused} }

// Commit stages and publishes an object at once.
func Commit(ctx context.Context, u Upload, tail Part) error {
	if err := u.Stage(ctx, tail); err != nil {
		return err
	}
	return u.Publish(ctx)
}
