package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"charm.land/lipgloss/v2"

	"target-s3/singer/printable"
	"target-s3/target/config"
	"target-s3/target/connect/awscli"
	"target-s3/target/connect/check"
	"target-s3/target/connect/setup"
)

const saveTitle = "Check and save"

// verdict is what a check has found that something can be done about.
type verdict struct {
	ok          bool
	noBucket    bool
	noChallenge bool
}

func (v *verdict) add(r check.Result) {
	if r.Outcome != check.Failed {
		return
	}
	v.noBucket = v.noBucket || r.Name == check.Bucket && r.Code == "NoSuchBucket"
	v.noChallenge = v.noChallenge || r.Name == check.ChallengeFile
}

// check tries the settings. Where that fails the person says how to go on.
func (d *dialogue) check(ctx context.Context) (move, error) {
	if d.heading == back || d.NoCheck {
		return d.heading, nil
	}
	v := verdict{}
	fmt.Fprintf(d.Out, "%s\nTrying what a load does with %s:\n\n", d.bold(saveTitle), d.config.S3Bucket)
	v.ok = d.Actions.Check(ctx, d.config, func(r check.Result) {
		v.add(r)
		PrintResult(d.Out, r, columns-1)
	})
	fmt.Fprintln(d.Out)
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	if v.ok {
		return next, nil
	}
	return d.afterFailure(ctx, v)
}

func (d *dialogue) afterFailure(ctx context.Context, v verdict) (move, error) {
	var choices []setup.Choice
	if v.noBucket {
		choices = append(choices, setup.Choice{Value: "bucket", Label: "Create the bucket, or see how"})
	}
	if v.noChallenge && !v.noBucket {
		choices = append(choices, setup.Choice{Value: "challenge", Label: "Create the challenge file for me"})
	}
	choices = append(choices,
		setup.Choice{Value: "again", Label: "Check again"},
		setup.Choice{Value: "change", Label: "Change the answers"},
		setup.Choice{Value: "save", Label: "Save anyway"},
		setup.Choice{Value: "quit", Label: "Quit without saving"})
	answer, m, err := d.choose(ctx, page{
		place: place(len(setup.Steps()) + 1), title: saveTitle,
		text: "A load would fail with these settings. Mend what has a ✗, and check again.",
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
	return styled(heading, text)
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

var marks = map[check.Outcome]string{check.OK: "✓", check.Failed: "✗", check.Skipped: "-"}

// PrintResult prints one check: a line, and below it what to do if it failed or
// has left something behind. Lines are broken at the width, if there is one.
func PrintResult(w io.Writer, r check.Result, width int) {
	title := printable.Line(r.Title)
	more := []struct{ label, text string }{{"fix:", r.Fix}}
	if r.Outcome == check.Failed {
		fmt.Fprintf(w, "%s %s\n", marks[r.Outcome], title)
		more = slices.Insert(more, 0, []struct{ label, text string }{{"what:", r.Detail}, {"code:", r.Code}}...)
	} else {
		line := fmt.Sprintf("%s %-28s %s", marks[r.Outcome], title, printable.Line(r.Detail))
		if width > 0 && lipgloss.Width(line) > width {
			line = fmt.Sprintf("%s %s\n%s", marks[r.Outcome], title, hang("    ", printable.Line(r.Detail), width))
		}
		fmt.Fprintln(w, line)
	}
	for _, o := range more {
		if o.text != "" {
			fmt.Fprintln(w, hang(fmt.Sprintf("    %-5s ", o.label), printable.Line(o.text), width))
		}
	}
}
