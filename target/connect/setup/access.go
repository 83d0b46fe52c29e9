package setup

import (
	"strings"

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
		"and until then it is nowhere else. If you leave before that, you get another name the next time."
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

// Sources are the other buckets that files of BATCH messages are read from, joined by
// commas. Each has a policy of its own.
func (f *Form) Sources() string {
	grant, err := f.grant()
	if err != nil {
		return "" // which Policy has told
	}
	var names []string
	for _, s := range grant.Sources {
		names = append(names, s.Bucket)
	}
	return strings.Join(names, ", ")
}

func (f *Form) grant() (policy.Grant, error) {
	c, err := f.Config()
	if err != nil {
		return policy.Grant{}, err
	}
	grant := policy.For(c)
	grant.FallbackRegion = f.around.Region
	return grant, nil
}
