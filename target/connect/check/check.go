package check

import (
	"cmp"
	"context"
	"strings"
	"time"

	"target-s3/singer/printable"
	"target-s3/target/config"
	"target-s3/target/connect/policy"
)

// Outcome is how a check ended.
type Outcome string

// The outcomes. Skipped is for what could not be tried, because something before
// it failed, or does not apply; the detail says which.
const (
	OK      Outcome = "ok"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
)

// Result is one check. Its texts are of one line each and safe to print.
type Result struct {
	Name    string  `json:"name"`  // stable identifier
	Title   string  `json:"title"` // for a person, short
	Outcome Outcome `json:"outcome"`
	Detail  string  `json:"detail,omitempty"` // what was tried and what was found
	Code    string  `json:"code,omitempty"`   // the S3 error code
	Fix     string  `json:"fix,omitempty"`    // how to mend it, or what to do about what was left behind
	Why     string  `json:"why,omitempty"`    // the reason the loader requires it
}

// The names of the checks, in the order in which they are made. With a folder in
// place of S3 there are settings, bucket, put, conditional_create, challenge_file
// and exactly_once.
const (
	Settings          = "settings"
	Connection        = "connection"
	Clock             = "clock"
	Credentials       = "credentials"
	Region            = "region"
	Bucket            = "bucket"
	List              = "list"
	Put               = "put"
	Get               = "get"
	Multipart         = "multipart"
	ConditionalCreate = "conditional_create"
	Encryption        = "encryption"
	ChallengeFile     = "challenge_file"
	ExactlyOnce       = "exactly_once"
	UnfinishedUploads = "unfinished_uploads"
	BatchFiles        = "batch_files" // only where batch_roots has a bucket
)

// whys are why the loader requires what is checked.
var whys = map[string]string{
	Settings:          "the keys of all objects are made from them",
	Connection:        "everything is sent there",
	Clock:             "requests are signed with the time of this machine, and S3 refuses those that are off by more than 15 minutes; the time is also in keys and records",
	Credentials:       "every request is signed with them",
	Region:            "requests are signed for a region, and S3 accepts those for the bucket's alone",
	Bucket:            "the files go there",
	List:              policy.Why(policy.ListBucket),
	Put:               policy.Why(policy.PutObject),
	Get:               policy.Why(policy.GetObject),
	Multipart:         "large files are sent in parts as they come, so that memory stays bounded",
	ConditionalCreate: "keeps two loads from overwriting each other's files",
	Encryption:        "server_side_encryption asks for it",
	ChallengeFile:     "nothing is loaded without it, so that a load cannot end up in somebody else's bucket",
	ExactlyOnce:       "a commit is one request that replaces the journal, unless another load has replaced it before",
	BatchFiles:        "the records of BATCH messages are in files there",
	UnfinishedUploads: "what crashed loads left behind is paid for, and no listing of objects shows it",
}

// Options are what Run works with.
type Options struct {
	Config config.Config
	Now    func() time.Time // nil: time.Now

	// MaxAttempts, MaxBackoff and StallTimeout are those of s3store.Config. Those
	// that are zero get values with which a service that is down is reported
	// within seconds.
	MaxAttempts  int
	MaxBackoff   time.Duration
	StallTimeout time.Duration
}

// Patience with a service, which is less than a load has: somebody is waiting.
const (
	defaultAttempts = 2
	defaultBackoff  = 500 * time.Millisecond
	defaultStall    = 5 * time.Second
)

// cleanUpTime bounds the removal of what a check has made. It is not cancelled
// with the check.
const cleanUpTime = 5 * time.Second

// Run tries each check and hands its result to each, in order, as it comes. It
// reports whether none failed. Once ctx has ended it tries nothing more, removes
// what it has made, and returns false.
func Run(ctx context.Context, o Options, each func(Result)) bool {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxAttempts <= 0 {
		o.MaxAttempts = defaultAttempts
	}
	if o.MaxBackoff <= 0 {
		o.MaxBackoff = defaultBackoff
	}
	if o.StallTimeout <= 0 {
		o.StallTimeout = defaultStall
	}
	r := &run{Options: o, c: o.Config, each: each, token: config.NewRunID(), outcomes: map[string]Outcome{}}
	r.c.RunID = cmp.Or(r.c.RunID, r.token)
	if dir, ok := o.Config.FileRoot(); ok {
		r.folder(ctx, dir)
	} else {
		r.service(ctx)
	}
	return !r.failed && ctx.Err() == nil
}

// run is one run of all checks.
type run struct {
	Options
	c        config.Config
	each     func(Result)
	token    string // in the keys that are tried; no other run has it
	outcomes map[string]Outcome
	failed   bool

	// keys, which the check of the settings sets
	key string // below it nothing exists
	dir string // what the keys of all tables begin with
}

// emit hands over a result. What went wrong because the user has had enough is
// no finding.
func (r *run) emit(ctx context.Context, v Result) {
	if ctx.Err() != nil {
		return
	}
	if v.Title == "" {
		v.Title = r.title(v.Name)
	}
	if v.Outcome == Failed {
		r.failed = true
	}
	v.Why = whys[v.Name]
	v.Detail, v.Fix, v.Code = plain(v.Detail), plain(v.Fix), plain(v.Code)
	r.outcomes[v.Name] = v.Outcome
	r.each(v)
}

func (r *run) ok(ctx context.Context, name, detail string) {
	r.emit(ctx, Result{Name: name, Outcome: OK, Detail: detail})
}

func (r *run) skip(ctx context.Context, name, why string) {
	r.emit(ctx, Result{Name: name, Outcome: Skipped, Detail: why})
}

// notTried skips all of these because of another check.
func (r *run) notTried(ctx context.Context, because string, names ...string) {
	for _, name := range names {
		r.skip(ctx, name, "not tried, because of "+because)
	}
}

func (r *run) title(name string) string {
	under := ""
	if r.dir != "" {
		under = " under " + r.dir
	}
	if _, ok := r.c.FileRoot(); ok {
		switch name {
		case Bucket:
			return "Folder " + r.c.S3Bucket
		case Put:
			return "Files" + under
		}
	}
	switch name {
	case Settings:
		return "Settings"
	case Connection:
		return "Service reachable"
	case Clock:
		return "Clock of this machine"
	case Credentials:
		return "Credentials"
	case Region:
		return "Region"
	case Bucket:
		return "Bucket " + r.c.S3Bucket
	case List:
		return "ListBucket" + under
	case Put:
		return "PutObject" + under
	case Get:
		return "GetObject" + under
	case Multipart:
		return "Upload in parts" + under
	case ConditionalCreate:
		return "Create without overwriting"
	case Encryption:
		return "Encryption"
	case ExactlyOnce:
		return "Exactly once"
	case BatchFiles:
		return "Batch files"
	case UnfinishedUploads:
		return "Unfinished uploads"
	}
	return "Challenge file"
}

// maxText bounds a text of a result, in bytes. It is more than s3store keeps of
// an answer, with what stands around it.
const maxText = 2000

// plain makes a text safe to print: what a service answered may be in it.
func plain(text string) string {
	return printable.Short(strings.Join(strings.Fields(text), " "), maxText)
}

// cleanUp returns a context for removing what a check has made.
func cleanUp(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
}
