package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"target-s3/singer/printable"
	"target-s3/target/config"
	"target-s3/target/connect/awscli"
	"target-s3/target/connect/check"
	"target-s3/target/connect/setup"
)

const saveTitle = "Check and save"

// check tries the settings. Where that fails the person says how to go on.
func (d *dialogue) check(ctx context.Context) (move, error) {
	if d.heading == back || d.Actions.Check == nil {
		return d.heading, nil
	}
	remedies := map[check.Remedy]bool{}
	printer := check.Printer{W: d.Out, Hang: hanging}
	fmt.Fprintf(d.Out, "%s\nTrying what a load does with %s:\n\n", d.bold(saveTitle), d.config.S3Bucket)
	ok := d.Actions.Check(ctx, d.config, func(r check.Result) {
		remedies[r.Remedy()] = true
		_ = printer.Print(r) // as with every word to a person
	})
	fmt.Fprintln(d.Out)
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	if ok {
		return next, nil
	}
	return d.afterFailure(ctx, remedies)
}

func (d *dialogue) afterFailure(ctx context.Context, remedies map[check.Remedy]bool) (move, error) {
	var choices []setup.Choice
	switch {
	case remedies[check.CreateBucket]: // there cannot be a challenge file
		choices = append(choices, setup.Choice{Value: "bucket", Label: "Create the bucket, or see how"})
	case remedies[check.CreateChallengeFile]:
		choices = append(choices, setup.Choice{Value: "challenge", Label: "Create the challenge file for me"})
	}
	choices = append(choices,
		setup.Choice{Value: "again", Label: "Check again"},
		setup.Choice{Value: "change", Label: "Change the answers"},
		setup.Choice{Value: "save", Label: "Save anyway"},
		setup.Choice{Value: "quit", Label: "Quit without saving"})
	answer, m, err := d.choose(ctx, page{
		place: place(len(setup.Steps()) + 1), title: saveTitle,
		text: "A load would fail with these settings. Fix what has a ✗, and check again.", sudden: true,
	}, choices...)
	if err != nil || m == back {
		return m, err
	}
	switch answer {
	case "bucket":
		if m, err := d.noBucket(ctx); err != nil || m == back {
			return 0, err
		}
		return back, nil // there cannot be a challenge file in it
	case "challenge":
		_, err := d.createChallenge(ctx)
		return 0, err
	case "again":
		return 0, nil
	case "change":
		return restart, nil
	case "quit":
		return 0, ErrAborted
	}
	return next, nil
}

// keepSecrets asks whether credentials are to be in the file, where there are any.
func (d *dialogue) keepSecrets(ctx context.Context) (move, error) {
	d.secrets = d.WithSecrets
	if d.secrets || !setup.HasSecrets(d.config) {
		return d.heading, nil
	}
	answer, m, err := d.choose(ctx, page{
		place: place(len(setup.Steps()) + 1), title: saveTitle,
		text: "The settings have credentials, which anybody can use who can read the file. Without them the loader takes those of the environment, of a profile or of the machine.",
	}, setup.Choice{Value: "no", Label: "Leave the credentials out of the file"},
		setup.Choice{Value: "yes", Label: "Keep the credentials in the file"})
	d.secrets = answer == "yes"
	return m, err
}

// save writes the file. One that exists is replaced only if the person says so.
func (d *dialogue) save(ctx context.Context) (move, error) {
	replace := d.Overwrite
	if _, err := os.Lstat(d.SaveAs); err == nil && !replace {
		m, err := d.replace(ctx, &replace)
		if err != nil || m == back {
			return m, err
		}
		if !replace {
			return 0, nil // by another name
		}
	}
	err := setup.Save(d.config, d.SaveAs, d.secrets, replace)
	switch {
	case errors.Is(err, fs.ErrExist):
		return 0, nil // it was not there a moment ago
	case err != nil:
		fail(d.Out, err)
		return d.otherName(ctx, d.SaveAs)
	}
	Saved(d.Out, d.Form, d.config, d.SaveAs, d.secrets)
	return next, nil
}

// replace asks what to do about a file that exists.
func (d *dialogue) replace(ctx context.Context, replace *bool) (move, error) {
	answer, m, err := d.choose(ctx, page{
		place: place(len(setup.Steps()) + 1), title: saveTitle,
		text: "The file " + printable.Line(d.SaveAs) + " exists.",
	}, setup.Choice{Value: "other", Label: "Save to another file"},
		setup.Choice{Value: "replace", Label: "Replace it"})
	if err != nil || m == back {
		return m, err
	}
	if answer == "other" {
		return d.otherName(ctx, setup.FreeName(d.SaveAs))
	}
	*replace = true
	return next, nil
}

// otherName asks for another file, which is then tried.
func (d *dialogue) otherName(ctx context.Context, proposed string) (move, error) {
	q := &question{label: "File", value: proposed, help: "Only its owner will be able to read it.", put: func(text string) error {
		if setup.Trim(text) == "" {
			return errors.New("a name is needed")
		}
		return nil
	}}
	m, err := d.ask.ask(ctx, &page{
		place: place(len(setup.Steps()) + 1), title: saveTitle, text: "Where to save the settings.", questions: []*question{q}, choice: true,
	})
	if err == nil && m == next {
		d.SaveAs = setup.Trim(q.value)
	}
	return 0, err
}

func (d *dialogue) bold(text string) string {
	if _, ok := d.ask.(*plain); ok {
		return text
	}
	return heading.of(text)
}

// Saved says what was saved and what was not, and what comes next.
func Saved(w io.Writer, f *setup.Form, c config.Config, path string, withSecrets bool) {
	fmt.Fprintf(w, "✓ Saved %s, which only its owner can read.\n", printable.Line(path))
	for _, thing := range f.NotInFile(c, withSecrets) {
		fmt.Fprintln(w, hang("  Not in it: ", thing, columns-1))
	}
	fmt.Fprintln(w, hang("  ", setup.ChallengeDuty, columns-1))
	fmt.Fprintln(w, hang("  ", "Its name is in the file, as sentinel_key: "+printable.Line(c.SentinelKey), columns-1))
	fmt.Fprintf(w, "  To load: tap-x | target-s3 --config %s\n", printable.Line(awscli.Quote(path)))
}
