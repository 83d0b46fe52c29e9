package s3store

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strconv"
	"strings"
	"syscall"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"target-s3/singer/printable"
	"target-s3/target/pattern"
)

// Error is a request that failed for good. Nothing in it is longer or wilder
// than a line of a log can bear, whoever wrote the answer, and it has none of
// our secrets.
type Error struct {
	Op       string // name of the S3 operation, or of the step before it
	Bucket   string // empty if the request was about credentials
	Key      string // empty if the request was about the bucket
	Code     string // of S3, or one of the Code constants
	Status   int    // of HTTP; 0 if there was no answer
	Message  string // what the service or the network said
	Hint     string // what to do about it, in whole sentences
	Attempts int    // how many times the request was sent

	RequestID string // what the service knows the last attempt by

	// BucketRegion is where the service says that the bucket is; empty if it
	// does not say so.
	BucketRegion string

	// unsent is set where no attempt can have been received, and advice is a hint
	// that knows more than the code does.
	unsent bool
	advice string

	// cause is what errors.Is finds: an error that callers branch on, see Unwrap, or
	// nil. The SDK's own error is not kept: its text is neither bounded nor clean.
	cause error
}

// Codes that no service gives.
const (
	CodeNoCredentials = "NoCredentials"    // none were found, or they cannot be had
	CodeNotSent       = "RequestNotSent"   // the SDK refused to make a request of it
	CodeConnection    = "ConnectionFailed" // refused, reset, unreachable
	CodeNoSuchHost    = "NoSuchHost"       // the name of the endpoint does not resolve
	CodeCertificate   = "CertificateError" // not trusted
	CodeScheme        = "WrongScheme"      // http where TLS is spoken, or the other way round
	CodeProxy         = "ProxyFailed"      // the proxy does not let through
	CodeRedirected    = "Redirected"       // to something that is not S3
	CodeTimeout       = "TimedOut"         // nothing moved for too long
	CodeCancelled     = "Cancelled"        // by the caller
	CodeGarbled       = "UnreadableAnswer" // cut off, or not S3's
	CodeObjectMissing = "ObjectMissing"    // reported as stored, but not there
	CodeExists        = "ObjectExists"     // looked for first, and found
	CodeBody          = "PartBodyFailed"   // the bytes to send could not be read
)

// Codes of S3 for what does not exist. A person can do something about the bucket.
const (
	CodeNoSuchBucket = "NoSuchBucket"
	codeNoSuchKey    = "NoSuchKey"
	codeNoSuchUpload = "NoSuchUpload" // it was completed, or aborted
)

// Limits of what is kept of an answer, in bytes.
const (
	maxMessage = 500
	maxWord    = 100 // a code, an identifier
)

// NotFound says that an object is missing, as boto3 words it: users look for that.
const NotFound = "An error occurred (404) when calling the HeadObject operation: Not Found"

func (e *Error) Error() string {
	if e.isMissingObject() {
		return NotFound
	}
	if e.Code == CodeNoS3 { // whose answer it is says more than what it was about
		return strings.TrimSuffix(e.Message+". "+e.Hint, ". ")
	}
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Bucket != "" {
		b.WriteString(" s3://" + e.Bucket)
	}
	if e.Key != "" {
		b.WriteString("/" + e.Key)
	}
	b.WriteString(": " + e.Code)
	if e.Status != 0 {
		b.WriteString(" (" + strconv.Itoa(e.Status) + ")")
	}
	if e.Attempts > 1 {
		b.WriteString(" after " + strconv.Itoa(e.Attempts) + " attempts")
	}
	if e.Message != "" {
		b.WriteString(": " + strings.TrimRight(e.Message, ". "))
	}
	if e.Hint != "" {
		b.WriteString(". " + strings.TrimRight(e.Hint, "."))
	}
	if e.RequestID != "" {
		b.WriteString(" (request " + e.RequestID + ")")
	}
	return b.String()
}

// Unwrap returns fs.ErrExist, fs.ErrNotExist, context.Canceled,
// context.DeadlineExceeded, errors.ErrUnsupported, ErrNoConditions, store.ErrChanged,
// store.ErrGone or nil.
func (e *Error) Unwrap() error { return e.cause }

func (e *Error) isMissingObject() bool { return e.Op == opHead && errors.Is(e.cause, fs.ErrNotExist) }

// inDoubt reports whether the request may have been carried out all the same, or
// may still be on its way.
func (e *Error) inDoubt() bool {
	switch e.Code {
	case CodeBody, CodeNotSent, CodeNoCredentials:
		return false
	}
	return !e.unsent && (e.Status < 300 || e.Status >= 500)
}

// reason is the error in as few words as a line of the log has for it.
func (e *Error) reason() string {
	if e.Status == 0 {
		return e.Message
	}
	text := e.Code + " (" + strconv.Itoa(e.Status) + ")"
	if e.Message != "" {
		text += ": " + e.Message
	}
	return clean(text, maxWord)
}

// wrap makes an *Error of what the SDK returned. The context is the request's.
func (s *Store) wrap(ctx context.Context, op, key string, err error, attempts int) *Error {
	e := &Error{Op: op, Bucket: s.cfg.Bucket, Key: key, Attempts: attempts}
	e.fromResponse(err)
	var api smithy.APIError
	var noCredentials *credentialsError
	var unproven *unprovenError
	role := e.fromSTS(err)
	switch {
	case ctx.Err() == nil && !role && errors.As(err, &noCredentials):
		e.Code, e.Message, e.Status = CodeNoCredentials, noCredentials.Error(), 0
	case errors.As(err, &unproven):
		s.unproven(e, unproven)
	case errors.As(err, &api):
		e.Code, e.Message = api.ErrorCode(), api.ErrorMessage()
	case ctx.Err() != nil:
		e.Code, e.cause = CodeCancelled, ctx.Err()
		e.Message = e.cause.Error()
	default:
		s.fromTransport(e, err)
	}
	if e.Op == opCredentials || role {
		e.Bucket, e.Key = "", ""
	}
	e.regionFromMessage()
	e.Code = clean(e.Code, maxWord)
	e.RequestID = clean(e.RequestID, maxWord)
	e.Message = clean(s.identity.redact(e.Message), maxMessage)
	e.Hint = s.hint(e)
	return e
}

func (e *Error) fromResponse(err error) {
	var withID *awshttp.ResponseError
	if errors.As(err, &withID) {
		e.RequestID = withID.ServiceRequestID()
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) && response.Response != nil && response.Response.Response != nil {
		e.Status = response.HTTPStatusCode()
		e.BucketRegion = clean(response.Response.Header.Get("X-Amz-Bucket-Region"), maxWord)
	}
}

// expecting finds the region in the message of AuthorizationHeaderMalformed:
// the region 'us-east-1' is wrong; expecting 'eu-west-1'.
var expecting = pattern.New(`expecting ['"]([a-z0-9-]+)['"]`)

func (e *Error) regionFromMessage() {
	if m := expecting.Regexp().FindStringSubmatch(e.Message); e.BucketRegion == "" && m != nil {
		e.BucketRegion = clean(m[1], maxWord)
	}
}

// fromTransport is about requests that got no answer, or none that makes sense.
func (s *Store) fromTransport(e *Error, err error) {
	var (
		stalled     *stalledError
		proxy       *proxyError
		scheme      *schemeError
		redirect    *redirectError
		dns         *net.DNSError
		certificate *tls.CertificateVerificationError
		garbled     *smithy.DeserializationError
		timeout     net.Error
		noAnswer    *noAnswerError
	)
	e.Message = rootText(err)
	switch {
	case errors.As(err, &proxy):
		e.Code, e.Message, e.advice = CodeProxy, proxy.Error(), s.proxyAdvice(e, proxy)
	case errors.As(err, &scheme):
		e.Code, e.Message, e.advice = CodeScheme, scheme.Error(), schemeAdvice(scheme)
	case errors.As(err, &redirect):
		e.Code, e.Status, e.Message, e.advice = CodeRedirected, redirect.status, redirect.Error(), redirectAdvice(redirect)
	case errors.As(err, &stalled):
		e.Code, e.Message = CodeTimeout, stalled.Error()
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Code, e.Message = CodeNoSuchHost, dns.Name+": no such host"
	case errors.As(err, &certificate):
		e.Code = CodeCertificate
	case errors.As(err, &garbled):
		e.Code, e.Message = CodeGarbled, garbled.Err.Error()
	case e.Status != 0:
		e.Code = CodeGarbled
	case errors.As(err, &timeout) && timeout.Timeout():
		e.Code = CodeTimeout
	case errors.As(err, &noAnswer):
		e.Code = CodeConnection
	default:
		e.Code = CodeNotSent
	}
	switch e.Code {
	case CodeConnection, CodeTimeout, CodeGarbled:
		errors.As(err, &noAnswer)
		s.outOfReach(e, noAnswer)
	}
}

// outOfReach tells a service that cannot be reached from one that has nothing to
// say, and from something that is none. There is no noAnswer where there was an
// answer of some kind.
func (s *Store) outOfReach(e *Error, noAnswer *noAnswerError) {
	service, host := s.asked(e)
	connected := noAnswer == nil || noAnswer.connected
	if !connected && e.Code == CodeTimeout {
		e.Message = "no connection could be made in time"
	}
	switch {
	case noAnswer != nil && noAnswer.proxy != "":
		e.advice = "Check the proxy " + noAnswer.proxy + ", through which " + service + " was asked, or add " + host + " to NO_PROXY to do without it"
	case !connected:
		e.advice = s.reachHint(e)
	case s.strange(e):
		e.advice = s.strangeHint()
	}
}

// asked is the service that a request went to, and its host as NO_PROXY has it.
func (s *Store) asked(e *Error) (service, host string) {
	if e.Op == opAssumeRole {
		return s.tokenService(), ".amazonaws.com"
	}
	return s.service(), s.host()
}

func (s *Store) tokenService() string { return "AWS STS in " + s.region }

// rootText leaves out what the SDK puts around an error: the operation, which
// stands in front of it already.
func rootText(err error) string {
	if isRefused(err) {
		return "connection refused"
	}
	var system syscall.Errno
	if errors.As(err, &system) {
		return system.Error()
	}
	var unsent *smithyhttp.RequestSendError
	if errors.As(err, &unsent) {
		err = unsent.Err
	}
	var op *smithy.OperationError
	if errors.As(err, &op) {
		err = op.Err
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		err = response.Err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		return "the connection was closed without an answer"
	}
	return strings.TrimPrefix(err.Error(), "net/http: HTTP/1.x transport connection broken: ")
}

// fromSTS names the request that failed where it was not the one to the bucket
// but the one that assumes the role for it.
func (e *Error) fromSTS(err error) (found bool) {
	for op := new(smithy.OperationError); errors.As(err, &op); err = op.Err {
		if op.ServiceID == "STS" {
			e.Op, found = op.OperationName, true
		}
	}
	return found
}

// exists is the error for a key that is taken by another object.
func (s *Store) exists(op, key string, e Error) *Error {
	e.Op, e.Bucket, e.Key, e.cause = op, s.cfg.Bucket, key, fs.ErrExist
	if e.Code == "" {
		e.Code = CodeExists
	}
	e.Message = "another object has this key"
	e.Hint = "It was left as it is: objects are never overwritten"
	if op == opComplete {
		e.Hint += ". Another load wrote it while this one sent its parts: put [run_id] into s3_key_format_string so that loads of one table at the same time have keys of their own, and run this one again"
	}
	return &e
}

// bodyError is about bytes that could not be read, before they were sent.
func (s *Store) bodyError(op, key string, err error) *Error {
	return &Error{Op: op, Bucket: s.cfg.Bucket, Key: key, Code: CodeBody, Message: clean(err.Error(), maxMessage)}
}

func (s *Store) misuse(op, key, what string) error {
	return fmt.Errorf("%s %s: %s", op, s.Location(key), what)
}

// clean makes a text of unknown origin fit for a line, of no more than most bytes.
func clean(text string, most int) string {
	if len(text) > 4*most {
		text = text[:4*most] // so that the work is also bounded
	}
	return printable.Short(strings.Join(strings.Fields(text), " "), most)
}
