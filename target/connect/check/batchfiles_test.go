package check

import (
	"strings"
	"testing"

	"target-s3/target/config"
	"target-s3/target/connect/policy"
	"target-s3/target/storetest/versitygw"
)

// Batch files are looked for where batch_roots says, and in no other check.
func TestBatchFiles(t *testing.T) {
	s := newServer(t, versitygw.OnAmazon...)
	s.Put(t, bucketName, challengeKey, nil)
	for bucket, actions := range map[string][]string{"readable": {"s3:GetObject", "s3:ListBucket"}, "listed": {"s3:ListBucket"}, "unlisted": {"s3:PutObject"}} {
		s.CreateBucket(t, bucket)
		s.PutBucketPolicy(t, bucket, versitygw.Policy(bucket, loaderKey, actions...))
	}
	s.CreateBucket(t, "granted")
	s.PutBucketPolicy(t, "granted", sourcePolicy(t, "s3://granted/in"))
	for roots, want := range map[string]struct {
		outcome           Outcome
		detail, code, fix string
	}{
		`["file:///nowhere"]`:                      {},
		`["s3://readable/in", "file:///nowhere"]`:  {OK, "may be read below s3://readable/in/", "", ""},
		`["s3://granted/in", "s3://granted/in/2"]`: {OK, "may be read below s3://granted/in/, s3://granted/in/2/", "", ""},
		`["s3://granted/other"]`:                   {Failed, "GetObject s3://granted/other/target-s3-check-", "AccessDenied", "Grant s3:GetObject on arn:aws:s3:::granted/other/* (target-s3 policy prints the policy)"},
		`["s3://readable", "s3://landing-zone/x"]`: {OK, "may be read below s3://readable/, s3://landing-zone/x/", "", ""},
		`["s3://readable/in", "s3://listed/in"]`:   {Failed, "GetObject s3://listed/in/target-s3-check-", "AccessDenied", "Grant s3:GetObject on arn:aws:s3:::listed/in/* (target-s3 policy prints the policy)"},
		`["s3://unlisted/in"]`:                     {Skipped, "cannot be told for s3://unlisted/in/ while s3:ListBucket is missing there", "", ""},
		`["s3://no-such-bucket/in"]`:               {Failed, "GetObject s3://no-such-bucket/in/target-s3-check-", "NoSuchBucket", "Create the bucket, or correct batch_roots"},
	} {
		c := loader(s.Endpoint)
		c.SentinelKey = challengeKey
		setting, _ := config.Lookup("batch_roots")
		if err := setting.Set(&c, roots); err != nil {
			t.Fatal(err)
		}
		all := runAll(t, c)
		got, there := all[BatchFiles]
		if got.Outcome != want.outcome || there != (want.outcome != "") || !strings.Contains(got.Detail, want.detail) || got.Code != want.code || got.Fix != want.fix {
			t.Errorf("%s: %+v", roots, got)
		}
		delete(all, BatchFiles)
		all.want(t, names(), map[string]Outcome{Encryption: Skipped})
	}
	wantNothingLeft(t, s, challengeKey)
}

// sourcePolicy is the policy that the command policy prints for the bucket of a root.
func sourcePolicy(t *testing.T, root string) string {
	t.Helper()
	c := config.Default()
	c.BatchRoots = []string{root}
	grant := policy.For(c)
	const account = "123456789012"
	who, err := policy.ParsePrincipal(account)
	if err != nil {
		t.Fatal(err)
	}
	grant.Principals = []policy.Principal{who}
	d, err := grant.SourcePolicy(grant.Sources[0])
	if err != nil {
		t.Fatal(err)
	}
	text, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(text), "arn:aws:iam::"+account+":root", loaderKey, 1)
}
