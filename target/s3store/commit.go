package s3store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"target-s3/target/store"
)

// Commit implements store.Upload.
func (u *upload) Commit(ctx context.Context, tail store.Part) error {
	u.mu.Lock()
	again, staged := u.finished, u.multi != nil
	u.finished = true
	u.mu.Unlock()

	var err error
	switch {
	case again:
		return u.store.misuse(opComplete, u.key(), "Commit after Commit or Abort")
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

func (u *upload) commitParts(ctx context.Context, tail store.Part) error {
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
		out, attempts, err := call(ctx, s, opComplete, u.key(), s.client.CompleteMultipartUpload, in)
		// A server that was restarted in the middle of the first attempt may
		// well report success for the second and have nothing to show for it.
		return err == nil && attempts == 1 && isOfParts(out.ETag, len(u.parts)), err
	})
}

// partsETag is the ETag that Amazon S3 and most services give an object of parts:
// a digest and their number.
var partsETag = regexp.MustCompile(`-([0-9]+)"?$`)

// isOfParts reports whether an ETag can be that of an object of so many parts.
func isOfParts(etag *string, parts int) bool {
	m := partsETag.FindStringSubmatch(aws.ToString(etag))
	return m == nil || m[1] == strconv.Itoa(parts)
}

func (u *upload) commitWhole(ctx context.Context, tail store.Part) error {
	s := u.store
	if tail.Size == 0 {
		tail = store.Part{Body: bytes.NewReader(nil)}
	}
	crc, err := sumPart(tail)
	if err != nil {
		return s.bodyError(opPut, u.key(), err)
	}
	in := u.putInput(tail.Body, tail.Size, crc)
	return u.publish(ctx, opPut, tail.Size, func(ifNoneMatch *string) (bool, *Error) {
		if _, err := tail.Body.Seek(0, io.SeekStart); err != nil {
			return false, s.bodyError(opPut, u.key(), err)
		}
		in.Key, in.IfNoneMatch = aws.String(u.key()), ifNoneMatch
		_, _, err := call(ctx, s, opPut, u.key(), s.client.PutObject, in)
		return err == nil, err
	})
}

// publisher makes the object visible, under the condition if it is given one. It
// reports whether success is beyond doubt.
type publisher func(ifNoneMatch *string) (sure bool, err *Error)

// publish makes the object visible, under the first key that is free. The parts of
// an upload cannot be moved to another.
func (u *upload) publish(ctx context.Context, op string, size int64, do publisher) error {
	for {
		err := u.publishHere(ctx, op, size, do)
		if op == opComplete || !errors.Is(err, fs.ErrExist) || !u.moveOn() {
			return err
		}
	}
}

// publishHere makes the object visible without overwriting another: by the
// condition, or where that cannot be had, by looking first.
func (u *upload) publishHere(ctx context.Context, op string, size int64, do publisher) error {
	s := u.store
	if s.looksFirst(op) {
		return u.publishUnconditionally(ctx, op, size, do)
	}
	if op == opComplete && !s.onAWS() {
		// Some services ignore the condition here and overwrite.
		if found, _ := u.find(ctx, size); found != noObject {
			return s.exists(op, u.key(), Error{})
		}
	}
	sure, err := do(aws.String("*"))
	if !s.conditionRefused(err) {
		return u.settle(ctx, op, size, sure, err)
	}
	// Only that it works without proves what the refusal was about.
	if failure := u.publishUnconditionally(ctx, op, size, do); failure != nil {
		return failure
	}
	if _, known := s.lookFirst.LoadOrStore(op, true); !known {
		s.log.Warn("the service does not implement conditional writes: it is looked whether a key is free before an object is written, "+
			"which two loads of one table at the same moment may both find; put [run_id] into s3_key_format_string if there are such",
			"bucket", s.cfg.Bucket, "operation", op, "error", err.Error())
	}
	return nil
}

func (u *upload) publishUnconditionally(ctx context.Context, op string, size int64, do publisher) error {
	switch found, err := u.find(ctx, size); {
	case err != nil:
		return err
	case found != noObject:
		return u.store.exists(op, u.key(), Error{})
	}
	sure, err := do(nil)
	return u.settle(ctx, op, size, sure, err)
}

// looksFirst reports whether the condition cannot be had for an operation.
func (s *Store) looksFirst(op string) bool {
	if s.cfg.ConditionalWrites != nil {
		return !*s.cfg.ConditionalWrites
	}
	_, yes := s.lookFirst.Load(op)
	return yes
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
	// Where no attempt was lost, what has the key cannot be ours. Else nothing but
	// a token tells: an object that has none may be ours if the service forgets
	// metadata, and under the next key it would be there twice.
	another := found == otherObject || taken && err.Attempts == 1 && (found != noObject || headErr != nil)
	switch {
	case found == ourObject:
		return nil
	case another && err != nil:
		return u.store.exists(op, u.key(), *err)
	case another, err == nil && found == strangeObject:
		return u.store.exists(op, u.key(), Error{})
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
		Op: op, Bucket: u.store.cfg.Bucket, Key: u.key(), Code: CodeObjectMissing,
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
	otherObject   // of another upload, which has a token of its own
	strangeObject // of something else
)

func (u *upload) find(ctx context.Context, size int64) (finding, error) {
	out, err := u.store.head(ctx, u.key())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return noObject, nil
	case err != nil:
		return noObject, err
	}
	switch token := tokenOf(out.Metadata); {
	case token == u.token && aws.ToInt64(out.ContentLength) == size:
		return ourObject, nil
	case token != u.token && token != "":
		return otherObject, nil
	}
	return strangeObject, nil
}
