package config

import (
	"strings"
	"testing"
	"time"
)

func environment(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestEnvironment(t *testing.T) {
	c, notices, err := Load(Env(environment(map[string]string{
		"TARGET_S3_S3_BUCKET":                "bucket",
		"TARGET_S3_CSV_DELIMITER":            `\t`,
		"TARGET_S3_VALIDATE_RECORDS":         "False",
		"TARGET_S3_BATCH_WAIT_LIMIT_SECONDS": "0.25",
		"TARGET_S3_OBJECT_TAGS":              `{"a": "b"}`,
		"TARGET_S3_DELIMITER":                "",
		"TARGET_S3_REGION":                   "eu-west-1",
		"TARGET_S3_SOMETHING_ELSE":           "x",
	})))
	if err != nil {
		t.Fatal(err)
	}
	if c.S3Bucket != "bucket" || c.CSVDelimiter != '\t' || c.ValidateRecords || c.BatchWaitLimit != 250*time.Millisecond ||
		c.ObjectTags["a"] != "b" || c.AWSRegion != "eu-west-1" {
		t.Errorf("%+v", c)
	}
	if len(notices) != 1 || notices[0].String() != "TARGET_S3_REGION: region is taken as aws_region, which is its name here" {
		t.Error(notices)
	}
}

func TestEnvironmentRefusals(t *testing.T) {
	_, notices, err := Load(Env(environment(map[string]string{
		"TARGET_S3_BUCKET":               "bucket",
		"TARGET_S3_MAX_PARALLEL_UPLOADS": "many",
		"TARGET_S3_PATH_TEMPLATE":        "{stream}",
		"TARGET_S3_ENDPOINT_URL":         "http://a",
		"TARGET_S3_AWS_ENDPOINT_URL":     "http://b",
	})))
	want := `4 problems with the settings:
TARGET_S3_ENDPOINT_URL: endpoint_url: the same setting as aws_endpoint_url, which is set too (TARGET_S3_AWS_ENDPOINT_URL): keep aws_endpoint_url alone
TARGET_S3_PATH_TEMPLATE: path_template: not accepted here: set s3_key_format_string to "[table_name]_[integration_name]_[table_version]_[timestamp_loaded].[csv|jsonl]" instead
TARGET_S3_MAX_PARALLEL_UPLOADS: max_parallel_uploads "many": accepted is a whole number from 1 to 256
s3_bucket: required, and not set`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if len(notices) != 1 || notices[0].String() != "TARGET_S3_BUCKET: not read: the variable of s3_bucket is TARGET_S3_S3_BUCKET" {
		t.Error(notices)
	}
}

func TestAliases(t *testing.T) {
	c, notices, err := load(`"delimiter": "|", "endpoint_url": "http://a:1", "region": "r", "aws_profile_name": "p",
		"add_metadata_columns": "false", "encryption_type": "KMS", "encryption_key": "k", "max_batch_size": 10`)
	if err != nil {
		t.Fatal(err)
	}
	if c.CSVDelimiter != '|' || c.AWSEndpointURL != "http://a:1" || c.AWSRegion != "r" || c.AWSProfile != "p" ||
		c.AddRecordMetadata || c.ServerSideEncryption != SSEKMS || c.SSEKMSKeyID != "k" || c.BatchSizeRows != 10 {
		t.Errorf("%+v", c)
	}
	if len(notices) != 8 {
		t.Errorf("%d notices: %v", len(notices), notices)
	}
	for _, alias := range []string{"s3_endpoint_url", "aws_endpoint_override"} {
		if c, _, err := load(`"` + alias + `": "http://a:1"`); err != nil || c.AWSEndpointURL != "http://a:1" {
			t.Errorf("%s: %v", alias, err)
		}
	}
	if c, _, err := load(`"encryption_type": "none", "region": null`); err != nil || c.ServerSideEncryption != "" {
		t.Error(c.ServerSideEncryption, err)
	}
}

func TestFileEndpoint(t *testing.T) {
	for address, want := range map[string]string{
		"file:///tmp/out": "/tmp/out", "file:out": "out", "file:./a/b": "./a/b", "file:/a": "/a",
		"file://localhost/a": "/a", "file:a%20b": "a b", "file:///a%3Fb": "/a?b", "FILE:x": "x",
	} {
		c, notices, err := load(`"aws_endpoint_url": "` + address + `"`)
		if dir, ok := c.FileRoot(); !ok || dir != want || err != nil || len(notices) > 0 {
			t.Errorf("%s: %q %v %v %v", address, dir, ok, err, notices)
		}
	}
	for _, address := range []string{"", "https://a"} {
		if dir, ok := (Config{AWSEndpointURL: address}).FileRoot(); ok {
			t.Errorf("%s: %s", address, dir)
		}
	}
	_, notices, err := load(`"aws_endpoint_url": "file:x", "aws_access_key_id": "a", "aws_secret_access_key": "b", "acl": "private"`)
	want := "files are written to a directory, where these settings have no effect: aws_access_key_id, aws_secret_access_key, acl"
	if err != nil || len(notices) != 1 || !strings.HasSuffix(notices[0].String(), want) {
		t.Error(notices, err)
	}
}
