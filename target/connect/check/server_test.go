package check

import (
	"slices"
	"strings"
	"testing"
	"time"

	"target-s3/target/config"
	"target-s3/target/storetest/versitygw"
)

// With the documented privileges all is well, and nothing is left.
func TestAllIsWell(t *testing.T) {
	s := newServer(t, versitygw.OnAmazon...)
	s.Put(t, bucketName, challengeKey, nil)
	c := loader(s.Endpoint)
	c.SentinelKey = challengeKey
	all := runAll(t, c)
	all.want(t, names(), map[string]Outcome{Encryption: Skipped})
	for name, text := range map[string]string{
		Settings:          "shop/TABLE/1_",
		Connection:        s.Endpoint + " answered in",
		Credentials:       "AKIA…0001 from the settings",
		Region:            "us-east-1",
		ConditionalCreate: challengeKey + " exists and was not overwritten (412)",
		Put:               "s3://landing-zone/shop/target-s3-check-",
	} {
		if !strings.Contains(all[name].Detail, text) {
			t.Errorf("%s: %q, want %q in it", name, all[name].Detail, text)
		}
	}
	if all[Put].Title != "PutObject under shop/" {
		t.Errorf("title %q", all[Put].Title)
	}
	wantNothingLeft(t, s, challengeKey)
}

// What is wrong shows in the check that is about it, with the code and the cure,
// and in no other.
func TestWrong(t *testing.T) {
	s := newServer(t, versitygw.OnAmazon...)
	s.Put(t, bucketName, challengeKey, nil)
	tooLate := func(c *config.Config) {
		stopped := versitygw.Start(t)
		c.AWSEndpointURL = stopped.Endpoint
		stopped.Stop(t)
	}
	for name, test := range map[string]struct {
		lack   string // a privilege
		change func(*config.Config)
		failed string
		code   string
		fix    string
		others []string // that are not tried
	}{
		"no PutObject": {
			lack: "s3:PutObject", failed: Put, code: "AccessDenied",
			fix: "The credentials need s3:PutObject on arn:aws:s3:::landing-zone/*", others: []string{Multipart, ConditionalCreate},
		},
		"no GetObject": {
			lack: "s3:GetObject", failed: Get, code: "AccessDenied",
			fix: "The credentials need s3:GetObject on arn:aws:s3:::landing-zone/*", others: []string{ChallengeFile, ConditionalCreate},
		},
		"no ListBucket": {
			lack: "s3:ListBucket", failed: List, code: "AccessDenied",
			fix: "The credentials need s3:ListBucket on arn:aws:s3:::landing-zone",
		},
		"no tags": {
			change: func(c *config.Config) { c.ObjectTags = map[string]string{"team": "data"} },
			failed: Put, code: "AccessDenied", fix: "Grant s3:PutObjectTagging", others: []string{Multipart, ConditionalCreate},
		},
		"secret": {
			change: func(c *config.Config) { c.AWSSecretAccessKey = config.NewSecret("wrong-secret-wrong") },
			failed: Credentials, code: "SignatureDoesNotMatch", fix: "Correct aws_secret_access_key",
		},
		"key": {
			change: func(c *config.Config) { c.AWSAccessKeyID = config.NewKeyID("AKIANOBODYNOBODY0001") },
			failed: Credentials, code: "InvalidAccessKeyId", fix: "correct aws_access_key_id",
		},
		"token": {
			change: func(c *config.Config) { c.AWSSessionToken = config.NewSecret("wrong-token") },
			failed: Credentials, code: "InvalidToken", fix: "Correct aws_session_token",
		},
		"no credentials": {
			change: func(c *config.Config) { c.AWSAccessKeyID, c.AWSSecretAccessKey = config.Secret{}, config.Secret{} },
			failed: Credentials, code: "NoCredentials", fix: "Set aws_access_key_id and aws_secret_access_key",
		},
		"profile": {
			change: func(c *config.Config) {
				c.AWSAccessKeyID, c.AWSSecretAccessKey, c.AWSProfile = config.Secret{}, config.Secret{}, "nobody"
			},
			failed: Credentials, fix: "Correct aws_profile", others: []string{Connection, Clock},
		},
		"region": { // with the right one all else is tried
			change: func(c *config.Config) { c.AWSRegion = "eu-west-1" },
			failed: Region, code: "AuthorizationHeaderMalformed",
			fix: "The bucket is in the region us-east-1: set aws_region to that; eu-west-1 was tried",
		},
		"bucket": {
			change: func(c *config.Config) { c.S3Bucket = "no-such-bucket" },
			failed: Bucket, code: "NoSuchBucket", fix: "Create the bucket, or correct s3_bucket",
		},
		"owner": {
			change: func(c *config.Config) { c.ExpectedBucketOwner = "123456789012" },
			failed: Bucket, code: "AccessDenied", fix: "Correct s3_bucket, or expected_bucket_owner",
		},
		"challenge file": {
			change: func(c *config.Config) { c.SentinelKey = "not-there" },
			failed: ChallengeFile, code: "NotFound", fix: "Create it, or put it back, as an empty object (aws s3api put-object --bucket landing-zone --key not-there --region us-east-1 --endpoint-url http://127.0.0.1:", others: []string{ConditionalCreate},
		},
		"encryption ignored": {
			change: func(c *config.Config) { c.ServerSideEncryption = config.SSEAES256 },
			failed: Encryption, fix: "Remove server_side_encryption",
		},
		"stopped": {change: tooLate, failed: Connection, code: "ConnectionFailed", fix: "Check that the service runs at http://127.0.0.1:"},
	} {
		t.Run(name, func(t *testing.T) {
			granted := slices.DeleteFunc(slices.Clone(versitygw.OnAmazon), func(a string) bool { return a == test.lack })
			s.PutBucketPolicy(t, bucketName, versitygw.Policy(bucketName, loaderKey, granted...))
			c := loader(s.Endpoint)
			c.SentinelKey = challengeKey
			if test.change != nil {
				test.change(&c)
			}
			begun := time.Now()
			all := runAll(t, c)
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			all.want(t, names(), expected(test.failed, test.others))
			got := all[test.failed]
			if got.Code != test.code || !strings.Contains(got.Fix, test.fix) {
				t.Errorf("code %q and fix %q, want %q and %q", got.Code, got.Fix, test.code, test.fix)
			}
			wantNothingLeft(t, s, challengeKey)
		})
	}
}

// expected are the outcomes if one check fails: those that depend on it are not
// tried, nor is encryption unless it is what fails.
func expected(failed string, others []string) map[string]Outcome {
	m := map[string]Outcome{Encryption: Skipped}
	if i := slices.Index(gates, failed); i >= 0 && failed != Region {
		for _, name := range append(gates[i+1:len(gates):len(gates)], checks()...) {
			m[name] = Skipped
		}
	}
	for _, name := range others {
		m[name] = Skipped
	}
	m[failed] = Failed
	return m
}
