package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"target-s3/target/config"
	"target-s3/target/ddl"
)

// completeValues makes shells complete the values of flags, and no files where none are
// meant. It is for the process that a shell asks, and not for a load, which starts faster
// without it.
func completeValues(root *cobra.Command) {
	for _, c := range append(root.Commands(), root) {
		if c.Name() == "completion" {
			continue
		}
		c.ValidArgsFunction = cobra.NoFileCompletions
		c.Flags().VisitAll(func(f *pflag.Flag) {
			_ = c.RegisterFlagCompletionFunc(f.Name, completion(c, f)) // it fails for flags that are not there
		})
	}
}

// completion is what a flag is completed to. That of files says so in its usage.
func completion(c *cobra.Command, f *pflag.Flag) cobra.CompletionFunc {
	what, _ := pflag.UnquoteUsage(f)
	switch {
	case f.Name == "config":
		return completeConfig
	case what == "FILE":
		return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		}
	case f.Name == "set":
		return completeSet
	}
	return cobra.FixedCompletions(flagValues(c, f), cobra.ShellCompDirectiveNoFileComp)
}

// flagValues are the values that a flag may have, where they can be counted: they come
// from where the flag is judged.
func flagValues(c *cobra.Command, f *pflag.Flag) []string {
	switch c.Name() {
	case "policy":
		if f.Name == "region" {
			return config.Regions()
		}
	case "target-s3":
		switch f.Name {
		case "format":
			return config.AboutFormats()
		case "progress":
			return progressKinds()
		}
	case "ddl":
		switch f.Name {
		case "dialect":
			return ddl.Dialects()
		case "view":
			return []string{viewNewest}
		}
	case "setup":
		for _, a := range answerFlags {
			if a.flag == f.Name {
				return settingValues(a.setting)
			}
		}
	}
	return nil
}

func settingValues(name string) []string {
	if name == "aws_region" {
		return config.Regions()
	}
	s, _ := config.Lookup(name)
	return s.Values()
}

// completeConfig completes to a file, or the word ENV.
func completeConfig(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	if begun != "" && strings.HasPrefix(fromEnv, begun) {
		return []string{fromEnv}, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveDefault
}

// completeSet completes NAME=VALUE: the name, and behind it the value.
func completeSet(_ *cobra.Command, _ []string, begun string) (all []string, _ cobra.ShellCompDirective) {
	if name, _, ok := strings.Cut(begun, "="); ok {
		for _, v := range settingValues(name) {
			all = append(all, name+"="+v)
		}
		return all, cobra.ShellCompDirectiveNoFileComp
	}
	for _, s := range config.Settings() {
		what, _, _ := strings.Cut(s.Description, ". ")
		all = append(all, cobra.CompletionWithDesc(s.Name+"=", what))
	}
	slices.Sort(all)
	return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
