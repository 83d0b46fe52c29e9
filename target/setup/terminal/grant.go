package terminal

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"target-s3/target/config"
	"target-s3/target/policy"
	"target-s3/target/setup"
)

const grantTitle = "Grant and verify access"

// principal asks whom the bucket is to let in.
func (d *dialogue) principal(ctx context.Context) (move, error) {
	if _, ok := d.config.FileRoot(); ok {
		return d.heading, nil // nobody has to be let in
	}
	q := &question{
		label: "ARN of the role or user that loads", value: d.Principal,
		help: "Such as arn:aws:iam::123456789012:role/loader, or the 12 digits of an account; aws sts get-caller-identity shows who you are. " +
			"Empty: you get a policy to attach to the role or user instead.",
		put: func(text string) error {
			d.Principal = text
			if text == "" {
				return nil
			}
			if _, err := policy.ParsePrincipal(text); err != nil {
				return err
			}
			_, err := d.Form.Policy(text)
			return err
		},
	}
	return d.ask.ask(ctx, &page{
		place: place(len(setup.Steps())), title: grantTitle,
		text: "Whom the bucket is to let in.", questions: []*question{q},
	})
}

// grant shows the policy and the challenge file, and sees to the latter.
func (d *dialogue) grant(ctx context.Context) (move, error) {
	text, err := Grant(d.Form, d.config, d.Principal)
	if err != nil {
		fmt.Fprintf(d.Out, "✗ %s\n\n", printable(err.Error()))
		return back, nil
	}
	if text != d.granted { // it has scrolled by, unchanged, where somebody has gone back
		fmt.Fprintf(d.Out, "%s\n", text)
		d.granted = text
	}
	answer, m, err := d.choose(ctx, page{
		place: place(len(setup.Steps())), title: grantTitle,
		text: "The challenge file has to be there before anything is loaded.",
	}, setup.Choice{Value: "done", Label: "I have created the challenge file"},
		setup.Choice{Value: "create", Label: "Create it for me, with the loader's credentials"})
	if err != nil || m == back || answer == "done" {
		return m, err
	}
	return d.createChallenge(ctx)
}

// createChallenge makes the challenge file, and before it the bucket if there is
// none and the person wants that.
func (d *dialogue) createChallenge(ctx context.Context) (move, error) {
	made, err := d.Actions.CreateChallengeFile(ctx, d.config)
	switch {
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case errors.Is(err, ErrNoBucket):
		if m, err := d.noBucket(ctx); err != nil || m == back {
			return 0, err // to the same stage again
		}
		return d.createChallenge(ctx)
	case err != nil:
		fmt.Fprintf(d.Out, "✗ %s\n\n", printableLines(err.Error()))
		return 0, nil
	case made:
		d.made = append(d.made, "The challenge file "+d.Form.ChallengeFile())
		fmt.Fprint(d.Out, "✓ The challenge file was created.\n\n")
	default:
		fmt.Fprint(d.Out, "✓ The challenge file was there already.\n\n")
	}
	return next, nil
}

// noBucket offers to create the bucket, and says how else it can be done.
func (d *dialogue) noBucket(ctx context.Context) (move, error) {
	fmt.Fprintf(d.Out, "%s\n", BucketHelp(d.config))
	answer, m, err := d.choose(ctx, page{
		title: "The bucket " + d.config.S3Bucket + " does not exist",
		text:  "It can be created with the loader's credentials, if they allow it.",
	}, setup.Choice{Value: "create", Label: "Create it" + inRegion(d.config) + ", with public access blocked"},
		setup.Choice{Value: "done", Label: "I have created it"},
		setup.Choice{Value: "back", Label: "Go back"})
	if err != nil || m == back || answer == "back" {
		return back, err
	}
	if answer == "done" {
		return next, nil
	}
	note, err := d.Actions.CreateBucket(ctx, d.config)
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	if err != nil {
		fmt.Fprintf(d.Out, "✗ %s\n\n", printableLines(err.Error()))
		return d.noBucket(ctx)
	}
	d.made = append(d.made, "The bucket "+d.config.S3Bucket)
	fmt.Fprintf(d.Out, "✓ The bucket was created.\n")
	if note != "" {
		fmt.Fprintf(d.Out, "  Note: %s\n", printable(note))
	}
	fmt.Fprintln(d.Out)
	return next, nil
}

func inRegion(c config.Config) string {
	if c.AWSRegion == "" {
		return ""
	}
	return " in " + c.AWSRegion
}

// Grant is everything that somebody needs to let the loader in: the policy, the
// challenge file, and the commands that put them where they belong.
func Grant(f *setup.Form, c config.Config, principal string) (string, error) {
	var b strings.Builder
	if _, ok := c.FileRoot(); ok {
		fmt.Fprintf(&b, "The files go into a folder, which needs no policy.\n\n")
	} else if err := writePolicy(&b, f, c, principal); err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "Challenge file:\n\n  %s\n\n", f.ChallengeFile())
	b.WriteString("It is blank, and its presence shows that the bucket is the one that was meant.\nTo create it:\n\n")
	fmt.Fprintf(&b, "  %s\n\n", setup.CreateChallengeCommand(c))
	b.WriteString("It must stay there: while it is missing, nothing is loaded.\n")
	return printableText(b.String()), nil
}

func writePolicy(b *strings.Builder, f *setup.Form, c config.Config, principal string) error {
	text, err := f.Policy(principal)
	if err != nil {
		return err
	}
	if principal == "" {
		fmt.Fprintf(b, "Policy for the role or user that loads:\n\n%s\n", text)
		b.WriteString("Save it as policy.json and attach it, to a role or to a user:\n\n" +
			"  aws iam put-role-policy --role-name ROLE --policy-name target-s3 --policy-document file://policy.json\n" +
			"  aws iam put-user-policy --user-name USER --policy-name target-s3 --policy-document file://policy.json\n\n")
		return nil
	}
	fmt.Fprintf(b, "Policy for the bucket %s, which lets in %s:\n\n%s\n", c.S3Bucket, principal, text)
	fmt.Fprintf(b, "Save it as policy.json and attach it, which replaces the policy of the bucket:\n\n  %s\n\n", setup.AttachPolicyCommand(c))
	b.WriteString("A role or user of another account than the bucket's needs a policy as well, which\n" +
		"target-s3 policy --config FILE --identity prints.\n\n")
	if c.SSEKMSKeyID != "" {
		b.WriteString("The KMS key needs a statement in its own policy, which target-s3 policy\n--config FILE prints.\n\n")
	}
	return nil
}

// BucketHelp says how a bucket is made, in the console and with the AWS CLI.
func BucketHelp(c config.Config) string {
	var b strings.Builder
	fmt.Fprintf(&b, "To create the bucket %s in the AWS console: S3, Create bucket,\n", c.S3Bucket)
	fmt.Fprintf(&b, "this name%s; leave \"Block all public access\" on. With the AWS CLI:\n\n", inRegion(c))
	for _, command := range setup.CreateBucketCommands(c) {
		fmt.Fprintf(&b, "  %s\n", command)
	}
	return printableText(b.String())
}

// printableText makes a text safe to print and leaves its lines as they are.
func printableText(text string) string { return printableLines(text) + "\n" }
