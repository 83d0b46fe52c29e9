package s3store

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// How long requests are tried.
const (
	// connectTimeout has room for two packets that get lost.
	connectTimeout = 5 * time.Second
	// A service that never answered as S3 does is given up within half a minute:
	// what is wrong then is a setting, and somebody waits to read which. Nothing may stand
	// still for longer than unreachedStall meanwhile, nor is a try begun that would
	// have less than leastTry.
	unreachedTime    = 28 * time.Second
	unreachedStall   = 15 * time.Second
	unreachedBackoff = 5 * time.Second
	leastTry         = 3 * time.Second
	// A service that went away is waited for for a minute, in which time that a
	// request was moving does not count. Once it was given up every other request
	// has one try, with less patience.
	outageTime  = time.Minute
	outageStall = 5 * time.Second
	// maxRetryAfter bounds what a service may ask for.
	maxRetryAfter = 30 * time.Second
	// digestTries is enough for bits that flip on their way. A service that does
	// not handle checksums as S3 does says the same each time.
	digestTries = 3
	// cleanUpTries is more than fit into the time that cleaning up has.
	cleanUpTries = 100
	// patience is how many tries may fail before a person wants to know why it
	// takes so long, where the service has answered before.
	patience = 2
)

// reach is what is known of a service, from all requests to it.
type reach struct {
	answered atomic.Bool // once at least, and as S3 does
	gone     atomic.Bool // it has been waited for in vain, and has not answered since
}

func (r *reach) hasAnswered() {
	r.answered.Store(true)
	r.gone.Store(false)
}

// request is one request with all its tries: it is the SDK's Retryer for it, and
// counts what the tries come to. The context has it, for the client that sends
// them. Tries follow one another.
type request struct {
	op          string
	service     string // as messages name it
	cfg         Config
	reach       *reach
	describe    func(error) string // on part of a line
	wrongDigest bool               // on purpose, so that there is nothing to retry
	began       time.Time
	until       time.Time // it is tried until then, whatever is known of the service; zero: see plan

	mu       sync.Mutex
	tries    int           // that were begun
	received int           // of these, those that had a connection: they may have been received
	tryBegan time.Time     // of the last
	moved    time.Time     // when something last moved in it, before its answer
	lost     time.Duration // in which nothing moved, in all
	wait     time.Duration // before the next
}

var _ aws.RetryerV2 = (*request)(nil)

type requestKey struct{}

func (r *request) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// requestIn is the request that a try is for.
func requestIn(ctx context.Context) *request {
	r, _ := ctx.Value(requestKey{}).(*request)
	return r
}

// begin begins a try, and returns for how long nothing may move in it.
func (r *request) begin() (stall time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tries++
	r.tryBegan = time.Now()
	r.moved = r.tryBegan
	switch {
	case r.reach.gone.Load():
		return min(r.cfg.StallTimeout, outageStall)
	case r.reach.answered.Load():
		return r.cfg.StallTimeout
	}
	left := unreachedTime - r.tryBegan.Sub(r.began)
	return min(r.cfg.StallTimeout, unreachedStall, max(left, leastTry))
}

func (r *request) hasConnected() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.received++
}

func (r *request) hasMoved() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.moved = time.Now()
}

// isAnswer reports whether a service shows that it is the one that was asked. Some
// do not, until they have done what was asked.
func (r *request) isAnswer(header http.Header) bool {
	return hasServiceHeader(header) || r.op == opAssumeRole && header.Get("X-Amzn-Requestid") != ""
}

// counts are the tries, and those of them that may have been received.
func (r *request) counts() (tries, received int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tries, r.received
}

// MaxAttempts implements aws.Retryer: IsErrorRetryable decides.
func (r *request) MaxAttempts() int { return 0 }

// RetryDelay implements aws.Retryer.
func (r *request) RetryDelay(int, error) (time.Duration, error) { return r.wait, nil }

// GetRetryToken implements aws.Retryer. The SDK's quota of retries protects a
// service from many clients that would rather fail; a load that failed would only
// start anew.
func (r *request) GetRetryToken(context.Context, error) (func(error) error, error) {
	return noToken, nil
}

// GetInitialToken implements aws.Retryer.
func (r *request) GetInitialToken() func(error) error { return noToken }

// GetAttemptToken implements aws.RetryerV2.
func (r *request) GetAttemptToken(context.Context) (func(error) error, error) { return noToken, nil }

func noToken(error) error { return nil }

// IsErrorRetryable implements aws.Retryer. The SDK asks once after each try that
// failed.
func (r *request) IsErrorRetryable(err error) bool {
	if !r.heals(err) {
		return false
	}
	wait, most := r.plan(err)
	tries, received := r.counts()
	if most <= tries {
		if isUnanswered(err) {
			r.reach.gone.Store(r.reach.answered.Load())
		}
		return false
	}
	r.wait = wait
	r.announce(err, tries, most, received > 0)
	return true
}

// plan says how long to wait for the next try, and how many there will be in all
// if each takes as long as the last.
func (r *request) plan(err error) (wait time.Duration, most int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	spent, took, limit, room := now.Sub(r.began), now.Sub(r.tryBegan), unreachedTime, leastTry
	first, longest := 500*time.Millisecond, min(r.cfg.MaxBackoff, unreachedBackoff)
	if r.reach.answered.Load() {
		r.lost += now.Sub(r.moved)
		spent, took, limit, room = r.lost, now.Sub(r.moved), outageTime, 0
		first, longest = time.Second, r.cfg.MaxBackoff
	}
	tries := r.cfg.MaxAttempts
	switch {
	case !r.until.IsZero():
		spent, took, limit, room = now.Sub(r.began), now.Sub(r.tryBegan), r.until.Sub(r.began), 0
		tries, longest = cleanUpTries, min(longest, unreachedBackoff)
	case r.reach.gone.Load() && isUnanswered(err):
		tries = 1
	case isDigest(err):
		tries = min(tries, digestTries)
	}
	for most = r.tries; most < tries; most++ {
		pause := min(longest, first<<min(most-1, 10))
		if most == r.tries {
			pause = max(pause, retryAfter(err))
		}
		left := limit - spent - min(took, room)
		if left < min(pause, time.Second) {
			break
		}
		pause = min(pause, left)
		if most == r.tries {
			wait = pause
		}
		spent += pause + took
	}
	if r.reach.answered.Load() {
		wait -= time.Duration(rand.Int64N(int64(wait/4) + 1)) // so that parallel requests do not come back at one moment
		r.lost += wait
	}
	return wait, most
}

// What a log says of a request that is sent again.
const (
	requestFailed = "a request failed"
	cannotConnect = "cannot connect"
)

// IsRetry reports whether a line of the log says that a request is sent again.
func IsRetry(message string) bool { return message == requestFailed || message == cannotConnect }

// announce says in the log that a try failed, and when the next one is.
func (r *request) announce(err error, tries, most int, connected bool) {
	level := slog.LevelWarn
	if r.reach.answered.Load() && tries <= patience {
		level = slog.LevelDebug
	}
	wait := r.wait.Round(100 * time.Millisecond)
	if r.wait < time.Second {
		wait = r.wait.Round(10 * time.Millisecond)
	}
	attrs := []slog.Attr{
		slog.String("service", r.service), slog.String("reason", r.describe(err)),
		slog.String("try", strconv.Itoa(tries)+" of "+strconv.Itoa(most)), slog.Duration("next_in", wait),
	}
	if !connected {
		r.cfg.Logger.LogAttrs(context.Background(), level, cannotConnect, attrs...)
		return
	}
	r.cfg.Logger.LogAttrs(context.Background(), level, requestFailed, append(attrs, slog.String("operation", r.op))...)
}

// stillWaiting is a line for who wonders what goes on.
func (r *request) stillWaiting(idle time.Duration) {
	tries, _ := r.counts()
	r.cfg.Logger.Warn("nothing was sent or received for a while, still waiting", "service", r.service,
		"seconds", int(idle.Seconds()), "operation", r.op, "try", tries)
}

// retryAfter is for how long the service wants to be left alone.
func retryAfter(err error) time.Duration {
	var response *smithyhttp.ResponseError
	if !errors.As(err, &response) || response.Response == nil || response.Response.Response == nil {
		return 0
	}
	text := response.Response.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(seconds, 0), int(maxRetryAfter/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(time.Until(at), 0), maxRetryAfter)
	}
	return 0
}

// connectQuickly bounds the time that a connection takes.
func connectQuickly(d *net.Dialer) { d.Timeout = connectTimeout }
