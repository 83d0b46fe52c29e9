package config

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

// load loads one document with a bucket and the members given.
func load(members string) (Config, []Notice, error) {
	doc := `{"s3_bucket": "bucket"`
	if members != "" {
		doc += ", " + members
	}
	return Load(JSON("c.json", []byte(doc+"}")))
}

func TestDefaults(t *testing.T) {
	c, notices, err := load("")
	if err != nil || notices != nil {
		t.Fatal(err, notices)
	}
	want := Config{
		S3Bucket: "bucket", IntegrationName: "singer",
		S3KeyFormatString: "[integration_name]/[table_name]/[table_version]_[timestamp_loaded].[csv|jsonl]",
		OutputFileFormat:  "jsonl", CSVDelimiter: ',', CSVColumnOrder: "schema", CSVArrays: "subtables", Compression: "none",
		AddRecordMetadata: true, ValidateRecords: true, InvalidRecords: "reject", MaxRecordBytes: 20e6,
		BatchSizeBytes: 128 << 20, BatchWaitLimit: 5 * time.Minute, MaxUncommitted: time.Hour,
		MemoryLimitBytes: 512 << 20, MaxParallelUploads: 4, RequestChecksums: "auto", LogFormat: "auto",
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

func TestValues(t *testing.T) {
	yes, no, zero := true, false, int64(0)
	for members, want := range map[string]func(*Config){
		`"csv_delimiter": "\t"`:                                              func(c *Config) { c.CSVDelimiter = '\t' },
		`"csv_delimiter": "\\t"`:                                             func(c *Config) { c.CSVDelimiter = '\t' },
		`"csv_delimiter": "|"`:                                               func(c *Config) { c.CSVDelimiter = '|' },
		`"csv_force_quote": true`:                                            func(c *Config) { c.CSVForceQuote = true },
		`"csv_force_quote":"true"`:                                           func(c *Config) { c.CSVForceQuote = true },
		`"validate_records":"False", "add_record_metadata": false`:           func(c *Config) { c.ValidateRecords, c.AddRecordMetadata = false, false },
		`"csv_column_order": "name"`:                                         func(c *Config) { c.CSVColumnOrder = CSVByName },
		`"csv_arrays": "json"`:                                               func(c *Config) { c.CSVArrays = CSVJSON },
		`"output_file_format": "CSV"`:                                        func(c *Config) { c.OutputFileFormat = FormatCSV },
		`"compression": "gzip"`:                                              func(c *Config) { c.Compression, c.CompressionLevel = "gzip", 1 },
		`"compression": "zstd", "compression_level": "22"`:                   func(c *Config) { c.Compression, c.CompressionLevel = "zstd", 22 },
		`"compression": "snappy", "output_file_format": "parquet"`:           func(c *Config) { c.Compression, c.OutputFileFormat = "snappy", "parquet" },
		`"compression": "gzip", "compression_level": 9`:                      func(c *Config) { c.Compression, c.CompressionLevel = "gzip", 9 },
		`"compression_level": null, "log_level": ""`:                         func(*Config) {},
		`"max_rejected_records": 0`:                                          func(c *Config) { c.MaxRejectedRecords = &zero },
		`"max_parallel_uploads": 3.0, "batch_size_rows": 0.0`:                func(c *Config) { c.MaxParallelUploads = 3 },
		`"max_record_bytes": 2e7, "batch_size_rows": "1.25E2"`:               func(c *Config) { c.MaxRecordBytes, c.BatchSizeRows = 20_000_000, 125 },
		`"batch_size_rows": 9007199254740993.0`:                              func(c *Config) { c.BatchSizeRows = 9007199254740993 },
		`"max_parallel_uploads": "128"`:                                      func(c *Config) { c.MaxParallelUploads = 128 },
		`"batch_wait_limit_seconds": 0`:                                      func(c *Config) { c.BatchWaitLimit = 0 },
		`"batch_wait_limit_seconds": 0.5`:                                    func(c *Config) { c.BatchWaitLimit = 500 * time.Millisecond },
		`"batch_wait_limit_seconds": "1e1"`:                                  func(c *Config) { c.BatchWaitLimit = 10 * time.Second },
		`"max_uncommitted_seconds": 0.00001`:                                 func(c *Config) { c.MaxUncommitted = time.Millisecond },
		`"memory_limit_bytes": 67108864`:                                     func(c *Config) { c.MemoryLimitBytes = 64 << 20 },
		`"force_path_style": "true", "conditional_writes": false`:            func(c *Config) { c.ForcePathStyle, c.ConditionalWrites = &yes, &no },
		`"force_path_style": "auto", "request_checksums": "auto"`:            func(*Config) {},
		`"log_level": "WARN", "log_format": "singer"`:                        func(c *Config) { c.LogLevel, c.LogFormat = 4, "singer" },
		`"object_tags": {"team": "data", "env": ""}`:                         func(c *Config) { c.ObjectTags = map[string]string{"team": "data", "env": ""} },
		`"object_tags": "team=data&env=a+b%2F"`:                              func(c *Config) { c.ObjectTags = map[string]string{"team": "data", "env": "a b/"} },
		`"object_tags": " {\"team\": \"data\"}"`:                             func(c *Config) { c.ObjectTags = map[string]string{"team": "data"} },
		`"object_tags": {}`:                                                  func(*Config) {},
		`"aws_endpoint_url": "http://localhost:9000/s3"`:                     func(c *Config) { c.AWSEndpointURL = "http://localhost:9000/s3" },
		`"aws_endpoint_url": "https://x.example", "storage_class": "cold-1"`: func(c *Config) { c.AWSEndpointURL, c.StorageClass = "https://x.example", "cold-1" },
		`"exactly_once": "shop_1.eu-prod"`:                                   func(c *Config) { c.ExactlyOnce = "shop_1.eu-prod" },
		`"exactly_once": "a", "conditional_writes": true`:                    func(c *Config) { c.ExactlyOnce, c.ConditionalWrites = "a", &yes },
		`"s3_key_prefix": "raw/"`:                                            func(c *Config) { c.S3KeyPrefix = "raw/" },
		`"description": "Zwei\nZeilen, 日本"`:                                  func(c *Config) { c.Description = "Zwei\nZeilen, 日本" },
		`"role_arn": "arn:aws-cn:iam::123456789012:role/a/b", "external_id": "a:b", "role_session_name": "load"`: func(c *Config) {
			c.RoleARN, c.ExternalID, c.RoleSessionName = "arn:aws-cn:iam::123456789012:role/a/b", "a:b", "load"
		},
	} {
		c, notices, err := load(members)
		expected, _, _ := load("")
		want(&expected)
		if err != nil || notices != nil || !reflect.DeepEqual(c, expected) {
			t.Errorf("%s: %v %v\ngot  %+v\nwant %+v", members, err, notices, c, expected)
		}
	}
}

// TestRefusals holds the messages: setting, value and what is accepted.
func TestRefusals(t *testing.T) {
	for members, want := range map[string]string{
		`"output_file_format": "avro"`:                   `output_file_format "avro": must be one of "jsonl", "csv", "parquet"`,
		`"output_file_format": 1`:                        `output_file_format 1: must be one of "jsonl", "csv", "parquet"`,
		`"compression": "snappy"`:                        `compression "snappy": must be none, gzip or zstd with output_file_format jsonl; snappy is for parquet alone`,
		`"csv_delimiter": ";"`:                           `csv_delimiter ";": must be one of ",", "|", "\t"`,
		`"csv_force_quote": "yes"`:                       `csv_force_quote "yes": must be true or false`,
		`"csv_force_quote": 1`:                           `csv_force_quote 1: must be true or false`,
		`"force_path_style": "maybe"`:                    `force_path_style "maybe": must be true, false or auto`,
		`"compression": "lzma"`:                          `compression "lzma": must be one of "none", "gzip", "zstd", "snappy"`,
		`"compression_level": 3`:                         `compression_level 3: possible only with compression gzip or zstd`,
		`"compression": "gzip", "compression_level": 10`: `compression_level 10: must be 1 to 9 with gzip`,
		`"compression": "zstd", "compression_level": 0`:  `compression_level 0: must be a whole number from 1 to 22`,
		`"compression": "zip", "compression_level": 3`:   `compression "zip": must be one of "none", "gzip", "zstd", "snappy"`,
		`"batch_size_rows": -1`:                          `batch_size_rows -1: must be a whole number, 0 or more`,
		`"batch_size_rows": 1.5`:                         `batch_size_rows 1.5: must be a whole number, 0 or more`,
		`"batch_size_rows": 1.5e0`:                       `batch_size_rows 1.5e0: must be a whole number, 0 or more`,
		`"batch_size_rows": "0x10"`:                      `batch_size_rows "0x10": must be a whole number, 0 or more`,
		`"batch_size_rows": 1e-400`:                      `batch_size_rows 1e-400: must be a whole number, 0 or more`,
		`"batch_size_rows": "1e"`:                        `batch_size_rows "1e": must be a whole number, 0 or more`,
		`"batch_size_rows": -1e30`:                       `batch_size_rows -1e30: must be a whole number, 0 or more`,
		`"batch_size_rows": 1e30`:                        `batch_size_rows 1e30: must be at most 9223372036854775807`,
		`"batch_size_rows": 99999999999999999999`:        `batch_size_rows 99999999999999999999: must be at most 9223372036854775807`,
		`"batch_size_bytes": 1e30`:                       `batch_size_bytes 1e30: must be a whole number of bytes from 1 to 52428800000`,
		`"batch_size_bytes": "128MB"`:                    `batch_size_bytes "128MB": must be a whole number of bytes from 1 to 52428800000`,
		`"batch_size_bytes": 99999999999999999999`:       `batch_size_bytes 99999999999999999999: must be a whole number of bytes from 1 to 52428800000`,
		`"memory_limit_bytes": 1000`:                     `memory_limit_bytes 1000: must be a whole number of bytes, 67108864 or more`,
		`"max_record_bytes": 300000000`:                  `max_record_bytes 300000000: must be at most half of memory_limit_bytes, 268435456: a record is held as it came and as it is written`,
		`"batch_wait_limit_seconds": -0.1`:               `batch_wait_limit_seconds -0.1: must be a number of seconds from 0 to 31536000`,
		`"batch_wait_limit_seconds": "NaN"`:              `batch_wait_limit_seconds "NaN": must be a number of seconds from 0 to 31536000`,
		`"batch_wait_limit_seconds": "Inf"`:              `batch_wait_limit_seconds "Inf": must be a number of seconds from 0 to 31536000`,
		`"batch_wait_limit_seconds": "0x1"`:              `batch_wait_limit_seconds "0x1": must be a number of seconds from 0 to 31536000`,
		`"batch_wait_limit_seconds": [1, 2]`:             `batch_wait_limit_seconds [1, 2]: must be a number of seconds from 0 to 31536000`,
		`"integration_name": "a b/c"`:                    `integration_name "a b/c": must be letters, digits, dots, hyphens and underscores: "a_b_c" would do`,
		`"integration_name": ".."`:                       `integration_name "..": must be letters, digits, dots, hyphens and underscores: "__" would do`,
		`"display_name": "a\nb"`:                         `display_name "a\nb": must be a text of one line, without control characters`,
		`"sentinel_key": "s3://b/x"`:                     `sentinel_key "s3://b/x": must be the key of an object in the bucket, at most 1024 bytes, without a leading slash`,
		`"s3_key_format_string": "[table_name]"`:         `s3_key_format_string "[table_name]": required and missing: [integration_name] [table_version] [timestamp_loaded]`,
		`"s3_key_prefix": "a b/"`:                        `s3_key_prefix "a b/": spaces are not allowed: use _ or -`,
		`"aws_region": "Frankfurt am Main"`:              `aws_region "Frankfurt am Main": must be a region such as eu-central-1`,
		`"role_arn": "loader"`:                           `role_arn "loader": must be the ARN of a role such as arn:aws:iam::123456789012:role/loader`,
		`"expected_bucket_owner": "1234"`:                `expected_bucket_owner "1234": must be the 12 digits of an AWS account`,
		`"expected_bucket_owner": 123456789012`:          `expected_bucket_owner 123456789012: must be a string, in quotes`,
		`"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE"`:    `aws_access_key_id ****: needs aws_secret_access_key`,
		`"aws_secret_access_key": "abc"`:                 `aws_secret_access_key ****: needs aws_access_key_id`,
		`"aws_session_token": "abc"`:                     `aws_session_token ****: needs aws_access_key_id and aws_secret_access_key`,

		`"aws_profile": "p", "aws_access_key_id": "a", "aws_secret_access_key": "b"`: `aws_profile "p": cannot be combined with aws_access_key_id: remove one of them`,

		`"exactly_once": "a/b"`:   `exactly_once "a/b": must be 1 to 100 letters (a-z, A-Z), digits and _ - . and must not begin with a dot`,
		`"exactly_once": ".."`:    `exactly_once "..": must be 1 to 100 letters (a-z, A-Z), digits and _ - . and must not begin with a dot`,
		`"exactly_once": "größe"`: `exactly_once "größe": must be 1 to 100 letters (a-z, A-Z), digits and _ - . and must not begin with a dot`,

		`"exactly_once": "a", "conditional_writes": "false"`: `exactly_once "a": needs conditional writes: remove conditional_writes, or exactly_once`,

		`"external_id": "abc"`:       `external_id "abc": needs role_arn`,
		`"role_session_name": "abc"`: `role_session_name "abc": needs role_arn`,
		`"sse_kms_key_id": "k"`:      `sse_kms_key_id "k": needs server_side_encryption to be aws:kms`,

		`"sse_kms_key_id": "k", "server_side_encryption": "AES256"`: `sse_kms_key_id "k": needs server_side_encryption to be aws:kms`,

		`"storage_class": "standard_ia"`:       `storage_class "standard_ia": must be one of "STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE", "REDUCED_REDUNDANCY"`,
		`"aws_endpoint_url": "localhost:9000"`: `aws_endpoint_url "localhost:9000": must be an http://, https:// or file: address`,
		`"aws_endpoint_url": "https://"`:       `aws_endpoint_url "https://": the host is missing: must be an address such as https://minio.example.com:9000`,
		`"aws_endpoint_url": "https://a/?x=1"`: `aws_endpoint_url "https://a/?****": must be an address without ? and #`,
		`"aws_endpoint_url": "https://u:p@a"`:  `aws_endpoint_url "https:****@a": must be an address without user and password: put these into aws_access_key_id and aws_secret_access_key`,
		`"aws_endpoint_url": "file:~/lake"`:    `aws_endpoint_url "file:~/lake": no shell replaces the ~ in a setting: write the path of the home folder`,
		`"aws_endpoint_url": "file:"`:          `aws_endpoint_url "file:": the directory is missing: must be file:///dir or file:dir`,
		`"aws_endpoint_url": "file://a/b"`:     `aws_endpoint_url "file://a/b": "a" stands where a host does: write file:a/b or file:///a/b`,
		`"object_tags": "a"`:                   `object_tags "a": must be a JSON object of strings or a string such as "team=data&env=prod"`,
		`"object_tags": "a=1&a=2"`:             `object_tags "a=1&a=2": tag "a" occurs twice`,
		`"object_tags": {"a": "1", "a": "2"}`:  `object_tags {"a": "1", "a": "2"}: must be a JSON object of strings or a string such as "team=data&env=prod"`,
		`"object_tags": {"a": 1}`:              `object_tags {"a": 1}: tag "a": must be a JSON object of strings or a string such as "team=data&env=prod"`,
		`"object_tags": "aws:a=1"`:             `object_tags "aws:a=1": tag "aws:a": names that begin with "aws:" are reserved`,
		`"object_tags": "=1"`:                  `object_tags "=1": tag "": names must have 1 to 128 characters`,
		`"object_tags": {"a": "!"}`:            `object_tags {"a": "!"}: tag "a": must be letters, digits, spaces and + - = . _ : / @`,

		`"object_tags": "a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1"`: `object_tags "a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1": 11 tags: S3 accepts 10 for an object`,

		`"encryption_type": "AES256"`:      `encryption_type "AES256": must be one of "none", "KMS"`,
		`"log_level": "trace"`:             `log_level "trace": must be one of "debug", "info", "warn", "error"`,
		`"s3_buckt": 1`:                    `s3_buckt: unknown setting: did you mean s3_bucket?`,
		`"output_format": "csv"`:           `output_format: unknown setting: did you mean output_file_format?`,
		`"encryption": 1`:                  `encryption: unknown setting: did you mean server_side_encryption?`,
		`"batch_rows": 1`:                  `batch_rows: unknown setting: did you mean batch_size_rows?`,
		`"bucket": 1`:                      `bucket: unknown setting: did you mean s3_bucket?`,
		`"S3-Bucket": 1`:                   `S3-Bucket: unknown setting: did you mean s3_bucket?`,
		`"endpointurl": 1`:                 `endpointurl: unknown setting: did you mean aws_endpoint_url?`,
		`"xyzzy_plugh": "x"`:               `xyzzy_plugh: unknown setting: target-s3 --about lists all of them`,
		`"": 1`:                            `c.json: unknown setting: target-s3 --about lists all of them`,
		`"region": "a", "aws_region": "b"`: `region: another name of aws_region, which has another value (c.json:1:40): keep aws_region alone`,

		`"endpoint_url": "http://a", "s3_endpoint_url": "http://b"`: `s3_endpoint_url: another name of aws_endpoint_url, which has another value (c.json:1:25): keep aws_endpoint_url alone`,
		`"batch_size_rows": 5, "max_batch_size": "x"`:               `max_batch_size "x": must be a whole number, 0 or more`,

		`"naming_convention": "{stream}/{timestamp}.csv"`: `naming_convention: not a setting here: set s3_key_format_string to "[table_name]/[timestamp_loaded]_[integration_name]_[table_version].[csv|jsonl]" instead`,
	} {
		_, _, err := load(members)
		var all Errors
		if !errors.As(err, &all) || len(all) != 1 {
			t.Errorf("%s: %v", members, err)
			continue
		}
		want, _ = strings.CutPrefix(want, "c.json: ")
		place, got, _ := strings.Cut(err.Error(), ": ")
		if got != want || !strings.HasPrefix(place, "c.json:1:") {
			t.Errorf("%s\ngot  %s: %s\nwant %s", members, place, got, want)
		}
	}
}

func TestBucketIsRequired(t *testing.T) {
	for _, doc := range []string{`{}`, `{"s3_bucket": null}`, `{"s3_bucket": ""}`} {
		_, _, err := Load(JSON("c.json", []byte(doc)))
		if err == nil || err.Error() != "s3_bucket: required, and not set" {
			t.Errorf("%s: %v", doc, err)
		}
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, _, err := Load(
		JSON("a.json", []byte("{\n  \"s3_bucket\": \"Bucket\",\n  \"compression\": \"rar\",\n  \"bukket\": 1\n}")),
		JSON("b.json", []byte(`{"max_parallel_uploads": 0, "external_id": "x!"}`)))
	want := `5 problems with the settings:
a.json:4:3: bukket: unknown setting: did you mean s3_bucket?
a.json:2:3: s3_bucket "Bucket": the name of a bucket consists of lower-case letters, digits, dots and hyphens
a.json:3:3: compression "rar": must be one of "none", "gzip", "zstd", "snappy"
b.json:1:2: max_parallel_uploads 0: must be a whole number from 1 to 256
b.json:1:29: external_id "x!": must be 2 to 1224 letters, digits or characters of _+=,.@:/-`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	field, ok := errors.AsType[FieldError](err)
	if !ok || field.Setting != "bukket" || field.Place != "a.json:4:3" {
		t.Errorf("%+v", field)
	}
}

func TestLaterSourcesWin(t *testing.T) {
	first := JSON("1.json", []byte(`{"s3_bucket": "first", "region": "eu-west-1", "batch_size_rows": 5, "acl": "nonsense"}`))
	second := JSON("2.json", []byte(`{"aws_region": "eu-west-2", "batch_size_rows": null, "acl": "private"}`))
	env := Env(environment(map[string]string{"TARGET_S3_S3_BUCKET": "third", "TARGET_S3_ACL": ""}))
	c, notices, err := Load(first, second, env)
	if err != nil || len(notices) > 0 {
		t.Fatal(err, notices)
	}
	if c.S3Bucket != "third" || c.AWSRegion != "eu-west-2" || c.BatchSizeRows != 0 || c.ACL != "private" {
		t.Errorf("%+v", c)
	}
	if c, _, err = Load(env, first, JSON("3.json", []byte(`{"acl": null}`))); err != nil || c.S3Bucket != "first" || c.ACL != "" {
		t.Errorf("%+v %v", c, err)
	}
}

// TestLoadPartAsks: what a person must choose has no default until somebody has
// set it, be it to the default.
func TestLoadPartAsks(t *testing.T) {
	for doc, want := range map[string]string{`{}`: "", `{"integration_name": ""}`: "", `{"integration_name": "singer"}`: "singer"} {
		c, _, err := LoadPart(JSON("", []byte(doc)))
		if err != nil || c.IntegrationName != want {
			t.Errorf("%s: %q, %v", doc, c.IntegrationName, err)
		}
	}
	if c, _, err := LoadPart(); err != nil || c.IntegrationName != "" || c.S3KeyFormatString == "" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestLoadPart(t *testing.T) {
	c, _, err := LoadPart(JSON("", []byte(`{"aws_region": "eu-central-1"}`)))
	if err != nil || c.AWSRegion != "eu-central-1" || c.S3Bucket != "" {
		t.Errorf("%+v, %v", c, err)
	}
	if _, _, err = LoadPart(JSON("", []byte(`{"external_id": "abc"}`))); err == nil {
		t.Error("a rule was not applied")
	}
}
