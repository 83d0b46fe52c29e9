package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"target-s3/singer/printable"
	"target-s3/target/config"
	"target-s3/target/connect"
	"target-s3/target/connect/awscli"
	"target-s3/target/connect/setup"
)

const grantTitle = "Grant and verify access"

// principal asks whom the bucket is to let in.
func (d *dialogue) principal(ctx context.Context) (move, error) {
	if _, ok := d.config.FileRoot(); ok {
		return d.heading, nil // nobody has to be let in
	}
	q := &question{
		label: "ARN of the role or user that loads", value: d.Principal,
		help: "Such as arn:aws:iam::123456789012:role/loader, or the 12 digits of an account. aws sts get-caller-identity shows who you are; " +
			"in the console it stands on the page of the role or user in IAM. Help: " + setup.PrincipalHelp + " " +
			"Empty: you get a policy to attach to the role or user instead.",
		put: func(text string) error {
			d.Principal = setup.Trim(text)
			_, err := d.Form.Policy(d.Principal)
			return err
		},
	}
	return d.ask.ask(ctx, &page{
		place: place(len(setup.Steps())), title: "Whom to let in",
		text: "The bucket's policy names who may load.", questions: []*question{q},
	})
}

// grant shows the policy and the challenge file, and sees to the latter.
func (d *dialogue) grant(ctx context.Context) (move, error) {
	text, err := Grant(d.Form, d.config, d.Principal)
	if err != nil {
		fail(d.Out, err)
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
	done, err := d.Actions.CreateChallengeFile(ctx, d.config)
	switch {
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case errors.Is(err, connect.ErrNoBucket):
		if m, err := d.noBucket(ctx); err != nil || m == back {
			return 0, err // to the same stage again
		}
		return d.createChallenge(ctx)
	case err != nil:
		fail(d.Out, err)
		return 0, nil
	}
	d.did(done, "The challenge file "+d.Form.ChallengeFile())
	return next, nil
}

// did says what came of creating something.
func (d *dialogue) did(done connect.Done, what string) {
	if done.Made {
		d.made = append(d.made, what)
	}
	PrintDone(d.Out, done)
	fmt.Fprintln(d.Out)
}

// PrintDone says what came of creating something.
func PrintDone(w io.Writer, done connect.Done) {
	fmt.Fprintf(w, "✓ %s\n", done.Text)
	if done.Note != "" {
		fmt.Fprintln(w, hanging("  Note: ", printable.Line(done.Note)))
	}
}

// noBucket offers to create the bucket, and says how else it can be done.
func (d *dialogue) noBucket(ctx context.Context) (move, error) {
	fmt.Fprintf(d.Out, "%s\n", BucketHelp(d.config))
	answer, m, err := d.choose(ctx, page{
		title: "The bucket " + d.config.S3Bucket + " does not exist",
		text:  "It can be created with the loader's credentials, if they allow it.", sudden: true,
	}, setup.Choice{Value: "create", Label: "Create it" + inRegion(d.config) + ", with public access blocked"},
		setup.Choice{Value: "done", Label: "I have created it"},
		setup.Choice{Value: "back", Label: "Go back"})
	if err != nil || m == back || answer == "back" {
		return back, err
	}
	if answer == "done" {
		return next, nil
	}
	done, err := d.Actions.CreateBucket(ctx, d.config)
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	if err != nil {
		fail(d.Out, err)
		return d.noBucket(ctx)
	}
	d.did(done, "The bucket "+d.config.S3Bucket)
	return next, nil
}

func inRegion(c config.Config) string {
	if c.AWSRegion == "" {
		return ""
	}
	return " in " + c.AWSRegion
}

// Grant is everything that somebody needs to let the loader in: the policy and
// what it is for, the challenge file, and how both are put where they belong.
func Grant(f *setup.Form, c config.Config, principal string) (string, error) {
	var b strings.Builder
	guides := setup.GuidesFor(c)
	_, folder := c.FileRoot()
	if folder {
		b.WriteString("The files go into a folder, which needs no policy.\n\n")
	} else if err := writePolicy(&b, f, c, guides, principal); err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "Challenge file:\n\n  %s\n\n", f.ChallengeFile())
	b.WriteString(prose("It is empty. While it is there, the bucket is the right one. " + f.ChallengeNote()))
	b.WriteString("\n")
	create := awscli.CreateChallenge(c)
	if folder {
		fmt.Fprintf(&b, "To create it:\n\n  %s\n\n", create)
	} else {
		fmt.Fprintf(&b, "%s%s  %s\n\n", steps(guides.Challenge), byCommand(guides.Challenge, ":"), create)
	}
	b.WriteString(prose(setup.ChallengeDuty))
	return printable.Lines(b.String()), nil
}

func writePolicy(b *strings.Builder, f *setup.Form, c config.Config, guides setup.Guides, principal string) error {
	text, err := f.Policy(principal)
	if err != nil {
		return err
	}
	title, guide := "Policy for the role or user that loads:", guides.IdentityPolicy
	if principal != "" {
		title, guide = fmt.Sprintf("Policy for the bucket %s, which lets in %s:", c.S3Bucket, principal), guides.BucketPolicy
	}
	fmt.Fprintf(b, "%s\n%s\nWhat it allows, and why:\n\n", prose(title), text)
	for _, p := range f.Privileges() {
		fmt.Fprintln(b, hang(fmt.Sprintf("  %-15s ", p.Action), p.Why, columns-1))
	}
	b.WriteString("\n" + steps(guide))
	if principal == "" && c.AWSEndpointURL != "" {
		b.WriteString(prose("Attach it to the user that loads, in the way of your service. Not all services know policies.") + "\n")
		return nil
	}
	if principal == "" {
		b.WriteString(byCommand(guide, ": save it as policy.json and attach it, to a role or to a user:") +
			"  " + awscli.AttachToRole + "\n  " + awscli.AttachToUser + "\n\n")
		return nil
	}
	fmt.Fprintf(b, "%s  %s\n\n", byCommand(guide, ": save it as policy.json and attach it, which replaces the policy that the bucket has:"), awscli.AttachPolicy(c))
	b.WriteString(prose("A role or user of another account than the bucket's needs a policy as well, which target-s3 policy --config FILE --identity prints.") + "\n")
	if c.SSEKMSKeyID != "" {
		b.WriteString(prose("The KMS key needs a statement in its own policy, which target-s3 policy --config FILE prints.") + "\n")
	}
	if sources := f.Sources(); sources != "" {
		b.WriteString(prose("batch_roots also names "+sources+". Each of these buckets needs a policy of its own, which target-s3 policy --config FILE prints.") + "\n")
	}
	return nil
}

// BucketHelp says how a bucket is made, in the console and with the AWS CLI.
func BucketHelp(c config.Config) string {
	var b strings.Builder
	guide := setup.GuidesFor(c).Bucket
	fmt.Fprintf(&b, "To create the bucket %s:\n\n%s%s", c.S3Bucket, steps(guide), byCommand(guide, ":"))
	for _, command := range awscli.CreateBucket(c) {
		fmt.Fprintf(&b, "  %s\n", command)
	}
	return printable.Lines(b.String())
}
