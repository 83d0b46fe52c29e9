package versitygw

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"target-s3/target/storetest/versitygw/gateway"
)

func (s *Server) newClient() *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: aws.String(s.Endpoint),
		Region:       s.Region,
		UsePathStyle: true,
		HTTPClient:   s.http,
		Credentials:  credentials.NewStaticCredentialsProvider(s.AccessKey, s.SecretKey, ""),
	})
}

// CreateBucket makes a bucket that belongs to root.
func (s *Server) CreateBucket(t testing.TB, bucket string) {
	t.Helper()
	_, err := s.client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket})
	check(t, "CreateBucket", err)
}

// AddUser makes a user without any permission.
func (s *Server) AddUser(t testing.TB, accessKey, secretKey string) {
	t.Helper()
	program, err := gateway.Build()
	check(t, "build of versitygw", err)
	cmd := exec.Command(program, "admin", "create-user", "-a", accessKey, "-s", secretKey, "-r", "user")
	cmd.Env = []string{
		"ADMIN_ACCESS_KEY_ID=" + s.AccessKey, "ADMIN_SECRET_ACCESS_KEY=" + s.SecretKey,
		"ADMIN_REGION=" + s.Region, "ADMIN_ENDPOINT_URL=" + s.Endpoint, "HOME=" + os.TempDir(),
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("versitygw: create-user: %v\n%s", err, out)
	}
}

// PutBucketPolicy replaces the policy of a bucket.
func (s *Server) PutBucketPolicy(t testing.TB, bucket, policy string) {
	t.Helper()
	_, err := s.client.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy})
	check(t, "PutBucketPolicy", err)
}

// Policy is a bucket policy that allows one user these actions and nothing
// else, on the bucket and on everything in it.
func Policy(bucket, accessKey string, actions ...string) string {
	var onBucket, onObjects []string
	for _, a := range actions {
		switch a {
		case "s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation":
			onBucket = append(onBucket, a)
		default:
			onObjects = append(onObjects, a)
		}
	}
	var statements []map[string]any
	allow := func(actions []string, resource string) {
		if len(actions) > 0 {
			statements = append(statements, map[string]any{
				"Effect": "Allow", "Principal": map[string]any{"AWS": []string{accessKey}},
				"Action": actions, "Resource": resource,
			})
		}
	}
	allow(onBucket, "arn:aws:s3:::"+bucket)
	allow(onObjects, "arn:aws:s3:::"+bucket+"/*")
	b, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(b)
}

// Keys lists the objects that are visible in a bucket.
func (s *Server) Keys(t testing.TB, bucket string) []string {
	t.Helper()
	keys := []string{}
	pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		check(t, "ListObjectsV2", err)
		for _, o := range page.Contents {
			keys = append(keys, aws.ToString(o.Key))
		}
	}
	return keys
}

// Object is what is stored under a key.
type Object struct {
	Content     []byte
	ContentType string
	Metadata    map[string]string
}

// Get reads an object; the test fails if it does not exist.
func (s *Server) Get(t testing.TB, bucket, key string) Object {
	t.Helper()
	out, err := s.client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	check(t, "GetObject "+key, err)
	defer out.Body.Close()
	content, err := io.ReadAll(out.Body)
	check(t, "GetObject "+key, err)
	return Object{Content: content, ContentType: aws.ToString(out.ContentType), Metadata: out.Metadata}
}

// Put stores an object, as something else than the program under test would.
func (s *Server) Put(t testing.TB, bucket, key string, content []byte) {
	t.Helper()
	_, err := s.client.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: bytes.NewReader(content),
	})
	check(t, "PutObject "+key, err)
}

// Delete removes an object.
func (s *Server) Delete(t testing.TB, bucket, key string) {
	t.Helper()
	_, err := s.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	check(t, "DeleteObject "+key, err)
}

// Uploads lists the multipart uploads of a bucket that were neither completed
// nor aborted, each as its key and identifier with a space between.
func (s *Server) Uploads(t testing.TB, bucket string) []string {
	t.Helper()
	uploads := []string{}
	pages := s3.NewListMultipartUploadsPaginator(s.client, &s3.ListMultipartUploadsInput{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		check(t, "ListMultipartUploads", err)
		for _, u := range page.Uploads {
			uploads = append(uploads, aws.ToString(u.Key)+" "+aws.ToString(u.UploadId))
		}
	}
	return uploads
}

func check(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("versitygw: %s: %v", what, err)
	}
}
