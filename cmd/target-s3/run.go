package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"target-s3/singer/printable"
	"target-s3/target/config"
	"target-s3/target/nearest"
)

// process is what a run sees of the outside.
type process struct {
	args    []string
	getenv  func(string) string
	environ []string // of KEY=value
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
	screen  io.Writer // standard error as it is, for a form that draws on it
	signals <-chan os.Signal
	catch   func()    // has signals come there, which until then end the process; nil: they do
	exit    func(int) // for a second signal, which waits for nothing
}

// flags are the options of the command line.
type flags struct {
	configs []string
	inputs  []string
	schemas string
	once    string

	stateFile string
	tapState  string
	report    string
	metrics   string
	progress  string
	about     bool
	format    string
	version   bool
}

const long = `target-s3 reads Singer messages (SCHEMA, RECORD, STATE, BATCH) and stores the records as
files in an Amazon S3 bucket, or a bucket of a compatible service, or a folder.

A state is written to standard output only after every record before it is in
the bucket. Logs and errors go to standard error.

Exit codes: 0 everything is durable; 1 failed; 2 wrong usage or settings; 3 loaded,
but more records were rejected than max_rejected_records allows; 75 run again: the
commit of a load that crashed was finished, or the tap began from a state that is not
the pipeline's any more (--tap-state), and the pipeline's state was written; 129, 130
and 143 ended by SIGHUP, SIGINT or SIGTERM, after a last commit. A second signal ends
the load at once, with 1. Running again is always safe.`

const example = `  tap-postgres --config tap.json | target-s3 --config config.json
  target-s3 --config config.json --input messages.singer.gz
  TARGET_S3_S3_BUCKET=my-bucket target-s3 --config ENV < messages.singer
  target-s3 --about --format markdown`

// run is the program. The error was told to the user.
func run(ctx context.Context, p process) error {
	p.screen, p.stderr = p.stderr, printable.NewWriter(p.stderr)
	cmd := rootCommand(p) //nolint:contextcheck // cobra gives a command its own
	if slices.ContainsFunc(p.args, wantsCommands) {
		addCommands(cmd, p) //nolint:contextcheck // as above
	}
	if len(p.args) > 0 && strings.HasPrefix(p.args[0], cobra.ShellCompRequestCmd) {
		completeValues(cmd)
	}
	ran, err := cmd.ExecuteContextC(ctx)
	how := config.Config{LogFormat: config.LogText} // a person reads what the other commands say
	if ran == cmd {
		how.LogFormat = config.LogAuto
	}
	return failed(p, how, err)
}

// rootCommand is the program's command without the others.
func rootCommand(p process) *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use: "target-s3", Short: "Load Singer data into Amazon S3", Long: long, Example: example,
		SilenceErrors: true, SilenceUsage: true, PersistentPreRunE: refuseEmpty,
		Args: func(cmd *cobra.Command, args []string) error {
			if f.version {
				return nil
			}
			return noArguments(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.version {
				return printVersion(p.stdout)
			}
			if f.about {
				return about(p, f)
			}
			if cmd.Flags().Changed("format") {
				return &usageError{errors.New("--format goes with --about")}
			}
			if err := checkProgress(f.progress); err != nil {
				return err
			}
			p.catchSignals()
			return load(cmd.Context(), p, f)
		},
	}
	configFlag(cmd, &f.configs)
	cmd.Flags().StringArrayVar(&f.inputs, "input", nil, "read messages from `FILE` (also .gz and .zst) instead of standard input; may be repeated, one after the other")
	cmd.Flags().StringVar(&f.schemas, "schemas", "", "read SCHEMA messages from `FILE` (also .gz and .zst) before the input, for a piece of a larger input that has none itself")
	cmd.Flags().StringVar(&f.once, "once", "", "load the input as a whole, and only once: `ID` names it, and an input whose ID is already loaded is skipped")
	cmd.Flags().StringVar(&f.stateFile, "state-file", "", "also keep the last state in `FILE`, which is whole at any moment; a second load with this file is refused")
	cmd.Flags().StringVar(&f.tapState, "tap-state", "", "with exactly_once: read nothing and end with 75 if the state in `FILE`, which the tap was given, is not the pipeline's any more")
	cmd.Flags().StringVar(&f.report, "report", "", "when the run has ended, write a report to `FILE`: its objects, counts, states and settings, as JSON")
	cmd.Flags().StringVar(&f.metrics, "metrics", "", "keep metrics of the run in `FILE`, which is whole at any moment, in the text format of Prometheus")
	cmd.Flags().StringVar(&f.progress, "progress", progressAuto, "what a terminal shows while a load runs: `WHAT` is line (also auto) for one line, streams for one more for each stream, or off for the log")
	cmd.Flags().BoolVar(&f.about, "about", false, "print settings, capabilities and version")
	cmd.Flags().StringVar(&f.format, "format", "text", "of --about: "+strings.Join(config.AboutFormats(), ", "))
	// Cobra's flag of that name would have a template, which is not cheap, made and filled in.
	cmd.Flags().BoolVarP(&f.version, "version", "v", false, "version for target-s3")
	cmd.SetFlagErrorFunc(flagError)
	cmd.CompletionOptions.DisableDefaultCmd = true // until there are others
	cmd.SetArgs(p.args)
	cmd.SetIn(p.stdin)
	cmd.SetOut(p.stdout)
	cmd.SetErr(p.stderr)
	return cmd
}

// addCommands adds all others.
func addCommands(root *cobra.Command, p process) {
	root.AddCommand(setupCommand(p), policyCommand(p), checkCommand(p), stateCommand(p), ddlCommand(p), sweepCommand(p))
	root.CompletionOptions.DisableDefaultCmd = false
	requireShell(root, p.args)
}

// wantsCommands says whether an argument may name a command, or asks for help, which
// lists them. A load does neither in most cases, and to make them takes a tenth of the
// time of a short one.
func wantsCommands(arg string) bool {
	switch {
	case strings.HasPrefix(arg, "--"):
		return strings.HasPrefix(arg, "--help")
	case strings.HasPrefix(arg, "-"):
		return strings.Contains(arg, "h") // -h, also behind another
	}
	return arg != fromEnv && !strings.ContainsAny(arg, "./") // not ENV and not a file, as far as one can see
}

// flagError says how to go on where a flag cannot be understood.
func flagError(cmd *cobra.Command, err error) error {
	err = printable.Error(err)
	if unknown := (*pflag.NotExistError)(nil); errors.As(err, &unknown) {
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		if near := nearest.Of(unknown.GetSpecifiedName(), known); near != "" {
			return &usageError{fmt.Errorf("%w: did you mean --%s?", err, near)}
		}
	}
	return &usageError{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
}

// configFlag is --config, which is the same for every command.
func configFlag(cmd *cobra.Command, to *[]string) {
	cmd.Flags().StringArrayVarP(to, "config", "c", nil, "`FILE` of settings (JSON), or the word ENV for TARGET_S3_… variables; may be repeated, later ones win")
}

// noArguments refuses arguments, with what was probably meant by the first.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var commands []string
	for _, c := range cmd.Commands() {
		commands = append(commands, c.Name())
	}
	near := nearest.Of(args[0], commands)
	switch {
	case near != "":
		return &usageError{fmt.Errorf("unknown command %q: did you mean %s?", args[0], near)}
	case strings.HasSuffix(args[0], ".json"):
		return &usageError{fmt.Errorf("unexpected argument %q: did you mean --config %s?", args[0], printable.Line(args[0]))}
	case cmd.HasParent():
		return &usageError{fmt.Errorf("unexpected argument %q; see %s --help", args[0], cmd.CommandPath())}
	}
	return &usageError{fmt.Errorf("unexpected argument %q; settings come from --config FILE, messages from standard input or --input FILE", args[0])}
}

// requireShell has "completion" without a shell that it knows be wrong usage;
// cobra prints help and calls it a success.
func requireShell(root *cobra.Command, args []string) {
	root.InitDefaultCompletionCmd(args...)
	for _, c := range root.Commands() {
		if c.Name() != "completion" {
			continue
		}
		var shells []string
		for _, s := range c.Commands() {
			shells = append(shells, s.Name())
		}
		c.RunE = func(*cobra.Command, []string) error {
			return &usageError{fmt.Errorf("completion of which shell? It must be one of %s", strings.Join(shells, ", "))}
		}
		c.Args = cobra.ArbitraryArgs
	}
}

func about(p process, f flags) error {
	if !slices.Contains(config.AboutFormats(), f.format) {
		return &usageError{fmt.Errorf("--format %q: must be one of %s", f.format, strings.Join(config.AboutFormats(), ", "))}
	}
	return config.About(p.stdout, f.format, buildVersion())
}
