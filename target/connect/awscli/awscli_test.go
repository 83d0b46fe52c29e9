package awscli

import (
	"slices"
	"testing"

	"target-s3/target/config"
)

func TestCommands(t *testing.T) {
	c := config.Default()
	c.S3Bucket, c.AWSRegion, c.AWSProfile, c.SentinelKey = "my-bucket", "eu-central-1", "it's me", "here/file"
	for want, got := range map[string]string{
		`aws s3api get-bucket-policy --bucket my-bucket --query Policy --output text --region eu-central-1 --profile 'it'\''s me'`: ShowPolicy(c),
		`aws s3 rm 's3://my-bucket/a b' --region eu-central-1 --profile 'it'\''s me'`:                                              Remove(c, "a b"),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	c.AWSProfile, c.AWSEndpointURL = "", "http://127.0.0.1:9000"
	want := []string{"aws s3api create-bucket --bucket my-bucket --create-bucket-configuration LocationConstraint=eu-central-1 --region eu-central-1 --endpoint-url http://127.0.0.1:9000"}
	if got := CreateBucket(c); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	c.AWSRegion, c.AWSEndpointURL = "", "file:/tmp/x"
	if got := CreateBucket(c); got != nil {
		t.Errorf("of a folder: %q", got)
	}
	if got, want := CreateChallenge(c), "mkdir -p /tmp/x/my-bucket/here && touch /tmp/x/my-bucket/here/file"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := AttachPolicy(c), "aws s3api put-bucket-policy --bucket my-bucket --policy file://policy.json"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
