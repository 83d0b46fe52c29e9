package policy

import "target-s3/target/config"

// The privileges that the program has a use for, by AWS's names.
const (
	PutObject        = "s3:PutObject"
	GetObject        = "s3:GetObject"
	ListBucket       = "s3:ListBucket"
	PutObjectTagging = "s3:PutObjectTagging"
	PutObjectACL     = "s3:PutObjectAcl"
	AbortUpload      = "s3:AbortMultipartUpload"
	ListUploads      = "s3:ListBucketMultipartUploads"
	DeleteObject     = "s3:DeleteObject"
	CreateBucket     = "s3:CreateBucket"
	BlockPublic      = "s3:PutBucketPublicAccessBlock"
	PutLifecycle     = "s3:PutLifecycleConfiguration"
	GetLifecycle     = "s3:GetLifecycleConfiguration"
	GenerateDataKey  = "kms:GenerateDataKey"
	Decrypt          = "kms:Decrypt"
)

// whys are what each privilege is for. Those that no policy has have none.
var whys = map[string]string{
	PutObject:        "writes the files, whole and in parts",
	GetObject:        "looks for the challenge file, and for a file when the answer to its upload was lost",
	ListBucket:       "finds the bucket; without it S3 says that access is denied where an object is missing",
	PutObjectTagging: "object_tags is set: S3 refuses tags without it",
	PutObjectACL:     "acl is set: S3 refuses an ACL without it",
	AbortUpload:      "removes the parts that failed loads left behind, where no lifecycle rule does; Amazon S3 lets a load remove its own without it",
	ListUploads:      "finds the uploads that crashed loads left behind, for target-s3 sweep",
	GenerateDataKey:  "encrypts every object with the key",
	Decrypt:          "completes an upload in parts: S3 reads what it has encrypted",
}

// Why is what a privilege is for.
func Why(action string) string { return whys[action] }

// Privilege is an action that is allowed, and why the loader needs it.
type Privilege struct {
	Action string
	Why    string
}

// For is the grant that a load with these settings needs, by nobody yet. A KMS key
// that is not named by its ARN is not in it.
func For(c config.Config) Grant {
	g := Grant{Bucket: c.S3Bucket, Region: c.AWSRegion, Tagging: len(c.ObjectTags) > 0, ACL: c.ACL != "", Sources: sourcesOf(c)}
	if key, err := ParseKey(c.SSEKMSKeyID); err == nil {
		g.Key = &key
	}
	return g
}

// Privileges are those of the grant: the bucket's, then the key's.
func (g Grant) Privileges() (all []Privilege) {
	names := g.bucketActions()
	if g.Key != nil {
		names = append(names, keyActions()...)
	}
	for _, name := range names {
		all = append(all, Privilege{name, Why(name)})
	}
	return all
}

func (g Grant) bucketActions() []string {
	names := []string{PutObject, GetObject, ListBucket}
	if g.Tagging {
		names = append(names, PutObjectTagging)
	}
	if g.ACL {
		names = append(names, PutObjectACL)
	}
	if g.Abort || g.Sweep {
		names = append(names, AbortUpload)
	}
	if g.Sweep {
		names = append(names, ListUploads)
	}
	return names
}

func keyActions() []string { return []string{GenerateDataKey, Decrypt} }
