package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"target-s3/singer/printable"
	"target-s3/target/config"
	"target-s3/target/s3store"
)

// load is the main job: settings, store, input, and then the engine. What failed is
// told as the settings say, as far as they are known.
func load(ctx context.Context, p process, f flags) error {
	how := config.Config{LogFormat: config.LogAuto}
	err := f.refuseSame()
	if err == nil {
		err = loadMeasured(ctx, p, f, &how)
	}
	return failed(p, how, err)
}

// loadMeasured loads, and where metrics are wanted they say how that ended.
func loadMeasured(ctx context.Context, p process, f flags, how *config.Config) error {
	if f.metrics == "" {
		return loadReported(ctx, p, f, sideFiles{}, how)
	}
	m, err := openMetrics(f.metrics, p.stdout)
	if err != nil {
		return err
	}
	return m.end(loadReported(ctx, p, f, sideFiles{metrics: m}, how))
}

// loadReported loads, and where a report is wanted it says how that ended.
func loadReported(ctx context.Context, p process, f flags, side sideFiles, how *config.Config) (err error) {
	if f.report == "" {
		return loadSet(ctx, p, f, side, how)
	}
	if side.report, err = openReport(f.report, p.stdout); err != nil {
		return err
	}
	return side.report.end(loadSet(ctx, p, f, side, how))
}

func loadSet(ctx context.Context, p process, f flags, side sideFiles, how *config.Config) error {
	c, notices, err := settings(p, f.configs)
	*how = c
	if err != nil {
		return err // and no word of what is not an error: it comes with the next run
	}
	c.RunID = cmp.Or(c.RunID, config.NewRunID())
	if side.report != nil {
		if err := side.report.begin(c); err != nil {
			return err
		}
	}
	c.LogFormat = logFormat(p, c.LogFormat)
	d := newDisplay(p, f, c)
	defer d.close()
	if side.metrics != nil {
		side.metrics.begin(c, d.log)
	}
	for _, n := range notices {
		d.log.Warn("settings", "notice", n.String())
	}
	l := &loading{process: p, flags: f, config: c, side: side, display: d, log: d.log}
	return blame(p, f.configs, l.untilSignal(ctx))
}

// blame names the setting, and where it stands, for an error that came of using
// it.
func blame(p process, configs []string, err error) error {
	var profile *s3store.ProfileError
	if !errors.As(err, &profile) {
		return err
	}
	if !profile.FromConfig {
		return &usageError{profile}
	}
	sources, failure := settingSources(p, configs)
	if failure != nil {
		return &usageError{profile}
	}
	return config.Blame("aws_profile", profile.Problem(), sources...)
}

// settings reads the sources in their order. With an error they say only how to log.
func settings(p process, names []string) (config.Config, []config.Notice, error) {
	if len(names) == 0 {
		return config.Config{LogFormat: config.LogAuto}, nil, &usageError{errors.New("no settings: give --config FILE, or --config ENV to read them from TARGET_S3_… variables; target-s3 setup asks for them and writes the file, target-s3 --about lists them")}
	}
	sources, err := settingSources(p, names)
	if err != nil {
		return config.Config{LogFormat: config.LogAuto}, nil, err
	}
	return config.Load(sources...)
}

// tellNotices is for commands that do not log.
func tellNotices(p process, notices []config.Notice) {
	for _, n := range notices {
		fmt.Fprintf(p.stderr, "target-s3: note: %s\n", n)
	}
}

// fromEnv is what --config calls the environment.
const fromEnv = "ENV"

// settingSources are what --config names.
func settingSources(p process, names []string) ([]config.Source, error) {
	sources := make([]config.Source, 0, len(names)+1)
	for _, name := range names {
		if name == fromEnv {
			sources = append(sources, config.Env(p.environ))
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, &usageError{fmt.Errorf("settings: %w", printable.Error(err))}
		}
		sources = append(sources, config.JSON(name, text))
	}
	if !slices.Contains(names, fromEnv) {
		sources = append(sources, config.EnvNames(p.environ))
	}
	return sources, nil
}
