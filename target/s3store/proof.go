package s3store

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// CodeNoS3 is the code of an answer that says that all is well and proves
// nothing: of a login page, a console, a web server that has one answer to
// everything.
const CodeNoS3 = "NoS3Service"

// unprovenError is such an answer.
type unprovenError struct {
	status int
	lacks  string
}

func (e *unprovenError) Error() string {
	return fmt.Sprintf("the answer was %d and %s", e.status, e.lacks)
}

// prove looks in an answer of success for what S3 alone puts there. The SDK does
// not: it makes an empty list of a web page, and an object that is stored.
func prove(result any, response *smithyhttp.Response) error {
	lacks, byBody := lacking(result, response)
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	switch {
	case lacks == "" && (byBody || !isPage(response)):
		return nil
	case lacks == "":
		lacks = "a web page"
	}
	if out, ok := result.(*s3.GetObjectOutput); ok {
		_ = out.Body.Close()
	}
	if kind != "" {
		lacks += " (" + kind + ")"
	}
	return &unprovenError{response.StatusCode, lacks}
}

// lacking says what an answer does not have that S3's has, and whether it would
// be in the body. A header alone other servers may send with a page.
func lacking(result any, response *smithyhttp.Response) (what string, byBody bool) {
	header := response.Header
	switch out := result.(type) {
	case *s3.PutObjectOutput:
		return lackingETag(out.ETag, header), false
	case *s3.UploadPartOutput:
		return lackingETag(out.ETag, header), false
	case *s3.GetObjectOutput:
		return lackingETag(out.ETag, header), false
	case *s3.HeadObjectOutput:
		if tokenOf(out.Metadata) == "" {
			return lackingETag(out.ETag, header), false
		}
	case *s3.CompleteMultipartUploadOutput:
		return lackingETag(out.ETag, header), true
	case *s3.CreateMultipartUploadOutput:
		if aws.ToString(out.UploadId) == "" {
			return "no upload ID", true
		}
		return "", true
	case *s3.AbortMultipartUploadOutput:
		if response.StatusCode != http.StatusNoContent && !hasServiceHeader(header) {
			return "nothing of S3", false
		}
	case *s3.ListObjectsV2Output:
		if !beginsWith(response.Body, "<ListBucketResult") {
			return "no list of objects", true
		}
		return "", true
	case *s3.ListMultipartUploadsOutput:
		if !beginsWith(response.Body, "<ListMultipartUploadsResult") {
			return "no list of uploads", true
		}
		return "", true
	}
	return "", false
}

// lists are operations whose answer may have had no list: the SDK does not say.
var lists = []string{opList, opListUploads}

// keepBeginning has what proves a list kept, past the SDK, which reads it.
func keepBeginning(stack *middleware.Stack) error {
	return stack.Deserialize.Insert(middleware.DeserializeMiddlewareFunc("target-s3 beginning", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		if response, ok := out.RawResponse.(*smithyhttp.Response); ok && slices.Contains(lists, awsmiddleware.GetOperationName(ctx)) {
			response.Body = &beginning{ReadCloser: response.Body}
		}
		return out, metadata, err
	}), "OperationDeserializer", middleware.After)
}

// beginning is a body whose first bytes are kept: an XML declaration, a comment
// perhaps, and the name of the document.
type beginning struct {
	io.ReadCloser
	kept []byte
}

func (b *beginning) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.kept = append(b.kept, p[:min(n, 1024-len(b.kept))]...)
	return n, err
}

func beginsWith(body io.ReadCloser, tag string) bool {
	b, ok := body.(*beginning)
	return ok && bytes.Contains(b.kept, []byte(tag))
}

// lackingETag says what is wrong with the ETag of an object or a part. A weak one
// is made by web servers, or by proxies before a service that gives its name.
func lackingETag(etag *string, header http.Header) string {
	switch text := aws.ToString(etag); {
	case text == "":
		return "no ETag"
	case strings.HasPrefix(text, "W/") && !hasServiceHeader(header):
		return "a weak ETag"
	}
	return ""
}

// isPage reports whether an answer is a web page. An object may also be one, but not
// one of a load; and some services call an answer without a body a page.
func isPage(response *smithyhttp.Response) bool {
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	return (kind == "text/html" || kind == "application/xhtml+xml") &&
		response.ContentLength != 0 && response.StatusCode != http.StatusNoContent && !hasServiceHeader(response.Header)
}

// hasServiceHeader reports whether there is a header of an object store, rather
// than of what Amazon puts in front of web pages (CloudFront, API Gateway).
func hasServiceHeader(header http.Header) bool {
	for name := range header {
		if strings.HasPrefix(name, "X-Goog-") || name == "X-Guploader-Uploadid" || strings.HasPrefix(name, "X-Amz-") &&
			!strings.HasPrefix(name, "X-Amz-Cf-") && !strings.HasPrefix(name, "X-Amz-Apigw-") {
			return true
		}
	}
	return false
}

// unproven words the error.
func (s *Store) unproven(e *Error, why *unprovenError) {
	e.Code, e.Status = CodeNoS3, why.status
	e.Message = fmt.Sprintf("%s answered %s with %d and %s: that is not an S3 service", s.service(), e.Op, why.status, why.lacks)
}

// noS3Hint says what to do about it.
func (s *Store) noS3Hint() string {
	if s.endpoint == "" {
		return "Something between this machine and Amazon S3 answers in its place: a proxy (HTTPS_PROXY), or a network that wants a login"
	}
	return "Correct aws_endpoint_url (for MinIO the port of the API, not of the console)"
}
