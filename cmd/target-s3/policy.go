package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"target-s3/target/config"
	"target-s3/target/connect/awscli"
	"target-s3/target/connect/policy"
)

const policyLong = `Prints the policy that lets the loader into the bucket, with no privilege that it does
not need. By default it is the one to attach to the bucket, for the --principal that
loads; with --identity, the one to attach to the role or user that loads. Within one
account one of the two is enough. If the bucket is in another account, both are needed.

The bucket and what else needs a privilege (object_tags, acl, sse_kms_key_id,
batch_roots) are taken from the settings, or the bucket from --bucket. If there is no
--principal, the role in role_arn is the principal. Nothing is sent to AWS.

The bucket's policy cannot grant the privileges for a KMS key, nor those for other
buckets in batch_roots. Without --identity, what the key and these buckets need in their
own policies is printed to standard error.`

const policyExample = `  target-s3 policy --config config.json --principal arn:aws:iam::123456789012:role/loader
  target-s3 policy --bucket my-bucket --principal 123456789012 --explain
  target-s3 policy --config config.json --identity > identity.json`

// policyFlags are the options of the command policy.
type policyFlags struct {
	configs    []string
	bucket     string
	region     string
	principals []string
	kmsKey     string
	identity   bool
	abort      bool
	sweep      bool
	explain    bool
}

// policyCommand is the command that prints what the loader must be allowed.
func policyCommand(p process) *cobra.Command {
	var f policyFlags
	cmd := &cobra.Command{
		Use: "policy", Short: "Print the policy that lets the loader into the bucket", Long: policyLong, Example: policyExample,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return printPolicy(p, f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	configFlag(cmd, &f.configs)
	flags.StringVar(&f.bucket, "bucket", "", "`NAME` of the bucket, instead of the settings'")
	flags.StringVar(&f.region, "region", "", "`REGION` of the bucket, instead of the settings'; the partition of the ARNs follows from it")
	flags.StringArrayVar(&f.principals, "principal", nil, "`ARN` of the role, user or account to let in, or an account's 12 digits; may be repeated")
	flags.BoolVar(&f.identity, "identity", false, "print the policy for the role or user that loads instead of the bucket's")
	flags.StringVar(&f.kmsKey, "kms-key", "", "`ARN` of the KMS key that encrypts the objects, instead of the settings'")
	flags.BoolVar(&f.abort, "allow-abort", false, "also allow "+policy.AbortUpload)
	flags.BoolVar(&f.sweep, "sweep", false, "also allow what target-s3 sweep needs: "+policy.ListUploads+" and "+policy.AbortUpload)
	flags.BoolVar(&f.explain, "explain", false, "print to standard error why each privilege is required, and where the policy goes")
	return cmd
}

// printPolicy prints the policy to standard output, and to standard error what
// there is to say about it.
func printPolicy(p process, f policyFlags) error {
	c, err := policySettings(p, f)
	if err != nil {
		return err
	}
	grant, err := grantOf(p, f, c)
	if err != nil {
		return &usageError{err}
	}
	text, err := policyText(f, grant)
	if err != nil {
		return err
	}
	for _, r := range policyRemarks(f, c, grant) {
		fmt.Fprintf(p.stderr, "target-s3: %s\n", r)
	}
	if f.explain {
		explainPolicy(p.stderr, f, c, grant)
	}
	if !f.identity {
		if err := printElsewhere(p.stderr, grant); err != nil {
			return err
		}
	}
	if _, err := p.stdout.Write(text); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	return nil
}

// policySettings are those of the loader, or the defaults with a bucket.
func policySettings(p process, f policyFlags) (config.Config, error) {
	c := config.Default()
	if len(f.configs) == 0 && f.bucket == "" {
		return c, &usageError{errors.New("policy for which bucket? Give --bucket NAME, or --config FILE with the settings of the loader")}
	}
	if len(f.configs) > 0 {
		var notices []config.Notice
		var err error
		c, notices, err = settings(p, f.configs)
		if err != nil {
			return c, err
		}
		tellNotices(p, notices)
	}
	var problems []error
	for _, o := range []struct{ flag, setting, text string }{
		{"--bucket", "s3_bucket", f.bucket},
		{"--region", "aws_region", f.region},
	} {
		if o.text == "" {
			continue
		}
		s, _ := config.Lookup(o.setting)
		if err := s.Set(&c, o.text); err != nil {
			problems = append(problems, fmt.Errorf("%s %q: %w", o.flag, o.text, err))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return c, &usageError{err}
	}
	return c, nil
}

// grantOf is what flags and settings ask for.
func grantOf(p process, f policyFlags, c config.Config) (policy.Grant, error) {
	grant := policy.For(c)
	grant.FallbackRegion = cmp.Or(p.getenv("AWS_REGION"), p.getenv("AWS_DEFAULT_REGION"))
	grant.Abort, grant.Sweep = f.abort, f.sweep
	var problems []error
	if f.identity && len(f.principals) > 0 {
		problems = append(problems, errors.New("--identity and --principal exclude each other: the policy of a role or a user lets in whoever it is attached to"))
	}
	names := f.principals
	if len(names) == 0 && !f.identity && c.RoleARN != "" {
		names = []string{c.RoleARN}
	}
	for _, name := range names {
		principal, err := policy.ParsePrincipal(name)
		grant.Principals = append(grant.Principals, principal)
		problems = append(problems, err)
	}
	if f.kmsKey != "" {
		key, err := policy.ParseKey(f.kmsKey)
		grant.Key = &key
		problems = append(problems, err)
	}
	return grant, errors.Join(problems...)
}

const whichPrincipal = `who loads into the bucket? Give --principal ARN, or --identity for a policy to attach to a role or a user.
With the credentials that will load, this shows the ARN of a user: aws sts get-caller-identity --query Arn --output text
A role is shown there as a session, arn:aws:sts::123456789012:assumed-role/loader/…; its ARN is arn:aws:iam::123456789012:role/loader`

func policyText(f policyFlags, grant policy.Grant) ([]byte, error) {
	document := grant.BucketPolicy
	if f.identity {
		document = grant.IdentityPolicy
	}
	d, err := document()
	switch {
	case errors.Is(err, policy.ErrNoPrincipal):
		return nil, &usageError{errors.New(whichPrincipal)}
	case err != nil:
		return nil, &usageError{err}
	}
	return d.JSON()
}

// policyRemarks are what must not be missed.
func policyRemarks(f policyFlags, c config.Config, grant policy.Grant) (remarks []string) {
	if len(f.principals) == 0 && len(grant.Principals) > 0 {
		remarks = append(remarks, "the principal is role_arn of the settings, "+c.RoleARN)
	}
	if _, ok := c.FileRoot(); ok {
		remarks = append(remarks, "aws_endpoint_url is a folder, which needs no policy; this one is for the bucket "+c.S3Bucket+" on Amazon S3")
	}
	switch {
	case grant.Key != nil || c.ServerSideEncryption != config.SSEKMS:
	case c.SSEKMSKeyID != "":
		remarks = append(remarks, fmt.Sprintf("sse_kms_key_id %q is not the ARN of a key; for its privileges give --kms-key with what this shows: "+
			"aws kms describe-key --key-id %[1]s --query KeyMetadata.Arn --output text", c.SSEKMSKeyID))
	default:
		remarks = append(remarks, "server_side_encryption is aws:kms with the bucket's own key; unless that is aws/s3, which needs no privilege, give --kms-key")
	}
	return remarks
}

// explainPolicy says what each privilege is for, and how the policy gets to
// where it belongs.
func explainPolicy(w io.Writer, f policyFlags, c config.Config, grant policy.Grant) {
	fmt.Fprint(w, "Why each privilege is required:\n\n")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range grant.Privileges() {
		fmt.Fprintf(table, "  %s\t%s\n", p.Action, p.Why)
	}
	for _, s := range grant.Sources {
		fmt.Fprintf(table, "  %s on %s\t%s\n", strings.Join(policy.Reading, ", "), s.Bucket, "reads the files of BATCH messages, below batch_roots")
	}
	_ = table.Flush() // as with every word to a person
	if f.identity {
		fmt.Fprintf(w, `
Save it as policy.json and attach it to a role
  %s
or to a user
  %s
A bucket of another account also needs the bucket policy.

`, awscli.AttachToRole, awscli.AttachToUser)
		return
	}
	fmt.Fprintf(w, `
Save it as policy.json and attach it to the bucket. This replaces the policy that
the bucket has: look at that first, and add the statement to it if there is one.
  %s
  %s
A role or a user of another account than the bucket's, or of an account that is
the principal as a whole, also needs the policy that --identity prints.

`, awscli.ShowPolicy(c), awscli.AttachPolicy(c))
}

// printElsewhere prints what other policies than the bucket's need.
func printElsewhere(w io.Writer, grant policy.Grant) error {
	if grant.Key != nil {
		if err := printKeyStatement(w, grant); err != nil {
			return err
		}
	}
	for _, s := range grant.Sources {
		d, err := grant.SourcePolicy(s)
		if err != nil {
			return err
		}
		text, err := d.JSON()
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "Files of BATCH messages are read from the bucket %s (batch_roots), which has a policy of\n"+
			"its own. Attach this one to it, or add the statement to the policy that it has:\n\n%s\n", s.Bucket, text)
	}
	return nil
}

func printKeyStatement(w io.Writer, grant policy.Grant) error {
	s, err := grant.KeyStatement()
	if err != nil {
		return err
	}
	text, err := s.JSON()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "The KMS key is used with privileges of its own, which S3 does not accept in the policy\n"+
		"of a bucket. Add this statement to the policy of the key %s:\n\n%s\n", grant.Key, text)
	return nil
}
