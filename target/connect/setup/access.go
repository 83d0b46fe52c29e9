package setup

import (
	"path/filepath"
	"strings"

	"target-s3/target/config"
	"target-s3/target/connect/policy"
)

// ChallengeFile is the key of the object whose presence shows that the bucket is
// the one that was meant. It must stay there: without it nothing is loaded.
func (f *Form) ChallengeFile() string { return f.challenge }

// ChallengeNote says how long there is a name for the challenge file.
func (f *Form) ChallengeNote() string {
	if f.base.SentinelKey != "" {
		return "The name is the one that the settings have (sentinel_key)."
	}
	return "The name was made for this connection. Copy it now: it is saved with the settings, as sentinel_key, " +
		"and until then it is nowhere else. Whoever leaves before that gets another name the next time."
}

// ChallengeDuty is what must not be forgotten afterwards.
const ChallengeDuty = "The challenge file must stay in the bucket: while it is missing, nothing is loaded."

// Policy is the policy that lets the loader in: the bucket's own, for the
// principal; or for an empty principal the one to attach to the role or user that
// loads.
func (f *Form) Policy(principal string) ([]byte, error) {
	grant, err := f.grant()
	if err != nil {
		return nil, err
	}
	document := grant.IdentityPolicy
	if principal = Trim(principal); principal != "" {
		p, err := policy.ParsePrincipal(principal)
		if err != nil {
			return nil, err
		}
		grant.Principals = []policy.Principal{p}
		document = grant.BucketPolicy
	}
	d, err := document()
	if err != nil {
		return nil, err
	}
	return d.JSON()
}

// Privileges are what the policy allows, and why the loader needs it.
func (f *Form) Privileges() []policy.Privilege {
	grant, err := f.grant()
	if err != nil {
		return nil // which Policy has told
	}
	return grant.Privileges()
}

func (f *Form) grant() (policy.Grant, error) {
	c, err := f.Config()
	if err != nil {
		return policy.Grant{}, err
	}
	grant := policy.Grant{
		Bucket: c.S3Bucket, Region: c.AWSRegion, FallbackRegion: f.around.Region,
		Tagging: len(c.ObjectTags) > 0, ACL: c.ACL != "",
	}
	if key, err := policy.ParseKey(c.SSEKMSKeyID); err == nil {
		grant.Key = &key
	}
	return grant, nil
}

// CreateBucketCommands create the bucket and block public access to it, in a
// shell. There are none for a folder, which the loader makes itself.
func CreateBucketCommands(c config.Config) []string {
	if _, ok := c.FileRoot(); ok {
		return nil
	}
	create := "create-bucket --bucket " + Quote(c.S3Bucket)
	if r := c.AWSRegion; r != "" && r != "us-east-1" { // which is refused as a constraint
		create += " --create-bucket-configuration LocationConstraint=" + Quote(r)
	}
	commands := []string{s3api(c, create)}
	if c.AWSEndpointURL == "" { // few other services know it
		commands = append(commands, s3api(c, "put-public-access-block --bucket "+Quote(c.S3Bucket)+
			" --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"))
	}
	return commands
}

// AttachPolicyCommand attaches the bucket's policy, saved as policy.json.
func AttachPolicyCommand(c config.Config) string {
	return s3api(c, "put-bucket-policy --bucket "+Quote(c.S3Bucket)+" --policy file://policy.json")
}

// CreateChallengeCommand makes the blank challenge file, in a shell.
func CreateChallengeCommand(c config.Config) string {
	if dir, ok := c.FileRoot(); ok {
		file := Quote(filepath.Join(dir, c.S3Bucket, filepath.FromSlash(c.SentinelKey)))
		return "mkdir -p " + Quote(filepath.Dir(filepath.Join(dir, c.S3Bucket, filepath.FromSlash(c.SentinelKey)))) + " && touch " + file
	}
	return s3api(c, "put-object --bucket "+Quote(c.S3Bucket)+" --key "+Quote(c.SentinelKey))
}

// s3api is a command of the AWS CLI with the settings' region, profile and service.
func s3api(c config.Config, command string) string {
	command = "aws s3api " + command
	for _, o := range []struct{ flag, value string }{
		{"--region", c.AWSRegion}, {"--profile", c.AWSProfile}, {"--endpoint-url", c.AWSEndpointURL},
	} {
		if o.value != "" {
			command += " " + o.flag + " " + Quote(o.value)
		}
	}
	return command
}

// Quote makes a text one word of a POSIX shell.
func Quote(text string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+"
	if text != "" && strings.Trim(text, plain) == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
