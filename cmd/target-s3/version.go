package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
)

// version is set by a build without git, as the Dockerfile's:
// -ldflags "-X main.version=1.2.3".
var version string

// buildVersion is what the program is a version of: its tag, or the commit's place
// behind the last one.
func buildVersion() string {
	if version != "" {
		return version
	}
	of := ""
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "(devel)" {
		of = strings.TrimPrefix(info.Main.Version, "v")
	}
	return cmp.Or(of, "dev")
}

// buildDetails are what else a report of a mistake needs.
func buildDetails() string {
	settings := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			settings[s.Key] = s.Value
		}
	}
	details := runtime.Version()
	if commit := settings["vcs.revision"]; commit != "" {
		if settings["vcs.modified"] == "true" {
			commit += ", changed"
		}
		if date := settings["vcs.time"]; date != "" {
			commit += ", " + date
		}
		details = "commit " + commit + ", " + details
	}
	return details
}

func printVersion(w io.Writer) error {
	_, err := fmt.Fprintf(w, "target-s3 %s (%s)\n", buildVersion(), buildDetails())
	return err
}
