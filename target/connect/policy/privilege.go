package policy

// Privilege is an action that is allowed, and why the loader needs it.
type Privilege struct {
	Action string
	Why    string
}

// Privileges are those of the grant: the bucket's, then the key's.
func (g Grant) Privileges() []Privilege {
	all := g.bucketPrivileges()
	if g.Key != nil {
		all = append(all, keyPrivileges...)
	}
	return all
}

func (g Grant) bucketPrivileges() []Privilege {
	all := []Privilege{
		{"s3:PutObject", "writes the files, whole or in parts, and each upload of parts is started and completed with it"},
		{"s3:GetObject", "looks for the challenge file before a load, and whether a file has arrived when the answer to sending it got lost"},
		{"s3:ListBucket", "finds the bucket, and has S3 say of an object that is missing that it is, not that access is denied"},
	}
	if g.Tagging {
		all = append(all, Privilege{"s3:PutObjectTagging", "object_tags is set: S3 takes tags from nobody who lacks it"})
	}
	if g.ACL {
		all = append(all, Privilege{"s3:PutObjectAcl", "acl is set: S3 takes an ACL from nobody who lacks it"})
	}
	if g.Abort {
		all = append(all, Privilege{"s3:AbortMultipartUpload", "removes the parts of a failed run at once where the service does not let those who sent them do so; a lifecycle rule does it later"})
	}
	return all
}

var keyPrivileges = []Privilege{
	{"kms:GenerateDataKey", "has the key encrypt every object that is written"},
	{"kms:Decrypt", "completes an upload of parts: S3 reads back what it has encrypted"},
}

func (g Grant) bucketActions() []string { return actions(g.bucketPrivileges()) }
func keyActions() []string              { return actions(keyPrivileges) }

func actions(privileges []Privilege) []string {
	names := make([]string, len(privileges))
	for i, p := range privileges {
		names[i] = p.Action
	}
	return names
}
