package s3store

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// identity is where requests get their credentials. Besides caching them and
// renewing them early, which the SDK does, it renews them when the service says
// that they have expired before their time: revoked, or by a clock that is wrong.
type identity struct {
	provider aws.CredentialsProvider

	mu      sync.Mutex
	last    aws.Credentials // what requests were signed with last
	renewed time.Time       // when renew last asked for others
	changed bool            // whether it got others then
}

// renewInterval keeps many requests that fail together from renewing many times.
const renewInterval = 5 * time.Second

func newIdentity(shared aws.Config, cfg Config) *identity {
	if cfg.RoleARN == "" {
		return &identity{provider: shared.Credentials}
	}
	// Only here: where there are no credentials at all, asking the metadata
	// service of a machine that has none must not take all these attempts.
	client := sts.NewFromConfig(shared, func(o *sts.Options) {
		o.Retryer = newRetryer(cfg)
		o.RetryMaxAttempts = cfg.MaxAttempts
	})
	role := stscreds.NewAssumeRoleProvider(client, cfg.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = cfg.RoleSessionName
		if cfg.ExternalID != "" {
			o.ExternalID = aws.String(cfg.ExternalID)
		}
	})
	return &identity{provider: aws.NewCredentialsCache(role, refreshEarly)}
}

// Retrieve implements aws.CredentialsProvider.
func (id *identity) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := id.provider.Retrieve(ctx)
	if err != nil {
		return c, &credentialsError{err}
	}
	id.mu.Lock()
	defer id.mu.Unlock()
	id.last = c
	return c, nil
}

// credentialsError tells that it is not the request that failed.
type credentialsError struct{ error }

func (e *credentialsError) Unwrap() error { return e.error }

// renew throws away credentials that the service no longer takes and reports
// whether there are others to try.
func (id *identity) renew(ctx context.Context) bool {
	id.mu.Lock()
	defer id.mu.Unlock()
	if time.Since(id.renewed) < renewInterval {
		return id.changed
	}
	cache, ok := id.provider.(interface{ Invalidate() })
	if !ok {
		return false
	}
	cache.Invalidate()
	c, err := id.provider.Retrieve(ctx)
	if ctx.Err() != nil {
		return false
	}
	id.renewed = time.Now()
	id.changed = err == nil && c.AccessKeyID+c.SessionToken != id.last.AccessKeyID+id.last.SessionToken
	return id.changed
}

// redact takes our own secrets out of a text, should a service repeat them.
func (id *identity) redact(text string) string {
	id.mu.Lock()
	defer id.mu.Unlock()
	for _, secret := range []string{id.last.SecretAccessKey, id.last.SessionToken} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "****")
		}
	}
	return text
}
