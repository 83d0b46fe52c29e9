// Package store is the contract of the places that objects go to. It is a room below
// the engine: package target is given a Store, and the stores (s3store, filestore,
// and those of storetest, whose suite all of them pass) know nothing of the engine.
package store

import (
	"context"
	"io"
)

// MinPartSize is the smallest part, other than the last one of an object, that
// a Store must accept. It is Amazon S3's own limit for multipart uploads.
const MinPartSize = 5 << 20

// MaxParts is the largest number of parts of one object, S3's limit again.
const MaxParts = 10_000

// Store is where objects go. Objects are created whole and are never
// overwritten: an object is visible under its key completely or not at all.
//
// A Store is used from many goroutines at once. Its errors say in one line what
// was tried, on which bucket and key, what the service answered and what to do
// about it; they never contain credentials. Retrying what can heal (throttling,
// 5xx, resets, time-outs) is the Store's work: an error that comes out is final.
type Store interface {
	// Create prepares an upload of a new object. It does no I/O and cannot fail:
	// whatever is wrong shows at the first Write or at Commit.
	Create(Object) Upload

	// Head reports whether an object of that key is visible: nil if it is, an
	// error matching fs.ErrNotExist if it is not, another error otherwise.
	Head(ctx context.Context, key string) error

	// Location is how a person would name the key: s3://bucket/key or a path.
	Location(key string) string
}

// Object is what an upload will be when it is visible.
type Object struct {
	Key         string // without a leading slash; only the characters of package objectkey
	ContentType string // media type, for example application/x-ndjson

	// Next gives the key to use instead of the last one, which another object has
	// taken; empty: there is none. It is called by one goroutine at a time, and
	// what it gave last is the object's key. Nil: there is Key alone.
	Next func() string
}

// Part is a contiguous piece of an object.
type Part struct {
	Number int           // from 1, without gaps
	Offset int64         // of its first byte in the object
	Size   int64         // in bytes
	Body   io.ReadSeeker // exactly Size bytes; may be read more than once
}

// Upload is one object on its way. Until Commit returns nil nothing of it can
// be seen under its key.
//
// Write may be called from several goroutines at once, with different parts,
// and keeps no reference to a Body once it has returned. Commit is called after
// every Write has returned nil; Abort after every Write has returned.
type Upload interface {
	// Write stages one part. Every part but the object's last has the same
	// size or a larger one than MinPartSize.
	Write(context.Context, Part) error

	// Commit makes the object visible, whole. The tail is the last part; it is
	// the whole object where nothing was written before, and its Size may be 0
	// (then its Number and Body mean nothing). If the key is taken by another
	// object, that object is as it was, and this one gets the next key. The error
	// matches fs.ErrExist where there is no other, or where parts were staged that
	// cannot be moved: a Store that cannot looks before it stages the first. An
	// answer lost on the way is not a conflict: an object that this very upload
	// made counts as success, and where it cannot be told whose object it is the
	// error is another. A second Commit is an error, and so is a Commit
	// after Abort.
	Commit(ctx context.Context, tail Part) error

	// Abort gives up the upload and removes what was staged. It may be called
	// more than once, and before any Write; after a successful Commit it does
	// nothing.
	Abort(context.Context) error
}
