package check

import (
	"context"
	"fmt"
	"time"

	"target-s3/target/connect/awscli"
	"target-s3/target/connect/policy"
)

// oldUpload is what a load that runs has not, unless the tap sends no STATE for so
// long.
const oldUpload = 24 * time.Hour

// mostUploads bounds how many uploads are counted.
const mostUploads = 10_000

// unfinished says what becomes of uploads that nobody completes, where these
// credentials may look. A load needs none of that.
func (p *privileges) unfinished(ctx context.Context) {
	days, ruleErr := p.store.AbortsAfter(ctx, p.c.Beginning())
	old, listErr := p.oldUploads(ctx, p.c.Beginning())

	rule, uploads, fix := fmt.Sprintf("a lifecycle rule aborts them %d days after they began", days), fmt.Sprintf("%d are older than 24 hours", old), ""
	switch {
	case ruleErr != nil:
		rule = "whether a lifecycle rule aborts them cannot be told (" + code(ruleErr) + ")"
	case days == 0:
		rule = "no lifecycle rule aborts them"
		fix = "Give the bucket such a rule; this command replaces those that it has: " + awscli.AbortUploads(p.c)
	case days < policy.AbortDays && p.c.ExactlyOnce != "":
		fix = fmt.Sprintf("Let the rule wait for %d days: a commit that a crash has interrupted can be finished only while its uploads are there", policy.AbortDays)
	}
	switch {
	case listErr != nil:
		uploads = "how many there are cannot be told (" + code(listErr) + ")"
	case old > 0:
		fix = sentences(fix, "target-s3 sweep aborts those that are old")
	}
	result := Result{Name: UnfinishedUploads, Outcome: OK, Detail: rule + "; " + uploads, Fix: fix}
	if ruleErr != nil && listErr != nil {
		result.Outcome = Skipped
	}
	p.emit(ctx, result)
}

// oldUploads counts them.
func (p *privileges) oldUploads(ctx context.Context, beginning string) (n int, err error) {
	for u, err := range p.store.Uploads(ctx, beginning) {
		if err != nil {
			return 0, err
		}
		if !u.Since.IsZero() && p.Now().Sub(u.Since) >= oldUpload {
			n++
		}
		if n == mostUploads {
			break
		}
	}
	return n, nil
}
