package s3store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"target-s3/target/pattern"
	"target-s3/target/store"
)

// Stage implements store.Upload: the last part of a multipart upload is sent. A
// whole object that needs no receipt stays in memory until it is published.
func (u *upload) Stage(ctx context.Context, tail store.Part) error {
	u.mu.Lock()
	again, inParts := u.finished, u.multi != nil || u.object.Durable
	u.finished = true
	u.mu.Unlock()
	if again {
		return u.store.misuse(opPart, u.key(), "Stage after Stage or Abort")
	}
	if tail.Size == 0 {
		tail.Body = bytes.NewReader(nil)
	}
	if inParts {
		return u.stageParts(ctx, tail)
	}
	of, err := u.store.sumPart(tail)
	if err != nil {
		return u.store.bodyError(opPut, u.key(), err)
	}
	if ctx.Err() != nil {
		return u.store.wrap(ctx, opPut, u.key(), ctx.Err(), 0)
	}
	u.crc = of.crc
	in := u.putInput(tail.Body, tail.Size, of.crc)
	u.do = func(ctx context.Context) error { return u.publishWhole(ctx, in, of) }
	return nil
}

func (u *upload) stageParts(ctx context.Context, tail store.Part) error {
	if tail.Size == 0 && u.multi == nil { // S3 wants one part, though it be empty
		tail.Number = 1
	}
	if tail.Number > 0 {
		if err := u.send(ctx, tail); err != nil {
			return err
		}
	}
	m, err := u.begin(ctx) // it has begun long since
	if err != nil {
		return err
	}
	in, err := u.complete(m)
	if err != nil {
		return err
	}
	u.do = func(ctx context.Context) error { return u.publishParts(ctx, in) }
	return nil
}

// Publish implements store.Upload.
func (u *upload) Publish(ctx context.Context) error {
	u.mu.Lock()
	visible, do := u.visible, u.do
	u.mu.Unlock()
	if visible {
		return nil
	}
	if do == nil {
		return u.store.misuse(opComplete, u.key(), "Publish before Stage or after Abort")
	}
	if err := do(ctx); err != nil {
		u.mu.Lock()
		u.tried = true
		u.mu.Unlock()
		return err
	}
	u.mu.Lock()
	u.visible, u.do = true, nil
	u.mu.Unlock()
	return nil
}

// Retract implements store.Upload. Deleting is not among the loader's privileges.
func (u *upload) Retract(context.Context) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.visible {
		return fmt.Errorf("%s: objects of a bucket are not taken back: %w", u.store.Location(u.object.Key), errors.ErrUnsupported)
	}
	return nil
}

func (u *upload) publishParts(ctx context.Context, in *s3.CompleteMultipartUploadInput) error {
	return u.publish(ctx, opComplete, u.size, func(ifNoneMatch *string) (bool, *Error) {
		in.IfNoneMatch = ifNoneMatch
		out, attempts, err := call(ctx, u.store, opComplete, u.key(), u.store.client.CompleteMultipartUpload, in)
		if err == nil {
			u.etag = aws.ToString(out.ETag)
		}
		// A server that was restarted in the middle of an attempt may well report
		// success for the next one and have nothing to show for it.
		return err == nil && attempts == 1 && !u.tried && isOfParts(out.ETag, len(u.parts)), err
	})
}

// partsETag is the ETag that Amazon S3 and most services give an object of parts:
// a digest and their number.
var partsETag = pattern.New(`-([0-9]+)"?$`)

// isOfParts reports whether an ETag can be that of an object of so many parts.
func isOfParts(etag *string, parts int) bool {
	m := partsETag.Regexp().FindStringSubmatch(aws.ToString(etag))
	return m == nil || m[1] == strconv.Itoa(parts)
}

func (u *upload) publishWhole(ctx context.Context, in *s3.PutObjectInput, of sums) error {
	s, body := u.store, in.Body.(io.ReadSeeker)
	return u.publish(ctx, opPut, *in.ContentLength, func(ifNoneMatch *string) (bool, *Error) {
		if _, err := body.Seek(0, io.SeekStart); err != nil {
			return false, s.bodyError(opPut, u.key(), err)
		}
		in.Key, in.IfNoneMatch = aws.String(u.key()), ifNoneMatch
		out, _, err := call(of.with(ctx), s, opPut, u.key(), s.client.PutObject, in)
		if err == nil {
			u.etag = aws.ToString(out.ETag)
		}
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
		switch found, _ := u.find(ctx, size); found {
		case noObject:
		case ourObject: // published before
			return nil
		default:
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
		s.log.Warn("the service does not implement conditional writes: the loader looks whether a key is free before it writes an object. "+
			"Two loads of one table at the same moment may both find it free; if there are such loads, put [run_id] into s3_key_format_string",
			"bucket", s.cfg.Bucket, "operation", op, "error", err.Error())
	}
	return nil
}

func (u *upload) publishUnconditionally(ctx context.Context, op string, size int64, do publisher) error {
	switch found, err := u.find(ctx, size); {
	case err != nil:
		return err
	case found == ourObject: // published before
		return nil
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
		isAbout(err, "if-none-match", "if-match", "precondition", "conditional")
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
	aborted := err != nil && err.Code == codeNoSuchUpload // or completed, by an attempt before
	// Another process may complete a durable upload at the same moment. The answer
	// to the slower of the two is then anything.
	rival := u.object.Durable && !taken && (err == nil || err.Status >= 400)
	if err != nil && (!taken && !aborted && !rival && !err.inDoubt() || ctx.Err() != nil) {
		return err
	}

	found, headErr := u.find(ctx, size)
	for wait := firstLook; rival && headErr == nil && found == noObject && wait <= lastLook && sleep(ctx, wait); wait *= 4 {
		found, headErr = u.find(ctx, size)
	}
	// Where no attempt was lost, what has the key cannot be ours. Else nothing but
	// a token tells: an object that has none may be ours if the service forgets
	// metadata, and under the next key it would be there twice.
	another := found == otherObject || taken && err.Attempts == 1 && !u.tried && (found != noObject || headErr != nil)
	switch {
	case found == ourObject:
		return nil
	case another && err != nil:
		return u.store.exists(op, u.key(), *err)
	case another, err == nil && found == strangeObject:
		return u.store.exists(op, u.key(), Error{})
	case aborted && headErr == nil:
		err.cause = store.ErrGone
		return err
	case err != nil:
		return err
	case headErr != nil:
		return headErr
	default:
		return u.missing(op)
	}
}

// How long to wait before it is looked again what another process has done.
const firstLook, lastLook = 50 * time.Millisecond, time.Second

// sleep reports false where the context ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
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
	if op == opComplete {
		e.cause = store.ErrGone
	}
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
		u.etag = aws.ToString(out.ETag)
		return ourObject, nil
	case token != u.token && token != "":
		return otherObject, nil
	}
	return strangeObject, nil
}
