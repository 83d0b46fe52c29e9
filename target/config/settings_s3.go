package config

// The settings that only a bucket on S3 has use for.

var awsSettings = []Setting{
	{
		Name: "aws_access_key_id", Kind: SecretString, Group: groupAWS, S3Only: true, DefaultNote: chainNote,
		Description: "Access key. Without one and without a profile, the AWS default chain is used: environment, shared files, container and instance roles.",
		field:       func(c *Config) any { return (*keyID)(&c.AWSAccessKeyID) }, check: noSpace,
	},
	{
		Name: "aws_secret_access_key", Kind: SecretString, Group: groupAWS, S3Only: true, DefaultNote: chainNote,
		Description: "Secret of the access key.",
		field:       func(c *Config) any { return &c.AWSSecretAccessKey }, check: noSpace,
	},
	{
		Name: "aws_session_token", Kind: SecretString, Group: groupAWS, S3Only: true, DefaultNote: chainNote,
		Description: "Session token that belongs to a temporary access key.",
		field:       func(c *Config) any { return &c.AWSSessionToken }, check: noSpace,
	},
	{
		Name: "aws_profile", Kind: String, Group: groupAWS, S3Only: true, DefaultNote: chainNote,
		Description: "Profile of the shared AWS configuration files from which credentials and region are taken.",
		Aliases:     []Alias{{Name: "aws_profile_name"}},
		field:       func(c *Config) any { return &c.AWSProfile }, check: oneLine,
	},
	{
		Name: "aws_region", Kind: String, Group: groupAWS, S3Only: true, DefaultNote: chainNote,
		Description: "Region of the bucket, such as `eu-central-1`.",
		Aliases:     []Alias{{Name: "region"}},
		field:       func(c *Config) any { return &c.AWSRegion },
		check:       matching(`[A-Za-z0-9_-]+`, 1, 64, "a region such as eu-central-1"),
	},
	{
		Name: "role_arn", Kind: String, Group: groupAWS, S3Only: true,
		Description: "ARN of a role to assume. Its credentials are renewed for as long as the run lasts.",
		field:       func(c *Config) any { return &c.RoleARN },
		check:       matching(`arn:[a-z0-9-]+:iam::[A-Za-z0-9]*:role/[\w+=,.@/-]+`, 20, 2048, "the ARN of a role such as arn:aws:iam::123456789012:role/loader"),
	},
	{
		Name: "external_id", Kind: String, Group: groupAWS, S3Only: true,
		Description: "External ID that the role's trust policy asks for.",
		field:       func(c *Config) any { return &c.ExternalID },
		check:       matching(`[\w+=,.@:/-]+`, 2, 1224, "2 to 1224 letters, digits or characters of _+=,.@:/-"),
	},
	{
		Name: "role_session_name", Kind: String, Group: groupAWS, S3Only: true,
		Description: "Name of the session of the role, which CloudTrail shows.", DefaultNote: "`target-s3`",
		field: func(c *Config) any { return &c.RoleSessionName },
		check: matching(`[\w+=,.@-]+`, 2, 64, "2 to 64 letters, digits or characters of _+=,.@-"),
	},
	{
		Name: "expected_bucket_owner", Kind: String, Group: groupAWS, S3Only: true,
		Description: "The 12 digits of the AWS account that must own the bucket; S3 refuses every request if another account owns it.",
		field:       func(c *Config) any { return &c.ExpectedBucketOwner },
		check:       matching(`[0-9]+`, 12, 12, "the 12 digits of an AWS account"),
	},
}

var serviceSettings = []Setting{
	{
		Name: "aws_endpoint_url", Kind: String, Group: groupService, DefaultNote: "AWS",
		Description: "Address of an S3-compatible service. `file:///dir` or `file:dir` writes files to `dir/<bucket>/<key>` instead.",
		Aliases:     []Alias{{Name: "endpoint_url"}, {Name: "s3_endpoint_url"}, {Name: "aws_endpoint_override"}},
		field:       func(c *Config) any { return &c.AWSEndpointURL }, check: checkEndpoint,
	},
	{
		Name: "force_path_style", Kind: AutoBool, Group: groupService, S3Only: true, Default: "auto",
		Description: "Put the bucket into the path of the address and not into the host name; `auto` does so if `aws_endpoint_url` is not an address of AWS.",
		field:       func(c *Config) any { return &c.ForcePathStyle },
	},
	{
		Name: "request_checksums", Kind: Choice, Group: groupService, S3Only: true, Default: ChecksumsAuto,
		Enum:        []string{ChecksumsAuto, ChecksumsWhenSupported, ChecksumsWhenRequired},
		Description: "When checksums are sent with the data. `auto` means `when_supported`; use `when_required` for services that refuse them.",
		field:       func(c *Config) any { return &c.RequestChecksums },
	},
	{
		Name: "conditional_writes", Kind: AutoBool, Group: groupService, S3Only: true, Default: "auto",
		Description: "Create objects with `If-None-Match: *`, so that none is overwritten. `false` looks before it writes; `auto` does that if the service does not know the header.",
		field:       func(c *Config) any { return &c.ConditionalWrites },
	},
}

var objectSettings = []Setting{
	{
		Name: "server_side_encryption", Kind: Choice, Group: groupObjects, S3Only: true, DefaultNote: "the bucket's",
		Enum:        []string{SSEAES256, SSEKMS},
		Description: "Encryption that is requested for every object.",
		Aliases:     []Alias{{Name: "encryption_type", convert: encryptionType}},
		field:       func(c *Config) any { return &c.ServerSideEncryption },
	},
	{
		Name: "sse_kms_key_id", Kind: String, Group: groupObjects, S3Only: true, DefaultNote: "the bucket's",
		Description: "ID, alias or ARN of the KMS key for `aws:kms`.",
		Aliases:     []Alias{{Name: "encryption_key"}},
		field:       func(c *Config) any { return &c.SSEKMSKeyID }, check: noSpace,
	},
	{
		Name: "storage_class", Kind: String, Group: groupObjects, S3Only: true, DefaultNote: "the bucket's",
		Enum: []string{
			"STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING",
			"GLACIER_IR", "GLACIER", "DEEP_ARCHIVE", "REDUCED_REDUNDANCY",
		},
		Description: "Storage class of the objects. With `aws_endpoint_url` the service's own classes are also accepted.",
		field:       func(c *Config) any { return &c.StorageClass },
		check:       matching(`[A-Za-z0-9_-]+`, 1, 64, "a storage class such as STANDARD_IA"),
	},
	{
		Name: "acl", Kind: Choice, Group: groupObjects, S3Only: true, DefaultNote: "none is sent",
		Enum: []string{
			"private", "public-read", "public-read-write", "authenticated-read",
			"aws-exec-read", "bucket-owner-read", "bucket-owner-full-control",
		},
		Description: "Canned ACL that is sent with every object. Buckets made since April 2023 refuse most of them.",
		field:       func(c *Config) any { return &c.ACL },
	},
	{
		Name: "object_tags", Kind: Tags, Group: groupObjects, S3Only: true,
		Description: "Up to 10 tags for every object, as an object of strings or as `team=data&env=prod`. They need the privilege `s3:PutObjectTagging`.",
		field:       func(c *Config) any { return &c.ObjectTags }, check: checkTags,
	},
}

const chainNote = "AWS default chain"
