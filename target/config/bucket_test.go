package config

import (
	"strings"
	"testing"
)

func TestBucketNames(t *testing.T) {
	for _, name := range []string{"abc", "my-bucket", "a.b.c", "1bucket9", "my.bucket-1", strings.Repeat("a", 63), "arn", "https", "s3"} {
		_, err := checkBucket(name)
		if (err == nil) != (len(name) > 2) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, want := range map[string]string{
		"ab":                    "has 3 to 63 characters",
		strings.Repeat("a", 64): "has 3 to 63 characters",
		"MyBucket":              "consists of lower-case letters",
		"my_bucket":             "consists of lower-case letters",
		"my bucket":             "consists of lower-case letters",
		"bücket":                "consists of lower-case letters",
		"-bucket":               "begins and ends with a letter or a digit",
		"bucket.":               "begins and ends with a letter or a digit",
		"my..bucket":            "no two dots",
		"192.168.5.4":           "not an IP address",
		"xn--bucket":            `does not begin with "xn--"`,
		"sthree-bucket":         `does not begin with "sthree-"`,
		"bucket-s3alias":        `does not end with "-s3alias"`,
		"bucket--ol-s3":         `does not end with "--ol-s3"`,
		"bucket.mrap":           `does not end with ".mrap"`,
		"bucket--x-s3":          `does not end with "--x-s3"`,
		"bucket--table-s3":      `does not end with "--table-s3"`,
	} {
		if _, err := checkBucket(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want: %s", name, err, want)
		}
	}
}

func TestBucketSuggestions(t *testing.T) {
	for text, meant := range map[string]string{
		"s3://x/y":                           "x",
		"s3://bucket":                        "bucket",
		"S3://bucket/":                       "bucket",
		"s3a://bucket/a/b":                   "bucket",
		"s3:bucket":                          "bucket",
		"bucket/":                            "bucket",
		"/bucket":                            "bucket",
		"bucket/folder":                      "bucket",
		" bucket\n":                          "bucket",
		"https://x.s3.amazonaws.com/":        "x",
		"https://my.bucket.s3.amazonaws.com": "my.bucket",
		"https://bucket.s3.eu-central-1.amazonaws.com":                                      "bucket",
		"https://bucket.s3-eu-west-1.amazonaws.com/k":                                       "bucket",
		"http://bucket.s3-website-us-east-1.amazonaws.com":                                  "bucket",
		"https://bucket.s3.dualstack.us-east-1.amazonaws.com":                               "bucket",
		"https://bucket.s3.cn-north-1.amazonaws.com.cn/":                                    "bucket",
		"https://s3.eu-central-1.amazonaws.com/x/":                                          "x",
		"https://s3.amazonaws.com/bucket/key?X-Amz-Signature=1":                             "bucket",
		"https://eu-central-1.console.aws.amazon.com/s3/buckets/bucket?region=eu-central-1": "bucket",
		"https://minio.local:9000/bucket/":                                                  "bucket",
		"https://bucket":                                                                    "bucket",
		"https:bucket":                                                                      "bucket",
		"bucket.s3.amazonaws.com":                                                           "bucket",
		"arn:aws:s3:::bucket":                                                               "bucket",
		"arn:aws-cn:s3:::bucket/folder/*":                                                   "bucket",
	} {
		_, err := checkBucket(text)
		if err == nil || err.Error() != `must be the name of the bucket alone: did you mean "`+meant+`"?` {
			t.Errorf("%s: %v, want %s", text, err, meant)
		}
	}
	for _, text := range []string{"s3://", "https://", "s3://My_Bucket/", "/", "arn:aws:s3:eu-west-1:123456789012:accesspoint/x"} {
		_, err := checkBucket(text)
		if err == nil || strings.Contains(err.Error(), "did you mean") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestWithoutBucket(t *testing.T) {
	for endpoint, want := range map[string]string{
		"https://0123.r2.cloudflarestorage.com/bkt":       "https://0123.r2.cloudflarestorage.com",
		"https://0123.eu.r2.cloudflarestorage.com/bkt/":   "https://0123.eu.r2.cloudflarestorage.com",
		"http://127.0.0.1:9000/bkt":                       "http://127.0.0.1:9000",
		"https://example.com/storage/v1/bkt":              "https://example.com/storage/v1",
		"https://bkt.s3.eu-central-1.amazonaws.com":       "https://s3.eu-central-1.amazonaws.com",
		"https://bkt.s3-eu-west-1.amazonaws.com/":         "https://s3-eu-west-1.amazonaws.com/",
		"https://bkt.s3.us-west-004.backblazeb2.com":      "https://s3.us-west-004.backblazeb2.com",
		"https://bkt.fra1.digitaloceanspaces.com":         "https://fra1.digitaloceanspaces.com",
		"https://bkt.0123.r2.cloudflarestorage.com":       "https://0123.r2.cloudflarestorage.com",
		"https://bkt.storage.googleapis.com":              "https://storage.googleapis.com",
		"https://bkt.s3.example.com:9000":                 "https://s3.example.com:9000",
		"https://bkt.s3.example.com:9000/":                "https://s3.example.com:9000/",
		"https://bkt.fra1.digitaloceanspaces.com:443":     "https://fra1.digitaloceanspaces.com:443",
		"https://0123.r2.cloudflarestorage.com":           "",
		"https://0123.r2.cloudflarestorage.com/bkt2":      "",
		"https://0123.r2.cloudflarestorage.com/bkt/other": "",
		"http://bkt:9000":                                 "", // a service that is called like the bucket
		"http://bkt.example.com":                          "",
		"http://bkt2.s3.example.com":                      "",
		"file:out/bkt":                                    "",
		"":                                                "",
	} {
		got, found := WithoutBucket(endpoint, "bkt")
		if found != (want != "") || found && got != want {
			t.Errorf("WithoutBucket(%q) = %q, %v, want %q", endpoint, got, found, want)
		}
	}
}
