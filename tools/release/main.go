// Command release builds everything that a version is published as:
//
//	go run ./tools/release -version 1.2.3 -out dist
//
// Archives for six platforms, packages for Linux, wheels, a container image for two
// architectures, lists of the modules in each binary, and SHA256SUMS. Two runs at one commit write the same bytes.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"target-s3/tools/distribution"
)

func main() {
	var o options
	flag.StringVar(&o.version, "version", "", "of the release, like 1.2.3 or v1.2.3-rc.1")
	flag.StringVar(&o.out, "out", "dist", "folder that the files are written to; it must be empty, or not there yet")
	flag.StringVar(&o.source, "source", "", "web address of the repository, for packages, images and the links of the readme")
	flag.StringVar(&o.maintainer, "maintainer", "", "who is named in packages, like \"NAME <ADDRESS>\"")
	flag.Parse()
	if err := o.run(); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

type options struct{ version, out, source, maintainer string }

func (o options) run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r, err := distribution.NewRelease(".", o.version)
	if err != nil {
		return err
	}
	r.Source, r.Maintainer = o.source, o.maintainer
	if err := os.MkdirAll(o.out, 0o777); err != nil {
		return err
	}
	if found, err := os.ReadDir(o.out); err != nil {
		return err
	} else if len(found) > 0 {
		return fmt.Errorf("-out %s: must be empty, but has %s in it", o.out, found[0].Name())
	}
	return r.Save(ctx, o.out, distribution.Platforms(), func(file string) { fmt.Println(file) })
}
