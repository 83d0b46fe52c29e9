package config

import (
	"slices"

	"target-s3/target/nearest"
)

// regions are those that Amazon S3 has, as of aws-sdk-go-v2 1.47.7
// (internal/endpoints/awsrulesfn/partitions.json; a test compares). New ones
// appear: a name that is not here deserves a warning and no error.
var regions = []string{
	"us-east-1", "us-east-2", "us-west-1", "us-west-2",
	"eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3",
	"ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
	"ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
	"af-south-1", "ca-central-1", "ca-west-1", "il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1",
	"cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1", "eusc-de-east-1",
	"us-iso-east-1", "us-iso-west-1", "us-isob-east-1", "us-isob-west-1", "us-isof-east-1", "us-isof-south-1", "eu-isoe-west-1",
}

// Regions are those that Amazon S3 is known to have.
func Regions() []string { return slices.Clone(regions) }

// UnknownRegion is a warning about a region that Amazon S3 is not known to have,
// with the one that was probably meant. It is empty for one that is known, and
// for none.
func UnknownRegion(name string) string {
	near := nearest.Of(name, regions)
	switch {
	case name == "" || near == name:
		return ""
	case near == "":
		return name + " is not a known AWS region"
	}
	return name + " is not a known AWS region; the nearest is " + near
}
