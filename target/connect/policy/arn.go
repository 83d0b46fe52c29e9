package policy

import (
	"errors"
	"fmt"
	"strings"

	"target-s3/target/pattern"
)

// standard is the partition of every region that has no other.
const standard = "aws"

// partitions are those that regions with these beginnings belong to.
var partitions = []struct{ regions, partition string }{
	{"cn-", "aws-cn"},
	{"us-gov-", "aws-us-gov"},
	{"us-iso-", "aws-iso"},
	{"us-isob-", "aws-iso-b"},
	{"eu-isoe-", "aws-iso-e"},
	{"us-isof-", "aws-iso-f"},
	{"eusc-", "aws-eusc"},
}

// Partition is the part of AWS that a region belongs to: aws, aws-cn,
// aws-us-gov and so on. Every ARN has it as its second element.
func Partition(region string) string {
	for _, p := range partitions {
		if strings.HasPrefix(region, p.regions) {
			return p.partition
		}
	}
	return standard
}

// Principal is a role, a user or a whole account.
type Principal struct {
	partition string // empty where the account came as a number alone
	account   string // 12 digits
	resource  string // root, user/… or role/…
}

const acceptedPrincipals = "must be the ARN of a role (arn:aws:iam::123456789012:role/loader), of a user (arn:aws:iam::123456789012:user/loader) " +
	"or of an account (arn:aws:iam::123456789012:root), or the 12 digits of an account"

var (
	accountNumber  = pattern.New(`^[0-9]{12}$`)
	accountHyphens = pattern.New(`^[0-9]{4}-[0-9]{4}-[0-9]{4}$`)
	// principalARN has names and paths as IAM accepts them. A wildcard is not
	// among them: AWS takes none in a principal.
	principalARN = pattern.New(`^arn:(aws(?:-[a-z]+)*):iam::([0-9]{12}):(root|(?:user|role)/(?:[\w+=,.@-]+/)*[\w+=,.@-]+)$`)
	groupARN     = pattern.New(`^arn:aws[a-z-]*:iam::[0-9]{12}:group/`)
	sessionARN   = pattern.New(`^arn:(aws(?:-[a-z]+)*):sts::([0-9]{12}):assumed-role/([\w+=,.@-]+)/`)
)

// ParsePrincipal reads the ARN of a role, a user or an account, or the number of
// an account. The error says what is accepted, and where it can, what was meant.
func ParsePrincipal(text string) (Principal, error) {
	if accountNumber.Regexp().MatchString(text) {
		return Principal{account: text, resource: "root"}, nil
	}
	if m := principalARN.Regexp().FindStringSubmatch(text); m != nil {
		return Principal{m[1], m[2], m[3]}, nil
	}
	return Principal{}, &ValueError{"principal", text, errors.New(principalFlaw(text))}
}

func principalFlaw(text string) string {
	switch m := sessionARN.Regexp().FindStringSubmatch(text); {
	case m != nil:
		return fmt.Sprintf("this is one session of a role, which ends: name the role itself, arn:%s:iam::%s:role/%s "+
			"(with its path, if it has one: aws iam get-role --role-name %[3]s --query Role.Arn)", m[1], m[2], m[3])
	case text == "*":
		return "this would open the bucket to everybody: " + acceptedPrincipals
	case groupARN.Regexp().MatchString(text):
		return "a group cannot be a principal: name its users, or attach the policy that --identity prints to the group"
	case accountHyphens.Regexp().MatchString(text):
		return fmt.Sprintf("did you mean %q? An account is written without hyphens", strings.ReplaceAll(text, "-", ""))
	}
	return acceptedPrincipals
}

func (p Principal) arn(partition string) string {
	return "arn:" + partition + ":iam::" + p.account + ":" + p.resource
}

// Key is a KMS key.
type Key struct{ arn, partition string }

// String is the ARN.
func (k Key) String() string { return k.arn }

var keyARN = pattern.New(`^arn:(aws(?:-[a-z]+)*):kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$`)

// ParseKey reads the ARN of a KMS key. That of an alias is refused: a policy
// that names one grants nothing.
func ParseKey(text string) (Key, error) {
	m := keyARN.Regexp().FindStringSubmatch(text)
	if m == nil {
		return Key{}, &ValueError{"KMS key", text, fmt.Errorf(
			"must be the key's own ARN, arn:aws:kms:<region>:<account>:key/<id>, and no alias; this shows it: "+
				"aws kms describe-key --key-id %s --query KeyMetadata.Arn", orID(text),
		)}
	}
	return Key{arn: text, partition: m[1]}, nil
}

var keyID = pattern.New(`^[A-Za-z0-9:/_-]+$`)

// orID is the text if a shell can be given it as it is.
func orID(text string) string {
	if keyID.Regexp().MatchString(text) {
		return text
	}
	return "<id or alias>"
}

// ValueError is a value that cannot be part of a policy.
type ValueError struct {
	What, Value string
	Err         error
}

func (e *ValueError) Error() string { return fmt.Sprintf("%s %q: %v", e.What, e.Value, e.Err) }
func (e *ValueError) Unwrap() error { return e.Err }
