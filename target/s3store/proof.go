package s3store

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
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
func prove(result any, status int, header http.Header) error {
	lacks := ""
	switch out := result.(type) {
	case *s3.PutObjectOutput:
		lacks = lackingETag(out.ETag, header)
	case *s3.UploadPartOutput:
		lacks = lackingETag(out.ETag, header)
	case *s3.CompleteMultipartUploadOutput:
		lacks = lackingETag(out.ETag, header)
	case *s3.HeadObjectOutput:
		if tokenOf(out.Metadata) == "" {
			lacks = lackingETag(out.ETag, header)
		}
	case *s3.GetObjectOutput:
		if lacks = lackingETag(out.ETag, header); lacks != "" || isPage(header) {
			_ = out.Body.Close()
		}
	case *s3.CreateMultipartUploadOutput:
		if aws.ToString(out.UploadId) == "" {
			lacks = "no upload ID"
		}
	case *s3.ListObjectsV2Output:
		if out.Name == nil && out.IsTruncated == nil {
			lacks = "no list of objects"
		}
	case *s3.ListMultipartUploadsOutput:
		if out.Bucket == nil && out.IsTruncated == nil {
			lacks = "no list of uploads"
		}
	}
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	switch {
	case lacks == "" && isPage(header):
		return &unprovenError{status, "a web page (" + kind + ")"}
	case lacks != "" && kind != "":
		return &unprovenError{status, lacks + " (" + kind + ")"}
	case lacks != "":
		return &unprovenError{status, lacks}
	}
	return nil
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

// isPage reports whether an answer is a web page. An object may be one, too, but
// not of a load.
func isPage(header http.Header) bool {
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	return (kind == "text/html" || kind == "application/xhtml+xml") && !hasServiceHeader(header)
}

// hasServiceHeader reports whether there is a header of an object store, rather
// than of what Amazon puts in front of web pages (CloudFront, API Gateway).
func hasServiceHeader(header http.Header) bool {
	for name := range header {
		if strings.HasPrefix(name, "X-Goog-") || strings.HasPrefix(name, "X-Amz-") &&
			!strings.HasPrefix(name, "X-Amz-Cf-") && !strings.HasPrefix(name, "X-Amz-Apigw-") {
			return true
		}
	}
	return false
}

// unproven words the error.
func (s *Store) unproven(e *Error, why *unprovenError) {
	e.Code, e.Status = CodeNoS3, why.status
	e.Message = fmt.Sprintf("%s answered %s with %d and %s: that is no S3 service", s.service(), e.Op, why.status, why.lacks)
}

// noS3Hint says what to do about it.
func (s *Store) noS3Hint() string {
	if s.endpoint == "" {
		return "Something between this machine and Amazon S3 answers in its place: a proxy (HTTPS_PROXY), or a network that wants a login"
	}
	return "Correct aws_endpoint_url (for MinIO the port of the API, not of the console)"
}
