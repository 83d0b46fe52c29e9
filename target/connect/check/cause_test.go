package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"target-s3/target/config"
	"target-s3/target/s3store"
	"target-s3/target/storetest/versitygw"
)

func TestGateOf(t *testing.T) {
	for want, errs := range map[string][]s3store.Error{
		"": {
			{Code: "AccessDenied", Status: 403},
			{Code: "NotImplemented", Status: 501},
			{Code: "AccessDenied", Status: 403, BucketRegion: "there"}, // it is not about that
		},
		Connection: {
			{Code: "SlowDown", Status: 503},
			{Code: "TooManyRequests", Status: 429},
			{Op: "AssumeRole", Code: s3store.CodeConnection},
		},
		Clock:       {{Op: "AssumeRole", Code: "RequestTimeTooSkewed", Status: 403}},
		Credentials: {{Op: "AssumeRole", Code: "AccessDenied", Status: 403}, {Op: "GetCredentials", Code: "X"}},
		Region:      {{Code: "Found", Status: 302, BucketRegion: "there"}},
		Bucket:      {{Code: "NoSuchBucket", Status: 404}},
	} {
		for _, e := range errs {
			if got := gateOf(&e, "here"); got != want {
				t.Errorf("%+v: %q, want %q", e, got, want)
			}
		}
	}
	if got := gateOf(nil, ""); got != "" {
		t.Errorf("no error: %q", got)
	}
}

func TestMasked(t *testing.T) {
	for id, want := range map[string]string{
		"AKIAABCDEFGHIJKLMNOP": "AKIA…MNOP", "": "****", "minioadmin": "****", "exactly-16-chars": "exac…hars",
	} {
		if got := masked(id); got != want {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"a\nb\tc":                        "a b c",
		"\x1b[31mred\u009b\x00":          `\u001b[31mred\u009b\u0000`,
		"bad\xff":                        `bad\xff`,
		"":                               "",
		strings.Repeat("ü", maxText/2+1): strings.Repeat("ü", (maxText-3)/2) + "…",
		strings.Repeat("€", maxText/2):   strings.Repeat("€", (maxText-3)/3) + "…",
	} {
		if got := plain(in); got != want {
			t.Errorf("%.20q: %q, want %q", in, got, want)
		}
	}
}

// A role that is assumed, and whom STS takes it for.
func TestRole(t *testing.T) {
	s := newServer(t, versitygw.OnAmazon...)
	const session = "arn:aws:sts::111122223333:assumed-role/loader/target-s3"
	sts := func(identity func(http.ResponseWriter)) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.FormValue("Action") == "GetCallerIdentity" {
				identity(w)
				return
			}
			_, _ = fmt.Fprintf(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>%s</AccessKeyId>
<SecretAccessKey>%s</SecretAccessKey><SessionToken></SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
				loaderKey, loaderSecret, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
		}))
		t.Cleanup(server.Close)
		t.Setenv("AWS_ENDPOINT_URL_STS", server.URL)
	}
	fails := func(status int, code string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, `<ErrorResponse><Error><Code>%s</Code><Message>No.</Message></Error></ErrorResponse>`, code)
		}
	}
	c := loader(s.Endpoint)
	c.RoleARN = "arn:aws:iam::111122223333:role/loader"
	for name, test := range map[string]struct {
		identity func(http.ResponseWriter)
		outcome  Outcome
		text     string
	}{
		"named": {func(w http.ResponseWriter) {
			_, _ = fmt.Fprintf(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>%s</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`, session)
		}, OK, "AKIA…0001 of the assumed role " + c.RoleARN + ": " + session},
		"not named": {fails(403, "AccessDenied"), OK, "STS did not say whose they are (AccessDenied)"},
		"unknown":   {fails(403, "InvalidClientTokenId"), Failed, "InvalidClientTokenId"},
	} {
		t.Run(name, func(t *testing.T) {
			sts(test.identity)
			got := runAll(t, c)[Credentials]
			if got.Outcome != test.outcome || !strings.Contains(got.Detail, test.text) {
				t.Errorf("%+v, want %s with %q", got, test.outcome, test.text)
			}
		})
	}
}

// The owner is told where requests are allowed. (Owners are access keys here.)
func TestOwner(t *testing.T) {
	s := newServer(t, versitygw.OnAmazon...)
	c := loader(s.Endpoint)
	c.ExpectedBucketOwner = s.AccessKey
	all := runAll(t, c)
	if got := all[Bucket]; got.Outcome != OK || got.Detail != "landing-zone exists, and belongs to the account "+s.AccessKey {
		t.Errorf("%+v", got)
	}
	s.PutBucketPolicy(t, bucketName, versitygw.Policy(bucketName, loaderKey, "s3:GetObject"))
	all = runAll(t, c)
	if got := all[Bucket]; got.Outcome != OK || !strings.Contains(got.Detail, "cannot be told while requests are refused") || all[List].Outcome != Failed {
		t.Errorf("%+v, %+v", got, all[List])
	}
}

// A policy may allow writing below a prefix only, where the challenge file is not.
func TestPolicyOfPrefix(t *testing.T) {
	s := newServer(t, versitygw.OnAmazon...)
	s.Put(t, bucketName, challengeKey, nil)
	policy := versitygw.Policy(bucketName, loaderKey, "s3:GetObject", "s3:ListBucket")
	var d map[string]any
	if err := json.Unmarshal([]byte(policy), &d); err != nil {
		t.Fatal(err)
	}
	statements, _ := d["Statement"].([]any)
	d["Statement"] = append(statements, map[string]any{
		"Effect": "Allow", "Principal": map[string]any{"AWS": []string{loaderKey}},
		"Action": []string{"s3:PutObject", "s3:AbortMultipartUpload"}, "Resource": "arn:aws:s3:::" + bucketName + "/raw/shop/*",
	})
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	s.PutBucketPolicy(t, bucketName, string(text))
	c := loader(s.Endpoint)
	c.SentinelKey, c.S3KeyPrefix = challengeKey, "raw/"
	all := runAll(t, c)
	all.want(t, names(), map[string]Outcome{Encryption: Skipped, ConditionalCreate: Skipped})
	if got := all[Put].Title; got != "PutObject under raw/shop/" {
		t.Errorf("title %q", got)
	}
	wantNothingLeft(t, s, challengeKey)

	c.S3KeyPrefix = "other/"
	if got := runAll(t, c)[Put]; got.Outcome != Failed || got.Code != "AccessDenied" {
		t.Errorf("%+v", got)
	}
}

// Of settings that cannot make a key nothing is tried.
func TestSettingsThatMakeNoKey(t *testing.T) {
	c := loader("http://127.0.0.1:1")
	c.IntegrationName = strings.Repeat("x", 600)
	want := map[string]Outcome{Settings: Failed}
	for _, name := range names()[1:] {
		want[name] = Skipped
	}
	runAll(t, c).want(t, names(), want)
}

func TestDescribe(t *testing.T) {
	e := &s3store.Error{Op: "PutObject", Bucket: "b", Key: "k", Code: "X", Status: 400, Hint: "Do something"}
	if got := describe(e); got != "PutObject s3://b/k: X (400)" || e.Hint == "" {
		t.Errorf("%q", got)
	}
	if got := describe(errors.New("other")); got != "other" {
		t.Errorf("%q", got)
	}
	v := variant{fix: "its own"}
	e.Status = 403
	if got := v.fixFor(e); got != "its own" {
		t.Errorf("%q", got)
	}
	e.Status = 400
	if got := v.fixFor(e); got != "Do something" {
		t.Errorf("%q", got)
	}
}

// The extension of the keys is that of the files.
func TestExtension(t *testing.T) {
	for want, c := range map[string]config.Config{
		"jsonl":   {OutputFileFormat: "jsonl", Compression: "none"},
		"csv.gz":  {OutputFileFormat: "csv", Compression: "gzip"},
		"csv.zst": {OutputFileFormat: "csv", Compression: "zstd"},
		"parquet": {OutputFileFormat: "parquet", Compression: "zstd"},
	} {
		if got := c.Extension(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
