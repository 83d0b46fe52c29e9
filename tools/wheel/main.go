// Command wheel builds the wheels that pip, uv and Meltano install, one for each platform:
//
//	go run ./tools/wheel -version 1.2.3 -out dist
//
// Each holds the static binary, and what is said of it. Two runs at one commit write the
// same bytes.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"target-s3/tools/distribution"
)

func main() {
	version := flag.String("version", "", "of the release, like 1.2.3 or 1.2.3-rc.1")
	out := flag.String("out", "dist", "folder that the wheels are written to")
	only := flag.String("only", "", "build for these platforms alone, like linux-amd64,darwin-arm64")
	flag.Parse()
	if err := run(context.Background(), *version, *out, *only); err != nil {
		fmt.Fprintln(os.Stderr, "wheel:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, version, out, only string) error {
	platforms, err := choose(only)
	if err != nil {
		return err
	}
	r, err := distribution.NewRelease(".", version)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return err
	}
	for _, p := range platforms {
		b, err := r.Build(ctx, p)
		if err != nil {
			return err
		}
		file, err := r.SaveWheel(out, b)
		if err != nil {
			return err
		}
		fmt.Println(file)
	}
	return nil
}

// choose finds the platforms that are named; all of them where none is.
func choose(names string) ([]distribution.Platform, error) {
	all := distribution.Platforms()
	if names == "" {
		return all, nil
	}
	var chosen []distribution.Platform
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(all, func(p distribution.Platform) bool { return p.String() == name })
		if i < 0 {
			return nil, fmt.Errorf("-only %s: must be of %v", name, all)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}
