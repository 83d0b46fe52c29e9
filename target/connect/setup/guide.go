package setup

import (
	"fmt"
	"path"
	"strings"

	"target-s3/target/config"
	"target-s3/target/connect/policy"
)

// Guide is how something is done in the AWS console.
type Guide struct {
	Steps   []string
	Console string // address to begin at
	Help    string // address of AWS's own words on it
}

// Guides are those of one connection. Services other than Amazon S3 have consoles
// of their own: for them there is none.
type Guides struct{ Bucket, BucketPolicy, IdentityPolicy, Challenge *Guide }

const (
	s3Help  = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
	iamHelp = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"

	// PrincipalHelp is what an ARN is and where it is found.
	PrincipalHelp = iamHelp + "reference_identifiers.html"
)

// consoles are where the partitions of AWS have theirs.
var consoles = map[string]string{
	"aws":        "https://console.aws.amazon.com/",
	"aws-cn":     "https://console.amazonaws.cn/",
	"aws-us-gov": "https://console.amazonaws-us-gov.com/",
}

// GuidesFor are the guides for settings.
func GuidesFor(c config.Config) (g Guides) {
	console := consoles[policy.Partition(c.AWSRegion)]
	if c.AWSEndpointURL != "" || console == "" {
		return g
	}
	s3 := console + "s3/"
	create := "Name it " + c.S3Bucket + "."
	if c.AWSRegion != "" {
		create = "At the top right choose the region " + c.AWSRegion + ". Name the bucket " + c.S3Bucket + "."
	}
	g.Bucket = &Guide{Console: s3, Help: s3Help + "creating-buckets-s3.html", Steps: []string{
		"Sign in to the console, open S3 and choose Create bucket.",
		create + " Leave Block all public access on, and the rest as it is.",
		"Choose Create bucket.",
	}}
	g.BucketPolicy = &Guide{Console: s3, Help: s3Help + "add-bucket-policy.html", Steps: []string{
		"Sign in to the console, open S3, choose the bucket " + c.S3Bucket + " and the tab Permissions.",
		"Under Bucket policy choose Edit, and paste the policy. If there is one already, add the statement to it.",
		"Choose Save changes.",
	}}
	g.IdentityPolicy = &Guide{Console: console + "iam/", Help: iamHelp + "access_policies_manage.html", Steps: []string{
		"Sign in to the console, open IAM, and choose the role or user that loads.",
		"Under Permissions choose Add permissions, Create inline policy, JSON, and paste the policy.",
		"Choose Next, name it target-s3, and choose Create policy.",
	}}
	g.Challenge = challengeGuide(c, s3)
	return g
}

func challengeGuide(c config.Config, s3 string) *Guide {
	name, where := "of exactly this name", "the tab Objects"
	if folder, file := path.Split(c.SentinelKey); folder != "" {
		name, where = "named "+file, fmt.Sprintf("the folder %s (Create folder makes it)", strings.TrimSuffix(folder, "/"))
	}
	return &Guide{Console: s3, Help: s3Help + "upload-objects.html", Steps: []string{
		"On your computer create a blank file " + name + ", without an extension such as .txt.",
		"Sign in to the console, open S3, choose the bucket " + c.S3Bucket + " and " + where + ".",
		"Choose Upload, Add files, this file, and Upload.",
	}}
}
