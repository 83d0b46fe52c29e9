// Command bench measures how fast target-s3 is and how much memory it takes,
// beside baselines that anyone knows, all in one run:
//
//	go run ./bench
//
// bench/peers.sh compares with other targets for S3, and bench/scaling.sh measures many
// processes at once.
//
// docs/benchmarks.md says how it measures, what the rows mean and what it found.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"target-s3/bench/generate"
)

func main() {
	if ran, err := asChild(os.Args[1:], os.Stdin, os.Stdout); ran {
		exit(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	exit(err)
}

func exit(err error) {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		os.Exit(0)
	default:
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	rounds   int
	size     int64
	kinds    []string
	rows     *regexp.Regexp
	compact  bool
	seed     uint64
	json     bool
	dir      string
	profiles string
	parts    []string
	python   string
	s5cmd    string
	docs     string
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.IntVar(&o.rounds, "n", 5, "`rounds`; in each of them everything runs once, in turn")
	size := f.Float64("size", 100, "`MB` of input per kind of data")
	data := f.String("data", strings.Join(generate.Kinds(), ","), "`kinds` of data, separated by commas")
	rows := f.String("run", "", "only rows and ratios whose name this `regexp` matches, and what the ratios need")
	f.BoolVar(&o.compact, "compact", false, "data without the white space and the \\u escapes of Python's json.dumps")
	f.Uint64Var(&o.seed, "seed", 1, "`number` that the data depends on")
	f.BoolVar(&o.json, "json", false, "print every measurement as JSON in place of the tables")
	f.StringVar(&o.dir, "dir", "", "`folder` for data and output, which are removed at the end (default /dev/shm if there is room, else the one for temporary files)")
	parts := f.String("only", strings.Join(allParts(), ","), "`parts` of the bench, separated by commas")
	f.StringVar(&o.python, "python", cmp.Or(os.Getenv("TEST_TARGET_S3_PYTHON"), "python3"), "`path` of a Python that has duckdb and pyarrow, which are left out without")
	f.StringVar(&o.s5cmd, "s5cmd", "s5cmd", "`path` of s5cmd, which is left out without")
	f.StringVar(&o.docs, "docs", "", "`folder` of the documentation, whose tables and pictures of the bench are to be made anew")
	f.StringVar(&o.profiles, "profile", "", "`folder` to write CPU profiles of the loads to, each from one more run of it")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.size = int64(*size * 1e6)
	o.parts = strings.Split(*parts, ",")
	o.kinds = strings.Split(*data, ",")
	if o.rows, err = regexp.Compile(*rows); err != nil {
		return o, fmt.Errorf("-run: %w", err)
	}
	return o, o.check(f.Args())
}

func (o options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is not expected; everything is said with flags, see -help", rest[0])
	case o.rounds < 1:
		return fmt.Errorf("-n %d: at least one round is needed", o.rounds)
	case o.size < 1e5:
		return errors.New("-size: less than 0.1 MB measures nothing but how programs start")
	}
	for _, kind := range o.kinds {
		if !slices.Contains(generate.Kinds(), kind) {
			return fmt.Errorf("-data %q: there are %s", kind, strings.Join(generate.Kinds(), ", "))
		}
	}
	for _, part := range o.parts {
		if !slices.Contains(allParts(), part) {
			return fmt.Errorf("-only %q: there are %s", part, strings.Join(allParts(), ", "))
		}
	}
	return nil
}

// run measures and prints. What it wrote to disk is gone when it returns, but for
// profiles.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	b, err := prepare(ctx, o, stderr)
	if err != nil {
		return err
	}
	defer func() {
		if ctx.Err() != nil { // whatever it was that the signal ended
			err = context.Cause(ctx)
		}
		err = errors.Join(err, b.clean())
	}()

	res, err := b.measure(ctx)
	if err != nil {
		return err
	}
	if o.profiles != "" {
		if err := b.profile(ctx); err != nil {
			return err
		}
	}
	res.Floor = peakOfSelf()
	if o.docs != "" {
		if err := res.document(o.docs); err != nil {
			return err
		}
	}
	if o.json {
		e := json.NewEncoder(stdout)
		e.SetIndent("", "  ")
		return e.Encode(res)
	}
	return res.print(stdout)
}
