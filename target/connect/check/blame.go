package check

import (
	"context"
	"errors"
	"net/http"

	"target-s3/target/s3store"
)

// asS3 is the failed request in an error, or nil.
func asS3(err error) *s3store.Error {
	var e *s3store.Error
	errors.As(err, &e)
	return e
}

func code(err error) string {
	if e := asS3(err); e != nil {
		return e.Code
	}
	return ""
}

// gateOfCode is which gate an error code is about, whatever was asked for.
var gateOfCode = map[string]string{
	s3store.CodeConnection:  Connection,
	s3store.CodeNoSuchHost:  Connection,
	s3store.CodeCertificate: Connection,
	s3store.CodeTimeout:     Connection,
	s3store.CodeGarbled:     Connection,
	s3store.CodeNoS3:        Connection,
	s3store.CodeScheme:      Connection,
	s3store.CodeProxy:       Connection,
	s3store.CodeRedirected:  Connection,
	"MalformedXML":          Connection,

	"RequestTimeTooSkewed": Clock,
	"RequestInTheFuture":   Clock,

	s3store.CodeNoCredentials: Credentials,
	"InvalidAccessKeyId":      Credentials,
	"XAdminUserNotFound":      Credentials, // of versitygw
	"SignatureDoesNotMatch":   Credentials,
	"InvalidClientTokenId":    Credentials, // of STS
	"InvalidToken":            Credentials,
	"ExpiredToken":            Credentials,
	"ExpiredTokenException":   Credentials,
	"TokenRefreshRequired":    Credentials,
	"RequestExpired":          Credentials,
	"NotSignedUp":             Credentials,

	"AuthorizationHeaderMalformed":       Region,
	"PermanentRedirect":                  Region,
	"MovedPermanently":                   Region,
	"TemporaryRedirect":                  Region,
	"IllegalLocationConstraintException": Region,

	s3store.CodeNoSuchBucket: Bucket,
	"InvalidBucketName":      Bucket,
	"AllAccessDisabled":      Bucket,
	"AccountProblem":         Bucket,
	s3store.CodeNotSent:      Bucket,
}

// gateOf is the gate that an error shuts; empty if it is about the request alone.
func gateOf(e *s3store.Error, region string) string {
	switch {
	case e == nil:
		return ""
	case e.Op == "AssumeRole", e.Op == "GetCredentials":
		if gate := gateOfCode[e.Code]; gate == Connection || gate == Clock {
			return gate
		}
		return Credentials
	case gateOfCode[e.Code] != "":
		return gateOfCode[e.Code]
	case e.BucketRegion != "" && e.BucketRegion != region && e.Status < http.StatusBadRequest:
		return Region
	case e.Status == http.StatusTooManyRequests, e.Status >= 500 && e.Status != http.StatusNotImplemented:
		return Connection
	}
	return ""
}

func isDenied(err error) bool {
	e := asS3(err)
	return e != nil && e.Status == http.StatusForbidden
}

// isRefusal reports whether a service understood a request and did not want it.
func isRefusal(err error) bool {
	e := asS3(err)
	return e != nil && gateOf(e, e.BucketRegion) == "" && (e.Status >= 400 && e.Status < 500 || e.Status == http.StatusNotImplemented)
}

// ownerError is a bucket that belongs to somebody else.
type ownerError struct {
	err   error
	owner string
}

func (e *ownerError) Error() string {
	return "the bucket exists, but does not belong to the account " + e.owner + ": " + describe(e.err)
}
func (e *ownerError) Unwrap() error { return e.err }

// describe is an error without what to do about it, which stands by itself.
func describe(err error) string {
	e, ok := err.(*s3store.Error)
	if !ok {
		return err.Error()
	}
	bare := *e
	bare.Hint = ""
	return bare.Error()
}

// fail hands over a check that failed.
func (a *access) fail(ctx context.Context, name string, err error) {
	a.emit(ctx, Result{Name: name, Outcome: Failed, Detail: describe(err), Code: code(err), Fix: a.fix(name, err)})
}

// fix is what to do about an error.
func (a *access) fix(name string, err error) string {
	var owner *ownerError
	e := asS3(err)
	switch {
	case errors.As(err, &owner):
		return "Correct s3_bucket, or expected_bucket_owner: it is the number of the account that owns the bucket"
	case name == Region && a.cfg.Region != "" && (e == nil || e.Hint == ""):
		return "Set aws_region to " + a.cfg.Region
	case errors.Is(err, s3store.ErrNoRegion):
		return "Set aws_region to the region of the bucket"
	case name == Clock:
		return fixClock
	case name == Credentials && e == nil:
		return "Correct aws_profile, or the AWS configuration files and variables that it is found in"
	case name == Credentials && e.Code == "InvalidClientTokenId":
		return "Correct aws_access_key_id: AWS does not know it, or it was deactivated"
	case e != nil && e.Hint != "":
		return e.Hint
	}
	return "See what the service's documentation says about this code; its support can find the request by its identifier"
}
