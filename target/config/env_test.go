package config

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func environment(vars map[string]string) (environ []string) {
	for name, value := range vars {
		environ = append(environ, name+"="+value)
	}
	return environ
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
		"TARGET_S3_SOMETHING_ELSE":           "",
		"TARGET_S3__DIALECT":                 "of Meltano",
		"TARGET_S3_SERVICE_HOST":             "of Kubernetes",
		"TARGET_S3_SERVICE_PORT_HTTP":        "80",
		"TARGET_S3_PORT":                     "tcp://10.0.0.1:80",
		"TARGET_S3_PORT_80_TCP_ADDR":         "10.0.0.1",
		"TARGET_S3X_ACL":                     "x",
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
	_, _, err := Load(Env(environment(map[string]string{
		"TARGET_S3_BUCKET":               "bucket",
		"TARGET_S3_COMPRESSIN":           "gzip",
		"TARGET_S3_SOMETHING_ELSE":       "x",
		"TARGET_S3_MAX_BATCH_AGE":        "1.5",
		"TARGET_S3_ORDERS_S3_BUCKET":     "x",
		"TARGET_S3_MAX_PARALLEL_UPLOADS": "many",
		"TARGET_S3_PATH_TEMPLATE":        "{stream}",
		"TARGET_S3_ENDPOINT_URL":         "http://a",
		"TARGET_S3_AWS_ENDPOINT_URL":     "http://b",
	})))
	want := `9 problems with the settings:
TARGET_S3_BUCKET: bucket: unknown setting: did you mean TARGET_S3_S3_BUCKET?
TARGET_S3_COMPRESSIN: compressin: unknown setting: did you mean TARGET_S3_COMPRESSION?
TARGET_S3_MAX_BATCH_AGE: max_batch_age: not a setting here: set batch_wait_limit_seconds instead, which counts seconds and not minutes: 90
TARGET_S3_ORDERS_S3_BUCKET: orders_s3_bucket: unknown setting: did you mean TARGET_S3_S3_BUCKET?
TARGET_S3_PATH_TEMPLATE: path_template: not a setting here: set s3_key_format_string to "[table_name]_[integration_name]_[table_version]_[timestamp_loaded].[csv|jsonl]" instead
TARGET_S3_SOMETHING_ELSE: something_else: unknown setting: target-s3 --about lists all of them
TARGET_S3_MAX_PARALLEL_UPLOADS: max_parallel_uploads "many": must be a whole number from 1 to 256
TARGET_S3_ENDPOINT_URL: endpoint_url: another name of aws_endpoint_url, which has another value (TARGET_S3_AWS_ENDPOINT_URL): keep aws_endpoint_url alone
s3_bucket: required, and not set`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// Where the environment is not read, what stands there for somebody else is no
// error; what nobody can have meant otherwise is.
func TestEnvironmentNotRead(t *testing.T) {
	document := JSON("c.json", []byte(`{"s3_bucket": "bucket"}`))
	c, _, err := Load(document, EnvNames(environment(map[string]string{
		"TARGET_S3_S3_BUCKET":        "another",
		"TARGET_S3_COMPRESSION":      "none such",
		"TARGET_S3_FORMAT":           "parquet",
		"TARGET_S3_REGION":           "x y",
		"TARGET_S3_ORDERS_S3_BUCKET": "x",
		"TARGET_S3__TARGET_SCHEMA":   "of Meltano",
		"TARGET_S3_OBJECT_TAGS_TEAM": "of Meltano, which has one for each member",
		"TARGET_S3_STREAMS_ORD*_CSV": "{}",
	})))
	if err != nil || c.S3Bucket != "bucket" {
		t.Errorf("%q, %v", c.S3Bucket, err)
	}
	_, _, err = Load(document, EnvNames([]string{"TARGET_S3_COMPRESSIN=gzip"}))
	if err == nil || err.Error() != "TARGET_S3_COMPRESSIN: compressin: unknown setting: did you mean TARGET_S3_COMPRESSION?" {
		t.Error(err)
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

// Runners write an alias and the setting, each with its value.
func TestAliasBesideSetting(t *testing.T) {
	for _, members := range []string{
		`"delimiter": "\t", "csv_delimiter": "\\t"`,
		`"csv_delimiter": "|", "delimiter": "|"`,
		`"max_batch_size": "10", "batch_size_rows": 10`,
		`"add_record_metadata": false, "add_metadata_columns": "False"`,
		`"encryption_type": "KMS", "server_side_encryption": "aws:kms"`,
		`"endpoint_url": "http://a", "s3_endpoint_url": "http://a", "aws_endpoint_url": "http://a"`,
		`"region": null, "aws_region": "eu-west-1"`,
	} {
		if _, notices, err := load(members); err != nil || len(notices) > 0 {
			t.Errorf("%s: %v, %v", members, err, notices)
		}
	}
	_, notices, err := load(`"endpoint_url": "http://a", "s3_endpoint_url": "http://a"`)
	if err != nil || len(notices) != 1 {
		t.Errorf("%v, %v", err, notices)
	}
}

// Settings of other targets have an answer, unless they ask for nothing.
func TestForeignSettings(t *testing.T) {
	for member, want := range map[string]string{
		`"format": {"format_type": "Parquet"}`:     `set output_file_format to "parquet" instead`,
		`"format": "json"`:                         `set output_file_format to "jsonl" instead`,
		`"format": "avro"`:                         `set output_file_format instead, to jsonl, csv or parquet`,
		`"format": 5`:                              `set output_file_format instead, to jsonl, csv or parquet`,
		`"cloud_provider": {"aws": {"region": 1}}`: `the members of cloud_provider stand by themselves here`,
		`"prefix": "raw"`:                          `set s3_key_prefix instead, with a slash`,
		`"stream_maps": {"a": {}}`:                 `put meltano-map-transform between tap and target`,
		`"flattening_enabled": true`:               `csv is always flattened`,
		`"batch_config": {"encoding": {}}`:         `set batch_roots to where the tap writes its batch files`,
		`"load_method": "upsert"`:                  `must be append-only: nothing`,
		`"quotechar": "'"`:                         `remove it`,
		`"temp_dir": "/tmp"`:                       `nothing is written to a local disk`,
		`"work_dir": "/tmp"`:                       `nothing is written to a local disk`,
		`"max_batch_age": 5`:                       `set batch_wait_limit_seconds instead, which counts seconds and not minutes: 300`,
		`"max_batch_age": "soon"`:                  `set batch_wait_limit_seconds instead, which counts seconds and not minutes`,
		`"append_date_to_prefix": true`:            `put [year_loaded], [month_loaded] and [day_loaded] into s3_key_format_string`,
		`"include_process_date": true`:             `the column _sdc_received_at`,
		`"file_size": 1000`:                        `set batch_size_bytes instead`,
		`"memory_buffer": 1000`:                    `set memory_limit_bytes instead`,
		`"timezone_offset": 2`:                     `are UTC: remove it`,
		`"path_template": "{stream_name}"`:         `set s3_key_format_string to "[table_name]_`,
	} {
		name, _, _ := strings.Cut(member[1:], `"`)
		_, _, err := load(member)
		if err == nil || !strings.HasPrefix(err.Error(), "c.json:1:25: "+name+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", member, err)
		}
	}
	for _, member := range []string{
		`"load_method": "append-only"`, `"flattening_enabled": false`, `"flattening_enabled": "False"`, `"stream_maps": {}`, `"batch_config": null`,
		`"cloud_provider": "aws"`, `"quotechar": "\""`, `"temp_dir": ""`, `"format": null`, `"prefix": ""`, `"naming_convention": ""`, `"max_batch_age": null`, `"timezone_offset": 0`,
	} {
		if _, notices, err := load(member); err != nil || len(notices) > 0 {
			t.Errorf("%s: %v, %v", member, err, notices)
		}
	}
}

// The page for those who come from other loaders names their settings. Each is known here,
// or has an answer of its own.
func TestMigratingNames(t *testing.T) {
	page, err := os.ReadFile("../../docs/migrating.md")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile("`([a-z0-9_]+)[`.]")
	n := 0
	for line := range strings.Lines(string(page)) {
		theirs, ok := strings.CutPrefix(line, "| `")
		if !ok || strings.HasPrefix(theirs, "_sdc_") {
			continue
		}
		theirs, _, _ = strings.Cut(theirs, " | ")
		theirs, _, _ = strings.Cut("`"+theirs, ":") // its values
		theirs, _, _ = strings.Cut(theirs, " (")    // its default
		for _, m := range name.FindAllStringSubmatch(theirs, -1) {
			n++
			if !slices.Contains(names(), m[1]) {
				t.Errorf("docs/migrating.md names %s, for which there is no answer", m[1])
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d names were found", n)
	}
}
