package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"target-s3/target/config"
	"target-s3/target/connect"
	"target-s3/target/connect/policy"
	"target-s3/target/connect/setup"
	"target-s3/target/connect/setup/page"
	"target-s3/target/connect/setup/terminal"
	"target-s3/target/s3store"
)

const setupLong = `Connects a bucket: asks for its name, its region, the format of the files and their
keys, each checked while it is typed; shows the bucket policy and the challenge file
that the loader needs, ready to copy; tries what a load does; and saves the settings
for their owner's eyes only. On a terminal it is a form, in which going back is
possible; with TERM=dumb or ACCESSIBLE=1 it prints questions, one after the other.
With --web it is a page for the browser on this machine. Ctrl-C saves nothing.

Flags fill in the answers. --config names the settings to begin with; all of them are
kept. With --non-interactive nothing is asked: what there is to know goes to standard
error, and the settings are saved if the check passed.

Standard output gets the name of the file that was saved, and nothing else.

Exit codes: 0 saved; 1 a check or saving failed; 2 wrong usage or settings, nothing
was done; 130 and 143 left by Ctrl-C or a signal.`

const setupExample = `  target-s3 setup
  target-s3 setup --web
  target-s3 setup --config config.json --save-as config.json --overwrite
  target-s3 setup --non-interactive --bucket my-bucket --region eu-central-1 --integration-name shop \
    --principal arn:aws:iam::123456789012:role/loader --create-bucket --create-challenge-file`

// setupByHand is for those without a terminal.
const setupByHand = `setup asks on a terminal, and standard input or standard error is none. Answer in a browser (--web), or by flags:
  target-s3 setup --non-interactive --bucket my-bucket --region eu-central-1 --integration-name shop
or write the file by hand, readable for its owner only (chmod 600 config.json):
  {"s3_bucket": "my-bucket", "aws_region": "eu-central-1", "integration_name": "shop", "sentinel_key": "challenge-file"}
where sentinel_key is a blank object that you create in the bucket. All settings: target-s3 --about.
The bucket policy: target-s3 policy --config config.json --principal ARN`

// setupFlags are the options of the command setup.
type setupFlags struct {
	configs  []string
	answers  map[string]*string // by flag; those of answerFlags
	quoteAll bool
	sets     []string

	principal      string
	saveAs         string
	overwrite      bool
	withSecrets    bool
	web            bool
	nonInteractive bool
	createBucket   bool
	createFile     bool
	noCheck        bool
}

// answerFlags are the flags that fill in a setting.
var answerFlags = []struct{ flag, setting, usage string }{
	{"display-name", "display_name", "`NAME` of the destination, shown in the log"},
	{"description", "description", "`TEXT` on what the destination is for"},
	{"bucket", "s3_bucket", "`NAME` of the bucket"},
	{"region", "aws_region", "`REGION` of the bucket"},
	{"format", "output_file_format", "`FORMAT` of the files: jsonl, csv or parquet"},
	{"delimiter", "csv_delimiter", "`CHARACTER` between the columns of csv files: , | or \\t"},
	{"key-format", "s3_key_format_string", "`TEMPLATE` of the object key"},
	{"integration-name", "integration_name", "`NAME` of the source, in the object key"},
	{"exactly-once", exactlyOnce, "`NAME` of the pipeline, with which no row comes twice even after a crash; the integration's name unless you say otherwise, \"\" for none"},
	{"challenge-file", "sentinel_key", "`KEY` of a challenge file that exists, instead of a new one"},
}

// exactlyOnce is suggested for a new connection.
const exactlyOnce = "exactly_once"

// setupCommand is the command that connects a bucket.
func setupCommand(p process) *cobra.Command {
	f := setupFlags{answers: make(map[string]*string)}
	cmd := &cobra.Command{
		Use: "setup", Short: "Connect a bucket: ask, grant access, check, save", Long: setupLong, Example: setupExample,
		Args: noArguments,
		// An empty answer is one: it takes a setting away.
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		RunE:              func(cmd *cobra.Command, _ []string) error { return runSetup(cmd.Context(), p, cmd, f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	configFlag(cmd, &f.configs)
	for _, a := range answerFlags {
		f.answers[a.flag] = flags.String(a.flag, "", a.usage)
	}
	flags.BoolVar(&f.quoteAll, "quote-all", false, "quote all elements of csv files")
	flags.StringArrayVar(&f.sets, "set", nil, "any other setting, as `NAME=VALUE`; may be repeated")
	flags.StringVar(&f.principal, "principal", "", "`ARN` of the role, user or account to let in")
	flags.StringVar(&f.saveAs, "save-as", "config.json", "`FILE` to save the settings to")
	flags.BoolVar(&f.overwrite, "overwrite", false, "replace that file without asking")
	flags.BoolVar(&f.withSecrets, "with-secrets", false, "keep credentials in the file")
	flags.BoolVar(&f.web, "web", false, "ask on a page in the browser instead")
	flags.BoolVar(&f.nonInteractive, "non-interactive", false, "ask nothing")
	flags.BoolVar(&f.createBucket, "create-bucket", false, "with --non-interactive: create the bucket if it does not exist, with public access blocked and a lifecycle rule that aborts unfinished uploads")
	flags.BoolVar(&f.createFile, "create-challenge-file", false, "with --non-interactive: create the challenge file if it does not exist")
	flags.BoolVar(&f.noCheck, "no-check", false, "save without a check")
	return cmd
}

// runSetup asks, or does without.
func runSetup(ctx context.Context, p process, cmd *cobra.Command, f setupFlags) error {
	form, err := setupForm(ctx, p, cmd, f)
	if err != nil {
		return err
	}
	saved := f.saveAs
	switch {
	case f.nonInteractive:
		err = setupInScript(ctx, p, f, form)
	case f.web:
		saved, err = setupOnPage(ctx, p, f.page(form))
	default:
		in, out := terminalOf(p.stdin), terminalOf(p.screen)
		if in == nil || out == nil {
			return &usageError{errors.New(setupByHand)}
		}
		saved, err = setupOnTerminal(ctx, p, in, out, f, form)
	}
	if errors.Is(err, terminal.ErrAborted) {
		return &leftError{syscall.SIGINT}
	}
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(p.stdout, saved); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	return nil
}

// left is the cause of a context that a signal ended.
func left(s syscall.Signal) error { return &leftError{s} }

// setupInScript asks nothing, until a signal.
func setupInScript(ctx context.Context, p process, f setupFlags, form *setup.Form) error {
	ctx, stop := untilSignal(ctx, p, left)
	defer stop()
	return setupUnasked(ctx, p, f, form)
}

// setupOnTerminal asks where the command was called.
func setupOnTerminal(ctx context.Context, p process, in, out *os.File, f setupFlags, form *setup.Form) (string, error) {
	ctx, stop := untilSignal(ctx, p, left)
	defer stop()
	return terminal.Run(ctx, terminal.Options{
		Form: form, Actions: f.actions(), In: in, Out: out, Now: time.Now,
		NoColor: p.getenv("NO_COLOR") != "", Plain: p.getenv("TERM") == "dumb" || p.getenv("ACCESSIBLE") != "",
		Principal: f.principal, SaveAs: f.saveAs, Overwrite: f.overwrite, WithSecrets: f.withSecrets,
	})
}

// page is what the page gets to do what the terminal does.
func (f setupFlags) page(form *setup.Form) page.Options {
	return page.Options{
		Form: form, Actions: f.actions(), Principal: f.principal, SaveAs: f.saveAs, Overwrite: f.overwrite, WithSecrets: f.withSecrets,
	}
}

// actions are those on the bucket, with a check unless there is to be none.
func (f setupFlags) actions() connect.Actions {
	actions := connect.OnBucket()
	if f.noCheck {
		actions.Check = nil
	}
	return actions
}

// setupForm fills in the form with what settings and flags say. All problems of
// the flags are said at once.
func setupForm(ctx context.Context, p process, cmd *cobra.Command, f setupFlags) (*setup.Form, error) {
	c, err := partSettings(p, f.configs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &usageError{fmt.Errorf("%w; --config is for settings to begin with, and --save-as names the file to write", err)}
	case err != nil:
		return nil, err
	}
	var problems []error
	for _, s := range f.sets {
		name, value, ok := strings.Cut(s, "=")
		setting, known := config.Lookup(name)
		switch {
		case !ok:
			problems = append(problems, errors.New("--set: must be NAME=VALUE"))
		case !known:
			problems = append(problems, fmt.Errorf("--set %q: there is no such setting; target-s3 --about lists all of them", name))
		default:
			if err := setting.Set(&c, value); err != nil { // without the value, which may be a secret
				problems = append(problems, fmt.Errorf("--set %s: %w", name, err))
			}
		}
	}
	set := func(flag, name, text string) {
		setting, _ := config.Lookup(name)
		if setting.Kind == config.String {
			text = setup.Trim(text)
		}
		if setting.Asked && text == "" {
			return // which is not an answer, and not the default either
		}
		if err := setting.Set(&c, text); err != nil {
			problems = append(problems, fmt.Errorf("--%s %q: %w", flag, text, err))
		}
	}
	for _, a := range answerFlags {
		if cmd.Flags().Changed(a.flag) {
			set(a.flag, a.setting, *f.answers[a.flag])
		}
	}
	if cmd.Flags().Changed("quote-all") {
		set("quote-all", "csv_force_quote", strconv.FormatBool(f.quoteAll))
	}
	problems = append(problems, f.flaws()...)
	if err := errors.Join(problems...); err != nil {
		return nil, &usageError{err}
	}
	form := setup.New(c, surroundings(ctx, p, c))
	decided := slices.ContainsFunc(f.sets, func(s string) bool { return strings.HasPrefix(s, exactlyOnce+"=") })
	if !decided && len(f.configs) == 0 && !cmd.Flags().Changed("exactly-once") {
		form.SuggestExactlyOnce()
	}
	return form, nil
}

// surroundings are what a load takes from this machine where the settings say
// nothing.
func surroundings(ctx context.Context, p process, c config.Config) (a setup.Surroundings) {
	// from is the variable that has a text, as the SDK looks for it.
	from := func(text, otherwise string, names ...string) string {
		for _, name := range names {
			if p.getenv(name) == text {
				return name
			}
		}
		return otherwise
	}
	a.Profile = cmp.Or(p.getenv("AWS_PROFILE"), p.getenv("AWS_DEFAULT_PROFILE"))
	a.ProfileFrom = from(a.Profile, "", "AWS_PROFILE", "AWS_DEFAULT_PROFILE")
	files := "the AWS profile " + cmp.Or(c.AWSProfile, a.Profile, "default")
	var err error
	if a.Endpoint, a.Region, err = s3store.Surroundings(ctx, c.AWSProfile); err != nil {
		a.Problem = err.Error()
	}
	a.EndpointFrom = from(a.Endpoint, files, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
	a.RegionFrom = from(a.Region, files, "AWS_REGION", "AWS_DEFAULT_REGION")
	return a
}

// flaws are what is wrong with flags that are not a settings.
func (f setupFlags) flaws() (problems []error) {
	if f.principal != "" {
		if _, err := policy.ParsePrincipal(f.principal); err != nil {
			problems = append(problems, err) // it names itself
		}
	}
	if f.saveAs == "" {
		problems = append(problems, errors.New("--save-as: a file is needed"))
	}
	if f.web && f.nonInteractive {
		problems = append(problems, errors.New("--web and --non-interactive exclude each other"))
	}
	if !f.nonInteractive && (f.createBucket || f.createFile) {
		problems = append(problems, errors.New("--create-bucket and --create-challenge-file go with --non-interactive; the form asks"))
	}
	return problems
}

// partSettings are those of the sources.
func partSettings(p process, names []string) (config.Config, error) {
	sources, err := settingSources(p, names)
	if err != nil {
		return config.Config{}, err
	}
	c, notices, err := config.LoadPart(sources...)
	if err != nil {
		return c, err
	}
	tellNotices(p, notices)
	return c, nil
}

// terminalOf is the terminal that a stream is, or nil.
func terminalOf(stream any) *os.File {
	file, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return file
}

// leftError says that setup was left before anything was saved.
type leftError struct{ signal syscall.Signal }

func (*leftError) Error() string { return terminal.ErrAborted.Error() }
