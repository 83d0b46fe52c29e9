package main

import (
	"strings"
	"testing"

	"target-s3/target/config"
	"target-s3/target/s3store"
	"target-s3/target/store"
	"target-s3/target/storetest/versitygw"
)

// TestSweepNeedsItsPolicy: what a crashed load left in a bucket is found and aborted
// with the policy that says so, and not with a load's own.
func TestSweepNeedsItsPolicy(t *testing.T) {
	server := versitygw.Start(t)
	server.AddUser(t, policyUser, policySecret)
	const bucket = "swept"
	server.CreateBucket(t, bucket)
	s, err := s3store.Open(t.Context(), s3store.Config{
		Bucket: bucket, EndpointURL: server.Endpoint, Region: server.Region,
		AccessKeyID: config.NewSecret(server.AccessKey), SecretAccessKey: config.NewSecret(server.SecretKey),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, key := range []string{"shop/orders/1_1.jsonl", "another/orders/1_1.jsonl"} {
		if err := s.Create(store.Object{Key: key, Durable: true}).Stage(t.Context(), store.Part{Number: 1, Size: 1, Body: strings.NewReader("x")}); err != nil {
			t.Fatal(err)
		}
	}
	settings := policyConfig(t, server, bucket, nil)
	grant := func(flags ...string) {
		t.Helper()
		text, stderr, err := runQuietly(t, append([]string{"policy", "--config", settings, "--principal", policyPrincipal}, flags...)...)
		if err != nil {
			t.Fatal(err, stderr)
		}
		server.PutBucketPolicy(t, bucket, strings.Replace(text, policyPrincipal, policyUser, 1))
	}
	grant()
	sweep := []string{"sweep", "--config", settings, "--older-than", "0s"}
	if out, _, err := runQuietly(t, sweep...); err == nil || !strings.Contains(err.Error(), "s3:ListBucketMultipartUploads") || out != "" {
		t.Errorf("with a load's policy: %v\n%s", err, out)
	}
	grant("--sweep")
	if out, _, err := runQuietly(t, append(sweep, "--dry-run")...); err != nil || !strings.Contains(out, "1 upload to abort.") {
		t.Errorf("%v\n%s", err, out)
	}
	if left := server.Uploads(t, bucket); len(left) != 2 {
		t.Fatalf("aborted in a dry run: %q left", left)
	}
	if out, _, err := runQuietly(t, "sweep", "--config", settings); err != nil || out != "0 uploads aborted, 1 not older than 24h.\n" {
		t.Errorf("%v\n%s", err, out)
	}
	server.PutBucketPolicy(t, bucket, versitygw.Policy(bucket, policyUser, "s3:PutObject", "s3:GetObject", "s3:ListBucket", "s3:ListBucketMultipartUploads"))
	out, _, err := runQuietly(t, sweep...)
	if err == nil || err.Error() != "sweep: 1 of 1 uploads could not be aborted" || !strings.HasPrefix(out, "failed   s3://swept/shop/orders/1_1.jsonl ") || !strings.Contains(out, "The credentials need s3:AbortMultipartUpload on ") {
		t.Errorf("%v\n%s", err, out)
	}
	grant("--sweep")
	out, _, err = runQuietly(t, sweep...)
	if err != nil || !strings.HasPrefix(out, "aborted  s3://swept/shop/orders/1_1.jsonl  age 0h0m  upload ") || !strings.HasSuffix(out, "\n1 upload aborted.\n") {
		t.Errorf("%v\n%s", err, out)
	}
	if left := server.Uploads(t, bucket); len(left) != 1 || !strings.HasPrefix(left[0], "another/") {
		t.Errorf("%q left", left)
	}
}
