package s3store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"target-s3/target"
)

// Commit implements target.Upload.
func (u *upload) Commit(ctx context.Context, tail target.Part) error {
	u.mu.Lock()
	again, staged := u.finished, u.multi != nil
	u.finished = true
	u.mu.Unlock()

	var err error
	switch {
	case again:
		return u.store.misuse(opComplete, u.object.Key, "Commit after Commit or Abort")
	case staged:
		err = u.commitParts(ctx, tail)
	default:
		err = u.commitWhole(ctx, tail)
	}
	if err != nil {
		return err
	}
	u.mu.Lock()
	u.visible = true
	u.mu.Unlock()
	return nil
}

func (u *upload) commitParts(ctx context.Context, tail target.Part) error {
	if tail.Size > 0 {
		if err := u.send(ctx, tail); err != nil {
			return err
		}
	}
	s := u.store
	m, err := u.begin(ctx) // it has begun long since
	if err != nil {
		return err
	}
	in, size, err := u.complete(m)
	if err != nil {
		return err
	}
	return u.publish(ctx, opComplete, size, func(ifNoneMatch *string) (bool, *Error) {
		in.IfNoneMatch = ifNoneMatch
		out, attempts, err := call(ctx, s, opComplete, u.object.Key, s.client.CompleteMultipartUpload, in)
		// A server that was restarted in the middle of the first attempt may
		// well report success for the second and have nothing to show for it.
		return err == nil && attempts == 1 && aws.ToString(out.ETag) != "", err
	})
}

func (u *upload) commitWhole(ctx context.Context, tail target.Part) error {
	s := u.store
	if tail.Size == 0 {
		tail = target.Part{Body: bytes.NewReader(nil)}
	}
	crc, err := sumPart(tail)
	if err != nil {
		return s.bodyError(opPut, u.object.Key, err)
	}
	in := u.putInput(tail.Body, tail.Size, crc)
	return u.publish(ctx, opPut, tail.Size, func(ifNoneMatch *string) (bool, *Error) {
		if _, err := tail.Body.Seek(0, io.SeekStart); err != nil {
			return false, s.bodyError(opPut, u.object.Key, err)
		}
		in.IfNoneMatch = ifNoneMatch
		_, _, err := call(ctx, s, opPut, u.object.Key, s.client.PutObject, in)
		return err == nil, err
	})
}

// publisher makes the object visible, under the condition if it is given one. It
// reports whether success is beyond doubt.
type publisher func(ifNoneMatch *string) (sure bool, err *Error)

// publish makes the object visible without overwriting another: by the
// condition, or where that cannot be had, by looking first.
func (u *upload) publish(ctx context.Context, op string, size int64, do publisher) error {
	s := u.store
	if s.lookFirst.Load() {
		return u.publishUnconditionally(ctx, op, size, do)
	}
	sure, err := do(aws.String("*"))
	if !s.conditionRefused(err) {
		return u.settle(ctx, op, size, sure, err)
	}
	// Only that it works without proves what the refusal was about.
	if failure := u.publishUnconditionally(ctx, op, size, do); failure != nil {
		return failure
	}
	s.lookFirst.Store(true)
	s.warnFallBack.Do(func() {
		s.log.Warn("the service does not implement conditional writes: each key is looked for before an object is written to it, "+
			"which cannot keep two loads that write the same key at the same moment apart",
			"bucket", s.cfg.Bucket, "error", err.Error())
	})
	return nil
}

func (u *upload) publishUnconditionally(ctx context.Context, op string, size int64, do publisher) error {
	switch found, err := u.find(ctx, size); {
	case err != nil:
		return err
	case found == otherObject:
		return u.store.exists(op, u.object.Key, Error{})
	}
	sure, err := do(nil)
	return u.settle(ctx, op, size, sure, err)
}

// conditionRefused reports whether to try without If-None-Match.
func (s *Store) conditionRefused(err *Error) bool {
	if err == nil || s.cfg.ConditionalWrites != nil {
		return false
	}
	return refusesConditions(err)
}

func refusesConditions(err *Error) bool {
	return err.Status == http.StatusNotImplemented || err.Code == "NotImplemented" ||
		isAbout(err, "if-none-match", "precondition", "conditional")
}

// isAbout reports whether a service refused a request as such, for the reason of
// a header that it does not know.
func isAbout(err *Error, words ...string) bool {
	if err.Status != http.StatusBadRequest && err.Status != http.StatusNotImplemented {
		return false
	}
	for _, w := range words {
		if strings.Contains(strings.ToLower(err.Message), w) {
			return true
		}
	}
	return false
}

// settle decides what became of the object where the answer does not say so
// beyond doubt: it was lost, or it says that the key is taken, which may be by
// our own object if an answer before it was lost.
func (u *upload) settle(ctx context.Context, op string, size int64, sure bool, err *Error) error {
	if err == nil && sure {
		return nil
	}
	taken := err != nil && err.Status == http.StatusPreconditionFailed
	aborted := err != nil && err.Code == "NoSuchUpload" // or completed, by an attempt before
	if err != nil && !taken && !aborted && !err.inDoubt() || ctx.Err() != nil {
		return orNil(err)
	}

	found, headErr := u.find(ctx, size)
	switch {
	case found == ourObject:
		return nil
	case found == otherObject && err != nil:
		return u.store.exists(op, u.object.Key, *err)
	case found == otherObject:
		return u.store.exists(op, u.object.Key, Error{})
	case headErr != nil && taken && err.Attempts == 1:
		// No attempt was lost, so it cannot be ours.
		return u.store.exists(op, u.object.Key, *err)
	case err != nil:
		return err
	case headErr != nil:
		return headErr
	default:
		return u.missing(op)
	}
}

// orNil keeps a nil *Error from becoming an error that is not nil.
func orNil(err *Error) error {
	if err == nil {
		return nil
	}
	return err
}

func (u *upload) missing(op string) *Error {
	e := &Error{
		Op: op, Bucket: u.store.cfg.Bucket, Key: u.object.Key, Code: CodeObjectMissing,
		Message: "the service reported success, but there is no such object",
	}
	e.Hint = u.store.hint(e)
	return e
}

// finding is what is visible under the key of an upload.
type finding int

const (
	noObject finding = iota
	ourObject
	otherObject
)

func (u *upload) find(ctx context.Context, size int64) (finding, error) {
	out, err := u.store.head(ctx, u.object.Key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return noObject, nil
	case err != nil:
		return noObject, err
	case tokenOf(out.Metadata) == u.token && aws.ToInt64(out.ContentLength) == size:
		return ourObject, nil
	default:
		return otherObject, nil
	}
}
