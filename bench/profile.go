package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// produce keeps what the program makes of the data, in files of a format, for
// commands that do to the result what the program does to it on the way.
func (b *bench) produce(ctx context.Context, d *dataset, folder string, s settings) (files []string, err error) {
	c := command{name: d.name + ": " + folder, inputs: []string{d.path}, procs: 2}
	kept := filepath.Join(b.work, folder+"-"+d.name)
	if err := b.intoFolder(&c, kept, s); err != nil {
		return nil, err
	}
	if _, err := measureOnce(ctx, c); err != nil {
		return nil, err
	}
	files, _, err = written(kept)
	return files, err
}

// profile runs each load of the engine once more, with all processors, and writes
// where its CPU time goes.
func (b *bench) profile(ctx context.Context) error {
	if err := os.MkdirAll(b.profiles, 0o777); err != nil {
		return err
	}
	for i := range b.sets {
		d := &b.sets[i]
		for _, name := range []string{engineJSONL, engineUnchecked, engineCSV, engineParquet, engineGzip} {
			c, err := b.command(name, d)
			if err != nil {
				return err
			}
			path := filepath.Join(b.profiles, strings.ReplaceAll(d.name, " ", "-")+"-"+strings.NewReplacer(" ", "-", ",", "").Replace(name)+".pprof")
			c.argv = append(c.argv, "-profile", path)
			if _, err := measureOnce(ctx, c); err != nil {
				return err
			}
			fmt.Fprintf(b.log, "profile %s\n", path)
		}
	}
	return nil
}
