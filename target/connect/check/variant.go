package check

import (
	"context"

	"target-s3/target/connect/policy"
	"target-s3/target/s3store"
)

const encryptionSetting = "server_side_encryption"

// variant is the loader without one of its settings.
type variant struct {
	setting string
	has     func(s3store.Config) bool
	without func(*s3store.Config)
	fix     string // where access is denied with it
}

// variants are of the settings that can be the only reason for which an object
// is refused.
var variants = []variant{
	{
		setting: encryptionSetting,
		has:     func(c s3store.Config) bool { return c.ServerSideEncryption != "" || c.SSEKMSKeyID != "" },
		without: func(c *s3store.Config) { c.ServerSideEncryption, c.SSEKMSKeyID = "", "" },
	},
	{
		setting: "object_tags",
		has:     func(c s3store.Config) bool { return len(c.ObjectTags) > 0 },
		without: func(c *s3store.Config) { c.ObjectTags = nil },
		fix:     "Grant " + policy.PutObjectTagging + " on the bucket's objects (target-s3 policy prints the policy), or remove object_tags",
	},
	{
		setting: "acl",
		has:     func(c s3store.Config) bool { return c.ACL != "" },
		without: func(c *s3store.Config) { c.ACL = "" },
		fix:     "Grant " + policy.PutObjectACL + " on the bucket's objects (target-s3 policy prints the policy), or remove acl",
	},
	{
		setting: "storage_class",
		has:     func(c s3store.Config) bool { return c.StorageClass != "" },
		without: func(c *s3store.Config) { c.StorageClass = "" },
		fix:     "Correct or remove storage_class",
	},
}

// guilty looks for the one setting without which something that was refused is
// accepted; nil if there is none. If it is encryption, everything is tried
// without it from then on.
func (p *privileges) guilty(ctx context.Context, try func(*s3store.Bucket) error) *variant {
	for i := range variants {
		v := &variants[i]
		if !v.has(p.cfg) {
			continue
		}
		s, err := p.open(ctx, v.without)
		if err != nil || try(s) != nil {
			continue
		}
		if v.setting == encryptionSetting {
			v.without(&p.cfg)
			p.store = s
		}
		return v
	}
	return nil
}

func (v *variant) fixFor(err error) string {
	if e := asS3(err); e != nil && !isDenied(err) && e.Hint != "" {
		return e.Hint
	}
	return v.fix
}
