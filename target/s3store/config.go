package s3store

import (
	"log/slog"
	"time"

	"target-s3/target/config"
)

// DefaultMaxParallel is that of Config.
const DefaultMaxParallel = 4

// Config says which bucket, as whom, and how. The zero value of everything but
// Bucket is usable. The secrets in it do not print.
type Config struct {
	Bucket string
	Logger *slog.Logger // nil: nothing is logged
	RunID  string       // if not empty, stored with each object as metadata target-s3-run

	// Credentials: the key, else the profile, else the default chain of the
	// AWS SDK; and then the role, if one is given.
	AccessKeyID     config.Secret
	SecretAccessKey config.Secret
	SessionToken    config.Secret
	Profile         string
	RoleARN         string
	ExternalID      string
	RoleSessionName string // target-s3 if empty

	// Region is else taken from the environment or the profile; with an endpoint
	// of its own it is us-east-1 in the end.
	Region         string
	EndpointURL    string // empty: AWS, or what the AWS environment variables say
	ForcePathStyle *bool  // nil: with an endpoint of its own, but not on AWS

	// RequestChecksums is that of package config. Checksums are sent unless it is
	// ChecksumsWhenRequired, also to services other than AWS: one that refuses the
	// headers says so in its answer.
	RequestChecksums string

	// ConditionalWrites: nil sends If-None-Match and goes over to looking first
	// where the service does not implement it; true never goes over; false
	// looks first from the start, which leaves a gap in which two writers of the
	// same key could overwrite each other.
	ConditionalWrites *bool

	ExpectedBucketOwner  string
	ServerSideEncryption string
	SSEKMSKeyID          string
	StorageClass         string
	ACL                  string
	ObjectTags           map[string]string

	MaxParallel int // requests in flight, over all uploads, but for those that publish

	MaxAttempts  int           // of one request, the first included
	MaxBackoff   time.Duration // longest wait between two attempts
	StallTimeout time.Duration // an attempt in which nothing moves for so long has failed
}

// FromSettings is what the settings of a user say. The Logger is left to the caller.
func FromSettings(c config.Config) Config {
	return Config{
		Bucket: c.S3Bucket, RunID: c.RunID,
		AccessKeyID: c.AWSAccessKeyID, SecretAccessKey: c.AWSSecretAccessKey, SessionToken: c.AWSSessionToken,
		Profile: c.AWSProfile, RoleARN: c.RoleARN, ExternalID: c.ExternalID, RoleSessionName: c.RoleSessionName,
		Region: c.AWSRegion, EndpointURL: c.AWSEndpointURL, ForcePathStyle: c.ForcePathStyle,
		RequestChecksums: c.RequestChecksums, ConditionalWrites: c.ConditionalWrites,
		ExpectedBucketOwner: c.ExpectedBucketOwner, ServerSideEncryption: c.ServerSideEncryption, SSEKMSKeyID: c.SSEKMSKeyID,
		StorageClass: c.StorageClass, ACL: c.ACL, ObjectTags: c.ObjectTags, MaxParallel: c.MaxParallelUploads,
	}
}

// withDefaults fills in the defaults. What may be said of settings package config
// has decided.
func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.RoleSessionName == "" {
		c.RoleSessionName = "target-s3"
	}
	setDefault(&c.MaxParallel, DefaultMaxParallel)
	setDefault(&c.MaxAttempts, DefaultMaxAttempts)
	setDefault(&c.MaxBackoff, DefaultMaxBackoff)
	setDefault(&c.StallTimeout, DefaultStallTimeout)
	return c
}

func setDefault[T int | time.Duration](v *T, fallback T) {
	if *v <= 0 {
		*v = fallback
	}
}
