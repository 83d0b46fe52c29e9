package s3store

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// identity is where requests get their credentials. Besides caching them and
// renewing them early, which the SDK does, it renews them when the service says
// that they have expired before their time: revoked, or by a clock that is wrong.
type identity struct {
	provider aws.CredentialsProvider

	last atomic.Pointer[aws.Credentials] // what requests were signed with last

	mu      sync.Mutex
	renewed time.Time // when renew last asked for others
	changed bool      // whether it got others then
}

// renewInterval keeps many requests that fail together from renewing many times.
const renewInterval = 5 * time.Second

func newIdentity(shared aws.Config, s *Store) *identity {
	cfg := s.cfg
	if cfg.RoleARN == "" {
		return &identity{provider: shared.Credentials}
	}
	client := &roleClient{client: sts.NewFromConfig(shared), store: s}
	role := stscreds.NewAssumeRoleProvider(client, cfg.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = cfg.RoleSessionName
		if cfg.ExternalID != "" {
			o.ExternalID = aws.String(cfg.ExternalID)
		}
	})
	return &identity{provider: aws.NewCredentialsCache(role, refreshEarly)}
}

// roleClient has as much patience with STS as the store has with S3. Only here:
// where there are no credentials at all, asking the metadata service of a machine
// that has none must not take that long.
type roleClient struct {
	client *sts.Client
	store  *Store
	reach  reach
}

// AssumeRole implements stscreds.AssumeRoleAPIClient.
func (c *roleClient) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, options ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	r := c.store.newRequest(ctx, opAssumeRole, c.store.tokenService(), &c.reach)
	out, err := c.client.AssumeRole(r.in(ctx), in, append(options, func(o *sts.Options) { o.Retryer = r })...)
	if err == nil {
		c.reach.hasAnswered()
	}
	return out, err
}

// Retrieve implements aws.CredentialsProvider.
func (id *identity) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := id.provider.Retrieve(ctx)
	if err != nil {
		return c, &credentialsError{err}
	}
	id.last.Store(&c)
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
	last := id.last.Load() // before others can fetch the new ones
	cache.Invalidate()
	c, err := id.provider.Retrieve(ctx)
	if ctx.Err() != nil {
		return false
	}
	id.renewed = time.Now()
	id.changed = err == nil && (last == nil || c.AccessKeyID+c.SessionToken != last.AccessKeyID+last.SessionToken)
	return id.changed
}

// redact takes our own secrets out of a text, should a service repeat them.
func (id *identity) redact(text string) string {
	last := id.last.Load()
	if last == nil {
		return text
	}
	return hide(hide(text, last.SecretAccessKey), last.SessionToken)
}

// A shorter secret than leastSecret is not looked for in texts: it would be found
// in words that mean something else. One shorter than longSecret, as services
// other than AWS have them, is one only where it is a word of its own.
const (
	leastSecret = 8
	longSecret  = 16
)

// hide replaces a secret in a text.
func hide(text, secret string) string {
	if len(secret) < leastSecret {
		return text
	}
	var b strings.Builder
	from := 0
	for at := 0; ; {
		i := strings.Index(text[at:], secret)
		if i < 0 {
			return b.String() + text[from:]
		}
		begin, end := at+i, at+i+len(secret)
		before, _ := utf8.DecodeLastRuneInString(text[:begin])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if len(secret) < longSecret && (isWord(before) || isWord(after)) {
			at = begin + 1
			continue
		}
		b.WriteString(text[from:begin] + "****")
		from, at = end, end
	}
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
