package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"target-s3/target/s3store"
)

// service checks a bucket of S3.
func (r *run) service(ctx context.Context) {
	if !r.settings(ctx) {
		r.notTried(ctx, Settings, append(gates, checks()...)...)
		return
	}
	a := &access{run: r, cfg: r.storeConfig()}
	defer a.close()
	if !a.pass(ctx) {
		return
	}
	p := &privileges{access: a, store: a.store}
	for _, step := range steps {
		if ctx.Err() != nil {
			return
		}
		if p.lost != "" {
			r.notTried(ctx, p.lost, step.name)
			continue
		}
		step.try(p, ctx)
	}
	if ctx.Err() == nil && p.lost == "" {
		p.batchFiles(ctx)
	}
}

func (r *run) storeConfig() s3store.Config {
	cfg := s3store.FromSettings(r.c)
	cfg.MaxAttempts, cfg.MaxBackoff, cfg.StallTimeout = r.MaxAttempts, r.MaxBackoff, r.StallTimeout
	if cfg.ConditionalWrites != nil && *cfg.ConditionalWrites {
		cfg.ConditionalWrites = nil // a probe that the service refuses would tell nothing else
	}
	return cfg
}

// gates are the checks that all others depend on, each on those before it.
var gates = []string{Connection, Clock, Credentials, Region, Bucket}

// access finds out whether the bucket can be had at all.
type access struct {
	*run
	cfg    s3store.Config
	store  *s3store.Bucket
	opened []*s3store.Bucket

	details   map[string]string
	shut      string // the gate that is shut; empty: none
	shutWhy   error
	regionErr error // the region is wrong, and the service said which is right
	listErr   error // how the first request that was signed ended
}

// maxSkew is how far the clock may be off, see the package's comment.
const maxSkew = 5 * time.Minute

// open opens the store with a change to its settings. All are closed in the end.
func (a *access) open(ctx context.Context, change func(*s3store.Config)) (*s3store.Bucket, error) {
	cfg := a.cfg
	if change != nil {
		change(&cfg)
	}
	s, err := s3store.OpenBucket(ctx, cfg)
	if err == nil {
		a.opened = append(a.opened, s)
	}
	return s, err
}

func (a *access) close() {
	for _, s := range a.opened {
		s.Close()
	}
}

// pass tries all gates and hands their results over. It reports whether they are
// open; a wrong region is none if the right one is known, which is used then.
func (a *access) pass(ctx context.Context) bool {
	a.details = map[string]string{}
	a.shut, a.shutWhy = a.approach(ctx)
	if skew, _ := a.skew(); skew.Abs() > maxSkew && code(a.shutWhy) == "SignatureDoesNotMatch" {
		a.shut = Clock // so STS calls a signature of another time
	}
	for i, name := range gates {
		skew, known := a.skew()
		switch {
		case name == a.shut:
			a.fail(ctx, name, a.shutWhy)
			a.notTried(ctx, name, append(gates[i+1:len(gates):len(gates)], checks()...)...)
			return false
		case a.store == nil: // there was nothing to try it with
			a.notTried(ctx, a.shut, name)
		case name == Region && a.regionErr != nil:
			a.fail(ctx, name, a.regionErr)
		case name == Region && a.store.UnknownRegion() != "":
			a.emit(ctx, Result{Name: name, Outcome: OK, Detail: a.details[name], Fix: a.store.UnknownRegion()})
		case name == Clock && known && skew.Abs() > maxSkew:
			a.emit(ctx, Result{Name: Clock, Outcome: Failed, Detail: skewText(skew), Fix: fixClock})
		case name == Clock && !known:
			a.skip(ctx, Clock, "the service does not say what time it is")
		case name == Clock:
			a.ok(ctx, Clock, skewText(skew))
		default:
			a.ok(ctx, name, a.details[name])
		}
	}
	return ctx.Err() == nil
}

const fixClock = "Set the clock of this machine, and keep it set (NTP)"

func (a *access) skew() (time.Duration, bool) {
	if a.store == nil {
		return 0, false
	}
	return a.store.ClockSkew()
}

func skewText(skew time.Duration) string {
	switch d := skew.Abs().Round(time.Second); {
	case d < 2*time.Second: // dates are of whole seconds
		return "as the service's"
	case skew > 0:
		return d.String() + " ahead of the service's"
	default:
		return d.String() + " behind the service's"
	}
}

// approach makes the requests, and returns the gate that is shut and why.
func (a *access) approach(ctx context.Context) (gate string, why error) {
	var err error
	a.store, err = a.open(ctx, nil)
	noRegion := errors.Is(err, s3store.ErrNoRegion)
	if noRegion {
		// Amazon S3 tells the region of a bucket to whoever asks in this one.
		a.store, err = a.open(ctx, func(c *s3store.Config) { c.Region = "us-east-1" })
	}
	if err != nil {
		return Credentials, err // the files of the AWS tools cannot be read
	}
	begun := a.Now()
	home, err := a.store.Ping(ctx)
	if err != nil {
		return Connection, err
	}
	a.details[Connection] = fmt.Sprintf("%s answered in %s", a.store.Service(), rounded(a.Now().Sub(begun)))
	if gate, why := a.identify(ctx); gate != "" {
		return gate, why
	}
	if noRegion {
		a.regionErr = s3store.ErrNoRegion
		if home == "" {
			return Region, a.regionErr
		}
		a.regionErr = fmt.Errorf("%w. The bucket is in the region %s", a.regionErr, home)
		if err := a.moveTo(ctx, home); err != nil {
			return Region, err
		}
	}
	return a.enter(ctx)
}

// enter makes the first request that is signed.
func (a *access) enter(ctx context.Context) (gate string, why error) {
	_, err := a.store.List(ctx, a.dir, 1)
	if e := asS3(err); e != nil && gateOf(e, a.store.Region()) == Region && e.BucketRegion != "" && e.BucketRegion != a.store.Region() && a.regionErr == nil {
		a.regionErr = err
		if err := a.moveTo(ctx, e.BucketRegion); err != nil {
			return Region, err
		}
		_, err = a.store.List(ctx, a.dir, 1)
	}
	a.details[Region] = a.store.Region()
	a.details[Bucket] = a.c.S3Bucket + " exists" + a.ownership(err)
	if err == nil {
		return "", nil
	}
	if gate := gateOf(asS3(err), a.store.Region()); gate != "" {
		return gate, err
	}
	if a.otherOwner(ctx, err) {
		return Bucket, &ownerError{err, a.cfg.ExpectedBucketOwner}
	}
	a.listErr = err
	return "", nil
}

func (a *access) moveTo(ctx context.Context, region string) error {
	a.cfg.Region = region
	s, err := a.open(ctx, nil)
	if err == nil {
		a.store = s
	}
	return err
}

func (a *access) ownership(err error) string {
	switch {
	case a.cfg.ExpectedBucketOwner == "":
		return ""
	case err != nil:
		return "; whether it belongs to " + a.cfg.ExpectedBucketOwner + " cannot be told while requests are refused"
	}
	return ", and belongs to the account " + a.cfg.ExpectedBucketOwner
}

// otherOwner reports whether a request was refused because the bucket belongs to
// somebody else than expected: without the expectation it is not.
func (a *access) otherOwner(ctx context.Context, err error) bool {
	if a.cfg.ExpectedBucketOwner == "" || !isDenied(err) {
		return false
	}
	s, openErr := a.open(ctx, func(c *s3store.Config) { c.ExpectedBucketOwner = "" })
	if openErr != nil {
		return false
	}
	_, err = s.List(ctx, a.dir, 1)
	return err == nil
}

// identify says whose credentials are in use.
func (a *access) identify(ctx context.Context) (gate string, why error) {
	id, err := a.store.Identity(ctx)
	if err != nil {
		return Credentials, err
	}
	text := masked(id.AccessKeyID) + " " + a.source(id.Source)
	caller, err := a.store.Caller(ctx)
	switch e := asS3(err); {
	case e != nil && gateOf(e, "") == Credentials:
		return Credentials, err
	case e != nil && gateOf(e, "") == Clock:
		return Clock, err
	case err != nil:
		text += "; STS did not say whose they are (" + cmp.Or(code(err), "no answer") + ")"
	case caller != "":
		text += ": " + caller
	}
	a.details[Credentials] = text
	return "", nil
}

// masked shows as much of an access key as tells it from others.
func masked(id string) string {
	const shown = 4
	if len(id) < 4*shown { // no identifier of AWS; it may be anything
		return "****"
	}
	return id[:shown] + "…" + id[len(id)-shown:]
}

// sources are what the SDK calls where credentials come from.
var sources = []struct{ prefix, text string }{
	{"StaticCredentials", "from the settings"},
	{"EnvConfigCredentials", "from the environment"},
	{"SharedConfigCredentials", "from the shared config file"},
	{"AssumeRoleProvider", "of the assumed role"},
	{"SSOProvider", "from single sign-on"},
	{"WebIdentityCredentials", "of a role, by web identity"},
	{"EC2RoleProvider", "of the instance's role"},
	{"CredentialsEndpointProvider", "of the container's role"},
	{"ProcessProvider", "from a credential process"},
}

func (a *access) source(name string) string {
	text := "from " + name
	for _, s := range sources {
		if strings.HasPrefix(name, s.prefix) {
			text = s.text
			break
		}
	}
	if a.cfg.RoleARN != "" {
		text += " " + a.cfg.RoleARN
	} else if a.cfg.Profile != "" {
		text += " (profile " + a.cfg.Profile + ")"
	}
	return text
}

func rounded(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(100 * time.Millisecond)
}
