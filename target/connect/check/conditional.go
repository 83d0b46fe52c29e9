package check

import (
	"context"
	"errors"
	"io/fs"

	"target-s3/target/s3store"
)

// conditional finds out whether a key that is taken is refused.
func (p *privileges) conditional(ctx context.Context) {
	switch setting := p.c.ConditionalWrites; {
	case setting != nil && !*setting:
		p.skip(ctx, ConditionalCreate, "conditional_writes is false: the loader looks whether a key is free before it writes")
	case p.failedIn(Put):
		p.notTried(ctx, Put, ConditionalCreate)
	case p.written.Unconditional:
		p.unconditional(ctx)
	case p.mayUseChallengeFile(ctx):
		p.createAgain(ctx, p.c.SentinelKey)
	default:
		p.createTwice(ctx)
	}
}

const fixConditions = "Set conditional_writes to false, and never run two loads into the same keys at once"

// unconditional is about a service that does not know the header. Only whoever
// insists on it has a problem with that.
func (p *privileges) unconditional(ctx context.Context) {
	const detail = "the service does not implement If-None-Match"
	if p.c.ConditionalWrites != nil {
		p.emit(ctx, Result{Name: ConditionalCreate, Outcome: Failed, Detail: detail + ", and conditional_writes is true", Code: "NotImplemented", Fix: fixConditions})
		return
	}
	p.emit(ctx, Result{
		Name: ConditionalCreate, Outcome: OK, Detail: detail + "; the loader looks whether a key is free before it writes",
		Fix: "Two loads that write the same key at the same moment are not kept apart: never run two into the same keys at once",
	})
}

// mayUseChallengeFile reports whether there is one that loses nothing should the
// service overwrite it after all.
func (p *privileges) mayUseChallengeFile(ctx context.Context) bool {
	if p.c.SentinelKey == "" {
		return false
	}
	empty, err := p.store.IsEmpty(ctx, p.c.SentinelKey)
	return err == nil && empty
}

// createAgain creates an object that exists.
func (p *privileges) createAgain(ctx context.Context, key string) {
	_, err := p.store.CreateEmpty(ctx, key)
	if isDenied(err) { // the policy may be for the tables alone
		p.createTwice(ctx)
		return
	}
	var parts error
	if errors.Is(err, fs.ErrExist) {
		_, parts = p.completeAgain(ctx, key)
	}
	p.judge(ctx, key, err, parts, "")
}

// errNotTried is why nothing can be said of uploads in parts.
var errNotTried = errors.New("not tried, because of " + Multipart)

// completeAgain does the same with an upload in parts.
func (p *privileges) completeAgain(ctx context.Context, key string) (version string, err error) {
	if p.failedIn(Multipart) || p.staged.Left != "" {
		return "", errNotTried
	}
	return p.store.CompleteEmpty(ctx, key)
}

// judge hands over what came of creating an object that exists, whole and, where
// that was refused as it should be, in parts.
func (p *privileges) judge(ctx context.Context, key string, err, parts error, leftover string) {
	where := p.store.Location(key)
	switch {
	case errors.Is(err, fs.ErrExist):
		p.judgeParts(ctx, where+" exists and was not overwritten (412)", where, parts, leftover)
	case errors.Is(err, s3store.ErrNoConditions):
		p.unconditional(ctx)
	case err == nil:
		p.emit(ctx, Result{
			Name: ConditionalCreate, Outcome: Failed, Fix: sentences(fixConditions, leftover),
			Detail: "the service ignores If-None-Match: it overwrote " + where + ", which was empty and still is",
		})
	default:
		p.fail(ctx, ConditionalCreate, err)
	}
}

// fixParts is what is left to do where the loader looks before it completes an
// upload.
const fixParts = "Two loads that write a large file of the same key at the same moment are not kept apart: put [run_id] into s3_key_format_string if there may be such"

func (p *privileges) judgeParts(ctx context.Context, detail, where string, err error, leftover string) {
	const looks = "; the loader looks whether a key is free before it completes one"
	result := Result{Name: ConditionalCreate, Outcome: OK, Detail: detail + ", neither whole nor in parts", Fix: leftover}
	switch {
	case errors.Is(err, fs.ErrExist):
	case errors.Is(err, errNotTried):
		result.Detail = detail + "; uploads in parts were " + err.Error()
	case errors.Is(err, s3store.ErrNoConditions) && p.c.ConditionalWrites != nil:
		result.Outcome, result.Code = Failed, "NotImplemented"
		result.Detail = "the service does not implement If-None-Match for uploads in parts, and conditional_writes is true"
		result.Fix = sentences(fixConditions, leftover)
	case errors.Is(err, s3store.ErrNoConditions):
		result.Detail = detail + "; the service does not implement If-None-Match for uploads in parts" + looks
		result.Fix = sentences(fixParts, leftover)
	case err == nil:
		result.Detail = detail + ", but an upload in parts overwrote it, as the service ignores If-None-Match there (it was empty and still is)" + looks
		result.Fix = sentences(fixParts, leftover)
	default:
		p.fail(ctx, ConditionalCreate, err)
		return
	}
	p.emit(ctx, result)
}

// createTwice creates an object of its own, creates it again and removes it, if
// it may be removed.
func (p *privileges) createTwice(ctx context.Context) {
	if err := p.store.ProbeDelete(ctx, p.key); err != nil {
		p.skip(ctx, ConditionalCreate, "If-None-Match is accepted; whether it keeps an object from being overwritten could be tried only by leaving one behind, "+
			"as these credentials may not delete ("+code(err)+"). With an empty challenge file (sentinel_key) it is tried on that")
		return
	}
	version, err := p.store.CreateEmpty(ctx, p.key)
	// The key is this run's own: if it is taken, an answer was lost.
	if err != nil && !errors.Is(err, fs.ErrExist) {
		if !isRefusal(err) { // it may have been carried out all the same
			p.remove(ctx, p.key, "")
		}
		p.judge(ctx, p.key, err, nil, "")
		return
	}
	versions := []string{version}
	again, err := p.store.CreateEmpty(ctx, p.key)
	var parts error
	if errors.Is(err, fs.ErrExist) {
		again, parts = p.completeAgain(ctx, p.key)
	}
	if again != "" {
		versions = append(versions, again)
	}
	leftover := ""
	for _, v := range versions {
		leftover = sentences(leftover, p.remove(ctx, p.key, v))
	}
	p.judge(ctx, p.key, err, parts, leftover)
}
