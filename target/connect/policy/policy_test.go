package policy

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func principals(t *testing.T, texts ...string) (all []Principal) {
	t.Helper()
	for _, text := range texts {
		p, err := ParsePrincipal(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func key(t *testing.T, arn string) *Key {
	t.Helper()
	k, err := ParseKey(arn)
	if err != nil {
		t.Fatal(err)
	}
	return &k
}

const (
	role  = "arn:aws:iam::123456789012:role/etl/loader"
	user  = "arn:aws:iam::123456789012:user/ada+etl@example.com"
	kmsID = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

func TestBucketPolicy(t *testing.T) {
	d, err := Grant{Bucket: "my-bucket", Region: "eu-central-1", Principals: principals(t, role, user, role), Key: key(t, kmsID)}.BucketPolicy()
	if err != nil {
		t.Fatal(err)
	}
	text, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "TargetS3Load",
      "Effect": "Allow",
      "Principal": {
        "AWS": [
          "arn:aws:iam::123456789012:role/etl/loader",
          "arn:aws:iam::123456789012:user/ada+etl@example.com"
        ]
      },
      "Action": [
        "s3:PutObject",
        "s3:GetObject",
        "s3:ListBucket"
      ],
      "Resource": [
        "arn:aws:s3:::my-bucket",
        "arn:aws:s3:::my-bucket/*"
      ]
    }
  ]
}
`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
}

func TestIdentityPolicy(t *testing.T) {
	g := Grant{Bucket: "b-1", Key: key(t, strings.Replace(kmsID, ":aws:", ":aws-us-gov:", 1)), Tagging: true, ACL: true, Abort: true}
	d, err := g.IdentityPolicy()
	if err != nil {
		t.Fatal(err)
	}
	want := []Statement{
		{
			Sid: "TargetS3Load", Effect: "Allow",
			Action:   []string{"s3:PutObject", "s3:GetObject", "s3:ListBucket", "s3:PutObjectTagging", "s3:PutObjectAcl", "s3:AbortMultipartUpload"},
			Resource: []string{"arn:aws-us-gov:s3:::b-1", "arn:aws-us-gov:s3:::b-1/*"},
		},
		{
			Sid: "TargetS3Encrypt", Effect: "Allow",
			Action: []string{"kms:GenerateDataKey", "kms:Decrypt"}, Resource: []string{g.Key.String()},
		},
	}
	if diff := cmp.Diff(want, d.Statement); diff != "" {
		t.Error(diff)
	}
	if text, err := d.JSON(); err != nil || strings.Contains(string(text), "Principal") {
		t.Errorf("%v: an identity policy has no principal:\n%s", err, text)
	}
}

func TestKeyStatement(t *testing.T) {
	got, err := Grant{Bucket: "b-1", Principals: principals(t, role), Key: key(t, kmsID)}.KeyStatement()
	want := Statement{
		Sid: "TargetS3Encrypt", Effect: "Allow", Principal: &Who{AWS: []string{role}},
		Action: []string{"kms:GenerateDataKey", "kms:Decrypt"}, Resource: []string{"*"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	text, err := got.JSON()
	if err != nil || !strings.HasPrefix(string(text), "{\n  \"Sid\"") {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestNoPrincipal(t *testing.T) {
	g := Grant{Bucket: "b-1", Key: key(t, kmsID)}
	if d, err := g.BucketPolicy(); !errors.Is(err, ErrNoPrincipal) {
		t.Errorf("%+v %v", d, err)
	}
	if s, err := g.KeyStatement(); !errors.Is(err, ErrNoPrincipal) {
		t.Errorf("%+v %v", s, err)
	}
}

// TestPrivileges: every action of the policies has its reason, in their order.
func TestPrivileges(t *testing.T) {
	for _, g := range []Grant{{}, {Tagging: true}, {ACL: true, Key: key(t, kmsID)}, {Abort: true, Tagging: true}, {Sweep: true}} {
		d, err := g.IdentityPolicy()
		if err != nil {
			t.Fatal(err)
		}
		var inPolicy, explained []string
		for _, s := range d.Statement {
			inPolicy = append(inPolicy, s.Action...)
		}
		for _, p := range g.Privileges() {
			explained = append(explained, p.Action)
			if p.Why == "" {
				t.Errorf("%s: no reason", p.Action)
			}
		}
		if !slices.Equal(inPolicy, explained) {
			t.Errorf("the policy has %q, the explanation %q", inPolicy, explained)
		}
	}
}

func TestPartition(t *testing.T) {
	for region, want := range map[string]string{
		"": "aws", "us-east-1": "aws", "eu-central-1": "aws", "ca-central-1": "aws", "cnx": "aws",
		"cn-north-1": "aws-cn", "cn-northwest-1": "aws-cn",
		"us-gov-west-1": "aws-us-gov", "us-gov-east-1": "aws-us-gov",
		"us-iso-east-1": "aws-iso", "us-isob-east-1": "aws-iso-b", "eusc-de-east-1": "aws-eusc",
	} {
		if got := Partition(region); got != want {
			t.Errorf("%q: %s, want %s", region, got, want)
		}
	}
}

// TestPartitionOfGrant: the region decides, then the ARNs, then the fallback,
// and what contradicts is refused.
func TestPartitionOfGrant(t *testing.T) {
	const (
		account  = "123456789012"
		china    = "arn:aws-cn:iam::123456789012:role/loader"
		chinaKey = "arn:aws-cn:kms:cn-north-1:123456789012:key/k"
	)
	for _, tt := range []struct {
		name             string
		region, fallback string
		principals       []string
		key              string
		want             string
		refused          []string
	}{
		{name: "region", region: "cn-north-1", fallback: "us-gov-west-1", principals: []string{account}, want: "aws-cn"},
		{name: "principal", fallback: "us-gov-west-1", principals: []string{account, china}, want: "aws-cn"},
		{name: "key", fallback: "us-gov-west-1", principals: []string{account}, key: chinaKey, want: "aws-cn"},
		{name: "fallback", fallback: "us-gov-west-1", principals: []string{account}, want: "aws-us-gov"},
		{name: "nothing", principals: []string{account}, want: "aws"},
		{name: "all", region: "cn-north-1", principals: []string{china}, key: chinaKey, want: "aws-cn"},
		{name: "region and principals", region: "eu-central-1", principals: []string{china, role}, key: chinaKey, refused: []string{
			`principal "` + china + `": it is in the partition aws-cn, and the region eu-central-1 in aws: `,
			`KMS key "` + chinaKey + `": it is in the partition aws-cn`,
		}},
		{name: "two principals", principals: []string{role, china}, refused: []string{
			`principal "` + china + `": it is in the partition aws-cn, and ` + role + ` in aws: `,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := Grant{Bucket: "b-1", Region: tt.region, FallbackRegion: tt.fallback, Principals: principals(t, tt.principals...)}
			if tt.key != "" {
				g.Key = key(t, tt.key)
			}
			d, err := g.BucketPolicy()
			if (err != nil) != (tt.refused != nil) {
				t.Fatal(err)
			}
			for _, r := range tt.refused {
				if !strings.Contains(err.Error(), r) {
					t.Errorf("%v\nlacks %s", err, r)
				}
			}
			if err != nil {
				_, err1 := g.IdentityPolicy()
				_, err2 := g.KeyStatement()
				if err1 == nil || err2 == nil {
					t.Error(err1, err2)
				}
				return
			}
			s := d.Statement[0]
			for _, arn := range append(s.Principal.AWS, s.Resource...) {
				if !strings.HasPrefix(arn, "arn:"+tt.want+":") {
					t.Errorf("%s is not in %s", arn, tt.want)
				}
			}
		})
	}
}

func TestPrincipals(t *testing.T) {
	for text, want := range map[string]string{
		"123456789012":                           "arn:aws:iam::123456789012:root",
		"arn:aws:iam::123456789012:root":         "arn:aws:iam::123456789012:root",
		role:                                     role,
		user:                                     user,
		"arn:aws:iam::123456789012:role/r=,.@-_": "arn:aws:iam::123456789012:role/r=,.@-_",
		"*":                                      "this would open the bucket to everybody",
		"":                                       "must be the ARN of a role",
		"loader":                                 "must be the ARN of a role",
		"12345678901":                            "must be the ARN of a role",
		" " + role:                               "must be the ARN of a role",
		"1234-5678-9012":                         `did you mean "123456789012"?`,
		"AKIAIOSFODNN7EXAMPLE":                   "must be the ARN of a role",
		"arn:aws:iam::123456789012:role/*":       "must be the ARN of a role",
		"arn:aws:iam::123456789012:role/":        "must be the ARN of a role",
		"arn:aws:iam::123456789012:role/a//b":    "must be the ARN of a role",
		"arn:aws:iam::aws:policy/AdministratorAccess":   "must be the ARN of a role",
		"arn:aws:iam::123456789012:group/loaders":       "a group cannot be a principal",
		"arn:aws:s3:::bucket":                           "must be the ARN of a role",
		"arn:amazon:iam::123456789012:root":             "must be the ARN of a role",
		"arn:aws:iam::123456789012:role/loader\"\n}":    "must be the ARN of a role",
		"arn:aws-cn:sts::123456789012:assumed-role/r/s": "name the role itself, arn:aws-cn:iam::123456789012:role/r (with its path",
	} {
		p, err := ParsePrincipal(text)
		if strings.HasPrefix(want, "arn:") {
			if err != nil || p.arn("aws") != want {
				t.Errorf("%q: %+v %v", text, p, err)
			}
			continue
		}
		var bad *ValueError
		if !errors.As(err, &bad) || bad.Value != text || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want: %s", text, err, want)
		}
	}
}

func TestKeys(t *testing.T) {
	const id = "1234abcd-12ab-34cd-56ef-1234567890ab"
	for text, want := range map[string]string{
		kmsID: "",
		"arn:aws:kms:us-east-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab": "",
		"":                "--key-id <id or alias> ",
		id:                "--key-id " + id + " ",
		"alias/loads":     "--key-id alias/loads ",
		"alias/$(reboot)": "--key-id <id or alias> ",
		"arn:aws:kms:us-east-1:123456789012:alias/loads": "--key-id arn:aws:kms:us-east-1:123456789012:alias/loads ",
		"arn:aws:kms:us-east-1:123456789012:key/*":       "and no alias",
	} {
		k, err := ParseKey(text)
		if want == "" {
			if err != nil || k.String() != text {
				t.Errorf("%q: %v %v", text, k, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want: %s", text, err, want)
		}
	}
}
