package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"target-s3/target/config"
	"target-s3/target/connect"
	"target-s3/target/connect/awscli"
	"target-s3/target/connect/check"
	"target-s3/target/connect/setup"
	"target-s3/target/connect/setup/terminal"
)

// setupUnasked is setup with --non-interactive.
func setupUnasked(ctx context.Context, p process, f setupFlags, form *setup.Form) error {
	c, err := form.Config()
	if err != nil {
		return &usageError{byFlag(err)}
	}
	if _, err := os.Lstat(f.saveAs); err == nil && !f.overwrite {
		return &usageError{fmt.Errorf("%s exists: --overwrite replaces it, --save-as FILE saves to another", f.saveAs)}
	}
	text, err := terminal.Grant(form, c, f.principal)
	if err != nil {
		return &usageError{err}
	}
	for _, note := range form.Notes() {
		fmt.Fprintf(p.stderr, "%s\n", note)
	}
	if warning := form.Warn("aws_region", form.Text("aws_region")); warning != "" {
		fmt.Fprintf(p.stderr, "! %s\n", warning)
	}
	fmt.Fprintf(p.stderr, "\n%s\n", text)
	if err := setupCreate(ctx, p, f, c); err != nil {
		return cmpCause(ctx, err)
	}
	if err := setupVerify(ctx, p, f, c); err != nil {
		return err
	}
	if err := setup.Save(c, f.saveAs, f.withSecrets, f.overwrite); err != nil {
		return err
	}
	terminal.Saved(p.stderr, form, c, f.saveAs, f.withSecrets)
	return nil
}

// cmpCause is why it ended, where that is not the error.
func cmpCause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// byFlag names the flags of answers that are missing or wrong.
func byFlag(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var problems []error
	for _, e := range joined.Unwrap() {
		var problem *setup.Problem
		if errors.As(e, &problem) {
			e = fmt.Errorf("--%s: %w", flagOf(problem.Field.Setting), problem.Err)
		}
		problems = append(problems, e)
	}
	return errors.Join(problems...)
}

func flagOf(setting string) string {
	for _, a := range answerFlags {
		if a.setting == setting {
			return a.flag
		}
	}
	return "set " + setting
}

// setupCreate makes what the flags say, where it is missing.
func setupCreate(ctx context.Context, p process, f setupFlags, c config.Config) error {
	actions := connect.OnBucket()
	if f.createBucket {
		done, err := actions.CreateBucket(ctx, c)
		if err != nil {
			return err
		}
		terminal.PrintDone(p.stderr, done)
	}
	if !f.createFile {
		return nil
	}
	done, err := actions.CreateChallengeFile(ctx, c)
	switch {
	case errors.Is(err, connect.ErrNoBucket):
		return fmt.Errorf("challenge file: %w; --create-bucket creates it, or:\n\n%s\nThen run again:\n  %s",
			err, terminal.BucketHelp(c), setupAgain(p, c))
	case err != nil:
		return fmt.Errorf("challenge file: %w", err)
	}
	terminal.PrintDone(p.stderr, done)
	return nil
}

// errSetupCheck is the exit code; what failed has been said.
var errSetupCheck = errors.New("a check failed, and nothing was saved")

// setupVerify tries what a load does, and says how to go on where it fails.
func setupVerify(ctx context.Context, p process, f setupFlags, c config.Config) error {
	if f.noCheck {
		return nil
	}
	remedies := map[check.Remedy]bool{}
	printer := check.Printer{W: p.stderr}
	ok := connect.OnBucket().Check(ctx, c, func(r check.Result) {
		remedies[r.Remedy()] = true
		_ = printer.Print(r) // as with every word to a person
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if ok {
		return nil
	}
	fmt.Fprintf(p.stderr, "\n%v.\n", errSetupCheck)
	if remedies[check.CreateBucket] {
		fmt.Fprintf(p.stderr, "%s\nOr add --create-bucket.\n", terminal.BucketHelp(c))
	}
	if remedies[check.CreateChallengeFile] && !f.createFile {
		fmt.Fprintf(p.stderr, "Create the challenge file as shown above, or add --create-challenge-file.\n")
	}
	fmt.Fprintf(p.stderr, "Fix what has a ✗, then run exactly this. Without --challenge-file the file would get another name:\n  %s\n", setupAgain(p, c))
	return &reportedError{errSetupCheck}
}

// setupAgain is the same command with the challenge file's name, so that it
// stays. Secrets are left out.
func setupAgain(p process, c config.Config) string {
	words := []string{"target-s3"}
	named := false
	for i, arg := range p.args {
		named = named || arg == "--challenge-file" || strings.HasPrefix(arg, "--challenge-file=")
		flag, set, inOne := strings.Cut(arg, "=")
		switch {
		case i > 0 && p.args[i-1] == "--set":
			arg = masked(arg)
		case inOne && flag == "--set":
			arg = flag + "=" + masked(set)
		}
		words = append(words, awscli.Quote(arg))
	}
	if !named {
		words = append(words, "--challenge-file", awscli.Quote(c.SentinelKey))
	}
	return strings.Join(words, " ")
}

// masked is NAME=VALUE, without the value where that is a secret.
func masked(set string) string {
	name, _, ok := strings.Cut(set, "=")
	if s, known := config.Lookup(name); ok && known && s.Kind == config.SecretString {
		return name + "=…"
	}
	return set
}
