// Package awscli writes the commands of the AWS CLI that a person can copy, with
// the region, the profile and the service of the settings. Policies are in a file
// policy.json.
package awscli

import (
	"fmt"
	"path/filepath"
	"strings"

	"target-s3/target/config"
	"target-s3/target/connect/policy"
)

// The commands that attach an identity policy.
const (
	AttachToRole = "aws iam put-role-policy --role-name ROLE --policy-name target-s3 --policy-document file://policy.json"
	AttachToUser = "aws iam put-user-policy --user-name USER --policy-name target-s3 --policy-document file://policy.json"
)

// CreateBucket are the commands that create the bucket, block public access to it,
// and make it abort unfinished uploads. There are none for a folder, which the loader makes itself.
func CreateBucket(c config.Config) []string {
	if _, ok := c.FileRoot(); ok {
		return nil
	}
	constraint := ""
	if r := c.AWSRegion; r != "" && r != "us-east-1" { // which is refused as a constraint
		constraint = " --create-bucket-configuration LocationConstraint=" + Quote(r)
	}
	commands := []string{s3api(c, "create-bucket", constraint)}
	if c.AWSEndpointURL == "" { // few other services know it
		commands = append(commands, s3api(c, "put-public-access-block",
			" --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"),
			AbortUploads(c))
	}
	return commands
}

// AbortUploads gives the bucket a lifecycle rule that aborts uploads which nobody
// completes, and replaces the rules that it has.
func AbortUploads(c config.Config) string {
	rule := fmt.Sprintf(`{"Rules":[{"ID":"%s","Status":"Enabled","Filter":{"Prefix":"%s"},"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":%d}}]}`,
		policy.AbortRule, c.Beginning(), policy.AbortDays) // a beginning has no character that JSON escapes
	return s3api(c, "put-bucket-lifecycle-configuration", " --lifecycle-configuration "+Quote(rule))
}

// ShowPolicy prints the policy that the bucket has.
func ShowPolicy(c config.Config) string {
	return s3api(c, "get-bucket-policy", " --query Policy --output text")
}

// AttachPolicy attaches the bucket's policy, and replaces the one that it has.
func AttachPolicy(c config.Config) string {
	return s3api(c, "put-bucket-policy", " --policy file://policy.json")
}

// CreateChallenge makes the blank challenge file.
func CreateChallenge(c config.Config) string {
	if dir, ok := c.FileRoot(); ok {
		file := filepath.Join(dir, c.S3Bucket, filepath.FromSlash(c.SentinelKey))
		return "mkdir -p " + Quote(filepath.ToSlash(filepath.Dir(file))) + " && touch " + Quote(filepath.ToSlash(file))
	}
	return s3api(c, "put-object", " --key "+Quote(c.SentinelKey))
}

// Remove deletes an object.
func Remove(c config.Config, key string) string {
	return "aws s3 rm " + Quote("s3://"+c.S3Bucket+"/"+key) + where(c)
}

// s3api is a command about the bucket.
func s3api(c config.Config, command, options string) string {
	return "aws s3api " + command + " --bucket " + Quote(c.S3Bucket) + options + where(c)
}

// where is what the CLI needs to find the same service.
func where(c config.Config) (options string) {
	if _, folder := c.FileRoot(); folder {
		c.AWSEndpointURL = "" // which is not a service
	}
	for _, o := range []struct{ flag, value string }{
		{"--region", c.AWSRegion}, {"--profile", c.AWSProfile}, {"--endpoint-url", c.AWSEndpointURL},
	} {
		if o.value != "" {
			options += " " + o.flag + " " + Quote(o.value)
		}
	}
	return options
}

// Quote makes a text one word of a POSIX shell.
func Quote(text string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+"
	if text != "" && strings.Trim(text, plain) == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
