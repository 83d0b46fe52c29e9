package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"target-s3/target/connect/awscli"
	"target-s3/target/s3store"
)

// steps are the checks that do not depend on each other, in their order.
var steps = []struct {
	name string
	try  func(*privileges, context.Context)
}{
	{List, (*privileges).list},
	{Put, (*privileges).put},
	{Get, (*privileges).get},
	{Multipart, (*privileges).multipart},
	{ConditionalCreate, (*privileges).conditional},
	{Encryption, (*privileges).encryption},
	{ChallengeFile, (*privileges).challenge},
	{ExactlyOnce, (*privileges).exactlyOnce},
	{UnfinishedUploads, (*privileges).unfinished},
}

// checks are the names of the steps.
func checks() (names []string) {
	for _, s := range steps {
		names = append(names, s.name)
	}
	return names
}

// privileges tries one thing after the other in a bucket that is there.
type privileges struct {
	*access
	store *s3store.Bucket // from where encryption failed on: one that does not ask for it
	lost  string          // the check in which the service was lost; empty: it was not

	written       s3store.PutProbe
	encryptionErr error // writing works, but not with encryption
	staged        s3store.MultipartProbe
}

// fail hands over a check that failed. With the service out of reach all others
// would also fail.
func (p *privileges) fail(ctx context.Context, name string, err error) {
	p.noteLoss(name, err)
	p.access.fail(ctx, name, err)
}

func (p *privileges) noteLoss(name string, err error) {
	if e := asS3(err); e != nil && gateOfCode[e.Code] == Connection {
		p.lost = name
	}
}

// failedIn reports whether a check did.
func (p *privileges) failedIn(name string) bool { return p.outcomes[name] == Failed }

func (p *privileges) list(ctx context.Context) {
	if p.listErr != nil {
		p.fail(ctx, List, p.listErr)
		return
	}
	p.ok(ctx, List, "allowed: ListObjectsV2 of "+p.store.Location(p.dir))
}

func (p *privileges) put(ctx context.Context) {
	found, err := p.store.ProbePut(ctx, p.key)
	if isRefusal(err) {
		switch v := p.guilty(ctx, func(s *s3store.Bucket) (err error) {
			found, err = s.ProbePut(ctx, p.key)
			return err
		}); {
		case v == nil:
		case v.setting == encryptionSetting:
			p.encryptionErr, err = err, nil
		default:
			p.emit(ctx, Result{
				Name: Put, Outcome: Failed, Code: code(err), Fix: v.fixFor(err),
				Detail: describe(err) + "; without " + v.setting + " it is accepted",
			})
			return
		}
	}
	if err != nil {
		p.fail(ctx, Put, err)
		return
	}
	p.written = found
	result := Result{Name: Put, Outcome: OK, Detail: "accepted at " + p.store.Location(p.key) + " (nothing was written, because the digest was wrong on purpose)"}
	if p.encryptionErr != nil {
		result.Detail = "accepted without encryption"
	}
	if found.Stored {
		result.Detail = "written to " + p.store.Location(p.key) + ", though with a wrong digest: the service does not check digests"
		result.Fix = p.remove(ctx, p.key, found.Version)
	}
	p.emit(ctx, result)
}

// remove removes an object that a check has made, and says what is to be done
// where it may not.
func (p *privileges) remove(ctx context.Context, key, version string) (fix string) {
	ctx, cancel := cleanUp(ctx)
	defer cancel()
	err := p.store.Remove(ctx, key, version)
	if err == nil {
		return ""
	}
	left := "an object"
	if version != "" && p.store.Remove(ctx, key, "") == nil {
		left = "an old version of an object, below a delete marker"
	}
	return fmt.Sprintf("The check leaves %s behind, which is harmless and may be deleted: %s (these credentials may not: %s)",
		left, awscli.Remove(p.c, key), code(err))
}

func (p *privileges) get(ctx context.Context) {
	body, err := p.store.Get(ctx, p.key)
	switch {
	case err == nil: // stored by put, and not to be removed
		_ = body.Close()
		p.ok(ctx, Get, "allowed: GetObject of "+p.store.Location(p.key))
	case errors.Is(err, fs.ErrNotExist):
		p.ok(ctx, Get, "allowed: GetObject of an object that does not exist says so (404)")
	case isDenied(err) && p.failedIn(List):
		// Those who may not list also get 403 for an object that is missing.
		if p.c.SentinelKey != "" && p.store.Head(ctx, p.c.SentinelKey) == nil {
			p.ok(ctx, Get, "allowed: HeadObject of "+p.store.Location(p.c.SentinelKey))
			return
		}
		p.skip(ctx, Get, "cannot be told while s3:ListBucket is missing: without it S3 does not say that an object does not exist")
	default:
		p.fail(ctx, Get, err)
	}
}

func (p *privileges) multipart(ctx context.Context) {
	if p.failedIn(Put) {
		p.notTried(ctx, Put, Multipart)
		return
	}
	found, err := p.store.ProbeMultipart(ctx, p.key)
	if isRefusal(err) && p.encryptionErr == nil {
		if v := p.guilty(ctx, func(s *s3store.Bucket) (err error) {
			found, err = s.ProbeMultipart(ctx, p.key)
			return err
		}); v != nil && v.setting == encryptionSetting {
			p.encryptionErr, err = err, nil
		}
	}
	p.staged = found
	leftover := ""
	if found.Left != "" {
		leftover = fmt.Sprintf("The check leaves a part of %d bytes behind, invisible: upload %s of %s could not be aborted (%s). "+
			"Parts of failed loads will also stay: grant s3:AbortMultipartUpload (target-s3 policy --allow-abort), or give the bucket a lifecycle rule with AbortIncompleteMultipartUpload",
			s3store.ProbeSize, found.Left, p.store.Location(p.key), code(found.LeftWhy))
	}
	if err != nil {
		p.noteLoss(Multipart, err)
		p.emit(ctx, Result{Name: Multipart, Outcome: Failed, Detail: describe(err), Code: code(err), Fix: sentences(p.fix(Multipart, err), leftover)})
		return
	}
	detail := "an upload was begun, a part sent, and the upload aborted"
	if leftover != "" {
		detail = "an upload was begun and a part sent"
	}
	p.emit(ctx, Result{Name: Multipart, Outcome: OK, Detail: detail, Fix: leftover})
}

// sentences joins two texts. Either may be empty.
func sentences(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ". " + b
}

func (p *privileges) encryption(ctx context.Context) {
	want := p.c.ServerSideEncryption
	switch {
	case want == "" && p.staged.Encryption != "":
		p.skip(ctx, Encryption, "server_side_encryption is not set; the bucket's own is "+p.staged.Encryption)
	case want == "":
		p.skip(ctx, Encryption, "server_side_encryption is not set")
	case p.encryptionErr != nil:
		p.fail(ctx, Encryption, p.encryptionErr)
	case p.failedIn(Put):
		p.notTried(ctx, Put, Encryption)
	case p.failedIn(Multipart):
		p.notTried(ctx, Multipart, Encryption)
	case p.staged.Encryption != want:
		p.emit(ctx, Result{
			Name: Encryption, Outcome: Failed,
			Detail: fmt.Sprintf("asked for %s, and the service did not confirm it (it said %q)", want, p.staged.Encryption),
			Fix:    "Remove server_side_encryption and let the service encrypt by itself, or correct its set-up: it ignores the setting",
		})
	case p.staged.KMSKey != "":
		p.ok(ctx, Encryption, "the service confirms "+want+" with the key "+p.staged.KMSKey)
	default:
		p.ok(ctx, Encryption, "the service confirms "+want)
	}
}

func (p *privileges) challenge(ctx context.Context) {
	key := p.c.SentinelKey
	if key == "" {
		p.skip(ctx, ChallengeFile, "sentinel_key is not set")
		return
	}
	err := p.store.Head(ctx, key)
	switch {
	case err == nil:
		p.ok(ctx, ChallengeFile, p.store.Location(key)+" is there")
	case errors.Is(err, fs.ErrNotExist):
		p.emit(ctx, Result{
			Name: ChallengeFile, Outcome: Failed, Code: code(err), Detail: describe(err) + " (" + p.store.Location(key) + ")",
			Fix: "Create it, or put it back, as an empty object (" + awscli.CreateChallenge(p.c) + "), or correct sentinel_key",
		})
	default:
		p.failReading(ctx, ChallengeFile, err)
	}
}

// failReading hands over a check in which an object could not be read. The privileges
// to do so have checks of their own: where one failed, that is to be mended first.
func (p *privileges) failReading(ctx context.Context, name string, err error) {
	for _, privilege := range []string{Get, List} {
		if isDenied(err) && p.failedIn(privilege) {
			p.notTried(ctx, privilege, name)
			return
		}
	}
	p.fail(ctx, name, err)
}
