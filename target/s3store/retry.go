package s3store

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// heals reports whether an error may pass: what the SDK retries by itself
// (throttling, resets), and what it leaves out.
func (r *request) heals(err error) bool {
	for _, known := range []func(error) aws.Ternary{
		retry.NoRetryCanceledError{}.IsErrorRetryable, r.staysAsItIs, unclearAnswer, passingStatus, r.passingCode,
	} {
		if v := known(err); v != aws.UnknownTernary {
			return v == aws.TrueTernary
		}
	}
	return retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary
}

// staysAsItIs knows errors before there is an answer.
func (r *request) staysAsItIs(err error) aws.Ternary {
	var (
		noCredentials *credentialsError
		certificate   *tls.CertificateVerificationError
		scheme        *schemeError
		redirect      *redirectError
		proxy         *proxyError
		dns           *net.DNSError
		unproven      *unprovenError
	)
	switch {
	case errors.As(err, &noCredentials), // whoever fetches them has tried
		errors.As(err, &certificate), errors.As(err, &scheme), errors.As(err, &redirect),
		errors.As(err, &proxy) && proxy.final,
		// A name that has resolved before does so again.
		errors.As(err, &dns) && dns.IsNotFound && !r.reach.answered.Load():
		return aws.FalseTernary
	case errors.As(err, &unproven):
		// Of a service that is known to be S3 it is an answer that was cut.
		return aws.BoolTernary(r.reach.answered.Load())
	case isUnanswered(err):
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// unclearAnswer is one that was cut off, or that something between us and the
// service made up. Every request of this package may be sent again.
func unclearAnswer(err error) aws.Ternary {
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

// passingStatus is every answer that says that it is the service's fault, but
// for those that say that it cannot do what was asked.
func passingStatus(err error) aws.Ternary {
	var response *smithyhttp.ResponseError
	if !errors.As(err, &response) {
		return aws.UnknownTernary
	}
	switch status := response.HTTPStatusCode(); {
	case status == http.StatusNotImplemented, status == http.StatusHTTPVersionNotSupported:
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status >= 500:
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

func (r *request) passingCode(err error) aws.Ternary {
	if isDigest(err) {
		return aws.BoolTernary(!r.wrongDigest)
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return aws.UnknownTernary
	}
	switch api.ErrorCode() {
	case "ConditionalRequestConflict", // another writer of the key is at it right now
		"OperationAborted", "InternalError", "ServiceUnavailable":
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// isDigest reports whether bytes came to the service other than they were sent.
func isDigest(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "IncompleteBody":
		return true
	}
	return false
}

// expiredCodes are how S3 and others say that credentials are past their time.
var expiredCodes = map[string]bool{
	"ExpiredToken":          true,
	"ExpiredTokenException": true,
	"TokenRefreshRequired":  true,
	"RequestExpired":        true,
	"InvalidToken":          true,
}

// eachAttempt adds a step to a request that is taken for every attempt.
func (s *Store) eachAttempt(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("target-s3 attempt", s.attempt), "Retry", middleware.After)
}

// attempt gets new credentials where the service took the old ones for expired. It
// gives the signature the sum of the payload, where that is known.
func (s *Store) attempt(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	if payload, known := ctx.Value(payloadKey{}).(string); known {
		ctx = v4.SetPayloadHash(ctx, payload)
	}
	out, metadata, err := next.HandleFinalize(ctx, in)
	if response, ok := awsmiddleware.GetRawResponse(metadata).(*smithyhttp.Response); ok {
		switch {
		case err == nil:
			err = prove(out.Result, response)
		case isCutOff(err) && isPage(response) && !beginsWith(response.Body, "<List"):
			err = &unprovenError{response.StatusCode, "no XML (text/html)"} // and a page does not become that
		}
	}
	var api smithy.APIError
	if errors.As(err, &api) && expiredCodes[api.ErrorCode()] && s.identity.renew(ctx) {
		err = &renewedError{err}
	}
	return out, metadata, err
}

// renewedError makes a request be tried again, now that there are new credentials.
type renewedError struct{ error }

func (e *renewedError) Unwrap() error      { return e.error }
func (*renewedError) RetryableError() bool { return true }

// alwaysSignPayload signs the SHA-256 of the payload also over https, where the SDK
// leaves that to TLS.
func alwaysSignPayload(stack *middleware.Stack) error {
	sum := &v4.ComputePayloadSHA256{}
	_, err := stack.Finalize.Swap(sum.ID(), sum)
	return err
}
