package check

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"target-s3/target/journal"
	"target-s3/target/store"
)

const notExactlyOnce = "exactly_once is not set"

// exactlyOnce finds out whether an object is left as it is where the condition is not
// met on which it is to be replaced. It is tried on one that loses nothing should
// the service replace it after all, with what it has.
func (p *privileges) exactlyOnce(ctx context.Context) {
	switch {
	case p.c.ExactlyOnce == "":
		p.skip(ctx, ExactlyOnce, notExactlyOnce)
		return
	case p.failedIn(Put):
		p.notTried(ctx, Put, ExactlyOnce)
		return
	}
	if err := p.readJournal(ctx, p.store); err != nil {
		if !p.emitUnreadable(ctx, err) {
			p.failReading(ctx, ExactlyOnce, err)
		}
		return
	}
	if p.mayUseChallengeFile(ctx) {
		p.replace(ctx, p.c.SentinelKey, nil)
		return
	}
	key := journal.Key(p.c.S3KeyPrefix, p.c.ExactlyOnce)
	body, _, err := p.store.Read(ctx, key, journal.MaxBytes)
	switch {
	case err == nil:
		p.replace(ctx, key, body)
	case errors.Is(err, fs.ErrNotExist):
		p.skip(ctx, ExactlyOnce, "could be tried only by leaving an object behind; the first load tries it before it reads a record. "+
			"With an empty challenge file (sentinel_key) it is tried on that")
	default:
		p.failReading(ctx, ExactlyOnce, err)
	}
}

// readJournal reads the pipeline's journal, if there is one, as each load does first.
func (r *run) readJournal(ctx context.Context, s store.Store) error {
	_, err := journal.Read(ctx, s, journal.Key(r.c.S3KeyPrefix, r.c.ExactlyOnce), r.c.ExactlyOnce)
	return err
}

// emitUnreadable reports whether the error was that of a journal that no load can go on
// from, and says so.
func (r *run) emitUnreadable(ctx context.Context, err error) bool {
	var bad *journal.UnreadableError
	if !errors.As(err, &bad) {
		return false
	}
	fix := bad.Fix()
	r.emit(ctx, Result{Name: ExactlyOnce, Outcome: Failed, Detail: bad.What(), Fix: strings.ToUpper(fix[:1]) + fix[1:]})
	return true
}

const fixExactlyOnce = "Remove exactly_once, or use a service that implements If-Match on PutObject"

// replace asks for an object to be replaced if it is another version than it is.
func (p *privileges) replace(ctx context.Context, key string, body []byte) {
	where := p.store.Location(key)
	_, err := p.store.Replace(ctx, key, body, journal.NoVersion)
	switch {
	case errors.Is(err, store.ErrChanged):
		p.ok(ctx, ExactlyOnce, "possible: "+where+" was not replaced, as the condition was not met (If-Match)")
	case errors.Is(err, errors.ErrUnsupported):
		p.emit(ctx, Result{Name: ExactlyOnce, Outcome: Failed, Detail: "the service does not implement If-Match", Code: "NotImplemented", Fix: fixExactlyOnce})
	case err == nil:
		p.emit(ctx, Result{
			Name: ExactlyOnce, Outcome: Failed, Fix: fixExactlyOnce,
			Detail: "the service ignores If-Match: it replaced " + where + ", by the same contents",
		})
	default:
		p.fail(ctx, ExactlyOnce, err)
	}
}
