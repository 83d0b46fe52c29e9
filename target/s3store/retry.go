package s3store

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// newRetryer retries what can heal: what the SDK retries by itself (throttling,
// 5xx, time-outs, resets), and what it leaves out.
func newRetryer(cfg Config) aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = cfg.MaxAttempts
		o.MaxBackoff = cfg.MaxBackoff
		// The SDK's quota of retries protects a service from many clients that
		// would rather fail; a load that failed would only start anew.
		o.RateLimiter = ratelimit.None
		o.Retryables = append([]retry.IsErrorRetryable{
			retry.NoRetryCanceledError{},
			retry.IsErrorRetryableFunc(neverHeals),
			retry.IsErrorRetryableFunc(unreadableAnswer),
			retry.RetryableHTTPStatusCode{Codes: map[int]struct{}{
				http.StatusRequestTimeout:  {},
				http.StatusTooManyRequests: {},
			}},
			retry.RetryableErrorCode{Codes: map[string]struct{}{
				"ConditionalRequestConflict": {}, // another writer of the key is at it right now
				"OperationAborted":           {},
				"InternalError":              {},
				"ServiceUnavailable":         {},
			}},
		}, o.Retryables...)
	})
}

// neverHeals knows errors of the connection that stay as they are.
func neverHeals(err error) aws.Ternary {
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) || isPlainHTTP(err) {
		return aws.FalseTernary
	}
	return aws.UnknownTernary
}

func isPlainHTTP(err error) bool {
	return strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// unreadableAnswer is one that was cut off, or that something between us and the
// service made up. Every request of this package may be sent again.
func unreadableAnswer(err error) aws.Ternary {
	var garbled *smithy.DeserializationError
	if errors.As(err, &garbled) || isCutOff(err) {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// isCutOff reports whether an answer of success ended early. Where the SDK has no
// use for the body it does not call that an answer that it cannot read.
func isCutOff(err error) bool {
	var api smithy.APIError
	var response *smithyhttp.ResponseError
	return errors.As(err, &response) && !errors.As(err, &api) &&
		response.Response != nil && response.HTTPStatusCode()/100 == 2
}

// expiredCodes are how S3 and others say that credentials are past their time.
var expiredCodes = map[string]bool{
	"ExpiredToken":          true,
	"ExpiredTokenException": true,
	"TokenRefreshRequired":  true,
	"RequestExpired":        true,
	"InvalidToken":          true,
}

// attemptsKey is the context's key of the *atomic.Int32 that counts attempts.
type attemptsKey struct{}

// eachAttempt adds a step to a request that is taken for every attempt.
func (s *Store) eachAttempt(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("target-s3 attempt", s.attempt), "Retry", middleware.After)
}

// attempt counts, and gets new credentials where the service took the old ones
// for expired.
func (s *Store) attempt(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	var n int
	if count, ok := ctx.Value(attemptsKey{}).(*atomic.Int32); ok {
		n = int(count.Add(1))
	}
	out, metadata, err := next.HandleFinalize(ctx, in)
	if response, ok := awsmiddleware.GetRawResponse(metadata).(*smithyhttp.Response); ok && err == nil {
		err = prove(out.Result, response)
	}
	if err == nil {
		return out, metadata, nil
	}
	var api smithy.APIError
	if errors.As(err, &api) && expiredCodes[api.ErrorCode()] && s.identity.renew(ctx) {
		err = &renewedError{err}
	}
	s.logAttempt(ctx, awsmiddleware.GetOperationName(ctx), n, err)
	return out, metadata, err
}

// renewedError has a request tried again, now that there are new credentials.
type renewedError struct{ error }

func (e *renewedError) Unwrap() error      { return e.error }
func (*renewedError) RetryableError() bool { return true }

// alwaysSignPayload has the SHA-256 of the payload signed over https too, where
// the SDK leaves it to TLS.
func alwaysSignPayload(stack *middleware.Stack) error {
	sum := &v4.ComputePayloadSHA256{}
	_, err := stack.Finalize.Swap(sum.ID(), sum)
	return err
}
